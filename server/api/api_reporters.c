/* Who else reported a complaint: joining it (.../reporters), leaving it, and merging two complaints
 * that turned out to be one. What is done is in sql/0022_duplicates.sql.
 *
 * Staff name the complaint by its code. Whoever has no account names it by the token that
 * /complaints/nearby gave: joining must not need, nor tell, anybody's tracking code. Either way the
 * joiner gets a code of their own to follow it by. */
#include <json-c/json.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "server/api/api_about.h"
#include "server/api/api_complaints.h"
#include "server/api/api_duplicates.h"
#include "server/api/api_limit.h"
#include "server/api/join_token.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/intake/intake.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_duplicate.h"

#define JSON_MAX   ((size_t)1 << 20)
#define KEY_MAX    200
#define REASON_MAX 1000
#define HANDLERS   (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)
#define READERS                                                                                    \
    (HANDLERS | AUTH_LEADER | AUTH_ADMINISTRATOR | AUTH_AUDITOR) /* of who else reported it */

/* ---- joining ---- */

/* In the request's arena. */
struct joining {
    struct http_request *r;
    const struct snapshot *snapshot; /* a reference */
    struct json_object *args;        /* owned until sent */
    char key[KEY_MAX + 1], hash[33];
    struct join_source source; /* without `joined`: the request itself, answered in JSON */
};

static void join_refuse(const struct joining *j, int status, const struct fault_list *faults)
{
    if (j->source.joined == NULL) {
        http_problem(j->r, status, faults);
    } else {
        j->source.refused(j->source.arg, status, faults, NULL);
    }
}

static void join_refuse_status(const struct joining *j, enum status status)
{
    if (j->source.joined == NULL) {
        http_problem_status(j->r, status);
    } else {
        j->source.refused(j->source.arg, http_status_of(status), NULL, NULL);
    }
}

static void send_json(struct http_request *r, int status, struct json_object *answer)
{
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, json_object_to_json_string_ext(
                              answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    http_send_json(r, status, &out);
}

/* Who was in already changed nothing. */
static void send_joined(struct http_request *r, struct json_object *answer)
{
    bool already = json_object_get_boolean(json_object_object_get(answer, "already"));
    send_json(r, already ? 200 : 201, answer);
}

static void join_refuse_outcome(const struct joining *j, struct json_object *outcome)
{
    if (j->source.joined == NULL) {
        change_refuse(j->r, outcome);
    } else {
        struct change_refusal w = change_refusal_read(j->r, outcome);
        j->source.refused(j->source.arg, w.status, NULL, w.detail);
    }
}

static void on_joined_openly(void *arg, enum status status, const struct db_rows *rows,
                             const struct err *e)
{
    struct joining *j = arg;
    (void)e;
    struct json_object *outcome =
        status == STATUS_OK ? json_tokener_parse(db_rows_text(rows, 0, 0)) : NULL;
    const char *name = json_object_get_string(json_object_object_get(outcome, "outcome"));
    struct json_object *answer = json_object_object_get(outcome, "answer");
    if (status != STATUS_OK) {
        join_refuse_status(j, status);
    } else if (name == NULL || strcmp(name, "done") != 0) {
        join_refuse_outcome(j, outcome);
    } else if (j->source.joined != NULL) {
        j->source.joined(j->source.arg,
                         json_object_get_string(json_object_object_get(answer, "code")));
    } else {
        send_joined(j->r, answer);
    }
    json_object_put(outcome);
    http_release(j->r);
}

/* Without an account: the same door, opened by a token or another system's key. */
static void join_openly(struct joining *j)
{
    struct http_request *r = j->r;
    const struct auth_user *user = auth_user(r);
    const char *args = arena_strdup(
        http_arena(r), json_object_to_json_string_ext(j->args, JSON_C_TO_STRING_PLAIN));
    struct err e;
    json_object_put(j->args);
    struct db_job job = {.sql = STORE_JOIN_OPENLY,
                         .n_params = 4,
                         .params = {user == NULL ? "public" : user->actor, j->key, j->hash, args},
                         .done = on_joined_openly,
                         .arg = j};
    http_hold(r);
    enum status status =
        args == NULL ? STATUS_NO_MEMORY : db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        join_refuse_status(j, status);
        http_release(r);
    }
}

