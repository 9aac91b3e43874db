/* geo_mvt and geo_clip: random features through the encoder and a decoder written here from the
 * specification's text, clipping against sampled points. Real decoders (@mapbox/vector-tile, GDAL)
 * read the service's tiles in tests/api/heat.test.ts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_clip.h"
#include "geo/geo_mvt.h"
#include "tests/unit/geo/shapes.h"

#define FEATURES 200
#define VERTICES 40

/* --- a decoder -------------------------------------------------------------------------------- */

struct reader {
    const uint8_t *p, *end;
};

static uint64_t read_varint(struct reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert_true(r->p < r->end && shift < 64);
        uint8_t byte = *r->p++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
}

static struct reader read_bytes(struct reader *r)
{
    uint64_t n = read_varint(r);
    assert_true(n <= (uint64_t)(r->end - r->p));
    struct reader inner = {r->p, r->p + n};
    r->p += n;
    return inner;
}

static int32_t unzigzag(uint64_t v)
{
    return (int32_t)((uint32_t)(v >> 1) ^ (0U - (uint32_t)(v & 1)));
}

struct layer {
    struct reader name, features[FEATURES], keys[64], values[4 * FEATURES];
    size_t n_features, n_keys, n_values;
    uint64_t extent, version;
};

static struct layer read_layer(struct reader *tile)
{
    struct layer l = {0};
    assert_int_equal(read_varint(tile), 3 << 3 | 2);
    struct reader r = read_bytes(tile);
    while (r.p < r.end) {
        switch (read_varint(&r)) {
        case 1 << 3 | 2:
            l.name = read_bytes(&r);
            break;
        case 2 << 3 | 2:
            assert_true(l.n_features < FEATURES);
            l.features[l.n_features++] = read_bytes(&r);
            break;
        case 3 << 3 | 2:
            l.keys[l.n_keys++] = read_bytes(&r);
            break;
        case 4 << 3 | 2:
            l.values[l.n_values++] = read_bytes(&r);
            break;
        case 5 << 3:
            l.extent = read_varint(&r);
            break;
        case 15 << 3:
            l.version = read_varint(&r);
            break;
        default:
            fail();
        }
    }
    return l;
}

/* A decoded feature: its paths one after another, each ended. */
struct shape {
    uint64_t id, kind;
    struct reader tags;
    struct geo_mvt_point points[VERTICES * 4];
    size_t ends[8];
    size_t n, n_paths;
};

static void read_geometry(struct reader r, struct shape *s)
{
    int32_t x = 0;
    int32_t y = 0;
    while (r.p < r.end) {
        uint64_t command = read_varint(&r);
        if ((command & 7) == 7) {
            assert_int_equal(command >> 3, 1);
            continue;
        }
        bool move = (command & 7) == 1;
        assert_true(move || (command & 7) == 2);
        if (move && s->n > 0) {
            s->ends[s->n_paths++] = s->n;
        }
        for (uint64_t i = 0; i < command >> 3; i++) {
            x += unzigzag(read_varint(&r));
            y += unzigzag(read_varint(&r));
            s->points[s->n++] = (struct geo_mvt_point){x, y};
        }
    }
    s->ends[s->n_paths++] = s->n;
}

static struct shape read_feature(struct reader r)
{
    struct shape s = {0};
    while (r.p < r.end) {
        switch (read_varint(&r)) {
        case 1 << 3:
            s.id = read_varint(&r);
            break;
        case 2 << 3 | 2:
            s.tags = read_bytes(&r);
            break;
        case 3 << 3:
            s.kind = read_varint(&r);
            break;
        case 4 << 3 | 2:
            read_geometry(read_bytes(&r), &s);
            break;
        default:
            fail();
        }
    }
    return s;
}

static double signed_area(const struct geo_mvt_point *p, size_t n)
{
    double sum = 0;
    for (size_t i = 0, k = n - 1; i < n; k = i++) {
        sum += (double)p[k].x * p[i].y - (double)p[i].x * p[k].y;
    }
    return sum / 2;
}

/* --- tests ------------------------------------------------------------------------------------ */

static struct geo_mvt *mvt;

static void expect_text(struct reader r, const char *want)
{
    assert_int_equal(r.end - r.p, strlen(want));
    assert_memory_equal(r.p, want, strlen(want));
}

static struct reader tile_of(const struct strbuf *out)
{
    assert_false(out->failed);
    const uint8_t *p = (const uint8_t *)out->p;
    return (struct reader){p, p + out->n};
}

