#include "server/api/api_secret.h"

#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/api/api_change.h"
#include "server/city/city_accounts.h"
#include "server/store/store_access.h"

static void random_hex(char *out, size_t bytes)
{
    unsigned char raw[32];
    randombytes_buf(raw, bytes);
    sodium_bin2hex(out, 2 * bytes + 1, raw, bytes);
    sodium_memzero(raw, sizeof(raw));
}

void secret_token(struct secret_token *out)
{
    random_hex(out->token, 32);
    auth_hash(out->token, out->hash);
}

void secret_session(struct session_secrets *out)
{
    random_hex(out->token, 32);
    random_hex(out->csrf, 16);
    auth_hash(out->token, out->hash);
}

/* 26 ms of work with libsodium's interactive limits: never on the event loop. */
static void work(void *arg)
{
    struct secret_check *c = arg;
    struct err e;
    c->good = c->any || crypto_pwhash_str_verify(c->hash, c->password, strlen(c->password)) == 0;
    if (c->good && c->new_password != NULL) {
        c->too_short = city_password_hash(c->new_password, c->hash, &e) != STATUS_OK;
    }
}

static void on_worked(void *arg)
{
    struct secret_check *c = arg;
    c->done(c->arg, c->good);
}

static bool start(struct http_request *r, struct secret_check *c)
{
    struct worker *w = api_worker(r);
    struct compute_job job = {work, on_worked, c, w->mailbox};
    struct err e;
    return compute_submit(w->app->compute, &job, &e) == STATUS_OK;
}

bool secret_verify(struct http_request *r, struct secret_check *c, const char *hash,
                   const char *password)
{
    static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    snprintf(c->hash, sizeof(c->hash), "%s", hash == NULL ? nobody : hash);
    c->password = password;
    c->any = false;
    return start(r, c);
}

bool secret_make(struct http_request *r, struct secret_check *c)
{
    c->any = true;
    return start(r, c);
}

/* --- actions with secrets --------------------------------------------------------------------- */

struct performing {
    struct http_request *r;
    struct secret_answer answer;
    char *args; /* from the arena */
};

static void send_answer(struct performing *p, struct json_object *answer)
{
    struct strbuf out;
    if (p->answer.name != NULL) {
        json_object_object_add(answer, p->answer.name, json_object_new_string(p->answer.value));
    }
    strbuf_init(&out, (size_t)1 << 20);
    strbuf_append_z(&out, json_object_to_json_string_ext(
                              answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    http_send_json(p->r, p->answer.status, &out);
}

static void on_performed(void *arg, enum status status, const struct db_rows *result,
                         const struct err *e)
{
    struct performing *p = arg;
    (void)e;
    struct json_object *outcome =
        status == STATUS_OK ? json_tokener_parse(db_rows_text(result, 0, 0)) : NULL;
    struct json_object *answer = json_object_object_get(outcome, "answer");
    sodium_memzero(p->args, strlen(p->args));
    if (status != STATUS_OK) {
        http_problem_status(p->r, status);
    } else if (answer != NULL) {
        send_answer(p, answer);
    } else {
        change_refuse(p->r, outcome);
    }
    json_object_put(outcome);
    http_release(p->r);
}

void secret_perform(struct http_request *r, const char *action, struct json_object *args,
                    const struct secret_answer *answer)
{
    struct performing *p = arena_calloc(http_arena(r), 1, sizeof(*p));
    struct err e;
    if (!change_key_good(r)) {
        json_object_put(args);
        return;
    }
    if (p != NULL) {
        *p = (struct performing){.r = r, .answer = *answer};
        p->args = arena_strdup(http_arena(r),
                               json_object_to_json_string_ext(args, JSON_C_TO_STRING_PLAIN));
    }
    json_object_put(args);
    if (p == NULL || p->args == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    struct db_job job = {
        .sql = STORE_PERFORM_SECRET,
        .n_params = 4,
        .params = {auth_actor(r), action, p->args, http_header(r, "Idempotency-Key")},
        .done = on_performed,
        .arg = p};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}
