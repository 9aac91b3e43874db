/* Simplified neighbours stay neighbours: at every zoom their common borders are the same vertices,
 * nothing overlaps, nothing gapes, no area is lost. GEOS judges, by functions that the simplifier
 * does not use. The areas are Voronoi cells with frayed borders; some get the faults of real data:
 * a vertex that only one side has, vertices a hand's breadth apart. */
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

#include "geo/geo_coverage.h"

#define SIDE  6 /* areas along a side */
#define N     (SIDE * SIDE)
#define STEPS 40 /* vertices of a border */
#define WORLD 2147483648.0

static GEOSContextHandle_t geos;
static unsigned char *wkb[N];
static struct geo_area_source sources[N];

static int set_up(void **state)
{
    (void)state;
    geos = GEOS_init_r();
    return geos == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        free(wkb[i]);
    }
    GEOS_finish_r(geos);
    return 0;
}

/* Some number between -1 and 1 that only depends on where it is asked. */
static double chance(int a, int b, int c)
{
    uint32_t h = (uint32_t)a * 2654435761U ^ (uint32_t)b * 2246822519U ^ (uint32_t)c * 3266489917U;
    h = (h ^ (h >> 15)) * 2246822519U;
    h = (h ^ (h >> 13)) * 3266489917U;
    return (double)((h ^ (h >> 16)) & 0xffff) / 32768.0 - 1;
}

static struct geo_point corner(int i, int j)
{
    return (struct geo_point){106.5 + 0.02 * i + 0.005 * chance(i, j, 1),
                              10.7 + 0.02 * j + 0.005 * chance(i, j, 2)};
}

/* Step s of the frayed border from corner (i, j) to the east or north one. */
static struct geo_point border(int i, int j, bool north, int s)
{
    struct geo_point a = corner(i, j);
    struct geo_point z = north ? corner(i, j + 1) : corner(i + 1, j);
    double t = (double)s / STEPS;
    double fray = s == 0 || s == STEPS ? 0 : 0.0004 * chance(i * 100 + j, s, north);
    return (struct geo_point){a.lon + (z.lon - a.lon) * t + (north ? fray : 0),
                              a.lat + (z.lat - a.lat) * t + (north ? 0 : fray)};
}

struct ring {
    struct geo_point p[5 * STEPS + 8];
    uint32_t n;
};

/* Faults, of one side only: 3 cm beside the border, or a further vertex on it. */
static void add(struct ring *r, struct geo_point p, bool faulty, int s)
{
    if (faulty && s % 7 == 3) {
        p.lon += 2e-7;
    }
    if (faulty && s % 11 == 5 && r->n > 0) {
        struct geo_point before = r->p[r->n - 1];
        r->p[r->n++] = (struct geo_point){(before.lon + p.lon) / 2, (before.lat + p.lat) / 2};
    }
    r->p[r->n++] = p;
}

static void make_area(int i, int j, bool faults)
{
    struct ring r = {.n = 0};
    bool faulty = faults && (i + j) % 2 == 0;
    for (int s = 0; s < STEPS; s++) {
        add(&r, border(i, j, false, s), faulty, s);
    }
    for (int s = 0; s < STEPS; s++) {
        add(&r, border(i + 1, j, true, s), faulty, s);
    }
    for (int s = STEPS; s > 0; s--) {
        add(&r, border(i, j + 1, false, s), faulty, s);
    }
    for (int s = STEPS; s > 0; s--) {
        add(&r, border(i, j, true, s), faulty, s);
    }
    r.p[r.n] = r.p[0];
    r.n++;
    size_t size = 13 + (size_t)r.n * 16;
    unsigned char *w = malloc(size);
    const uint32_t head[3] = {3, 1, r.n};
    assert_non_null(w);
    w[0] = 1;
    memcpy(w + 1, head, sizeof(head));
    memcpy(w + 13, r.p, (size_t)r.n * 16);
    free(wkb[i * SIDE + j]);
    wkb[i * SIDE + j] = w;
    sources[i * SIDE + j] = (struct geo_area_source){w, size};
}

static struct geo_coverage *make(bool faults)
{
    struct geo_coverage *c = NULL;
    struct err e;
    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            make_area(i, j, faults);
        }
    }
    assert_int_equal(geo_coverage_create(sources, N, GEO_COVERAGE_SNAP_M, &c, &e), STATUS_OK);
    return c;
}

/* Around the map, so that GEOS's doubles hold every digit. */
static GEOSGeometry *polygon_of(const struct geo_coverage_level *level, size_t area)
{
    size_t n = 0;
    const struct geo_coverage_ring *rings = geo_coverage_level_rings(level, area, &n);
    const struct geo_coverage_point *points = geo_coverage_level_points(level);
    assert_int_equal(n, 1);
    assert_true(rings[0].count >= 3);
    unsigned size = (unsigned)rings[0].count;
    GEOSCoordSequence *line = GEOSCoordSeq_create_r(geos, size + 1, 2);
    for (unsigned i = 0; i <= size; i++) {
        struct geo_coverage_point p = points[rings[0].first + i % size];
        GEOSCoordSeq_setXY_r(geos, line, i, p.x, p.y);
    }
    return GEOSGeom_createPolygon_r(geos, GEOSGeom_createLinearRing_r(geos, line), NULL, 0);
}

static double area_of(const GEOSGeometry *g)
{
    double area = 0;
    assert_int_equal(GEOSArea_r(geos, g, &area), 1);
    return area;
}

