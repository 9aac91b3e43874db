/* /api/v1/agencies, colleagues, pause-reasons, complaints/counts: what those who work on complaints
 * choose from, and how many there are. */
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_filter.h"
#include "server/api/api_row.h"
#include "server/api/list_order.h"
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

/* With the filters of the list; an agency's people count their own. */
static void count_complaints(struct http_request *r)
{
    const struct snapshot *s = change_allowed(r, ABOUT_ANY_ROLE) ? api_snapshot(r) : NULL;
    const struct auth_user *user = auth_user(r);
    struct complaint_filter filter;
    struct store_statement st;
    if (s == NULL || !api_filter_parse(r, s, &filter)) {
        return;
    }
    if (user->agency != NULL) {
        filter.agency = user->agency;
    }
    store_statement_init(&st);
    st.params[st.n++] = user->actor;
    strbuf_append_z(&st.sql, STORE_INBOX_COUNTS);
    store_filter_append(&st, &filter);
    if (list_filter_append(r, &st)) {
        struct db_job job = {.sql = arena_strdup(http_arena(r), st.sql.p), .n_params = st.n};
        memcpy(job.params, st.params, sizeof(job.params));
        if (st.sql.failed || job.sql == NULL) {
            http_problem(r, 503, NULL);
        } else {
            api_row_send(r, &job);
        }
    }
    store_statement_free(&st);
}

static void get_counts(struct http_request *r)
{
    auth_resolve(r, count_complaints);
}

const struct http_route api_agency_routes[] = {
    {HTTP_GET, "/api/v1/complaints/counts", get_counts, /* before {code} */
     ABOUT(.tag = "complaints", .summary = "How many are open, late, at risk, not accepted, mine",
           .query =
               "category status channel agency ward from to bbox q late at_risk mine desk tasks",
           .answer = "InboxCounts", .roles = ABOUT_ANY_ROLE)},
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
