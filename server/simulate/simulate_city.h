/* What people would complain about, and where: made from what the service says of its city. Pure
 * once filled; the n-th complaint of a seed is always the same, so that it need not be kept to be
 * sent again. */
#ifndef SIMULATE_SIMULATE_CITY_H
#define SIMULATE_SIMULATE_CITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "server/base/err.h"
#include "server/base/str.h"

#define SIMULATE_CENTRES_MAX    32
#define SIMULATE_CATEGORIES_MAX 256

/* Where complaints cluster: a point inside the city and the ward that holds it. */
struct simulate_centre {
    struct geo_point point;
    char ward[120];
};

struct simulate_category {
    char code[40], name[160];
};

struct simulate_city {
    struct geo_box box;
    struct simulate_category categories[SIMULATE_CATEGORIES_MAX]; /* those without children */
    size_t n_categories;
    struct simulate_centre centres[SIMULATE_CENTRES_MAX];
    size_t n_centres;
    uint64_t seed;
    bool any_channel; /* else web and app only, as the public may */
};

/* Reads the answers of /api/v1/city and /api/v1/categories. */
enum status simulate_city_read(struct simulate_city *city, struct str city_json,
                               struct str categories_json, struct err *e) MUST_CHECK;
/* The n-th place to ask the service about; and its answer (of /api/v1/reverse), which makes a
 * centre of it if it is in a ward. */
struct geo_point simulate_city_try(const struct simulate_city *city, uint64_t n);
void simulate_city_take(struct simulate_city *city, struct geo_point point,
                        struct str reverse_json);

/* Appends the body of the n-th complaint. At least one centre and one category are there. */
void simulate_city_complaint(const struct simulate_city *city, uint64_t n, struct strbuf *out);

#endif