/* Valid polygons whose union is one without holes and as large as they are together. */
static void check_level(const struct geo_coverage *c, uint32_t zoom, double whole, double *out)
{
    struct geo_coverage_level *level = NULL;
    struct err e;
    GEOSGeometry *all[N];
    double sum = 0;
    assert_int_equal(geo_coverage_level_create(c, zoom, &level, &e), STATUS_OK);
    assert_int_equal(geo_coverage_level_count(level), N);
    for (size_t i = 0; i < N; i++) {
        all[i] = polygon_of(level, i);
        assert_int_equal(GEOSisValid_r(geos, all[i]), 1);
        assert_true(area_of(all[i]) > 0);
        sum += area_of(all[i]);
    }
    GEOSGeometry *many = GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, all, N);
    GEOSGeometry *one = GEOSUnaryUnion_r(geos, many);
    assert_non_null(one);
    assert_int_equal(GEOSGeomTypeId_r(geos, one), GEOS_POLYGON);
    assert_int_equal(GEOSGetNumInteriorRings_r(geos, one), 0);
    assert_true(fabs(area_of(one) - sum) <= sum * 1e-12);
    double tolerance = zoom >= GEO_COVERAGE_FULL_ZOOM ? 1e-6 : zoom >= 10 ? 0.01 : 0.2;
    assert_true(whole == 0 || fabs(sum - whole) <= whole * tolerance);
    *out = sum;
    GEOSGeom_destroy_r(geos, one);
    GEOSGeom_destroy_r(geos, many);
    geo_coverage_level_destroy(level);
}

static void test_every_zoom(void **state)
{
    (void)state;
    for (int faults = 0; faults < 2; faults++) {
        struct geo_coverage *c = make(faults != 0);
        double whole = 0;
        double ignored;
        check_level(c, GEO_COVERAGE_FULL_ZOOM, 0, &whole);
        for (uint32_t zoom = 0; zoom <= 16; zoom++) {
            check_level(c, zoom, whole, &ignored);
        }
        geo_coverage_destroy(c);
    }
}

static void test_faults_are_mended(void **state)
{
    (void)state;
    struct geo_coverage *clean = make(false);
    struct geo_coverage_facts before = geo_coverage_facts(clean);
    struct geo_coverage *mended = make(true);
    struct geo_coverage_facts after = geo_coverage_facts(mended);
    /* Inner borders, and the outline cut where two areas meet it. */
    assert_int_equal(before.shared, 2 * SIDE * (SIDE - 1));
    assert_int_equal(after.shared, before.shared);
    assert_int_equal(after.arcs, before.arcs);
    assert_true(after.snapped > 0);
    assert_true(after.inserted > 0);
    assert_int_equal(after.lost, 0);
    geo_coverage_destroy(clean);
    geo_coverage_destroy(mended);
}

struct edge {
    int32_t ax, ay, bx, by;
};

static int compare_edges(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct edge));
}

/* Every edge inside the outline is there exactly twice: once for each neighbour. */
static void test_edges_are_common(void **state)
{
    (void)state;
    struct geo_coverage *c = make(true);
    struct err e;
    for (uint32_t zoom = 4; zoom <= 16; zoom += 2) {
        struct geo_coverage_level *level = NULL;
        static struct edge edges[N * 5 * STEPS];
        size_t n_edges = 0;
        size_t twice = 0;
        assert_int_equal(geo_coverage_level_create(c, zoom, &level, &e), STATUS_OK);
        const struct geo_coverage_point *p = geo_coverage_level_points(level);
        for (size_t area = 0; area < N; area++) {
            size_t n = 0;
            const struct geo_coverage_ring *ring = geo_coverage_level_rings(level, area, &n);
            for (size_t i = 0; i < ring->count; i++) {
                struct geo_coverage_point a = p[ring->first + i];
                struct geo_coverage_point b = p[ring->first + (i + 1) % ring->count];
                bool ahead = a.x != b.x ? a.x < b.x : a.y < b.y;
                edges[n_edges++] =
                    ahead ? (struct edge){a.x, a.y, b.x, b.y} : (struct edge){b.x, b.y, a.x, a.y};
            }
        }
        qsort(edges, n_edges, sizeof(edges[0]), compare_edges);
        for (size_t i = 0; i + 1 < n_edges; i++) {
            bool same = memcmp(&edges[i], &edges[i + 1], sizeof(edges[0])) == 0;
            assert_false(same && i + 2 < n_edges &&
                         memcmp(&edges[i], &edges[i + 2], sizeof(edges[0])) == 0);
            twice += same;
        }
        /* Rings times edges minus the outline's: at least the straight borders are shared. */
        assert_true(twice >= 2 * SIDE * (SIDE - 1));
        assert_true(n_edges - 2 * twice >= 4 * (SIDE - 1));
        assert_true(n_edges - 2 * twice <= 4 * SIDE * (STEPS + STEPS / 5));
        geo_coverage_level_destroy(level);
    }
    geo_coverage_destroy(c);
}

static void test_broken_sources(void **state)
{
    (void)state;
    struct geo_coverage *c = NULL;
    struct err e;
    struct geo_coverage *good = make(false);
    struct geo_area_source cut = {wkb[0], sources[0].wkb_size - 3};
    assert_int_equal(geo_coverage_create(&cut, 1, 0.5, &c, &e), STATUS_INVALID);
    assert_int_equal(geo_coverage_create(NULL, 0, 0.5, &c, &e), STATUS_OK);
    struct geo_coverage_level *level = NULL;
    assert_int_equal(geo_coverage_level_create(c, 3, &level, &e), STATUS_OK);
    assert_int_equal(geo_coverage_level_count(level), 0);
    geo_coverage_level_destroy(level);
    geo_coverage_destroy(c);
    geo_coverage_destroy(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_zoom),
        cmocka_unit_test(test_faults_are_mended),
        cmocka_unit_test(test_edges_are_common),
        cmocka_unit_test(test_broken_sources),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
