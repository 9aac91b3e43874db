/* Who reported a complaint: masked, in full for a purpose and with a record of it, and that record
 * as the person sees it. Holds and redactions. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_complaints.h"
#include "server/api/api_row.h"
#include "server/store/store_person.h"

#define REASON_MAX 1000
#define WORKERS    (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)
#define N(fields)  (sizeof(fields) / sizeof((fields)[0]))

static const struct change_field look_fields[] = {
    {"purpose", CHANGE_CODE, true, 64},
    {"note", CHANGE_LINE, false, 500},
};
static const struct change_field hold_fields[] = {
    {"hold", CHANGE_FLAG, true, 0},
    {"reason", CHANGE_TEXT, true, REASON_MAX},
};
static const struct change_field redaction_fields[] = {
    {"reason", CHANGE_TEXT, true, REASON_MAX},     {"description", CHANGE_TEXT, false, 20000},
    {"history_n", CHANGE_WHOLE, false, INT32_MAX}, {"answer_n", CHANGE_WHOLE, false, INT32_MAX},
    {"note_n", CHANGE_WHOLE, false, INT32_MAX},    {"comments", CHANGE_FLAG, false, 0},
};

static const struct change_field request_fields[] = {
    {"kind", CHANGE_CODE, true, 10},
    {"contact", CHANGE_LINE, true, 254},
    {"verified", CHANGE_TEXT, true, 500},
};
static const struct change_field decision_fields[] = {
    {"approve", CHANGE_FLAG, true, 0},
    {"reason", CHANGE_TEXT, false, REASON_MAX},
};

static void show_masked(struct http_request *r)
{
    const char *code = change_allowed(r, WORKERS) ? api_complaint_code(r) : NULL;
    if (code != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_REPORTER_MASKED,
                                         .n_params = 2,
                                         .params = {auth_user(r)->actor, code}});
    }
}

/* The look is recorded; now what it shows. A person is in no answer that is kept for repeats, nor
 * in a cache. */
static void on_recorded(struct http_request *r, struct json_object *answer)
{
    const char *look = json_object_get_string(json_object_object_get(answer, "look"));
    api_row_send(r, &(struct db_job){.sql = STORE_LOOK_RESULT,
                                     .n_params = 2,
                                     .params = {auth_user(r)->actor, look}});
}

static void reveal(struct http_request *r)
{
    const char *code = change_allowed(r, WORKERS) ? api_complaint_code(r) : NULL;
    struct json_object *args = code == NULL ? NULL : change_body(r, look_fields, N(look_fields));
    if (args != NULL) {
        change_arg_text(args, "code", code);
        change_perform(r, "reporter.reveal", args, 200, on_recorded);
    }
}

static void show_looks(struct http_request *r)
{
    const char *code = api_complaint_code(r);
    if (code != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_LOOKS_OF, .n_params = 1, .params = {code}});
    }
}

static void change_code(struct http_request *r, unsigned roles, const struct change_field *fields,
                        size_t n, const char *action)
{
    const char *code = change_allowed(r, roles) ? api_complaint_code(r) : NULL;
    struct json_object *args = code == NULL ? NULL : change_body(r, fields, n);
    if (args != NULL) {
        change_arg_text(args, "code", code);
        change_perform(r, action, args, 200, NULL);
    }
}

static void hold(struct http_request *r)
{
    change_code(r, AUTH_ADMINISTRATOR | AUTH_AUDITOR, hold_fields, N(hold_fields),
                "complaint.hold");
}

static void redact(struct http_request *r)
{
    change_code(r, AUTH_ADMINISTRATOR | AUTH_SUPERVISOR, redaction_fields, N(redaction_fields),
                "complaint.redact");
}

/* ---- what a person asked for ---- */

static const char *id_of(struct http_request *r)
{
    const char *id = http_parameter(r, "id");
    size_t n = strlen(id);
    if (n == 0 || n > 9 || strspn(id, "0123456789") != n) {
        http_problem(r, 404, NULL);
        return NULL;
    }
    return id;
}

static void list_requests(struct http_request *r)
{
    if (change_allowed(r, AUTH_ADMINISTRATOR | AUTH_AUDITOR | AUTH_SUPERVISOR)) {
        api_row_send(r, &(struct db_job){.sql = STORE_PERSON_REQUESTS,
                                         .n_params = 1,
                                         .params = {auth_user(r)->actor}});
    }
}

static void show_record(struct http_request *r)
{
    if (change_allowed(r, AUTH_ADMINISTRATOR | AUTH_AUDITOR)) {
        api_row_send(r, &(struct db_job){.sql = STORE_PERSONAL_RECORD,
                                         .n_params = 1,
                                         .params = {auth_user(r)->actor}});
    }
}

