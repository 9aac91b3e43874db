/* From counts to rates, raw and smoothed. docs/measures.md defines each in words; this is the
 * arithmetic. NaN stands for "not known": nothing to divide by. Pure; safe from any thread. */
#ifndef MEASURES_MEASURE_RATES_H
#define MEASURES_MEASURE_RATES_H

#include <stdbool.h>
#include <stddef.h>

#include "geo/geo_heat_index.h"

enum measure {
    MEASURE_COUNT,
    MEASURE_OPEN,
    MEASURE_LATE,
    MEASURE_PER_KM2,
    MEASURE_PER_10000,
    MEASURE_PER_ROAD_KM,
    MEASURE_LATE_SHARE,   /* of the open ones */
    MEASURE_ON_TIME,      /* of those whose time is decided */
    MEASURE_REOPENED,     /* of those that were done once */
    MEASURE_SATISFACTION, /* mean of 1 .. 3 */
    MEASURE_N
};

/* Names as in the interface: "count", "per_km2", ... */
extern const char *const measure_names[MEASURE_N];
/* -1 for a name that is none. */
int measure_find(const char *name, size_t n);
/* Is more of it worse? Of on-time share and satisfaction it is better. */
bool measure_more_is_worse(enum measure m);

/* What a unit is measured against; NaN where not known. */
struct measure_base {
    double area_km2, residents, road_km;
};

/* Numerator and denominator: value = scale * numerator / denominator. */
struct measure_part {
    double numerator, denominator, scale;
};
struct measure_part measure_part_of(enum measure m, const struct geo_heat_sums *sums,
                                    const struct measure_base *base);
/* NaN where the denominator is 0 or not known. */
double measure_value(struct measure_part part);

/* Shrinks each value towards the mean of all by how little it rests on (empirical Bayes, Marshall
 * 1991, the global form): where the denominators are large it stays what it is. `parts` are of one
 * measure; `smoothed` gets n values, NaN where there is none. Counts stay as they are. */
void measure_smooth(enum measure m, const struct measure_part *parts, size_t n, double *smoothed);

/* How unlikely is the change by chance, in standard deviations: `before` scaled to the length of
 * the later period. About -2..2 says nothing. NaN where it can't be told (means of ratings). */
double measure_surprise(enum measure m, struct measure_part now, struct measure_part before,
                        double scale);

#endif
