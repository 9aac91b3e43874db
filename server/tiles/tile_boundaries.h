/* Tiles of wards and districts out of the snapshot, without a database: each generation simplified
 * once for each zoom (geo_coverage.h), so that neighbours have their border in common. */
#ifndef TILES_TILE_BOUNDARIES_H
#define TILES_TILE_BOUNDARIES_H

#include "geo/geo_tile.h"
#include "server/app/snapshot.h"
#include "server/base/str.h"

/* Appends the tile: layer `name` (code, name, kind, approximate), and NAME_label with one point for
 * each unit, in one tile only. What was in force at that instant; nothing is no bytes. `out` holds
 * whatever fits; STATUS_NO_MEMORY otherwise. */
enum status tile_boundaries_draw(const struct snapshot *s, enum boundary_level level, int64_t at_us,
                                 struct geo_tile tile, const char *name, struct strbuf *out,
                                 struct err *e) MUST_CHECK;

#endif
