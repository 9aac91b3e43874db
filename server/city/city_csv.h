/* One way to read an imported CSV file into the database: each record is handed to a reader that
 * stores or refuses it. Faults of the file's form count as refused rows. */
#ifndef CITY_CITY_CSV_H
#define CITY_CITY_CSV_H

#include <stdbool.h>

#include "server/base/arena.h"
#include "server/base/csv.h"
#include "server/city/city_report.h"

/* Reads the current record; what it refuses it tells the report itself. The arena is cleared after
 * each record. A status other than OK ends the reading. */
typedef enum status city_csv_record(void *context, struct csv *csv, struct arena *arena,
                                    struct city_report *report, struct err *e);

/* The whole file, after the header. report->in counts its records. */
enum status city_csv_read(struct csv *csv, city_csv_record *record, void *context,
                          struct city_report *report, struct err *e) MUST_CHECK;

/* STATUS_INVALID naming the first of the `n` columns that the file lacks. */
enum status city_csv_require(const struct csv *csv, const char *file, const char *const *names,
                             size_t n, struct err *e) MUST_CHECK;

#endif
