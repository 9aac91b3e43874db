#include "server/city/city_layer_load.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/utf8.h"
#include "server/city/city_file.h"
#include "server/city/city_layer_read.h"
#include "server/city/city_layer_shape.h"
#include "server/city/city_text.h"

#define CODE_MAX   64
#define NAME_BYTES 500
#define TEXT_POOL  ((size_t)4 << 20)
#define SHAPE_MAX  ((size_t)256 << 20)

struct loading {
    struct db_sync *db;
    const struct city_layer_file *file;
    struct city_report *report;
    struct arena *arena; /* one feature's texts */
    struct geo_crs *crs; /* NULL: degrees */
    struct strbuf wkt;
    char code[CODE_MAX + 1];
    int kind; /* enum city_shape, or -1 while nobody has said */
    bool exists;
    int64_t from_us, to_us; /* of the whole file; INT64_MIN, INT64_MAX where open */
};

/* --- one feature ------------------------------------------------------------------------------ */

/* A time as OGR and people write it: 2026/11/27, 2026-11-27 08:00, 2026-11-27T08:00:00+07. */
static bool read_instant(const char *text, int64_t *us)
{
    char plain[64];
    size_t n = strlen(text);
    if (n + 4 > sizeof plain) {
        return false;
    }
    memcpy(plain, text, n + 1);
    if (n >= 10 && plain[4] == '/' && plain[7] == '/') {
        plain[4] = plain[7] = '-';
    }
    if (n > 19 && (plain[n - 3] == '+' || plain[n - 3] == '-')) {
        memcpy(plain + n, ":00", 4);
    } else if (n == 16 && plain[13] == ':') {
        memcpy(plain + n, ":00", 4);
    }
    return clock_parse_any(str_of(plain), us);
}

/* The property as text; "" where it is missing, NULL where it is not fit to store. */
static const char *property_text(struct loading *l, struct json_object *properties,
                                 const char *name)
{
    struct json_object *value = NULL;
    if (!name || !json_object_object_get_ex(properties, name, &value) || !value) {
        return "";
    }
    return city_text_clean(l->arena, str_of(json_object_get_string(value)));
}

static const char *name_of(struct loading *l, struct json_object *properties)
{
    static const char *const usual[] = {"name", "ten", "Name", "NAME", "TEN", "Ten", "title"};
    const char *name = property_text(l, properties, l->file->name);
    for (size_t i = 0; !l->file->name && name && !*name && i < sizeof usual / sizeof usual[0];
         i++) {
        name = property_text(l, properties, usual[i]);
    }
    return name && strlen(name) <= NAME_BYTES ? name : NULL;
}

static bool read_end(struct loading *l, struct json_object *properties, const char *property,
                     int64_t whole, int64_t *us)
{
    const char *text = property_text(l, properties, property);
    *us = whole;
    return text && (!*text || read_instant(text, us));
}

struct feature {
    const char *name, *id, *attributes;
    int64_t from_us, to_us;
};

