/* Tiles of imported layers out of PostGIS. Far away a tile holds no more than a bounded number of
 * features, and says what became of the others. */
#ifndef STORE_STORE_LAYER_H
#define STORE_STORE_LAYER_H

#include "geo/geo_tile.h"
#include "server/store/store_filter.h"

/* Below this zoom what lies in one cell of a tile becomes one feature. */
#define STORE_LAYER_EXACT_ZOOM 13

struct layer_tile {
    int32_t layer_id;
    const char *code, *kind; /* of the layer */
    struct geo_tile tile;
    const char *at;       /* RFC 3339: what holds then; NULL: whatever the validity */
    char numbers[12][32]; /* the statement's own */
};

/* One row, one bytea column: a vector tile with the layer CODE and, unless it is empty, the layer
 * CODE_info of one point whose attributes tell what the tile stands for: `total` features are in
 * force in it, `shown` of them are drawn by themselves, `aggregated` share a feature with others of
 * their kind, `too_small` are less than a quarter of a pixel; `classes` tells which roads are left
 * to nearer zooms, `later` how many they are. */
void store_layer_mvt(struct store_statement *st, struct layer_tile *t);

#endif
