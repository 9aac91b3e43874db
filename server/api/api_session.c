/* /api/v1/session: log in, who am I, log out. */
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_auth.h"
#include "server/api/api_secret.h"
#include "server/base/json_text.h"
#include "server/base/utf8.h"
#include "server/intake/json_read.h"
#include "server/store/store_access.h"

#define LOGIN_MAX    64
#define PASSWORD_MAX 256
#define CODE_MAX     32

/* A log-in under way, in the request's arena. */
struct login {
    struct http_request *r;
    char login[LOGIN_MAX + 1], password[PASSWORD_MAX + 1], code[CODE_MAX + 1];
    const char *address;
    struct secret_check check;
    struct session_secrets secrets;
};

static void user_json(struct strbuf *out, const struct auth_user *user)
{
    json_text_key(out, "user");
    strbuf_append_char(out, '{');
    json_text_field(out, "login", user->login);
    json_text_field(out, "name", user->name);
    json_text_field(out, "role", user->role_name);
    json_text_field(out, "agency", user->agency);
    strbuf_append_char(out, '}');
    json_text_field(out, "csrf", user->csrf);
    if (user->bound) {
        json_text_field_bool(out, "second_factor_required", true);
    }
}

static void login_end(struct login *l, int problem)
{
    struct http_request *r = l->r;
    sodium_memzero(l->password, sizeof(l->password));
    sodium_memzero(&l->secrets, sizeof(l->secrets));
    if (problem != 0) {
        http_problem(r, problem, NULL);
    }
    http_release(r);
}

static void submit(struct login *l, struct db_job *job)
{
    struct err e;
    job->arg = l;
    if (db_pool_submit(api_worker(l->r)->reads, job, &e) != STATUS_OK) {
        login_end(l, 503);
    }
}

/* --- the session ------------------------------------------------------------------------------ */

void api_session_cookie(struct http_request *r, const char *token, int hours)
{
    const char *proto = http_header(r, "X-Forwarded-Proto");
    http_set_header(r, "Set-Cookie",
                    arena_printf(http_arena(r),
                                 AUTH_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
                                 token, hours * 3600,
                                 proto != NULL && strcmp(proto, "https") == 0 ? "; Secure" : ""));
}

static const char *text_in(struct json_object *o, const char *name)
{
    return json_object_get_string(json_object_object_get(o, name));
}

static void send_session(struct login *l, struct json_object *made)
{
    const struct auth_user user = {
        .login = text_in(made, "login"),
        .name = text_in(made, "name"),
        .role_name = text_in(made, "role"),
        .agency = text_in(made, "agency"),
        .csrf = l->secrets.csrf,
        .bound = json_object_get_boolean(json_object_object_get(made, "bound"))};
    struct strbuf out;
    api_session_cookie(l->r, l->secrets.token,
                       json_object_get_int(json_object_object_get(made, "hours")));
    strbuf_init(&out, 8192);
    strbuf_append_char(&out, '{');
    user_json(&out, &user);
    strbuf_append_char(&out, '}');
    http_send_json(l->r, 200, &out);
}

static void on_ended(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct login *l = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(l->r, status);
        login_end(l, 0);
        return;
    }
    struct json_object *answer = json_tokener_parse(db_rows_text(result, 0, 0));
    const char *outcome = answer == NULL ? "" : text_in(answer, "outcome");
    if (strcmp(outcome, "done") == 0) {
        send_session(l, answer);
    } else if (strcmp(outcome, "code_required") == 0) {
        http_problem_field(l->r, 401, "code", FAULT_REQUIRED);
    } else if (strcmp(outcome, "wrong_code") == 0) {
        http_problem_field(l->r, 401, "code", FAULT_UNKNOWN_VALUE);
    } else {
        http_problem(l->r, 401, NULL); /* disabled since the password was asked for */
    }
    json_object_put(answer);
    login_end(l, 0);
}

static void on_failure_counted(void *arg, enum status status, const struct db_rows *result,
                               const struct err *e)
{
    (void)status;
    (void)result;
    (void)e;
    login_end(arg, 401);
}

void api_session_given(struct http_request *r, const struct session_secrets *secrets,
                       struct strbuf *out)
{
    const char *agent = http_header(r, "User-Agent");
    const char *old = http_cookie(r, AUTH_COOKIE);
    char hash[65];
    strbuf_append_char(out, '{');
    json_text_field(out, "token_hash", secrets->hash);
    json_text_field(out, "csrf", secrets->csrf);
    json_text_field(out, "address", auth_address(r));
    json_text_field(out, "agent", agent != NULL && utf8_valid(str_of(agent)) ? agent : NULL);
    if (old != NULL) {
        auth_hash(old, hash);
        json_text_field(out, "old", hash);
    }
}

static void make_session(struct login *l)
{
    struct strbuf given;
    secret_session(&l->secrets);
    strbuf_init(&given, 8192);
    api_session_given(l->r, &l->secrets, &given);
    if (l->code[0] != '\0') {
        json_text_field(&given, "code", l->code);
    }
    strbuf_append_char(&given, '}');
    if (given.failed) {
        login_end(l, 503);
    } else {
        submit(l, &(struct db_job){.sql = STORE_LOGIN_END,
                                   .n_params = 2,
                                   .params = {l->login, given.p},
                                   .done = on_ended});
    }
    strbuf_free(&given);
}

