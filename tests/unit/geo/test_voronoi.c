/* Voronoi cells clipped to an outline: they cover it, do not overlap, and hold their centres.
 * GEOS measures what GEOS made, but by other functions than the ones under test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <geos_c.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_voronoi.h"

#define N_CENTRES 60

/* An L and an island: concave, in two pieces, one of them with a single centre. */
static const struct geo_point mainland[] = {{106.0, 10.0}, {107.0, 10.0}, {107.0, 10.4},
                                            {106.4, 10.4}, {106.4, 11.0}, {106.0, 11.0}};
static const struct geo_point island[] = {{106.5, 8.5}, {106.7, 8.5}, {106.7, 8.7}, {106.5, 8.7}};
static const struct geo_voronoi_ring outline[] = {{mainland, 6}, {island, 4}};

static struct geo_point centres[N_CENTRES];
static GEOSContextHandle_t geos;

/* Spread over the L by Weyl's sequence, the last one on the island. */
static int set_up(void **state)
{
    (void)state;
    geos = GEOS_init_r();
    size_t n = 0;
    for (int i = 1; n < N_CENTRES - 1; i++) {
        struct geo_point p = {106 + fmod(i * 0.7548776662466927, 1),
                              10 + fmod(i * 0.5698402909980532, 1)};
        bool in_l = p.lat < 10.39 || p.lon < 106.39;
        if (in_l && p.lon < 106.99 && p.lat < 10.99) {
            centres[n++] = p;
        }
    }
    centres[n] = (struct geo_point){106.6, 8.6};
    return geos == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    GEOS_finish_r(geos);
    return 0;
}

static struct geo_voronoi *make(void)
{
    struct geo_voronoi *v = NULL;
    struct err e = {0};
    assert_int_equal(geo_voronoi_create(centres, N_CENTRES, outline, 2, &v, &e), STATUS_OK);
    return v;
}

static GEOSGeometry *read_cells(struct geo_voronoi *v, const size_t *cells, size_t n)
{
    struct strbuf text;
    struct err e = {0};
    strbuf_init(&text, 1 << 20);
    assert_int_equal(geo_voronoi_geojson(v, cells, n, &text, &e), STATUS_OK);
    assert_non_null(strstr(text.p, "\"MultiPolygon\""));
    GEOSGeoJSONReader *reader = GEOSGeoJSONReader_create_r(geos);
    GEOSGeometry *g = GEOSGeoJSONReader_readGeometry_r(geos, reader, text.p);
    GEOSGeoJSONReader_destroy_r(geos, reader);
    strbuf_free(&text);
    assert_non_null(g);
    assert_int_equal(GEOSisValid_r(geos, g), 1);
    return g;
}

static double area_of(const GEOSGeometry *g)
{
    double area = 0;
    assert_int_equal(GEOSArea_r(geos, g, &area), 1);
    return area;
}

static void cells_cover_the_outline_without_overlaps(void **state)
{
    (void)state;
    struct geo_voronoi *v = make();
    GEOSGeometry *cells[N_CENTRES];
    double sum = 0;
    for (size_t i = 0; i < N_CENTRES; i++) {
        cells[i] = read_cells(v, &i, 1);
        sum += area_of(cells[i]);
    }
    /* The L is 0.4 + 0.24, the island 0.04 square degrees. */
    assert_true(fabs(sum - 0.68) < 1e-9);
    for (size_t i = 0; i < N_CENTRES; i++) {
        for (size_t k = 0; k < i; k++) {
            GEOSGeometry *common = GEOSIntersection_r(geos, cells[i], cells[k]);
            assert_non_null(common);
            assert_true(area_of(common) < 1e-12);
            GEOSGeom_destroy_r(geos, common);
        }
    }
    for (size_t i = 0; i < N_CENTRES; i++) {
        GEOSGeom_destroy_r(geos, cells[i]);
    }
    geo_voronoi_destroy(v);
}

