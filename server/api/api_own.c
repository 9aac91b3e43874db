/* What everybody does with an account of his own: sessions, password, second factor; and the
 * password chosen with a link. */
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_row.h"
#include "server/api/api_secret.h"
#include "server/store/store_access.h"

#define PASSWORD_MAX 256
#define PEOPLE       (ABOUT_ANY_ROLE & ~(unsigned)AUTH_KEY)

/* The asking session's token, as it is kept; "" by a key. */
static void own_hash(struct http_request *r, char out[65])
{
    const char *cookie = http_cookie(r, AUTH_COOKIE);
    out[0] = '\0';
    if (cookie != NULL) {
        auth_hash(cookie, out);
    }
}

static struct json_object *own_args(struct http_request *r, const char *name)
{
    char hash[65];
    struct json_object *args = json_object_new_object();
    own_hash(r, hash);
    change_arg_text(args, name, hash);
    return args;
}

/* --- sessions --------------------------------------------------------------------------------- */

static void list_sessions(struct http_request *r)
{
    char hash[65];
    if (change_allowed(r, PEOPLE)) {
        own_hash(r, hash);
        api_row_send(r, &(struct db_job){.sql = STORE_MY_SESSIONS,
                                         .n_params = 2,
                                         .params = {auth_actor(r), hash}});
    }
}

static void end_some(struct http_request *r, const char *session)
{
    if (change_allowed(r, PEOPLE)) {
        struct json_object *args = own_args(r, "hash");
        change_arg_text(args, "session", session);
        change_perform(r, "session.end", args, 200, NULL);
    }
}

static void end_others(struct http_request *r)
{
    end_some(r, NULL);
}

static void end_session(struct http_request *r)
{
    end_some(r, http_parameter(r, "session"));
}

/* --- the second factor ------------------------------------------------------------------------ */

static const struct change_field code_fields[] = {{"code", CHANGE_LINE, true, 32}};

static void begin_factor(struct http_request *r)
{
    struct json_object *args = change_allowed(r, PEOPLE) ? change_body(r, NULL, 0) : NULL;
    if (args != NULL) {
        secret_perform(r, "factor.begin", args, &(struct secret_answer){.status = 200});
    }
}

static void with_code(struct http_request *r, const char *action)
{
    char hash[65];
    struct json_object *args = change_allowed(r, PEOPLE) ? change_body(r, code_fields, 1) : NULL;
    if (args != NULL) {
        own_hash(r, hash);
        change_arg_text(args, "session", hash);
        secret_perform(r, action, args, &(struct secret_answer){.status = 200});
    }
}

static void confirm_factor(struct http_request *r)
{
    with_code(r, "factor.confirm");
}

static void drop_factor(struct http_request *r)
{
    with_code(r, "factor.drop");
}

/* --- passwords -------------------------------------------------------------------------------- */

static const struct change_field password_fields[] = {
    {"password", CHANGE_LINE, true, PASSWORD_MAX},
    {"new_password", CHANGE_LINE, true, PASSWORD_MAX},
};
static const struct change_field link_fields[] = {
    {"token", CHANGE_CODE, true, 64},
    {"new_password", CHANGE_LINE, true, PASSWORD_MAX},
};

/* A change of password under way, in the request's arena. Passwords are taken as they were typed:
 * logging in does not trim or normalise them either. */
struct choosing {
    struct http_request *r;
    struct secret_check check;
    char password[4 * PASSWORD_MAX + 1], new_password[4 * PASSWORD_MAX + 1];
    char link[65]; /* the link's hash */
};

static void finish(struct choosing *c)
{
    sodium_memzero(c->password, sizeof(c->password));
    sodium_memzero(c->new_password, sizeof(c->new_password));
    http_release(c->r);
}

static void submit(struct choosing *c, struct db_job *job)
{
    struct err e;
    job->arg = c;
    enum status status = db_pool_submit(api_worker(c->r)->reads, job, &e);
    if (status != STATUS_OK) {
        http_problem_status(c->r, status);
        finish(c);
    }
}

static void on_counted(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e)
{
    struct choosing *c = arg;
    (void)status;
    (void)result;
    (void)e;
    http_problem_field(c->r, 422, "password", FAULT_UNKNOWN_VALUE);
    finish(c);
}

static void on_password_checked(void *arg, bool good)
{
    struct choosing *c = arg;
    if (!good) {
        submit(c, &(struct db_job){.sql = STORE_LOGIN_FAILED,
                                   .n_params = 2,
                                   .params = {auth_user(c->r)->login, auth_address(c->r)},
                                   .done = on_counted});
        return;
    }
    if (c->check.too_short) {
        http_problem_field(c->r, 422, "new_password", FAULT_OUT_OF_RANGE);
    } else {
        struct json_object *args = own_args(c->r, "hash");
        change_arg_text(args, "password_hash", c->check.hash);
        secret_perform(c->r, "password.change", args, &(struct secret_answer){.status = 200});
    }
    finish(c);
}

static void on_begun(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct choosing *c = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(c->r, status);
        finish(c);
    } else if (db_rows_int_or(result, 0, 1, 0) > 0) {
        http_set_header(c->r, "Retry-After",
                        arena_strdup(http_arena(c->r), db_rows_text(result, 0, 1)));
        http_problem(c->r, 429, NULL);
        finish(c);
    } else if (!secret_verify(c->r, &c->check, db_rows_text_or_null(result, 0, 0), c->password)) {
        http_problem(c->r, 503, NULL);
        finish(c);
    }
}

