/* geo_area against two oracles: GEOS for valid polygons, and a plain count of crossings in whole
 * numbers for everything, however broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <geos_c.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "geo/geo_area.h"
#include "geo/geo_distance.h"
#include "geo/geo_predicate.h"
#include "geo/geo_wkb.h"
#include "tests/unit/geo/shapes.h"

#define AREAS_MAX 400

/* Areas in the making. */
struct atlas {
    struct bytes wkb[AREAS_MAX];
    struct geo_area_source sources[AREAS_MAX];
    size_t n;
    struct geo_area_set *set;           /* NULL until built */
    struct geo_shape shape;             /* all of it, to pick vertices and edges from */
    struct geo_shape shapes[AREAS_MAX]; /* each alone, for the oracle */
};

static struct bytes *atlas_add(struct atlas *a)
{
    assert_true(a->n < AREAS_MAX);
    return &a->wkb[a->n++];
}

static void atlas_build(struct atlas *a)
{
    geo_shape_init(&a->shape);
    for (size_t i = 0; i < a->n; i++) {
        a->sources[i] = (struct geo_area_source){a->wkb[i].p, a->wkb[i].n};
        assert_int_equal(geo_wkb_read(a->wkb[i].p, a->wkb[i].n, &a->shape, NULL), STATUS_OK);
        geo_shape_init(&a->shapes[i]);
        assert_int_equal(geo_wkb_read(a->wkb[i].p, a->wkb[i].n, &a->shapes[i], NULL), STATUS_OK);
    }
    struct err e = {0};
    if (geo_area_set_create(a->sources, a->n, &a->set, &e) != STATUS_OK) {
        fail_msg("%s", e.text);
    }
}

static void atlas_clear(struct atlas *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->wkb[i].p);
        geo_shape_clear(&a->shapes[i]);
    }
    geo_shape_clear(&a->shape);
    geo_area_set_destroy(a->set);
    *a = (struct atlas){0};
}

/* One atlas for all tests: too large for the stack. */
static struct atlas atlas;

static int tear_down(void **state)
{
    (void)state;
    atlas_clear(&atlas); /* also after a failure, or the next test would fail with it */
    return 0;
}

/* Coordinates that have few binary digits, so that middles of edges and the like stay exact. */
static double snap(double degrees)
{
    return round(degrees * 0x1p20) * 0x1p-20;
}

/* ------------------------------------------------------------------ the oracles */

static GEOSContextHandle_t geos;

struct geos_areas {
    GEOSGeometry *geometry[AREAS_MAX];
    const GEOSPreparedGeometry *prepared[AREAS_MAX];
};

static void geos_load(struct geos_areas *g, const struct atlas *a)
{
    for (size_t i = 0; i < a->n; i++) {
        g->geometry[i] = GEOSGeomFromWKB_buf_r(geos, a->wkb[i].p, a->wkb[i].n);
        assert_non_null(g->geometry[i]);
        assert_int_equal(GEOSisValid_r(geos, g->geometry[i]), 1);
        g->prepared[i] = GEOSPrepare_r(geos, g->geometry[i]);
    }
}

static void geos_unload(struct geos_areas *g, const struct atlas *a)
{
    for (size_t i = 0; i < a->n; i++) {
        GEOSPreparedGeom_destroy_r(geos, g->prepared[i]);
        GEOSGeom_destroy_r(geos, g->geometry[i]);
    }
}

static size_t geos_all_at(const struct geos_areas *g, const struct atlas *a, struct geo_point p,
                          int32_t *out)
{
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(geos, p.lon, p.lat);
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (GEOSPreparedIntersects_r(geos, g->prepared[i], point) == 1) {
            out[n++] = (int32_t)i;
        }
    }
    GEOSGeom_destroy_r(geos, point);
    return n;
}

__extension__ typedef __int128 wide;

/* Coordinates are whole multiples of 2^-20 here, points of 2^-32. */
static wide whole(double degrees)
{
    double scaled = degrees * 0x1p32;
    assert_true(scaled == rint(scaled));
    return (wide)scaled;
}

