#include "server/oidc/oidc.h"

#include <curl/curl.h>
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/str.h"
#include "server/oidc/oidc_token.h"

#define ANSWER_MAX ((size_t)1 << 20)

/* --- asking ----------------------------------------------------------------------------------- */

static size_t take(char *bytes, size_t size, size_t n, void *arg)
{
    struct strbuf *out = arg;
    strbuf_append(out, bytes, size * n);
    return out->failed ? 0 : size * n;
}

static bool on_this_machine(const char *url)
{
    return strncmp(url, "http://127.0.0.1", 16) == 0 || strncmp(url, "http://localhost", 16) == 0;
}

/* One question, answered with a JSON object. `form` NULL: a GET. */
static enum status ask(const struct oidc_provider *p, const char *url, const char *form,
                       struct json_object **out, struct err *e)
{
    struct strbuf answer;
    long code = 0;
    CURL *c = curl_easy_init();
    if (c == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory to ask the provider");
    }
    strbuf_init(&answer, ANSWER_MAX);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, on_this_machine(p->issuer) ? "http,https" : "https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)OIDC_TIMEOUT_MS);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "hotline-1022");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer);
    if (on_this_machine(p->issuer)) {
        curl_easy_setopt(c, CURLOPT_PROXY, "");
    }
    if (form != NULL) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, form);
    }
    CURLcode result = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_cleanup(c);
    struct json_object *object =
        result == CURLE_OK && code == 200 ? json_tokener_parse(answer.p) : NULL;
    strbuf_free(&answer);
    if (!json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        return err_set(e, result == CURLE_OK ? STATUS_INVALID : STATUS_UNAVAILABLE,
                       "the provider answers %ld (%s)", code, curl_easy_strerror(result));
    }
    *out = object;
    return STATUS_OK;
}

static const char *text_in(struct json_object *object, const char *name)
{
    struct json_object *value = json_object_object_get(object, name);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

/* What the provider says of itself; it must be the issuer that we were told. */
static enum status discover(const struct oidc_provider *p, struct json_object **out, struct err *e)
{
    char url[OIDC_ADDRESS_MAX];
    size_t n = strlen(p->issuer);
    int written = snprintf(url, sizeof(url), "%s%s.well-known/openid-configuration", p->issuer,
                           n > 0 && p->issuer[n - 1] == '/' ? "" : "/");
    if (written < 0 || (size_t)written >= sizeof(url)) {
        return err_set(e, STATUS_INVALID, "the issuer's address is too long");
    }
    enum status status = ask(p, url, NULL, out, e);
    if (status != STATUS_OK) {
        return status;
    }
    const char *issuer = text_in(*out, "issuer");
    if (issuer == NULL || strcmp(issuer, p->issuer) != 0 ||
        text_in(*out, "authorization_endpoint") == NULL ||
        text_in(*out, "token_endpoint") == NULL || text_in(*out, "jwks_uri") == NULL) {
        json_object_put(*out);
        return err_set(e, STATUS_INVALID, "the provider is not the issuer %s", p->issuer);
    }
    return STATUS_OK;
}

/* --- pieces of addresses and forms ------------------------------------------------------------ */

static void add(struct strbuf *out, const char *name, const char *value)
{
    char *escaped = curl_easy_escape(NULL, value, 0);
    if (escaped == NULL) {
        out->failed = true;
        return;
    }
    if (out->n > 0 && out->p[out->n - 1] != '?') {
        strbuf_append_char(out, '&');
    }
    strbuf_append_z(out, name);
    strbuf_append_char(out, '=');
    strbuf_append_z(out, escaped);
    curl_free(escaped);
}

/* PKCE: the verifier's SHA-256 goes ahead, the verifier itself follows with the code. */
static void challenge_of(const char *verifier, char out[64])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
    sodium_bin2base64(out, 64, hash, sizeof(hash), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

enum status oidc_begin(const struct oidc_provider *p, const struct oidc_attempt *a,
                       char out[OIDC_ADDRESS_MAX], struct err *e)
{
    struct json_object *about = NULL;
    struct strbuf url;
    char challenge[64];
    enum status status = discover(p, &about, e);
    if (status != STATUS_OK) {
        return status;
    }
    challenge_of(a->verifier, challenge);
    const char *endpoint = text_in(about, "authorization_endpoint");
    strbuf_init(&url, OIDC_ADDRESS_MAX - 1);
    strbuf_append_z(&url, endpoint);
    if (strchr(endpoint, '?') == NULL) {
        strbuf_append_char(&url, '?');
    }
    add(&url, "response_type", "code");
    add(&url, "client_id", p->client_id);
    add(&url, "redirect_uri", p->redirect);
    add(&url, "scope", "openid email");
    add(&url, "state", a->state);
    add(&url, "nonce", a->nonce);
    add(&url, "code_challenge", challenge);
    add(&url, "code_challenge_method", "S256");
    if (url.failed) {
        status = err_set(e, STATUS_INVALID, "the provider's address is too long");
    } else {
        memcpy(out, url.p, url.n + 1);
    }
    strbuf_free(&url);
    json_object_put(about);
    return status;
}

static enum status exchange(const struct oidc_provider *p, const struct oidc_attempt *a,
                            const char *endpoint, const char *code, struct json_object **out,
                            struct err *e)
{
    struct strbuf form;
    strbuf_init(&form, (size_t)1 << 14);
    add(&form, "grant_type", "authorization_code");
    add(&form, "code", code);
    add(&form, "redirect_uri", p->redirect);
    add(&form, "client_id", p->client_id);
    add(&form, "client_secret", p->client_secret);
    add(&form, "code_verifier", a->verifier);
    enum status status = form.failed ? err_set(e, STATUS_INVALID, "the code is too long")
                                     : ask(p, endpoint, form.p, out, e);
    strbuf_free(&form);
    return status;
}

enum status oidc_finish(const struct oidc_provider *p, const struct oidc_attempt *a,
                        const char *code, struct oidc_person *out, struct err *e)
{
    struct json_object *about = NULL;
    struct json_object *tokens = NULL;
    struct json_object *jwks = NULL;
    enum status status = discover(p, &about, e);
    if (status == STATUS_OK) {
        status = exchange(p, a, text_in(about, "token_endpoint"), code, &tokens, e);
    }
    if (status == STATUS_OK) {
        status = ask(p, text_in(about, "jwks_uri"), NULL, &jwks, e);
    }
    if (status == STATUS_OK) {
        const char *token = text_in(tokens, "id_token");
        const struct oidc_expected expected = {p->issuer, p->client_id, a->nonce,
                                               clock_now_us() / 1000000};
        status = token == NULL ? err_set(e, STATUS_INVALID, "the provider gives no token")
                               : oidc_token_read(token, jwks, &expected, out, e);
    }
    json_object_put(jwks);
    json_object_put(tokens);
    json_object_put(about);
    return status;
}
