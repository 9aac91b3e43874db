/* Tiles of wards and districts out of the snapshot, without a database: each generation simplified
 * once for each zoom (geo_coverage.h), so that neighbours have their border in common. */
#ifndef TILES_TILE_BOUNDARIES_H
#define TILES_TILE_BOUNDARIES_H

#include "geo/geo_tile.h"
#include "server/app/snapshot.h"
#include "server/base/str.h"

struct tile_boundaries {
    enum boundary_level level;
    int64_t at_us; /* what was in force then */
    struct geo_tile tile;
    const char *name; /* of the tile's layer */
};

/* Appends the tile: layer `name` (code, name, kind, approximate), and NAME_label with one point for
 * each unit, in one tile only. Where nothing was in force, nothing. STATUS_NO_MEMORY when `out` is
 * too small. */
enum status tile_boundaries_draw(const struct snapshot *s, const struct tile_boundaries *wish,
                                 struct strbuf *out, struct err *e) MUST_CHECK;

#endif
