/* A batch of imported complaints on its way to the database, and lanes that store batches beside
 * the thread that fills them. */
#ifndef CITY_CITY_COMPLAINT_BATCH_H
#define CITY_CITY_COMPLAINT_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "server/app/snapshot.h"
#include "server/base/arena.h"
#include "server/base/err.h"
#include "server/base/str.h"
#include "server/db/db_sync.h"
#include "server/intake/complaint.h"

struct city_complaint_entry {
    struct complaint_draft draft;
    struct complaint_record record; /* points at the draft: entries never move */
    size_t line;                    /* of the file */
};

struct city_complaint_batch {
    struct city_complaint_entry *entries; /* room for STORE_BATCH_MAX */
    size_t n;
    struct arena *arena; /* the entries' texts */
    struct strbuf json;
    size_t created, repeated; /* what became of those that were sent */
};

/* NULL when memory is short. */
struct city_complaint_batch *city_complaint_batch_create(void);
void city_complaint_batch_destroy(struct city_complaint_batch *batch); /* NULL is fine */
/* Empties it, counts included. */
void city_complaint_batch_clear(struct city_complaint_batch *batch);
/* Stores entries from..from+n-1 by one statement and adds to the counts. All or none. */
enum status city_complaint_batch_send(struct city_complaint_batch *batch, struct db_sync *db,
                                      const struct snapshot *s, size_t from, size_t n,
                                      struct err *e) MUST_CHECK;

/* A thread with a connection of its own that stores one batch at a time. Used by one other thread.
 */
struct city_complaint_lane;

/* `like` is only read; `s` is borrowed for the lane's life. */
enum status city_complaint_lane_create(const struct db_sync *like, const struct snapshot *s,
                                       struct city_complaint_lane **out, struct err *e) MUST_CHECK;
/* Waits for what it stores, and closes; the batch it holds, if any, is destroyed. NULL is fine. */
void city_complaint_lane_destroy(struct city_complaint_lane *lane);
/* Hands it a batch, which is the lane's until it is taken back. It must hold none. */
void city_complaint_lane_give(struct city_complaint_lane *lane, struct city_complaint_batch *batch);
/* Waits until it is done and takes the batch back; NULL if it held none. Returns what sending it
 * gave: on failure nothing of the batch is stored. */
enum status city_complaint_lane_take(struct city_complaint_lane *lane,
                                     struct city_complaint_batch **out, struct err *e) MUST_CHECK;

#endif
