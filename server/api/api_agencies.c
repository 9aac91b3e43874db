/* /api/v1/agencies, colleagues, pause-reasons: what those who work on complaints choose from. */
#include "server/api/api_about.h"
#include "server/api/api_row.h"
#include "server/store/store_agency.h"

#define PEOPLE_OF (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)

static void list_agencies(struct http_request *r)
{
    if (change_allowed(r, ABOUT_ANY_ROLE)) {
        api_row_send(r, &(struct db_job){.sql = STORE_AGENCIES});
    }
}

static void get_agencies(struct http_request *r)
{
    auth_resolve(r, list_agencies);
}

static void list_reasons(struct http_request *r)
{
    if (change_allowed(r, ABOUT_ANY_ROLE)) {
        api_row_send(r, &(struct db_job){.sql = STORE_PAUSE_REASONS});
    }
}

static void get_reasons(struct http_request *r)
{
    auth_resolve(r, list_reasons);
}

static void list_colleagues(struct http_request *r)
{
    if (change_allowed(r, PEOPLE_OF)) {
        api_row_send(r, &(struct db_job){.sql = STORE_COLLEAGUES,
                                         .n_params = 2,
                                         .params = {auth_user(r)->actor, http_query(r, "agency")}});
    }
}

static void get_colleagues(struct http_request *r)
{
    auth_resolve(r, list_colleagues);
}

const struct http_route api_agency_routes[] = {
    {HTTP_GET, "/api/v1/agencies", get_agencies,
     ABOUT(.tag = "agencies", .summary = "The agencies in force, with their desks",
           .answer = "AgencyList", .roles = ABOUT_ANY_ROLE)},
    {HTTP_GET, "/api/v1/colleagues", get_colleagues,
     ABOUT(.tag = "agencies", .summary = "The people of one's own agency, to give work to",
           .query = "agency", .answer = "PeopleList", .roles = PEOPLE_OF)},
    {HTTP_GET, "/api/v1/pause-reasons", get_reasons,
     ABOUT(.tag = "agencies", .summary = "What a complaint may wait for",
           .answer = "PauseReasonList", .roles = ABOUT_ANY_ROLE)},
};
const size_t n_api_agency_routes = sizeof(api_agency_routes) / sizeof(api_agency_routes[0]);
