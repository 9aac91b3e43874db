/* PNG images for map tiles: small and quick rather than of every kind.
 *
 * The encoder keeps its compressor from image to image (making one costs more than a small tile).
 * One object is used by one thread at a time. */
#ifndef GEO_PNG_H
#define GEO_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"
#include "server/base/str.h"

#define GEO_PNG_SIDE_MAX 4096

/* Red, green, blue, alpha (not premultiplied) of each level. */
struct geo_palette {
    uint8_t rgba[256][4];
};

struct geo_png;

enum status geo_png_create(struct geo_png **out, struct err *e) MUST_CHECK;
void geo_png_destroy(struct geo_png *png); /* NULL is fine */

/* An image to encode: rows from the top, no gaps between them. */
struct geo_image {
    const uint8_t *pixels;  /* borrowed */
    uint32_t width, height; /* 1..GEO_PNG_SIDE_MAX, else STATUS_INVALID */
};

/* One byte per pixel, a place in the palette. Appends the file to `out`; STATUS_NO_MEMORY if it
 * does not fit (the buffer is then failed). */
enum status geo_png_encode_palette(struct geo_png *png, const struct geo_image *image,
                                   const struct geo_palette *palette, struct strbuf *out,
                                   struct err *e) MUST_CHECK;
/* Four bytes per pixel: red, green, blue, alpha. */
enum status geo_png_encode_rgba(struct geo_png *png, const struct geo_image *image,
                                struct strbuf *out, struct err *e) MUST_CHECK;

#endif
