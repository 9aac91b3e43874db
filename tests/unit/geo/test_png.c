/* geo_png: what libpng reads back is what was put in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heatmap.h"
#include "geo/geo_png.h"
#include "tests/unit/geo/shapes.h"

static struct geo_png *encoder;
static struct geo_palette palette;

/* libpng's simplified reader: RGBA whatever the file's kind. malloc'd. */
static uint8_t *decode(const struct strbuf *file, const struct geo_image *image)
{
    png_image reader;
    memset(&reader, 0, sizeof reader);
    reader.version = PNG_IMAGE_VERSION;
    assert_true(png_image_begin_read_from_memory(&reader, file->p, file->n));
    assert_int_equal(reader.width, image->width);
    assert_int_equal(reader.height, image->height);
    reader.format = PNG_FORMAT_RGBA;
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(reader));
    assert_true(png_image_finish_read(&reader, NULL, pixels, 0, NULL));
    assert_int_equal(reader.warning_or_error, 0);
    return pixels;
}

static void expect_palette(const struct geo_image *image)
{
    struct strbuf file;
    strbuf_init(&file, 64U << 20);
    struct err e = {0};
    assert_int_equal(geo_png_encode_palette(encoder, image, &palette, &file, &e), STATUS_OK);
    uint8_t *back = decode(&file, image);
    for (size_t i = 0; i < (size_t)image->width * image->height; i++) {
        assert_memory_equal(back + 4 * i, palette.rgba[image->pixels[i]], 4);
    }
    free(back);
    strbuf_free(&file);
}

static void expect_rgba(const struct geo_image *image)
{
    struct strbuf file;
    strbuf_init(&file, 64U << 20);
    strbuf_append(&file, "before", 6); /* the file is appended */
    assert_int_equal(geo_png_encode_rgba(encoder, image, &file, NULL), STATUS_OK);
    struct strbuf rest = {.p = file.p + 6, .n = file.n - 6};
    uint8_t *back = decode(&rest, image);
    assert_memory_equal(back, image->pixels, 4 * (size_t)image->width * image->height);
    free(back);
    strbuf_free(&file);
}

static void test_noise_of_many_sizes(void **state)
{
    (void)state;
    static const uint32_t sides[] = {1, 2, 3, 7, 255, 256, 257, 512, 1000};
    struct dice dice = {81};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        struct geo_image image = {NULL, sides[i], sides[(i * 5 + 3) % 9]};
        size_t n = 4 * (size_t)image.width * image.height;
        uint8_t *pixels = malloc(n);
        for (size_t k = 0; k < n; k++) {
            pixels[k] = (uint8_t)dice_bits(&dice);
        }
        image.pixels = pixels;
        expect_palette(&image);
        expect_rgba(&image);
        free(pixels);
    }
}

static void test_flat_and_smooth(void **state)
{
    (void)state;
    static uint8_t pixels[4 * 256 * 256];
    struct geo_image image = {pixels, 256, 256};
    expect_palette(&image);
    expect_rgba(&image);
    struct strbuf file;
    strbuf_init(&file, 1U << 20);
    assert_int_equal(geo_png_encode_palette(encoder, &image, &palette, &file, NULL), STATUS_OK);
    assert_true(file.n < 600); /* an empty tile costs next to nothing */
    for (size_t i = 0; i < 256 * 256; i++) {
        pixels[i] = (uint8_t)((i / 256 + i % 256) / 4);
    }
    expect_palette(&image);
    strbuf_reset(&file);
    assert_int_equal(geo_png_encode_palette(encoder, &image, &palette, &file, NULL), STATUS_OK);
    assert_true(file.n < 6000);
    strbuf_free(&file);
}

static void test_refused(void **state)
{
    (void)state;
    static const uint8_t pixels[64] = {0};
    struct strbuf file;
    strbuf_init(&file, 40);
    struct geo_image image = {pixels, 4, 4};
    struct err e = {0};
    assert_int_equal(geo_png_encode_rgba(encoder, &image, &file, &e), STATUS_NO_MEMORY);
    strbuf_free(&file);
    static const uint32_t wrong[] = {0, GEO_PNG_SIDE_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        image = (struct geo_image){pixels, wrong[i], 4};
        assert_int_equal(geo_png_encode_rgba(encoder, &image, &file, &e), STATUS_INVALID);
        image = (struct geo_image){pixels, 4, wrong[i]};
        assert_int_equal(geo_png_encode_palette(encoder, &image, &palette, &file, &e),
                         STATUS_INVALID);
    }
    assert_int_equal(file.n, 0);
    strbuf_free(&file);
    image = (struct geo_image){pixels, 4, 4}; /* and the encoder still works */
    expect_rgba(&image);
}

int main(void)
{
    if (geo_png_create(&encoder, NULL) != STATUS_OK) {
        return 1;
    }
    geo_heatmap_palette(&palette);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_of_many_sizes),
        cmocka_unit_test(test_flat_and_smooth),
        cmocka_unit_test(test_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    geo_png_destroy(encoder);
    geo_png_destroy(NULL);
    return failed;
}
