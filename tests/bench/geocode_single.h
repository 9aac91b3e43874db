/* Every address asked for while it alone is out of the index, which else holds all of them: how far
 * off the point is, by what remains known beside it.
 *
 * With it go all houses at its very point (one record told as "14;16"), houses of its number within
 * 200 m whose source names no street (copies), and the units that only they say the street passes.
 * Only addresses are asked whose street OpenStreetMap draws in that district. */
#ifndef TESTS_BENCH_GEOCODE_SINGLE_H
#define TESTS_BENCH_GEOCODE_SINGLE_H

#include "tests/bench/geocode_rewrite.h"

/* Prints the table for both sets; with `list` every miss of the tuning set. The city must be loaded
 * GEOCODE_ONE_BY_ONE. False when memory is short. */
bool geocode_single_print(const struct geocode_city *city, bool list);

#endif
