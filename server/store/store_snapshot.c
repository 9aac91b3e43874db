/* snapshot_load: the statements, and rows into plain arrays. What is built from them (epochs,
 * rules, gazetteer) is in snapshot_build.c. */
#include <stdlib.h>
#include <string.h>

#include "server/base/arena.h"
#include "server/db/db_sync.h"
#include "server/store/snapshot_build.h"

#define ARENA_MAX ((size_t)1 << 30)

/* A law date is local midnight in the city's zone; NULL where the period is open. */
#define VALID_COLUMNS                                                                              \
    "(extract(epoch FROM lower(valid)::timestamp AT TIME ZONE $1) * 1000000)::bigint, "            \
    "(extract(epoch FROM upper(valid)::timestamp AT TIME ZONE $1) * 1000000)::bigint"

static enum status query(struct snapshot_load *l, const char *sql, bool with_zone,
                         struct db_rows **rows, struct err *e)
{
    const char *params[1] = {l->s->city.timezone};
    return db_sync_query(l->db, sql, with_zone ? 1 : 0, params, rows, e);
}

static const char *text(struct snapshot_load *l, const struct db_rows *r, size_t row, size_t column)
{
    struct str value = db_rows_str(r, row, column);
    const char *copy = arena_strndup(l->s->arena, value.p, value.n);
    l->no_memory = l->no_memory || copy == NULL;
    return copy == NULL ? "" : copy;
}

static void *array(struct snapshot_load *l, size_t n, size_t size)
{
    void *p = arena_calloc(l->s->arena, n + 1, size);
    l->no_memory = l->no_memory || p == NULL;
    return p;
}

/* What is needed while loading only. */
static void *scratch(struct snapshot_load *l, size_t n, size_t size)
{
    void *p = arena_calloc(l->scratch, n + 1, size);
    l->no_memory = l->no_memory || p == NULL;
    return p;
}

static struct geo_area_source shape(struct snapshot_load *l, const struct db_rows *r, size_t row,
                                    size_t column)
{
    struct geo_area_source out = {NULL, 0};
    unsigned char *bytes = db_rows_bytes(r, row, column, &out.wkb_size);
    void *copy = bytes == NULL ? NULL : arena_alloc(l->scratch, out.wkb_size);
    l->no_memory = l->no_memory || copy == NULL;
    if (copy != NULL) {
        memcpy(copy, bytes, out.wkb_size);
        out.wkb = copy;
    }
    free(bytes);
    return out;
}

static int64_t instant(const struct db_rows *r, size_t row, size_t column, int64_t if_open)
{
    return db_rows_null(r, row, column) ? if_open : db_rows_int(r, row, column);
}

/* The position of the row with that database id, or -1. Ids are looked up while loading only. */
static int32_t number_of(const int32_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (ids[i] == id) {
            return (int32_t)i;
        }
    }
    return -1;
}

