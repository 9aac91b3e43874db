/* Tiles out of PostGIS: the statements behind every layer. This is the seam for a faster source:
 * whoever makes a tile gets a layer, a tile, a filter and a date, and gives back the bytes. */
#ifndef STORE_STORE_TILE_H
#define STORE_STORE_TILE_H

#include "geo/geo_tile.h"
#include "server/store/store_filter.h"

enum tile_layer {
    TILE_COMPLAINTS,
    TILE_HEAT,
    TILE_WARDS,
    TILE_DISTRICTS,
    TILE_JURISDICTIONS,
    TILE_STREETS,
    TILE_PLACES,
    TILE_LAYERS
};

/* What a tile shows. Texts live until the statement is submitted. */
struct tile_request {
    enum tile_layer layer;
    struct geo_tile tile;
    struct complaint_filter filter; /* complaints and heat */
    const char *day;                /* boundaries and jurisdictions: "2025-07-01" */
    bool exact;                     /* complaints: staff see places and codes, others a grid */
    bool due;                       /* complaints: open ones; how many are late, at risk */
    struct complaint_work work;     /* complaints: only those */
    char numbers[12][32];           /* the statement's own */
};

/* One row, one bytea column: the vector tile, empty where there is nothing. */
void store_tile_mvt(struct store_statement *st, struct tile_request *t);

/* Rows (x, y, count): complaints in pixels of a tile of `size`, `margin` pixels around it too. */
void store_tile_heat_pixels(struct store_statement *st, struct tile_request *t, unsigned size,
                            double margin);

/* One row: the 99th percentile of complaints per square of side_m (metres in EPSG:3857) over the
 * filtered whole; NULL for none. What the heatmap's scale is made from. */
void store_tile_heat_scale(struct store_statement *st, struct tile_request *t, double side_m);

#endif
