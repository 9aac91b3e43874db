/* The public surface: one file per resource, each ending in its rows of routes. */
#ifndef API_API_H
#define API_API_H

#include "server/app/app.h"
#include "server/http/http.h"
#include "server/http/http_problem.h"

/* All rows of all resources. */
const struct http_route *api_routes(size_t *n);

/* What the service calls on a worker's thread; see struct app_options. */
void api_events_tell(struct worker *w, const char *told);
void api_events_idle(struct worker *w, bool stopping);
void api_idle(struct worker *w, bool stopping); /* calls the one above */
void api_calls_tell(struct worker *w, const char *told);

/* Loads the built pages into memory, before any thread runs. A folder without index.html is an
 * error. api_web_unload frees them. */
enum status api_web_load(const char *folder, struct err *e) MUST_CHECK;
void api_web_unload(void);

/* Makes /api/v1/openapi.json of the routes and of a file that holds the rest (schemas, parameters),
 * before any thread runs. An error where the file is not what it must be. */
enum status api_openapi_load(const char *path, struct err *e) MUST_CHECK;
void api_openapi_unload(void);

/* Each resource's rows. */
extern const struct http_route api_health_routes[], api_session_routes[], api_complaint_routes[],
    api_place_routes[], api_geocode_routes[], api_tile_routes[], api_event_routes[],
    api_action_routes[], api_rule_routes[], api_transfer_routes[], api_statistics_routes[],
    api_attachment_routes[], api_web_routes[], api_openapi_routes[], api_account_routes[],
    api_own_routes[], api_provider_routes[], api_call_routes[], api_call_event_routes[],
    api_inbound_routes[];
extern const size_t n_api_health_routes, n_api_session_routes, n_api_complaint_routes,
    n_api_place_routes, n_api_geocode_routes, n_api_tile_routes, n_api_event_routes,
    n_api_action_routes, n_api_rule_routes, n_api_transfer_routes, n_api_statistics_routes,
    n_api_attachment_routes, n_api_web_routes, n_api_openapi_routes, n_api_account_routes,
    n_api_own_routes, n_api_provider_routes, n_api_call_routes, n_api_call_event_routes,
    n_api_inbound_routes;
extern const struct http_route api_agency_routes[], api_plain_routes[], api_plain_track_routes[],
    api_start_routes[];
extern const size_t n_api_agency_routes, n_api_plain_routes, n_api_plain_track_routes,
    n_api_start_routes;
extern const struct http_route api_directive_routes[], api_record_routes[], api_person_routes[];
extern const size_t n_api_directive_routes, n_api_record_routes, n_api_person_routes;
extern const struct http_route api_notice_routes[], api_bulk_routes[], api_reporter_routes[];
extern const size_t n_api_notice_routes, n_api_bulk_routes, n_api_reporter_routes;
extern const struct http_route api_upload_routes[], api_generation_routes[],
    api_city_setting_routes[];
extern const size_t n_api_upload_routes, n_api_generation_routes, n_api_city_setting_routes;

extern const struct http_route api_register_routes[], api_register_city_routes[],
    api_deadline_trial_routes[], api_transfer_preview_routes[], api_recompute_routes[];
extern const size_t n_api_register_routes, n_api_register_city_routes, n_api_deadline_trial_routes,
    n_api_transfer_preview_routes, n_api_recompute_routes;

static inline struct worker *api_worker(const struct http_request *r)
{
    return http_context(r);
}

/* The newest snapshot with rules, borrowed for this turn of the loop (snapshot_acquire to keep it);
 * or NULL, and the request is answered with 503. */
struct snapshot *api_snapshot(struct http_request *r);

/* Answers /api/v1/route's question by that snapshot. */
void api_route_answer(struct http_request *r, const struct snapshot *s);
/* Frees what the question under a set of rules keeps, once no thread runs. */
void api_rule_route_unload(void);

/* A finite number from the query. False with 400 answered when it is not one or out of bounds, or
 * absent and `required`; otherwise *out is set only if it was given. */
bool api_query_number(struct http_request *r, const char *name, bool required, double least,
                      double most, double *out);
/* An instant: RFC 3339, or a date in the city's zone. As above. */
bool api_query_time(struct http_request *r, const char *name, int64_t *us);
/* true or false; absent is false. False with 400 answered for anything else. */
bool api_query_flag(struct http_request *r, const char *name, bool *out);

#endif
