/* Reports to judge likeness by: a generated month of a busy quarter, where it is known who meant
 * the same thing, and real records of other cities.
 *
 * The generator knows nothing of how the score is made: it draws things with a place and a time,
 * and people who report them late, from where they stand, with phones that err, in words of their
 * own. It also draws what misleads: other things of the kind in the same street, things that come
 * again. */
#ifndef BENCH_DUPLICATES_WORLD_H
#define BENCH_DUPLICATES_WORLD_H

#include "server/app/snapshot.h"
#include "server/duplicates/likeness.h"

struct report {
    struct likeness_facts facts; /* words point into this struct's array */
    struct likeness_words words;
    uint64_t thing; /* reports of one thing have the same */
    int64_t
        ended_us; /* generated: when the thing was mended; what has ended is not offered to join */
    uint64_t address; /* of real records: a hash; generated: 0 */
};

struct world {
    struct report *reports; /* by time */
    size_t n;
    double days; /* real records: the same address and category within so many days are one */
    struct likeness_terms *own_terms; /* of real records, whose categories are their own */
};

bool world_generate(struct world *w, const struct snapshot *s, const char *descriptions,
                    uint64_t seed, size_t things);
/* A CSV file of 311 records. Places are moved as by a phone that errs by `jitter_m`. */
bool world_read(struct world *w, const char *file, double days, double jitter_m);
void world_free(struct world *w);

bool world_same(const struct world *w, const struct report *a, const struct report *b);

#endif