static void test_values(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    geo_mvt_layer(mvt, "điểm", 4096);
    uint32_t a = geo_mvt_key(mvt, "a");
    uint32_t b = geo_mvt_key(mvt, "b");
    assert_int_equal(geo_mvt_key(mvt, "a"), a);
    struct geo_mvt_point point = {5, -7};
    for (int i = 0; i < 3; i++) {
        geo_mvt_feature(mvt, GEO_MVT_POINT, i == 1 ? UINT64_MAX : 0);
        geo_mvt_points(mvt, &point, 1);
        geo_mvt_string(mvt, a, STR("Gò Vấp"));
        geo_mvt_int(mvt, b, i == 0 ? 3 : i == 1 ? -3 : INT64_MIN);
        geo_mvt_double(mvt, a, 0.1);
        geo_mvt_double(mvt, a, (double)NAN);
        geo_mvt_bool(mvt, b, true);
        assert_true(geo_mvt_feature_end(mvt));
    }
    geo_mvt_layer_end(mvt, &out);
    struct reader tile = tile_of(&out);
    struct layer l = read_layer(&tile);
    assert_true(tile.p == tile.end);
    expect_text(l.name, "điểm");
    assert_int_equal(l.version, 2);
    assert_int_equal(l.extent, 4096);
    assert_int_equal(l.n_features, 3);
    assert_int_equal(l.n_keys, 2);
    assert_int_equal(l.n_values, 6); /* each once */
    const uint8_t text[] = {0x0a, 9, 'G', 0xc3, 0xb2, ' ', 'V', 0xe1, 0xba, 0xa5, 'p'};
    assert_int_equal(l.values[0].end - l.values[0].p, sizeof text);
    assert_memory_equal(l.values[0].p, text, sizeof text);
    const uint8_t three[] = {0x28, 3};
    assert_memory_equal(l.values[1].p, three, 2);
    double tenth;
    assert_int_equal(l.values[2].p[0], 0x19);
    memcpy(&tenth, l.values[2].p + 1, 8);
    assert_true(tenth == 0.1);
    const uint8_t yes[] = {0x38, 1};
    assert_memory_equal(l.values[3].p, yes, 2);
    const uint8_t less[] = {0x30, 5};
    assert_memory_equal(l.values[4].p, less, 2);
    struct shape s = read_feature(l.features[1]);
    assert_true(s.id == UINT64_MAX);
    const uint8_t tags[] = {0, 0, 1, 4, 0, 2, 1, 3};
    assert_int_equal(s.tags.end - s.tags.p, sizeof tags);
    assert_memory_equal(s.tags.p, tags, sizeof tags);
    assert_int_equal(s.points[0].y, -7);
    strbuf_free(&out);
}

static const char *const names[] = {"a", "b", "c", "d", "e", "f", "mean"};

static void put_the_long_way(struct geo_mvt_point at, const uint32_t *counts, double mean)
{
    (void)geo_mvt_double_value(mvt, mean); /* values are numbered as they come */
    geo_mvt_feature(mvt, GEO_MVT_POINT, 0);
    geo_mvt_points(mvt, &at, 1);
    for (size_t k = 0; k < 6; k++) {
        geo_mvt_int(mvt, geo_mvt_key(mvt, names[k]), counts[k]);
    }
    if (mean > 0) {
        geo_mvt_double(mvt, geo_mvt_key(mvt, names[6]), mean);
    }
    assert_true(geo_mvt_feature_end(mvt));
}

static void put_the_short_way(struct geo_mvt_point at, const uint32_t *counts, double mean)
{
    struct geo_mvt_tags tags;
    uint32_t value = geo_mvt_double_value(mvt, mean);
    geo_mvt_tags(mvt, counts, 6, mean > 0 ? value : GEO_MVT_NO_VALUE, &tags);
    geo_mvt_point(mvt, at, &tags);
}

/* The short way writes byte for byte what the long one does, also where numbers of values take
 * three bytes and tags more than 32. */
static void test_points_the_short_way(void **state)
{
    (void)state;
    struct strbuf out[2];
    for (int way = 0; way < 2; way++) {
        strbuf_init(&out[way], 1 << 22);
        geo_mvt_layer(mvt, "cells", 4096);
        for (uint32_t k = 0; k < 7; k++) {
            assert_int_equal(geo_mvt_key(mvt, names[k]), k);
        }
        for (uint32_t i = 0; i < 9000; i++) {
            struct geo_mvt_point at = {(int32_t)i * 7 - 300, 4400 - (int32_t)i};
            const uint32_t counts[] = {i * 5, i * i, i % 7, i % 2000, UINT32_MAX, UINT32_MAX - i};
            (way == 0 ? put_the_long_way : put_the_short_way)(at, counts, i % 100 / 7.0);
        }
        geo_mvt_layer_end(mvt, &out[way]);
    }
    assert_int_equal(out[0].n, out[1].n);
    assert_memory_equal(out[0].p, out[1].p, out[0].n);
    strbuf_free(&out[0]);
    strbuf_free(&out[1]);
}