/* Bit 0: an odd number of the ring's edges lie to the east; bit 1: p is on one. */
static unsigned ring_count(const struct geo_point *v, size_t count, struct geo_point p)
{
    unsigned found = 0;
    wide px = whole(p.lon);
    wide py = whole(p.lat);
    for (size_t i = 1; i < count; i++) {
        wide ax = whole(v[i - 1].lon) - px;
        wide ay = whole(v[i - 1].lat) - py;
        wide bx = whole(v[i].lon) - px;
        wide by = whole(v[i].lat) - py;
        wide turn = ax * by - ay * bx;
        if (turn == 0 && (ax <= 0 || bx <= 0) && (ax >= 0 || bx >= 0) && (ay <= 0 || by <= 0) &&
            (ay >= 0 || by >= 0)) {
            found |= 2;
        }
        if ((ay > 0) != (by > 0) && (by > ay ? turn > 0 : turn < 0)) {
            found ^= 1;
        }
    }
    return found;
}

static size_t plain_all_at(const struct atlas *a, struct geo_point p, int32_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        const struct geo_shape *shape = &a->shapes[i];
        bool covers = false;
        for (size_t k = 0; k < shape->n_polygons; k++) {
            unsigned found = 0;
            for (size_t r = 0; r < shape->polygons[k].count; r++) {
                const struct geo_ring *ring = &shape->rings[shape->polygons[k].first + r];
                unsigned one = ring_count(shape->points + ring->first, ring->count, p);
                found = (found ^ (one & 1)) | (one & 2);
            }
            covers = covers || found != 0;
        }
        if (covers) {
            out[n++] = (int32_t)i;
        }
    }
    return n;
}

static void expect_same(const struct atlas *a, struct geo_point p, const int32_t *want, size_t n)
{
    int32_t got[AREAS_MAX];
    size_t count = geo_area_all_at(a->set, p, got, AREAS_MAX);
    bool same = count == n && memcmp(got, want, n * sizeof *want) == 0;
    int32_t at = geo_area_at(a->set, p);
    if (!same || at != (n > 0 ? want[0] : -1)) {
        fail_msg("at %a %a: %zu areas, first %d; the oracle has %zu, first %d", p.lon, p.lat, count,
                 at, n, n > 0 ? want[0] : -1);
    }
}

/* ------------------------------------------------------------------ points to ask for */

static struct geo_point random_vertex(const struct atlas *a, struct dice *dice, size_t *next)
{
    const struct geo_ring *ring = &a->shape.rings[dice_below(dice, a->shape.n_rings)];
    size_t i = ring->first + dice_below(dice, ring->count - 1);
    *next = i + 1;
    return a->shape.points[i];
}

/* Of the kinds that go wrong: anywhere, on vertices and edges, a last digit beside them, level with
 * them. */
static struct geo_point nasty_point(const struct atlas *a, struct dice *dice)
{
    struct geo_box box = geo_area_set_box(a->set);
    struct geo_point p = {dice_between(dice, box.west - 0.01, box.east + 0.01),
                          dice_between(dice, box.south - 0.01, box.north + 0.01)};
    size_t kind = dice_below(dice, 8);
    if (kind <= 1) {
        return p;
    }
    size_t next;
    struct geo_point a_end = random_vertex(a, dice, &next);
    struct geo_point b_end = a->shape.points[next];
    struct geo_point middle = {(a_end.lon + b_end.lon) / 2, (a_end.lat + b_end.lat) / 2};
    switch (kind) {
    case 2:
        return a_end;
    case 3:
        return middle;
    case 4:
        middle.lon = nextafter(middle.lon, p.lon);
        return middle;
    case 5:
        a_end.lat = nextafter(a_end.lat, p.lat);
        return a_end;
    case 6:
        return (struct geo_point){p.lon, a_end.lat};
    default:
        return (struct geo_point){a_end.lon, p.lat};
    }
}

static void compare_with_geos(const struct atlas *a, uint64_t seed, int points)
{
    static struct geos_areas g;
    geos_load(&g, a);
    struct dice dice = {seed};
    size_t several = 0;
    for (int i = 0; i < points; i++) {
        struct geo_point p = nasty_point(a, &dice);
        int32_t want[AREAS_MAX];
        size_t n = geos_all_at(&g, a, p, want);
        several += n > 1;
        expect_same(a, p, want, n);
    }
    print_message("%zu areas, %zu points, %zu bytes: %d asked, %zu in several areas\n", a->n,
                  a->shape.n_points, geo_area_set_bytes(a->set), points, several);
    geos_unload(&g, a);
}

/* ------------------------------------------------------------------ shapes */

