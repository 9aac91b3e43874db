/* The resources about complaints that are the same: likely duplicates, co-reporters, incidents. */
#ifndef API_API_DUPLICATES_H
#define API_API_DUPLICATES_H

#include "server/api/api.h"

extern const struct http_route api_nearby_routes[];
extern const size_t n_api_nearby_routes;

#endif
