/* The peer: the same aggregated tile as one statement of PostGIS over tables that tiles_peer.sql
 * lays out as well as we know how. */
#ifndef BENCH_TILES_PEER_H
#define BENCH_TILES_PEER_H

#include <stdint.h>

#include "tests/bench/tiles_list.h"
#include "tests/bench/tiles_mvt.h"

struct tiles_peer;

/* Layouts:
 *   zorder           a table in Z-order with btrees that cover the question: by key, by category
 *                    and key, by agency and key; one core
 *   zorder-parallel  the same, with PostgreSQL's parallel workers allowed
 *   gist             points in a table clustered by its GiST index; one core
 * Ends the process when the database can't. */
struct tiles_peer *tiles_peer_open(const char *url, const char *layout);
void tiles_peer_close(struct tiles_peer *peer);

/* Makes the tile and gives the nanoseconds it took until its bytes were here. With `cells` they are
 * read afterwards. */
uint64_t tiles_peer_tile(struct tiles_peer *peer, const struct tiles_row *row,
                         struct tiles_cells *cells);

#endif
