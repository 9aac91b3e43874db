/* The resources about complaints that are the same: likely duplicates, co-reporters, incidents. */
#ifndef API_API_DUPLICATES_H
#define API_API_DUPLICATES_H

#include "server/api/api.h"

extern const struct http_route api_nearby_routes[], api_reporter_join_routes[],
    api_incident_routes[];
extern const size_t n_api_nearby_routes, n_api_reporter_join_routes, n_api_incident_routes;

/* Answers with what the code follows: for whoever has no account. A code that is no co-reporter's
 * is answered as a complaint's own. */
void api_follow(struct http_request *r, const char *code);

#endif
