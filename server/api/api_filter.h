/* The query parameters that filter complaints, the same for lists, tiles and heatmaps: category,
 * status, channel, agency, ward, from, to, bbox, q. */
#ifndef API_API_FILTER_H
#define API_API_FILTER_H

#include "server/api/api.h"
#include "server/store/store_filter.h"

/* Texts live in the request's arena. False with 400 answered, naming the parameter. */
bool api_filter_parse(struct http_request *r, const struct snapshot *s,
                      struct complaint_filter *filter);

#endif
