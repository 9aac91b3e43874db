/* /api/v1/session: log in, who am I, log out. */
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_auth.h"
#include "server/base/json_text.h"
#include "server/store/store_access.h"

#define LOGIN_MAX    64
#define PASSWORD_MAX 256

/* A log-in under way, in the request's arena. */
struct login {
    struct http_request *r;
    char login[LOGIN_MAX + 1], password[PASSWORD_MAX + 1];
    char hash[crypto_pwhash_STRBYTES];
    char user_id[16];
    const char *name, *role, *agency;
    char token[65], csrf[33];
    bool good;
};

static void user_json(struct strbuf *out, const char *login, const char *name, const char *role,
                      const char *agency)
{
    json_text_key(out, "user");
    strbuf_append_char(out, '{');
    json_text_field(out, "login", login);
    json_text_field(out, "name", name);
    json_text_field(out, "role", role);
    json_text_field(out, "agency", agency);
    strbuf_append_char(out, '}');
}

static void login_end(struct login *l, int problem)
{
    struct http_request *r = l->r;
    sodium_memzero(l->password, sizeof(l->password));
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

static void on_session(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e)
{
    struct login *l = arg;
    struct strbuf out;
    (void)result;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(l->r, status);
        login_end(l, 0);
        return;
    }
    const char *proto = http_header(l->r, "X-Forwarded-Proto");
    http_set_header(l->r, "Set-Cookie",
                    arena_printf(http_arena(l->r),
                                 AUTH_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
                                 l->token, 168 * 3600,
                                 proto != NULL && strcmp(proto, "https") == 0 ? "; Secure" : ""));
    strbuf_init(&out, 8192);
    strbuf_append_char(&out, '{');
    user_json(&out, l->login, l->name, l->role, l->agency);
    json_text_field(&out, "csrf", l->csrf);
    strbuf_append_char(&out, '}');
    http_send_json(l->r, 200, &out);
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

/* 26 ms of work with libsodium's interactive limits: never on the event loop. */
static void verify(void *arg)
{
    struct login *l = arg;
    l->good = crypto_pwhash_str_verify(l->hash, l->password, strlen(l->password)) == 0;
}

static void random_hex(char *out, size_t bytes)
{
    unsigned char raw[32];
    randombytes_buf(raw, bytes);
    sodium_bin2hex(out, 2 * bytes + 1, raw, bytes);
}

static void on_verified(void *arg)
{
    struct login *l = arg;
    char hash[65];
    if (!l->good) {
        submit(l, &(struct db_job){.sql = STORE_LOGIN_FAILED,
                                   .n_params = 1,
                                   .params = {l->user_id},
                                   .done = on_failure_counted});
        return;
    }
    random_hex(l->token, 32);
    random_hex(l->csrf, 16);
    auth_hash(l->token, hash);
    submit(l, &(struct db_job){.sql = STORE_SESSION_CREATE,
                               .n_params = 4,
                               .params = {l->user_id, hash, l->csrf, AUTH_HOURS},
                               .done = on_session});
}

/* An unknown login costs the same work, so that time does not tell which logins exist. */
static const char *hash_of_nobody(void)
{
    static _Thread_local char hash[crypto_pwhash_STRBYTES];
    if (hash[0] == '\0') {
        snprintf(hash, sizeof(hash),
                 "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    }
    return hash;
}

static void on_user(void *arg, enum status status, const struct db_rows *result,
                    const struct err *e)
{
    struct login *l = arg;
    struct worker *w = api_worker(l->r);
    struct err ignored;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(l->r, status);
        login_end(l, 0);
        return;
    }
    bool known = db_rows_count(result) == 1;
    if (known && db_rows_bool(result, 0, 5)) { /* resting after wrong passwords */
        http_set_header(l->r, "Retry-After", "60");
        login_end(l, 429);
        return;
    }
    snprintf(l->hash, sizeof(l->hash), "%s",
             known ? db_rows_text_or_null(result, 0, 4) : hash_of_nobody());
    snprintf(l->user_id, sizeof(l->user_id), "%s",
             known ? db_rows_text_or_null(result, 0, 0) : "-1");
    if (known) {
        const char *agency = db_rows_text_or_null(result, 0, 3);
        l->name = arena_strdup(http_arena(l->r), db_rows_text_or_null(result, 0, 1));
        l->role = arena_strdup(http_arena(l->r), db_rows_text_or_null(result, 0, 2));
        l->agency = agency == NULL ? NULL : arena_strdup(http_arena(l->r), agency);
    }
    struct compute_job job = {verify, on_verified, l, w->mailbox};
    if (compute_submit(w->app->compute, &job, &ignored) != STATUS_OK) {
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

static void post_session(struct http_request *r)
{
    struct login *l = arena_calloc(http_arena(r), 1, sizeof(*l));
    struct str text = http_body(r);
    struct fault_list faults = {.n = 0};
    if (l == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    char *z = arena_strndup(http_arena(r), text.p, text.n);
    struct json_object *body = z == NULL ? NULL : json_tokener_parse(z);
    if (!json_object_is_type(body, json_type_object)) {
        json_object_put(body);
        http_problem(r, 400, NULL);
        return;
    }
    if (!take_text(body, "login", l->login, sizeof(l->login))) {
        fault_add(&faults, "login", FAULT_REQUIRED);
    }
    if (!take_text(body, "password", l->password, sizeof(l->password))) {
        fault_add(&faults, "password", FAULT_REQUIRED);
    }
    json_object_put(body);
    sodium_memzero(z, text.n);
    if (faults.n > 0) {
        http_problem(r, 422, &faults);
        return;
    }
    l->r = r;
    http_hold(r);
    submit(l,
           &(struct db_job){
               .sql = STORE_USER_BY_LOGIN, .n_params = 1, .params = {l->login}, .done = on_user});
}

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
    user_json(&out, user->login, user->name, user->role_name, user->agency);
    json_text_field(&out, "csrf", user->csrf);
    strbuf_append_char(&out, '}');
    http_send_json(r, 200, &out);
}

static void get_session(struct http_request *r)
{
    auth_resolve(r, show_session);
}

static void on_deleted(void *arg, enum status status, const struct db_rows *result,
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
        .sql = STORE_SESSION_DELETE, .n_params = 1, .params = {hash}, .done = on_deleted, .arg = r};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

static void delete_session(struct http_request *r)
{
    auth_resolve(r, end_session);
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
