/* Statements about complaints that may be the same: server/api/api_nearby.c. */
#ifndef STORE_STORE_DUPLICATE_H
#define STORE_STORE_DUPLICATE_H

/* Those that ended longer ago are not offered any more. */
#define STORE_NEARBY_ENDED_DAYS "14"

/* $1 ids of candidates, $2 a caller's number or NULL, $3 who asks -> the columns below. With a
 * number the caller's earlier complaints come too, and each of these looks is recorded. */
#define STORE_NEARBY                                                                               \
    "WITH mine (ids) AS MATERIALIZED (SELECT CASE WHEN $2::text IS NULL THEN '{}'::bigint[]"       \
    "  ELSE personal.complaints_of_phone($2, $3) END)"                                             \
    " SELECT c.id, c.code, c.status, k.code, k.name_vi, k.name_en, c.description,"                 \
    " (extract(epoch FROM c.received_at) * 1000000)::bigint,"                                      \
    " ST_X(c.geom), ST_Y(c.geom), c.accuracy_m, c.place_confidence, c.place_match,"                \
    " w.code, w.name, d.code, d.name, a.code, a.name, c.category_id, c.reporters,"                 \
    " 1 + (SELECT count(*) FROM hotline.co_reports r"                                              \
    "      WHERE r.complaint_id = c.id AND r.left_at IS NULL),"                                    \
    " c.id = ANY (m.ids), c.version"                                                               \
    " FROM mine m CROSS JOIN hotline.complaints c"                                                 \
    " JOIN hotline.categories k ON k.id = c.category_id"                                           \
    " JOIN hotline.agencies a ON a.id = c.agency_id"                                               \
    " LEFT JOIN hotline.boundaries w ON w.id = c.ward_id"                                          \
    " LEFT JOIN hotline.boundaries d ON d.id = c.district_id"                                      \
    " WHERE c.id = ANY ($1::bigint[] || m.ids) AND c.duplicate_of IS NULL"                         \
    " AND (c.id = ANY (m.ids) OR c.closed_at IS NULL"                                              \
    "      OR c.closed_at > now() - interval '" STORE_NEARBY_ENDED_DAYS " days')"                  \
    " ORDER BY c.received_at DESC, c.id DESC"

enum store_nearby_column {
    NEARBY_ID,
    NEARBY_CODE,
    NEARBY_STATUS,
    NEARBY_CATEGORY,
    NEARBY_CATEGORY_VI,
    NEARBY_CATEGORY_EN,
    NEARBY_DESCRIPTION,
    NEARBY_RECEIVED_US,
    NEARBY_LON,
    NEARBY_LAT,
    NEARBY_ACCURACY_M,
    NEARBY_CONFIDENCE,
    NEARBY_MATCH,
    NEARBY_WARD,
    NEARBY_WARD_NAME,
    NEARBY_DISTRICT,
    NEARBY_DISTRICT_NAME,
    NEARBY_AGENCY,
    NEARBY_AGENCY_NAME,
    NEARBY_CATEGORY_ID,
    NEARBY_REPORTERS,        /* people */
    NEARBY_REPORTERS_PUBLIC, /* reports: tells nobody who was in already */
    NEARBY_OF_CALLER,
    NEARBY_VERSION,
};

#endif
