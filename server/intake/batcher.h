/* Group commit: complaints that arrive together share a transaction.
 *
 * A record is answered only after its own transaction is durable. While the connections are busy,
 * records wait here, at most INTAKE_WAITING_MAX of them; as soon as one is free, all that wait (up
 * to STORE_BATCH_MAX) go as one batch. So a quiet hour has batches of one and no delay, and a flood
 * has full ones. When the database refuses a batch, its records are tried again one by one, so a
 * bad one never takes the others with it. A batch whose connection was lost is sent again by the
 * pool; ids were chosen before, so nothing is stored twice.
 *
 * One batcher per thread, over the pool that has nothing else to do. */
#ifndef INTAKE_BATCHER_H
#define INTAKE_BATCHER_H

#include <stdint.h>

#include "server/app/snapshot.h"
#include "server/base/asker.h"
#include "server/base/err.h"
#include "server/db/db_pool.h"
#include "server/intake/complaint.h"

#define INTAKE_WAITING_MAX 8000

struct intake_batcher;

enum intake_outcome { INTAKE_CREATED, INTAKE_REPEATED, INTAKE_MISMATCH };

/* One complaint on its way. The caller keeps it, and all that record points to, until done. */
struct intake_entry {
    struct complaint_record *record; /* id 0: the batcher gives it one, and its code */
    struct snapshot *snapshot;       /* the one that the record was made with; borrowed */
    /* Exactly once, on this thread; from inside intake_batcher_submit when the pool's queue is
     * full, so the entry isn't touched after submitting. With STATUS_OK, code is the complaint's
     * (an earlier one's unless INTAKE_CREATED); otherwise nothing was stored, or for STATUS_TIMEOUT
     * and STATUS_UNAVAILABLE it may have been. */
    void (*done)(struct intake_entry *entry, enum status status, enum intake_outcome outcome,
                 const char *code);
    void *arg;
    struct intake_entry *next; /* the batcher's */
    bool alone;                /* the batcher's: in a transaction of its own */
    struct asker turn;         /* the batcher's: done runs for whoever submitted it */
};

enum status intake_batcher_create(struct db_pool *writes, struct intake_batcher **out,
                                  struct err *e) MUST_CHECK;
/* Ends what still waits with STATUS_UNAVAILABLE. Only after the pool's destroy, whose last
 * callbacks come here. */
void intake_batcher_destroy(struct intake_batcher *b);

/* STATUS_BUSY when too many wait. */
enum status intake_batcher_submit(struct intake_batcher *b, struct intake_entry *entry,
                                  struct err *e) MUST_CHECK;

struct intake_batcher_stats {
    uint64_t batches, records, splits; /* splits: batches that were tried again one by one */
    size_t waiting;
};
struct intake_batcher_stats intake_batcher_stats(const struct intake_batcher *b);

#endif
