/* What an import says while it works: progress on a terminal, each refused row with its line and
 * reason, and at the end how many came in and what became of them. All on standard error. */
#ifndef CITY_CITY_REPORT_H
#define CITY_CITY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"

struct city_report {
    const char *file; /* short name, borrowed */
    const char *what; /* "boundaries" */
    size_t in;        /* rows or features read */
    size_t loaded, refused, skipped, repeated;
    const char *skipped_because; /* borrowed; NULL until something was skipped */
    bool terminal;
    bool line_open; /* a progress line stands on the terminal */
    uint64_t started_ns, shown_ns;
};

/* `path` is borrowed; its last part is shown. */
void city_report_begin(struct city_report *r, const char *path, const char *what);
/* Counts one refused row and tells it. `line` 0 leaves the line out. */
void city_report_refuse(struct city_report *r, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Something worth knowing that refuses nothing. */
void city_report_note(struct city_report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* At most five times a second; share is 0..1, or 0 where unknown. */
void city_report_progress(struct city_report *r, double share);
/* "wards.geojson: 168 boundaries: 168 loaded, 0 refused"; nothing where nothing was read. */
void city_report_end(struct city_report *r);
/* STATUS_INVALID if something was refused and the good rows are not to be kept alone; then nothing
 * counts as loaded. */
enum status city_report_verdict(struct city_report *r, bool keep_good, struct err *e) MUST_CHECK;

#endif
