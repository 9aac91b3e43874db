/* POST /api/v1/complaints/actions: one action on many complaints, each for itself: what is refused
 * for one stops none of the others. One after another, so that a big request takes no more of the
 * database than a small one. */
#include <json-c/json.h>

#include "server/api/api_about.h"
#include "server/api/api_actions.h"
#include "server/base/json_text.h"
#include "server/intake/tracking_code.h"

#define FIELDS_MAX     16
#define COMPLAINTS_MAX 100
#define JSON_MAX       ((size_t)1 << 20)

struct bulk {
    struct http_request *r;
    const struct action_row *row;
    struct json_object *args; /* without code and version */
    struct json_object *list;
    size_t next, n_done;
    char code[TRACKING_CODE_LENGTH + 1]; /* of the one under way */
    struct strbuf out;
};

static void go_on(struct bulk *b);

static void begin_outcome(struct bulk *b, const char *code, int status)
{
    strbuf_append_z(&b->out, b->next == 1 ? "{" : ",{");
    json_text_field(&b->out, "code", code);
    json_text_field_int(&b->out, "status", status);
}

static void add_refusal(struct bulk *b, const char *code, const struct change_refusal *w)
{
    begin_outcome(b, code, w->status);
    json_text_key(&b->out, "error");
    strbuf_append_char(&b->out, '{');
    json_text_field(&b->out, "field", w->field);
    json_text_field(&b->out, "code", w->code);
    json_text_field(&b->out, "detail", w->detail);
    strbuf_append_z(&b->out, "}}");
}

static void on_one(void *arg, enum status status, struct json_object *outcome)
{
    struct bulk *b = arg;
    struct json_object *answer = json_object_object_get(outcome, "answer");
    struct json_object *version = json_object_object_get(answer, "version");
    if (status == STATUS_NOT_FOUND) {
        add_refusal(b, b->code, &(struct change_refusal){404, "", "not_found", ""});
    } else if (status != STATUS_OK) {
        add_refusal(b, b->code, &(struct change_refusal){503, "", status_name(status), ""});
    } else if (answer == NULL) {
        struct change_refusal w = change_refusal_read(b->r, outcome);
        add_refusal(b, b->code, &w);
    } else {
        begin_outcome(b, b->code, 200);
        json_text_field_int(&b->out, "version", json_object_get_int64(version));
        strbuf_append_char(&b->out, '}');
        b->n_done++;
    }
    go_on(b);
}

static void finish(struct bulk *b)
{
    struct http_request *r = b->r;
    strbuf_append_char(&b->out, ']');
    json_text_field_int(&b->out, "done", (int64_t)b->n_done);
    json_text_field_int(&b->out, "refused", (int64_t)(b->next - b->n_done));
    strbuf_append_char(&b->out, '}');
    http_send_json(r, 200, &b->out);
    json_object_put(b->args);
    json_object_put(b->list);
    http_release(r);
}

/* Begins the next one: on_one will tell. False for what cannot be anything, which is refused here.
 */
static bool begin_one(struct bulk *b)
{
    struct json_object *one = json_object_array_get_idx(b->list, b->next++);
    struct json_object *code = json_object_object_get(one, "code");
    struct json_object *version = json_object_object_get(one, "version");
    struct json_object *args = NULL;
    if (!json_object_is_type(code, json_type_string) ||
        !tracking_code_read(str_of(json_object_get_string(code)), b->code)) {
        add_refusal(b, NULL, &(struct change_refusal){404, "code", "not_found", ""});
        return false;
    }
    if (json_object_deep_copy(b->args, &args, NULL) != 0) {
        add_refusal(b, b->code, &(struct change_refusal){503, "", "no_memory", ""});
        return false;
    }
    change_arg_text(args, "code", b->code);
    json_object_object_add(args, "version", json_object_get(version));
    api_action_run(b->r, b->row, args, b->code, on_one, b);
    return true;
}

/* Ends when the list does, or when nobody waits any more. Nothing of it may be touched afterwards.
 */
static void go_on(struct bulk *b)
{
    while (b->next < json_object_array_length(b->list) && !http_answered(b->r)) {
        if (begin_one(b)) {
            return;
        }
    }
    finish(b);
}

/* The action's own fields, without the version, and the list. */
static struct json_object *read_body(struct http_request *r, const struct action_row *row)
{
    struct change_field fields[FIELDS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < row->n_fields && n < FIELDS_MAX - 1; i++) {
        if (!str_equal_z(str_of(row->fields[i].name), "version")) {
            fields[n++] = row->fields[i];
        }
    }
    fields[n++] = (struct change_field){"complaints", CHANGE_LIST, true, COMPLAINTS_MAX};
    return change_body(r, fields, n);
}

/* Each a {code, version}; what else stands in them is refused as a whole. */
static bool list_good(struct json_object *list)
{
    size_t n = json_object_array_length(list);
    bool good = n > 0;
    for (size_t i = 0; good && i < n; i++) {
        struct json_object *one = json_object_array_get_idx(list, i);
        good = json_object_is_type(one, json_type_object) && json_object_object_length(one) == 2 &&
               json_object_is_type(json_object_object_get(one, "version"), json_type_int) &&
               json_object_object_get_ex(one, "code", NULL);
    }
    return good;
}

static void act(struct http_request *r)
{
    if (!change_allowed(r, action_roles())) {
        return;
    }
    const struct action_row *row = api_action_row(r);
    struct bulk *b = arena_calloc(http_arena(r), 1, sizeof(*b));
    if (row == NULL || b == NULL || !change_allowed(r, row->roles) || !change_key_good(r)) {
        return;
    }
    struct json_object *args = read_body(r, row);
    if (args == NULL) {
        return;
    }
    struct json_object *list = json_object_object_get(args, "complaints");
    if (!list_good(list)) {
        http_problem_field(r, 422, "complaints", FAULT_MALFORMED);
        json_object_put(args);
        return;
    }
    if (!action_args_read(r, args)) {
        json_object_put(args);
        return;
    }
    *b = (struct bulk){.r = r, .row = row, .args = args, .list = json_object_get(list)};
    json_object_object_del(args, "complaints");
    strbuf_init(&b->out, JSON_MAX);
    strbuf_append_z(&b->out, "{\"outcomes\":[");
    http_hold(r);
    go_on(b);
}

static void post_bulk(struct http_request *r)
{
    auth_resolve(r, act);
}

#define HANDLERS                                                                                   \
    (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD | AUTH_ADMINISTRATOR)
const struct http_route api_bulk_routes[] = {
    {HTTP_POST, "/api/v1/complaints/actions", post_bulk,
     ABOUT(.tag = "complaints", .summary = "Do one thing with many complaints",
           .body = "BulkAction", .answer = "BulkOutcome", .roles = HANDLERS)},
};
const size_t n_api_bulk_routes = sizeof(api_bulk_routes) / sizeof(api_bulk_routes[0]);
