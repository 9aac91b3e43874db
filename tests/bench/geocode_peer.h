/* The usual do-it-yourself geocoder over the same rows: a table of texts, unaccent, a trigram index
 * and "ORDER BY text <-> query LIMIT 1". */
#ifndef TESTS_BENCH_GEOCODE_PEER_H
#define TESTS_BENCH_GEOCODE_PEER_H

#include "tests/bench/geocode_rewrite.h"

struct geocode_peer_result {
    size_t known, right;
    size_t placed, near; /* number known or neighbours at most 10 apart; within 50 m */
    double seconds;      /* spent in queries */
};

enum status geocode_peer_prepare(struct db_sync *db, const struct geocode_city *city,
                                 struct err *e) MUST_CHECK;
enum status geocode_peer_measure(struct db_sync *db, const struct geocode_city *city,
                                 enum geocode_rewriting how, bool evaluation,
                                 struct geocode_peer_result *out, struct err *e) MUST_CHECK;

#endif