/* The co-report's number is there: its code is made from it. */
static void on_number(void *arg, enum status status, const struct db_rows *rows,
                      const struct err *e)
{
    struct joining *j = arg;
    struct http_request *r = j->r;
    (void)e;
    if (status != STATUS_OK) {
        join_refuse_status(j, status);
        json_object_put(j->args);
    } else {
        char follow[TRACKING_CODE_LENGTH + 1];
        int64_t id = db_rows_int(rows, 0, 0);
        tracking_code_make(j->snapshot->tracking_key, id, follow);
        change_arg_int(j->args, "id", id);
        change_arg_text(j->args, "follow", follow);
        if (auth_is(r, HANDLERS)) {
            change_perform(r, "complaint.join", j->args, 201, send_joined);
        } else {
            join_openly(j);
        }
    }
    snapshot_release((struct snapshot *)(uintptr_t)j->snapshot);
    http_release(r);
}

/* The request's key, or one of our own; and a hash of what was asked for. A token is another each
 * time it is given, so what it stands for is hashed. */
static bool take_key(struct joining *j, int64_t complaint_id)
{
    const char *given = j->source.key;
    unsigned char bytes[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    struct str body = j->source.body;
    const char *path = complaint_id == 0 ? http_path(j->r) : "";
    crypto_generichash_init(&state, NULL, 0, sizeof(bytes));
    crypto_generichash_update(&state, (const unsigned char *)&complaint_id, sizeof(complaint_id));
    crypto_generichash_update(&state, (const unsigned char *)path, strlen(path) + 1);
    crypto_generichash_update(&state, (const unsigned char *)body.p, body.n);
    crypto_generichash_final(&state, bytes, sizeof(bytes));
    sodium_bin2hex(j->hash, sizeof(j->hash), bytes, sizeof(bytes));
    if (given == NULL) {
        memcpy(j->key, "own:", 4);
        randombytes_buf(bytes, sizeof(bytes));
        sodium_bin2hex(j->key + 4, sizeof(j->key) - 4, bytes, sizeof(bytes));
        return true;
    }
    size_t n = strlen(given);
    for (size_t i = 0; i < n; i++) {
        n = given[i] <= ' ' || given[i] > '~' ? 0 : n;
    }
    if (n == 0 || n > KEY_MAX - 4) {
        struct fault_list faults = {.n = 0};
        fault_add(&faults, "Idempotency-Key", FAULT_MALFORMED);
        join_refuse(j, 400, &faults);
        return false;
    }
    memcpy(j->key, "key:", 4);
    memcpy(j->key + 4, given, n + 1);
    return true;
}

/* Which complaint: a code from those who may know codes, a token from the others. False with the
 * problem answered. */
static bool name_complaint(struct joining *j, int64_t *complaint_id)
{
    const char *named = j->source.token;
    char code[TRACKING_CODE_LENGTH + 1];
    *complaint_id = 0;
    if (join_token_read(j->snapshot->tracking_key, named, clock_now_us(), complaint_id)) {
        change_arg_int(j->args, "complaint", *complaint_id);
        return true;
    }
    if (j->source.joined != NULL || !tracking_code_read(str_of(named), code)) {
        join_refuse(j, 404, NULL);
        return false;
    }
    if (!change_allowed(j->r, HANDLERS | AUTH_KEY) || !auth_key_allowed(j->r, "file")) {
        return false;
    }
    change_arg_text(j->args, "code", code);
    return true;
}

static bool channel_allowed(const struct http_request *r, const char *channel)
{
    return auth_user(r) != NULL || strcmp(channel, "web") == 0 || strcmp(channel, "app") == 0;
}

/* The body into the arguments; false with the problem answered. */
static bool read_join(struct joining *j)
{
    struct http_request *r = j->r;
    struct intake_context context = {j->snapshot, http_arena(r), clock_now_us()};
    struct intake_join join;
    struct fault_list faults;
    struct err e;
    enum status status = intake_parse_join(&context, j->source.body, &join, &faults, &e);
    if (status != STATUS_OK) {
        join_refuse(j, status == STATUS_INVALID ? 400 : 503, NULL);
        return false;
    }
    if (join.draft.channel != NULL && !channel_allowed(r, join.draft.channel)) {
        fault_add(&faults, "channel", FAULT_NOT_ALLOWED);
    }
    if (faults.n > 0) {
        join_refuse(j, 422, &faults);
        return false;
    }
    change_arg_text(j->args, "channel", join.draft.channel);
    change_arg_text(j->args, "description", join.draft.description);
    change_arg_text(j->args, "name", join.draft.reporter.name);
    change_arg_text(j->args, "phone", join.draft.reporter.phone);
    change_arg_text(j->args, "email", join.draft.reporter.email);
    json_object_object_add(j->args, "anonymous",
                           json_object_new_boolean(join.draft.reporter.anonymous));
    json_object_object_add(j->args, "consent", json_object_new_boolean(join.consent));
    return true;
}

void api_join(struct http_request *r, const struct join_source *source)
{
    struct snapshot *s = api_snapshot(r);
    struct joining *j = arena_calloc(http_arena(r), 1, sizeof(*j));
    int64_t complaint_id;
    struct err e;
    if (s == NULL || j == NULL) {
        return;
    }
    *j = (struct joining){.r = r, .snapshot = s, .source = *source};
    if (auth_user(r) == NULL && !api_limit_allow(api_worker(r), http_peer(r))) {
        join_refuse(j, 429, NULL);
        return;
    }
    j->args = json_object_new_object();
    if (!name_complaint(j, &complaint_id) || !read_join(j) || !take_key(j, complaint_id)) {
        json_object_put(j->args);
        return;
    }
    (void)snapshot_acquire(s);
    http_hold(r);
    struct db_job job = {.sql = STORE_CO_REPORT_ID, .done = on_number, .arg = j};
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        join_refuse_status(j, status);
        json_object_put(j->args);
        snapshot_release(s);
        http_release(r);
    }
}

