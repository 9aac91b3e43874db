/* geo_wkb: reads what GEOS writes, in every dialect, and refuses everything else with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <geos_c.h>
#include <math.h>
#include <stdio.h>

#include "geo/geo_wkb.h"
#include "tests/unit/geo/shapes.h"

static const char two_polygons[] =
    "MULTIPOLYGON (((106 10, 107 10, 107 11, 106 11, 106 10), (106.25 10.25, 106.5 10.25, "
    "106.5 10.5, 106.25 10.25)), ((-75.5 -3.25, -75 -3.25, -75 -3, -75.5 -3.25)))";

static GEOSContextHandle_t geos;

/* `flavour` is GEOS_WKB_EXTENDED or _ISO. Free with GEOSFree_r. */
static unsigned char *write_wkb(const char *wkt, int big_endian, int flavour, int srid,
                                size_t *size)
{
    GEOSWKTReader *reader = GEOSWKTReader_create_r(geos);
    GEOSGeometry *geometry = GEOSWKTReader_read_r(geos, reader, wkt);
    assert_non_null(geometry);
    GEOSWKBWriter *writer = GEOSWKBWriter_create_r(geos);
    GEOSWKBWriter_setByteOrder_r(geos, writer, big_endian ? GEOS_WKB_XDR : GEOS_WKB_NDR);
    GEOSWKBWriter_setFlavor_r(geos, writer, flavour);
    GEOSWKBWriter_setOutputDimension_r(geos, writer, 3);
    if (srid != 0) {
        GEOSSetSRID_r(geos, geometry, srid);
        GEOSWKBWriter_setIncludeSRID_r(geos, writer, 1);
    }
    unsigned char *wkb = GEOSWKBWriter_write_r(geos, writer, geometry, size);
    assert_non_null(wkb);
    GEOSWKBWriter_destroy_r(geos, writer);
    GEOSGeom_destroy_r(geos, geometry);
    GEOSWKTReader_destroy_r(geos, reader);
    return wkb;
}

static void expect_two_polygons(const struct geo_shape *s)
{
    assert_int_equal(s->n_polygons, 2);
    assert_int_equal(s->n_rings, 3);
    assert_int_equal(s->n_points, 13);
    assert_int_equal(s->polygons[0].count, 2);
    assert_int_equal(s->polygons[1].first, 2);
    assert_int_equal(s->rings[1].first, 5);
    assert_int_equal(s->rings[1].count, 4);
    assert_true(s->points[6].lon == 106.5 && s->points[6].lat == 10.25);
    assert_true(s->points[9].lon == -75.5 && s->points[9].lat == -3.25);
}

static void test_every_dialect(void **state)
{
    (void)state;
    static const char with_z[] =
        "MULTIPOLYGON Z (((106 10 1, 107 10 2, 107 11 3, 106 11 4, 106 10 5), (106.25 10.25 7, "
        "106.5 10.25 7, 106.5 10.5 7, 106.25 10.25 7)), ((-75.5 -3.25 9, -75 -3.25 9, -75 -3 9, "
        "-75.5 -3.25 9)))";
    for (int i = 0; i < 16; i++) {
        size_t size = 0;
        unsigned char *wkb = write_wkb((i & 1) != 0 ? with_z : two_polygons, (i & 2) != 0,
                                       (i & 4) != 0 ? GEOS_WKB_ISO : GEOS_WKB_EXTENDED,
                                       (i & 8) != 0 ? 4326 : 0, &size);
        struct geo_shape shape;
        geo_shape_init(&shape);
        struct err e = {0};
        assert_int_equal(geo_wkb_read(wkb, size, &shape, &e), STATUS_OK);
        expect_two_polygons(&shape);
        geo_shape_clear(&shape);
        GEOSFree_r(geos, wkb);
    }
}

