#include "server/city/city_boundaries.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/city/city_file.h"
#include "server/city/city_text.h"

#define TEXT_POOL  ((size_t)1024 * 1024)
#define CODE_MAX   64
#define REPAIR_MAX "1e-6"

/* What a feature's texts became. */
struct unit {
    const char *code, *name, *kind, *parent;
};

/* --- the feature ------------------------------------------------------------------------------ */

/* Depth 1 is a position, 2 a ring, 3 a polygon, 4 several. Every ring must be closed. */
/* NOLINTNEXTLINE(misc-no-recursion): depth counts down from 4 */
static bool coordinates_fit(struct json_object *node, int depth)
{
    if (!json_object_is_type(node, json_type_array)) {
        return false;
    }
    size_t n = json_object_array_length(node);
    if (depth == 1) {
        struct json_object *x = n >= 2 ? json_object_array_get_idx(node, 0) : NULL;
        struct json_object *y = n >= 2 ? json_object_array_get_idx(node, 1) : NULL;
        bool numbers =
            x && y &&
            (json_object_is_type(x, json_type_double) || json_object_is_type(x, json_type_int)) &&
            (json_object_is_type(y, json_type_double) || json_object_is_type(y, json_type_int));
        return numbers && fabs(json_object_get_double(x)) <= 180 &&
               fabs(json_object_get_double(y)) <= 90;
    }
    if (depth == 2) {
        struct json_object *first = n >= 4 ? json_object_array_get_idx(node, 0) : NULL;
        struct json_object *last = n >= 4 ? json_object_array_get_idx(node, n - 1) : NULL;
        if (!first || !json_object_equal(first, last)) {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!coordinates_fit(json_object_array_get_idx(node, i), depth - 1)) {
            return false;
        }
    }
    return n > 0;
}

static bool geometry_fits(struct json_object *geometry)
{
    struct json_object *type = NULL;
    struct json_object *coordinates = NULL;
    if (!json_object_object_get_ex(geometry, "type", &type) ||
        !json_object_object_get_ex(geometry, "coordinates", &coordinates)) {
        return false;
    }
    const char *name = json_object_get_string(type);
    if (name && strcmp(name, "Polygon") == 0) {
        return coordinates_fit(coordinates, 3);
    }
    return name && strcmp(name, "MultiPolygon") == 0 && coordinates_fit(coordinates, 4);
}

/* A property as clean text; "" where it is missing, NULL where it is not fit to store. */
static const char *property_text(struct arena *arena, struct json_object *properties,
                                 const char *name)
{
    struct json_object *value = NULL;
    if (!name || !json_object_object_get_ex(properties, name, &value) || !value) {
        return "";
    }
    const char *text = json_object_get_string(value);
    return city_text_clean(arena, str_of(text));
}

/* False with `why` set. */
static bool read_unit(struct arena *arena, const struct city_boundary_file *file,
                      struct json_object *properties, struct unit *unit, const char **why)
{
    struct unit u = {
        .code = property_text(arena, properties, file->code_property),
        .name = property_text(arena, properties, file->name_property),
        .kind = property_text(arena, properties, file->type_property),
        .parent = property_text(arena, properties, file->parent_property),
    };
    if (!u.code || !u.name || !u.kind || !u.parent) {
        *why = "a property is not clean UTF-8 text";
        return false;
    }
    if (!*u.code && *u.name) {
        char slug[CODE_MAX + 1];
        (void)city_text_slug(str_of(u.name), CODE_MAX, slug);
        u.code =
            *u.parent ? arena_printf(arena, "%s-%s", u.parent, slug) : arena_strdup(arena, slug);
    }
    if (!u.code || !*u.code) {
        *why = "it has neither a code nor a name";
        return false;
    }
    if (!*u.name) {
        u.name = u.code;
    }
    *unit = u;
    return true;
}

/* --- the staging table ------------------------------------------------------------------------ */

static const char stage_sql[] = "CREATE TEMPORARY TABLE incoming_boundaries ("
                                " code text PRIMARY KEY, name text, kind text, parent_code text,"
                                " geom public.geometry(MultiPolygon, 4326)) ON COMMIT DROP";

