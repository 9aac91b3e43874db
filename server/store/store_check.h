/* What the check of a rule set asks of geometry. */
#ifndef STORE_STORE_CHECK_H
#define STORE_STORE_CHECK_H

/* Jurisdictions with polygons of their own, of one class and one set, that overlap today for
 * different agencies and some same category -> codes, agencies, km2, the overlap as GeoJSON. */
#define STORE_CHECK_OVERLAPS                                                                       \
    "WITH today AS (SELECT hotline.city_day(now()) AS d), j AS ("                                  \
    " SELECT j.*, a.code AS agency, ARRAY(SELECT category_id FROM hotline.jurisdiction_categories" \
    "   WHERE jurisdiction_id = j.id) AS categories"                                               \
    " FROM hotline.jurisdictions j JOIN hotline.agencies a ON a.id = j.agency_id, today"           \
    " WHERE j.reach = 'area' AND j.valid @> today.d), pairs AS ("                                  \
    " SELECT x.code AS one, y.code AS other, x.agency AS a1, y.agency AS a2,"                      \
    "   ST_CollectionExtract(ST_Intersection(x.geom, y.geom), 3) AS geom"                          \
    " FROM j x JOIN j y ON y.code > x.code AND y.class = x.class AND y.set_code = x.set_code"      \
    "   AND y.agency <> x.agency AND (x.categories && y.categories OR x.categories = '{}'"         \
    "     AND y.categories = '{}') AND ST_Intersects(x.geom, y.geom))"                             \
    " SELECT one, other, a1, a2, (ST_Area(geom::geography) / 1e6)::text,"                          \
    "   ST_AsGeoJSON(ST_Multi(ST_SimplifyPreserveTopology(geom, 0.0001)), 5)"                      \
    " FROM pairs WHERE ST_Area(geom::geography) > 10000 ORDER BY ST_Area(geom::geography) DESC"    \
    " LIMIT 200"

/* $1 layer -> its features. No row: no such layer. */
#define STORE_CHECK_LAYER                                                                          \
    "SELECT count(f.id) FROM hotline.layers l LEFT JOIN hotline.layer_features f"                  \
    " ON f.layer_id = l.id WHERE l.code = $1 GROUP BY l.id"

/* $1 layer, $2 attribute -> features that name no agency in force today, of how many, and some of
 * them as GeoJSON points. */
#define STORE_CHECK_OWNERS                                                                         \
    "WITH f AS (SELECT f.*, NOT EXISTS (SELECT FROM hotline.agencies a"                            \
    "   WHERE a.code = f.attributes->>$2 AND a.valid @> hotline.city_day(now())) AS bad"           \
    " FROM hotline.layer_features f JOIN hotline.layers l ON l.id = f.layer_id"                    \
    " WHERE l.code = $1 AND f.valid @> now())"                                                     \
    " SELECT count(*) FILTER (WHERE bad), count(*),"                                               \
    " (SELECT json_build_object('type', 'MultiPoint', 'coordinates', coalesce(json_agg("           \
    "   ST_AsGeoJSON(ST_PointOnSurface(g.geom), 5)::json->'coordinates'), '[]'))"                  \
    "  FROM (SELECT geom FROM f WHERE bad ORDER BY id LIMIT 200) g) FROM f"

#endif