/* NULL, or why it cannot be stored. */
static const char *read_feature(struct loading *l, struct json_object *properties,
                                struct json_object *id, struct feature *f)
{
    *f = (struct feature){.name = name_of(l, properties), .attributes = "{}"};
    f->id = l->file->id ? property_text(l, properties, l->file->id)
                        : city_text_clean(l->arena, str_of(json_object_get_string(id)));
    if (!f->name || !f->id) {
        return "its name or number is too long or not clean UTF-8 text";
    }
    if (properties) {
        f->attributes = json_object_to_json_string_ext(
            properties, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    }
    if (!json_object_is_type(properties, json_type_object) && properties) {
        return "its properties are no object";
    }
    if (strstr(f->attributes, "\\u0000") || !utf8_valid(str_of(f->attributes))) {
        return "a property is not clean UTF-8 text";
    }
    if (!read_end(l, properties, l->file->from, l->from_us, &f->from_us) ||
        !read_end(l, properties, l->file->to, l->to_us, &f->to_us)) {
        return "its validity is no time";
    }
    return f->from_us < f->to_us ? NULL : "its validity ends before it begins";
}

static void copy_instant(struct db_sync *db, int64_t us, int64_t open)
{
    char text[CLOCK_TEXT_MAX];
    db_sync_copy_z(db, us == open ? NULL : clock_format(us, text));
}

static enum status take_feature(void *context, struct json_object *properties,
                                struct json_object *geometry, struct json_object *id, struct err *e)
{
    struct loading *l = context;
    struct feature f;
    enum city_shape shape = CITY_SHAPE_POINT;
    size_t number = l->report->in;
    (void)e;
    arena_clear(l->arena);
    strbuf_reset(&l->wkt);
    const char *why = read_feature(l, properties, id, &f);
    if (!why && city_layer_shape(geometry, l->crs, &l->wkt, &shape, &why)) {
        why = NULL;
        l->kind = l->kind < 0 ? (int)shape : l->kind;
        if ((int)shape != l->kind) {
            city_report_refuse(l->report, 0, "feature %zu, %s: a %s, where the layer is of kind %s",
                               number, f.name, city_shape_names[shape], city_shape_names[l->kind]);
            return STATUS_OK;
        }
    }
    if (why) {
        city_report_refuse(l->report, 0, "feature %zu, %s: %s", number, f.name ? f.name : "", why);
        return STATUS_OK;
    }
    db_sync_copy_int(l->db, (int64_t)number);
    db_sync_copy_z(l->db, *f.id ? f.id : NULL);
    db_sync_copy_z(l->db, f.name);
    db_sync_copy_z(l->db, f.attributes);
    copy_instant(l->db, f.from_us, INT64_MIN);
    copy_instant(l->db, f.to_us, INT64_MAX);
    db_sync_copy_z(l->db, l->wkt.p);
    db_sync_copy_row(l->db);
    return STATUS_OK;
}

/* --- the staging table ------------------------------------------------------------------------ */

static enum status stage(struct loading *l, struct err *e)
{
    enum status status =
        db_sync_exec(l->db,
                     "CREATE TEMPORARY TABLE incoming_features (number bigint PRIMARY KEY,"
                     " source_id text, name text, attributes jsonb, valid_from timestamptz,"
                     " valid_to timestamptz, geom public.geometry) ON COMMIT DROP",
                     e);
    if (status == STATUS_OK) {
        status = db_sync_copy_begin(l->db, "COPY incoming_features FROM STDIN", e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = city_layer_read(l->file, take_feature, l, l->report, e);
    if (status != STATUS_OK) {
        return status; /* the caller's rollback ends the COPY */
    }
    return db_sync_copy_end(l->db, NULL, e);
}

/* Made valid, of the layer's own dimension; what has nothing left of it stays broken. */
static const char repair_sql[] =
    "WITH made AS (SELECT number, public.ST_IsValidReason(geom) AS reason, geom AS old,"
    "  public.ST_CollectionExtract(public.ST_MakeValid(geom), $1::integer) AS geom"
    "  FROM incoming_features WHERE NOT public.ST_IsValid(geom)"
    "), kept AS (UPDATE incoming_features i SET geom = m.geom FROM made m"
    "  WHERE m.number = i.number AND NOT public.ST_IsEmpty(m.geom) RETURNING i.number, i.name)"
    " SELECT k.number, k.name, m.reason,"
    "  round(abs(public.ST_Area(m.geom::public.geography)"
    "   - public.ST_Area(m.old::public.geography))) FROM kept k JOIN made m USING (number)"
    " ORDER BY 1";

static enum status repair(struct loading *l, struct err *e)
{
    char dimension[16];
    const char *const params[] = {dimension};
    struct db_rows *rows = NULL;
    (void)snprintf(dimension, sizeof dimension, "%d", l->kind + 1);
    enum status status = db_sync_query(l->db, repair_sql, 1, params, &rows, e);
    for (size_t i = 0; status == STATUS_OK && i < db_rows_count(rows); i++) {
        city_report_note(l->report, "feature %s, %s: repaired (%s), area changed by %s m²",
                         db_rows_text(rows, i, 0), db_rows_text(rows, i, 1),
                         db_rows_text(rows, i, 2), db_rows_text(rows, i, 3));
    }
    db_rows_free(rows);
    return status;
}

static enum status refuse_invalid(struct loading *l, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status =
        db_sync_query(l->db,
                      "WITH bad AS (DELETE FROM incoming_features WHERE NOT public.ST_IsValid(geom)"
                      "  RETURNING number, name, public.ST_IsValidReason(geom) AS reason)"
                      " SELECT number, name, reason FROM bad ORDER BY 1",
                      0, NULL, &rows, e);
    for (size_t i = 0; status == STATUS_OK && i < db_rows_count(rows); i++) {
        city_report_refuse(l->report, 0, "feature %s, %s: invalid geometry: %s",
                           db_rows_text(rows, i, 0), db_rows_text(rows, i, 1),
                           db_rows_text(rows, i, 2));
    }
    db_rows_free(rows);
    return status;
}

/* --- the layer -------------------------------------------------------------------------------- */

static enum status find_code(struct loading *l, struct err *e)
{
    const char *given = l->file->layer.code;
    const char *base = city_file_base(l->file->path);
    struct str name = {base, strcspn(base, ".")};
    if (given) {
        (void)snprintf(l->code, sizeof l->code, "%s", given);
    } else if (city_text_slug(name, CODE_MAX, l->code) == 0) {
        return err_set(e, STATUS_INVALID, "%s: the layer has no code (--code)", base);
    }
    static const char *const taken[] = {"heat",      "heatmap",       "complaints", "wards",
                                        "districts", "jurisdictions", "streets",    "places"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(l->code, taken[i]) == 0) {
            return err_set(e, STATUS_INVALID, "%s is a layer of the service's own", l->code);
        }
    }
    return STATUS_OK;
}

static int kind_number(const char *name)
{
    for (int i = 0; i < CITY_SHAPES; i++) {
        if (name && strcmp(name, city_shape_names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static enum status find_layer(struct loading *l, struct err *e)
{
    const char *const params[] = {l->code};
    struct db_rows *rows = NULL;
    const char *wish = l->file->layer.kind;
    enum status status = db_sync_query(
        l->db,
        "SELECT kind, EXISTS (SELECT FROM hotline.layer_features f WHERE f.layer_id = l.id)"
        " FROM hotline.layers l WHERE code = $1 FOR UPDATE",
        1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    l->exists = db_rows_count(rows) == 1;
    l->kind = kind_number(wish);
    if (l->exists && !l->file->replace && db_rows_bool(rows, 0, 1)) {
        int now = kind_number(db_rows_text(rows, 0, 0));
        if (wish && now != l->kind) {
            status = err_set(e, STATUS_INVALID, "layer %s is of kind %s (--replace makes it anew)",
                             l->code, db_rows_text(rows, 0, 0));
        }
        l->kind = now;
    } else if (wish && l->kind < 0) {
        status = err_set(e, STATUS_INVALID, "no kind of layer: %s (point, line, polygon)", wish);
    }
    db_rows_free(rows);
    if (status == STATUS_OK && !l->exists && !l->file->layer.name_vi) {
        status =
            err_set(e, STATUS_INVALID, "layer %s is new: it needs a name (--name-vi)", l->code);
    }
    return status;
}

/* $1 code ... $13 group names; what is NULL stays. */
static const char layer_sql[] =
    "INSERT INTO hotline.layers AS l (code, name_vi, name_en, group_code, kind, public, min_zoom,"
    "  style, attribution, position, source)"
    " VALUES ($1, coalesce($2, $1), coalesce($3, $2, $1), coalesce($4, 'overlay'), $5,"
    "  coalesce($6::boolean, true), coalesce($7::integer, 0), coalesce($8::jsonb, '{}'),"
    "  coalesce($9, ''), coalesce($10::integer, 100), $11)"
    " ON CONFLICT (code) DO UPDATE SET name_vi = coalesce($2, l.name_vi),"
    "  name_en = coalesce($3, l.name_en), group_code = coalesce($4, l.group_code), kind = $5,"
    "  public = coalesce($6::boolean, l.public), min_zoom = coalesce($7::integer, l.min_zoom),"
    "  style = coalesce($8::jsonb, l.style), attribution = coalesce($9, l.attribution),"
    "  position = coalesce($10::integer, l.position), source = $11,"
    "  updated_at = clock_timestamp()";

static enum status put_group(struct loading *l, struct err *e)
{
    const struct city_layer_file *f = l->file;
    const char *english = f->group_en ? f->group_en : f->group_vi;
    const char *const params[] = {f->layer.group, f->group_vi, english};
    if (!f->layer.group) {
        return STATUS_OK;
    }
    if (!f->group_vi) {
        struct db_rows *rows = NULL;
        enum status status = db_sync_query(
            l->db, "SELECT FROM hotline.layer_groups WHERE code = $1", 1, params, &rows, e);
        if (status == STATUS_OK && db_rows_count(rows) == 0) {
            status = err_set(e, STATUS_INVALID, "there is no group %s (--group-vi makes it)",
                             f->layer.group);
        }
        db_rows_free(rows);
        return status;
    }
    return db_sync_run(l->db,
                       "INSERT INTO hotline.layer_groups (code, name_vi, name_en)"
                       " VALUES ($1, $2, $3) ON CONFLICT (code) DO UPDATE"
                       " SET name_vi = excluded.name_vi, name_en = excluded.name_en",
                       3, params, NULL, e);
}

static enum status put_layer(struct loading *l, const char *source, struct err *e)
{
    const struct city_layer *layer = &l->file->layer;
    char zoom[16];
    char position[16];
    (void)snprintf(zoom, sizeof zoom, "%d", layer->min_zoom);
    (void)snprintf(position, sizeof position, "%d", layer->position);
    const char *const params[] = {
        l->code,
        layer->name_vi,
        layer->name_en,
        layer->group,
        city_shape_names[l->kind],
        l->file->secret ? "f"
        : l->file->open ? "t"
                        : NULL,
        layer->min_zoom >= 0 ? zoom : NULL,
        layer->style,
        layer->attribution,
        layer->position >= 0 ? position : NULL,
        source,
    };
    enum status status = put_group(l, e);
    return status == STATUS_OK ? db_sync_run(l->db, layer_sql, 11, params, NULL, e) : status;
}

static enum status merge(struct loading *l, struct err *e)
{
    const char *source = city_file_base(l->file->path);
    const char *const params[] = {l->code, source, l->file->replace ? "t" : "f"};
    size_t deleted = 0;
    l->kind = l->kind < 0 ? CITY_SHAPE_POINT : l->kind; /* an empty file */
    enum status status = put_layer(l, source, e);
    if (status == STATUS_OK) {
        status = db_sync_run(l->db,
                             "DELETE FROM hotline.layer_features f USING hotline.layers l"
                             " WHERE l.id = f.layer_id AND l.code = $1"
                             "  AND (f.source = $2 OR $3::boolean)",
                             3, params, &deleted, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_run(
            l->db,
            "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes,"
            "  valid, geom)"
            " SELECT l.id, $2, i.source_id, i.name, normalize(i.attributes::text)::jsonb,"
            "  tstzrange(i.valid_from, i.valid_to), i.geom"
            " FROM incoming_features i, hotline.layers l WHERE l.code = $1 ORDER BY i.number",
            2, params, &l->report->loaded, e);
    }
    if (status == STATUS_OK && deleted > 0) {
        city_report_note(l->report, "in place of %zu features that were there", deleted);
    }
    return status == STATUS_OK ? db_sync_exec(l->db, "DROP TABLE incoming_features", e) : status;
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum status prepare(struct loading *l, struct err *e)
{
    const struct city_layer_file *f = l->file;
    if ((f->valid_from && !read_instant(f->valid_from, &l->from_us)) ||
        (f->valid_to && !read_instant(f->valid_to, &l->to_us))) {
        return err_set(e, STATUS_INVALID,
                       "%s: validity is given as times: 2026-11-27 or with hours", l->report->file);
    }
    l->arena = arena_create(TEXT_POOL);
    if (!l->arena) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    enum status status = f->crs ? geo_crs_create(f->crs, &l->crs, e) : STATUS_OK;
    if (status == STATUS_OK) {
        status = find_code(l, e);
    }
    return status == STATUS_OK ? find_layer(l, e) : status;
}

enum status city_layer_load(struct db_sync *db, const struct city_layer_file *file, bool keep_good,
                            struct city_report *report, struct err *e)
{
    struct loading l = {
        .db = db, .file = file, .report = report, .from_us = INT64_MIN, .to_us = INT64_MAX};
    city_report_begin(report, file->path, "features");
    strbuf_init(&l.wkt, SHAPE_MAX);
    enum status status = prepare(&l, e);
    if (status == STATUS_OK) {
        status = stage(&l, e);
    }
    if (status == STATUS_OK && file->repair) {
        status = repair(&l, e);
    }
    if (status == STATUS_OK) {
        status = refuse_invalid(&l, e);
    }
    if (status == STATUS_OK) {
        status = city_report_verdict(report, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = merge(&l, e);
    }
    geo_crs_destroy(l.crs);
    strbuf_free(&l.wkt);
    arena_destroy(l.arena);
    city_report_end(report);
    return status;
}