static void join(struct http_request *r)
{
    const char *type = http_header(r, "Content-Type");
    if (type == NULL || strncasecmp(type, "application/json", 16) != 0) {
        http_problem_field(r, 415, "Content-Type", FAULT_UNKNOWN_VALUE);
        return;
    }
    api_join(r, &(struct join_source){.token = http_parameter(r, "code"),
                                      .body = http_body(r),
                                      .key = http_header(r, "Idempotency-Key")});
}

static void post_reporter(struct http_request *r)
{
    auth_resolve(r, join);
}

/* ---- leaving and merging ---- */

static const struct change_field merge_fields[] = {
    {"into", CHANGE_CODE, true, 32},
    {"version", CHANGE_WHOLE, true, INT32_MAX},
    {"reason", CHANGE_TEXT, false, REASON_MAX},
};
static const struct change_field unmerge_fields[] = {
    {"version", CHANGE_WHOLE, true, INT32_MAX},
    {"reason", CHANGE_TEXT, false, REASON_MAX},
};

/* A change of the complaint in the path, whose arguments are the body's fields. */
static void change(struct http_request *r, const char *action, const struct change_field *fields,
                   size_t n_fields)
{
    char into[TRACKING_CODE_LENGTH + 1];
    if (!change_allowed(r, HANDLERS)) {
        return;
    }
    const char *code = api_complaint_code(r);
    struct json_object *args = code == NULL ? NULL : change_body(r, fields, n_fields);
    if (args == NULL) {
        return;
    }
    const char *named = json_object_get_string(json_object_object_get(args, "into"));
    if (named != NULL && !tracking_code_read(str_of(named), into)) {
        json_object_put(args);
        http_problem_field(r, 422, "into", FAULT_UNKNOWN_VALUE);
        return;
    }
    if (named != NULL) {
        change_arg_text(args, "into", into);
    }
    change_arg_text(args, "code", code);
    change_perform(r, action, args, 200, NULL);
}

