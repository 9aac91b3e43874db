#include "server/city/city_load.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/app/home.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/city/city_agencies.h"
#include "server/city/city_calendar.h"
#include "server/city/city_categories.h"
#include "server/city/city_complaints.h"
#include "server/city/city_file.h"
#include "server/city/city_gazetteer.h"
#include "server/city/city_lineage.h"
#include "server/city/city_osm.h"
#include "server/city/city_plan.h"
#include "server/city/city_population.h"
#include "server/city/city_rules.h"
#include "server/city/city_settings.h"
#include "server/city/city_zones.h"

#define SETTING_MAX     ((size_t)256 * 1024)
#define OSM_ATTRIBUTION "\"© OpenStreetMap contributors\""

/* Two loads at once would each replace what the other brought. */
#define LOCK_LOAD   "SELECT pg_advisory_lock(7022102202)"
#define UNLOCK_LOAD "SELECT pg_advisory_unlock(7022102202)"

/* --- settings --------------------------------------------------------------------------------- */

static enum status put_copied(struct db_sync *db, const struct city_plan *plan, const char *key,
                              struct err *e)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(plan->root, key, &value) || !value) {
        return STATUS_OK;
    }
    const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
    return city_settings_put(db, key, text, e);
}

static enum status put_names(struct db_sync *db, const struct city_plan *plan, struct err *e)
{
    struct strbuf text;
    strbuf_init(&text, SETTING_MAX);
    strbuf_append_char(&text, '{');
    json_text_field(&text, "vi", plan->name_vi);
    json_text_field(&text, "en", plan->name_en);
    strbuf_append_char(&text, '}');
    enum status status = text.failed ? err_set(e, STATUS_NO_MEMORY, "the name is too long")
                                     : city_settings_put(db, "name", text.p, e);
    strbuf_free(&text);
    return status;
}

/* The sources of generations that don't cover the whole city. */
static enum status put_partial(struct db_sync *db, const struct city_plan *plan, struct err *e)
{
    struct strbuf text;
    strbuf_init(&text, SETTING_MAX);
    strbuf_append_char(&text, '[');
    bool first = true;
    for (size_t i = 0; i < plan->n_boundaries; i++) {
        if (plan->partial[i]) {
            strbuf_append_z(&text, first ? "" : ",");
            json_text_string(&text, city_file_base(plan->boundaries[i].path));
            first = false;
        }
    }
    strbuf_append_char(&text, ']');
    enum status status = text.failed ? err_set(e, STATUS_NO_MEMORY, "too many boundary files")
                                     : city_settings_put(db, "partial", text.p, e);
    strbuf_free(&text);
    return status;
}

static enum status put_settings(struct db_sync *db, const struct city_plan *plan, struct err *e)
{
    static const char *const copied[] = {"timezone", "metric_crs", "bbox", "attribution",
                                         "working_hours"};
    enum status status = put_names(db, plan, e);
    if (status == STATUS_OK && plan->osm.n > 0) {
        /* The licence of OpenStreetMap's data asks for it; city.json may say more below. */
        status = city_settings_put(db, "attribution", OSM_ATTRIBUTION, e);
    }
    for (size_t i = 0; i < sizeof copied / sizeof copied[0] && status == STATUS_OK; i++) {
        status = put_copied(db, plan, copied[i], e);
    }
    if (status == STATUS_OK) {
        status = put_partial(db, plan, e);
    }
    if (status == STATUS_OK) {
        status = city_settings_put(db, "city_unfinished", "true", e);
    }
    return status == STATUS_OK ? city_settings_apply_zone(db, e) : status;
}

/* --- categories, agencies, calendar ----------------------------------------------------------- */

static enum status default_path(const char *name, char path[PATH_MAX], struct err *e)
{
    return home_path(name, path, e);
}

static enum status load_default_categories(struct db_sync *db, struct err *e)
{
    struct city_report report;
    char path[PATH_MAX];
    enum status status = default_path(CITY_DEFAULT_CATEGORIES, path, e);
    return status == STATUS_OK ? city_categories_load(db, path, false, &report, e) : status;
}

static enum status load_default_agencies(struct db_sync *db, struct err *e)
{
    struct city_report report;
    char path[PATH_MAX];
    enum status status = default_path(CITY_DEFAULT_AGENCIES, path, e);
    return status == STATUS_OK ? city_agencies_load(db, path, false, &report, e) : status;
}

enum status city_load_default_zones(struct db_sync *db, struct err *e)
{
    struct city_report report;
    char path[PATH_MAX];
    enum status status = default_path(CITY_DEFAULT_ZONES, path, e);
    return status == STATUS_OK ? city_zones_load(db, path, &report, e) : status;
}

