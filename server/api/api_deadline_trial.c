/* /api/v1/admin/deadline-trial: when something that came in then would be due, and why; answered
 * from what the service holds now, so it shows what an edit of calendars and steps did. */
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_register.h"
#include "server/api/deadline_view.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"

#define JSON_MAX ((size_t)1 << 20)

/* The newest row of that code; -1: none. */
static int32_t newest_agency(const struct snapshot *s, const char *code)
{
    int32_t found = -1;
    for (size_t i = 0; i < s->n_agencies; i++) {
        found = strcmp(s->agencies[i].code, code) == 0 ? (int32_t)i : found;
    }
    return found;
}

/* False with 400 answered. */
static bool read_facts(struct http_request *r, const struct snapshot *s,
                       struct route_deadline_facts *facts)
{
    const char *category = http_query(r, "category");
    const char *agency = http_query(r, "agency");
    const char *calendar = http_query(r, "calendar");
    const char *urgent = http_query(r, "urgent");
    *facts = (struct route_deadline_facts){.category = -1, .agency = -1, .terms = ROUTE_TERMS_NONE};
    const char *wrong = NULL;
    if (category != NULL && (facts->category = snapshot_category_find(s, category)) < 0) {
        wrong = "category";
    } else if (agency != NULL && (facts->agency = newest_agency(s, agency)) < 0) {
        wrong = "agency";
    } else if (calendar != NULL && (facts->terms.calendar = route_deadlines_find_calendar(
                                        s->deadlines, str_of(calendar))) < 0) {
        wrong = "calendar";
    } else if (urgent != NULL && strcmp(urgent, "true") != 0 && strcmp(urgent, "false") != 0) {
        wrong = "urgent";
    }
    if (wrong != NULL) {
        http_problem_field(r, 400, wrong, FAULT_UNKNOWN_VALUE);
        return false;
    }
    if (urgent != NULL) {
        facts->terms.urgent = strcmp(urgent, "true") == 0;
    }
    facts->received_us = clock_now_us();
    if (!api_query_time(r, "at", &facts->received_us)) {
        return false;
    }
    facts->clock_from_us = facts->received_us;
    return true;
}

static void try_deadline(struct http_request *r)
{
    const struct snapshot *s = change_allowed(r, REGISTER_READERS) ? api_snapshot(r) : NULL;
    struct route_deadline_facts facts;
    struct strbuf out;
    if (s == NULL || !read_facts(r, s, &facts)) {
        return;
    }
    strbuf_init(&out, JSON_MAX);
    strbuf_append_char(&out, '{');
    json_text_field_time(&out, "at", facts.received_us);
    json_text_key(&out, "deadlines");
    deadline_view_json(&out, s, &facts, NULL, http_language(r));
    strbuf_append_char(&out, '}');
    http_send_json(r, 200, &out);
}

static void get_trial(struct http_request *r)
{
    auth_resolve(r, try_deadline);
}

const struct http_route api_deadline_trial_routes[] = {
    {HTTP_GET, "/api/v1/admin/deadline-trial", get_trial,
     ABOUT(.tag = "register", .summary = "When something received then would be due, and why",
           .query = "at category agency urgent calendar", .answer = "DeadlineTrial",
           .roles = REGISTER_READERS)},
};
const size_t n_api_deadline_trial_routes =
    sizeof(api_deadline_trial_routes) / sizeof(api_deadline_trial_routes[0]);
