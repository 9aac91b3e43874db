/* Tiles, ours and the peers', for tests/bench/tiles. The timed ones print "N P50 P99 MAX" in ms.
 *
 * bench_tiles http BASE LIST SECONDS
 *     asks the service for the tiles of LIST one after the other, over and over, for so long
 * bench_tiles sql URL LAYOUT LIST SECONDS
 *     the same tiles out of PostGIS, by one statement each, in binary, without HTTP; LAYOUT is
 *     zorder, zorder-parallel or gist (tiles_peer.h)
 * bench_tiles compare BASE URL LIST
 *     every cell of every tile of LIST equal in both: prints how many; fails at a difference
 * bench_tiles size BASE LIST BYTES
 *     the path whose tile is nearest to BYTES, and its size
 * bench_tiles mapserver CONFIG MAP LIST SECONDS FILE
 *     the same tiles out of MapServer, started again when it crashes; those that it survived go to
 *     FILE, a list too. Behind the times: crashes, and pictures that did not come
 * bench_tiles fresh BASE BASE N CATEGORY LON LAT
 *     from the acknowledgement of a complaint, sent to the first service, to a tile of the second
 *     that counts it; N times
 * bench_tiles inside FILE LIST
 *     tiles and their encoding in process, over places of FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_tile.h"
#include "server/base/clock.h"
#include "tests/bench/tiles_client.h"
#include "tests/bench/tiles_fcgi.h"
#include "tests/bench/tiles_inside.h"
#include "tests/bench/tiles_list.h"
#include "tests/bench/tiles_mvt.h"
#include "tests/bench/tiles_peer.h"

#define PATH_SIZE   8192
#define LEAST       30     /* tiles, however long they take */
#define MOST        200000 /* tiles, however fast they are */
#define FRESH_ZOOM  14
#define FRESH_GIVEN 10 /* seconds until a complaint counts as lost */

static uint64_t after(double seconds)
{
    return clock_mono_ns() + (uint64_t)(seconds * 1e9);
}

/* More to do? At least LEAST tiles, for a p99 of anything; not over four times the time. */
static bool going_on(size_t done, uint64_t begin, double seconds)
{
    double spent = (double)(clock_mono_ns() - begin) / 1e9;
    return done < MOST && (spent < seconds || (done < LEAST && spent < 4 * seconds));
}

static struct tiles_answer get_tile(struct tiles_client *c, const char *path)
{
    struct tiles_answer answer = tiles_client_ask(c, path, NULL);
    if (answer.status != 200 && answer.status != 204) {
        fprintf(stderr, "bench_tiles: %s: status %d\n", path, answer.status);
        exit(1);
    }
    return answer;
}

static int run_http(char **argv)
{
    struct tiles_client client;
    struct tiles_list list;
    struct tiles_times times = {0};
    double seconds = strtod(argv[2], NULL);
    tiles_client_open(&client, argv[0]);
    tiles_list_read(&list, argv[1]);
    (void)get_tile(&client, list.rows[0].path); /* the connection and its thread are warm */
    uint64_t begin = clock_mono_ns();
    while (going_on(times.n, begin, seconds)) {
        char path[PATH_SIZE];
        const char *asked = list.rows[times.n % list.n].path;
        /* A parameter that nobody reads keeps the answer out of every cache. */
        snprintf(path, sizeof(path), "%s%cuncached=%llu-%zu", asked,
                 strchr(asked, '?') == NULL ? '?' : '&', (unsigned long long)begin, times.n);
        uint64_t start = clock_mono_ns();
        (void)get_tile(&client, path);
        tiles_times_add(&times, clock_mono_ns() - start);
    }
    tiles_times_print(&times);
    tiles_list_free(&list);
    tiles_client_close(&client);
    return 0;
}

static int run_sql(char **argv)
{
    struct tiles_list list;
    struct tiles_times times = {0};
    double seconds = strtod(argv[3], NULL);
    struct tiles_peer *peer = tiles_peer_open(argv[0], argv[1]);
    struct tiles_cells cells;
    tiles_list_read(&list, argv[2]);
    for (size_t i = 0; i < 5 && i < list.n; i++) {
        (void)tiles_peer_tile(peer, &list.rows[i], NULL); /* plans and pages are warm */
    }
    uint64_t begin = clock_mono_ns();
    while (going_on(times.n, begin, seconds)) {
        tiles_times_add(&times, tiles_peer_tile(peer, &list.rows[times.n % list.n], NULL));
    }
    memset(&cells, 0, sizeof(cells));
    (void)tiles_peer_tile(peer, &list.rows[0], &cells);
    tiles_times_print(&times);
    tiles_list_free(&list);
    tiles_peer_close(peer);
    return 0;
}

