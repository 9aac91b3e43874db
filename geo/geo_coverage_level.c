/* Levels of a coverage: arcs weighed once, thinned for a zoom, checked against each other, and put
 * together to rings again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_coverage_core.h"
#include "server/base/str.h"

#define PIXELS     3.0 /* of a tile's 4096: how large a triangle may be left out */
#define ROUNDS_MAX 24
#define GRID       512 /* cells along a side when looking for crossings */

static enum status no_memory(struct err *e)
{
    return err_set(e, STATUS_NO_MEMORY, "no memory for a coverage's level");
}

/* --- weights ---------------------------------------------------------------------------------- */

/* One arc's vertices as a list that shrinks, with a heap of the lightest triangle. */
struct weighing {
    const struct geo_coverage_point *p;
    const uint32_t *steps;
    double *weights;
    double *now; /* triangle of each step as it stands */
    size_t *prev, *next, *heap, *place;
    size_t n_heap, cap;
};

static double triangle(const struct weighing *w, size_t a, size_t b, size_t c)
{
    struct geo_coverage_point p = w->p[w->steps[a]];
    struct geo_coverage_point q = w->p[w->steps[b]];
    struct geo_coverage_point r = w->p[w->steps[c]];
    return fabs(((double)q.x - p.x) * ((double)r.y - p.y) -
                ((double)q.y - p.y) * ((double)r.x - p.x)) /
           2;
}

/* Equal triangles go by vertex number, so that the order does not depend on the arc's direction. */
static bool lighter(const struct weighing *w, size_t a, size_t b)
{
    return w->now[a] != w->now[b] ? w->now[a] < w->now[b] : w->steps[a] < w->steps[b];
}

static void put(struct weighing *w, size_t at, size_t step)
{
    w->heap[at] = step;
    w->place[step] = at;
}