/* A star around a centre; its points closed. */
static size_t star(struct dice *dice, struct geo_point centre, double least, double most,
                   struct geo_point *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double angle = 2 * acos(-1) * (double)i / (double)n;
        double radius = dice_between(dice, least, most);
        out[i] = (struct geo_point){snap(centre.lon + radius * cos(angle)),
                                    snap(centre.lat + radius * sin(angle))};
    }
    out[n] = out[0];
    return n + 1;
}

static void test_stars_with_holes_that_overlap(void **state)
{
    (void)state;
    struct dice dice = {31};
    static struct geo_point ring[3001];
    for (size_t i = 0; i < 40; i++) {
        struct geo_point centre = {dice_between(&dice, 106, 107), dice_between(&dice, 10, 11)};
        double size = exp(dice_between(&dice, -6, -1));
        size_t spikes = i < 2 ? 3000 : 3 + dice_below(&dice, 200);
        struct bytes *b = atlas_add(&atlas);
        wkb_start(b, 3, i % 2 == 0 ? 1 : 2);
        wkb_ring(b, ring, star(&dice, centre, size * 0.5, size, ring, spikes));
        if (i % 2 != 0) {
            wkb_ring(b, ring, star(&dice, centre, size * 0.05, size * 0.2, ring, 3 + i));
        }
    }
    atlas_build(&atlas);
    compare_with_geos(&atlas, 32, 8000);
}

#define COUNTRY  12 /* areas along each side */
#define SEGMENTS 16 /* pieces of each border */

struct country {
    struct geo_point corner[COUNTRY + 1][COUNTRY + 1];
    /* Borders to the east (0) and to the north (1) of each corner, ends included. */
    struct geo_point border[COUNTRY + 1][COUNTRY + 1][2][SEGMENTS + 1];
};

static void country_border(struct dice *dice, struct geo_point from, struct geo_point to,
                           struct geo_point *out)
{
    for (int i = 0; i <= SEGMENTS; i++) {
        double t = (double)i / SEGMENTS;
        double bend = i == 0 || i == SEGMENTS ? 0 : dice_between(dice, -0.0008, 0.0008);
        out[i] = (struct geo_point){snap(from.lon + t * (to.lon - from.lon) + bend),
                                    snap(from.lat + t * (to.lat - from.lat) + bend)};
    }
    out[0] = from;
    out[SEGMENTS] = to;
}

static void country_make(struct country *c, struct dice *dice)
{
    for (int y = 0; y <= COUNTRY; y++) {
        for (int x = 0; x <= COUNTRY; x++) {
            c->corner[y][x] =
                (struct geo_point){snap(106.3 + x * 0.05 + dice_between(dice, -0.01, 0.01)),
                                   snap(10.4 + y * 0.05 + dice_between(dice, -0.01, 0.01))};
        }
    }
    for (int y = 0; y <= COUNTRY; y++) {
        for (int x = 0; x <= COUNTRY; x++) {
            int east = x < COUNTRY ? x + 1 : x;
            int north = y < COUNTRY ? y + 1 : y;
            country_border(dice, c->corner[y][x], c->corner[y][east], c->border[y][x][0]);
            country_border(dice, c->corner[y][x], c->corner[north][x], c->border[y][x][1]);
        }
    }
}

/* The area's ring out of its four borders, each shared with a neighbour to the last bit. */
static void country_area(const struct country *c, int x, int y, struct bytes *b)
{
    struct geo_point ring[4 * SEGMENTS + 1];
    size_t n = 0;
    for (int i = 0; i < SEGMENTS; i++) {
        ring[n++] = c->border[y][x][0][i];
    }
    for (int i = 0; i < SEGMENTS; i++) {
        ring[n++] = c->border[y][x + 1][1][i];
    }
    for (int i = SEGMENTS; i > 0; i--) {
        ring[n++] = c->border[y + 1][x][0][i];
    }
    for (int i = SEGMENTS; i > 0; i--) {
        ring[n++] = c->border[y][x][1][i];
    }
    wkb_simple(b, ring, n);
}

static void country_load(struct atlas *a, uint64_t seed)
{
    static struct country c;
    struct dice dice = {seed};
    country_make(&c, &dice);
    for (int y = 0; y < COUNTRY; y++) {
        for (int x = 0; x < COUNTRY; x++) {
            country_area(&c, x, y, atlas_add(a));
        }
    }
    atlas_build(a);
}

