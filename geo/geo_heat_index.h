/* The heat index: every placed complaint in memory, in an order that makes a tile a range.
 *
 * WHAT IT IS. A tree of 16-fold squares (each level halves a side twice: zoom 2, 4, 6 ...). Every
 * node keeps, for each of its 16 squares, how many complaints lie in it, how many are open, late,
 * and so on: the pyramid that an unfiltered view is read from. At the bottom hang leaves of up to
 * GEO_HEAT_LEAF_MAX complaints in Morton order, one array a column, which a filtered view scans.
 * More: docs/heat-index.md, docs/decisions/0006-heat-index.md.
 *
 * THREADS. One writer at a time calls the geo_heat_index_... functions that change it; anybody, at
 * any time, takes a view. A view is the index as it was after one whole batch: it never changes,
 * never waits for the writer and is exact, also between two squares that a complaint moved from and
 * to. Nodes and leaves are replaced, not changed; what no view needs any more is freed by the
 * writer's next batch or the last release. The only lock is held for some instructions while a view
 * is taken, released, or a version put in its place. Hold a view for one answer, not for long: what
 * it keeps alive is memory.
 *
 * EXACTNESS. A place is two 32-bit numbers on the Mercator square (geo_heat_place_of). Which cell,
 * tile or box holds a complaint is decided by these alone, and hotline.heat_x, heat_y in SQL do the
 * same arithmetic, so that counts can be compared one by one. Instants are whole seconds, rounded
 * down; bounds are whole seconds too, so comparing them is exact. "Late" is open with a deadline
 * before the second that the view holds (geo_heat_view_now); geo_heat_index_tick moves that second
 * and turns over just what became late.
 *
 * MEMORY. 32 bytes of columns and 8 of the map from id to place for each complaint; with the tree
 * at most 64 in all (geo_heat_index_stats counts what is allocated; the unit test holds it to
 * that), more only while a batch is under way or a view is held. */
#ifndef GEO_HEAT_INDEX_H
#define GEO_HEAT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_tile.h"
#include "server/base/err.h"

#define GEO_HEAT_LEAF_MAX   1024
#define GEO_HEAT_WEIGHT_MAX 31
#define GEO_HEAT_DEPTH_MAX  10         /* cells of a square: at most 2^10 a side */
#define GEO_HEAT_NEVER      UINT32_MAX /* a deadline that never comes */

/* A place: 2^-32 of the Mercator square's sides, from its north-west corner; about 9 mm. */
struct geo_heat_place {
    uint32_t x, y;
};

/* Outside the square the nearest place in it. */
struct geo_heat_place geo_heat_place_of(struct geo_point point);
/* The middle of the place; within 5 mm of the point it was made from. */
struct geo_point geo_heat_place_point(struct geo_heat_place place);

/* Edges belong to it. */
struct geo_heat_box {
    uint32_t west, north, east, south;
};
struct geo_heat_box geo_heat_box_of_tile(struct geo_tile tile);
struct geo_heat_box geo_heat_box_of(struct geo_box box);
extern const struct geo_heat_box geo_heat_everywhere;

/* A complaint as the index knows it. */
struct geo_heat_record {
    int64_t id; /* > 0 */
    struct geo_heat_place place;
    uint32_t received_s, due_s;     /* since 1970, rounded down; what is before is 0 */
    int32_t category, agency, ward; /* the database's ids; ward 0: none */
    uint8_t status;                 /* 0..15, see geo_heat_options */
    uint8_t channel;                /* 0..7 */
    uint8_t satisfaction;           /* 0 not rated, 1 not satisfied, 2 acceptable, 3 satisfied */
    uint8_t weight;                 /* 0..GEO_HEAT_WEIGHT_MAX */
    bool missed;                    /* done, but after its deadline */
    bool reopened;                  /* was done once, and was opened again */
};

/* What is counted of a set of complaints. Means are made from it: satisfaction / rated. */
struct geo_heat_sums {
    uint32_t count;
    uint32_t open, late; /* late ones are open too */
    uint32_t missed;
    uint32_t reopened, again;     /* opened again ever; of them, open now */
    uint32_t rated, satisfaction; /* how many are rated, and the sum of their ratings */
    uint32_t weight;
};

struct geo_heat_index;
struct geo_heat_view;

