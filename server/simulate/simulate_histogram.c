#include "server/simulate/simulate_histogram.h"

#include <stddef.h>

/* Values below SIMULATE_FINE have a bucket each; above, the top seven bits choose. */
static size_t bucket_of(uint64_t us)
{
    unsigned doubles = 0;
    while (us >= 2 * SIMULATE_FINE) {
        us >>= 1;
        doubles++;
    }
    size_t bucket = (size_t)doubles * SIMULATE_FINE + (size_t)us;
    return bucket < SIMULATE_BUCKETS ? bucket : SIMULATE_BUCKETS - 1;
}

/* The middle of a bucket. */
static double value_of(size_t bucket)
{
    if (bucket < (size_t)2 * SIMULATE_FINE) {
        return (double)bucket;
    }
    unsigned doubles = (unsigned)(bucket / SIMULATE_FINE) - 1;
    uint64_t top = bucket % SIMULATE_FINE + SIMULATE_FINE;
    return ((double)top + 0.5) * (double)(UINT64_C(1) << doubles);
}

void simulate_histogram_add(struct simulate_histogram *h, uint64_t us)
{
    h->counts[bucket_of(us)]++;
    h->n++;
    h->max_us = us > h->max_us ? us : h->max_us;
}

double simulate_histogram_quantile(const struct simulate_histogram *h, double share)
{
    double wanted = share * (double)h->n;
    uint64_t below = 0;
    for (size_t i = 0; i < SIMULATE_BUCKETS; i++) {
        below += h->counts[i];
        if (below > 0 && (double)below >= wanted) {
            double value = value_of(i);
            return value < (double)h->max_us ? value : (double)h->max_us;
        }
    }
    return 0;
}
