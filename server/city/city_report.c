#include "server/city/city_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"

#define PROGRESS_EVERY_NS UINT64_C(200000000)

void city_report_begin(struct city_report *r, const char *path, const char *what)
{
    const char *slash = strrchr(path, '/');
    *r = (struct city_report){
        .file = strcmp(path, "-") == 0 ? "standard input"
                : slash                ? slash + 1
                                       : path,
        .what = what,
        .terminal = isatty(STDERR_FILENO) == 1,
        .started_ns = clock_mono_ns(),
    };
}

static void close_line(struct city_report *r)
{
    if (r->line_open) {
        fputs("\r\033[K", stderr);
        r->line_open = false;
    }
}

void city_report_refuse(struct city_report *r, size_t line, const char *format, ...)
{
    va_list arguments;
    close_line(r);
    r->refused++;
    if (line > 0) {
        fprintf(stderr, "%s:%zu: refused: ", r->file, line);
    } else {
        fprintf(stderr, "%s: refused: ", r->file);
    }
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void city_report_note(struct city_report *r, const char *format, ...)
{
    va_list arguments;
    close_line(r);
    fprintf(stderr, "%s: ", r->file);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void city_report_progress(struct city_report *r, double share)
{
    if (!r->terminal) {
        return;
    }
    uint64_t now = clock_mono_ns();
    if (now - r->shown_ns < PROGRESS_EVERY_NS) {
        return;
    }
    r->shown_ns = now;
    r->line_open = true;
    if (share > 0) {
        fprintf(stderr, "\r\033[K%s: %zu %s, %.0f %%", r->file, r->in, r->what, share * 100);
    } else {
        fprintf(stderr, "\r\033[K%s: %zu %s", r->file, r->in, r->what);
    }
    (void)fflush(stderr);
}

void city_report_end(struct city_report *r)
{
    close_line(r);
    if (r->in == 0) {
        return; /* it could not be opened, which is told elsewhere, or it is empty */
    }
    fprintf(stderr, "%s: %zu %s: %zu loaded", r->file, r->in, r->what, r->loaded);
    if (r->repeated > 0) {
        fprintf(stderr, ", %zu there before", r->repeated);
    }
    if (r->skipped > 0) {
        fprintf(stderr, ", %zu skipped (%s)", r->skipped,
                r->skipped_because ? r->skipped_because : "not wanted");
    }
    double seconds = (double)(clock_mono_ns() - r->started_ns) / 1e9;
    fprintf(stderr, ", %zu refused (%.1f s)\n", r->refused, seconds);
}

enum status city_report_verdict(struct city_report *r, bool keep_good, struct err *e)
{
    if (r->refused == 0 || keep_good) {
        return STATUS_OK;
    }
    r->loaded = 0;
    return err_set(e, STATUS_INVALID,
                   "%s: %zu of %zu %s refused, so nothing of it was loaded (--keep-good loads the "
                   "rest)",
                   r->file, r->refused, r->in, r->what);
}
