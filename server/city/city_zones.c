#include "server/city/city_zones.h"

#include "server/base/csv.h"
#include "server/city/city_csv.h"
#include "server/city/city_text.h"

#define COLUMNS 9

static const char *const names[COLUMNS] = {"set",        "code", "name", "agency",  "class",
                                           "categories", "lon",  "lat",  "radius_m"};

struct zone_file {
    struct db_sync *db;
    int columns[COLUMNS];
};

static enum status record_zone(void *context, struct csv *csv, struct arena *arena,
                               struct city_report *report, struct err *e)
{
    const struct zone_file *f = context;
    const char *params[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        params[i] = city_text_clean(arena, csv_field(csv, f->columns[i]));
        if (params[i] == NULL) {
            city_report_refuse(report, csv_line(csv), "a text is not clean UTF-8");
            return STATUS_OK;
        }
    }
    enum status status = db_sync_run(
        f->db,
        "INSERT INTO pg_temp.zones SELECT $1, $2, $3, $4, $5, string_to_array($6, '|'),"
        " ST_SetSRID(ST_MakePoint($7::float8, $8::float8), 4326), nullif($9, '')::float8",
        COLUMNS, params, NULL, e);
    return status == STATUS_OK ? status : err_wrap(e, "line %zu", csv_line(csv));
}

/* A cell for each centre without a radius; the city's outline is taken roughly and a little wide.
 */
static const char shapes_sql[] =
    "CREATE TEMPORARY TABLE zone_shapes ON COMMIT DROP AS"
    " WITH outline AS ("
    "  SELECT ST_Buffer(ST_UnaryUnion(ST_Collect(ST_MakeValid(ST_SimplifyPreserveTopology("
    "    geom, 0.002)))), 0.003) AS geom FROM hotline.boundaries WHERE upper_inf(valid)"
    " ), cells AS ("
    "  SELECT (ST_Dump(ST_VoronoiPolygons(ST_Collect(z.centre), 0, (SELECT geom FROM outline))))"
    "    .geom AS geom, z.set_code FROM pg_temp.zones z WHERE z.radius_m IS NULL"
    "  GROUP BY z.set_code HAVING count(*) > 1"
    " ) SELECT z.code, ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Intersection("
    "     c.geom, o.geom)), 3)) AS geom"
    "   FROM pg_temp.zones z JOIN cells c ON c.set_code = z.set_code AND ST_Covers(c.geom, "
    "z.centre)"
    "   CROSS JOIN outline o WHERE z.radius_m IS NULL"
    " UNION ALL SELECT code, ST_Multi(ST_Buffer(centre::geography, radius_m)::geometry)"
    "   FROM pg_temp.zones WHERE radius_m IS NOT NULL";

static const char unknown_sql[] =
    "SELECT string_agg(what, ', ') FROM ("
    " SELECT DISTINCT 'agency ' || agency AS what FROM pg_temp.zones z WHERE NOT EXISTS ("
    "  SELECT FROM hotline.agencies a WHERE a.code = z.agency AND upper_inf(a.valid))"
    " UNION SELECT DISTINCT 'category ' || c FROM pg_temp.zones z, unnest(z.categories) c"
    " WHERE NOT EXISTS (SELECT FROM hotline.categories k WHERE k.code = c)) x";

static const char store_sql[] =
    "WITH made AS ("
    " INSERT INTO hotline.jurisdictions (code, name, agency_id, class, reach, approximate, valid,"
    "  geom, set_code)"
    " SELECT z.code, z.name, a.id, z.class, 'area', true, daterange(NULL, NULL), s.geom, z.set_code"
    " FROM pg_temp.zones z JOIN zone_shapes s USING (code)"
    " JOIN hotline.agencies a ON a.code = z.agency AND upper_inf(a.valid)"
    " WHERE NOT ST_IsEmpty(s.geom)"
    "  AND NOT EXISTS (SELECT FROM hotline.jurisdictions j WHERE j.code = z.code)"
    " ORDER BY z.code RETURNING id, code)"
    " INSERT INTO hotline.jurisdiction_categories (jurisdiction_id, category_id)"
    " SELECT m.id, k.id FROM made m JOIN pg_temp.zones z USING (code)"
    " JOIN hotline.categories k ON k.code = ANY (z.categories)";

static enum status check_names(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, unknown_sql, 0, NULL, &rows, e);
    if (status == STATUS_OK) {
        if (!db_rows_null(rows, 0, 0)) {
            status = err_set(e, STATUS_INVALID, "there is no %s", db_rows_text(rows, 0, 0));
        }
        db_rows_free(rows);
    }
    return status;
}

static enum status read_zones(struct db_sync *db, struct csv *csv, struct city_report *report,
                              struct err *e)
{
    struct zone_file f = {.db = db};
    for (size_t i = 0; i < COLUMNS; i++) {
        f.columns[i] = csv_column(csv, names[i]);
    }
    enum status status = city_csv_require(csv, report->file, names, COLUMNS, e);
    if (status == STATUS_OK) {
        status = db_sync_exec(db,
                              "CREATE TEMPORARY TABLE zones (set_code text, code text, name text,"
                              " agency text, class text, categories text[],"
                              " centre public.geometry, radius_m float8) ON COMMIT DROP",
                              e);
    }
    if (status == STATUS_OK) {
        status = city_csv_read(csv, record_zone, &f, report, e);
    }
    if (status == STATUS_OK) {
        status = check_names(db, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_exec(db, shapes_sql, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_exec(db, store_sql, e);
    }
    if (status == STATUS_OK) {
        report->loaded = report->in - report->refused;
        status = db_sync_exec(db, "DROP TABLE pg_temp.zones, pg_temp.zone_shapes", e);
    }
    return status;
}

enum status city_zones_load(struct db_sync *db, const char *path, struct city_report *report,
                            struct err *e)
{
    struct csv *csv = NULL;
    city_report_begin(report, path, "zones");
    enum status status = csv_open(path, &csv, e);
    if (status == STATUS_OK) {
        status = read_zones(db, csv, report, e);
    }
    csv_close(csv);
    if (status == STATUS_OK) {
        status = city_report_verdict(report, false, e);
    }
    city_report_end(report);
    return status == STATUS_OK ? status : err_wrap(e, "zones");
}
