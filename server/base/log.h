/* Structured logs: one line per event on standard error, key=value, machine- and people-readable.
 *
 * 2026-01-05T08:00:00.123+07:00 info http.request id=7f3a method=POST path="/api/v1/complaints" ...
 *
 * Thread-safe: each line is one write(2). Text that came from outside goes through log_quote so
 * that it cannot forge lines. Personal data is never logged. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

void log_set_level(enum log_level level);
bool log_wanted(enum log_level level); /* is a line of that level written? */
/* `event` is dotted and constant ("db.reconnect"); the format makes the key=value pairs. */
void log_write(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

/* Quotes and escapes into `out` (cut with an ellipsis when it does not fit); returns out. */
const char *log_quote(const char *text, size_t n, char *out, size_t out_size);

#endif
