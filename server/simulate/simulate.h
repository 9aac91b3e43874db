/* A realistic stream of complaints against a running service: the load generator that tests,
 * benchmarks and demonstrations share.
 *
 * With a rate, arrivals are open-loop: the n-th complaint is due at a moment that no answer delays,
 * and its latency counts from then, so a service that stalls shows it in full (no coordinated
 * omission). With rate 0 each connection sends as soon as it is free.
 *
 * Every complaint carries an Idempotency-Key of its own. With `retry`, one that was lost, or
 * answered with 429 or 5xx, is sent again with the same key and body, after a growing pause, until
 * it is acknowledged (201, or 200 for a repeat) or the grace after the end is over. */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "server/base/err.h"
#include "server/simulate/simulate_histogram.h"

#define SIMULATE_STATUS_MAX 600

struct simulate_options {
    const char *url;
    double rate;    /* complaints a second; 0: as fast as the connections allow */
    double seconds; /* how long new ones are made */
    double grace_s; /* how long the last ones may take after that */
    int connections;
    uint64_t seed;
    const char *key; /* an API key, or NULL for the public */
    bool retry;
    const char *acks; /* file that gets "KEY CODE" for each acknowledged complaint, or NULL */
    bool progress;    /* a line on standard error, every second */
};

struct simulate_result {
    uint64_t made;                         /* complaints that came due */
    uint64_t sent;                         /* of them sent at least once */
    uint64_t acknowledged;                 /* 201 or 200 */
    uint64_t repeated;                     /* of those 200: stored by an earlier attempt */
    uint64_t retries;                      /* attempts after the first */
    uint64_t answers[SIMULATE_STATUS_MAX]; /* attempts by status; 0: no answer */
    uint64_t refused[SIMULATE_STATUS_MAX]; /* complaints given up, by their last status */
    struct simulate_histogram latency;     /* of the acknowledged, from the due time */
    double seconds;                        /* from the start to the last acknowledgement */
};

/* Blocks until it is done. SIGINT ends the arrivals early, a second one ends it at once. `out` is
 * large: static or heap. STATUS_UNAVAILABLE when the service cannot be reached at all, STATUS_IO
 * when the file cannot be written. */
enum status simulate_run(const struct simulate_options *options, struct simulate_result *out,
                         struct err *e) MUST_CHECK;

#endif
