/* What a verification's parts share. */
#ifndef RECORD_RECORD_FOUND_H
#define RECORD_RECORD_FOUND_H

#include "server/record/record_hash.h"
#include "server/record/record_verify.h"

struct verification {
    struct db_sync *db;
    const struct record_options *options;
    struct record_result *result;
    int64_t about; /* rows, for progress */
};

void record_tell(struct verification *v, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum status record_verify_seals(struct verification *v, struct err *e) MUST_CHECK;

#endif
