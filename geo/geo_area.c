#include "geo/geo_area.h"

#include <math.h>
#include <stdlib.h>

#include "geo/geo_area_index.h"
#include "geo/geo_distance.h"

#define PLANE_SLACK 1.05 /* on a square: what the plane may be off, and more */

void geo_area_set_destroy(struct geo_area_set *set)
{
    if (!set) {
        return;
    }
    free(set->boxes);
    free(set->interior);
    free(set->vertices);
    free(set->part_area);
    free(set->grid);
    free(set->nodes);
    free(set->words);
    free(set);
}

/* The cell of a point that lies in the set's box. Never a node. */
static inline uint32_t cell_at(const struct geo_area_set *set, struct geo_point p)
{
    uint32_t x = area_lattice(p.lon, set->box.west, set->steps_lon, set->last_lon);
    uint32_t y = area_lattice(p.lat, set->box.south, set->steps_lat, set->last_lat);
    size_t row = (size_t)(y >> AREA_CELL_BITS) << set->bits_lon;
    uint32_t cell = set->grid[row + (x >> AREA_CELL_BITS)];
    unsigned bits = AREA_CELL_BITS;
    while ((cell & AREA_TAG_MASK) == AREA_TAG_NODE) {
        bits -= AREA_NODE_BITS;
        uint32_t column = (x >> bits) & ((1U << AREA_NODE_BITS) - 1);
        uint32_t line = (y >> bits) & ((1U << AREA_NODE_BITS) - 1);
        cell = set->nodes[cell & AREA_VALUE_MAX][(line << AREA_NODE_BITS) + column];
    }
    return cell;
}

/* Does the entry's polygon cover a point of the leaf's cell? */
static inline bool entry_covers(const struct geo_area_set *set, const uint32_t *entry,
                                struct geo_point p, struct geo_point corner)
{
    unsigned found = area_entry_cross(set->vertices, entry, p, corner);
    return ((found ^ entry[0]) & AREA_ODD) != 0 || (found & AREA_EDGE) != 0;
}

int32_t geo_area_at(const struct geo_area_set *set, struct geo_point point)
{
    if (!geo_box_has(&set->box, point)) {
        return -1;
    }
    uint32_t cell = cell_at(set, point);
    if ((cell & AREA_TAG_MASK) == AREA_TAG_WHOLE) {
        return (int32_t)cell - 1;
    }
    const uint32_t *leaf = set->words + (cell & AREA_VALUE_MAX);
    struct geo_point corner = area_leaf_corner(leaf);
    const uint32_t *entry = leaf + AREA_LEAF_HEAD;
    for (uint32_t i = 0; i < leaf[AREA_LEAF_HEAD - 1]; i++) {
        if (entry_covers(set, entry, point, corner)) {
            return (int32_t)set->part_area[entry[0] >> 1];
        }
        entry = area_entry_next(entry);
    }
    return -1;
}

size_t geo_area_all_at(const struct geo_area_set *set, struct geo_point point, int32_t *out,
                       size_t max)
{
    if (!geo_box_has(&set->box, point)) {
        return 0;
    }
    uint32_t cell = cell_at(set, point);
    if ((cell & AREA_TAG_MASK) == AREA_TAG_WHOLE) {
        if (cell != 0 && max > 0) {
            out[0] = (int32_t)cell - 1;
        }
        return cell != 0;
    }
    const uint32_t *leaf = set->words + (cell & AREA_VALUE_MAX);
    struct geo_point corner = area_leaf_corner(leaf);
    const uint32_t *entry = leaf + AREA_LEAF_HEAD;
    size_t n = 0;
    int32_t last = -1;
    for (uint32_t i = 0; i < leaf[AREA_LEAF_HEAD - 1]; i++, entry = area_entry_next(entry)) {
        int32_t area = (int32_t)set->part_area[entry[0] >> 1];
        if (area == last || !entry_covers(set, entry, point, corner)) {
            continue; /* `last`: another polygon of an area that is already told */
        }
        if (n < max) {
            out[n] = area;
        }
        n++;
        last = area;
    }
    return n;
}

/* The search for what is near. */
struct search {
    const struct geo_area_set *set;
    struct geo_point point;
    struct geo_degree scale;           /* at the point */
    double radius_m, reach2;           /* reach2: of the radius and some more, in square metres */
    uint32_t west, south, east, north; /* lattice numbers of the cells to look at, inclusive */
    struct geo_area_near *found;       /* borrowed; sorted, each area once */
    size_t n_found, max;
};

