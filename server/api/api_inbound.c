/* /api/v1/inbound: e-mails, messages and posts that other systems bring, on their way to becoming
 * complaints. An operator has one for a while, so that no two enter the same. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_calls.h"
#include "server/api/api_row.h"
#include "server/intake/complaint.h"
#include "server/store/store_calls.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct change_field told_fields[] = {
    {"channel", CHANGE_CODE, true, 20},
    {"text", CHANGE_TEXT, true, 20000},
    {"subject", CHANGE_LINE, false, 300},
    {"from", CHANGE_LINE, false, 254},
    {"from_name", CHANGE_LINE, false, 200},
    {"message", CHANGE_LINE, false, 200},
    {"received_at", CHANGE_LINE, false, 40},
    {"attachments", CHANGE_LIST, false, COMPLAINT_ATTACHMENTS_MAX},
};

static void tell(struct http_request *r)
{
    if (!change_allowed(r, AUTH_KEY) || !auth_key_allowed(r, "calls")) {
        return;
    }
    struct json_object *body = change_body(r, told_fields, N(told_fields));
    if (body == NULL) {
        return;
    }
    if (!change_key_good(r) || !calls_take_time(r, body, "received_at", "received_us")) {
        json_object_put(body);
        return;
    }
    calls_tell(r, "inbound_told", body);
}

static void list(struct http_request *r)
{
    if (change_allowed(r, CALL_TAKERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_INBOUND_LIST,
                                         .n_params = 1,
                                         .params = {auth_user(r)->login}});
    }
}

static void show(struct http_request *r)
{
    const char *id = change_allowed(r, CALL_TAKERS) ? calls_number(r, "item") : NULL;
    if (id != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_INBOUND_SHOWN,
                                         .n_params = 2,
                                         .params = {auth_user(r)->actor, id}});
    }
}

static const struct change_field step_fields[] = {
    {"reason", CHANGE_LINE, false, 200},
    {"complaint", CHANGE_CODE, false, 40},
};

static void next(struct http_request *r)
{
    if (change_allowed(r, CALL_TAKERS)) {
        struct json_object *body = change_body(r, step_fields, N(step_fields));
        if (body != NULL) {
            change_perform(r, "inbound.next", body, 200, NULL);
        }
    }
}

static bool is_verb(const char *verb)
{
    static const char *const verbs[] = {"take", "release", "discard", "file"};
    for (size_t i = 0; i < N(verbs); i++) {
        if (strcmp(verbs[i], verb) == 0) {
            return true;
        }
    }
    return false;
}

static void step(struct http_request *r)
{
    const char *id = change_allowed(r, CALL_TAKERS) ? calls_number(r, "item") : NULL;
    if (id == NULL) {
        return;
    }
    if (!is_verb(http_parameter(r, "verb"))) {
        http_problem(r, 404, NULL);
        return;
    }
    struct json_object *body = change_body(r, step_fields, N(step_fields));
    if (body != NULL) {
        change_arg_text(body, "item", id);
        change_arg_text(body, "verb", http_parameter(r, "verb"));
        change_perform(r, "inbound.step", body, 200, NULL);
    }
}

#define BY_USER(name)                                                                              \
    static void name##_by_user(struct http_request *r)                                             \
    {                                                                                              \
        auth_resolve(r, name);                                                                     \
    }
BY_USER(tell)
BY_USER(list)
BY_USER(show)
BY_USER(next)
BY_USER(step)

const struct http_route api_inbound_routes[] = {
    {HTTP_POST, "/api/v1/inbound", tell_by_user,
     ABOUT(.tag = "inbound", .summary = "Another system brings an e-mail, a message or a post",
           FIELDS_OF(told_fields), .answer = "Told", .status = 201, .roles = AUTH_KEY)},
    {HTTP_GET, "/api/v1/inbound", list_by_user,
     ABOUT(.tag = "inbound", .summary = "What waits to be entered", .answer = "InboundList",
           .roles = CALL_TAKERS)},
    {HTTP_POST, "/api/v1/inbound/next", next_by_user,
     ABOUT(.tag = "inbound", .summary = "Take the oldest that nobody has", FIELDS_OF(step_fields),
           .answer = "InboundStep", .roles = CALL_TAKERS)},
    {HTTP_GET, "/api/v1/inbound/{item}", show_by_user,
     ABOUT(.tag = "inbound", .summary = "The item that one has, with its sender",
           .answer = "InboundItem", .roles = CALL_TAKERS)},
    {HTTP_POST, "/api/v1/inbound/{item}/{verb}", step_by_user,
     ABOUT(.tag = "inbound", .summary = "Take it, give it back, discard it, or say what it became",
           FIELDS_OF(step_fields), .answer = "InboundStep", .roles = CALL_TAKERS)},
};
const size_t n_api_inbound_routes = N(api_inbound_routes);
