#include "server/city/city_demo_load.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_voronoi.h"
#include "server/app/home.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/city/city_agencies.h"
#include "server/city/city_demo_calls.h"
#include "server/city/city_demo_layers.h"
#include "server/city/city_demo_random.h"
#include "server/city/city_demo_work.h"
#include "server/city/city_load.h"
#include "server/city/city_population.h"
#include "server/city/city_settings.h"
#include "server/store/store_complaint.h"

#define DEMO_FOLDER   "server/city/demo"
#define DEMO_AGENCIES "server/city/demo/agencies.csv"
#define DEMO_ZONE     "Asia/Ho_Chi_Minh"
#define CELL_TEXT_MAX ((size_t)4 << 20)
#define DAY_US        INT64_C(86400000000)
#define WARDS_MAX     1000
#define RINGS_MAX     16

/* --- settings --------------------------------------------------------------------------------- */

/* [west, south, east, north] of the outline. */
static void outline_box(const struct city_demo_facts *facts, char *out, size_t size)
{
    struct geo_box box = {180, 90, -180, -90};
    for (size_t i = 0; i < facts->n_outline; i++) {
        for (size_t k = 0; k < facts->outline[i].n; k++) {
            struct geo_point p = facts->outline[i].points[k];
            box.west = p.lon < box.west ? p.lon : box.west;
            box.east = p.lon > box.east ? p.lon : box.east;
            box.south = p.lat < box.south ? p.lat : box.south;
            box.north = p.lat > box.north ? p.lat : box.north;
        }
    }
    snprintf(out, size, "[%.2f, %.2f, %.2f, %.2f]", box.west, box.south, box.east, box.north);
}

static enum status put_settings(struct db_sync *db, const struct city_demo_facts *facts,
                                const struct city_demo_wish *wish, struct err *e)
{
    char box[80];
    outline_box(facts, box, sizeof(box));
    const char *const rows[][2] = {
        {"name", "{\"vi\": \"Thành phố Hồ Chí Minh (minh họa)\","
                 " \"en\": \"Ho Chi Minh City (demonstration)\"}"},
        {"timezone", "\"" DEMO_ZONE "\""},
        {"metric_crs", "\"EPSG:9210\""},
        {"bbox", box},
        {"attribution", "\"Ranh giới gần đúng, dữ liệu minh họa · "
                        "Approximate boundaries, demonstration data\""},
        {"approximate", "true"},
        {"city_unfinished", "true"},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = city_settings_put(db, rows[i][0], rows[i][1], e);
    }
    if (status == STATUS_OK) {
        status = city_demo_store_wish(db, wish, e);
    }
    return status == STATUS_OK ? city_settings_apply_zone(db, e) : status;
}

/* --- boundaries ------------------------------------------------------------------------------- */

struct generation {
    const char *level;
    const char *valid[2];
};

static const struct generation wards_now = {"ward", {"2025-07-01", NULL}};
static const struct generation districts_then = {"district", {"2021-01-01", "2025-07-01"}};

/* Wards by number. */
struct cells {
    size_t wards[WARDS_MAX];
    size_t n;
};

static enum status store_cells(struct db_sync *db, struct geo_voronoi *v,
                               const struct generation *generation,
                               const struct city_demo_unit *unit, const struct cells *cells,
                               struct err *e)
{
    struct strbuf geometry;
    strbuf_init(&geometry, CELL_TEXT_MAX);
    enum status status = geo_voronoi_geojson(v, cells->wards, cells->n, &geometry, e);
    if (status == STATUS_OK) {
        status =
            city_demo_store_unit(db, generation->level, unit, generation->valid, geometry.p, e);
    }
    strbuf_free(&geometry);
    return status;
}

/* A former district is the union of the wards that lie mainly in it: the former districts cover the
 * former city only, without overlaps. */
