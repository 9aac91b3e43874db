/* heat_picture: every sampled pixel of pictures from the heat index against the plain double sum of
 * all complaints' hills, with and without filters; two tiles beside one another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heatmap.h"
#include "server/api/heat_picture.h"
#include "tests/unit/geo/shapes.h"

#define N     12000
#define STEP  17
#define SIGMA 3.5 /* of a radius */

static struct geo_heat_record records[N];
static struct geo_heat_index *heat;

static const struct geo_heat_record *given(void *arg, size_t i)
{
    (void)arg;
    return &records[i];
}

/* Even, clustered, and many in one place that is no pixel's middle. */
static void fill(void)
{
    struct dice dice = {31};
    for (size_t i = 0; i < N; i++) {
        double wide = i % 3 == 0 ? 0.02 : 0.002;
        struct geo_point at = {106.7 + wide * dice_between(&dice, -1, 1),
                               10.78 + wide * dice_between(&dice, -1, 1)};
        if (i % 10 == 0) {
            at = (struct geo_point){106.70713, 10.78237};
        }
        records[i] = (struct geo_heat_record){.id = (int64_t)i + 1,
                                              .place = geo_heat_place_of(at),
                                              .category = 1,
                                              .agency = 1,
                                              .status = (uint8_t)(i % 5),
                                              .weight = (uint8_t)(1 + i % 3)};
    }
    assert_int_equal(geo_heat_index_load(heat, N, given, NULL, NULL), STATUS_OK);
}

/* The palette's numbers, which are the levels. */
static void read_png(const struct strbuf *bytes, unsigned size, uint8_t *levels)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    FILE *in = fmemopen(bytes->p, bytes->n, "rb");
    assert_true(png != NULL && info != NULL && in != NULL);
    assert_false(setjmp(png_jmpbuf(png)));
    png_init_io(png, in);
    png_read_info(png, info);
    assert_int_equal(png_get_image_width(png, info), size);
    assert_int_equal(png_get_color_type(png, info), PNG_COLOR_TYPE_PALETTE);
    for (unsigned y = 0; y < size; y++) {
        png_read_row(png, levels + (size_t)y * size, NULL);
    }
    png_destroy_read_struct(&png, &info, NULL);
    (void)fclose(in);
}

static int plain_level(const struct heat_picture *p, uint16_t statuses, double x, double y)
{
    double sigma = p->radius_px / SIGMA;
    double pixels = ldexp(p->size, (int)p->tile.z - 32);
    struct geo_heat_box tile = geo_heat_box_of_tile(p->tile);
    double sum = 0;
    for (size_t i = 0; i < N; i++) {
        if (statuses != 0 && (statuses >> records[i].status & 1) == 0) {
            continue;
        }
        double dx = (records[i].place.x + 0.5 - tile.west) * pixels - x;
        double dy = (records[i].place.y + 0.5 - tile.north) * pixels - y;
        double weight = p->measure == GEO_HEAT_OF_WEIGHT ? records[i].weight : 1;
        sum += weight * exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
    }
    double level = floor(255 * sum / (double)p->scale + 0.5);
    return level > 255 ? 255 : (int)level;
}

static void compare(struct heat_picture *p, uint16_t statuses)
{
    static uint8_t levels[512 * 512];
    const struct geo_heat_filter filter = {.statuses = statuses};
    struct geo_heat_view *view = geo_heat_index_view(heat);
    struct geo_heat_query *q = NULL;
    struct strbuf out;
    int worst = 0;
    strbuf_init(&out, 1 << 22);
    assert_int_equal(geo_heat_query_create(view, &filter, &q, NULL), STATUS_OK);
    p->query = q;
    assert_int_equal(heat_picture_make(p, &out, NULL), STATUS_OK);
    read_png(&out, p->size, levels);
    for (unsigned y = 3; y < p->size; y += STEP) {
        for (unsigned x = 2; x < p->size; x += STEP) {
            int off = abs(levels[y * p->size + x] - plain_level(p, statuses, x + 0.5, y + 0.5));
            worst = off > worst ? off : worst;
        }
    }
    print_message("z%u, %u pixels, radius %.1f: off by %d of 255 levels\n", p->tile.z, p->size,
                  p->radius_px, worst);
    assert_true(worst <= 1);
    strbuf_free(&out);
    geo_heat_query_destroy(q);
    geo_heat_view_release(view);
}

static void test_pictures(void **state)
{
    (void)state;
    static const float scales[] = {4000, 600, 40};
    for (uint32_t z = 11; z <= 17; z += 3) {
        for (unsigned size = 256; size <= 512; size *= 2) {
            struct heat_picture p = {.tile = geo_tile_at((struct geo_point){106.706, 10.781}, z),
                                     .size = size,
                                     .radius_px = size == 256 ? 10 : 33,
                                     .scale = scales[(z - 11) / 3]};
            compare(&p, 0);
            p.measure = GEO_HEAT_OF_WEIGHT;
            p.tile.x++; /* the tile beside it: what is true of both fits together */
            compare(&p, 0x0d);
        }
    }
}

/* A picture of 512 pixels and the four of 256 that lie in it have the same pixels, so all of them
 * are equal, also along the edges between the four: nobody sees where tiles end. */
static void test_edges(void **state)
{
    (void)state;
    static uint8_t whole[512 * 512];
    static uint8_t part[256 * 256];
    const struct geo_heat_filter all = {0};
    struct geo_heat_view *view = geo_heat_index_view(heat);
    struct geo_heat_query *q = NULL;
    struct strbuf out;
    int worst = 0;
    strbuf_init(&out, 1 << 22);
    assert_int_equal(geo_heat_query_create(view, &all, &q, NULL), STATUS_OK);
    struct heat_picture p = {.query = q,
                             .tile = geo_tile_at((struct geo_point){106.706, 10.781}, 13),
                             .size = 512,
                             .radius_px = 25,
                             .scale = 200};
    assert_int_equal(heat_picture_make(&p, &out, NULL), STATUS_OK);
    read_png(&out, 512, whole);
    for (unsigned k = 0; k < 4; k++) {
        struct heat_picture quarter = p;
        quarter.tile =
            (struct geo_tile){p.tile.z + 1, 2 * p.tile.x + (k & 1), 2 * p.tile.y + (k >> 1)};
        quarter.size = 256;
        strbuf_reset(&out);
        assert_int_equal(heat_picture_make(&quarter, &out, NULL), STATUS_OK);
        read_png(&out, 256, part);
        for (unsigned i = 0; i < 256 * 256; i++) {
            unsigned at = (i / 256 + 256 * (k >> 1)) * 512 + i % 256 + 256 * (k & 1);
            int off = abs(part[i] - whole[at]);
            worst = off > worst ? off : worst;
        }
    }
    print_message("four pictures and the one around them: off by %d of 255 levels\n", worst);
    assert_true(worst <= 1);
    strbuf_free(&out);
    geo_heat_query_destroy(q);
    geo_heat_view_release(view);
}

static void test_nothing_there(void **state)
{
    (void)state;
    struct heat_picture p = {.tile = {14, 0, 0}, .size = 256, .radius_px = 10, .scale = 2};
    compare(&p, 0);
}

int main(void)
{
    const struct geo_heat_options options = {.open_statuses = 0x87f, .now_s = 1700000000};
    if (geo_heat_index_create(&options, &heat, NULL) != STATUS_OK) {
        return 1;
    }
    fill();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pictures),
                                       cmocka_unit_test(test_edges),
                                       cmocka_unit_test(test_nothing_there)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    geo_heat_index_destroy(heat);
    return failed;
}
