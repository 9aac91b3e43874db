/* Latencies in bounded memory: a histogram whose buckets grow with the value, so that every
 * quantile is within 1.6 % of the truth, from one microsecond to twelve days. */
#ifndef SIMULATE_SIMULATE_HISTOGRAM_H
#define SIMULATE_SIMULATE_HISTOGRAM_H

#include <stdint.h>

#define SIMULATE_FINE    64 /* buckets for each doubling */
#define SIMULATE_DOUBLES 34
#define SIMULATE_BUCKETS ((SIMULATE_DOUBLES + 1) * SIMULATE_FINE)

/* All zero is an empty one. */
struct simulate_histogram {
    uint64_t counts[SIMULATE_BUCKETS];
    uint64_t n, max_us;
};

void simulate_histogram_add(struct simulate_histogram *h, uint64_t us);
/* The value below which that share (0..1) of the values lies, in microseconds; 0 while empty. */
double simulate_histogram_quantile(const struct simulate_histogram *h, double share);

#endif
