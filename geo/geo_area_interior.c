/* A point inside each area: across the largest polygon a few parallels are laid, and the middle of
 * the widest stretch that lies inside is taken. Middles are computed in doubles, but that the point
 * is inside is decided exactly before it is told. */
#include "geo/geo_area_index.h"

#include <math.h>
#include <stdlib.h>

#define PARALLELS_COMPARED 7  /* the widest stretch of these */
#define PARALLELS_MAX      64 /* how many are tried for slivers before giving up */

/* Where the rings cross the parallel being looked at. */
struct crossings {
    double *lon; /* owned */
    size_t n;
};

static double ring_area(const struct geo_point *v, size_t count)
{
    double twice = 0; /* relative to v[0], so that a small ring far from 0, 0 keeps its digits */
    for (size_t i = 1; i + 1 < count; i++) {
        twice += (v[i].lon - v[0].lon) * (v[i + 1].lat - v[0].lat) -
                 (v[i].lat - v[0].lat) * (v[i + 1].lon - v[0].lon);
    }
    return fabs(twice) / 2;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* 1/2, 1/4, 3/4, 1/8, 5/8 ...: the binary digits of i mirrored behind the point. */
static double fraction(unsigned i)
{
    double f = 0;
    for (double digit = 0.5; i > 0; i >>= 1, digit /= 2) {
        f += (i & 1U) != 0 ? digit : 0;
    }
    return f;
}

static bool strictly_inside(const struct geo_shape *shape, const struct geo_polygon *polygon,
                            const struct geo_box *box, struct geo_point p)
{
    struct geo_point outside = {box->east + 1, box->north + 1};
    unsigned found = 0;
    for (size_t i = 0; i < polygon->count; i++) {
        const struct geo_ring *ring = &shape->rings[polygon->first + i];
        unsigned cross =
            area_run_cross(shape->points + ring->first, (uint32_t)(ring->count - 1), p, outside);
        found = (found ^ (cross & AREA_ODD)) | (cross & AREA_EDGE);
    }
    return found == AREA_ODD;
}

static void cross_parallel(const struct geo_shape *shape, const struct geo_polygon *polygon,
                           double lat, struct crossings *out)
{
    out->n = 0;
    for (size_t i = 0; i < polygon->count; i++) {
        const struct geo_ring *ring = &shape->rings[polygon->first + i];
        const struct geo_point *v = shape->points + ring->first;
        for (size_t k = 1; k < ring->count; k++) {
            struct geo_point a = v[k - 1];
            struct geo_point b = v[k];
            if ((a.lat > lat) != (b.lat > lat)) {
                double t = (lat - a.lat) / (b.lat - a.lat);
                out->lon[out->n++] = a.lon + t * (b.lon - a.lon);
            }
        }
    }
    qsort(out->lon, out->n, sizeof *out->lon, compare_doubles);
}

static bool find_inside(const struct geo_shape *shape, const struct geo_polygon *polygon,
                        struct crossings *crossings, struct geo_point *out)
{
    struct geo_box box = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    const struct geo_ring *outer = &shape->rings[polygon->first];
    for (size_t i = 0; i < outer->count; i++) {
        struct geo_point p = shape->points[outer->first + i];
        box = (struct geo_box){fmin(box.west, p.lon), fmin(box.south, p.lat), fmax(box.east, p.lon),
                               fmax(box.north, p.lat)};
    }
    double widest = 0;
    for (unsigned i = 1; i <= PARALLELS_MAX && (i <= PARALLELS_COMPARED || widest == 0); i++) {
        double lat = box.south + fraction(i) * (box.north - box.south);
        cross_parallel(shape, polygon, lat, crossings);
        for (size_t k = 1; k < crossings->n; k += 2) {
            double west = crossings->lon[k - 1];
            double width = crossings->lon[k] - west;
            struct geo_point middle = {west + width / 2, lat};
            if (width > widest && strictly_inside(shape, polygon, &box, middle)) {
                widest = width;
                *out = middle;
            }
        }
    }
    return widest > 0;
}

enum status geo_area_find_interiors(struct geo_area_set *set, const struct geo_shape *shape,
                                    struct err *e)
{
    struct crossings crossings = {malloc(shape->n_points * sizeof(double)), 0};
    if (!crossings.lon) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for the crossings of %zu edges",
                       shape->n_points);
    }
    size_t part = 0;
    for (size_t area = 0; area < set->n_areas; area++) {
        const struct geo_polygon *largest = NULL;
        double largest_size = -1;
        for (; part < shape->n_polygons && set->part_area[part] == area; part++) {
            const struct geo_polygon *polygon = &shape->polygons[part];
            if (polygon->count == 0) {
                continue;
            }
            const struct geo_ring *outer = &shape->rings[polygon->first];
            double size = ring_area(shape->points + outer->first, outer->count);
            if (size > largest_size) {
                largest_size = size;
                largest = polygon;
            }
        }
        struct geo_point inside;
        if (largest && find_inside(shape, largest, &crossings, &inside)) {
            set->interior[area] = inside;
        }
    }
    free(crossings.lon);
    return STATUS_OK;
}