static enum status store_district(struct db_sync *db, struct geo_voronoi *v,
                                  const struct city_demo_facts *facts,
                                  const struct city_demo_unit *district, struct err *e)
{
    struct cells cells = {.n = 0};
    for (size_t i = 0; i < facts->n_wards; i++) {
        if (strcmp(facts->wards[i].region, district->code) == 0) {
            cells.wards[cells.n++] = i;
        }
    }
    if (cells.n == 0) {
        return err_set(e, STATUS_INVALID, "%s has no ward", district->name);
    }
    return store_cells(db, v, &districts_then, district, &cells, e);
}

static enum status make_cells(const struct city_demo_facts *facts, struct geo_voronoi **out,
                              struct err *e)
{
    struct geo_point centres[WARDS_MAX];
    struct geo_voronoi_ring rings[RINGS_MAX];
    if (facts->n_wards > WARDS_MAX || facts->n_outline > RINGS_MAX) {
        return err_set(e, STATUS_INVALID, "too many wards or pieces of outline");
    }
    for (size_t i = 0; i < facts->n_wards; i++) {
        centres[i] = facts->wards[i].centre;
    }
    for (size_t i = 0; i < facts->n_outline; i++) {
        rings[i] = (struct geo_voronoi_ring){facts->outline[i].points, facts->outline[i].n};
    }
    return geo_voronoi_create(centres, facts->n_wards, rings, facts->n_outline, out, e);
}

static enum status store_boundaries(struct db_sync *db, const struct city_demo_facts *facts,
                                    struct err *e)
{
    struct geo_voronoi *v = NULL;
    enum status status = make_cells(facts, &v, e);
    for (size_t i = 0; status == STATUS_OK && i < facts->n_wards; i++) {
        const struct cells own = {{i}, 1};
        status = store_cells(db, v, &wards_now, &facts->wards[i], &own, e);
    }
    for (size_t i = 0; status == STATUS_OK && i < facts->n_districts; i++) {
        status = store_district(db, v, facts, &facts->districts[i], e);
    }
    geo_voronoi_destroy(v);
    return status == STATUS_OK ? city_demo_store_lineage(db, facts, e) : status;
}

/* --- agencies --------------------------------------------------------------------------------- */

/* The shipped agencies, and the boards and zones that only this city has. */
static enum status store_agencies(struct db_sync *db, const struct city_demo_facts *facts,
                                  struct err *e)
{
    struct city_report report;
    char path[PATH_MAX];
    enum status status = city_load_defaults(db, e);
    if (status == STATUS_OK) {
        status = home_path(DEMO_AGENCIES, path, e);
    }
    if (status == STATUS_OK) {
        status = city_agencies_load(db, path, false, &report, e);
    }
    for (size_t i = 0; status == STATUS_OK && i < facts->n_areas; i++) {
        status = city_demo_store_area(db, &facts->areas[i], e);
    }
    return status == STATUS_OK ? city_load_default_zones(db, e) : status;
}

/* --- accounts --------------------------------------------------------------------------------- */

/* The passwords are shown to everybody, so they need only be easy to type: and their hashes cheap,
 * since tests make many demo cities. Real accounts are made by `hotline user`. */