static void sift_up(struct weighing *w, size_t at)
{
    size_t step = w->heap[at];
    while (at > 0 && lighter(w, step, w->heap[(at - 1) / 2])) {
        put(w, at, w->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(w, at, step);
}

static void sift_down(struct weighing *w, size_t at)
{
    size_t step = w->heap[at];
    for (size_t child = 2 * at + 1; child < w->n_heap; child = 2 * at + 1) {
        if (child + 1 < w->n_heap && lighter(w, w->heap[child + 1], w->heap[child])) {
            child++;
        }
        if (!lighter(w, w->heap[child], step)) {
            break;
        }
        put(w, at, w->heap[child]);
        at = child;
    }
    put(w, at, step);
}

static void weigh_again(struct weighing *w, size_t step, double least)
{
    if (w->place[step] == SIZE_MAX) {
        return; /* an end */
    }
    w->now[step] = fmax(least, triangle(w, w->prev[step], step, w->next[step]));
    sift_up(w, w->place[step]);
    sift_down(w, w->place[step]);
}

static void weigh_arc(struct weighing *w, size_t n)
{
    w->n_heap = 0;
    for (size_t i = 0; i < n; i++) {
        w->prev[i] = i == 0 ? 0 : i - 1;
        w->next[i] = i + 1;
        w->place[i] = SIZE_MAX;
        w->weights[i] = INFINITY;
    }
    for (size_t i = 1; i + 1 < n; i++) {
        w->now[i] = triangle(w, i - 1, i, i + 1);
        put(w, w->n_heap++, i);
        sift_up(w, w->n_heap - 1);
    }
    while (w->n_heap > 0) {
        size_t step = w->heap[0];
        double weight = w->now[step];
        w->weights[step] = weight;
        w->place[step] = SIZE_MAX;
        w->n_heap--;
        if (w->n_heap > 0) {
            put(w, 0, w->heap[w->n_heap]);
            sift_down(w, 0);
        }
        w->next[w->prev[step]] = w->next[step];
        w->prev[w->next[step]] = w->prev[step];
        weigh_again(w, w->prev[step], weight);
        weigh_again(w, w->next[step], weight);
    }
}

static enum status weigh_all(struct geo_coverage *c, struct err *e)
{
    size_t longest = 0;
    for (size_t i = 0; i < c->n_arcs; i++) {
        longest = c->arcs[i].count > longest ? c->arcs[i].count : longest;
    }
    size_t *lists = calloc(4 * (longest + 1), sizeof(*lists));
    struct weighing w = {.p = c->vertices, .now = calloc(longest + 1, sizeof(*w.now))};
    c->weights = malloc((c->n_steps + 1) * sizeof(*c->weights));
    bool enough = lists != NULL && w.now != NULL && c->weights != NULL;
    if (enough) {
        w.prev = lists;
        w.next = lists + longest + 1;
        w.heap = w.next + longest + 1;
        w.place = w.heap + longest + 1;
        for (size_t i = 0; i < c->n_arcs; i++) {
            w.steps = c->steps + c->arcs[i].first;
            w.weights = c->weights + c->arcs[i].first;
            weigh_arc(&w, c->arcs[i].count);
        }
    }
    free(lists);
    free(w.now);
    return enough ? STATUS_OK : no_memory(e);
}

/* --- a level ---------------------------------------------------------------------------------- */

struct geo_coverage_level {
    struct geo_coverage_point *points;
    size_t n_points, cap_points;
    struct geo_coverage_ring *rings;
    size_t n_rings, cap_rings;
    size_t *areas; /* area i has rings areas[i] .. areas[i + 1] */
    struct level_box {
        int32_t min_x, min_y, max_x, max_y;
    } * boxes;
    size_t n_areas;
};

struct segment {
    uint32_t from, to; /* vertices */
    uint32_t arc;
};

struct thinning {
    const struct geo_coverage *c;
    double *limits; /* of each arc: lighter vertices are left out; 0: none is */
    bool *finer;    /* arcs that are to keep more */
    struct segment *segments;
    size_t n_segments, cap_segments;
    uint32_t *starts, *cells; /* segments by cell */
    size_t cap_cells;
    int64_t min_x, min_y, side;
    bool no_memory;
};

static bool kept(const struct thinning *t, size_t arc, size_t step)
{
    return t->c->weights[t->c->arcs[arc].first + step] >= t->limits[arc];
}

static void list_segments(struct thinning *t)
{
    const struct geo_coverage *c = t->c;
    t->n_segments = 0;
    void *grown = array_grow(t->segments, &t->cap_segments, c->n_steps + 1, sizeof(*t->segments));
    if (grown == NULL) {
        t->no_memory = true;
        return;
    }
    t->segments = grown;
    for (size_t a = 0; a < c->n_arcs; a++) {
        const uint32_t *steps = c->steps + c->arcs[a].first;
        uint32_t from = steps[0];
        for (size_t s = 1; s < c->arcs[a].count; s++) {
            if (kept(t, a, s)) {
                t->segments[t->n_segments++] = (struct segment){from, steps[s], (uint32_t)a};
                from = steps[s];
            }
        }
    }
}

/* Calls with every cell that the segment may run through. */
typedef void cell_visitor(struct thinning *t, size_t cell, uint32_t segment);

static int64_t cell_at(double at, int64_t least, int64_t side)
{
    int64_t cell = (int64_t)floor((at - (double)least) / (double)side);
    return cell < 0 ? 0 : cell >= GRID ? GRID - 1 : cell;
}

static void visit_cells(struct thinning *t, uint32_t number, cell_visitor *visit)
{
    struct geo_coverage_point a = t->c->vertices[t->segments[number].from];
    struct geo_coverage_point z = t->c->vertices[t->segments[number].to];
    if (a.y > z.y) {
        struct geo_coverage_point other = a;
        a = z;
        z = other;
    }
    double slope = z.y == a.y ? 0 : ((double)z.x - a.x) / ((double)z.y - a.y);
    int64_t last = cell_at(z.y, t->min_y, t->side);
    for (int64_t j = cell_at(a.y, t->min_y, t->side); j <= last; j++) {
        double y0 = fmax((double)(t->min_y + j * t->side) - 1, a.y);
        double y1 = fmin((double)(t->min_y + (j + 1) * t->side) + 1, z.y);
        double x0 = z.y == a.y ? a.x : a.x + (y0 - a.y) * slope;
        double x1 = z.y == a.y ? z.x : a.x + (y1 - a.y) * slope;
        int64_t end = cell_at(fmax(x0, x1) + 1, t->min_x, t->side);
        for (int64_t i = cell_at(fmin(x0, x1) - 1, t->min_x, t->side); i <= end; i++) {
            visit(t, (size_t)(j * GRID + i), number);
        }
    }
}

static void count_cell(struct thinning *t, size_t cell, uint32_t segment)
{
    (void)segment;
    t->starts[cell + 1]++;
}

static void fill_cell(struct thinning *t, size_t cell, uint32_t segment)
{
    t->cells[t->starts[cell]++] = segment;
}

static void fill_cells(struct thinning *t)
{
    memset(t->starts, 0, ((size_t)GRID * GRID + 2) * sizeof(*t->starts));
    for (size_t i = 0; i < t->n_segments; i++) {
        visit_cells(t, (uint32_t)i, count_cell);
    }
    for (size_t i = 0; i < (size_t)GRID * GRID; i++) {
        t->starts[i + 1] += t->starts[i];
    }
    size_t total = t->starts[(size_t)GRID * GRID];
    void *grown = array_grow(t->cells, &t->cap_cells, total + 1, sizeof(*t->cells));
    if (grown == NULL) {
        t->no_memory = true;
        return;
    }
    t->cells = grown;
    for (size_t i = 0; i < t->n_segments; i++) {
        visit_cells(t, (uint32_t)i, fill_cell);
    }
    /* Filling moved each start to the next cell's. */
    memmove(t->starts + 1, t->starts, (size_t)GRID * GRID * sizeof(*t->starts));
    t->starts[0] = 0;
}

/* Which side of a->b the point is on. Exact: differences are below 2^31, products below 2^62. */
static int side_of(struct geo_coverage_point a, struct geo_coverage_point b,
                   struct geo_coverage_point p)
{
    int64_t left = ((int64_t)b.x - a.x) * ((int64_t)p.y - a.y);
    int64_t right = ((int64_t)b.y - a.y) * ((int64_t)p.x - a.x);
    return (left > right) - (left < right);
}

static bool within(struct geo_coverage_point a, struct geo_coverage_point b,
                   struct geo_coverage_point p)
{
    return (p.x < a.x) != (p.x < b.x) || (p.y < a.y) != (p.y < b.y);
}

/* True if they have more in common than an end of both. */
static bool crosses(const struct thinning *t, const struct segment *s, const struct segment *u)
{
    const struct geo_coverage_point *p = t->c->vertices;
    struct geo_coverage_point a = p[s->from];
    struct geo_coverage_point b = p[s->to];
    struct geo_coverage_point c = p[u->from];
    struct geo_coverage_point d = p[u->to];
    bool meet_from = s->from == u->from || s->from == u->to;
    bool meet_to = s->to == u->from || s->to == u->to;
    if (meet_from && meet_to) {
        return true; /* two lines became one */
    }
    if (meet_from || meet_to) {
        struct geo_coverage_point common = meet_from ? a : b;
        struct geo_coverage_point mine = meet_from ? b : a;
        struct geo_coverage_point other = u->from == (meet_from ? s->from : s->to) ? d : c;
        return side_of(common, mine, other) == 0 &&
               (within(common, mine, other) || within(common, other, mine));
    }
    int c_side = side_of(a, b, c);
    int d_side = side_of(a, b, d);
    int a_side = side_of(c, d, a);
    int b_side = side_of(c, d, b);
    if (c_side != d_side && a_side != b_side) {
        return c_side * d_side <= 0 && a_side * b_side <= 0;
    }
    return c_side == 0 && d_side == 0 && (within(a, b, c) || within(a, b, d) || within(c, d, a));
}

static bool boxes_apart(const struct geo_coverage_point *p, const struct segment *s,
                        const struct segment *u)
{
    int32_t ax = p[s->from].x, bx = p[s->to].x, cx = p[u->from].x, dx = p[u->to].x;
    int32_t ay = p[s->from].y, by = p[s->to].y, cy = p[u->from].y, dy = p[u->to].y;
    return (ax < cx && ax < dx && bx < cx && bx < dx) ||
           (ax > cx && ax > dx && bx > cx && bx > dx) ||
           (ay < cy && ay < dy && by < cy && by < dy) || (ay > cy && ay > dy && by > cy && by > dy);
}

/* Compares the segment at `first` with those behind it in its cell. */
static bool mark_crossing(struct thinning *t, size_t first, size_t end)
{
    const struct segment *s = &t->segments[t->cells[first]];
    bool any = false;
    for (size_t k = first + 1; k < end; k++) {
        const struct segment *u = &t->segments[t->cells[k]];
        bool full = t->limits[s->arc] == 0 && t->limits[u->arc] == 0;
        if (!full && !boxes_apart(t->c->vertices, s, u) && crosses(t, s, u)) {
            t->finer[s->arc] = t->finer[u->arc] = true;
            any = true;
        }
    }
    return any;
}

static bool mark_crossings(struct thinning *t)
{
    bool any = false;
    for (size_t cell = 0; cell < (size_t)GRID * GRID; cell++) {
        for (size_t i = t->starts[cell]; i < t->starts[cell + 1]; i++) {
            any = mark_crossing(t, i, t->starts[cell + 1]) || any;
        }
    }
    return any;
}

/* --- rings ------------------------------------------------------------------------------------ */

static size_t arc_number(int32_t ref)
{
    return ref < 0 ? (size_t)(-(int64_t)ref - 1) : (size_t)ref;
}

/* Appends the ring's points as they are now. */
static void put_ring(struct thinning *t, const struct coverage_ring *ring,
                     struct geo_coverage_level *out)
{
    const struct geo_coverage *c = t->c;
    for (size_t r = 0; r < ring->count && !t->no_memory; r++) {
        int32_t ref = c->refs[ring->first + r];
        size_t a = arc_number(ref);
        size_t n = c->arcs[a].count;
        void *grown =
            array_grow(out->points, &out->cap_points, out->n_points + n, sizeof(*out->points));
        if (grown == NULL) {
            t->no_memory = true;
            return;
        }
        out->points = grown;
        for (size_t s = 0; s + 1 < n; s++) { /* the last one is the next arc's first */
            size_t step = ref < 0 ? n - 1 - s : s;
            if (kept(t, a, step)) {
                out->points[out->n_points++] = c->vertices[c->steps[c->arcs[a].first + step]];
            }
        }
    }
}

/* Twice the area, signed, modulo 2^64: enough to tell whether there is any, since the world's is
 * 2^63. */
static uint64_t twice_area(const struct geo_coverage_point *p, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 1; i + 1 < n; i++) {
        sum += (uint64_t)(((int64_t)p[i].x - p[0].x) * ((int64_t)p[i + 1].y - p[0].y));
        sum -= (uint64_t)(((int64_t)p[i].y - p[0].y) * ((int64_t)p[i + 1].x - p[0].x));
    }
    return sum;
}

/* A ring of fewer than three points or without area keeps more of its arcs. */
static bool mark_collapsed(struct thinning *t, struct geo_coverage_level *scratch)
{
    const struct geo_coverage *c = t->c;
    bool any = false;
    for (size_t i = 0; i < c->n_rings && !t->no_memory; i++) {
        scratch->n_points = 0;
        put_ring(t, &c->rings[i], scratch);
        if (t->no_memory ||
            (scratch->n_points >= 3 && twice_area(scratch->points, scratch->n_points) != 0)) {
            continue;
        }
        for (size_t r = 0; r < c->rings[i].count; r++) {
            size_t a = arc_number(c->refs[c->rings[i].first + r]);
            any = any || t->limits[a] > 0;
            t->finer[a] = true;
        }
    }
    return any;
}

/* --- rings that float --------------------------------------------------------------------------
 */

/* Crossing number of the ring as it is thinned; exact. */
static bool ring_has(const struct thinning *t, const struct coverage_ring *ring,
                     struct geo_coverage_point p)
{
    const struct geo_coverage *c = t->c;
    bool inside = false;
    for (size_t r = 0; r < ring->count; r++) {
        size_t a = arc_number(c->refs[ring->first + r]);
        const uint32_t *steps = c->steps + c->arcs[a].first;
        struct geo_coverage_point from = c->vertices[steps[0]];
        for (size_t s = 1; s < c->arcs[a].count; s++) {
            if (!kept(t, a, s)) {
                continue;
            }
            struct geo_coverage_point to = c->vertices[steps[s]];
            if ((from.y > p.y) != (to.y > p.y) &&
                side_of(from, to, p) * (from.y < to.y ? 1 : -1) > 0) {
                inside = !inside;
            }
            from = to;
        }
    }
    return inside;
}

static struct geo_coverage_point first_point(const struct geo_coverage *c,
                                             const struct coverage_ring *ring)
{
    return c->vertices[c->steps[c->arcs[arc_number(c->refs[ring->first])].first]];
}

/* A ring that touches others has a junction where it is cut; one arc from a vertex back to it that
 * nobody else passes is alone. */
static bool floats(const struct geo_coverage *c, const struct coverage_ring *ring)
{
    const struct coverage_arc *arc = &c->arcs[arc_number(c->refs[ring->first])];
    return ring->count == 1 && c->steps[arc->first] == c->steps[arc->first + arc->count - 1];
}

static struct level_box ring_box(const struct geo_coverage *c, const struct coverage_ring *ring)
{
    struct level_box box = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
    for (size_t r = 0; r < ring->count; r++) {
        const struct coverage_arc *arc = &c->arcs[arc_number(c->refs[ring->first + r])];
        for (size_t s = 0; s < arc->count; s++) {
            struct geo_coverage_point p = c->vertices[c->steps[arc->first + s]];
            box.min_x = p.x < box.min_x ? p.x : box.min_x;
            box.min_y = p.y < box.min_y ? p.y : box.min_y;
            box.max_x = p.x > box.max_x ? p.x : box.max_x;
            box.max_y = p.y > box.max_y ? p.y : box.max_y;
        }
    }
    return box;
}

/* Every pair of a floating ring and one whose box holds it. */
static enum status find_floats(struct geo_coverage *c, struct err *e)
{
    struct thinning t = {.c = c, .limits = calloc(c->n_arcs + 1, sizeof(*t.limits))};
    struct level_box *boxes = calloc(c->n_rings + 1, sizeof(*boxes));
    bool enough = t.limits != NULL && boxes != NULL;
    for (size_t i = 0; i < c->n_rings && enough; i++) {
        boxes[i] = ring_box(c, &c->rings[i]);
    }
    for (size_t i = 0; i < c->n_rings && enough; i++) {
        struct geo_coverage_point p = first_point(c, &c->rings[i]);
        for (size_t k = 0; floats(c, &c->rings[i]) && k < c->n_rings && enough; k++) {
            bool same = c->refs[c->rings[i].first] == c->refs[c->rings[k].first] ||
                        c->refs[c->rings[i].first] == -c->refs[c->rings[k].first] - 1;
            if (same || p.x < boxes[k].min_x || p.x > boxes[k].max_x || p.y < boxes[k].min_y ||
                p.y > boxes[k].max_y) {
                continue;
            }
            void *grown =
                array_grow(c->floats, &c->cap_floats, c->n_floats + 1, sizeof(*c->floats));
            enough = grown != NULL;
            if (enough) {
                c->floats = grown;
                c->floats[c->n_floats++] = (struct coverage_float){(uint32_t)i, (uint32_t)k,
                                                                   ring_has(&t, &c->rings[k], p)};
            }
        }
    }
    free(t.limits);
    free(boxes);
    return enough ? STATUS_OK : no_memory(e);
}

enum status coverage_weigh(struct geo_coverage *c, struct err *e)
{
    enum status status = weigh_all(c, e);
    return status == STATUS_OK ? find_floats(c, e) : status;
}

/* An island that a simpler coast has swallowed, a hole that has slipped out. */
static bool mark_swallowed(struct thinning *t)
{
    const struct geo_coverage *c = t->c;
    bool any = false;
    for (size_t i = 0; i < c->n_floats; i++) {
        const struct coverage_float *f = &c->floats[i];
        const struct coverage_ring *around = &c->rings[f->around];
        if (ring_has(t, around, first_point(c, &c->rings[f->ring])) == f->inside) {
            continue;
        }
        for (size_t r = 0; r < around->count; r++) {
            size_t a = arc_number(c->refs[around->first + r]);
            any = any || t->limits[a] > 0;
            t->finer[a] = true;
        }
    }
    return any;
}

/* Thins until nothing crosses that did not before. */
static void settle(struct thinning *t, struct geo_coverage_level *scratch)
{
    for (int round = 0; round < ROUNDS_MAX && !t->no_memory; round++) {
        memset(t->finer, 0, (t->c->n_arcs + 1) * sizeof(*t->finer));
        list_segments(t);
        if (!t->no_memory) {
            fill_cells(t);
        }
        bool again = !t->no_memory && mark_crossings(t);
        again = (!t->no_memory && mark_collapsed(t, scratch)) || again;
        again = (!t->no_memory && mark_swallowed(t)) || again;
        for (size_t a = 0; a < t->c->n_arcs; a++) {
            if (t->finer[a]) {
                t->limits[a] = t->limits[a] < 4 || round + 2 >= ROUNDS_MAX ? 0 : t->limits[a] / 4;
            }
        }
        if (!again) {
            return;
        }
    }
}

static void find_extent(struct thinning *t)
{
    int64_t max_x = 0;
    int64_t max_y = 0;
    t->min_x = t->min_y = INT32_MAX;
    for (size_t i = 0; i < t->c->n_vertices; i++) {
        struct geo_coverage_point p = t->c->vertices[i];
        t->min_x = p.x < t->min_x ? p.x : t->min_x;
        t->min_y = p.y < t->min_y ? p.y : t->min_y;
        max_x = p.x > max_x ? p.x : max_x;
        max_y = p.y > max_y ? p.y : max_y;
    }
    int64_t most = max_x - t->min_x > max_y - t->min_y ? max_x - t->min_x : max_y - t->min_y;
    t->side = most / GRID + 1;
}

static void put_box(struct geo_coverage_level *out, size_t area, size_t from)
{
    struct level_box *box = &out->boxes[area];
    for (size_t i = from; i < out->n_points; i++) {
        struct geo_coverage_point p = out->points[i];
        box->min_x = p.x < box->min_x ? p.x : box->min_x;
        box->min_y = p.y < box->min_y ? p.y : box->min_y;
        box->max_x = p.x > box->max_x ? p.x : box->max_x;
        box->max_y = p.y > box->max_y ? p.y : box->max_y;
    }
}

/* The coverage's rings are in order of their areas. */
static void put_rings(struct thinning *t, struct geo_coverage_level *out)
{
    const struct geo_coverage *c = t->c;
    size_t area = 0;
    out->n_points = 0;
    for (size_t i = 0; i < c->n_rings && !t->no_memory; i++) {
        const struct coverage_ring *ring = &c->rings[i];
        while (area < ring->area) {
            out->areas[++area] = out->n_rings;
        }
        size_t from = out->n_points;
        put_ring(t, ring, out);
        void *grown =
            array_grow(out->rings, &out->cap_rings, out->n_rings + 1, sizeof(*out->rings));
        if (grown == NULL) {
            t->no_memory = true;
            return;
        }
        out->rings = grown;
        out->rings[out->n_rings++] =
            (struct geo_coverage_ring){from, out->n_points - from, ring->hole};
        put_box(out, area, from);
    }
    while (area < c->n_areas) {
        out->areas[++area] = out->n_rings;
    }
}

static bool prepare(struct thinning *t, struct geo_coverage_level *out, uint32_t zoom)
{
    const struct geo_coverage *c = t->c;
    out->n_areas = c->n_areas;
    out->areas = calloc(c->n_areas + 1, sizeof(*out->areas));
    out->boxes = calloc(c->n_areas + 1, sizeof(*out->boxes));
    t->limits = calloc(c->n_arcs + 1, sizeof(*t->limits));
    t->finer = calloc(c->n_arcs + 1, sizeof(*t->finer));
    t->starts = calloc((size_t)GRID * GRID + 2, sizeof(*t->starts));
    if (out->areas == NULL || out->boxes == NULL || t->limits == NULL || t->finer == NULL ||
        t->starts == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->n_areas; i++) {
        out->boxes[i] = (struct level_box){INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
    }
    double unit = zoom >= GEO_COVERAGE_FULL_ZOOM ? 0 : PIXELS * (double)(1U << (19 - zoom));
    for (size_t i = 0; i < c->n_arcs; i++) {
        t->limits[i] = unit * unit;
    }
    find_extent(t);
    return true;
}

enum status geo_coverage_level_create(const struct geo_coverage *c, uint32_t zoom,
                                      struct geo_coverage_level **out, struct err *e)
{
    struct geo_coverage_level *level = calloc(1, sizeof(*level));
    struct thinning t = {.c = c};
    if (level == NULL) {
        return no_memory(e);
    }
    t.no_memory = !prepare(&t, level, zoom);
    if (!t.no_memory && zoom < GEO_COVERAGE_FULL_ZOOM) {
        settle(&t, level);
    }
    if (!t.no_memory) {
        put_rings(&t, level);
    }
    free(t.limits);
    free(t.finer);
    free(t.segments);
    free(t.starts);
    free(t.cells);
    if (t.no_memory) {
        geo_coverage_level_destroy(level);
        return no_memory(e);
    }
    *out = level;
    return STATUS_OK;
}

void geo_coverage_level_destroy(struct geo_coverage_level *level)
{
    if (level != NULL) {
        free(level->points);
        free(level->rings);
        free(level->areas);
        free(level->boxes);
        free(level);
    }
}

size_t geo_coverage_level_count(const struct geo_coverage_level *level)
{
    return level->n_areas;
}

const struct geo_coverage_ring *geo_coverage_level_rings(const struct geo_coverage_level *level,
                                                         size_t area, size_t *n)
{
    *n = level->areas[area + 1] - level->areas[area];
    return level->rings + level->areas[area];
}

const struct geo_coverage_point *geo_coverage_level_points(const struct geo_coverage_level *level)
{
    return level->points;
}

/* --- tiles ------------------------------------------------------------------------------------ */

void geo_coverage_pen_free(struct geo_coverage_pen *pen)
{
    geo_clip_free(&pen->clip);
    free(pen->points);
    free(pen->cells);
    *pen = (struct geo_coverage_pen){0};
}

/* From the world's units to 4096ths of the tile. */
static double scale_of(struct geo_tile tile)
{
    return ldexp(1, (int)tile.z + 12 - 31);
}

bool geo_coverage_touches(const struct geo_coverage_level *level, size_t area,
                          const struct geo_coverage_pen *pen)
{
    struct geo_tile tile = pen->tile;
    int buffer = pen->buffer;
    const struct level_box *box = &level->boxes[area];
    double scale = scale_of(tile);
    double x = (double)tile.x * GEO_MVT_EXTENT;
    double y = (double)tile.y * GEO_MVT_EXTENT;
    return box->min_x <= box->max_x && box->max_x * scale - x >= -buffer &&
           box->min_x * scale - x <= GEO_MVT_EXTENT + buffer && box->max_y * scale - y >= -buffer &&
           box->min_y * scale - y <= GEO_MVT_EXTENT + buffer;
}

static enum status draw_ring(const struct geo_coverage_level *level,
                             const struct geo_coverage_ring *ring, struct geo_coverage_pen *pen,
                             struct geo_mvt *mvt, struct err *e)
{
    struct geo_tile tile = pen->tile;
    int buffer = pen->buffer;
    const struct geo_clip_box box = {-buffer, -buffer, GEO_MVT_EXTENT + buffer,
                                     GEO_MVT_EXTENT + buffer};
    double scale = scale_of(tile);
    for (size_t i = 0; i < ring->count; i++) {
        struct geo_coverage_point p = level->points[ring->first + i];
        pen->points[i].x = floor(p.x * scale + 0.5) - (double)tile.x * GEO_MVT_EXTENT;
        pen->points[i].y = floor(p.y * scale + 0.5) - (double)tile.y * GEO_MVT_EXTENT;
    }
    enum status status = geo_clip_ring(&pen->clip, pen->points, ring->count, &box, e);
    for (size_t part = 0; status == STATUS_OK && part < pen->clip.n_parts; part++) {
        size_t from = part == 0 ? 0 : pen->clip.ends[part - 1];
        size_t n = pen->clip.ends[part] - from;
        void *grown = array_grow(pen->cells, &pen->cap_cells, n, sizeof(*pen->cells));
        if (grown == NULL) {
            return no_memory(e);
        }
        pen->cells = grown;
        for (size_t i = 0; i < n; i++) {
            pen->cells[i].x = (int32_t)floor(pen->clip.points[from + i].x + 0.5);
            pen->cells[i].y = (int32_t)floor(pen->clip.points[from + i].y + 0.5);
        }
        geo_mvt_ring(mvt, pen->cells, n, ring->hole);
    }
    return status;
}

enum status geo_coverage_draw(const struct geo_coverage_level *level, size_t area,
                              struct geo_coverage_pen *pen, struct geo_mvt *mvt, struct err *e)
{
    size_t n = 0;
    const struct geo_coverage_ring *rings = geo_coverage_level_rings(level, area, &n);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        void *grown =
            array_grow(pen->points, &pen->cap_points, rings[i].count, sizeof(*pen->points));
        if (grown == NULL) {
            return no_memory(e);
        }
        pen->points = grown;
        status = draw_ring(level, &rings[i], pen, mvt, e);
    }
    return status;
}