static void test_measures_and_mixed_byte_orders(void **state)
{
    (void)state;
    /* EWKB flags Z and M, and ISO 3003 (Z and M): four numbers a point, two of them skipped. */
    const uint32_t types[] = {0xC0000003U, 3003};
    for (size_t i = 0; i < 2; i++) {
        struct bytes b = {0};
        wkb_start(&b, types[i], 1);
        wkb_u32(&b, 4);
        const double ring[16] = {1, 2, (double)NAN, 5, 3, 2, 6, (double)NAN,
                                 3, 4, 7,           7, 1, 2, 8, 8};
        bytes_add(&b, ring, sizeof ring);
        struct geo_shape shape;
        geo_shape_init(&shape);
        assert_int_equal(geo_wkb_read(b.p, b.n, &shape, NULL), STATUS_OK);
        assert_int_equal(shape.n_points, 4);
        assert_true(shape.points[2].lon == 3 && shape.points[2].lat == 4);
        geo_shape_clear(&shape);
        free(b.p);
    }
    /* A collection of one order may hold members of the other. */
    size_t size = 0;
    unsigned char *big = write_wkb("POLYGON ((1 2, 3 2, 3 4, 1 2))", 1, GEOS_WKB_ISO, 0, &size);
    struct bytes b = {0};
    wkb_start(&b, 6, 2);
    bytes_add(&b, big, size);
    const struct geo_point corners[3] = {{5, 6}, {7, 6}, {7, 8}};
    wkb_simple(&b, corners, 3);
    struct geo_shape shape;
    geo_shape_init(&shape);
    assert_int_equal(geo_wkb_read(b.p, b.n, &shape, NULL), STATUS_OK);
    assert_int_equal(shape.n_polygons, 2);
    assert_true(shape.points[1].lon == 3 && shape.points[5].lon == 7);
    geo_shape_clear(&shape);
    free(b.p);
    GEOSFree_r(geos, big);
}

