#include "server/notify/notify_sms.h"

#include <stdint.h>
#include <string.h>

#include "server/base/json_text.h"
#include "server/base/utf8.h"

#define DIGITS_MIN 8
#define DIGITS_MAX 15

bool notify_sms_number(const char *phone, const char *country, char out[NOTIFY_SMS_NUMBER_MAX])
{
    char digits[32];
    size_t n = 0;
    bool plus = false;
    for (const char *c = phone; *c != '\0'; c++) {
        if (*c >= '0' && *c <= '9') {
            if (n == sizeof(digits) - 1) {
                return false;
            }
            digits[n++] = *c;
        } else if (*c == '+' && n == 0 && !plus) {
            plus = true;
        } else if (strchr(" .-()", *c) == NULL) {
            return false;
        }
    }
    digits[n] = '\0';
    if (n < DIGITS_MIN) {
        return false;
    }
    const char *rest = digits;
    size_t nc = strlen(country);
    const char *prefix = country;
    if (plus) {
        prefix = "";
    } else if (strncmp(digits, "00", 2) == 0) {
        prefix = "";
        rest += 2;
    } else if (digits[0] == '0') {
        rest += 1;
    } else if (n >= nc + 9 && strncmp(digits, country, nc) == 0) {
        prefix = "";
    }
    size_t total = strlen(prefix) + strlen(rest);
    if (strlen(rest) < DIGITS_MIN || total > DIGITS_MAX || rest[0] == '0') {
        return false;
    }
    struct strbuf text;
    strbuf_init(&text, NOTIFY_SMS_NUMBER_MAX);
    strbuf_printf(&text, "+%s%s", prefix, rest);
    memcpy(out, text.p, text.n + 1);
    strbuf_free(&text);
    return true;
}

void notify_sms_cut(struct strbuf *text)
{
    struct str all = {text->p, text->n};
    bool ascii = true;
    for (size_t i = 0; i < all.n; i++) {
        ascii = ascii && (unsigned char)all.p[i] < 0x80;
    }
    size_t most = ascii ? 459 : 201;
    if (utf8_count(all) > most) {
        text->n = utf8_prefix(all, most - 3).n;
        strbuf_append_z(text, "...");
    }
}

static void append_percent(struct strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            strchr("-._~", c) != NULL) {
            strbuf_append_char(out, *text);
        } else {
            strbuf_printf(out, "%%%02X", c);
        }
    }
}

static void append_as(struct strbuf *out, const char *text, enum notify_sms_form form)
{
    struct strbuf json;
    switch (form) {
    case NOTIFY_SMS_URL:
        append_percent(out, text);
        break;
    case NOTIFY_SMS_PLAIN:
        strbuf_append_z(out, text);
        break;
    case NOTIFY_SMS_JSON: /* the template has the quotes */
        strbuf_init(&json, 1 << 16);
        json_text_string(&json, text);
        if (json.n >= 2) {
            strbuf_append(out, json.p + 1, json.n - 2);
        }
        strbuf_free(&json);
        break;
    }
}

void notify_sms_fill(const char *template, const struct notify_sms *sms, enum notify_sms_form form,
                     struct strbuf *out)
{
    const struct {
        const char *name, *value;
    } places[] = {{"{to}", sms->to}, {"{text}", sms->text}, {"{id}", sms->id}};
    while (*template != '\0') {
        size_t i = 0;
        while (i < 3 && strncmp(template, places[i].name, strlen(places[i].name)) != 0) {
            i++;
        }
        if (i < 3) {
            append_as(out, places[i].value, form);
            template += strlen(places[i].name);
        } else {
            strbuf_append_char(out, *template ++);
        }
    }
}
