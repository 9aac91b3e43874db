/* What the service does for the record by itself, on a thread of its own: seals the days that have
 * ended, and erases personal data that is over its time. Several services may do so at once: the
 * database lets one of them. */
#ifndef RECORD_RECORD_JOBS_H
#define RECORD_RECORD_JOBS_H

#include "server/base/err.h"

struct record_jobs;

/* `database` must live until record_jobs_stop. */
enum status record_jobs_start(const char *database, struct record_jobs **out,
                              struct err *e) MUST_CHECK;
void record_jobs_stop(struct record_jobs *jobs); /* NULL is fine */

#endif