static void ask(struct http_request *r)
{
    struct json_object *args = change_allowed(r, AUTH_ADMINISTRATOR)
                                   ? change_body(r, request_fields, N(request_fields))
                                   : NULL;
    if (args != NULL) {
        change_perform(r, "person.ask", args, 201, NULL);
    }
}

static void decide(struct http_request *r)
{
    const char *id = change_allowed(r, AUTH_ADMINISTRATOR | AUTH_SUPERVISOR) ? id_of(r) : NULL;
    struct json_object *args =
        id == NULL ? NULL : change_body(r, decision_fields, N(decision_fields));
    if (args != NULL) {
        change_arg_text(args, "id", id);
        change_perform(r, "person.decide", args, 200, NULL);
    }
}

static void show_file(struct http_request *r)
{
    const char *id = change_allowed(r, AUTH_ADMINISTRATOR) ? id_of(r) : NULL;
    if (id != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_PERSON_FILE,
                                         .n_params = 2,
                                         .params = {auth_user(r)->actor, id}});
    }
}

static void get_requests(struct http_request *r)
{
    auth_resolve(r, list_requests);
}

static void get_record(struct http_request *r)
{
    auth_resolve(r, show_record);
}

static void post_request(struct http_request *r)
{
    auth_resolve(r, ask);
}

static void post_decision(struct http_request *r)
{
    auth_resolve(r, decide);
}

static void get_file(struct http_request *r)
{
    auth_resolve(r, show_file);
}

static void get_reporter(struct http_request *r)
{
    auth_resolve(r, show_masked);
}

static void post_reporter(struct http_request *r)
{
    auth_resolve(r, reveal);
}

static void get_looks(struct http_request *r)
{
    auth_resolve(r, show_looks);
}

static void post_hold(struct http_request *r)
{
    auth_resolve(r, hold);
}

static void post_redaction(struct http_request *r)
{
    auth_resolve(r, redact);
}

const struct http_route api_person_routes[] = {
    {HTTP_GET, "/api/v1/complaints/{code}/reporter", get_reporter,
     ABOUT(.tag = "persons", .summary = "Who reported, masked, and the purposes of a look",
           .answer = "People", .roles = WORKERS)},
    {HTTP_POST, "/api/v1/complaints/{code}/reporter", post_reporter,
     ABOUT(.tag = "persons", .summary = "Look at who reported, for a purpose; the look is recorded",
           FIELDS_OF(look_fields), .answer = "People", .roles = WORKERS)},
    {HTTP_GET, "/api/v1/complaints/{code}/looks", get_looks,
     ABOUT(.tag = "persons",
           .summary = "Who looked at the person, for the person: when, in which role, what for",
           .answer = "LooksAtPerson")},
    {HTTP_POST, "/api/v1/complaints/{code}/hold", post_hold,
     ABOUT(.tag = "persons", .summary = "Keep everything of a complaint for the law, or release it",
           FIELDS_OF(hold_fields), .answer = "Hold", .roles = AUTH_ADMINISTRATOR | AUTH_AUDITOR)},
    {HTTP_POST, "/api/v1/complaints/{code}/redaction", post_redaction,
     ABOUT(.tag = "persons", .summary = "Take a person out of what was written, for good",
           FIELDS_OF(redaction_fields), .answer = "Redacted",
           .roles = AUTH_ADMINISTRATOR | AUTH_SUPERVISOR)},
    {HTTP_GET, "/api/v1/person-requests", get_requests,
     ABOUT(.tag = "persons", .summary = "What persons asked for: their data, or its erasure",
           .answer = "PersonRequests",
           .roles = AUTH_ADMINISTRATOR | AUTH_AUDITOR | AUTH_SUPERVISOR)},
    {HTTP_GET, "/api/v1/personal-record", get_record,
     ABOUT(.tag = "persons",
           .summary = "What is held, redacted and erased, and who looked a number up",
           .answer = "PersonalRecord", .roles = AUTH_ADMINISTRATOR | AUTH_AUDITOR)},
    {HTTP_POST, "/api/v1/person-requests", post_request,
     ABOUT(.tag = "persons", .summary = "Enter what a person asked for", FIELDS_OF(request_fields),
           .answer = "PersonRequest", .status = 201, .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/person-requests/{id}/decision", post_decision,
     ABOUT(.tag = "persons", .summary = "Approve or refuse it, as a second person", .id = "request",
           FIELDS_OF(decision_fields), .answer = "PersonRequest",
           .roles = AUTH_ADMINISTRATOR | AUTH_SUPERVISOR)},
    {HTTP_GET, "/api/v1/person-requests/{id}/file", get_file,
     ABOUT(.tag = "persons", .summary = "Everything about that person, once it was approved",
           .id = "request", .answer = "PersonFile", .roles = AUTH_ADMINISTRATOR)},
};
const size_t n_api_person_routes = N(api_person_routes);
