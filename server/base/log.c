#include "server/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

#include "server/base/clock.h"

/* A pipe takes this much in one piece (PIPE_BUF), so lines of several threads never mix. */
#define LINE_MAX_BYTES 4096
#define ELLIPSIS       "\xE2\x80\xA6"
#define ELLIPSIS_BYTES 3
/* 2026-01-05T08:00:00: where the milliseconds go in. */
#define SECONDS_END 19

static _Atomic int least_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&least_level, (int)level, memory_order_relaxed);
}

bool log_wanted(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_DEBUG:
        return "debug";
    case LOG_LEVEL_INFO:
        return "info";
    case LOG_LEVEL_WARN:
        return "warn";
    case LOG_LEVEL_ERROR:
        return "error";
    }
    return "unknown";
}

/* "2026-01-05T08:00:00.123+07:00 info http.request "; returns its length. */
static size_t write_head(char *line, size_t size, enum log_level level, const char *event)
{
    char when[CLOCK_TEXT_MAX];
    int64_t now = clock_now_us();
    clock_format(now, when);
    int n = snprintf(line, size, "%.*s.%03d%s %s %s ", SECONDS_END, when, (int)(now / 1000 % 1000),
                     when + SECONDS_END, level_name(level), event);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* Ends the line at `n`, or with an ellipsis if more than `room` bytes were wanted. A control
 * character that came in unquoted must not end it earlier. */
static size_t finish_line(char *line, size_t from, size_t n, size_t room)
{
    if (n > room) {
        n = room - ELLIPSIS_BYTES;
        while (n > from && ((unsigned char)line[n] & 0xC0U) == 0x80U) {
            n--;
        }
        memcpy(line + n, ELLIPSIS, ELLIPSIS_BYTES);
        n += ELLIPSIS_BYTES;
    }
    for (size_t i = from; i < n; i++) {
        unsigned char c = (unsigned char)line[i];
        line[i] = c < ' ' || c == 0x7F ? '?' : line[i];
    }
    while (n > 0 && line[n - 1] == ' ') {
        n--;
    }
    line[n] = '\n';
    return n + 1;
}

void log_write(enum log_level level, const char *event, const char *format, ...)
{
    if (!log_wanted(level)) {
        return;
    }
    int saved_errno = errno;
    char line[LINE_MAX_BYTES];
    size_t head = write_head(line, sizeof line / 2, level, event);
    va_list args;
    va_start(args, format);
    int body = vsnprintf(line + head, sizeof line - head, format, args);
    va_end(args);
    size_t wanted = head + (body < 0 ? 0 : (size_t)body);
    size_t n = finish_line(line, head, wanted, sizeof line - 1);
    ssize_t done;
    do {
        done = write(STDERR_FILENO, line, n);
    } while (done < 0 && errno == EINTR);
    errno = saved_errno;
}

/* --- quoting ---------------------------------------------------------------------------------- */

/* Marks that end a line or turn the reading direction for some viewers. */
static bool is_deceptive(utf8proc_int32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F || code == 0xFEFF;
}

/* Writes how the next piece of text looks when quoted (at most 16 bytes) and says how much of the
 * text it stands for; *n gets its length. */
static size_t quote_piece(const char *text, size_t left, char out[16], size_t *n)
{
    static const char hex[] = "0123456789abcdef";
    static const char named[] = "\"\\\n\r\t";
    static const char letters[] = "\"\\nrt";
    const char *name = text[0] != '\0' ? strchr(named, text[0]) : NULL;
    if (name) {
        out[0] = '\\';
        out[1] = letters[name - named];
        *n = 2;
        return 1;
    }
    utf8proc_int32_t code = 0;
    utf8proc_ssize_t length =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)left, &code);
    size_t bytes = length > 0 ? (size_t)length : 1;
    if (length > 0 && !is_deceptive(code)) {
        memcpy(out, text, bytes);
        *n = bytes;
        return bytes;
    }
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        out[4 * i] = '\\';
        out[4 * i + 1] = 'x';
        out[4 * i + 2] = hex[c >> 4U];
        out[4 * i + 3] = hex[c & 15U];
    }
    *n = 4 * bytes;
    return bytes;
}

const char *log_quote(const char *text, size_t n, char *out, size_t out_size)
{
    const size_t tail = ELLIPSIS_BYTES + 2; /* the ellipsis, the closing quote, NUL */
    if (out_size < tail + 1) {
        if (out_size > 0) {
            out[0] = '\0';
        }
        return out;
    }
    size_t at = 0;
    size_t cut_at = 1; /* where an ellipsis would still fit */
    out[at++] = '"';
    for (size_t i = 0; i < n;) {
        char piece[16];
        size_t length = 0;
        size_t taken = quote_piece(text + i, n - i, piece, &length);
        if (at + length + 2 > out_size) {
            memcpy(out + cut_at, ELLIPSIS, ELLIPSIS_BYTES);
            at = cut_at + ELLIPSIS_BYTES;
            break;
        }
        memcpy(out + at, piece, length);
        at += length;
        cut_at = at + tail <= out_size ? at : cut_at;
        i += taken;
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}