static void test_neighbours_share_their_border(void **state)
{
    (void)state;
    country_load(&atlas, 33);
    compare_with_geos(&atlas, 34, 8000);
    /* No point inside the country is lost between two areas. */
    struct dice dice = {35};
    for (int i = 0; i < 50000; i++) {
        struct geo_point p = {dice_between(&dice, 106.33, 106.87),
                              dice_between(&dice, 10.43, 10.97)};
        assert_true(geo_area_at(atlas.set, p) >= 0);
    }
}

static void test_slivers(void **state)
{
    (void)state;
    struct dice dice = {36};
    for (int i = 0; i < 60; i++) {
        struct geo_point a = {dice_between(&dice, 106, 107), dice_between(&dice, 10, 11)};
        struct geo_point b = {dice_between(&dice, 106, 107), dice_between(&dice, 10, 11)};
        struct geo_point c = {a.lon + (b.lon - a.lon) / 3, a.lat + (b.lat - a.lat) / 3};
        c.lat = i % 3 == 0 ? nextafter(c.lat, 90) : c.lat + dice_between(&dice, 0, 1e-7);
        struct geo_point ring[3] = {a, b, c};
        if (geo_orient(a, b, c) == 0) {
            continue;
        }
        wkb_simple(atlas_add(&atlas), ring, 3);
    }
    atlas_build(&atlas);
    compare_with_geos(&atlas, 37, 8000);
}

static void test_many_parts_and_nested_areas(void **state)
{
    (void)state;
    struct dice dice = {38};
    static struct geo_point ring[64];
    for (int i = 0; i < 10; i++) {
        struct bytes *b = atlas_add(&atlas);
        wkb_start(b, 6, 16); /* islands on a lattice, out of each other's way */
        for (int k = 0; k < 16; k++) {
            struct geo_point centre = {106 + 0.1 * (k % 4) + 0.01 * i, 10 + 0.1 * (k / 4)};
            wkb_start(b, 3, 1);
            wkb_ring(b, ring, star(&dice, centre, 0.01, 0.04, ring, 3 + dice_below(&dice, 50)));
        }
    }
    for (int i = 0; i < 6; i++) { /* the same box again and again, and smaller ones in it */
        double shrink = (i / 2) * 0.125;
        struct geo_point box[4] = {{106 + shrink, 10 + shrink},
                                   {107 - shrink, 10 + shrink},
                                   {107 - shrink, 11 - shrink},
                                   {106 + shrink, 11 - shrink}};
        wkb_simple(atlas_add(&atlas), box, 4);
    }
    atlas_build(&atlas);
    compare_with_geos(&atlas, 39, 8000);
}

/* ------------------------------------------------------------------ not valid, still exact */

static void compare_with_plain_count(const struct atlas *a, uint64_t seed, int points)
{
    struct dice dice = {seed};
    for (int i = 0; i < points; i++) {
        struct geo_point p = nasty_point(a, &dice);
        p.lon = round(p.lon * 0x1p32) * 0x1p-32;
        p.lat = round(p.lat * 0x1p32) * 0x1p-32;
        int32_t want[AREAS_MAX];
        expect_same(a, p, want, plain_all_at(a, p, want));
    }
}

static void test_scribbles(void **state)
{
    (void)state;
    struct dice dice = {40};
    for (int round_number = 0; round_number < 60; round_number++) {
        for (int i = 0; i < 4; i++) {
            struct bytes *b = atlas_add(&atlas);
            uint32_t rings = 1 + (uint32_t)dice_below(&dice, 3);
            wkb_start(b, 3, rings);
            /* Few different values, so that edges run along each other, repeat, turn back on
             * themselves, have no length, and cross in vertices. */
            size_t values = 2 + dice_below(&dice, 40);
            for (uint32_t r = 0; r < rings; r++) {
                struct geo_point ring[64];
                size_t n = 3 + dice_below(&dice, 60);
                for (size_t k = 0; k < n; k++) {
                    ring[k] = (struct geo_point){106 + (double)dice_below(&dice, values) * 0x1p-10,
                                                 10 + (double)dice_below(&dice, values) * 0x1p-10};
                }
                ring[n] = ring[0];
                wkb_ring(b, ring, n + 1);
            }
        }
        atlas_build(&atlas);
        compare_with_plain_count(&atlas, 41 + (uint64_t)round_number, 500);
        atlas_clear(&atlas);
    }
}

