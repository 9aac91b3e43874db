/* The rows of imported layers: what a layer is, and putting it in place. The layers that every city
 * has (roads, waterways, water, greens) are filled by the OpenStreetMap import and by the demo
 * city; city_layer_load.h brings any other from a file. */
#ifndef CITY_CITY_LAYERS_H
#define CITY_CITY_LAYERS_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/db/db_sync.h"

struct city_layer {
    const char *code;
    const char *name_vi, *name_en;
    const char *group;       /* a code of hotline.layer_groups */
    const char *kind;        /* point, line or polygon */
    const char *style;       /* a JSON object; NULL: none */
    const char *attribution; /* NULL: none */
    const char *source;      /* the file or generator */
    int min_zoom, position;
    bool secret; /* only those who are logged in see it */
};

/* The four standard layers, in this order. */
enum city_standard_layer {
    CITY_LAYER_ROADS,
    CITY_LAYER_WATERWAYS,
    CITY_LAYER_WATER,
    CITY_LAYER_GREENS,
    CITY_STANDARD_LAYERS
};
extern const struct city_layer city_standard_layers[CITY_STANDARD_LAYERS];

/* Makes the layer, or brings it up to date; its features stay. */
enum status city_layer_put(struct db_sync *db, const struct city_layer *layer,
                           struct err *e) MUST_CHECK;
/* The four of them, filled from that source: what it brought before is gone. */
enum status city_layers_put_standard(struct db_sync *db, const char *source,
                                     const char *attribution, struct err *e) MUST_CHECK;

#endif
