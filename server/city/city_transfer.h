/* A cut-over: open complaints judged by what is in force at an instant, moved together to whoever
 * is responsible then, and back. What is moved, and what a person's word protects: docs/reforms.md.
 */
#ifndef CITY_CITY_TRANSFER_H
#define CITY_CITY_TRANSFER_H

#include "server/app/snapshot.h"
#include "server/base/err.h"
#include "server/db/db_sync.h"

/* One complaint that moves. Texts live for the call. */
struct city_transfer_item {
    const char *complaint, *category;
    const char *from, *from_name, *to, *to_name; /* agencies */
    const char *why; /* "rules": they say so; "ended": its agency is no longer in force */
    int64_t old_due_us, new_due_us;
};

struct city_transfer {
    int64_t at_us;      /* whose law judges: complaints from before it */
    bool recompute;     /* due times count anew from at_us; else they stay as they were promised */
    bool apply;         /* move them; else only look */
    int32_t id;         /* the row of hotline.transfers; 0: made in the same transaction */
    const char *reason; /* for the history */
    const char *actor;  /* 'user:LOGIN' or 'cli' */
    void (*each)(void *context, const struct city_transfer_item *item); /* may be NULL */
    void (*progress)(void *context, size_t done, size_t all);           /* may be NULL */
    void *context;
};

struct city_transfer_result {
    int32_t id;
    size_t considered; /* open complaints */
    size_t moved;      /* or that would be */
    size_t stayed;     /* with the agency that they have */
    size_t by_hand;    /* of those: a person had given it to that agency, which goes on */
    size_t changed;    /* changed by people meanwhile: not moved */
};

/* All in one transaction; nothing is changed unless it succeeds. */
enum status city_transfer_run(struct db_sync *db, const struct snapshot *s,
                              const struct city_transfer *t, struct city_transfer_result *out,
                              struct err *e) MUST_CHECK;

struct city_transfer_back {
    size_t restored;
    size_t left; /* changed by people since: listed by their items' state */
};
enum status city_transfer_back(struct db_sync *db, int32_t id, const char *actor,
                               struct city_transfer_back *out, struct err *e) MUST_CHECK;

#endif
