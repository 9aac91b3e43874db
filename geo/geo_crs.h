/* To metres and back: between WGS 84 and the city's own coordinate system, by PROJ.
 *
 * For every system based on VN-2000 the datum shift is pinned to one operation (EPSG:6960, seven
 * parameters). Left to itself PROJ chooses by place, among others one operation south of 11.04 N
 * and another north of it: a step of 0.8 m through the middle of the city. Other systems use the
 * operation that PROJ prefers for them.
 *
 * Creating one takes tens of milliseconds; a transformation about a microsecond. One object belongs
 * to one thread at a time; create one for each. */
#ifndef GEO_CRS_H
#define GEO_CRS_H

#include "geo/geo_types.h"
#include "server/base/err.h"

struct geo_crs;

/* Metres in the city's system, east and north whatever the order of its axes. */
struct geo_metric {
    double east, north;
};

/* `metric_crs` is what PROJ reads as a projected system in metres: "EPSG:9210". STATUS_INVALID if
 * it isn't one, STATUS_UNAVAILABLE if PROJ has no operation (its database is missing). Free with
 * geo_crs_destroy. */
enum status geo_crs_create(const char *metric_crs, struct geo_crs **out, struct err *e) MUST_CHECK;
void geo_crs_destroy(struct geo_crs *crs); /* NULL is fine */

/* STATUS_INVALID where the system has no answer (NaN, the other side of the earth). */
enum status geo_crs_to_metric(struct geo_crs *crs, struct geo_point point, struct geo_metric *out,
                              struct err *e) MUST_CHECK;
enum status geo_crs_from_metric(struct geo_crs *crs, struct geo_metric metric,
                                struct geo_point *out, struct err *e) MUST_CHECK;

#endif