/* Refused, with these words in the reason, and the shape as it was. */
static void expect_refused(const unsigned char *wkb, size_t size, const char *words)
{
    static const struct geo_point before[3] = {{1, 1}, {2, 1}, {2, 2}};
    struct bytes first = {0};
    wkb_simple(&first, before, 3);
    struct geo_shape shape;
    geo_shape_init(&shape);
    assert_int_equal(geo_wkb_read(first.p, first.n, &shape, NULL), STATUS_OK);
    struct err e = {0};
    assert_int_equal(geo_wkb_read(wkb, size, &shape, &e), STATUS_INVALID);
    if (!strstr(e.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", e.text, words);
    }
    assert_int_equal(shape.n_polygons, 1);
    assert_int_equal(shape.n_rings, 1);
    assert_int_equal(shape.n_points, 4);
    geo_shape_clear(&shape);
    free(first.p);
}

static void expect_ring_refused(const struct geo_point *points, size_t n, const char *words)
{
    struct bytes b = {0};
    wkb_start(&b, 3, 1);
    wkb_ring(&b, points, n);
    expect_refused(b.p, b.n, words);
    free(b.p);
}

static void test_broken_rings(void **state)
{
    (void)state;
    expect_ring_refused((const struct geo_point[]){{1, 1}, {2, 1}, {2, 2}, {1, 1.0000001}}, 4,
                        "not closed");
    expect_ring_refused((const struct geo_point[]){{1, 1}, {2, 1}, {1, 1}}, 3, "fewer than 4");
    expect_ring_refused(NULL, 0, "fewer than 4");
    expect_ring_refused((const struct geo_point[]){{1, 1}, {(double)NAN, 1}, {2, 2}, {1, 1}}, 4,
                        "not in degrees");
    expect_ring_refused((const struct geo_point[]){{1, 1}, {2, HUGE_VAL}, {2, 2}, {1, 1}}, 4,
                        "not in degrees");
    expect_ring_refused(
        (const struct geo_point[]){{(double)NAN, 1}, {2, 1}, {2, 2}, {(double)NAN, 1}}, 4,
        "not in degrees");
    /* VN-2000 metres, and axes the wrong way round. */
    expect_ring_refused((const struct geo_point[]){{603184, 1191951}, {2, 1}, {2, 2}, {1, 1}}, 4,
                        "not in degrees");
    expect_ring_refused((const struct geo_point[]){{10.8, 106.7}, {2, 1}, {2, 2}, {1, 1}}, 4,
                        "not in degrees");
}

static void test_other_things(void **state)
{
    (void)state;
    static const char *const wrong[] = {"POINT (1 2)", "LINESTRING (1 2, 3 4)",
                                        "GEOMETRYCOLLECTION (POLYGON ((1 2, 3 2, 3 4, 1 2)))",
                                        "MULTIPOINT ((1 2))"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t size = 0;
        unsigned char *wkb = write_wkb(wrong[i], 0, GEOS_WKB_EXTENDED, 0, &size);
        expect_refused(wkb, size, "polygon");
        GEOSFree_r(geos, wkb);
    }
    size_t size = 0;
    unsigned char *wkb = write_wkb(two_polygons, 0, GEOS_WKB_EXTENDED, 9210, &size);
    expect_refused(wkb, size, "SRID 9210");
    GEOSFree_r(geos, wkb);
    expect_refused((const unsigned char *)"", 0, "ends at byte 0");
    expect_refused(NULL, 0, "ends at byte 0");
    expect_refused((const unsigned char *)"\x07\x03\0\0\0\0\0\0\0", 9, "byte order");
    expect_refused((const unsigned char *)"\x01\xff\xff\xff\x0f\0\0\0\0", 9, "no geometry type");
}

static void test_lying_counts(void **state)
{
    (void)state;
    struct bytes b = {0};
    wkb_start(&b, 3, 1);
    wkb_u32(&b, 0xffffffffU);
    expect_refused(b.p, b.n, "claims 4294967295 points");
    b.n = 0;
    wkb_start(&b, 3, 0xffffffffU);
    expect_refused(b.p, b.n, "ends at byte");
    b.n = 0;
    wkb_start(&b, 6, 0xffffffffU);
    expect_refused(b.p, b.n, "ends at byte");
    b.n = 0; /* a multipolygon in a multipolygon */
    wkb_start(&b, 6, 1);
    wkb_start(&b, 6, 1);
    expect_refused(b.p, b.n, "only polygons");
    free(b.p);
}

static void test_cut_and_changed_bytes(void **state)
{
    (void)state;
    size_t size = 0;
    unsigned char *wkb = write_wkb(two_polygons, 0, GEOS_WKB_EXTENDED, 4326, &size);
    for (size_t n = 0; n < size; n++) {
        unsigned char *cut = malloc(n + 1); /* so that the sanitizer sees a byte too far */
        memcpy(cut, wkb, n);
        struct geo_shape shape;
        geo_shape_init(&shape);
        assert_int_equal(geo_wkb_read(cut, n, &shape, NULL), STATUS_INVALID);
        geo_shape_clear(&shape);
        free(cut);
    }
    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            wkb[i] = (unsigned char)(wkb[i] ^ (1U << bit));
            struct geo_shape shape;
            geo_shape_init(&shape);
            struct err e;
            enum status st = geo_wkb_read(wkb, size, &shape, &e);
            assert_true(st == STATUS_OK || (st == STATUS_INVALID && shape.n_points == 0));
            geo_shape_clear(&shape);
            wkb[i] = (unsigned char)(wkb[i] ^ (1U << bit));
        }
    }
    unsigned char *longer = malloc(size + 1);
    memcpy(longer, wkb, size);
    longer[size] = 0;
    expect_refused(longer, size + 1, "1 bytes more");
    free(longer);
    GEOSFree_r(geos, wkb);
}

static void test_empty(void **state)
{
    (void)state;
    static const char *const empty[] = {"POLYGON EMPTY", "MULTIPOLYGON EMPTY"};
    for (size_t i = 0; i < 2; i++) {
        size_t size = 0;
        unsigned char *wkb = write_wkb(empty[i], 0, GEOS_WKB_EXTENDED, 0, &size);
        struct geo_shape shape;
        geo_shape_init(&shape);
        assert_int_equal(geo_wkb_read(wkb, size, &shape, NULL), STATUS_OK);
        assert_int_equal(shape.n_points, 0);
        geo_shape_clear(&shape);
        GEOSFree_r(geos, wkb);
    }
}

int main(void)
{
    geos = GEOS_init_r();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_dialect), cmocka_unit_test(test_measures_and_mixed_byte_orders),
        cmocka_unit_test(test_broken_rings),  cmocka_unit_test(test_other_things),
        cmocka_unit_test(test_lying_counts),  cmocka_unit_test(test_cut_and_changed_bytes),
        cmocka_unit_test(test_empty),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    GEOS_finish_r(geos);
    return failed;
}