static void merge(struct http_request *r)
{
    change(r, "complaint.merge", merge_fields, sizeof(merge_fields) / sizeof(merge_fields[0]));
}

static void unmerge(struct http_request *r)
{
    change(r, "complaint.unmerge", unmerge_fields,
           sizeof(unmerge_fields) / sizeof(unmerge_fields[0]));
}

static void leave(struct http_request *r)
{
    const char *number = http_parameter(r, "co_report");
    if (!change_allowed(r, HANDLERS)) {
        return;
    }
    const char *code = api_complaint_code(r);
    if (code == NULL) {
        return;
    }
    if (strlen(number) > 18 || number[strspn(number, "0123456789")] != '\0') {
        http_problem(r, 404, NULL);
        return;
    }
    struct json_object *args = json_object_new_object();
    change_arg_text(args, "code", code);
    change_arg_text(args, "co_report", number);
    change_perform(r, "complaint.leave", args, 200, NULL);
}

static void post_merge(struct http_request *r)
{
    auth_resolve(r, merge);
}

static void post_unmerge(struct http_request *r)
{
    auth_resolve(r, unmerge);
}

static void delete_reporter(struct http_request *r)
{
    auth_resolve(r, leave);
}

/* ---- looking ---- */

static void on_co_reports(void *arg, enum status status, const struct db_rows *rows,
                          const struct err *e)
{
    struct http_request *r = arg;
    (void)e;
    const char *text = status == STATUS_OK ? db_rows_text_or_null(rows, 0, 0) : NULL;
    struct json_object *answer = text == NULL ? NULL : json_tokener_parse(text);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else if (answer == NULL) {
        http_problem(r, 404, NULL);
    } else {
        send_json(r, 200, answer);
    }
    json_object_put(answer);
    http_release(r);
}