static bool is_nearer(const struct geo_area_near *a, const struct geo_area_near *b)
{
    return a->metres < b->metres || (a->metres == b->metres && a->area < b->area);
}

static void search_note(struct search *s, struct geo_area_near candidate)
{
    size_t at = 0;
    while (at < s->n_found && s->found[at].area != candidate.area) {
        at++;
    }
    if (at == s->n_found) {
        if (at < s->max) {
            s->n_found++;
        } else if (at > 0 && is_nearer(&candidate, &s->found[at - 1])) {
            at--; /* the farthest one makes room */
        } else {
            return;
        }
    } else if (!is_nearer(&candidate, &s->found[at])) {
        return;
    }
    for (; at > 0 && is_nearer(&candidate, &s->found[at - 1]); at--) {
        s->found[at] = s->found[at - 1];
    }
    s->found[at] = candidate;
}

/* Square metres in the plane of the point's latitude: enough to tell which edge is nearest. */
static double edge_distance2(const struct search *s, struct geo_point a, struct geo_point b)
{
    double x = (a.lon - s->point.lon) * s->scale.lon;
    double y = (a.lat - s->point.lat) * s->scale.lat;
    double dx = (b.lon - a.lon) * s->scale.lon;
    double dy = (b.lat - a.lat) * s->scale.lat;
    double length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? -(x * dx + y * dy) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    x += t * dx;
    y += t * dy;
    return x * x + y * y;
}

/* Surely not nearer than what is known of the area, by a distance in the plane, which is good to a
 * hundredth for any sane radius. Most edges are, so that few have to be measured exactly. */
static bool is_no_news(const struct search *s, int32_t area, double distance2)
{
    for (size_t i = 0; i < s->n_found; i++) {
        double metres = s->found[i].metres;
        if (s->found[i].area == area || (i + 1 == s->max && s->n_found == s->max)) {
            return distance2 > metres * metres * PLANE_SLACK;
        }
    }
    return false;
}

static void search_entry(struct search *s, const uint32_t *entry)
{
    int32_t area = (int32_t)s->set->part_area[entry[0] >> 1];
    for (size_t i = 0; i < s->n_found && s->found[i].metres == 0; i++) {
        if (s->found[i].area == area) {
            return; /* it covers the point: no edge can be nearer */
        }
    }
    const struct geo_point *nearest = NULL;
    double least = HUGE_VAL;
    const uint32_t *run = entry + 2;
    for (uint32_t i = 0; i < entry[1]; i++, run += 2) {
        const struct geo_point *v = s->set->vertices + run[0];
        for (uint32_t k = 0; k < run[1]; k++) {
            double d2 = edge_distance2(s, v[k], v[k + 1]);
            if (d2 < least) {
                least = d2;
                nearest = v + k;
            }
        }
    }
    if (!nearest || least > s->reach2 || is_no_news(s, area, least)) {
        return;
    }
    struct geo_area_near candidate = {
        area,
        geo_distance_to_segment_m(s->point, nearest[0], nearest[1]),
    };
    if (candidate.metres <= s->radius_m) {
        search_note(s, candidate);
    }
}

/* A cell with its south-west on the lattice and the log2 of its side. */
/* NOLINTNEXTLINE(misc-no-recursion): a node is a quarter of its cell wide, AREA_DEPTH_MAX levels */
static void search_cell(struct search *s, uint32_t cell, uint32_t x, uint32_t y, unsigned bits)
{
    uint32_t side = 1U << bits;
    if (x > s->east || y > s->north || x + (side - 1) < s->west || y + (side - 1) < s->south) {
        return;
    }
    if ((cell & AREA_TAG_MASK) == AREA_TAG_NODE) {
        const uint32_t *cells = s->set->nodes[cell & AREA_VALUE_MAX];
        for (uint32_t i = 0; i < AREA_NODE_CELLS; i++) {
            unsigned child = bits - AREA_NODE_BITS;
            uint32_t column = i & ((1U << AREA_NODE_BITS) - 1);
            search_cell(s, cells[i], x + (column << child), y + ((i >> AREA_NODE_BITS) << child),
                        child);
        }
    } else if ((cell & AREA_TAG_MASK) == AREA_TAG_LEAF) {
        const uint32_t *leaf = s->set->words + (cell & AREA_VALUE_MAX);
        const uint32_t *entry = leaf + AREA_LEAF_HEAD;
        for (uint32_t i = 0; i < leaf[AREA_LEAF_HEAD - 1]; i++) {
            search_entry(s, entry);
            entry = area_entry_next(entry);
        }
    }
}

