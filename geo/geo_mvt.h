/* Mapbox Vector Tile 2.1: an encoder. https://github.com/mapbox/vector-tile-spec/tree/master/2.1
 *
 * Layers are written one after another; within a layer features, within a feature its geometry and
 * then (or before) its attributes:
 *
 *     geo_mvt_layer(m, "wards", 4096);
 *     uint32_t name = geo_mvt_key(m, "name");
 *     for (each ward) {
 *         geo_mvt_feature(m, GEO_MVT_POLYGON, id);
 *         geo_mvt_ring(m, outer, n, false);
 *         geo_mvt_ring(m, hole, n_hole, true);
 *         geo_mvt_string(m, name, str);
 *         geo_mvt_feature_end(m);
 *     }
 *     geo_mvt_layer_end(m, out);
 *
 * Coordinates are the tile's own: 0, 0 is its north-west corner, `extent` its side, y grows to the
 * south; they may lie outside by the buffer that was clipped to (geo_clip.h). Keys and values are
 * kept once a layer. A feature without any geometry left, and a layer without any feature, leave no
 * trace, so that what is written is always a valid tile; an empty tile is no bytes at all.
 *
 * Rings are turned the right way round here (outer ones clockwise on the screen, as the
 * specification asks), their last point is dropped if it repeats the first, as are repeated points;
 * a ring without area is left out, and so are the holes of an outer ring that was left out.
 *
 * One object is used by one thread at a time and keeps its memory from tile to tile. Running out of
 * memory, or of `max`, shows as the failed state of `out` after geo_mvt_layer_end. */
#ifndef GEO_MVT_H
#define GEO_MVT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"
#include "server/base/str.h"

#define GEO_MVT_EXTENT 4096

enum geo_mvt_kind { GEO_MVT_POINT = 1, GEO_MVT_LINE = 2, GEO_MVT_POLYGON = 3 };

/* A place in a tile. */
struct geo_mvt_point {
    int32_t x, y;
};

struct geo_mvt;

/* A layer may take `max` bytes while it is made. */
enum status geo_mvt_create(size_t max, struct geo_mvt **out, struct err *e) MUST_CHECK;
void geo_mvt_destroy(struct geo_mvt *m); /* NULL is fine */

void geo_mvt_layer(struct geo_mvt *m, const char *name, uint32_t extent);
/* Appends the layer to `out`, unless it has no feature. */
void geo_mvt_layer_end(struct geo_mvt *m, struct strbuf *out);

/* The number of a key of this layer; the same text gives the same number. Valid until
 * geo_mvt_layer_end. */
uint32_t geo_mvt_key(struct geo_mvt *m, const char *key);

/* id 0: none. */
void geo_mvt_feature(struct geo_mvt *m, enum geo_mvt_kind kind, uint64_t id);
/* False when there was nothing to draw, and so no feature. */
bool geo_mvt_feature_end(struct geo_mvt *m);

/* Geometry of the feature's kind. A feature may have several points, lines or rings. */
void geo_mvt_points(struct geo_mvt *m, const struct geo_mvt_point *points, size_t n);
/* Left out when fewer than two different points remain. */
void geo_mvt_line(struct geo_mvt *m, const struct geo_mvt_point *points, size_t n);
/* Holes come after the outer ring that they are cut from. */
void geo_mvt_ring(struct geo_mvt *m, const struct geo_mvt_point *points, size_t n, bool hole);

/* Attributes of the feature. Texts are UTF-8. */
void geo_mvt_string(struct geo_mvt *m, uint32_t key, struct str value);
void geo_mvt_int(struct geo_mvt *m, uint32_t key, int64_t value);
void geo_mvt_double(struct geo_mvt *m, uint32_t key, double value); /* left out if not finite */
void geo_mvt_bool(struct geo_mvt *m, uint32_t key, bool value);

/* The short way for thousands of points, of which many have the same attributes: these are written
 * once, valid until geo_mvt_layer_end, and then features of one point with them. Keys 0 to n - 1 of
 * the layer have the integers; key n has the value, unless that is GEO_MVT_NO_VALUE. */
#define GEO_MVT_COUNTS_MAX 8
#define GEO_MVT_NO_VALUE   UINT32_MAX
struct geo_mvt_tags {
    uint8_t n;
    uint8_t bytes[63];
};
void geo_mvt_tags(struct geo_mvt *m, const uint32_t *integers, size_t n, uint32_t value,
                  struct geo_mvt_tags *out);
void geo_mvt_point(struct geo_mvt *m, struct geo_mvt_point at, const struct geo_mvt_tags *tags);
/* The number of a value, valid until geo_mvt_layer_end. */
uint32_t geo_mvt_double_value(struct geo_mvt *m, double value); /* finite */

#endif
