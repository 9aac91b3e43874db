/* Well-known binary from anywhere: either refused with a reason, or an area that answers the same
 * as a plain look at all its edges does. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "geo/geo_area.h"
#include "geo/geo_predicate.h"
#include "geo/geo_wkb.h"
#include "server/base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Edges looked at for one input: a larger one only has to survive. */
#define WORK_MAX 2000000

static bool polygon_covers(const struct geo_shape *shape, const struct geo_polygon *polygon,
                           struct geo_point p)
{
    bool inside = false;
    for (size_t r = 0; r < polygon->count; r++) {
        const struct geo_ring *ring = &shape->rings[polygon->first + r];
        for (size_t k = 1; k < ring->count; k++) {
            struct geo_point a = shape->points[ring->first + k - 1];
            struct geo_point b = shape->points[ring->first + k];
            if (geo_on_segment(p, a, b)) {
                return true;
            }
            if ((a.lat > p.lat) != (b.lat > p.lat) &&
                geo_orient_exact(a, b, p) == (b.lat > a.lat ? 1 : -1)) {
                inside = !inside;
            }
        }
    }
    return inside;
}

static void check_point(const struct geo_area_set *set, const struct geo_shape *shape,
                        struct geo_point p)
{
    bool covers = false;
    for (size_t i = 0; i < shape->n_polygons && !covers; i++) {
        covers = polygon_covers(shape, &shape->polygons[i], p);
    }
    BUG_IF(geo_area_at(set, p) != (covers ? 0 : -1));
    struct geo_area_near near;
    size_t n = geo_area_near(set, p, 10, &near, 1);
    BUG_IF(covers && (n != 1 || near.metres != 0));
}

static void check_area(const struct geo_area_set *set, const struct geo_shape *shape)
{
    struct geo_point inside;
    if (geo_area_interior_point(set, 0, &inside)) {
        BUG_IF(geo_area_at(set, inside) != 0);
    }
    size_t n = shape->n_points;
    size_t tries = n > 0 ? WORK_MAX / n / 4 : 0;
    for (size_t i = 0; i < n && i < tries; i++) {
        struct geo_point a = shape->points[i];
        struct geo_point b = shape->points[(i * 7 + 3) % n];
        check_point(set, shape, a);
        check_point(set, shape, (struct geo_point){a.lon, b.lat});
        check_point(set, shape, (struct geo_point){(a.lon + b.lon) / 2, (a.lat + b.lat) / 2});
        check_point(set, shape, (struct geo_point){nextafter(a.lon, b.lon), a.lat});
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct geo_shape shape;
    geo_shape_init(&shape);
    struct err e = {0};
    enum status st = geo_wkb_read(data, size, &shape, &e);
    BUG_IF(st != STATUS_OK && (e.text[0] == '\0' || shape.n_points != 0));
    const struct geo_area_source source = {data, size};
    struct geo_area_set *set = NULL;
    enum status made = geo_area_set_create(&source, 1, &set, &e);
    BUG_IF(made != st);
    if (set) {
        check_area(set, &shape);
    }
    geo_area_set_destroy(set);
    geo_shape_clear(&shape);
    return 0;
}