/* All edges within the radius lie in cells of the box around the point. */
static void search_edges(struct search *s)
{
    const struct geo_area_set *set = s->set;
    struct geo_box box = geo_box_around(s->point, s->radius_m);
    if (box.west > set->box.east || box.east < set->box.west || box.south > set->box.north ||
        box.north < set->box.south) {
        return;
    }
    s->west = area_lattice(box.west, set->box.west, set->steps_lon, set->last_lon);
    s->east = area_lattice(box.east, set->box.west, set->steps_lon, set->last_lon);
    s->south = area_lattice(box.south, set->box.south, set->steps_lat, set->last_lat);
    s->north = area_lattice(box.north, set->box.south, set->steps_lat, set->last_lat);
    for (uint32_t y = s->south >> AREA_CELL_BITS; y <= s->north >> AREA_CELL_BITS; y++) {
        for (uint32_t x = s->west >> AREA_CELL_BITS; x <= s->east >> AREA_CELL_BITS; x++) {
            uint32_t cell = set->grid[((size_t)y << set->bits_lon) + x];
            search_cell(s, cell, x << AREA_CELL_BITS, y << AREA_CELL_BITS, AREA_CELL_BITS);
        }
    }
}

static void search_covering(struct search *s)
{
    const struct geo_area_set *set = s->set;
    if (!geo_box_has(&set->box, s->point)) {
        return;
    }
    uint32_t cell = cell_at(set, s->point);
    if ((cell & AREA_TAG_MASK) == AREA_TAG_WHOLE) {
        if (cell != 0) {
            search_note(s, (struct geo_area_near){(int32_t)cell - 1, 0});
        }
        return;
    }
    const uint32_t *leaf = set->words + (cell & AREA_VALUE_MAX);
    struct geo_point corner = area_leaf_corner(leaf);
    const uint32_t *entry = leaf + AREA_LEAF_HEAD;
    for (uint32_t i = 0; i < leaf[AREA_LEAF_HEAD - 1]; i++, entry = area_entry_next(entry)) {
        if (entry_covers(set, entry, s->point, corner)) {
            search_note(s, (struct geo_area_near){(int32_t)set->part_area[entry[0] >> 1], 0});
        }
    }
}

size_t geo_area_near(const struct geo_area_set *set, struct geo_point point, double radius_m,
                     struct geo_area_near *out, size_t max)
{
    if (max == 0 || !(fabs(point.lon) <= 180 && fabs(point.lat) <= 90)) {
        return 0;
    }
    struct search s = {
        .set = set,
        .point = point,
        .scale = geo_metres_per_degree(point.lat),
        .radius_m = radius_m,
        .reach2 = radius_m * radius_m * PLANE_SLACK,
        .found = out,
        .max = max,
    };
    search_covering(&s);
    if (radius_m >= 0 && set->n_vertices > 0) {
        search_edges(&s);
    }
    return s.n_found;
}

size_t geo_area_count(const struct geo_area_set *set)
{
    return set->n_areas;
}

size_t geo_area_set_bytes(const struct geo_area_set *set)
{
    size_t bytes = sizeof *set;
    bytes += (set->n_areas + 1) * (sizeof *set->boxes + sizeof *set->interior);
    bytes += set->n_vertices * sizeof *set->vertices + set->n_parts * sizeof *set->part_area;
    bytes += set->grid ? sizeof *set->grid << (set->bits_lon + set->bits_lat) : 0;
    bytes += set->n_nodes * sizeof *set->nodes + set->n_words * sizeof *set->words;
    return bytes;
}

struct geo_box geo_area_set_box(const struct geo_area_set *set)
{
    return set->box;
}

struct geo_box geo_area_box(const struct geo_area_set *set, size_t area)
{
    return set->boxes[area];
}

bool geo_area_interior_point(const struct geo_area_set *set, size_t area, struct geo_point *out)
{
    struct geo_point inside = set->interior[area];
    if (isnan(inside.lon)) {
        return false;
    }
    *out = inside;
    return true;
}
