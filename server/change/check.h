/* A rule set looked through for faults: what would send complaints wrong (errors), what somebody
 * should have looked at (warnings), and what is good to know (notes). Each finding names the rule
 * or thing it is about, says what is wrong and how to mend it in both languages, and has its place
 * where it has one. docs/changing-rules.md lists the kinds. */
#ifndef CHANGE_CHECK_H
#define CHANGE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "server/app/snapshot.h"
#include "server/base/str.h"
#include "server/db/db_sync.h"

struct check_options {
    struct db_sync *db;         /* for what geometry in the database is asked */
    const struct snapshot *set; /* the city under the set that is checked */
    const struct snapshot
        *against; /* under the published one; what it has too is only noted. NULL */
    bool (*progress)(void *arg, int64_t done, int64_t total); /* false gives up; may be NULL */
    void *arg;
};

/* Appends {"errors", "warnings", "notes", "findings": [...]}. STATUS_TIMEOUT when given up. */
enum status check_run(const struct check_options *options, struct strbuf *out,
                      struct err *e) MUST_CHECK;

/* The same for a set that cannot even be loaded, with the reason. */
void check_broken(const char *why, struct strbuf *out);

#endif