static bool same_cell(const struct tiles_row *row, const struct tiles_cells *ours,
                      const struct tiles_cells *theirs)
{
    for (int i = 0; i < TILES_CELLS * TILES_CELLS; i++) {
        const struct tiles_cell *a = &ours->cells[i];
        const struct tiles_cell *b = &theirs->cells[i];
        if (a->count != b->count || a->open != b->open || a->late != b->late) {
            fprintf(stderr,
                    "bench_tiles: %s: cell %d, %d: count %lld, open %lld, late %lld;"
                    " PostGIS has %lld, %lld, %lld\n",
                    row->path, i % TILES_CELLS, i / TILES_CELLS, (long long)a->count,
                    (long long)a->open, (long long)a->late, (long long)b->count, (long long)b->open,
                    (long long)b->late);
            return false;
        }
    }
    return true;
}

/* Both ask what is late now, a moment apart: a difference has to show three times. */
static bool same_tile(struct tiles_client *client, struct tiles_peer *peer,
                      const struct tiles_row *row, size_t *features)
{
    struct tiles_cells ours;
    struct tiles_cells theirs;
    for (int attempt = 0; attempt < 3; attempt++) {
        memset(&ours, 0, sizeof(ours));
        memset(&theirs, 0, sizeof(theirs));
        struct tiles_answer answer = get_tile(client, row->path);
        if (!tiles_mvt_read(answer.body, answer.n, "heat", &ours)) {
            fprintf(stderr, "bench_tiles: %s: not a vector tile\n", row->path);
            return false;
        }
        (void)tiles_peer_tile(peer, row, &theirs);
        if (memcmp(ours.cells, theirs.cells, sizeof(ours.cells)) == 0) {
            *features += ours.features;
            return true;
        }
    }
    return same_cell(row, &ours, &theirs);
}

static int run_compare(char **argv)
{
    struct tiles_client client;
    struct tiles_list list;
    size_t features = 0;
    bool same = true;
    struct tiles_peer *peer = tiles_peer_open(argv[1], "zorder");
    tiles_client_open(&client, argv[0]);
    tiles_list_read(&list, argv[2]);
    for (size_t i = 0; i < list.n; i++) {
        same = same_tile(&client, peer, &list.rows[i], &features) && same;
    }
    printf("%zu %zu\n", list.n * TILES_CELLS * TILES_CELLS, features);
    tiles_list_free(&list);
    tiles_client_close(&client);
    tiles_peer_close(peer);
    return same ? 0 : 1;
}

static int run_size(char **argv)
{
    struct tiles_client client;
    struct tiles_list list;
    size_t best = 0;
    size_t best_size = 0;
    size_t wanted = strtoul(argv[2], NULL, 10);
    tiles_client_open(&client, argv[0]);
    tiles_list_read(&list, argv[1]);
    for (size_t i = 0; i < list.n; i++) {
        size_t n = get_tile(&client, list.rows[i].path).n;
        size_t off = n > wanted ? n - wanted : wanted - n;
        size_t best_off = best_size > wanted ? best_size - wanted : wanted - best_size;
        if (i == 0 || off < best_off) {
            best = i;
            best_size = n;
        }
    }
    printf("%s %zu\n", list.rows[best].path, best_size);
    tiles_list_free(&list);
    tiles_client_close(&client);
    return 0;
}

static int64_t counted(struct tiles_client *client, const char *path)
{
    struct tiles_cells cells;
    int64_t sum = 0;
    memset(&cells, 0, sizeof(cells));
    struct tiles_answer answer = get_tile(client, path);
    if (!tiles_mvt_read(answer.body, answer.n, "heat", &cells)) {
        return -1;
    }
    for (int i = 0; i < TILES_CELLS * TILES_CELLS; i++) {
        sum += cells.cells[i].count;
    }
    return sum;
}