/* --- the writer's side ------------------------------------------------------------------------ */

struct geo_heat_options {
    uint16_t open_statuses; /* bit s: complaints of status s are open */
    uint32_t now_s;
};

enum status geo_heat_index_create(const struct geo_heat_options *options,
                                  struct geo_heat_index **out, struct err *e) MUST_CHECK;
/* Once all views are released. NULL is fine. */
void geo_heat_index_destroy(struct geo_heat_index *index);

/* Replaces everything by n records, in one version. Ids differ. Records are read through `record`,
 * which may be called for any number below n at any time until this returns. */
enum status geo_heat_index_load(struct geo_heat_index *index, size_t n,
                                const struct geo_heat_record *(*record)(void *arg, size_t i),
                                void *arg, struct err *e) MUST_CHECK;

/* The state of a complaint: as in record, or gone (then only record.id matters). */
struct geo_heat_change {
    struct geo_heat_record record;
    bool gone;
};

struct geo_heat_batch {
    const struct geo_heat_change *changes; /* of one id, the last counts */
    size_t n;
    /* Called for every place where something is other than before; may be NULL. */
    void (*touched)(void *arg, struct geo_heat_place place);
    void *arg;
};

/* New complaints, moved ones, changed ones and removed ones, in one version. A state that the index
 * has already changes nothing, so a batch may be repeated. On failure (memory, more than 65,000
 * categories, agencies or wards) the index is as before. */
enum status geo_heat_index_apply(struct geo_heat_index *index, const struct geo_heat_batch *batch,
                                 struct err *e) MUST_CHECK;

/* Moves the clock (never back). A new version only if something became late by it; `touched` as
 * above, of the batch given (its changes are ignored); NULL is fine. */
enum status geo_heat_index_tick(struct geo_heat_index *index, uint32_t now_s,
                                const struct geo_heat_batch *told, struct err *e) MUST_CHECK;

struct geo_heat_stats {
    uint64_t version;
    size_t complaints, leaves, nodes;
    size_t bytes;    /* allocated, all in, of the newest version */
    size_t retiring; /* bytes that wait for a view to be released */
};
struct geo_heat_stats geo_heat_index_stats(struct geo_heat_index *index); /* any thread */

/* --- views: any thread ------------------------------------------------------------------------ */

struct geo_heat_view *geo_heat_index_view(struct geo_heat_index *index);
void geo_heat_view_release(struct geo_heat_view *view); /* NULL is fine */

uint64_t geo_heat_view_version(const struct geo_heat_view *view);
uint32_t geo_heat_view_now(const struct geo_heat_view *view);
/* The newest version in which something changed in (or near) the box: as long as it is the same,
 * everything there is. */
uint64_t geo_heat_view_changed(const struct geo_heat_view *view, const struct geo_heat_box *box);

/* What may be asked for. A zeroed one asks for everything. Lists: NULL for all; not NULL and empty
 * for none. Borrowed while queries run. */
struct geo_heat_filter {
    const int32_t *categories, *agencies, *wards;
    size_t n_categories, n_agencies, n_wards;
    uint16_t statuses; /* bits; 0: all */
    uint8_t channels;  /* bits; 0: all */
    bool has_from, has_to;
    int64_t from_s, to_s; /* received in [from, to) */
    bool has_box;
    struct geo_heat_box box;
};

/* A filter made ready for a view. Holds the view, which must outlive it. */
struct geo_heat_query;
enum status geo_heat_query_create(struct geo_heat_view *view, const struct geo_heat_filter *filter,
                                  struct geo_heat_query **out, struct err *e) MUST_CHECK;
void geo_heat_query_destroy(struct geo_heat_query *query); /* NULL is fine */

/* At most so many complaints have to be looked at one by one for the box, at cells of that zoom
 * (32: at all of them one by one): for choosing the thread. Cheap. */
size_t geo_heat_query_work(const struct geo_heat_query *query, const struct geo_heat_box *box,
                           unsigned cell_zoom);

/* The sum of all in the box (and the filter's own box, here and below). */
struct geo_heat_sums geo_heat_sum(const struct geo_heat_query *query,
                                  const struct geo_heat_box *box);

