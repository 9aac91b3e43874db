/* Between the files that ask the heat index only: the walk through a view. */
#ifndef GEO_GEO_HEAT_WALK_H
#define GEO_GEO_HEAT_WALK_H

#include "geo/geo_heat_internal.h"

struct geo_heat_query {
    struct geo_heat_view *view;
    bool all; /* no condition but the box */
    bool nothing;
    bool by_state, by_time;
    uint32_t from, span; /* received - from <= span */
    struct geo_heat_box box;
    uint8_t states[256];               /* by state */
    uint8_t *category, *agency, *ward; /* a byte a code; NULL: all */
};

struct heat_range {
    size_t first, end;
};

struct heat_asked {
    const struct geo_heat_box *box;
    unsigned zoom;
};

/* Squares and rows in Morton order. Zeroed but for what is said. */
struct heat_walk {
    const struct geo_heat_query *query;
    struct geo_heat_box box; /* the query's and the question's together */
    bool stop;
    /* A square that lies in the box, when there is no other condition: true if its sums are all
     * that is wanted of it. May be NULL. */
    bool (*square)(struct heat_walk *walk, const struct geo_heat_box *square, unsigned zoom,
                   const struct geo_heat_sums *sums);
    /* Before going into a node: false to leave it out. `entered` is put back behind it. */
    bool (*enter)(struct heat_walk *walk, const struct geo_heat_box *square, unsigned zoom);
    int64_t entered;
    /* Rows that are wanted, one by one, ascending; never none. */
    void (*rows)(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                 size_t n);
};

void heat_walk(struct heat_walk *walk, const struct geo_heat_query *q,
               const struct geo_heat_box *box);

#endif
