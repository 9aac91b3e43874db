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

/* $1 layer, $2 filters as JSON [{"attribute", "values", "negated"}], $3 level and $4 codes of the
 * units that they lie in (NULL: anywhere), $5 day, $6 at most so many -> lon, lat of a point on
 * each of some features, the same every time. */
#define STORE_CHECK_POINTS_LAYER                                                                   \
    "SELECT ST_X(p)::text, ST_Y(p)::text FROM ("                                                   \
    " SELECT ST_PointOnSurface(CASE WHEN b.geom IS NULL THEN g.geom"                               \
    "   ELSE ST_Intersection(g.geom, b.geom) END) AS p"                                            \
    " FROM hotline.layer_features f JOIN hotline.layers l ON l.id = f.layer_id"                    \
    " CROSS JOIN LATERAL (SELECT CASE WHEN $7::boolean AND ST_Dimension(f.geom) = 2"               \
    "   THEN ST_Boundary(f.geom) ELSE f.geom END AS geom) g"                                       \
    " LEFT JOIN hotline.boundaries b ON b.level = $3 AND b.code = ANY ($4::text[])"                \
    "   AND b.valid @> $5::date AND ST_Intersects(f.geom, b.geom)"                                 \
    " WHERE l.code = $1 AND (f.valid IS NULL OR f.valid @> $5::timestamptz)"                       \
    "   AND ($4::text[] IS NULL OR b.id IS NOT NULL)"                                              \
    "   AND NOT EXISTS (SELECT FROM jsonb_to_recordset($2::jsonb)"                                 \
    "     AS w(attribute text, values jsonb, negated boolean)"                                     \
    "     WHERE coalesce(w.values ? coalesce(f.attributes->>w.attribute,"                          \
    "       CASE w.attribute WHEN 'name' THEN f.name END), false) = w.negated)"                    \
    " ORDER BY md5(f.id::text) LIMIT $6::integer) s WHERE NOT ST_IsEmpty(p)"

/* $1 level, $2 codes, $3 day -> lon, lat of a point inside each of those units. */
#define STORE_CHECK_POINTS_UNITS                                                                   \
    "SELECT ST_X(p)::text, ST_Y(p)::text FROM (SELECT ST_PointOnSurface(b.geom) AS p"              \
    " FROM hotline.boundaries b WHERE b.level = $1 AND b.code = ANY ($2::text[])"                  \
    "   AND b.valid @> $3::date ORDER BY b.code) s"

/* $1 codes, $2 day -> likewise inside each of those jurisdictions that are not the whole city. */
#define STORE_CHECK_POINTS_JURISDICTIONS                                                           \
    "SELECT ST_X(p)::text, ST_Y(p)::text FROM ("                                                   \
    " SELECT ST_PointOnSurface(coalesce(j.geom, b.geom)) AS p FROM hotline.jurisdictions j"        \
    " LEFT JOIN hotline.boundaries b ON b.id = j.boundary_id"                                      \
    " WHERE j.code = ANY ($1::text[]) AND j.valid @> $2::date ORDER BY j.code) s"                  \
    " WHERE p IS NOT NULL"

#endif
