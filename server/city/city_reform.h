/* Agencies that change on a day: hotline.agency_change (sql/0016_reforms.sql). */
#ifndef CITY_CITY_REFORM_H
#define CITY_CITY_REFORM_H

#include "server/base/err.h"
#include "server/db/db_sync.h"

/* What is left to do. */
struct city_reform_left {
    size_t open_complaints, accounts; /* of the agencies that end */
    char rules[2000];                 /* codes of rules that name them, "a, b"; cut if too many */
};

/* `args` is the change as a JSON object. In one transaction; STATUS_INVALID says what it would
 * break. */
enum status city_reform_run(struct db_sync *db, const char *args, const char *actor,
                            struct city_reform_left *out, struct err *e) MUST_CHECK;

#endif
