/* Lines and polygons cut to a box, for tiles. Plain arithmetic on doubles in whatever plane the
 * caller is in (mostly the tile's own units, with a box that is the tile grown by its buffer).
 *
 * Lines fall into parts. A ring stays one ring: where it leaves the box and comes back it runs
 * along the box's edge, so a shape that falls apart is joined by edges of no width on the rim. The
 * rim is in the buffer, outside what is shown; that is how tile makers do it, and why the buffer
 * must not be 0 where outlines are drawn.
 *
 * One object is used by one thread at a time and keeps its memory. */
#ifndef GEO_CLIP_H
#define GEO_CLIP_H

#include <stddef.h>

#include "server/base/err.h"

struct geo_xy {
    double x, y;
};

/* Edges belong to it. */
struct geo_clip_box {
    double min_x, min_y, max_x, max_y;
};

/* The outcome of the last call: part i is points[i == 0 ? 0 : ends[i - 1]] up to ends[i]. */
struct geo_clip {
    struct geo_xy *points;
    size_t *ends;
    size_t n_parts;
    size_t n_points, cap_points, cap_ends;
    struct geo_xy *spare; /* between the four edges of a ring */
    size_t cap_spare;
};

void geo_clip_free(struct geo_clip *c); /* what it holds; a zeroed one is empty and usable */

/* Parts of two points and more. */
enum status geo_clip_line(struct geo_clip *c, const struct geo_xy *points, size_t n,
                          const struct geo_clip_box *box, struct err *e) MUST_CHECK;
/* One part, not closed (its first point is not repeated), or none when the ring does not reach into
 * the box. The ring given may be closed or not. */
enum status geo_clip_ring(struct geo_clip *c, const struct geo_xy *points, size_t n,
                          const struct geo_clip_box *box, struct err *e) MUST_CHECK;

#endif
