/* Vector tiles of complaints from the heat index: pure work on a view, for any thread. */
#ifndef API_HEAT_TILE_H
#define API_HEAT_TILE_H

#include "geo/geo_heat_index.h"
#include "server/app/snapshot.h"
#include "server/base/str.h"

#define HEAT_CELLS_DEPTH 6 /* 64 x 64 cells of a heat tile */

struct heat_tile {
    const struct geo_heat_query *query;
    struct geo_tile tile;
    const struct snapshot *snapshot; /* for codes and names of categories */
    bool exact;                      /* for staff: places as they are, with codes */
};

/* Layer `heat`: a point in the middle of each cell that has any: count, open, late, weight, rated,
 * satisfaction (their mean, where there are any). */
enum status heat_tile_cells(const struct heat_tile *t, struct strbuf *out,
                            struct err *e) MUST_CHECK;

/* The same with the counting by several threads: each part (they are squares) is counted once, then
 * it is drawn, once, by the thread that made the cells and destroys them. */
#define HEAT_CELLS_PARTS 16
struct heat_cells;
struct heat_cells *heat_cells_create(void); /* NULL: no memory. Free with heat_cells_destroy. */
void heat_cells_destroy(struct heat_cells *c);
void heat_cells_count(struct heat_cells *c, const struct heat_tile *t, unsigned part);
enum status heat_cells_draw(struct heat_cells *c, struct strbuf *out, struct err *e) MUST_CHECK;

/* Layer `complaints`: below zoom 14 clusters of 16 x 16 cells, from there on complaints, those in
 * the same quarter of a pixel together (in the same of 128 x 128 cells where there are too many, in
 * the same cell of about 110 m for the public). Every complaint is in just one feature's count; the
 * layer `summary` tells their number (total), that of the features, and cells per side (grid). */
enum status heat_tile_points(const struct heat_tile *t, struct strbuf *out,
                             struct err *e) MUST_CHECK;
/* What heat_tile_points looks at: the tile, for the public and from zoom 14 on a little more. */
struct geo_heat_box heat_tile_points_box(struct geo_tile tile, bool exact);

#endif
