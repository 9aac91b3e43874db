#include "tests/bench/tiles_peer.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"

#define KEY_ZOOM  22 /* of bench.tile_points.key */
#define CELL_BITS 6  /* 64 cells along a side */
#define SQL_MAX   4096

struct tiles_peer {
    PGconn *conn;
    bool gist;
};

__attribute__((noreturn)) static void die(struct tiles_peer *peer, const char *what)
{
    fprintf(stderr, "bench_tiles: %s: %s", what, PQerrorMessage(peer->conn));
    exit(1);
}

struct tiles_peer *tiles_peer_open(const char *url, const char *layout)
{
    struct tiles_peer *peer = calloc(1, sizeof(*peer));
    if (peer == NULL) {
        abort();
    }
    peer->conn = PQconnectdb(url);
    peer->gist = strcmp(layout, "gist") == 0;
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SET jit = off; SET work_mem = '256MB'; SET plan_cache_mode = force_custom_plan;"
             " SET max_parallel_workers_per_gather = %d",
             strcmp(layout, "zorder-parallel") == 0 ? 2 : 0);
    PGresult *result = PQexec(peer->conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        die(peer, "connecting");
    }
    PQclear(result);
    return peer;
}

void tiles_peer_close(struct tiles_peer *peer)
{
    PQfinish(peer->conn);
    free(peer);
}

static uint64_t interleave(uint32_t x, uint32_t y)
{
    uint64_t key = 0;
    for (int bit = 0; bit < 32; bit++) {
        key |= (uint64_t)(x >> bit & 1U) << (2 * bit) | (uint64_t)(y >> bit & 1U) << (2 * bit + 1);
    }
    return key;
}

/* The filter's conditions, from the list's own words; a peer may read them as constants. */
static void add_filter(char *sql, const struct tiles_row *row)
{
    size_t n = strlen(sql);
    if (row->categories[0] != '\0') {
        n += (size_t)snprintf(sql + n, SQL_MAX - n, " AND category_id = ANY ('%s'::smallint[])",
                              row->categories);
    }
    if (row->statuses[0] != '\0') {
        n += (size_t)snprintf(sql + n, SQL_MAX - n, " AND status = ANY ('%s'::smallint[])",
                              row->statuses);
    }
    if (row->agencies[0] != '\0') {
        bool one = strchr(row->agencies, ',') == NULL; /* "{7}" */
        n += (size_t)(one ? snprintf(sql + n, SQL_MAX - n, " AND agency_id = %.*s",
                                     (int)strlen(row->agencies) - 2, row->agencies + 1)
                          : snprintf(sql + n, SQL_MAX - n,
                                     " AND agency_id = ANY ('%s'::smallint[])", row->agencies));
    }
    if (row->from[0] != '\0') {
        snprintf(sql + n, SQL_MAX - n, " AND received_at >= '%s' AND received_at < '%s'", row->from,
                 row->to);
    }
}

static void zorder_sql(char *sql, const struct tiles_row *row)
{
    int shift = 2 * (KEY_ZOOM - (int)row->z - CELL_BITS);
    int tile_shift = 2 * (KEY_ZOOM - (int)row->z);
    uint64_t key = interleave(row->x, row->y);
    snprintf(sql, SQL_MAX,
             "SELECT ST_AsMVT(q, 'heat', 4096, 'geom') FROM (SELECT p.geom, g.count, g.open, g.late"
             " FROM (SELECT ((key >> %d) & 4095)::int AS cell, count(*)::int AS count,"
             " (count(*) FILTER (WHERE open))::int AS open,"
             " (count(*) FILTER (WHERE open AND due_at < now()))::int AS late"
             " FROM bench.tile_points WHERE key >= %llu AND key < %llu",
             shift, (unsigned long long)(key << tile_shift),
             (unsigned long long)((key + 1) << tile_shift));
    add_filter(sql, row);
    snprintf(sql + strlen(sql), SQL_MAX - strlen(sql),
             " GROUP BY 1) g JOIN bench.tile_cells p USING (cell)) q");
}

static void gist_sql(char *sql, const struct tiles_row *row)
{
    snprintf(sql, SQL_MAX,
             "SELECT ST_AsMVT(q, 'heat', 4096, 'geom') FROM ("
             "SELECT ST_MakePoint(i * 64 + 32, j * 64 + 32) AS geom, count(*)::int AS count,"
             " (count(*) FILTER (WHERE open))::int AS open,"
             " (count(*) FILTER (WHERE open AND due_at < now()))::int AS late"
             " FROM (SELECT floor((ST_X(geom) * %u - %u) * 64)::int AS i,"
             " floor((ST_Y(geom) * %u - %u) * 64)::int AS j, open, due_at"
             " FROM bench.tile_gist WHERE geom && ST_MakeEnvelope(%.17g, %.17g, %.17g, %.17g)",
             1U << row->z, row->x, 1U << row->z, row->y, row->x / (double)(1U << row->z),
             row->y / (double)(1U << row->z), (row->x + 1) / (double)(1U << row->z),
             (row->y + 1) / (double)(1U << row->z));
    add_filter(sql, row);
    snprintf(sql + strlen(sql), SQL_MAX - strlen(sql),
             ") p WHERE i BETWEEN 0 AND 63 AND j BETWEEN 0 AND 63 GROUP BY i, j) q");
}

uint64_t tiles_peer_tile(struct tiles_peer *peer, const struct tiles_row *row,
                         struct tiles_cells *cells)
{
    char sql[SQL_MAX];
    if (peer->gist) {
        gist_sql(sql, row);
    } else {
        zorder_sql(sql, row);
    }
    uint64_t start = clock_mono_ns();
    PGresult *result = PQexecParams(peer->conn, sql, 0, NULL, NULL, NULL, NULL, 1);
    uint64_t taken = clock_mono_ns() - start;
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1) {
        die(peer, "a tile");
    }
    if (cells != NULL && !tiles_mvt_read((const unsigned char *)PQgetvalue(result, 0, 0),
                                         (size_t)PQgetlength(result, 0, 0), "heat", cells)) {
        die(peer, "a tile that is none");
    }
    PQclear(result);
    return taken;
}
