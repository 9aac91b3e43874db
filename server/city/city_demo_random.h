/* The demo city's source of chance: splitmix64 (G. Steele, D. Lea, C. Flood, "Fast splittable
 * pseudorandom number generators", 2014), so that a seed gives the same city on every machine.
 *
 * Every street and every complaint has a stream of its own, made from (seed, kind, number): what
 * one of them draws never shifts the others, and threads need no common state. Only IEEE's exact
 * operations are used (no sin, log or exp, which differ between libraries). */
#ifndef CITY_CITY_DEMO_RANDOM_H
#define CITY_CITY_DEMO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct city_demo_random {
    uint64_t state;
};

enum city_demo_stream {
    DEMO_STREAM_DAYS = 1,  /* which days are stormy */
    DEMO_STREAM_ROADS,     /* main roads; number: the ward that they leave from */
    DEMO_STREAM_STREETS,   /* a ward's streets */
    DEMO_STREAM_WEIGHTS,   /* how much happens on a ward's streets */
    DEMO_STREAM_PLACES,    /* a ward's places */
    DEMO_STREAM_NAMES,     /* the order of street names in a district */
    DEMO_STREAM_TIMES,     /* category and time of a complaint */
    DEMO_STREAM_COMPLAINT, /* the rest of it */
    DEMO_STREAM_CLOSING,   /* how long it took */
    DEMO_STREAM_HOT_SPOTS, /* where on a street one thing goes wrong again and again */
    DEMO_STREAM_PERSON,    /* a reporter */
};

struct city_demo_random city_demo_random_start(uint64_t seed, enum city_demo_stream kind,
                                               uint64_t number);
uint64_t city_demo_random_next(struct city_demo_random *r);
/* 0 <= x < 1. */
double city_demo_random_unit(struct city_demo_random *r);
/* 0 .. n-1; 0 for n = 0. */
size_t city_demo_random_below(struct city_demo_random *r, size_t n);
/* Bell-shaped around 0 with standard deviation 1, within -3.5 .. 3.5. */
double city_demo_random_bell(struct city_demo_random *r);
/* The place of a share 0..1 in an ascending running sum (n >= 1, the last one > 0). */
size_t city_demo_random_pick(const double *running_sum, size_t n, double share);

#endif