static enum status load_default_calendar(struct db_sync *db, struct err *e)
{
    struct city_report report;
    char path[PATH_MAX];
    enum status status = default_path(CITY_DEFAULT_CALENDAR, path, e);
    return status == STATUS_OK ? city_calendar_load(db, path, false, &report, e) : status;
}

enum status city_load_defaults(struct db_sync *db, struct err *e)
{
    enum status status = load_default_categories(db, e);
    if (status == STATUS_OK) {
        status = load_default_calendar(db, e);
    }
    return status == STATUS_OK ? load_default_agencies(db, e) : status;
}

/* The shipped facts are Viet Nam's. */
static bool is_vietnamese(const struct city_plan *plan)
{
    return strcmp(plan->timezone, "Asia/Ho_Chi_Minh") == 0 ||
           strcmp(plan->timezone, "Asia/Saigon") == 0;
}

static enum status derive_categories(struct db_sync *db, const struct city_plan *plan,
                                     struct err *e)
{
    struct city_report report;
    enum status status = STATUS_OK;
    city_report_begin(&report, "categories from the records", "categories");
    for (size_t i = 0; i < plan->n_complaints && status == STATUS_OK; i++) {
        status = city_categories_derive(db, plan->complaints[i].path,
                                        plan->complaints[i].columns.category, &report, e);
    }
    city_report_end(&report);
    return status;
}

static enum status load_categories(struct db_sync *db, const struct city_plan *plan, bool keep_good,
                                   struct err *e)
{
    struct city_report report;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < plan->categories.n && status == STATUS_OK; i++) {
        status = city_categories_load(db, plan->categories.paths[i], keep_good, &report, e);
    }
    if (status != STATUS_OK || plan->categories.n > 0) {
        return status;
    }
    return is_vietnamese(plan) ? load_default_categories(db, e) : derive_categories(db, plan, e);
}

static enum status load_agencies(struct db_sync *db, const struct city_plan *plan, bool keep_good,
                                 struct err *e)
{
    struct city_report report;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < plan->agencies.n && status == STATUS_OK; i++) {
        status = city_agencies_load(db, plan->agencies.paths[i], keep_good, &report, e);
    }
    if (status != STATUS_OK || plan->agencies.n > 0) {
        return status;
    }
    if (is_vietnamese(plan)) {
        status = load_default_agencies(db, e);
        return status == STATUS_OK && plan->categories.n == 0 ? city_load_default_zones(db, e)
                                                              : status;
    }
    city_report_begin(&report, "agencies from the boundaries", "patterns");
    status = city_agencies_derive(db, plan->name_vi, &report, e);
    city_report_end(&report);
    return status;
}

static enum status load_calendars(struct db_sync *db, const struct city_plan *plan, bool keep_good,
                                  struct err *e)
{
    struct city_report report;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < plan->calendars.n && status == STATUS_OK; i++) {
        status = city_calendar_load(db, plan->calendars.paths[i], keep_good, &report, e);
    }
    if (status != STATUS_OK || plan->calendars.n > 0 || !is_vietnamese(plan)) {
        return status;
    }
    return load_default_calendar(db, e);
}

/* Who lives where, and how long the roads are: what rates are taken of. */
static enum status load_populations(struct db_sync *db, const struct city_plan *plan,
                                    bool keep_good, struct err *e)
{
    struct city_report report;
    enum status status = db_sync_begin(db, e);
    for (size_t i = 0; i < plan->populations.n && status == STATUS_OK; i++) {
        status = city_population_load(db, plan->populations.paths[i], keep_good, &report, e);
    }
    if (status == STATUS_OK && plan->populations.n == 0 && is_vietnamese(plan)) {
        status = city_population_load_default(db, e);
    }
    if (status == STATUS_OK) {
        status = city_population_measure(db, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, e);
    }
    db_sync_rollback(db);
    return status;
}

/* --- the folder ------------------------------------------------------------------------------- */

static enum status load_places(struct db_sync *db, const struct city_plan *plan, bool keep_good,
                               struct err *e)
{
    struct city_report report;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < plan->n_boundaries && status == STATUS_OK; i++) {
        status = city_boundaries_load(db, &plan->boundaries[i], keep_good, &report, e);
    }
    for (size_t i = 0; i < plan->n_lineage && status == STATUS_OK; i++) {
        status = city_lineage_load(db, plan->lineage[i].path, plan->lineage[i].on_day, keep_good,
                                   &report, e);
    }
    for (size_t i = 0; i < plan->addresses.n && status == STATUS_OK; i++) {
        status = city_addresses_load(db, plan->addresses.paths[i], keep_good, &report, e);
    }
    for (size_t i = 0; i < plan->places.n && status == STATUS_OK; i++) {
        status = city_places_load(db, plan->places.paths[i], keep_good, &report, e);
    }
    return status;
}