/* One complaint somewhere near; false when the tile never counts it. */
static bool fresh_once(struct tiles_client *to, struct tiles_client *from, char **argv,
                       struct tiles_times *times)
{
    char path[64];
    char body[512];
    struct geo_point p = {strtod(argv[4], NULL) + (double)(times->n % 100) * 1e-4,
                          strtod(argv[5], NULL)};
    struct geo_tile tile = geo_tile_at(p, FRESH_ZOOM);
    snprintf(path, sizeof(path), "/tiles/heat/%u/%u/%u.mvt", tile.z, tile.x, tile.y);
    snprintf(body, sizeof(body),
             "{\"category\":\"%s\",\"description\":\"Thử độ tươi %zu\",\"channel\":\"web\","
             "\"location\":{\"lon\":%.6f,\"lat\":%.6f}}",
             argv[3], times->n, p.lon, p.lat);
    int64_t before = counted(from, path);
    struct tiles_answer answer = tiles_client_ask(to, "/api/v1/complaints", body);
    uint64_t acknowledged = clock_mono_ns();
    if (answer.status != 201) {
        fprintf(stderr, "bench_tiles: status %d: %.*s\n", answer.status, (int)answer.n,
                (const char *)answer.body);
        return false;
    }
    uint64_t until = after(FRESH_GIVEN);
    while (counted(from, path) < before + 1) {
        if (clock_mono_ns() > until) {
            fprintf(stderr, "bench_tiles: a complaint is not on its tile\n");
            return false;
        }
    }
    tiles_times_add(times, clock_mono_ns() - acknowledged);
    return true;
}

static int run_inside(char **argv)
{
    return tiles_inside(argv[0], argv[1]);
}

static int run_fresh(char **argv)
{
    struct tiles_client to;
    struct tiles_client from;
    struct tiles_times times = {0};
    size_t n = strtoul(argv[2], NULL, 10);
    bool good = true;
    tiles_client_open(&to, argv[0]);
    tiles_client_open(&from, argv[1]);
    while (good && times.n < n) {
        good = fresh_once(&to, &from, argv, &times);
    }
    tiles_times_print(&times);
    tiles_client_close(&to);
    tiles_client_close(&from);
    return good ? 0 : 1;
}

/* The tiles that MapServer survived, to be asked of the service too, as a list. */
static void note_survived(FILE *file, const struct tiles_row *row)
{
    fprintf(file, "%s\t%u\t%u\t%u\t\t\t\t\t\n", row->path, row->z, row->x, row->y);
}

static int run_mapserver(char **argv)
{
    struct tiles_fcgi mapserver;
    struct tiles_list list;
    struct tiles_times times = {0};
    double seconds = strtod(argv[3], NULL);
    FILE *survived = fopen(argv[4], "w");
    size_t bad = 0;
    if (survived == NULL) {
        perror(argv[4]);
        return 1;
    }
    tiles_list_read(&list, argv[2]);
    tiles_fcgi_open(&mapserver, argv[0]);
    uint64_t begin = clock_mono_ns();
    for (size_t i = 0; going_on(times.n + bad, begin, seconds); i++) {
        char query[512];
        const struct tiles_row *row = &list.rows[i % list.n];
        struct geo_mercator_box box =
            geo_tile_mercator_box((struct geo_tile){row->z, row->x, row->y});
        snprintf(query, sizeof(query),
                 "map=%s&mode=map&layers=heatmap&mapsize=256+256&mapext=%.3f+%.3f+%.3f+%.3f",
                 argv[1], box.west, box.south, box.east, box.north);
        uint64_t start = clock_mono_ns();
        bool good = tiles_fcgi_ask(&mapserver, query);
        if (good && i > 0) { /* the first one connects to the database */
            tiles_times_add(&times, clock_mono_ns() - start);
            note_survived(survived, row);
        }
        bad += good ? 0 : 1;
    }
    size_t n = times.n;
    printf("%zu %.4f %.4f %.4f %zu %zu\n", n, tiles_times_quantile(&times, 0.5),
           tiles_times_quantile(&times, 0.99), tiles_times_quantile(&times, 1), mapserver.crashes,
           bad);
    free(times.ms);
    tiles_fcgi_close(&mapserver);
    tiles_list_free(&list);
    return fclose(survived) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int n;
        int (*run)(char **argv);
    } commands[] = {{"http", 3, run_http},       {"sql", 4, run_sql},
                    {"compare", 3, run_compare}, {"size", 3, run_size},
                    {"inside", 2, run_inside},   {"mapserver", 5, run_mapserver},
                    {"fresh", 6, run_fresh}};
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0 && argc == commands[i].n + 2) {
            return commands[i].run(argv + 2);
        }
    }
    fprintf(stderr, "usage: see the head of tests/bench/bench_tiles.c\n");
    return 2;
}
