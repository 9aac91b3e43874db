/* How many finds a second one core makes, and how long the slowest takes.
 *
 * No text is asked twice in a round and nothing is kept from one find to the next. */
#ifndef TESTS_BENCH_GEOCODE_SPEED_H
#define TESTS_BENCH_GEOCODE_SPEED_H

#include "tests/bench/geocode_rewrite.h"

/* Over every address of the city that is asked for and whose street is known, both sets: a speed
 * tells nothing about what was tuned. */
double geocode_speed(const struct geocode_city *city, enum geocode_rewriting how);

/* Prints the speed for "street, district" over all streets there are, for the same with an
 * unfinished last word, and the slowest of texts made to be slow. */
void geocode_speed_more(const struct geocode_city *city);

/* As many words of streets' names as are read at all, every third with an error: the `i`th. */
size_t geocode_hostile_text(const struct geocode_city *city, uint32_t i,
                            char text[GEOCODE_TEXT_MAX]);

#endif
