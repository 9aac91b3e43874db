/* Every answer of the engine to every text that the benchmark knows, one a line, doubles to the
 * last bit: two runs are compared byte for byte (cmp), so that a change that is to make it faster
 * is seen to change nothing. */
#ifndef TESTS_BENCH_GEOCODE_ANSWERS_H
#define TESTS_BENCH_GEOCODE_ANSWERS_H

#include "tests/bench/geocode_rewrite.h"

/* Both sets, all rewritings, with and without a bias and as unfinished texts; all streets; texts
 * made to be slow. To standard output. */
void geocode_answers_print(const struct geocode_city *city);

#endif