static enum status load_city(struct snapshot_load *l, struct err *e)
{
    struct snapshot_city *city = &l->s->city;
    struct db_rows *r = NULL;
    enum status status = db_sync_query(
        l->db,
        "SELECT n.value->>'vi', n.value->>'en', t.value#>>'{}', m.value#>>'{}', a.value#>>'{}',"
        " (b.value->>0)::float8, (b.value->>1)::float8, (b.value->>2)::float8,"
        " (b.value->>3)::float8,"
        " EXISTS (SELECT FROM hotline.boundaries WHERE approximate), y.value#>>'{}'"
        " FROM (VALUES (1)) one LEFT JOIN hotline.settings n ON n.key = 'name'"
        " LEFT JOIN hotline.settings t ON t.key = 'timezone'"
        " LEFT JOIN hotline.settings m ON m.key = 'metric_crs'"
        " LEFT JOIN hotline.settings a ON a.key = 'attribution'"
        " LEFT JOIN hotline.settings b ON b.key = 'bbox'"
        " LEFT JOIN hotline.settings y ON y.key = 'map_style_url'",
        0, NULL, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    city->name_vi = text(l, r, 0, 0);
    city->name_en = text(l, r, 0, 1);
    city->timezone = db_rows_null(r, 0, 2) ? "UTC" : text(l, r, 0, 2);
    city->metric_crs = db_rows_null(r, 0, 3) ? "EPSG:3857" : text(l, r, 0, 3);
    city->attribution = text(l, r, 0, 4);
    city->box = (struct geo_box){.west = db_rows_double(r, 0, 5),
                                 .south = db_rows_double(r, 0, 6),
                                 .east = db_rows_double(r, 0, 7),
                                 .north = db_rows_double(r, 0, 8)};
    city->approximate = db_rows_bool(r, 0, 9);
    city->map_style = text(l, r, 0, 10);
    db_rows_free(r);
    return STATUS_OK;
}

static enum status load_key(struct snapshot_load *l, struct err *e)
{
    struct db_rows *r = NULL;
    enum status status =
        query(l, "SELECT value FROM hotline.secrets WHERE key = 'tracking_key'", false, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    size_t n = 0;
    unsigned char *key = db_rows_count(r) == 1 ? db_rows_bytes(r, 0, 0, &n) : NULL;
    if (key == NULL || n < sizeof(l->s->tracking_key)) {
        status = err_set(e, STATUS_INTERNAL, "hotline.secrets has no tracking_key");
    } else {
        memcpy(l->s->tracking_key, key, sizeof(l->s->tracking_key));
    }
    free(key);
    db_rows_free(r);
    return status;
}

static enum status load_boundaries(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    struct db_rows *r = NULL;
    enum status status = query(l,
                               "SELECT id, level, code, name, kind, approximate, " VALID_COLUMNS
                               ", ST_AsBinary(geom) FROM hotline.boundaries"
                               " WHERE valid && daterange('1000-01-01', NULL)"
                               " ORDER BY code, id",
                               true, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    s->n_boundaries = db_rows_count(r);
    s->boundaries = array(l, s->n_boundaries, sizeof(*s->boundaries));
    l->boundary_ids = scratch(l, s->n_boundaries, sizeof(*l->boundary_ids));
    l->shapes = scratch(l, s->n_boundaries, sizeof(*l->shapes));
    for (size_t i = 0; !l->no_memory && i < s->n_boundaries; i++) {
        l->boundary_ids[i] = (int32_t)db_rows_int(r, i, 0);
        s->boundaries[i] = (struct snapshot_boundary){
            .id = l->boundary_ids[i],
            .level = strcmp(db_rows_text(r, i, 1), "ward") == 0 ? LEVEL_WARD : LEVEL_DISTRICT,
            .code = text(l, r, i, 2),
            .name = text(l, r, i, 3),
            .kind = text(l, r, i, 4),
            .approximate = db_rows_bool(r, i, 5),
            .valid_from_us = instant(r, i, 6, INT64_MIN),
            .valid_to_us = instant(r, i, 7, INT64_MAX)};
        l->shapes[i] = shape(l, r, i, 8);
    }
    l->no_memory = l->no_memory || !code_table_init(&s->ward_codes, s->arena, s->n_boundaries);
    for (size_t i = 0; !l->no_memory && i < s->n_boundaries; i++) {
        if (s->boundaries[i].level == LEVEL_WARD) {
            code_table_add(&s->ward_codes, s->boundaries[i].code, (int32_t)i);
        }
    }
    db_rows_free(r);
    return STATUS_OK;
}

static enum status load_categories(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    struct db_rows *r = NULL;
    enum status status =
        query(l,
              "SELECT id, parent_id, code, name_vi, name_en, keywords, urgent, active,"
              " deadline_hours, deadline_working_days FROM hotline.categories"
              " ORDER BY position, id",
              false, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    s->n_categories = db_rows_count(r);
    s->categories = array(l, s->n_categories, sizeof(*s->categories));
    l->category_ids = scratch(l, s->n_categories, sizeof(*l->category_ids));
    for (size_t i = 0; !l->no_memory && i < s->n_categories; i++) {
        l->category_ids[i] = (int32_t)db_rows_int(r, i, 0);
        s->categories[i] =
            (struct snapshot_category){.id = l->category_ids[i],
                                       .code = text(l, r, i, 2),
                                       .name_vi = text(l, r, i, 3),
                                       .name_en = text(l, r, i, 4),
                                       .keywords = text(l, r, i, 5),
                                       .urgent = db_rows_bool(r, i, 6),
                                       .active = db_rows_bool(r, i, 7),
                                       .deadline_hours = (int32_t)db_rows_int(r, i, 8),
                                       .deadline_working_days = (int32_t)db_rows_int(r, i, 9)};
    }
    for (size_t i = 0; !l->no_memory && i < s->n_categories; i++) {
        s->categories[i].parent =
            db_rows_null(r, i, 1)
                ? -1
                : number_of(l->category_ids, s->n_categories, db_rows_int(r, i, 1));
    }
    l->no_memory = l->no_memory || !code_table_init(&s->category_codes, s->arena, s->n_categories);
    for (size_t i = 0; !l->no_memory && i < s->n_categories; i++) {
        code_table_add(&s->category_codes, s->categories[i].code, (int32_t)i);
    }
    db_rows_free(r);
    return STATUS_OK;
}

static enum status load_agencies(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    struct db_rows *r = NULL;
    enum status status = query(l,
                               "SELECT id, code, name, name_en, kind, fallback, " VALID_COLUMNS
                               " FROM hotline.agencies ORDER BY code, id",
                               true, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    s->n_agencies = db_rows_count(r);
    s->agencies = array(l, s->n_agencies, sizeof(*s->agencies));
    l->agencies = scratch(l, s->n_agencies, sizeof(*l->agencies));
    l->agency_ids = scratch(l, s->n_agencies, sizeof(*l->agency_ids));
    for (size_t i = 0; !l->no_memory && i < s->n_agencies; i++) {
        struct snapshot_agency *a = &s->agencies[i];
        l->agency_ids[i] = (int32_t)db_rows_int(r, i, 0);
        *a = (struct snapshot_agency){.id = l->agency_ids[i],
                                      .code = text(l, r, i, 1),
                                      .name = text(l, r, i, 2),
                                      .name_en = text(l, r, i, 3),
                                      .kind = text(l, r, i, 4)};
        l->agencies[i] = (struct route_agency){.code = a->code,
                                               .name = a->name,
                                               .name_en = a->name_en,
                                               .fallback = db_rows_bool(r, i, 5),
                                               .valid_from_us = instant(r, i, 6, INT64_MIN),
                                               .valid_to_us = instant(r, i, 7, INT64_MAX)};
    }
    l->no_memory = l->no_memory || !code_table_init(&s->agency_codes, s->arena, s->n_agencies);
    for (size_t i = 0; !l->no_memory && i < s->n_agencies; i++) {
        code_table_add(&s->agency_codes, s->agencies[i].code, (int32_t)i);
    }
    db_rows_free(r);
    return STATUS_OK;
}

static enum status load_desks(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    struct db_rows *r = NULL;
    enum status status = query(
        l, "SELECT id, agency_id, code, name, " VALID_COLUMNS " FROM hotline.desks ORDER BY id",
        true, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    s->n_desks = db_rows_count(r);
    s->desks = array(l, s->n_desks, sizeof(*s->desks));
    l->desks = scratch(l, s->n_desks, sizeof(*l->desks));
    l->desk_ids = scratch(l, s->n_desks, sizeof(*l->desk_ids));
    for (size_t i = 0; !l->no_memory && i < s->n_desks; i++) {
        int32_t agency = number_of(l->agency_ids, s->n_agencies, db_rows_int(r, i, 1));
        l->desk_ids[i] = (int32_t)db_rows_int(r, i, 0);
        s->desks[i] = (struct snapshot_desk){.id = l->desk_ids[i],
                                             .agency = agency,
                                             .code = text(l, r, i, 2),
                                             .name = text(l, r, i, 3)};
        l->desks[i] = (struct route_desk){.code = s->desks[i].code,
                                          .name = s->desks[i].name,
                                          .agency = agency,
                                          .valid_from_us = instant(r, i, 4, INT64_MIN),
                                          .valid_to_us = instant(r, i, 5, INT64_MAX)};
    }
    db_rows_free(r);
    return STATUS_OK;
}

static enum route_class class_of(const char *name)
{
    return strcmp(name, "special") == 0    ? ROUTE_CLASS_SPECIAL
           : strcmp(name, "fallback") == 0 ? ROUTE_CLASS_FALLBACK
                                           : ROUTE_CLASS_ORDINARY;
}

static enum route_reach reach_of(const char *name)
{
    return strcmp(name, "area") == 0       ? ROUTE_REACH_AREA
           : strcmp(name, "ward") == 0     ? ROUTE_REACH_WARD
           : strcmp(name, "district") == 0 ? ROUTE_REACH_DISTRICT
                                           : ROUTE_REACH_CITY;
}

/* "{3,17}" as category numbers. */
static void load_category_list(struct snapshot_load *l, const char *ids,
                               struct route_jurisdiction *j)
{
    int32_t *list = scratch(l, strlen(ids), sizeof(*list));
    for (const char *at = ids; !l->no_memory && *at != '\0' && *at != '}';) {
        char *end = NULL;
        long long id = strtoll(at + 1, &end, 10);
        if (end == at + 1) {
            break;
        }
        list[j->n_categories++] = number_of(l->category_ids, l->s->n_categories, id);
        at = end;
    }
    j->categories = list;
}

static void load_jurisdiction(struct snapshot_load *l, const struct db_rows *r, size_t i)
{
    struct snapshot *s = l->s;
    s->jurisdictions[i] = (struct snapshot_jurisdiction){
        .id = (int32_t)db_rows_int(r, i, 0), .code = text(l, r, i, 1), .name = text(l, r, i, 2)};
    l->jurisdictions[i] = (struct route_jurisdiction){
        .code = s->jurisdictions[i].code,
        .name = s->jurisdictions[i].name,
        .agency = number_of(l->agency_ids, s->n_agencies, db_rows_int(r, i, 3)),
        .desk =
            db_rows_null(r, i, 4) ? -1 : number_of(l->desk_ids, s->n_desks, db_rows_int(r, i, 4)),
        .rule_class = class_of(db_rows_text(r, i, 5)),
        .reach = reach_of(db_rows_text(r, i, 6)),
        .unit = db_rows_null(r, i, 7)
                    ? -1
                    : number_of(l->boundary_ids, s->n_boundaries, db_rows_int(r, i, 7)),
        .valid_from_us = instant(r, i, 8, INT64_MIN),
        .valid_to_us = instant(r, i, 9, INT64_MAX),
        .set = text(l, r, i, 12)};
    load_category_list(l, db_rows_text(r, i, 10), &l->jurisdictions[i]);
    if (!db_rows_null(r, i, 11)) {
        l->special_shapes[l->n_special] = shape(l, r, i, 11);
        l->special_jurisdiction[l->n_special++] = (int32_t)i;
    }
}

static enum status load_jurisdictions(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    struct db_rows *r = NULL;
    enum status status =
        query(l,
              "SELECT id, code, name, agency_id, desk_id, class, reach, boundary_id, " VALID_COLUMNS
              ", ARRAY(SELECT category_id FROM hotline.jurisdiction_categories"
              "        WHERE jurisdiction_id = j.id ORDER BY 1), ST_AsBinary(geom), set_code"
              " FROM hotline.jurisdictions j WHERE valid && daterange('1000-01-01', NULL)"
              " ORDER BY code, id",
              true, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    s->n_jurisdictions = db_rows_count(r);
    s->jurisdictions = array(l, s->n_jurisdictions, sizeof(*s->jurisdictions));
    l->jurisdictions = scratch(l, s->n_jurisdictions, sizeof(*l->jurisdictions));
    l->special_shapes = scratch(l, s->n_jurisdictions, sizeof(*l->special_shapes));
    l->special_jurisdiction = array(l, s->n_jurisdictions, sizeof(*l->special_jurisdiction));
    for (size_t i = 0; !l->no_memory && i < s->n_jurisdictions; i++) {
        load_jurisdiction(l, r, i);
    }
    s->special_jurisdiction = l->special_jurisdiction;
    db_rows_free(r);
    return STATUS_OK;
}

/* An old ward is found by its name even where nobody knows its polygon any more. */
static enum status load_old_wards(struct snapshot_load *l, struct err *e)
{
    enum status status =
        query(l,
              "SELECT l.new_code, string_agg(DISTINCT l.old_name, '|')"
              " FROM hotline.boundary_lineage l"
              " WHERE l.old_level = 'ward' AND l.new_level = 'ward' AND NOT EXISTS ("
              "   SELECT FROM hotline.boundaries b WHERE b.level = 'ward' AND b.name = l.old_name"
              "     AND NOT b.valid @> l.on_day) GROUP BY l.new_code ORDER BY l.new_code",
              false, &l->old_wards, e);
    return status != STATUS_OK ? status
                               : query(l,
                                       "SELECT DISTINCT ON (old_code) old_code, new_code"
                                       " FROM hotline.boundary_lineage"
                                       " WHERE old_level = 'ward' AND new_level = 'ward'"
                                       "   AND old_code IS NOT NULL AND share IS NOT NULL"
                                       " ORDER BY old_code, share DESC, new_code",
                                       false, &l->went_into, e);
}

static enum status load_gazetteer(struct snapshot_load *l, struct err *e)
{
    static const char *const statements[SNAPSHOT_GAZETTEERS] = {
        [SNAPSHOT_STREETS] = "SELECT name, array_to_string(aliases, '|'), ST_AsBinary(geom),"
                             " NULL, NULL, false FROM hotline.gazetteer_streets ORDER BY id",
        [SNAPSHOT_ADDRESSES] = "SELECT name, NULL, ST_AsBinary(geom), housenumber,"
                               " coalesce(street, derived_street), street IS NULL"
                               " FROM hotline.gazetteer_addresses ORDER BY id",
        [SNAPSHOT_PLACES] = "SELECT name, concat_ws('|', name_en, array_to_string(aliases, '|')),"
                            " ST_AsBinary(geom), NULL, NULL, false"
                            " FROM hotline.gazetteer_places ORDER BY id",
    };
    enum status status = load_old_wards(l, e);
    for (int i = 0; i < SNAPSHOT_GAZETTEERS && status == STATUS_OK; i++) {
        status = query(l, statements[i], false, &l->gazetteer_rows[i], e);
    }
    return status;
}

static enum status load_all(struct snapshot_load *l, struct err *e)
{
    static enum status (*const steps[])(struct snapshot_load *, struct err *) = {
        load_city,
        load_key,
        load_boundaries,
        snapshot_load_units,
        load_categories,
        load_agencies,
        load_desks,
        load_jurisdictions,
        snapshot_load_deadlines,
        snapshot_load_likeness,
        load_gazetteer,
        snapshot_load_layers,
        snapshot_load_rules,
        snapshot_load_rule_layers,
        snapshot_build_epochs,
        snapshot_build_rules,
        snapshot_load_questions,
        snapshot_build_gazetteer,
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        enum status status = steps[i](l, e);
        if (status != STATUS_OK) {
            return status;
        }
        if (l->no_memory) {
            return err_set(e, STATUS_NO_MEMORY, "no memory for a snapshot");
        }
    }
    return STATUS_OK;
}

static enum status load(struct db_sync *db, int32_t rule_set_id, bool maps, struct snapshot **out,
                        struct err *e)
{
    static uint64_t versions;
    struct snapshot_load l = {.db = db, .rule_set_id = rule_set_id, .maps = maps};
    l.s = calloc(1, sizeof(*l.s));
    l.scratch = arena_create(ARENA_MAX);
    if (l.s == NULL || l.scratch == NULL || (l.s->arena = arena_create(ARENA_MAX)) == NULL) {
        free(l.s);
        arena_destroy(l.scratch);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a snapshot");
    }
    l.s->references = 1;
    l.s->version = __atomic_add_fetch(&versions, 1, __ATOMIC_RELAXED);
    enum status status = db_sync_exec(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", e);
    if (status == STATUS_OK) {
        status = load_all(&l, e);
        db_sync_rollback(db); /* nothing was written */
    }
    db_rows_free(l.old_wards);
    db_rows_free(l.went_into);
    for (int i = 0; i < SNAPSHOT_GAZETTEERS; i++) {
        db_rows_free(l.gazetteer_rows[i]);
    }
    arena_destroy(l.scratch);
    if (status != STATUS_OK) {
        snapshot_release(l.s);
        return status;
    }
    *out = l.s;
    return STATUS_OK;
}

enum status snapshot_load(struct db_sync *db, struct snapshot **out, struct err *e)
{
    return load(db, 0, false, out, e);
}

enum status snapshot_load_with_maps(struct db_sync *db, struct snapshot **out, struct err *e)
{
    return load(db, 0, true, out, e);
}

enum status snapshot_load_with_rules(struct db_sync *db, int32_t rule_set_id, struct snapshot **out,
                                     struct err *e)
{
    return rule_set_id > 0 ? load(db, rule_set_id, false, out, e)
                           : err_set(e, STATUS_NOT_FOUND, "there is no such set of rules");
}