static enum status make_password(struct city_demo_login *login, struct city_demo_random *r,
                                 struct err *e)
{
    static const char *const words[] = {"sen",  "tre",  "lua",  "song", "nui",   "bien",
                                        "gio",  "nang", "mua",  "sao",  "trang", "may",
                                        "chim", "hoa",  "rung", "dua"};
    const size_t n = sizeof(words) / sizeof(words[0]);
    size_t first = city_demo_random_below(r, n);
    size_t second = city_demo_random_below(r, n);
    snprintf(login->password, sizeof(login->password), "%s-%s-%zu", words[first], words[second],
             100 + city_demo_random_below(r, 900));
    _Static_assert(sizeof(login->hash) >= crypto_pwhash_STRBYTES, "room for the hash");
    if (crypto_pwhash_str_alg(login->hash, login->password, strlen(login->password),
                              crypto_pwhash_OPSLIMIT_INTERACTIVE, (size_t)1 << 20,
                              crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return err_set(e, STATUS_NO_MEMORY, "cannot hash a password");
    }
    return STATUS_OK;
}

static void append_login(struct strbuf *out, const struct city_demo_login *login)
{
    strbuf_append_z(out, out->n > 1 ? ",{" : "{");
    json_text_field(out, "login", login->login);
    json_text_field(out, "password", login->password);
    json_text_field(out, "role", login->role);
    json_text_field(out, "name", login->name);
    strbuf_append_char(out, '}');
}

static enum status store_logins(struct db_sync *db, uint64_t seed, struct err *e)
{
    struct city_demo_login rows[] = {
        {.login = "dienthoaivien", .name = "Nguyễn Thị Hương", .role = "operator"},
        {.login = "truongca", .name = "Trần Minh Khoa", .role = "supervisor"},
        {.login = "canbo", .name = "Lê Văn Sơn", .role = "agency_staff", .agency = "ubnd-26740"},
        {.login = "lanhdaodonvi",
         .name = "Phạm Thu Hà",
         .role = "agency_head",
         .agency = "ubnd-26740"},
        /* An agency with much to do. */
        {.login = "kythuat",
         .name = "Ngô Minh Trí",
         .role = "agency_staff",
         .agency = "trung-tam-ha-tang-ky-thuat"},
        {.login = "lanhdao", .name = "Võ Quốc Thắng", .role = "leader"},
        {.login = "quantri", .name = "Huỳnh Đức Long", .role = "administrator"},
        {.login = "quantri2", .name = "Bùi Thanh Tâm", .role = "administrator"},
        {.login = "kiemtra", .name = "Đặng Ngọc Mai", .role = "auditor"},
    };
    struct city_demo_random r = city_demo_random_start(seed, DEMO_STREAM_PERSON, UINT64_MAX);
    struct strbuf list;
    strbuf_init(&list, 4096);
    strbuf_append_char(&list, '[');
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = make_password(&rows[i], &r, e);
        if (status == STATUS_OK) {
            status = city_demo_store_login(db, &rows[i], e);
        }
        append_login(&list, &rows[i]);
    }
    strbuf_append_char(&list, ']');
    if (status == STATUS_OK) {
        status = city_settings_put(db, "demo_logins", list.p, e);
    }
    strbuf_free(&list);
    return status;
}

/* --- the city --------------------------------------------------------------------------------- */

