/* /api/v1/session/provider: logging in with an OpenID Connect provider. The browser goes to start,
 * is sent to the provider, comes back with a code, and has a session or is told that it is refused.
 */
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_row.h"
#include "server/api/api_secret.h"
#include "server/base/log.h"
#include "server/oidc/oidc.h"
#include "server/store/store_access.h"

/* Binds the way back to the browser that went; Lax, since the way back comes from another site. */
#define COOKIE      "hotline_provider"
#define COOKIE_PATH "/api/v1/session/provider"

/* A log-in under way, in the request's arena. */
struct visit {
    struct http_request *r;
    struct json_object *about; /* owned: the provider's strings */
    struct oidc_provider provider;
    struct oidc_attempt attempt;
    const char *code;
    char address[OIDC_ADDRESS_MAX];
    struct oidc_person person;
    struct session_secrets secrets;
    enum status status;
    struct err e;
};

static void finish(struct visit *v)
{
    sodium_memzero(&v->attempt, sizeof(v->attempt));
    sodium_memzero(&v->secrets, sizeof(v->secrets));
    json_object_put(v->about);
    http_release(v->r);
}

static void redirect(struct http_request *r, const char *address)
{
    http_set_header(r, "Location", address);
    http_send(r, &(struct http_reply){.status = 302, .body = {"", 0}});
}

static void set_cookie(struct http_request *r, const char *value, int seconds)
{
    const char *proto = http_header(r, "X-Forwarded-Proto");
    http_set_header(
        r, "Set-Cookie",
        arena_printf(
            http_arena(r), COOKIE "=%s; Path=" COOKIE_PATH "; HttpOnly; SameSite=Lax; Max-Age=%d%s",
            value, seconds, proto != NULL && strcmp(proto, "https") == 0 ? "; Secure" : ""));
}

/* To the page, which says so. Why, only the log tells. */
static void refuse(struct visit *v, const char *why)
{
    log_info("provider.refused", "why=\"%.*s\"", (int)strcspn(why, "\"\n"), why);
    redirect(v->r, "/?login=refused");
    finish(v);
}

static void submit(struct visit *v, struct db_job *job)
{
    struct err e;
    job->arg = v;
    enum status status = db_pool_submit(api_worker(v->r)->reads, job, &e);
    if (status != STATUS_OK) {
        http_problem_status(v->r, status);
        finish(v);
    }
}

static void compute(struct visit *v, void (*work)(void *), void (*done)(void *))
{
    struct worker *w = api_worker(v->r);
    struct compute_job job = {work, done, v, w->mailbox};
    struct err e;
    if (compute_submit(w->app->compute, &job, &e) != STATUS_OK) {
        http_problem(v->r, 503, NULL);
        finish(v);
    }
}

static const char *text_in(struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));
    return text == NULL ? "" : text;
}

static void take_provider(struct visit *v, const char *json)
{
    v->about = json_tokener_parse(json);
    v->provider = (struct oidc_provider){.issuer = text_in(v->about, "issuer"),
                                         .client_id = text_in(v->about, "client_id"),
                                         .client_secret = text_in(v->about, "client_secret"),
                                         .redirect = text_in(v->about, "redirect")};
}

static struct visit *begin(struct http_request *r)
{
    struct visit *v = arena_calloc(http_arena(r), 1, sizeof(*v));
    if (v == NULL) {
        http_problem(r, 503, NULL);
        return NULL;
    }
    v->r = r;
    http_hold(r);
    return v;
}

/* --- there ------------------------------------------------------------------------------------ */

static void on_kept(void *arg, enum status status, const struct db_rows *result,
                    const struct err *e)
{
    struct visit *v = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(v->r, status);
    } else if (!db_rows_bool(result, 0, 0)) {
        http_problem_status(v->r, STATUS_BUSY);
    } else {
        set_cookie(v->r, v->attempt.state, 600);
        redirect(v->r, v->address);
    }
    finish(v);
}

static void ask_where(void *arg)
{
    struct visit *v = arg;
    v->status = oidc_begin(&v->provider, &v->attempt, v->address, &v->e);
}

static void on_where(void *arg)
{
    struct visit *v = arg;
    char hash[65];
    if (v->status != STATUS_OK) {
        refuse(v, v->e.text);
        return;
    }
    auth_hash(v->attempt.state, hash);
    submit(v, &(struct db_job){.sql = STORE_PROVIDER_BEGIN,
                               .n_params = 3,
                               .params = {hash, v->attempt.nonce, v->attempt.verifier},
                               .done = on_kept});
}

