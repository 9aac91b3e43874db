/* Holds the record against its hashes: each complaint's chain, the log's, and the seals over both
 * (docs/record.md). Reads rows as they come and keeps none, in one picture of the database. */
#ifndef RECORD_RECORD_VERIFY_H
#define RECORD_RECORD_VERIFY_H

#include "server/base/err.h"
#include "server/db/db_sync.h"

/* What is broken, in one sentence; `where` is "complaint CODE", "log", or "seal DAY". Of one
 * complaint only the first broken link is told: what comes after it follows from it. */
typedef void record_found(void *arg, const char *where, const char *what);

struct record_options {
    const char *code;                              /* one complaint; NULL: everything */
    void (*progress)(void *arg, int64_t, int64_t); /* rows done, of about so many; may be NULL */
    record_found *found;
    void *arg;
};

struct record_result {
    int64_t history_rows, complaints, redacted, audit_rows, seals;
    int64_t broken; /* how often `found` was called */
};

/* STATUS_OK whether or not something is broken; STATUS_NOT_FOUND for a code that has no history and
 * no complaint. */
enum status record_verify(struct db_sync *db, const struct record_options *options,
                          struct record_result *result, struct err *e) MUST_CHECK;

/* Holds seals that were published, lines of `hotline seal --print`, against those that are stored:
 * that they are there, and the same. */
enum status record_verify_published(struct db_sync *db, const char *path,
                                    const struct record_options *options,
                                    struct record_result *result, struct err *e) MUST_CHECK;

#endif
