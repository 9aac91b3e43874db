#include "server/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that was cut inside a UTF-8 sequence loses the broken piece. */
static size_t whole_prefix(const char *text, size_t n)
{
    size_t lead = n;
    while (lead > 0 && ((unsigned char)text[lead - 1] & 0xC0U) == 0x80U) {
        lead--;
    }
    if (lead == 0 || (unsigned char)text[lead - 1] < 0xC0U) {
        return n;
    }
    unsigned char first = (unsigned char)text[lead - 1];
    size_t need = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
    return n - (lead - 1) < need ? lead - 1 : n;
}

/* Texts of libraries (libpq above all) come with line feeds, but ours is one line. */
static void store_line(struct err *e, const char *text)
{
    size_t n = strnlen(text, sizeof e->text - 1);
    if (text[n] != '\0' || n == sizeof e->text - 1) {
        n = whole_prefix(text, n);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        e->text[i] = c < ' ' || c == 0x7F ? ' ' : text[i];
    }
    while (n > 0 && e->text[n - 1] == ' ') {
        n--;
    }
    e->text[n] = '\0';
}

void err_fill(struct err *e, enum status status, const char *format, ...)
{
    if (!e) {
        return;
    }
    char text[sizeof e->text]; /* not into e->text: it may be among the arguments */
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    e->status = status;
    store_line(e, text);
}

enum status err_wrap(struct err *e, const char *format, ...)
{
    if (!e) {
        return STATUS_INTERNAL;
    }
    char text[2 * sizeof e->text + 2];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof e->text, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof e->text ? (size_t)n : sizeof e->text - 1;
    (void)snprintf(text + used, sizeof text - used, ": %s", e->text);
    store_line(e, text);
    return e->status;
}

const char *status_name(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return "ok";
    case STATUS_INVALID:
        return "invalid";
    case STATUS_NOT_FOUND:
        return "not_found";
    case STATUS_CONFLICT:
        return "conflict";
    case STATUS_BUSY:
        return "busy";
    case STATUS_TIMEOUT:
        return "timeout";
    case STATUS_UNAVAILABLE:
        return "unavailable";
    case STATUS_NO_MEMORY:
        return "no_memory";
    case STATUS_IO:
        return "io";
    case STATUS_INTERNAL:
        return "internal";
    }
    return "unknown";
}
