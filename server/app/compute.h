/* Threads for work too long for an event loop: password hashes, heatmap pictures.
 * The queue is bounded: when it is full, submitting says so at once. */
#ifndef APP_COMPUTE_H
#define APP_COMPUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "server/app/mailbox.h"
#include "server/base/err.h"

struct compute;

struct compute_job {
    void (*work)(void *arg); /* on a compute thread */
    void (*done)(void *arg); /* on the thread of `reply_to`, exactly once after work */
    void *arg;
    struct mailbox *reply_to;
};

enum status compute_create(int threads, size_t queue_max, struct compute **out,
                           struct err *e) MUST_CHECK;
/* Finishes what is queued, then stops. */
void compute_destroy(struct compute *c);

/* STATUS_BUSY when the queue is full. Thread-safe. */
enum status compute_submit(struct compute *c, const struct compute_job *job,
                           struct err *e) MUST_CHECK;
/* It would say so now: for asking before something is written down that the work belongs to. */
bool compute_full(struct compute *c);

#endif
