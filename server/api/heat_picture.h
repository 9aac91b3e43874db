/* Heatmap pictures from the heat index, and their scale: pure work on a view, for any thread.
 *
 * The scale is the value of the field that gets the last colour. It is made from the filtered
 * whole: the 99th percentile of complaints per square of a hill's width (squares without any left
 * out), rounded up to one of the numbers 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten,
 * so that one more complaint does not change every picture. It depends on zoom and radius, never on
 * the tile. */
#ifndef API_HEAT_PICTURE_H
#define API_HEAT_PICTURE_H

#include "geo/geo_heat_index.h"
#include "server/base/str.h"

struct heat;

struct heat_picture {
    const struct geo_heat_query *query;
    struct geo_tile tile;
    unsigned size; /* 256 or 512 */
    double radius_px;
    double radius_world; /* in sides of the Mercator square, at the city's middle */
    enum geo_heat_measure measure;
    struct heat *heat;     /* keeps scales */
    const char *scale_key; /* names all that the scale depends on */
    float scale;           /* 0: not known yet; heat_picture_make fills it */
};

/* The tile and the margin that its hills reach in from. */
struct geo_heat_box heat_picture_box(const struct heat_picture *p);
/* Appends a PNG. */
enum status heat_picture_make(struct heat_picture *p, struct strbuf *out, struct err *e) MUST_CHECK;
/* From what is kept, or found anew. */
enum status heat_picture_scale(const struct heat_picture *p, float *scale,
                               struct err *e) MUST_CHECK;

#endif
