/* The demo city's streets, house numbers, places and population: plausible, not real. Real street
 * names run through the districts where they really are, but along lines of our own: main roads
 * between the centres of neighbouring wards (a Gabriel graph: K. Gabriel, R. Sokal, 1969), a warped
 * grid inside each ward, alleys off it. Houses are numbered odd on the left and even on the right.
 *
 * Immutable once made; the same facts and seed give the same map. Everything is owned by the map's
 * arena; it borrows the facts. */
#ifndef CITY_CITY_DEMO_MAP_H
#define CITY_CITY_DEMO_MAP_H

#include "server/city/city_demo_facts.h"

/* Metres in a degree at 10.8° N: enough for a made-up map. */
#define DEMO_METRES_LON 109350.0
#define DEMO_METRES_LAT 110620.0

struct city_demo_street {
    const char *name, *class;
    const struct geo_point *points;
    size_t n; /* at least 2 */
    double length_m;
    size_t ward; /* where it begins */
};

struct city_demo_address {
    int number;
    size_t street;
    struct geo_point point;
};

struct city_demo_place {
    const char *name, *name_en, *kind; /* kind: OSM's key=value */
    struct geo_point point;
};

/* What a ward has; numbers into the map's arrays, ascending. */
struct city_demo_ward {
    size_t first_street, n_streets;
    const double *street_sums; /* running sum of how much happens on each of them */
    size_t first_place, n_places;
    double population;
};

struct city_demo_map {
    struct arena *arena;
    const struct city_demo_facts *facts;
    uint64_t seed;
    struct city_demo_street *streets; /* ordered by ward */
    size_t n_streets;
    struct city_demo_address *addresses;
    size_t n_addresses;
    struct city_demo_place *places; /* ordered by ward, landmarks last */
    size_t n_places;
    struct city_demo_ward *wards; /* as many as facts->wards */
    double *population_sums;      /* running sum over the wards */
};

/* STATUS_NO_MEMORY is the only failure. Free with city_demo_map_destroy. */
enum status city_demo_map_create(const struct city_demo_facts *facts, uint64_t seed,
                                 struct city_demo_map **out, struct err *e) MUST_CHECK;
void city_demo_map_destroy(struct city_demo_map *map); /* NULL is fine */

/* The point `along_m` metres from a street's beginning (cut to its length), `aside_m` to the right
 * of it (negative: left). */
struct geo_point city_demo_map_spot(const struct city_demo_street *street, double along_m,
                                    double aside_m);
/* The house number there: odd on the left, even on the right. */
int city_demo_map_house(double along_m, bool right);
/* The point that many metres east and north of another. */
struct geo_point city_demo_map_shift(struct geo_point from, double east_m, double north_m);
/* Metres between two points, on the plane that all of the map is drawn on. */
double city_demo_map_metres(struct geo_point a, struct geo_point b);
/* 0 for primary, 1 secondary, 2 tertiary, 3 residential, 4 for all lesser ones. */
int city_demo_map_class(const char *class);
/* The place of the ward nearest to the point. */
const struct city_demo_place *city_demo_map_near(const struct city_demo_map *map, size_t ward,
                                                 struct geo_point point);

#endif
