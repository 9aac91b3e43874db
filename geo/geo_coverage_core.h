/* Between geo_coverage.c, which finds the arcs, and geo_coverage_level.c, which simplifies them. */
#ifndef GEO_COVERAGE_CORE_H
#define GEO_COVERAGE_CORE_H

#include "geo/geo_coverage.h"

/* A run of vertex numbers; a closed one begins and ends with the same. */
struct coverage_arc {
    size_t first, count; /* of coverage.steps */
    size_t uses;         /* rings that run along it */
};

/* Ring of an area: a run of arc references, n for arc n, -n - 1 for it backwards. */
struct coverage_ring {
    size_t first, count; /* of coverage.refs */
    size_t area;
    bool hole;
};

/* A ring that touches no other, and one whose box it lies in: no crossing tells when it slips from
 * one side of it to the other. */
struct coverage_float {
    uint32_t ring, around;
    bool inside;
};

struct geo_coverage {
    struct geo_coverage_point *vertices;
    size_t n_vertices, cap_vertices;
    uint32_t *steps; /* the arcs' vertices */
    double *weights; /* of each step: the area that leaving it out changes; INFINITY at the ends */
    size_t n_steps, cap_steps;
    struct coverage_arc *arcs;
    size_t n_arcs, cap_arcs;
    int32_t *refs;
    size_t n_refs, cap_refs;
    struct coverage_ring *rings;
    size_t n_rings, cap_rings;
    struct coverage_float *floats;
    size_t n_floats, cap_floats;
    size_t n_areas;
    struct geo_coverage_facts facts;
};

/* Fills weights and floats. */
enum status coverage_weigh(struct geo_coverage *c, struct err *e) MUST_CHECK;

#endif
