/* Reads a vector tile's layer of aggregated cells: written for the comparison, from the format's
 * description, so that it shares nothing with the encoders that it compares. */
#ifndef BENCH_TILES_MVT_H
#define BENCH_TILES_MVT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TILES_CELLS 64 /* along a side */

struct tiles_cell {
    int64_t count, open, late;
};

struct tiles_cells {
    struct tiles_cell cells[TILES_CELLS * TILES_CELLS]; /* row after row from the north */
    size_t features;
};

/* Adds what the layer `name` of the tile says to *out, which starts as zeros. A tile without that
 * layer (an empty one) adds nothing. False for bytes that are no vector tile. */
bool tiles_mvt_read(const unsigned char *bytes, size_t n, const char *name,
                    struct tiles_cells *out);

#endif
