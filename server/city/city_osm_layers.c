#include "server/city/city_osm_layers.h"

#include "server/city/city_file.h"
#include "server/city/city_layers.h"
#include "server/city/city_report.h"

#define ATTRIBUTION "© OpenStreetMap contributors"

/* $1 is the file. A line of one point twice is no line; osm2pgsql makes only valid areas, but a
 * version of it that does not must not stop the import. */
static const char *const inserts[CITY_STANDARD_LAYERS] = {
    "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, geom)"
    " SELECT l.id, $1, 'w' || r.way_id, coalesce(btrim(normalize(r.name)), ''),"
    "  jsonb_strip_nulls(jsonb_build_object('class', r.class,"
    "   'name', nullif(btrim(normalize(r.name)), ''), 'ref', nullif(btrim(r.ref), ''))), r.geom"
    " FROM hotline_osm.layer_roads r, hotline.layers l"
    " WHERE l.code = 'roads' AND public.ST_IsValid(r.geom) ORDER BY r.way_id",
    "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, geom)"
    " SELECT l.id, $1, 'w' || r.way_id, coalesce(btrim(normalize(r.name)), ''),"
    "  jsonb_strip_nulls(jsonb_build_object('kind', r.kind,"
    "   'name', nullif(btrim(normalize(r.name)), ''))), r.geom"
    " FROM hotline_osm.layer_waterways r, hotline.layers l"
    " WHERE l.code = 'waterways' AND public.ST_IsValid(r.geom) ORDER BY r.way_id",
#define AREAS(code)                                                                                \
    "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, geom)"     \
    " SELECT l.id, $1, lower(a.osm_type) || abs(a.osm_id), coalesce(btrim(normalize(a.name)), "    \
    "''),"                                                                                         \
    "  jsonb_strip_nulls(jsonb_build_object('kind', a.kind,"                                       \
    "   'name', nullif(btrim(normalize(a.name)), ''))), a.geom"                                    \
    " FROM hotline_osm.layer_areas a, hotline.layers l"                                            \
    " WHERE l.code = '" code "' AND a.layer = l.code AND public.ST_IsValid(a.geom)"                \
    "  AND NOT public.ST_IsEmpty(a.geom) ORDER BY a.osm_type, a.osm_id"
    AREAS("water"),
    AREAS("greens"),
};

enum status city_osm_layers_merge(struct db_sync *db, const char *path, struct err *e)
{
    struct city_report report;
    const char *const params[] = {city_file_base(path)};
    size_t counts[CITY_STANDARD_LAYERS] = {0};
    int64_t in = 0;
    city_report_begin(&report, path, "roads, waterways, water and green areas");
    enum status status = db_sync_number(db,
                                        "SELECT (SELECT count(*) FROM hotline_osm.layer_roads)"
                                        " + (SELECT count(*) FROM hotline_osm.layer_waterways)"
                                        " + (SELECT count(*) FROM hotline_osm.layer_areas)",
                                        &in, e);
    if (status == STATUS_OK) {
        status = city_layers_put_standard(db, params[0], ATTRIBUTION, e);
    }
    for (size_t i = 0; i < CITY_STANDARD_LAYERS && status == STATUS_OK; i++) {
        status = db_sync_run(db, inserts[i], 1, params, &counts[i], e);
    }
    if (status != STATUS_OK) {
        return err_wrap(e, "%s", report.file);
    }
    report.in = (size_t)in;
    for (size_t i = 0; i < CITY_STANDARD_LAYERS; i++) {
        report.loaded += counts[i];
    }
    report.skipped = report.in - report.loaded;
    report.skipped_because = "no valid shape";
    city_report_note(&report, "%zu roads, %zu waterways, %zu waters, %zu green areas",
                     counts[CITY_LAYER_ROADS], counts[CITY_LAYER_WATERWAYS],
                     counts[CITY_LAYER_WATER], counts[CITY_LAYER_GREENS]);
    city_report_end(&report);
    return STATUS_OK;
}