static struct geo_mvt_point random_point(struct dice *dice)
{
    return (struct geo_mvt_point){(int32_t)dice_between(dice, -300, 4400),
                                  (int32_t)dice_between(dice, -300, 4400)};
}

/* Points, lines and rings come back as they were given, but for what the header says. */
static void test_round_trip(void **state)
{
    (void)state;
    struct dice dice = {91};
    static struct geo_mvt_point given[FEATURES][VERTICES];
    size_t sizes[FEATURES];
    struct strbuf out;
    strbuf_init(&out, 1 << 22);
    for (int kind = GEO_MVT_POINT; kind <= GEO_MVT_POLYGON; kind++) {
        strbuf_reset(&out);
        geo_mvt_layer(mvt, "x", 4096);
        for (size_t i = 0; i < FEATURES; i++) {
            sizes[i] = 3 + (size_t)dice_between(&dice, 0, VERTICES - 4);
            for (size_t k = 0; k < sizes[i]; k++) {
                given[i][k] = random_point(&dice);
            }
            geo_mvt_feature(mvt, (enum geo_mvt_kind)kind, i + 1);
            if (kind == GEO_MVT_POINT) {
                geo_mvt_points(mvt, given[i], sizes[i]);
            } else if (kind == GEO_MVT_LINE) {
                geo_mvt_line(mvt, given[i], sizes[i]);
            } else {
                geo_mvt_ring(mvt, given[i], sizes[i], i % 2 == 1); /* a hole of nothing */
                geo_mvt_ring(mvt, given[i], sizes[i], i % 2 == 0);
            }
            (void)geo_mvt_feature_end(mvt);
        }
        geo_mvt_layer_end(mvt, &out);
        struct reader tile = tile_of(&out);
        struct layer l = read_layer(&tile);
        assert_int_equal(l.n_features, FEATURES);
        for (size_t i = 0; i < FEATURES; i++) {
            struct shape s = read_feature(l.features[i]);
            assert_int_equal(s.id, i + 1);
            assert_int_equal(s.kind, kind);
            if (kind != GEO_MVT_POLYGON) {
                assert_int_equal(s.n, sizes[i]);
                assert_memory_equal(s.points, given[i], sizes[i] * sizeof given[i][0]);
                continue;
            }
            double want = fabs(signed_area(given[i], sizes[i]));
            assert_int_equal(s.n_paths, i % 2 == 0 ? 2 : 1);
            assert_true(fabs(signed_area(s.points, s.ends[0]) - want) < 1e-6);
            if (s.n_paths == 2) {
                double hole = signed_area(s.points + s.ends[0], s.ends[1] - s.ends[0]);
                assert_true(fabs(hole + want) < 1e-6);
            }
        }
    }
    strbuf_free(&out);
}

static void test_what_leaves_no_trace(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    const struct geo_mvt_point same[] = {{1, 1}, {1, 1}, {1, 1}};
    const struct geo_mvt_point flat[] = {{0, 0}, {5, 5}, {9, 9}, {0, 0}};
    const struct geo_mvt_point square[] = {{1, 1}, {1, 3}, {3, 3}, {3, 1}};
    geo_mvt_layer(mvt, "x", 4096);
    geo_mvt_feature(mvt, GEO_MVT_LINE, 0);
    geo_mvt_line(mvt, same, 3);
    geo_mvt_line(mvt, same, 0);
    assert_false(geo_mvt_feature_end(mvt));
    geo_mvt_feature(mvt, GEO_MVT_POLYGON, 0);
    geo_mvt_ring(mvt, flat, 4, false);
    geo_mvt_ring(mvt, square, 4, true);
    assert_false(geo_mvt_feature_end(mvt));
    geo_mvt_feature(mvt, GEO_MVT_POINT, 0);
    geo_mvt_points(mvt, same, 0);
    assert_false(geo_mvt_feature_end(mvt));
    geo_mvt_layer_end(mvt, &out);
    assert_int_equal(out.n, 0);
    strbuf_free(&out);
}

static void test_too_much_fails(void **state)
{
    (void)state;
    struct geo_mvt *small = NULL;
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    assert_int_equal(geo_mvt_create(400, &small, NULL), STATUS_OK);
    for (int round = 0; round < 2; round++) {
        geo_mvt_layer(small, "x", 4096);
        for (int i = 0; i < (round == 0 ? 100 : 3); i++) {
            struct geo_mvt_point p = {i, i};
            geo_mvt_feature(small, GEO_MVT_POINT, 0);
            geo_mvt_points(small, &p, 1);
            (void)geo_mvt_feature_end(small);
        }
        geo_mvt_layer_end(small, &out);
        assert_int_equal(out.failed, round == 0); /* and it can be used again */
        strbuf_free(&out);
    }
    geo_mvt_destroy(small);
    geo_mvt_destroy(NULL);
}