/* The tile in 2^depth x 2^depth cells, north row first; sums[] has room for them all and is
 * overwritten. The tile's zoom and depth together are at most 32. */
void geo_heat_cells(const struct geo_heat_query *query, struct geo_tile tile, unsigned depth,
                    struct geo_heat_sums *sums);
/* The same one by one, of what lies in the box (NULL: all): each cell that has something once, in
 * Morton order, which is that of the index. `sums` are valid during the call only. A box along
 * cells is a part of the tile that a thread may count. */
typedef void geo_heat_cell_visitor(void *arg, uint64_t cell, const struct geo_heat_sums *sums);
void geo_heat_each_cell(const struct geo_heat_query *query, struct geo_tile tile, unsigned depth,
                        const struct geo_heat_box *box, geo_heat_cell_visitor *visit, void *arg);
/* Column (x) and row (y) of a cell in Morton order. */
struct geo_heat_place geo_heat_cell(uint64_t number);

/* Complaints one by one, in Morton order: equal or near places come together. `records` are valid
 * during the call only. Return false to stop. */
typedef bool geo_heat_visitor(void *arg, const struct geo_heat_record *records, size_t n);
void geo_heat_visit(const struct geo_heat_query *query, const struct geo_heat_box *box,
                    geo_heat_visitor *visit, void *arg);

/* By time of receipt: sums[i] of [bounds[i], bounds[i + 1]), i < n - 1; bounds ascend. sums[] is
 * overwritten. Outside of the bounds nothing is counted. */
void geo_heat_series(const struct geo_heat_query *query, const struct geo_heat_box *box,
                     const uint32_t *bounds, size_t n, struct geo_heat_sums *sums);

/* By the value of a column: `groups` has room for `cap`; returns how many there are (which may be
 * more than cap: only cap are written). Groups of nothing are left out; order is of first use. */
enum geo_heat_column {
    GEO_HEAT_CATEGORY,
    GEO_HEAT_AGENCY,
    GEO_HEAT_WARD,
    GEO_HEAT_STATUS,
    GEO_HEAT_CHANNEL
};
struct geo_heat_group {
    int32_t value; /* the database's id, or the number of the status or channel */
    struct geo_heat_sums sums;
};
size_t geo_heat_groups(const struct geo_heat_query *query, const struct geo_heat_box *box,
                       enum geo_heat_column column, struct geo_heat_group *groups, size_t cap);

/* By any polygons, numbered 0 .. n - 1. Squares that lie in one polygon, or in none, are taken
 * whole; only in those that an edge goes through is each complaint asked for. */
#define GEO_HEAT_ZONE_NONE  (-1)
#define GEO_HEAT_ZONE_MIXED (-2)
struct geo_heat_zones {
    /* The zone that holds all of the square, GEO_HEAT_ZONE_NONE if none touches it, else MIXED.
     * Saying MIXED too often is slow and never wrong. NULL: always MIXED. */
    int32_t (*of_square)(void *arg, const struct geo_heat_box *square);
    int32_t (*of_place)(void *arg, struct geo_heat_place place); /* or GEO_HEAT_ZONE_NONE */
    void *arg;
    size_t n;
};
void geo_heat_by_zone(const struct geo_heat_query *query, const struct geo_heat_zones *zones,
                      struct geo_heat_sums *sums);

/* For pictures: complaints as weighted dots, near ones joined where that moves the picture by less
 * than `slack` dots' worth. x, y are places (fractions: a joined dot is where its complaints'
 * middle is). */
enum geo_heat_measure { GEO_HEAT_OF_COUNT, GEO_HEAT_OF_OPEN, GEO_HEAT_OF_LATE, GEO_HEAT_OF_WEIGHT };
struct geo_heat_dot {
    double x, y;
    float value;
};
struct geo_heat_dots {
    enum geo_heat_measure measure;
    unsigned join_zoom; /* squares of this zoom or smaller may be joined (0..32) */
    float slack;        /* value times side of the square (in sides of join_zoom) at most */
    bool middles;       /* counted ones in the middle of their square: where that will do */
    bool (*dots)(void *arg, const struct geo_heat_dot *dots, size_t n);
    void *arg;
};
void geo_heat_collect(const struct geo_heat_query *query, const struct geo_heat_box *box,
                      const struct geo_heat_dots *asked);

#endif
