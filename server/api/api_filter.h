/* The query parameters that filter complaints, the same for lists, tiles and heatmaps: category,
 * status, channel, agency, ward, from, to, bbox, q. */
#ifndef API_API_FILTER_H
#define API_API_FILTER_H

#include "geo/geo_heat_index.h"
#include "server/api/api.h"
#include "server/store/store_filter.h"

/* Texts live in the request's arena. False with 400 answered, naming the parameter. */
bool api_filter_parse(struct http_request *r, const struct snapshot *s,
                      struct complaint_filter *filter);

/* The same filter as the heat index takes it; lists live in the request's arena. Not for one with
 * `text`, which only the database can answer. False when memory is short. */
bool api_filter_heat(struct http_request *r, const struct snapshot *s,
                     const struct complaint_filter *filter, struct geo_heat_filter *out);

#endif