static void test_no_extent(void **state)
{
    (void)state;
    const struct geo_point dot[3] = {{106.5, 10.5}, {106.5, 10.5}, {106.5, 10.5}};
    const struct geo_point line[3] = {{106.25, 10.5}, {106.75, 10.5}, {106.5, 10.5}};
    wkb_simple(atlas_add(&atlas), dot, 3);
    wkb_simple(atlas_add(&atlas), line, 3);
    wkb_start(atlas_add(&atlas), 3, 0);
    wkb_start(atlas_add(&atlas), 6, 0);
    atlas_build(&atlas);
    int32_t found[4];
    assert_int_equal(geo_area_all_at(atlas.set, dot[0], found, 4), 2);
    assert_int_equal(found[1], 1);
    assert_int_equal(geo_area_at(atlas.set, line[0]), 1);
    assert_int_equal(geo_area_at(atlas.set, (struct geo_point){106.5, nextafter(10.5, 11)}), -1);
    struct geo_point inside;
    for (size_t i = 0; i < 4; i++) {
        assert_false(geo_area_interior_point(atlas.set, i, &inside));
    }
    struct geo_box box = geo_area_box(atlas.set, 2);
    assert_true(box.west > box.east);
    compare_with_plain_count(&atlas, 42, 500);
}

static void test_nothing_at_all(void **state)
{
    (void)state;
    struct geo_area_set *set = NULL;
    assert_int_equal(geo_area_set_create(NULL, 0, &set, NULL), STATUS_OK);
    struct geo_point p = {106.5, 10.5};
    struct geo_area_near near[2];
    assert_int_equal(geo_area_at(set, p), -1);
    assert_int_equal(geo_area_all_at(set, p, NULL, 0), 0);
    assert_int_equal(geo_area_near(set, p, 1e6, near, 2), 0);
    assert_int_equal(geo_area_count(set), 0);
    struct geo_box box = geo_area_set_box(set);
    assert_true(box.west > box.east);
    geo_area_set_destroy(set);
    wkb_start(atlas_add(&atlas), 3, 0); /* an area, but an empty one */
    atlas_build(&atlas);
    assert_int_equal(geo_area_count(atlas.set), 1);
    assert_int_equal(geo_area_at(atlas.set, (struct geo_point){0, 0}), -1);
    assert_false(geo_area_interior_point(atlas.set, 0, &p));
    geo_area_set_destroy(NULL);
}

static void test_broken_geometry_is_named(void **state)
{
    (void)state;
    const struct geo_point good[3] = {{106, 10}, {107, 10}, {107, 11}};
    const struct geo_point open_ring[4] = {{106, 10}, {107, 10}, {107, 11}, {106, 10.5}};
    wkb_simple(atlas_add(&atlas), good, 3);
    struct bytes *b = atlas_add(&atlas);
    wkb_start(b, 3, 1);
    wkb_ring(b, open_ring, 4);
    for (size_t i = 0; i < 2; i++) {
        atlas.sources[i] = (struct geo_area_source){atlas.wkb[i].p, atlas.wkb[i].n};
    }
    struct geo_area_set *set = NULL;
    struct err e = {0};
    assert_int_equal(geo_area_set_create(atlas.sources, 2, &set, &e), STATUS_INVALID);
    assert_null(set);
    assert_non_null(strstr(e.text, "area 1"));
    assert_non_null(strstr(e.text, "not closed"));
}

static void test_points_that_are_none(void **state)
{
    (void)state;
    country_load(&atlas, 43);
    const struct geo_point none[] = {
        {(double)NAN, 10.5}, {106.5, (double)NAN}, {(double)NAN, (double)NAN},
        {HUGE_VAL, 10.5},    {106.5, -HUGE_VAL},   {0, 0},
        {1e300, 1e300}};
    struct geo_area_near near[1];
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(geo_area_at(atlas.set, none[i]), -1);
        assert_int_equal(geo_area_all_at(atlas.set, none[i], NULL, 0), 0);
        assert_int_equal(geo_area_near(atlas.set, none[i], 50, near, 1), 0);
    }
}

/* ------------------------------------------------------------------ size */