static bool in_box(struct geo_xy p, const struct geo_clip_box *b)
{
    return p.x >= b->min_x && p.x <= b->max_x && p.y >= b->min_y && p.y <= b->max_y;
}

/* The length that is left of random lines is what sampling says is inside. */
static void test_clip_line(void **state)
{
    (void)state;
    struct dice dice = {92};
    struct geo_clip c = {0};
    const struct geo_clip_box box = {-64, -64, 4160, 4160};
    for (int round = 0; round < 300; round++) {
        struct geo_xy line[12];
        double sampled = 0;
        double left = 0;
        for (size_t i = 0; i < 12; i++) {
            line[i] = (struct geo_xy){dice_between(&dice, -9000, 12000),
                                      dice_between(&dice, -9000, 12000)};
        }
        assert_int_equal(geo_clip_line(&c, line, 12, &box, NULL), STATUS_OK);
        for (size_t i = 1; i < 12; i++) {
            double length = hypot(line[i].x - line[i - 1].x, line[i].y - line[i - 1].y);
            for (int k = 0; k < 1000; k++) {
                double t = (k + 0.5) / 1000;
                struct geo_xy p = {line[i - 1].x + (line[i].x - line[i - 1].x) * t,
                                   line[i - 1].y + (line[i].y - line[i - 1].y) * t};
                sampled += in_box(p, &box) ? length / 1000 : 0;
            }
        }
        for (size_t part = 0, at = 0; part < c.n_parts; at = c.ends[part++]) {
            assert_true(c.ends[part] - at >= 2);
            for (size_t i = at; i < c.ends[part]; i++) {
                assert_true(c.points[i].x > -64.001 && c.points[i].x < 4160.001 &&
                            c.points[i].y > -64.001 && c.points[i].y < 4160.001);
                left += i == at ? 0
                                : hypot(c.points[i].x - c.points[i - 1].x,
                                        c.points[i].y - c.points[i - 1].y);
            }
        }
        assert_true(fabs(left - sampled) < 300);
    }
    geo_clip_free(&c);
}

static bool even_odd(const struct geo_xy *p, size_t n, struct geo_xy at)
{
    bool inside = false;
    for (size_t i = 0, k = n - 1; i < n; k = i++) {
        if ((p[i].y > at.y) != (p[k].y > at.y) &&
            at.x < (p[k].x - p[i].x) * (at.y - p[i].y) / (p[k].y - p[i].y) + p[i].x) {
            inside = !inside;
        }
    }
    return inside;
}

static void test_clip_ring(void **state)
{
    (void)state;
    struct dice dice = {93};
    struct geo_clip c = {0};
    const struct geo_clip_box box = {0, 0, 4096, 4096};
    for (int round = 0; round < 300; round++) {
        struct geo_xy ring[17];
        for (size_t i = 0; i < 16; i++) { /* a star around somewhere */
            double angle = 2 * 3.14159265358979 * (double)i / 16;
            double reach = dice_between(&dice, 500, 5000);
            ring[i] = (struct geo_xy){2000 + 40 * (round % 100) + reach * cos(angle),
                                      1000 + reach * sin(angle)};
        }
        ring[16] = ring[0];
        assert_int_equal(geo_clip_ring(&c, ring, 17, &box, NULL), STATUS_OK);
        size_t n = c.n_parts == 0 ? 0 : c.ends[0];
        for (size_t i = 0; i < n; i++) {
            assert_true(in_box(c.points[i], &box));
        }
        for (int k = 0; k < 200; k++) {
            struct geo_xy p = {dice_between(&dice, 1, 4095), dice_between(&dice, 1, 4095)};
            assert_int_equal(even_odd(ring, 16, p), n > 0 && even_odd(c.points, n, p));
        }
    }
    const struct geo_xy away[] = {{-5, -5}, {-9, -5}, {-5, -9}};
    assert_int_equal(geo_clip_ring(&c, away, 3, &box, NULL), STATUS_OK);
    assert_int_equal(c.n_parts, 0);
    assert_int_equal(geo_clip_ring(&c, away, 0, &box, NULL), STATUS_OK);
    geo_clip_free(&c);
}

int main(void)
{
    if (geo_mvt_create((size_t)16 << 20, &mvt, NULL) != STATUS_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),         cmocka_unit_test(test_points_the_short_way),
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_what_leaves_no_trace),
        cmocka_unit_test(test_too_much_fails), cmocka_unit_test(test_clip_line),
        cmocka_unit_test(test_clip_ring),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    geo_mvt_destroy(mvt);
    return failed;
}