/* --- the password ----------------------------------------------------------------------------- */

static void on_verified(void *arg, bool good)
{
    struct login *l = arg;
    if (good) {
        make_session(l);
        return;
    }
    submit(l, &(struct db_job){.sql = STORE_LOGIN_FAILED,
                               .n_params = 2,
                               .params = {l->login, l->address},
                               .done = on_failure_counted});
}

static void on_begun(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct login *l = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(l->r, status);
        login_end(l, 0);
    } else if (db_rows_int_or(result, 0, 1, 0) > 0) { /* resting after wrong passwords */
        http_set_header(l->r, "Retry-After",
                        arena_strdup(http_arena(l->r), db_rows_text(result, 0, 1)));
        login_end(l, 429);
    } else if (!secret_verify(l->r, &l->check, db_rows_text_or_null(result, 0, 0), l->password)) {
        login_end(l, 503);
    }
}

static bool take_text(struct json_object *body, const char *key, char *out, size_t size)
{
    struct json_object *value = json_object_object_get(body, key);
    size_t n = (size_t)json_object_get_string_len(value);
    if (!json_object_is_type(value, json_type_string) || n == 0 || n >= size ||
        memchr(json_object_get_string(value), '\0', n) != NULL) {
        return false;
    }
    memcpy(out, json_object_get_string(value), n);
    out[n] = '\0';
    return true;
}

static bool parse_login(struct http_request *r, struct login *l)
{
    struct fault_list faults = {.n = 0};
    struct json_object *body = json_read(http_body(r));
    if (!json_object_is_type(body, json_type_object)) {
        json_object_put(body);
        http_problem(r, 400, NULL);
        return false;
    }
    if (!take_text(body, "login", l->login, sizeof(l->login))) {
        fault_add(&faults, "login", FAULT_REQUIRED);
    }
    if (!take_text(body, "password", l->password, sizeof(l->password))) {
        fault_add(&faults, "password", FAULT_REQUIRED);
    }
    if (json_object_object_get(body, "code") != NULL &&
        !take_text(body, "code", l->code, sizeof(l->code))) {
        fault_add(&faults, "code", FAULT_MALFORMED);
    }
    json_object_put(body);
    if (faults.n > 0) {
        http_problem(r, 422, &faults);
    }
    return faults.n == 0;
}

static void post_session(struct http_request *r)
{
    struct login *l = arena_calloc(http_arena(r), 1, sizeof(*l));
    if (l == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    if (!parse_login(r, l)) {
        return;
    }
    l->r = r;
    l->address = auth_address(r);
    l->check.done = on_verified;
    l->check.arg = l;
    http_hold(r);
    submit(l, &(struct db_job){.sql = STORE_LOGIN_BEGIN,
                               .n_params = 2,
                               .params = {l->login, l->address},
                               .done = on_begun});
}

/* --- who am I, log out ------------------------------------------------------------------------ */

static void show_session(struct http_request *r)
{
    const struct auth_user *user = auth_user(r);
    struct strbuf out;
    if (user == NULL) {
        http_problem(r, 401, NULL);
        return;
    }
    strbuf_init(&out, 8192);
    strbuf_append_char(&out, '{');
    user_json(&out, user);
    strbuf_append_char(&out, '}');
    http_send_json(r, 200, &out);
}

static void get_session(struct http_request *r)
{
    auth_resolve_bound(r, show_session);
}

static void on_closed(void *arg, enum status status, const struct db_rows *result,
                      const struct err *e)
{
    struct http_request *r = arg;
    (void)result;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else {
        http_set_header(r, "Set-Cookie",
                        AUTH_COOKIE "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
        http_send(r, &(struct http_reply){.status = 204, .body = {"", 0}});
    }
    http_release(r);
}

static void end_session(struct http_request *r)
{
    const char *cookie = http_cookie(r, AUTH_COOKIE);
    char hash[65];
    struct err e;
    if (auth_user(r) == NULL || cookie == NULL) {
        http_problem(r, 401, NULL);
        return;
    }
    auth_hash(cookie, hash);
    struct db_job job = {
        .sql = STORE_SESSION_CLOSE, .n_params = 1, .params = {hash}, .done = on_closed, .arg = r};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

static void delete_session(struct http_request *r)
{
    auth_resolve_bound(r, end_session);
}

const struct http_route api_session_routes[] = {
    {HTTP_POST, "/api/v1/session", post_session,
     ABOUT(.tag = "session", .summary = "Log in", .body = "Credentials", .answer = "Session")},
    {HTTP_GET, "/api/v1/session", get_session,
     ABOUT(.tag = "session", .summary = "Who am I", .answer = "Session", .roles = ABOUT_ANY_ROLE)},
    {HTTP_DELETE, "/api/v1/session", delete_session,
     ABOUT(.tag = "session", .summary = "Log out", .roles = ABOUT_ANY_ROLE)},
};
const size_t n_api_session_routes = sizeof(api_session_routes) / sizeof(api_session_routes[0]);
