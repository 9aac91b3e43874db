/* Real past complaints decided by two sets of rules: the published one and a draft. What moves,
 * from whom to whom, where, what load that makes, and what it does to deadlines.
 *
 * Complaints are read in pieces of the table by several threads, each with a connection of its own,
 * all within one database snapshot; nothing is written. */
#ifndef CHANGE_REPLAY_H
#define CHANGE_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "server/app/snapshot.h"
#include "server/base/str.h"

struct replay_options {
    const char *database;
    const struct snapshot *before, *after; /* the same city under two sets of rules */
    int64_t from_us, to_us;                /* received in between; INT64_MIN, INT64_MAX: open */
    int64_t as_of_us; /* decide all as if they came in then; INT64_MIN: when they did */
    int threads;      /* 0: one per core, at most 4 */
    /* Told now and then, on the caller's thread; false gives up. May be NULL. */
    bool (*progress)(void *arg, int64_t done, int64_t total);
    void *arg;
};

/* Appends the result as a JSON object (docs/changing-rules.md). STATUS_TIMEOUT when given up. */
enum status replay_run(const struct replay_options *options, struct strbuf *out,
                       struct err *e) MUST_CHECK;

#endif
