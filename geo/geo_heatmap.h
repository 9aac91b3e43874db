/* A heatmap tile: how thick do weighted points lie here, as colours.
 *
 * The field is a kernel density: each point adds weight * exp(-d^2 / (2 s^2)) at distance d, with
 * s = radius / 3.5. At the radius that is 1/450 of the height, less than one of 255 levels, and
 * there it is cut. A lone point of weight 1 makes a hill of height 1, so a value reads as "about so
 * many points here" and means the same at every zoom, as long as the radius is the same on the
 * ground.
 *
 * Contributions depend on distance alone, and neighbouring tiles share one lattice of pixels, so
 * tiles fit together without a seam as long as each is given all points within
 * geo_heatmap_margin_px of it.
 *
 * Method: each point is spread over 4 x 4 cells by the cubic B-spline, whose variance is 1/3 of a
 * cell squared wherever in a cell the point lies; a separable blur, narrowed by just that, makes
 * the Gaussian. The cells follow the radius: 1, 2, 4 ... pixels wide, and the same
 * spline brings the result back to pixels, so the time does not grow with the radius. The field is
 * within half of one of 255 levels of the exact sum (checked by the unit test).
 *
 * One object is used by one thread at a time and keeps its memory from tile to tile. */
#ifndef GEO_HEATMAP_H
#define GEO_HEATMAP_H

#include <stddef.h>
#include <stdint.h>

#include "geo/geo_png.h"
#include "geo/geo_tile.h"
#include "server/base/err.h"

#define GEO_HEATMAP_RADIUS_MIN 6.0     /* pixels; smaller ones are taken as this */
#define GEO_HEATMAP_RADIUS_MAX 16384.0 /* pixels; larger ones are taken as this */

/* A point in the tile's pixels: 0, 0 is the tile's north-west corner, and the first pixel's middle
 * is at 0.5, 0.5. It may lie outside the tile. Points with NaN or infinite numbers are skipped. */
struct geo_heat_point {
    float x, y, weight;
};

struct geo_heatmap;

enum status geo_heatmap_create(struct geo_heatmap **out, struct err *e) MUST_CHECK;
void geo_heatmap_destroy(struct geo_heatmap *h); /* NULL is fine */

/* How many pixels of a tile of `size` pixels a radius on the ground takes, at the tile's middle
 * latitude. */
double geo_heatmap_radius_px(double radius_m, struct geo_tile tile, unsigned size);
/* How far outside the tile points still count, in pixels. */
double geo_heatmap_margin_px(double radius_px, unsigned size);

/* Starts a tile of `size` (256 or 512, else STATUS_INVALID) pixels square. */
enum status geo_heatmap_begin(struct geo_heatmap *h, unsigned size, double radius_px,
                              struct err *e) MUST_CHECK;
/* Adds points; in as many calls as it takes. Points beyond the margin are ignored. */
void geo_heatmap_add(struct geo_heatmap *h, const struct geo_heat_point *points, size_t n);
/* Writes size * size values, north row first, and returns the highest: 0 says that the tile is
 * empty. The tile is over after this. */
float geo_heatmap_finish(struct geo_heatmap *h, float *field);

/* Values to levels 0..255, evenly: 255 from `scale_max` on (which must be over 0), 0 for nothing.
 */
void geo_heatmap_levels(const float *field, size_t n, float scale_max, uint8_t *levels);

/* The colours of the levels: from clear through yellow, orange and red to dark violet. Lightness
 * falls all the way and is even to the eye (Oklab), so the order survives colour-blindness and grey
 * print. */
void geo_heatmap_palette(struct geo_palette *out);

#endif