static void every_centre_is_in_its_own_cell(void **state)
{
    (void)state;
    struct geo_voronoi *v = make();
    for (size_t i = 0; i < N_CENTRES; i++) {
        GEOSGeometry *cell = read_cells(v, &i, 1);
        for (size_t k = 0; k < N_CENTRES; k++) {
            GEOSGeometry *p = GEOSGeom_createPointFromXY_r(geos, centres[k].lon, centres[k].lat);
            assert_int_equal(GEOSContains_r(geos, cell, p), i == k);
            GEOSGeom_destroy_r(geos, p);
        }
        GEOSGeom_destroy_r(geos, cell);
    }
    geo_voronoi_destroy(v);
}

/* A point of a cell is nearer to its centre than to any other: the definition itself. */
static void cells_follow_the_nearest_centre(void **state)
{
    (void)state;
    struct geo_voronoi *v = make();
    GEOSGeometry *cells[N_CENTRES];
    for (size_t i = 0; i < N_CENTRES; i++) {
        cells[i] = read_cells(v, &i, 1);
    }
    for (int i = 0; i < 400; i++) {
        struct geo_point p = {106.001 + 0.398 * fmod(i * 0.618033988749895, 1),
                              10.001 + 0.998 * fmod(i * 0.324717957244746, 1)};
        size_t nearest = 0;
        double best = 1e9;
        double second = 1e9;
        for (size_t k = 0; k < N_CENTRES; k++) {
            double distance = hypot(centres[k].lon - p.lon, centres[k].lat - p.lat);
            if (distance < best) {
                second = best;
                best = distance;
                nearest = k;
            } else if (distance < second) {
                second = distance;
            }
        }
        if (second - best > 1e-5) {
            GEOSGeometry *point = GEOSGeom_createPointFromXY_r(geos, p.lon, p.lat);
            assert_int_equal(GEOSContains_r(geos, cells[nearest], point), 1);
            GEOSGeom_destroy_r(geos, point);
        }
    }
    for (size_t i = 0; i < N_CENTRES; i++) {
        GEOSGeom_destroy_r(geos, cells[i]);
    }
    geo_voronoi_destroy(v);
}

static void a_union_is_the_sum_of_its_cells(void **state)
{
    (void)state;
    struct geo_voronoi *v = make();
    size_t all[N_CENTRES];
    for (size_t i = 0; i < N_CENTRES; i++) {
        all[i] = i;
    }
    GEOSGeometry *first = read_cells(v, all, N_CENTRES / 2);
    GEOSGeometry *rest = read_cells(v, all + N_CENTRES / 2, N_CENTRES - N_CENTRES / 2);
    GEOSGeometry *common = GEOSIntersection_r(geos, first, rest);
    assert_true(fabs(area_of(first) + area_of(rest) - 0.68) < 1e-9);
    assert_true(area_of(common) < 1e-12);
    GEOSGeom_destroy_r(geos, common);
    GEOSGeom_destroy_r(geos, rest);
    GEOSGeom_destroy_r(geos, first);
    geo_voronoi_destroy(v);
}

static void refuse(const struct geo_point *points, size_t n, const struct geo_voronoi_ring *rings,
                   size_t n_rings, const char *because)
{
    struct geo_voronoi *v = NULL;
    struct err e = {0};
    assert_int_equal(geo_voronoi_create(points, n, rings, n_rings, &v, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, because));
    assert_null(v);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    const struct geo_point outside[] = {{106.1, 10.1}, {106.8, 10.8}};
    const struct geo_point twins[] = {{106.1, 10.1}, {106.2, 10.2}, {106.1, 10.1}};
    const struct geo_point bow[] = {{106, 10}, {107, 11}, {107, 10}, {106, 11}};
    const struct geo_voronoi_ring crossing = {bow, 4};
    const struct geo_voronoi_ring line = {bow, 2};
    refuse(outside, 2, outline, 2, "centre 1 lies outside");
    refuse(twins, 3, outline, 2, "centres 0 and 2 are the same");
    refuse(twins, 1, outline, 2, "two centres");
    refuse(twins, 2, outline, 0, "two centres");
    refuse(twins, 2, &crossing, 1, "crosses itself");
    refuse(twins, 2, &line, 1, "no polygon");
    geo_voronoi_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_cover_the_outline_without_overlaps),
        cmocka_unit_test(every_centre_is_in_its_own_cell),
        cmocka_unit_test(cells_follow_the_nearest_centre),
        cmocka_unit_test(a_union_is_the_sum_of_its_cells),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