/* What an index could choke on: many edges side by side, and many in one point. */
static void expect_bounded(const struct geo_point *ring, size_t n, double angle)
{
    struct geo_point *turned = malloc(n * sizeof *turned);
    for (size_t i = 0; i < n; i++) {
        turned[i] =
            (struct geo_point){snap(106 + ring[i].lon * cos(angle) - ring[i].lat * sin(angle)),
                               snap(10 + ring[i].lon * sin(angle) + ring[i].lat * cos(angle))};
    }
    wkb_simple(atlas_add(&atlas), turned, n);
    atlas_build(&atlas);
    size_t bytes = geo_area_set_bytes(atlas.set);
    print_message("%zu edges: %zu bytes each\n", n, bytes / n);
    assert_true(bytes < 300 * n + 4096);
    compare_with_plain_count(&atlas, 44, 200);
    atlas_clear(&atlas);
    free(turned);
}

static void test_memory_is_bounded(void **state)
{
    (void)state;
    enum { TEETH = 4000 };
    static struct geo_point ring[2 * TEETH];
    for (size_t i = 0; i < 2 * TEETH; i++) { /* a comb: long teeth, close together */
        ring[i] = (struct geo_point){(double)i * 1e-4, i % 2 == 0 ? 0 : 0.5};
    }
    for (int quarter = 0; quarter < 4; quarter++) {
        expect_bounded(ring, 2 * TEETH, quarter * 0.6);
    }
    for (size_t i = 0; i < 2 * TEETH; i++) { /* a fan: every other vertex is the same */
        double a = (double)i * 2e-4;
        ring[i] =
            i % 2 == 0 ? (struct geo_point){0, 0} : (struct geo_point){0.5 * cos(a), 0.5 * sin(a)};
    }
    expect_bounded(ring, 2 * TEETH, 0);
    const struct geo_point square[4] = {{0, 0}, {0.01, 0}, {0.01, 0.01}, {0, 0.01}};
    wkb_simple(atlas_add(&atlas), square, 4);
    atlas_build(&atlas);
    assert_true(geo_area_set_bytes(atlas.set) < 1024);
}

/* ------------------------------------------------------------------ near */

static double plain_distance(const struct geo_shape *shape, struct geo_point p)
{
    double least = HUGE_VAL;
    for (size_t r = 0; r < shape->n_rings; r++) {
        const struct geo_point *v = shape->points + shape->rings[r].first;
        for (size_t k = 1; k < shape->rings[r].count; k++) {
            least = fmin(least, geo_distance_to_segment_m(p, v[k - 1], v[k]));
        }
    }
    return least;
}

static void expect_near(const struct atlas *a, struct geo_point p, double radius_m)
{
    double metres[AREAS_MAX];
    size_t within = 0;
    for (size_t i = 0; i < a->n; i++) {
        metres[i] = plain_distance(&a->shapes[i], p);
    }
    int32_t covering[AREAS_MAX];
    size_t n = geo_area_all_at(a->set, p, covering, AREAS_MAX);
    for (size_t i = 0; i < n; i++) {
        metres[covering[i]] = 0;
    }
    for (size_t i = 0; i < a->n; i++) {
        within += metres[i] <= radius_m;
    }
    struct geo_area_near near[AREAS_MAX];
    assert_int_equal(geo_area_near(a->set, p, radius_m, near, AREAS_MAX), within);
    for (size_t i = 0; i < within; i++) {
        /* Which edge is nearest is found in the plane, so far ones may be a hair farther. */
        double want = metres[near[i].area];
        assert_true(fabs(near[i].metres - want) <= 1e-6 + 1e-5 * want);
        if (i > 0) {
            assert_true(near[i - 1].metres < near[i].metres ||
                        (near[i - 1].metres == near[i].metres && near[i - 1].area < near[i].area));
        }
    }
    struct geo_area_near few[2];
    size_t kept = geo_area_near(a->set, p, radius_m, few, 2);
    assert_int_equal(kept, within < 2 ? within : 2);
    for (size_t i = 0; i < kept; i++) {
        assert_int_equal(few[i].area, near[i].area);
        assert_true(few[i].metres == near[i].metres);
    }
}

