/* Telling people: a thread that makes notices of outbox rows, walks the ladder of deadlines, claims
 * what is due, hands it to the loop that sends (notify_send.h), and writes down what became of it.
 * Several services share the work through the database, and one that dies loses none: whatever it
 * had claimed is sent by another, under the same id. docs/notifications.md. */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "server/base/err.h"
#include "server/notify/notify_config.h"

struct notify;

struct notify_options {
    const char *database; /* borrowed */
    /* On the thread of its own: what pages of staff are to hear ("CODE EVENT AGENCY DESK FROM
     * CATEGORY;..."), once it is committed; "many" when some may have been missed. */
    void (*on_staff)(void *arg, const char *told);
    void *arg;
};

enum status notify_start(const struct notify_options *options, struct notify **out,
                         struct err *e) MUST_CHECK;
/* Waits a few seconds for what is under way. NULL is fine. */
void notify_stop(struct notify *n);

/* Since the start, but for the last rows. */
struct notify_counters {
    uint64_t planned, made; /* outbox rows, notices of them */
    uint64_t steps;         /* of the ladder */
    uint64_t losses;        /* of the database */
    struct {
        uint64_t configured, paused; /* 0 or 1; paused: whoever passes messages on is down */
        uint64_t claimed, sent, failed, dead;
        uint64_t under_way;         /* now */
        uint64_t waiting, all_dead; /* in the database, a few seconds ago */
    } media[NOTIFY_MEDIA];
};
/* Any thread. */
struct notify_counters notify_counters(const struct notify *n);

#endif