static void on_provider(void *arg, enum status status, const struct db_rows *result,
                        const struct err *e)
{
    struct visit *v = arg;
    (void)e;
    if (status != STATUS_OK || db_rows_count(result) == 0) {
        http_problem_status(v->r, status == STATUS_OK ? STATUS_NOT_FOUND : status);
        finish(v);
        return;
    }
    struct secret_token drawn;
    char *const to[] = {v->attempt.state, v->attempt.nonce, v->attempt.verifier};
    for (int i = 0; i < 3; i++) {
        secret_token(&drawn);
        memcpy(to[i], drawn.token, sizeof(drawn.token));
    }
    take_provider(v, db_rows_text(result, 0, 0));
    compute(v, ask_where, on_where);
}

static void get_start(struct http_request *r)
{
    struct visit *v = begin(r);
    if (v != NULL) {
        submit(v, &(struct db_job){.sql = STORE_PROVIDER, .done = on_provider});
    }
}

/* --- and back --------------------------------------------------------------------------------- */

static void on_session(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e)
{
    struct visit *v = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(v->r, status);
        finish(v);
        return;
    }
    struct json_object *made = json_tokener_parse(db_rows_text(result, 0, 0));
    if (strcmp(text_in(made, "outcome"), "done") == 0) {
        api_session_cookie(v->r, v->secrets.token,
                           json_object_get_int(json_object_object_get(made, "hours")));
        redirect(v->r, "/?login=done");
        finish(v);
    } else {
        refuse(v, "no account here is this person's");
    }
    json_object_put(made);
}

static void ask_who(void *arg)
{
    struct visit *v = arg;
    v->status = oidc_finish(&v->provider, &v->attempt, v->code, &v->person, &v->e);
}

static void on_who(void *arg)
{
    struct visit *v = arg;
    struct strbuf given;
    if (v->status != STATUS_OK) {
        refuse(v, v->e.text);
        return;
    }
    secret_session(&v->secrets);
    strbuf_init(&given, 8192);
    api_session_given(v->r, &v->secrets, &given);
    strbuf_append_char(&given, '}');
    if (given.failed) {
        http_problem(v->r, 503, NULL);
        finish(v);
    } else {
        submit(v, &(struct db_job){.sql = STORE_PROVIDER_LOGIN,
                                   .n_params = 3,
                                   .params = {v->person.subject, v->person.email, given.p},
                                   .done = on_session});
    }
    strbuf_free(&given);
}

static void on_taken(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct visit *v = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(v->r, status);
        finish(v);
    } else if (db_rows_count(result) == 0 || db_rows_null(result, 0, 2)) {
        refuse(v, "no such log-in is under way");
    } else {
        snprintf(v->attempt.nonce, sizeof(v->attempt.nonce), "%s", db_rows_text(result, 0, 0));
        snprintf(v->attempt.verifier, sizeof(v->attempt.verifier), "%s",
                 db_rows_text(result, 0, 1));
        take_provider(v, db_rows_text(result, 0, 2));
        compute(v, ask_who, on_who);
    }
}

static void get_back(struct http_request *r)
{
    const char *state = http_query(r, "state");
    const char *cookie = http_cookie(r, COOKIE);
    char hash[65];
    struct visit *v = begin(r);
    if (v == NULL) {
        return;
    }
    v->code = http_query(r, "code");
    if (v->code == NULL || state == NULL || cookie == NULL || strlen(state) != strlen(cookie) ||
        sodium_memcmp(state, cookie, strlen(state)) != 0) {
        refuse(v, "not the browser that went, or the provider refused");
        return;
    }
    auth_hash(state, hash);
    submit(v, &(struct db_job){
                  .sql = STORE_PROVIDER_TAKE, .n_params = 1, .params = {hash}, .done = on_taken});
}

static void get_name(struct http_request *r)
{
    api_row_send(r, &(struct db_job){.sql = STORE_PROVIDER_NAME});
}

const struct http_route api_provider_routes[] = {
    {HTTP_GET, COOKIE_PATH, get_name,
     ABOUT(.tag = "session", .summary = "What the log-in provider is called, if there is one",
           .answer = "Provider")},
    {HTTP_GET, COOKIE_PATH "/start", get_start,
     ABOUT(.tag = "session", .summary = "Go to the log-in provider", .status = 302)},
    {HTTP_GET, COOKIE_PATH "/back", get_back,
     ABOUT(.tag = "session", .summary = "Come back from the log-in provider",
           .query = "code state error", .status = 302)},
};
const size_t n_api_provider_routes = sizeof(api_provider_routes) / sizeof(api_provider_routes[0]);
