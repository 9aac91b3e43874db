/* A heatmap tile as a picture, from counted pixels. Runs on a compute thread. */
#ifndef TILES_TILE_PICTURE_H
#define TILES_TILE_PICTURE_H

#include <stddef.h>

#include "geo/geo_heatmap.h"
#include "server/base/err.h"
#include "server/base/str.h"

struct tile_picture {
    unsigned size; /* 256 or 512 */
    double radius_px;
    float scale_max; /* the field's value that gets the last colour */
    const struct geo_heat_point *points;
    size_t n_points;
};

/* Appends a PNG; for a tile without anything a clear one. */
enum status tile_picture_make(const struct tile_picture *picture, struct strbuf *out,
                              struct err *e) MUST_CHECK;

/* What drawing takes, kept by each thread until it ends; NULL without memory. */
struct tile_desk {
    struct geo_heatmap *heatmap;
    struct geo_png *png;
    struct geo_palette palette;
    float field[512 * 512];
    uint8_t levels[512 * 512];
};
struct tile_desk *tile_desk(void);
/* A PNG of the desk's heatmap, begun with that size, whose points have been added. */
enum status tile_desk_finish(struct tile_desk *desk, unsigned size, float scale_max,
                             struct strbuf *out, struct err *e) MUST_CHECK;

#endif
