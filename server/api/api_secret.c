#include "server/api/api_secret.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/api/api_auth.h"
#include "server/city/city_accounts.h"

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