static bool take(struct json_object *body, const char *name, char *out, size_t size)
{
    const char *text = json_object_get_string(json_object_object_get(body, name));
    size_t n = strlen(text);
    if (n >= size) {
        return false;
    }
    memcpy(out, text, n + 1);
    return true;
}

static struct choosing *begin(struct http_request *r, struct json_object *body)
{
    struct choosing *c = arena_calloc(http_arena(r), 1, sizeof(*c));
    if (c == NULL || !take(body, "new_password", c->new_password, sizeof(c->new_password))) {
        http_problem(r, 503, NULL);
        return NULL;
    }
    c->r = r;
    c->check.arg = c;
    c->check.new_password = c->new_password;
    return c;
}

static void change_password(struct http_request *r)
{
    struct json_object *body =
        change_allowed(r, PEOPLE) ? change_body(r, password_fields, 2) : NULL;
    struct choosing *c = body == NULL ? NULL : begin(r, body);
    if (c != NULL && take(body, "password", c->password, sizeof(c->password))) {
        c->check.done = on_password_checked;
        http_hold(r);
        submit(c, &(struct db_job){.sql = STORE_LOGIN_BEGIN,
                                   .n_params = 2,
                                   .params = {auth_user(r)->login, auth_address(r)},
                                   .done = on_begun});
    }
    json_object_put(body);
}

static void on_linked(void *arg, enum status status, const struct db_rows *result,
                      const struct err *e)
{
    struct choosing *c = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(c->r, status);
    } else if (!db_rows_bool(result, 0, 0)) {
        http_problem_field(c->r, 422, "token", FAULT_UNKNOWN_VALUE);
    } else {
        http_send(c->r, &(struct http_reply){.status = 204, .body = {"", 0}});
    }
    finish(c);
}

static void on_hashed(void *arg, bool good)
{
    struct choosing *c = arg;
    (void)good;
    if (c->check.too_short) {
        http_problem_field(c->r, 422, "new_password", FAULT_OUT_OF_RANGE);
        finish(c);
        return;
    }
    submit(c, &(struct db_job){.sql = STORE_PASSWORD_BY_LINK,
                               .n_params = 2,
                               .params = {c->link, c->check.hash},
                               .done = on_linked});
}

static void choose_password(struct http_request *r)
{
    struct json_object *body = change_body(r, link_fields, 2);
    struct choosing *c = body == NULL ? NULL : begin(r, body);
    if (c != NULL) {
        auth_hash(json_object_get_string(json_object_object_get(body, "token")), c->link);
        c->check.done = on_hashed;
        http_hold(r);
        if (!secret_make(r, &c->check)) {
            http_problem(r, 503, NULL);
            finish(c);
        }
    }
    json_object_put(body);
}

/* --- routes ----------------------------------------------------------------------------------- */

#define RESOLVED(name)                                                                             \
    static void name##_by_user(struct http_request *r)                                             \
    {                                                                                              \
        auth_resolve_bound(r, name);                                                               \
    }
RESOLVED(list_sessions)
RESOLVED(end_others)
RESOLVED(end_session)
RESOLVED(begin_factor)
RESOLVED(confirm_factor)
RESOLVED(drop_factor)
RESOLVED(change_password)

#define ABOUT_OWN(...) ABOUT(.tag = "session", .roles = PEOPLE, __VA_ARGS__)
const struct http_route api_own_routes[] = {
    {HTTP_GET, "/api/v1/sessions", list_sessions_by_user,
     ABOUT_OWN(.summary = "My sessions", .answer = "SessionList")},
    {HTTP_DELETE, "/api/v1/sessions", end_others_by_user,
     ABOUT_OWN(.summary = "End all my other sessions", .answer = "Ended")},
    {HTTP_DELETE, "/api/v1/sessions/{session}", end_session_by_user,
     ABOUT_OWN(.summary = "End one of my sessions", .answer = "Ended")},
    {HTTP_POST, "/api/v1/session/factor", begin_factor_by_user,
     ABOUT_OWN(.summary = "Begin a second factor: its secret, shown this once", .body = "Nothing",
               .answer = "FactorSecret")},
    {HTTP_PUT, "/api/v1/session/factor", confirm_factor_by_user,
     ABOUT_OWN(.summary = "Confirm the second factor by a code of it", FIELDS_OF(code_fields),
               .answer = "RecoveryCodes")},
    {HTTP_POST, "/api/v1/session/factor/removal", drop_factor_by_user,
     ABOUT_OWN(.summary = "Give up the second factor", FIELDS_OF(code_fields),
               .answer = "Nothing")},
    {HTTP_POST, "/api/v1/session/password", change_password_by_user,
     ABOUT_OWN(.summary = "Change my password; other sessions end", FIELDS_OF(password_fields),
               .answer = "Nothing")},
    {HTTP_POST, "/api/v1/password", choose_password,
     ABOUT(.tag = "session", .summary = "Choose a password with a link", FIELDS_OF(link_fields))},
};
const size_t n_api_own_routes = sizeof(api_own_routes) / sizeof(api_own_routes[0]);
