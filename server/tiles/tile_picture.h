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

/* The same of a heatmap whose points have been added. */
enum status tile_picture_finish(struct geo_heatmap *heatmap, unsigned size, float scale_max,
                                struct strbuf *out, struct err *e) MUST_CHECK;

#endif
