#include "server/base/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"
#include "server/base/clock.h"

#define FIXED_MAX 9e15 /* below it a double tells every whole number apart */

static void append_escaped(struct strbuf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    switch (c) {
    case '"':
        strbuf_append(out, "\\\"", 2);
        break;
    case '\\':
        strbuf_append(out, "\\\\", 2);
        break;
    case '\n':
        strbuf_append(out, "\\n", 2);
        break;
    case '\r':
        strbuf_append(out, "\\r", 2);
        break;
    case '\t':
        strbuf_append(out, "\\t", 2);
        break;
    default: {
        char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        strbuf_append(out, text, sizeof(text));
        break;
    }
    }
}

void json_text_string_n(struct strbuf *out, struct str text)
{
    size_t from = 0;
    strbuf_append_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        strbuf_append(out, text.p + from, i - from);
        append_escaped(out, c);
        from = i + 1;
    }
    strbuf_append(out, text.p + from, text.n - from);
    strbuf_append_char(out, '"');
}

void json_text_string(struct strbuf *out, const char *text)
{
    if (text == NULL) {
        strbuf_append(out, "null", 4);
    } else {
        json_text_string_n(out, str_of(text));
    }
}

void json_text_number(struct strbuf *out, double value)
{
    if (!isfinite(value)) {
        strbuf_append(out, "null", 4);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        int n = snprintf(text, sizeof(text), "%.*g", digits, value);
        if (digits == 17 || strtod(text, NULL) == value) { // NOLINT: the same bits are wanted
            strbuf_append(out, text, (size_t)n);
            return;
        }
    }
}

void json_text_int(struct strbuf *out, int64_t value)
{
    char text[24];
    char *end = text + sizeof(text);
    char *at = end;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0) {
        *--at = '-';
    }
    strbuf_append(out, at, (size_t)(end - at));
}

void json_text_fixed(struct strbuf *out, double value, int decimals)
{
    static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    BUG_IF(decimals < 0 || (size_t)decimals >= sizeof(powers) / sizeof(powers[0]));
    double scaled = fabs(value) * (double)powers[decimals];
    if (!(scaled < FIXED_MAX)) {
        json_text_number(out, value); /* has no digits to spare behind the point */
        return;
    }
    int64_t whole = llround(scaled);
    int64_t rest = whole % powers[decimals];
    if (value < 0 && whole > 0) {
        strbuf_append_char(out, '-');
    }
    json_text_int(out, whole / powers[decimals]);
    if (decimals > 0) {
        strbuf_append_char(out, '.');
    }
    for (int i = decimals; i > 0; i--) {
        strbuf_append_char(out, (char)('0' + rest / powers[i - 1] % 10));
    }
}

void json_text_key_n(struct strbuf *out, const char *key, size_t n)
{
    if (out->n > 0 && out->p[out->n - 1] != '{' && out->p[out->n - 1] != '[') {
        strbuf_append_char(out, ',');
    }
    strbuf_append_char(out, '"');
    strbuf_append(out, key, n);
    strbuf_append(out, "\":", 2);
}

void json_text_field_number(struct strbuf *out, const char *key, double value)
{
    json_text_key(out, key);
    json_text_number(out, value);
}

void json_text_field_int(struct strbuf *out, const char *key, int64_t value)
{
    json_text_key(out, key);
    json_text_int(out, value);
}

void json_text_field_bool(struct strbuf *out, const char *key, bool value)
{
    json_text_key(out, key);
    strbuf_append_z(out, value ? "true" : "false");
}

void json_text_field_time(struct strbuf *out, const char *key, int64_t us)
{
    char text[CLOCK_TEXT_MAX];
    json_text_field(out, key, us == INT64_MIN ? NULL : clock_format(us, text));
}
