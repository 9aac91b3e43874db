/* The bytes that the record's hashes are of, made here a second time, apart from the database
 * (sql/0024_record.sql): so that verifying trusts no function that somebody may have changed there.
 *
 * All are texts of lines, each field's line without a break at the end:
 *   history  "hotline-history-1", prev, complaint_id, n, id, at, recorded_at, event, LENGTH:actor,
 *            detail_hash; detail_hash itself is of the salt's bytes and the detail's text
 *   audit    "hotline-audit-1", prev, id, at, event, LENGTH:actor, LENGTH:subject, detail
 *   seal     "hotline-seal-1", prev, day, from, to, history_rows, history_ids, history_fold,
 *            heads_hash, audit_rows, audit_last, audit_fold
 * Hashes in them are in hex, instants in microseconds since 1970, lengths in bytes. */
#ifndef RECORD_RECORD_HASH_H
#define RECORD_RECORD_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

#define RECORD_HASH 32

/* Bytes of any kind; n < 0: SQL's NULL. */
struct record_bytes {
    const unsigned char *p;
    int32_t n;
};

struct record_history {
    int64_t complaint_id, id, at_us, recorded_us;
    int32_t n;
    struct record_bytes event, actor, detail, salt, detail_hash, prev, hash;
};

struct record_audit {
    int64_t id, at_us;
    struct record_bytes event, actor, subject, detail, prev, hash;
};

struct record_seal {
    const char *day, *history_ids; /* as PostgreSQL writes them */
    int64_t from_us, to_us, history_rows, audit_rows, audit_last;
    const char *history_fold, *heads_hash, *audit_fold, *prev, *hash; /* hex */
};

bool record_same(struct record_bytes a, const unsigned char hash[RECORD_HASH]);
bool record_equal(struct record_bytes a, struct record_bytes b);

void record_history_hash(const struct record_history *row, unsigned char out[RECORD_HASH]);
void record_detail_hash(const struct record_history *row, unsigned char out[RECORD_HASH]);
void record_audit_hash(const struct record_audit *row, unsigned char out[RECORD_HASH]);
void record_seal_hash(const struct record_seal *seal, char hex[2 * RECORD_HASH + 1]);

/* f(0) is nothing; f(i) = sha256(f(i-1), hash). */
struct record_fold {
    unsigned char f[RECORD_HASH];
    bool begun;
};
void record_fold_add(struct record_fold *fold, const void *hash, size_t n);
void record_fold_hex(const struct record_fold *fold, char hex[2 * RECORD_HASH + 1]);
void record_hex(const unsigned char hash[RECORD_HASH], char hex[2 * RECORD_HASH + 1]);

#endif