static enum status load_osm(struct db_sync *db, const struct city_plan *plan, struct err *e)
{
    struct city_report report;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < plan->osm.n && status == STATUS_OK; i++) {
        status = city_osm_stage(db, plan->osm.paths[i], e);
        if (status == STATUS_OK) {
            status = db_sync_begin(db, e);
        }
        if (status == STATUS_OK) {
            status = city_osm_merge(db, plan->osm.paths[i], &report, e);
        }
        if (status == STATUS_OK) {
            status = db_sync_commit(db, e);
        }
        db_sync_rollback(db);
        city_osm_unstage(db);
    }
    return status;
}

static enum status load_city(struct db_sync *db, const struct city_plan *plan, bool keep_good,
                             struct err *e)
{
    enum status status = db_sync_begin(db, e);
    if (status == STATUS_OK) {
        status = put_settings(db, plan, e);
    }
    if (status == STATUS_OK) {
        status = load_places(db, plan, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = load_categories(db, plan, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = load_calendars(db, plan, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = load_agencies(db, plan, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, e);
    }
    db_sync_rollback(db);
    return status;
}

/* After the extract: a file of its own may fill a standard layer better. */
static enum status load_layers(struct db_sync *db, const struct city_plan *plan, bool keep_good,
                               struct err *e)
{
    struct city_report report;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < plan->n_layers && status == STATUS_OK; i++) {
        status = db_sync_begin(db, e);
        if (status == STATUS_OK) {
            status = city_layer_load(db, &plan->layers[i], keep_good, &report, e);
        }
        if (status == STATUS_OK) {
            status = db_sync_commit(db, e);
        }
        db_sync_rollback(db);
    }
    return status;
}

enum status city_load_default_rules(struct db_sync *db, struct err *e)
{
    char path[PATH_MAX];
    const struct city_rules_wish wish = {
        .path = path, .title = "Quy tắc mặc định", .only_over_imported = true};
    enum status status = default_path(CITY_DEFAULT_RULES, path, e);
    return status == STATUS_OK ? city_rules_load(db, &wish, e) : status;
}

/* After everything that rules name: the layers come last. */
static enum status load_rules(struct db_sync *db, const struct city_plan *plan, struct err *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < plan->rules.n && status == STATUS_OK; i++) {
        const struct city_rules_wish wish = {.path = plan->rules.paths[i],
                                             .only_over_imported = true};
        status = city_rules_load(db, &wish, e);
    }
    bool shipped = plan->rules.n == 0 && plan->agencies.n == 0 && plan->categories.n == 0 &&
                   plan->osm.n > 0 && is_vietnamese(plan);
    return status == STATUS_OK && shipped ? city_load_default_rules(db, e) : status;
}

static enum status load_plan(struct db_sync *db, const struct city_plan *plan, bool keep_good,
                             struct err *e)
{
    enum status status = load_city(db, plan, keep_good, e);
    if (status == STATUS_OK) {
        status = load_osm(db, plan, e);
    }
    if (status == STATUS_OK) {
        status = load_layers(db, plan, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = load_populations(db, plan, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = load_rules(db, plan, e);
    }
    for (size_t i = 0; i < plan->n_complaints && status == STATUS_OK; i++) {
        /* Records from the past are taken as they are: one bad row keeps no other out. */
        status = city_complaints_load(db, &plan->complaints[i], true, e);
    }
    if (status == STATUS_OK) {
        /* Fresh statistics: the service's first queries follow at once. */
        status = db_sync_exec(db, "ANALYZE", e);
    }
    return status == STATUS_OK ? city_settings_remove(db, "city_unfinished", e) : status;
}

enum status city_load_folder(struct db_sync *db, const char *folder, bool keep_good, struct err *e)
{
    struct city_plan plan = {0};
    enum status status = city_plan_read(folder, &plan, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (!clock_set_zone(plan.timezone)) {
        status = err_set(e, STATUS_INVALID, "this system has no time zone %s (package tzdata)",
                         plan.timezone);
    }
    if (status == STATUS_OK) {
        status = db_sync_exec(db, LOCK_LOAD, e);
    }
    if (status == STATUS_OK) {
        status = load_plan(db, &plan, keep_good, e);
        struct err ignored;
        (void)!db_sync_exec(db, UNLOCK_LOAD, &ignored);
    }
    city_plan_clear(&plan);
    return status;
}