static const char unit_sql[] =
    "WITH given AS MATERIALIZED ("
    "  SELECT public.ST_Force2D(public.ST_SetSRID(public.ST_GeomFromGeoJSON($5), 4326)) AS geom"
    "), fitted AS MATERIALIZED ("
    "  SELECT public.ST_IsValid(geom) AS ok, public.ST_IsValidReason(geom) AS reason,"
    "    public.ST_Area(geom) AS before,"
    "    public.ST_Multi(CASE WHEN public.ST_IsValid(geom) THEN geom ELSE"
    "      public.ST_CollectionExtract(public.ST_MakeValid(geom), 3) END) AS geom"
    "  FROM given"
    "), judged AS MATERIALIZED ("
    "  SELECT ok, reason, geom,"
    "    abs(public.ST_Area(geom) - before) / nullif(before, 0) AS change FROM fitted"
    "), kept AS ("
    "  INSERT INTO incoming_boundaries SELECT $1, $2, $3, nullif($4, ''), geom FROM judged"
    "  WHERE (ok OR change < " REPAIR_MAX ") AND NOT public.ST_IsEmpty(geom)"
    "  ON CONFLICT DO NOTHING RETURNING 1"
    ") SELECT ok, reason, coalesce(change, 1), coalesce(change < " REPAIR_MAX ", false),"
    "   EXISTS (SELECT FROM kept) FROM judged";

static enum status stage_unit(struct db_sync *db, size_t number, const struct unit *unit,
                              const char *geometry, struct city_report *report, struct err *e)
{
    const char *const params[] = {unit->code, unit->name, unit->kind, unit->parent, geometry};
    struct db_rows *rows = NULL;
    struct err broken;
    enum status status = db_sync_exec(db, "SAVEPOINT unit", e);
    if (status != STATUS_OK) {
        return status;
    }
    if (db_sync_query(db, unit_sql, 5, params, &rows, &broken) != STATUS_OK) {
        city_report_refuse(report, 0, "feature %zu, %s: %s", number, unit->name, broken.text);
        return db_sync_exec(db, "ROLLBACK TO unit; RELEASE unit", e);
    }
    bool ok = db_rows_bool(rows, 0, 0);
    bool small = db_rows_bool(rows, 0, 3);
    if (db_rows_bool(rows, 0, 4)) {
        if (!ok) {
            city_report_note(report, "feature %zu, %s: repaired (%s), area changed by %.1e", number,
                             unit->name, db_rows_text(rows, 0, 1), db_rows_double(rows, 0, 2));
        }
    } else if (ok || small) {
        city_report_refuse(report, 0, "feature %zu, %s: empty, or the code %s occurs twice", number,
                           unit->name, unit->code);
    } else {
        city_report_refuse(report, 0, "feature %zu, %s: %s; a repair would change its area by %.2g",
                           number, unit->name, db_rows_text(rows, 0, 1),
                           db_rows_double(rows, 0, 2));
    }
    db_rows_free(rows);
    return db_sync_exec(db, "RELEASE unit", e);
}

static enum status stage_feature(struct db_sync *db, const struct city_boundary_file *file,
                                 struct json_object *feature, struct arena *arena,
                                 struct city_report *report, struct err *e)
{
    struct json_object *properties = NULL;
    struct json_object *geometry = NULL;
    struct unit unit = {0};
    const char *why = "";
    size_t number = report->in;
    (void)json_object_object_get_ex(feature, "properties", &properties);
    (void)json_object_object_get_ex(feature, "geometry", &geometry);
    if (!read_unit(arena, file, properties, &unit, &why)) {
        city_report_refuse(report, 0, "feature %zu: %s", number, why);
        return STATUS_OK;
    }
    if (!geometry_fits(geometry)) {
        city_report_refuse(report, 0,
                           "feature %zu, %s: no polygon of closed rings in longitude and latitude",
                           number, unit.name);
        return STATUS_OK;
    }
    const char *text = json_object_to_json_string_ext(geometry, JSON_C_TO_STRING_PLAIN);
    return stage_unit(db, number, &unit, text, report, e);
}

static enum status stage_all(struct db_sync *db, const struct city_boundary_file *file,
                             struct json_object *root, struct city_report *report, struct err *e)
{
    struct json_object *features = NULL;
    if (!json_object_object_get_ex(root, "features", &features) ||
        !json_object_is_type(features, json_type_array)) {
        return err_set(e, STATUS_INVALID, "%s is not a GeoJSON FeatureCollection", file->path);
    }
    struct arena *arena = arena_create(TEXT_POOL);
    if (!arena) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    size_t n = json_object_array_length(features);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        report->in++;
        arena_clear(arena);
        status = stage_feature(db, file, json_object_array_get_idx(features, i), arena, report, e);
        city_report_progress(report, (double)report->in / (double)n);
    }
    arena_destroy(arena);
    return status;
}