static void list_reporters(struct http_request *r)
{
    struct err e;
    if (!change_allowed(r, READERS)) {
        return;
    }
    const char *code = api_complaint_code(r);
    if (code == NULL) {
        return;
    }
    http_hold(r);
    struct db_job job = {.sql = STORE_CO_REPORTS,
                         .n_params = 2,
                         .params = {code, auth_user(r)->actor},
                         .done = on_co_reports,
                         .arg = r};
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

static void get_reporters(struct http_request *r)
{
    auth_resolve(r, list_reporters);
}

/* ---- following ---- */

struct following {
    struct http_request *r;
    const char *code;
};

static int64_t us_of(struct json_object *o, const char *name)
{
    struct json_object *value = json_object_object_get(o, name);
    return value == NULL ? INT64_MIN : json_object_get_int64(value);
}

static void copy(struct strbuf *out, struct json_object *o, const char *name)
{
    json_text_key(out, name);
    strbuf_append_z(out, json_object_to_json_string_ext(json_object_object_get(o, name),
                                                        JSON_C_TO_STRING_PLAIN));
}

/* In the shape of a complaint as the public sees it, with the reader's own code and words. */
static void followed_json(struct strbuf *out, struct json_object *o, enum http_language language)
{
    struct json_object *category = json_object_object_get(o, "category");
    strbuf_append_char(out, '{');
    copy(out, o, "code");
    copy(out, o, "follows");
    copy(out, o, "status");
    copy(out, o, "channel");
    json_text_key(out, "category");
    strbuf_append_char(out, '{');
    copy(out, category, "code");
    json_text_field(out, "name",
                    json_object_get_string(
                        json_object_object_get(category, language == HTTP_EN ? "en" : "vi")));
    strbuf_append_char(out, '}');
    json_text_field_time(out, "received_at", us_of(o, "received_us"));
    json_text_field_time(out, "updated_at", us_of(o, "updated_us"));
    json_text_field_time(out, "closed_at", us_of(o, "closed_us"));
    copy(out, o, "description");
    copy(out, o, "reporters");
    copy(out, o, "answers");
    copy(out, o, "rating");
    copy(out, o, "may_rate");
    copy(out, o, "may_reopen");
    json_text_key(out, "place");
    strbuf_append_char(out, '{');
    copy(out, o, "ward");
    copy(out, o, "district");
    copy(out, o, "lon");
    copy(out, o, "lat");
    copy(out, o, "confidence");
    copy(out, o, "match");
    strbuf_append_z(out, "},\"assignment\":{");
    copy(out, o, "agency");
    json_text_field(out, "desk", NULL);
    json_text_field_time(out, "deadline", us_of(o, "due_us"));
    json_text_field(out, "rule", NULL);
    json_text_field(out, "reason",
                    json_object_get_string(json_object_object_get(
                        o, language == HTTP_EN ? "reason_en" : "reason_vi")));
    strbuf_append_z(out, "}}");
}

static void on_followed(void *arg, enum status status, const struct db_rows *rows,
                        const struct err *e)
{
    struct following *f = arg;
    struct http_request *r = f->r;
    (void)e;
    const char *text = status == STATUS_OK ? db_rows_text_or_null(rows, 0, 0) : NULL;
    struct json_object *followed = text == NULL ? NULL : json_tokener_parse(text);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else if (followed == NULL) {
        api_complaint_answer(r, f->code);
    } else {
        struct strbuf out;
        strbuf_init(&out, JSON_MAX);
        followed_json(&out, followed, http_language(r));
        http_send_json(r, 200, &out);
    }
    json_object_put(followed);
    http_release(r);
}

void api_follow(struct http_request *r, const char *code)
{
    struct following *f = arena_alloc(http_arena(r), sizeof(*f));
    struct err e;
    if (f == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    *f = (struct following){r, code};
    struct db_job job = {
        .sql = STORE_FOLLOWED, .n_params = 1, .params = {code}, .done = on_followed, .arg = f};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

const struct http_route api_reporter_join_routes[] = {
    {HTTP_POST, "/api/v1/complaints/{code}/reporters", post_reporter,
     ABOUT(.tag = "duplicates",
           .summary =
               "Join a complaint that is there already, by its code or by the token of nearby",
           .body = "NewReporter", .answer = "Joined", .status = 201)},
    {HTTP_GET, "/api/v1/complaints/{code}/reporters", get_reporters,
     ABOUT(.tag = "duplicates", .summary = "Who else reported it, without the persons",
           .answer = "Reporters", .roles = READERS)},
    {HTTP_DELETE, "/api/v1/complaints/{code}/reporters/{co_report}", delete_reporter,
     ABOUT(.tag = "duplicates", .summary = "It was another thing: a co-reporter leaves",
           .answer = "Left", .roles = HANDLERS)},
    {HTTP_POST, "/api/v1/complaints/{code}/merge", post_merge,
     ABOUT(.tag = "duplicates", .summary = "This complaint is the same as an earlier one",
           FIELDS_OF(merge_fields), .answer = "Merged", .roles = HANDLERS)},
    {HTTP_POST, "/api/v1/complaints/{code}/unmerge", post_unmerge,
     ABOUT(.tag = "duplicates",
           .summary = "It was another thing: a merged complaint is opened again",
           FIELDS_OF(unmerge_fields), .answer = "Unmerged", .roles = HANDLERS)},
};
const size_t n_api_reporter_join_routes =
    sizeof(api_reporter_join_routes) / sizeof(api_reporter_join_routes[0]);