static void test_near(void **state)
{
    (void)state;
    country_load(&atlas, 45);
    struct dice dice = {46};
    static const double radii[] = {0.5, 5, 50, 1000, 20000};
    for (int i = 0; i < 200; i++) {
        expect_near(&atlas, nasty_point(&atlas, &dice), radii[i % 5]);
    }
    struct geo_area_near near[2];
    struct geo_point inside;
    assert_true(geo_area_interior_point(atlas.set, 7, &inside));
    assert_int_equal(geo_area_near(atlas.set, inside, (double)NAN, near, 2),
                     1); /* only what covers it */
    assert_int_equal(near[0].area, 7);
    assert_int_equal(geo_area_near(atlas.set, inside, 0, near, 2), 1);
    assert_int_equal(geo_area_near(atlas.set, inside, -1, near, 2), 1);
    assert_int_equal(geo_area_near(atlas.set, inside, 50, NULL, 0), 0);
}

/* ------------------------------------------------------------------ inside, threads */

static void test_interior_points(void **state)
{
    (void)state;
    struct dice dice = {47};
    static struct geo_point ring[400];
    for (size_t i = 0; i < 100; i++) {
        struct geo_point centre = {dice_between(&dice, 106, 107), dice_between(&dice, 10, 11)};
        struct bytes *b = atlas_add(&atlas);
        wkb_start(b, 3, 2); /* the hole takes the middle away */
        wkb_ring(b, ring, star(&dice, centre, 0.05, 0.2, ring, 3 + dice_below(&dice, 300)));
        wkb_ring(b, ring, star(&dice, centre, 0.002, 0.02, ring, 8));
    }
    struct geo_point sliver[3] = {{106, 10}, {107, 11}, {106.5, nextafter(10.5, 11)}};
    wkb_simple(atlas_add(&atlas), sliver, 3);
    atlas_build(&atlas);
    for (size_t i = 0; i < 100; i++) {
        struct geo_point inside;
        assert_true(geo_area_interior_point(atlas.set, i, &inside));
        int32_t found[AREAS_MAX];
        size_t n = geo_area_all_at(atlas.set, inside, found, AREAS_MAX);
        size_t k = 0;
        while (k < n && found[k] != (int32_t)i) {
            k++;
        }
        assert_true(k < n);
        assert_true(plain_distance(&atlas.shapes[i], inside) > 1); /* metres from any edge */
        struct geo_box box = geo_area_box(atlas.set, i);
        assert_true(geo_box_has(&box, inside));
    }
    struct geo_point inside = {0, 0};
    if (geo_area_interior_point(atlas.set, 100, &inside)) { /* it may say no, but not wrong */
        assert_int_equal(geo_orient(sliver[0], sliver[1], inside), 1);
        assert_int_equal(geo_orient(sliver[1], sliver[2], inside), 1);
        assert_int_equal(geo_orient(sliver[2], sliver[0], inside), 1);
    }
}

static void *ask_all(void *sum)
{
    struct dice dice = {48};
    for (int i = 0; i < 50000; i++) {
        struct geo_point p = {dice_between(&dice, 106.3, 106.9), dice_between(&dice, 10.4, 11)};
        *(int64_t *)sum += geo_area_at(atlas.set, p);
    }
    return NULL;
}

static void test_threads_share_a_set(void **state)
{
    (void)state;
    country_load(&atlas, 49);
    pthread_t threads[4];
    int64_t sums[4] = {0};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_all, &sums[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_true(sums[0] > 0 && sums[0] == sums[1] && sums[0] == sums[2] && sums[0] == sums[3]);
}

int main(void)
{
    geos = GEOS_init_r();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_stars_with_holes_that_overlap, tear_down),
        cmocka_unit_test_teardown(test_neighbours_share_their_border, tear_down),
        cmocka_unit_test_teardown(test_slivers, tear_down),
        cmocka_unit_test_teardown(test_many_parts_and_nested_areas, tear_down),
        cmocka_unit_test_teardown(test_scribbles, tear_down),
        cmocka_unit_test_teardown(test_no_extent, tear_down),
        cmocka_unit_test_teardown(test_nothing_at_all, tear_down),
        cmocka_unit_test_teardown(test_broken_geometry_is_named, tear_down),
        cmocka_unit_test_teardown(test_points_that_are_none, tear_down),
        cmocka_unit_test_teardown(test_memory_is_bounded, tear_down),
        cmocka_unit_test_teardown(test_near, tear_down),
        cmocka_unit_test_teardown(test_interior_points, tear_down),
        cmocka_unit_test_teardown(test_threads_share_a_set, tear_down),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    GEOS_finish_r(geos);
    return failed;
}