static enum status store_city(struct db_sync *db, const struct city_demo_map *map,
                              const struct city_demo_wish *wish, struct err *e)
{
    enum status status = put_settings(db, map->facts, wish, e);
    if (status == STATUS_OK) {
        status = store_boundaries(db, map->facts, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_store_streets(db, map, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_store_addresses(db, map, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_store_places(db, map, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_layers_store(db, map, e);
    }
    if (status == STATUS_OK) {
        status = city_population_load_default(db, e);
    }
    if (status == STATUS_OK) {
        status = city_population_measure(db, e);
    }
    if (status == STATUS_OK) {
        status = store_agencies(db, map->facts, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_overlays_store(db, e);
    }
    return status == STATUS_OK ? store_logins(db, map->seed, e) : status;
}

static enum status load_city(struct db_sync *db, const struct city_demo_map *map,
                             const struct city_demo_wish *wish, struct err *e)
{
    enum status status = db_sync_begin(db, e);
    if (status == STATUS_OK) {
        status = store_city(db, map, wish, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, e);
    }
    if (status != STATUS_OK) {
        db_sync_rollback(db);
    }
    return status;
}

/* --- complaints ------------------------------------------------------------------------------- */

static size_t count_until(const struct city_demo_plan *plan, int64_t now_us)
{
    size_t n = plan->n_events;
    while (n > 0 && plan->events[n - 1].received_at_us > now_us) {
        n--;
    }
    return n;
}

static enum status fill(struct db_sync *db, const char *url, const struct city_demo_plan *plan,
                        struct err *e)
{
    /* A city that ends on an earlier day is shown as it stood at that day's end. */
    int64_t end_us = plan->options.last_midnight_us + DAY_US;
    int64_t now_us = clock_now_us() < end_us ? clock_now_us() : end_us;
    struct city_demo_filling filling = {.url = url, .plan = plan, .now_us = now_us};
    filling.n = count_until(plan, now_us);
    size_t blocks = filling.n / STORE_ID_BLOCK + 1;
    int64_t *ids = calloc(blocks, sizeof(*ids));
    if (ids == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "%zu complaints", filling.n);
    }
    enum status status = city_demo_store_ids(db, blocks, ids, e);
    if (status == STATUS_OK) {
        filling.ids = ids;
        status = city_demo_fill(db, &filling, e);
    }
    free(ids);
    return status;
}

static enum status load_complaints(struct db_sync *db, const char *url,
                                   const struct city_demo_map *map,
                                   const struct city_demo_wish *wish, struct err *e)
{
    struct city_demo_options options = {
        .seed = wish->seed, .complaints = wish->complaints, .months = wish->months};
    struct city_demo_plan *plan = NULL;
    int64_t *holidays = NULL;
    if (!clock_parse_any(str_of(wish->last_day), &options.last_midnight_us)) {
        return err_set(e, STATUS_INVALID, "'%s' is no date", wish->last_day);
    }
    enum status status = city_demo_store_holidays(db, &holidays, &options.n_holidays, e);
    if (status == STATUS_OK) {
        options.holidays_us = holidays;
        status = city_demo_plan_create(map, &options, &plan, e);
    }
    if (status == STATUS_OK) {
        status = fill(db, url, plan, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_store_ratings(db, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_work(db, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_calls(db, e);
    }
    city_demo_plan_destroy(plan);
    free(holidays);
    return status;
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum status load_locked(struct db_sync *db, const char *url, const struct city_demo_map *map,
                               const struct city_demo_wish *wish, bool begin, struct err *e)
{
    enum status status = begin ? load_city(db, map, wish, e) : STATUS_OK;
    if (status == STATUS_OK) {
        status = city_load_default_rules(db, e);
    }
    if (status == STATUS_OK) {
        status = load_complaints(db, url, map, wish, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_store_analyze(db, e);
    }
    return status == STATUS_OK ? city_settings_remove(db, "city_unfinished", e) : status;
}

/* What is to be done, seen what the database holds. */
static enum status judge(struct db_sync *db, struct city_demo_wish *wish, bool *begin,
                         struct err *e)
{
    enum city_demo_standing standing;
    struct city_demo_wish stored;
    enum status status = city_demo_store_lock(db, e);
    if (status == STATUS_OK) {
        status = city_demo_store_standing(db, &standing, &stored, e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (standing == DEMO_DATABASE_TAKEN) {
        return err_set(e, STATUS_CONFLICT, "the database holds a city already");
    }
    *begin = standing == DEMO_DATABASE_EMPTY;
    if (!*begin) {
        *wish = stored;
        fprintf(stderr, "demo: going on with the city that was begun (seed %llu, until %s)\n",
                (unsigned long long)wish->seed, wish->last_day);
    }
    return STATUS_OK;
}

enum status city_demo_load(const char *url, const struct city_demo_wish *wish, struct err *e)
{
    struct city_demo_wish chosen = *wish;
    struct city_demo_facts *facts = NULL;
    struct city_demo_map *map = NULL;
    struct db_sync *db = NULL;
    char folder[PATH_MAX];
    bool begin = true;
    if (!clock_set_zone(DEMO_ZONE)) {
        return err_set(e, STATUS_INVALID,
                       "this system has no time zone " DEMO_ZONE " (package tzdata)");
    }
    enum status status = home_path(DEMO_FOLDER, folder, e);
    if (status == STATUS_OK) {
        status = city_demo_facts_load(folder, &facts, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_connect(url, DB_ROLE_OWNER, &db, e);
    }
    if (status == STATUS_OK) {
        status = judge(db, &chosen, &begin, e);
    }
    if (status == STATUS_OK) {
        status = city_demo_map_create(facts, chosen.seed, &map, e);
    }
    if (status == STATUS_OK) {
        status = load_locked(db, url, map, &chosen, begin, e);
    }
    db_sync_close(db);
    city_demo_map_destroy(map);
    city_demo_facts_destroy(facts);
    return status;
}
