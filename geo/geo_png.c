#include "geo/geo_png.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS_RGBA  4
#define COLOUR_PALETTE 3
#define COLOUR_RGBA    6
#define FILTER_UP      2
#define CHUNK_EXTRA    12 /* length, name and check around a chunk's content */
#define LEVEL          1

struct geo_png {
    struct libdeflate_compressor *compressor;
    uint8_t *rows; /* owned: filtered rows */
    size_t cap_rows;
    uint8_t *packed; /* owned: their compressed form */
    size_t cap_packed;
};

enum status geo_png_create(struct geo_png **out, struct err *e)
{
    struct geo_png *png = calloc(1, sizeof *png);
    if (!png || !(png->compressor = libdeflate_alloc_compressor(LEVEL))) {
        free(png);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a PNG encoder");
    }
    *out = png;
    return STATUS_OK;
}

void geo_png_destroy(struct geo_png *png)
{
    if (!png) {
        return;
    }
    libdeflate_free_compressor(png->compressor);
    free(png->rows);
    free(png->packed);
    free(png);
}

static void put_u32(uint8_t out[4], uint32_t v)
{
    out[0] = (uint8_t)(v >> 24);
    out[1] = (uint8_t)(v >> 16);
    out[2] = (uint8_t)(v >> 8);
    out[3] = (uint8_t)v;
}

static void append_chunk(struct strbuf *out, const char name[4], const uint8_t *content, size_t n)
{
    uint8_t word[4];
    put_u32(word, (uint32_t)n);
    strbuf_append(out, word, sizeof word);
    strbuf_append(out, name, 4);
    strbuf_append(out, content, n);
    uint32_t check = libdeflate_crc32(0, name, 4);
    if (n > 0) { /* no bytes at all are taken for a wish to start anew */
        check = libdeflate_crc32(check, content, n);
    }
    put_u32(word, check);
    strbuf_append(out, word, sizeof word);
}

static void append_head(struct strbuf *out, const struct geo_image *image, uint8_t colour)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t head[13] = {0};
    put_u32(head, image->width);
    put_u32(head + 4, image->height);
    head[8] = 8; /* bits per sample */
    head[9] = colour;
    strbuf_append(out, signature, sizeof signature);
    append_chunk(out, "IHDR", head, sizeof head);
}

/* Only as much of the palette as the image uses. */
static void append_palette(struct strbuf *out, const struct geo_image *image,
                           const struct geo_palette *palette)
{
    size_t pixels = (size_t)image->width * image->height;
    uint8_t highest = 0;
    for (size_t i = 0; i < pixels; i++) {
        highest = image->pixels[i] > highest ? image->pixels[i] : highest;
    }
    uint8_t colours[256][3];
    uint8_t alphas[256];
    for (size_t i = 0; i <= highest; i++) {
        memcpy(colours[i], palette->rgba[i], 3);
        alphas[i] = palette->rgba[i][3];
    }
    append_chunk(out, "PLTE", colours[0], 3 * ((size_t)highest + 1));
    append_chunk(out, "tRNS", alphas, (size_t)highest + 1);
}

/* Each byte less the one above it: smooth fields become rows of small numbers. */
static void filter_up(uint8_t *rows, const struct geo_image *image, size_t row_bytes)
{
    const uint8_t *above = NULL;
    for (uint32_t y = 0; y < image->height; y++) {
        const uint8_t *row = image->pixels + y * row_bytes;
        *rows++ = FILTER_UP;
        for (size_t x = 0; x < row_bytes; x++) {
            rows[x] = (uint8_t)(row[x] - (above ? above[x] : 0));
        }
        rows += row_bytes;
        above = row;
    }
}

static enum status make_room(uint8_t **bytes, size_t *cap, size_t need, struct err *e)
{
    uint8_t *grown = array_grow(*bytes, cap, need, 1);
    if (!grown) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a PNG of %zu bytes", need);
    }
    *bytes = grown;
    return STATUS_OK;
}

/* The pixels as an IDAT chunk. */
static enum status append_pixels(struct geo_png *png, const struct geo_image *image,
                                 size_t channels, struct strbuf *out, struct err *e)
{
    size_t row_bytes = image->width * channels;
    size_t n = (row_bytes + 1) * image->height;
    size_t most = libdeflate_zlib_compress_bound(png->compressor, n);
    enum status st = make_room(&png->rows, &png->cap_rows, n, e);
    st = st == STATUS_OK ? make_room(&png->packed, &png->cap_packed, most, e) : st;
    if (st != STATUS_OK) {
        return st;
    }
    filter_up(png->rows, image, row_bytes);
    size_t packed = libdeflate_zlib_compress(png->compressor, png->rows, n, png->packed, most);
    if (packed == 0) {
        return err_set(e, STATUS_INTERNAL, "%zu bytes do not compress into %zu", n, most);
    }
    append_chunk(out, "IDAT", png->packed, packed);
    return STATUS_OK;
}

static enum status encode(struct geo_png *png, const struct geo_image *image,
                          const struct geo_palette *palette, struct strbuf *out, struct err *e)
{
    if (image->width == 0 || image->width > GEO_PNG_SIDE_MAX || image->height == 0 ||
        image->height > GEO_PNG_SIDE_MAX) {
        return err_set(e, STATUS_INVALID, "a PNG of %u x %u pixels", image->width, image->height);
    }
    append_head(out, image, palette ? COLOUR_PALETTE : COLOUR_RGBA);
    if (palette) {
        append_palette(out, image, palette);
    }
    enum status st = append_pixels(png, image, palette ? 1 : CHANNELS_RGBA, out, e);
    if (st != STATUS_OK) {
        return st;
    }
    append_chunk(out, "IEND", NULL, 0);
    if (out->failed) {
        return err_set(e, STATUS_NO_MEMORY, "the PNG does not fit into %zu bytes", out->max);
    }
    return STATUS_OK;
}

enum status geo_png_encode_palette(struct geo_png *png, const struct geo_image *image,
                                   const struct geo_palette *palette, struct strbuf *out,
                                   struct err *e)
{
    return encode(png, image, palette, out, e);
}

enum status geo_png_encode_rgba(struct geo_png *png, const struct geo_image *image,
                                struct strbuf *out, struct err *e)
{
    return encode(png, image, NULL, out, e);
}