/* --- into the table --------------------------------------------------------------------------- */

/* $1 level, $2 validity, $3 source, $4 approximate */
static const char update_sql[] =
    "UPDATE hotline.boundaries b SET name = i.name, kind = i.kind, parent_code = i.parent_code,"
    "  source = $3, approximate = $4::boolean, geom = i.geom"
    " FROM incoming_boundaries i"
    " WHERE b.level = $1 AND b.code = i.code AND b.valid = $2::daterange";
static const char delete_sql[] =
    "DELETE FROM hotline.boundaries b WHERE b.source = $2 AND b.level = $1 AND NOT EXISTS ("
    "  SELECT FROM incoming_boundaries i WHERE i.code = b.code AND b.valid = $3::daterange)";
static const char insert_sql[] =
    "INSERT INTO hotline.boundaries (level, code, name, kind, parent_code, source, approximate,"
    "  valid, geom)"
    " SELECT $1, i.code, i.name, i.kind, i.parent_code, $3, $4::boolean, $2::daterange, i.geom"
    " FROM incoming_boundaries i WHERE NOT EXISTS (SELECT FROM hotline.boundaries b"
    "  WHERE b.level = $1 AND b.code = i.code AND b.valid = $2::daterange) ORDER BY i.code";

static enum status merge(struct db_sync *db, const struct city_boundary_file *file,
                         struct city_report *report, struct err *e)
{
    char valid[40];
    (void)snprintf(valid, sizeof valid, "[%.12s,%.12s)", file->valid_from,
                   file->valid_to ? file->valid_to : "");
    const char *source = city_file_base(file->path);
    const char *const params[] = {file->level, valid, source, file->approximate ? "t" : "f"};
    const char *const stale[] = {file->level, source, valid};
    size_t updated = 0;
    size_t inserted = 0;
    size_t deleted = 0;
    enum status status = db_sync_run(db, update_sql, 4, params, &updated, e);
    if (status == STATUS_OK) {
        status = db_sync_run(db, delete_sql, 3, stale, &deleted, e);
        if (status == STATUS_CONFLICT) {
            return err_wrap(e, "%s: a unit that the file no longer has is still referred to",
                            report->file);
        }
    }
    if (status == STATUS_OK) {
        status = db_sync_run(db, insert_sql, 4, params, &inserted, e);
    }
    if (status != STATUS_OK) {
        return err_wrap(e, "%s", report->file);
    }
    report->loaded = updated + inserted;
    if (deleted > 0) {
        city_report_note(report, "%zu units of an earlier load are gone", deleted);
    }
    return db_sync_exec(db, "DROP TABLE incoming_boundaries", e);
}

static enum status check_file(const struct city_boundary_file *file, struct err *e)
{
    if (strcmp(file->level, "ward") != 0 && strcmp(file->level, "district") != 0) {
        return err_set(e, STATUS_INVALID, "%s: no such level: %s", file->path, file->level);
    }
    if (!city_text_is_date(file->valid_from) ||
        (file->valid_to && !city_text_is_date(file->valid_to))) {
        return err_set(e, STATUS_INVALID, "%s: validity is given as days, 2025-07-01", file->path);
    }
    if (file->valid_to && strcmp(file->valid_from, file->valid_to) >= 0) {
        return err_set(e, STATUS_INVALID, "%s: its validity ends before it begins", file->path);
    }
    return STATUS_OK;
}

enum status city_boundaries_load(struct db_sync *db, const struct city_boundary_file *file,
                                 bool keep_good, struct city_report *report, struct err *e)
{
    struct json_object *root = NULL;
    city_report_begin(report, file->path, "boundaries");
    enum status status = check_file(file, e);
    if (status == STATUS_OK) {
        status = city_file_json(file->path, &root, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_exec(db, stage_sql, e);
    }
    if (status == STATUS_OK) {
        status = stage_all(db, file, root, report, e);
    }
    json_object_put(root);
    if (status == STATUS_OK) {
        status = city_report_verdict(report, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = merge(db, file, report, e);
    }
    city_report_end(report);
    return status;
}
