#include "server/city/city_demo_layers.h"

#include "server/app/home.h"
#include "server/base/csv.h"
#include "server/city/city_layers.h"

#define SOURCE        "demo"
#define FEATURES      "server/city/demo/features.csv"
#define LINE_TEXT_MAX ((size_t)1 << 16)

/* --- the rows of features.csv ----------------------------------------------------------------- */

static const char *const columns[] = {"layer", "kind", "name", "ref", "width_m", "points"};
#define N_COLUMNS (sizeof columns / sizeof columns[0])

static enum status copy_row(struct db_sync *db, const struct csv *csv, struct err *e)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        int column = csv_column(csv, columns[i]);
        if (column < 0) {
            return err_set(e, STATUS_INVALID, "no column '%s'", columns[i]);
        }
        struct str field = csv_field(csv, column);
        if (field.n == 0) {
            db_sync_copy_z(db, NULL);
        } else {
            db_sync_copy_text(db, field);
        }
    }
    db_sync_copy_row(db);
    return STATUS_OK;
}

static enum status copy_rows(struct db_sync *db, struct csv *csv, struct err *e)
{
    enum status status = db_sync_copy_begin(db, "COPY demo_features FROM STDIN", e);
    bool more = status == STATUS_OK;
    while (status == STATUS_OK && more) {
        status = csv_next(csv, &more, e);
        if (status == STATUS_OK && more) {
            status = copy_row(db, csv, e);
        }
    }
    return status == STATUS_OK ? db_sync_copy_end(db, NULL, e) : status;
}

static enum status stage(struct db_sync *db, struct err *e)
{
    char path[PATH_MAX];
    struct csv *csv = NULL;
    enum status status = home_path(FEATURES, path, e);
    if (status == STATUS_OK) {
        status = csv_open(path, &csv, e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = db_sync_exec(db,
                          "CREATE TEMPORARY TABLE demo_features (layer text, kind text, name text,"
                          " ref text, width_m real, points text) ON COMMIT DROP",
                          e);
    if (status == STATUS_OK) {
        status = copy_rows(db, csv, e);
    }
    csv_close(csv);
    return status == STATUS_OK ? status : err_wrap(e, "%s", path);
}

/* --- the streets ------------------------------------------------------------------------------ */

static enum status copy_streets(struct db_sync *db, const struct city_demo_map *map, struct err *e)
{
    enum status status = db_sync_exec(db,
                                      "CREATE TEMPORARY TABLE demo_roads (id integer, name text,"
                                      " class text, geom public.geometry) ON COMMIT DROP",
                                      e);
    if (status == STATUS_OK) {
        status = db_sync_copy_begin(db, "COPY demo_roads FROM STDIN", e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct strbuf line;
    strbuf_init(&line, LINE_TEXT_MAX);
    for (size_t i = 0; i < map->n_streets; i++) {
        const struct city_demo_street *street = &map->streets[i];
        strbuf_reset(&line);
        strbuf_append_z(&line, "SRID=4326;LINESTRING");
        for (size_t k = 0; k < street->n; k++) {
            strbuf_printf(&line, "%c%.6f %.6f", k == 0 ? '(' : ',', street->points[k].lon,
                          street->points[k].lat);
        }
        strbuf_append_char(&line, ')');
        db_sync_copy_int(db, (int64_t)i);
        db_sync_copy_z(db, street->name);
        db_sync_copy_z(db, street->class);
        db_sync_copy_z(db, line.failed ? NULL : line.p);
        db_sync_copy_row(db);
    }
    strbuf_free(&line);
    return db_sync_copy_end(db, NULL, e);
}

/* --- into the layers -------------------------------------------------------------------------- */

/* Lines and rings (the first corner again at the end), smoothed, and their attributes. */
static const char shapes_sql[] =
    "CREATE TEMPORARY TABLE demo_shapes ON COMMIT DROP AS"
    " SELECT f.layer, f.kind, f.name, f.ref, f.width_m, jsonb_strip_nulls(jsonb_build_object("
    "   CASE f.layer WHEN 'roads' THEN 'class' ELSE 'kind' END, f.kind, 'name', f.name,"
    "   'ref', f.ref)) AS attributes,"
    "  CASE WHEN f.layer IN ('roads', 'waterways')"
    "   THEN public.ST_ChaikinSmoothing(public.ST_GeomFromText('LINESTRING('"
    "    || replace(f.points, ';', ',') || ')', 4326), 3, true)"
    "   ELSE public.ST_MakeValid(public.ST_ChaikinSmoothing(public.ST_GeomFromText('POLYGON(('"
    "    || replace(f.points, ';', ',') || ',' || split_part(f.points, ';', 1) || '))', 4326), 2))"
    "  END AS geom"
    " FROM demo_features f";
static const char streets_sql[] =
    "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, geom)"
    " SELECT l.id, '" SOURCE "', 's' || r.id, r.name,"
    "  jsonb_build_object('class', r.class, 'name', r.name), r.geom"
    " FROM demo_roads r, hotline.layers l WHERE l.code = 'roads' ORDER BY r.id";
static const char fill_sql[] =
    "INSERT INTO hotline.layer_features (layer_id, source, name, attributes, geom)"
    " SELECT l.id, '" SOURCE "', s.name, s.attributes, s.geom"
    " FROM demo_shapes s JOIN hotline.layers l ON l.code = s.layer";
/* Highways are streets to the gazetteer too. */
static const char gazetteer_sql[] =
    "INSERT INTO hotline.gazetteer_streets (name, aliases, class, source, geom)"
    " SELECT s.name, CASE WHEN s.ref IS NULL THEN '{}' ELSE ARRAY[s.ref] END, s.kind,"
    "  '" SOURCE "', s.geom FROM demo_shapes s WHERE s.layer = 'roads'";
/* A river's surface is its line made as wide as it is; small canals stay lines. */
static const char surfaces_sql[] =
    "INSERT INTO hotline.layer_features (layer_id, source, name, attributes, geom)"
    " SELECT l.id, '" SOURCE "', s.name, s.attributes, public.ST_Buffer("
    "  s.geom::public.geography, s.width_m / 2, 'quad_segs=4')::public.geometry"
    " FROM demo_shapes s, hotline.layers l"
    " WHERE l.code = 'water' AND s.layer = 'waterways' AND s.width_m >= 20";

enum status city_demo_layers_store(struct db_sync *db, const struct city_demo_map *map,
                                   struct err *e)
{
    static const char *const steps[] = {shapes_sql, streets_sql, fill_sql, gazetteer_sql,
                                        surfaces_sql};
    enum status status = stage(db, e);
    if (status == STATUS_OK) {
        status = copy_streets(db, map, e);
    }
    if (status == STATUS_OK) {
        status = city_layers_put_standard(db, SOURCE, NULL, e);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == STATUS_OK; i++) {
        status = db_sync_exec(db, steps[i], e);
    }
    return status;
}
