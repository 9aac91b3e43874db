/* Looks for faults in what the database holds: boundaries that overlap or leave gaps, agencies that
 * have expired, jurisdictions nobody answers for, categories that only the fallback takes. */
#ifndef CITY_CITY_CHECK_H
#define CITY_CITY_CHECK_H

#include <stddef.h>

#include "server/base/err.h"
#include "server/db/db_sync.h"

struct city_check_result {
    size_t faults; /* complaints would go wrong */
    size_t notes;  /* worth a look */
};

/* Prints each finding as a line on standard output. */
enum status city_check_run(struct db_sync *db, struct city_check_result *out,
                           struct err *e) MUST_CHECK;

#endif
