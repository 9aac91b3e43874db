/* Statements of what administrators change on the map (sql/0035_admin_maps.sql and
 * 0040_admin_layers.sql). Answers are JSON as it is sent. */
#ifndef STORE_STORE_SHAPE_H
#define STORE_STORE_SHAPE_H

/* $1 upload, $2 what is wrong ('' nothing), $3 GDAL's words. */
#define STORE_UPLOAD_SETTLE "SELECT hotline.geo_upload_settle($1::integer, $2, $3)"
/* The newest 100. */
#define STORE_UPLOADS                                                                              \
    "SELECT jsonb_build_object('uploads', coalesce(jsonb_agg(hotline.geo_upload_json(u, false)"    \
    " ORDER BY u.id DESC), '[]')) FROM (SELECT * FROM hotline.geo_uploads ORDER BY id DESC"        \
    " LIMIT 100) u"
/* $1 upload. */
#define STORE_UPLOAD                                                                               \
    "SELECT hotline.geo_upload_json(u, true) FROM hotline.geo_uploads u WHERE u.id = $1::integer"
#define STORE_UPLOAD_MAP                                                                           \
    "SELECT hotline.geo_upload_map(u.id) FROM hotline.geo_uploads u WHERE u.id = $1::integer"

/* $1 generation, by a connection that may wait. */
#define STORE_GENERATION_CHECK  "SELECT hotline.generation_check($1::integer)"
#define STORE_GENERATION_FAILED "SELECT hotline.generation_failed($1::integer, $2)"
#define STORE_MAPS_SETTLE       "SELECT hotline.maps_settle()"
#define STORE_GENERATIONS                                                                          \
    "SELECT jsonb_build_object('generations', coalesce(jsonb_agg(hotline.generation_json(g,"       \
    " false) ORDER BY g.id DESC), '[]')) FROM (SELECT * FROM hotline.boundary_generations"         \
    " ORDER BY id DESC LIMIT 100) g"
#define STORE_GENERATION                                                                           \
    "SELECT hotline.generation_json(g, true) FROM hotline.boundary_generations g"                  \
    " WHERE g.id = $1::integer"
#define STORE_GENERATION_MAP                                                                       \
    "SELECT g.map FROM hotline.boundary_generations g WHERE g.id = $1::integer AND g.map IS NOT"   \
    " NULL"

#define STORE_LAYERS             "SELECT hotline.layers_json()"
#define STORE_DUPLICATE_SETTINGS "SELECT hotline.duplicate_settings_json()"
/* $1 day, $2 category or '', $3 and $4 longitude and latitude, or NULL. */
#define STORE_JURISDICTIONS                                                                        \
    "SELECT hotline.jurisdictions_json($1::date, $2,"                                              \
    " ST_SetSRID(ST_MakePoint($3::float8, $4::float8), 4326))"
/* $1 day. */
#define STORE_POPULATIONS "SELECT hotline.populations_json($1::date)"

#endif
