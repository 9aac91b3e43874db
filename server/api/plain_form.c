#include "server/api/plain_form.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/base/clock.h"
#include "server/base/utf8.h"

#define SEAL_AGE_US    INT64_C(43200000000) /* 12 hours */
#define SEAL_MAC_BYTES 16
#define FORM_TYPE      "application/x-www-form-urlencoded"

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In the arena, with \r\n as \n; NULL for what is no text. `coded`: as in an address. */
static const char *decode(struct http_request *r, struct str raw, bool coded)
{
    char *out = arena_alloc(http_arena(r), raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < raw.n; i++) {
        char c = coded && raw.p[i] == '+' ? ' ' : raw.p[i];
        if (coded && c == '%') {
            int high = i + 2 < raw.n ? hex_of(raw.p[i + 1]) : -1;
            int low = i + 2 < raw.n ? hex_of(raw.p[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0') {
            return NULL;
        }
        if (c != '\r') {
            out[n++] = c;
        }
    }
    if (out == NULL || !utf8_valid((struct str){out, n})) {
        return NULL;
    }
    struct str trimmed = str_trim((struct str){out, n});
    memmove(out, trimmed.p, trimmed.n);
    out[trimmed.n] = '\0';
    return out;
}

/* Browsers say from where a form was sent. Pages here send no referrer, so their origin is "null".
 */
bool plain_form_from_here(const struct http_request *r)
{
    const char *site = http_header(r, "Sec-Fetch-Site");
    const char *origin = http_header(r, "Origin");
    const char *host = http_header(r, "Host");
    if (site != NULL) {
        return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
    }
    const char *at = origin == NULL ? NULL : strstr(origin, "://");
    return at == NULL || (host != NULL && strcasecmp(at + 3, host) == 0);
}

bool plain_form_read(struct http_request *r, struct plain_form *form)
{
    const char *type = http_header(r, "Content-Type");
    if (type == NULL || strncasecmp(type, FORM_TYPE, sizeof(FORM_TYPE) - 1) != 0) {
        http_problem_field(r, 415, "Content-Type", FAULT_UNKNOWN_VALUE);
        return false;
    }
    if (!plain_form_from_here(r)) {
        http_problem(r, 403, NULL);
        return false;
    }
    if (!plain_form_parse(r, http_body(r), form)) {
        http_problem(r, 400, NULL);
        return false;
    }
    return true;
}

static bool add(struct plain_form *form, const char *name, const char *value)
{
    if (name == NULL || value == NULL || form->n == PLAIN_FIELDS_MAX) {
        return false;
    }
    form->rows[form->n].name = name;
    form->rows[form->n++].value = value;
    return true;
}

bool plain_form_parse(struct http_request *r, struct str body, struct plain_form *form)
{
    form->n = 0;
    while (body.n > 0 && form->n < PLAIN_FIELDS_MAX) {
        struct str value = str_cut(&body, '&');
        struct str name = str_cut(&value, '=');
        if (!add(form, decode(r, name, true), decode(r, value, true))) {
            return false;
        }
    }
    return true;
}

bool plain_form_add(struct http_request *r, struct plain_form *form, struct str name,
                    struct str value)
{
    return add(form, decode(r, name, false), decode(r, value, false));
}

const char *plain_form_get(const struct plain_form *form, const char *name)
{
    for (size_t i = 0; i < form->n; i++) {
        if (strcmp(form->rows[i].name, name) == 0) {
            return form->rows[i].value;
        }
    }
    return "";
}

/* Of the text before it, by the secret that all workers share. */
static void mac_of(const struct snapshot *s, const char *text, char out[2 * SEAL_MAC_BYTES + 1])
{
    static const char purpose[] = "plain form ";
    unsigned char mac[SEAL_MAC_BYTES];
    crypto_generichash_state state;
    crypto_generichash_init(&state, s->tracking_key, sizeof(s->tracking_key), sizeof(mac));
    crypto_generichash_update(&state, (const unsigned char *)purpose, sizeof(purpose) - 1);
    crypto_generichash_update(&state, (const unsigned char *)text, strlen(text));
    crypto_generichash_final(&state, mac, sizeof(mac));
    sodium_bin2hex(out, 2 * SEAL_MAC_BYTES + 1, mac, sizeof(mac));
}

const char *plain_seal_make(struct http_request *r)
{
    const struct snapshot *s = api_worker(r)->snapshot;
    unsigned char raw[16];
    char random[33], mac[2 * SEAL_MAC_BYTES + 1];
    if (s == NULL) {
        return "";
    }
    randombytes_buf(raw, sizeof(raw));
    sodium_bin2hex(random, sizeof(random), raw, sizeof(raw));
    const char *text =
        arena_printf(http_arena(r), "%llx-%s", (unsigned long long)clock_now_us(), random);
    if (text == NULL) {
        return "";
    }
    mac_of(s, text, mac);
    const char *seal = arena_printf(http_arena(r), "%s-%s", text, mac);
    return seal == NULL ? "" : seal;
}

bool plain_seal_good(struct http_request *r, const char *seal)
{
    const struct snapshot *s = api_worker(r)->snapshot;
    const char *last = strrchr(seal, '-');
    char mac[2 * SEAL_MAC_BYTES + 1];
    if (s == NULL || last == NULL || strlen(last + 1) != sizeof(mac) - 1) {
        return false;
    }
    const char *text = arena_strndup(http_arena(r), seal, (size_t)(last - seal));
    if (text == NULL) {
        return false;
    }
    mac_of(s, text, mac);
    int64_t age = clock_now_us() - (int64_t)strtoull(text, NULL, 16);
    return sodium_memcmp(mac, last + 1, sizeof(mac) - 1) == 0 && age >= 0 && age <= SEAL_AGE_US;
}
