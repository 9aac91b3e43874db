#include "geo/geo_coverage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_coverage_core.h"
#include "geo/geo_wkb.h"
#include "server/base/str.h"

#define WORLD        2147483648.0 /* 2^31 */
#define WORLD_M      40075016.68557849
#define NONE         UINT32_MAX
#define CELLS_OF_TOL 64 /* side of a cell for noding, in tolerances */

/* Vertices by cell, chained. */
struct table {
    uint32_t *heads, *next;
    size_t mask;
    int64_t cell;
};

/* A ring under construction: vertex numbers, the first not repeated. */
struct loop {
    uint32_t *v;
    size_t n, cap;
};

struct raw_ring {
    size_t first, count; /* of builder.loops */
    size_t area;
    bool hole;
};

struct builder {
    struct geo_coverage *c;
    struct table near, far; /* for snapping, for noding */
    int64_t tol;
    uint32_t *loops;
    size_t n_loops, cap_loops;
    struct raw_ring *rings;
    size_t n_rings, cap_rings;
    struct loop loop;
    uint32_t (*sides)[2]; /* of each vertex: its two neighbours, lower first; NONE: not seen */
    bool *junction;
    uint32_t *edges; /* hash of an arc's end edges to its number + 1 */
    size_t edges_mask;
    bool no_memory;
};

static enum status no_memory(struct err *e)
{
    return err_set(e, STATUS_NO_MEMORY, "no memory for a coverage");
}

#define GROW(b, array, cap, need)                                                                  \
    do {                                                                                           \
        void *grown = array_grow(array, &(cap), need, sizeof(*(array)));                           \
        if (grown == NULL) {                                                                       \
            (b)->no_memory = true;                                                                 \
        } else {                                                                                   \
            (array) = grown;                                                                       \
        }                                                                                          \
    } while (0)

/* --- tables ----------------------------------------------------------------------------------- */

static bool table_init(struct table *t, size_t n, int64_t cell)
{
    size_t size = 1024;
    while (size < 2 * n) {
        size *= 2;
    }
    *t = (struct table){.mask = size - 1, .cell = cell};
    t->heads = malloc(size * sizeof(*t->heads));
    t->next = malloc((n + 1) * sizeof(*t->next));
    if (t->heads == NULL || t->next == NULL) {
        return false;
    }
    memset(t->heads, 0xff, size * sizeof(*t->heads));
    return true;
}

static void table_free(struct table *t)
{
    free(t->heads);
    free(t->next);
}

static size_t slot_of(const struct table *t, int64_t i, int64_t j)
{
    uint64_t h =
        (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)j * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (size_t)(h >> 29) & t->mask;
}

static void table_add(struct table *t, uint32_t v, struct geo_coverage_point p)
{
    size_t slot = slot_of(t, p.x / t->cell, p.y / t->cell);
    t->next[v] = t->heads[slot];
    t->heads[slot] = v;
}

/* --- vertices --------------------------------------------------------------------------------- */

static uint32_t find_in_cell(const struct builder *b, int64_t i, int64_t j,
                             struct geo_coverage_point p)
{
    const struct table *t = &b->near;
    for (uint32_t v = t->heads[slot_of(t, i, j)]; v != NONE; v = t->next[v]) {
        int64_t dx = (int64_t)b->c->vertices[v].x - p.x;
        int64_t dy = (int64_t)b->c->vertices[v].y - p.y;
        if (dx * dx + dy * dy <= b->tol * b->tol) {
            return v;
        }
    }
    return NONE;
}

static uint32_t find_near(const struct builder *b, struct geo_coverage_point p)
{
    int64_t i = p.x / b->near.cell;
    int64_t j = p.y / b->near.cell;
    uint32_t found = NONE;
    for (int64_t cell = 0; cell < 9 && found == NONE; cell++) {
        found = find_in_cell(b, i - 1 + cell / 3, j - 1 + cell % 3, p);
    }
    return found;
}

static int32_t grid(double world)
{
    double at = world * WORLD;
    return at <= 0 ? 0 : at >= WORLD - 1 ? INT32_MAX : (int32_t)(at + 0.5);
}

static uint32_t vertex_of(struct builder *b, struct geo_point point)
{
    struct geo_coverage *c = b->c;
    struct geo_world world = geo_world_of(point);
    struct geo_coverage_point p = {grid(world.x), grid(world.y)};
    uint32_t v = find_near(b, p);
    if (v == NONE) {
        v = (uint32_t)c->n_vertices;
        c->vertices[c->n_vertices++] = p;
        table_add(&b->near, v, p);
        table_add(&b->far, v, p);
    } else if (c->vertices[v].x != p.x || c->vertices[v].y != p.y) {
        c->facts.snapped++;
    }
    return v;
}

/* --- vertices on edges ------------------------------------------------------------------------ */

struct hit {
    double along;
    uint32_t v;
};

struct noding {
    struct builder *b;
    uint32_t from, to;
    struct hit *hits;
    size_t n, cap;
};

static int compare_hits(const void *a, const void *b)
{
    const struct hit *x = a;
    const struct hit *y = b;
    return x->along != y->along ? (x->along > y->along) - (x->along < y->along)
                                : (x->v > y->v) - (x->v < y->v);
}

/* Adds the vertex if it lies on the edge, between its ends, as near as the tolerance. */
static void try_vertex(struct noding *k, uint32_t v)
{
    const struct geo_coverage_point *p = k->b->c->vertices;
    double ex = (double)p[k->to].x - p[k->from].x;
    double ey = (double)p[k->to].y - p[k->from].y;
    double vx = (double)p[v].x - p[k->from].x;
    double vy = (double)p[v].y - p[k->from].y;
    double length2 = ex * ex + ey * ey;
    double along = (vx * ex + vy * ey) / length2;
    double aside = vx * ey - vy * ex;
    if (v == k->from || v == k->to || along <= 0 || along >= 1 ||
        aside * aside > (double)(k->b->tol * k->b->tol) * length2) {
        return;
    }
    GROW(k->b, k->hits, k->cap, k->n + 1);
    if (!k->b->no_memory) {
        k->hits[k->n++] = (struct hit){along, v};
    }
}

static int64_t floor_cell(double at, int64_t cell)
{
    return (int64_t)floor(at / (double)cell);
}

static void try_cell(struct noding *k, int64_t i, int64_t j)
{
    const struct table *t = &k->b->far;
    for (uint32_t v = t->heads[slot_of(t, i, j)]; v != NONE; v = t->next[v]) {
        struct geo_coverage_point p = k->b->c->vertices[v];
        if (p.x / t->cell == i && p.y / t->cell == j) {
            try_vertex(k, v);
        }
    }
}

/* Every vertex in the cells that the edge runs through. */
static void find_hits(struct noding *k)
{
    const struct table *t = &k->b->far;
    struct geo_coverage_point a = k->b->c->vertices[k->from];
    struct geo_coverage_point z = k->b->c->vertices[k->to];
    double tol = (double)k->b->tol;
    if (a.y > z.y) {
        struct geo_coverage_point other = a;
        a = z;
        z = other;
    }
    double slope = z.y == a.y ? 0 : ((double)z.x - a.x) / ((double)z.y - a.y);
    int64_t last = floor_cell(z.y + tol, t->cell);
    for (int64_t j = floor_cell(a.y - tol, t->cell); j <= last; j++) {
        double y0 = fmax((double)(j * t->cell) - tol, a.y);
        double y1 = fmin((double)((j + 1) * t->cell) + tol, z.y);
        double x0 = z.y == a.y ? a.x : a.x + (y0 - a.y) * slope;
        double x1 = z.y == a.y ? z.x : a.x + (y1 - a.y) * slope;
        int64_t end = floor_cell(fmax(x0, x1) + tol, t->cell);
        for (int64_t i = floor_cell(fmin(x0, x1) - tol, t->cell); i <= end; i++) {
            try_cell(k, i, j);
        }
    }
}

static void loop_push(struct builder *b, uint32_t v)
{
    struct loop *l = &b->loop;
    GROW(b, l->v, l->cap, l->n + 1);
    if (!b->no_memory && (l->n == 0 || l->v[l->n - 1] != v)) {
        l->v[l->n++] = v;
    }
}

/* The edge's vertices behind `from`, found from its lower-numbered end so that both sides of a
 * border find the same. */
static void push_edge(struct builder *b, struct noding *k, uint32_t from, uint32_t to)
{
    k->b = b;
    k->from = from < to ? from : to;
    k->to = from < to ? to : from;
    k->n = 0;
    find_hits(k);
    if (k->n > 1) {
        qsort(k->hits, k->n, sizeof(*k->hits), compare_hits);
    }
    b->c->facts.inserted += k->n;
    for (size_t i = 0; i < k->n && !b->no_memory; i++) {
        loop_push(b, k->hits[from < to ? i : k->n - 1 - i].v);
    }
    loop_push(b, to);
}

/* Takes out there-and-back spikes and repeated vertices until none is left. */
static void clean_loop(struct loop *l)
{
    bool changed = true;
    while (changed && l->n >= 2) {
        size_t kept = 0;
        changed = false;
        for (size_t i = 0; i < l->n; i++) {
            if (kept >= 1 && l->v[kept - 1] == l->v[i]) {
                changed = true;
            } else if (kept >= 2 && l->v[kept - 2] == l->v[i]) {
                kept--;
                changed = true;
            } else {
                l->v[kept++] = l->v[i];
            }
        }
        l->n = kept;
        while (l->n >= 2 && l->v[0] == l->v[l->n - 1]) {
            l->n--;
            changed = true;
        }
        if (l->n >= 3 && l->v[1] == l->v[l->n - 1]) { /* the spike is the first vertex */
            memmove(l->v, l->v + 1, (l->n - 1) * sizeof(*l->v));
            l->n--;
            changed = true;
        }
        if (l->n >= 3 && l->v[0] == l->v[l->n - 2]) { /* or the last */
            l->n--;
            changed = true;
        }
    }
}

/* --- rings ------------------------------------------------------------------------------------ */

static void add_ring(struct builder *b, const uint32_t *v, size_t n, struct raw_ring ring)
{
    ring.first = b->n_loops;
    ring.count = n;
    GROW(b, b->rings, b->cap_rings, b->n_rings + 1);
    GROW(b, b->loops, b->cap_loops, b->n_loops + n);
    if (!b->no_memory) {
        memcpy(b->loops + b->n_loops, v, n * sizeof(*v));
        b->n_loops += n;
        b->rings[b->n_rings++] = ring;
    }
}

/* Snaps every vertex first: a vertex can lie on an edge that was read before it. */
static void read_ring(struct builder *b, const struct geo_shape *shape, const struct geo_ring *ring,
                      size_t area, bool hole)
{
    b->loop.n = 0;
    for (size_t i = 0; i + 1 < ring->count && !b->no_memory; i++) {
        loop_push(b, vertex_of(b, shape->points[ring->first + i]));
    }
    clean_loop(&b->loop);
    if (b->loop.n < 3) {
        b->c->facts.lost++;
    } else {
        add_ring(b, b->loop.v, b->loop.n, (struct raw_ring){.area = area, .hole = hole});
    }
}

static void read_area(struct builder *b, const struct geo_shape *shape, size_t first_polygon,
                      size_t area)
{
    for (size_t p = first_polygon; p < shape->n_polygons; p++) {
        const struct geo_polygon *polygon = &shape->polygons[p];
        for (size_t r = 0; r < polygon->count; r++) {
            read_ring(b, shape, &shape->rings[polygon->first + r], area, r > 0);
        }
    }
}

static enum status read_all(struct builder *b, const struct geo_area_source *sources, size_t n,
                            struct err *e)
{
    struct geo_shape shape;
    size_t *polygons = calloc(n + 1, sizeof(*polygons));
    enum status status = polygons == NULL ? no_memory(e) : STATUS_OK;
    geo_shape_init(&shape);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        polygons[i] = shape.n_polygons;
        status = geo_wkb_read(sources[i].wkb, sources[i].wkb_size, &shape, e);
        if (status == STATUS_INVALID) {
            status = err_wrap(e, "area %zu", i);
        }
    }
    if (status == STATUS_OK) {
        b->c->vertices = malloc((shape.n_points + 1) * sizeof(*b->c->vertices));
        if (b->c->vertices == NULL || !table_init(&b->near, shape.n_points, b->tol) ||
            !table_init(&b->far, shape.n_points, b->tol * CELLS_OF_TOL)) {
            status = no_memory(e);
        }
    }
    size_t total = shape.n_polygons;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        shape.n_polygons = i + 1 < n ? polygons[i + 1] : total;
        read_area(b, &shape, polygons[i], i);
    }
    shape.n_polygons = total;
    geo_shape_clear(&shape);
    free(polygons);
    return status == STATUS_OK && b->no_memory ? no_memory(e) : status;
}

/* All rings again, with the vertices that lie on their edges. */
static void node_all(struct builder *b)
{
    uint32_t *old = b->loops;
    struct raw_ring *rings = b->rings;
    size_t n = b->n_rings;
    struct noding k = {0};
    b->loops = NULL;
    b->rings = NULL;
    b->n_loops = b->cap_loops = b->n_rings = b->cap_rings = 0;
    for (size_t i = 0; i < n && !b->no_memory; i++) {
        const uint32_t *v = old + rings[i].first;
        b->loop.n = 0;
        loop_push(b, v[0]);
        for (size_t s = 0; s < rings[i].count && !b->no_memory; s++) {
            push_edge(b, &k, v[s], v[(s + 1) % rings[i].count]);
        }
        clean_loop(&b->loop);
        if (b->loop.n < 3) {
            b->c->facts.lost++;
        } else {
            add_ring(b, b->loop.v, b->loop.n, rings[i]);
        }
    }
    free(k.hits);
    free(old);
    free(rings);
}

/* --- arcs ------------------------------------------------------------------------------------- */

/* A vertex where not everybody passes between the same two neighbours is a junction. */
static bool mark_junctions(struct builder *b)
{
    size_t n = b->c->n_vertices;
    b->sides = malloc((n + 1) * sizeof(*b->sides));
    b->junction = calloc(n + 1, sizeof(*b->junction));
    if (b->sides == NULL || b->junction == NULL) {
        return false;
    }
    memset(b->sides, 0xff, (n + 1) * sizeof(*b->sides));
    for (size_t i = 0; i < b->n_rings; i++) {
        const uint32_t *v = b->loops + b->rings[i].first;
        size_t count = b->rings[i].count;
        for (size_t s = 0; s < count; s++) {
            uint32_t before = v[(s + count - 1) % count];
            uint32_t after = v[(s + 1) % count];
            uint32_t low = before < after ? before : after;
            uint32_t high = before < after ? after : before;
            uint32_t *sides = b->sides[v[s]];
            if (sides[0] == NONE) {
                sides[0] = low;
                sides[1] = high;
            } else if (sides[0] != low || sides[1] != high) {
                b->junction[v[s]] = true;
            }
        }
    }
    return true;
}

static uint32_t *edge_slot(struct builder *b, uint32_t u, uint32_t v)
{
    const struct geo_coverage *c = b->c;
    uint64_t low = u < v ? u : v;
    uint64_t high = u < v ? v : u;
    size_t at =
        (size_t)((low * UINT64_C(0x9E3779B97F4A7C15) + high) * UINT64_C(0xC2B2AE3D27D4EB4F) >> 31) &
        b->edges_mask;
    for (;; at = (at + 1) & b->edges_mask) {
        if (b->edges[at] == 0) {
            return &b->edges[at];
        }
        const struct coverage_arc *arc = &c->arcs[b->edges[at] - 1];
        const uint32_t *s = c->steps + arc->first;
        const uint32_t ends[2][2] = {{s[0], s[1]}, {s[arc->count - 1], s[arc->count - 2]}};
        for (int i = 0; i < 2; i++) {
            if ((ends[i][0] == low && ends[i][1] == high) ||
                (ends[i][0] == high && ends[i][1] == low)) {
                return &b->edges[at];
            }
        }
    }
}

/* The arc over these n vertices, made unless it is there: two arcs with a common edge are the same
 * arc, since nobody leaves it but at a junction. */
static int32_t arc_of(struct builder *b, const uint32_t *v, size_t n)
{
    struct geo_coverage *c = b->c;
    uint32_t found = *edge_slot(b, v[0], v[1]);
    if (found != 0) {
        struct coverage_arc *arc = &c->arcs[found - 1];
        const uint32_t *s = c->steps + arc->first;
        bool same = s[0] == v[0] && s[1] == v[1];
        arc->uses++;
        return same ? (int32_t)(found - 1) : -(int32_t)found;
    }
    GROW(b, c->arcs, c->cap_arcs, c->n_arcs + 1);
    GROW(b, c->steps, c->cap_steps, c->n_steps + n);
    if (b->no_memory) {
        return 0;
    }
    memcpy(c->steps + c->n_steps, v, n * sizeof(*v));
    c->arcs[c->n_arcs++] = (struct coverage_arc){.first = c->n_steps, .count = n, .uses = 1};
    c->n_steps += n;
    *edge_slot(b, v[0], v[1]) = (uint32_t)c->n_arcs;
    *edge_slot(b, v[n - 1], v[n - 2]) = (uint32_t)c->n_arcs;
    return (int32_t)c->n_arcs - 1;
}

static void push_ref(struct builder *b, int32_t ref)
{
    struct geo_coverage *c = b->c;
    GROW(b, c->refs, c->cap_refs, c->n_refs + 1);
    if (!b->no_memory) {
        c->refs[c->n_refs++] = ref;
    }
}

/* Where the ring is begun: at a junction, else at its lowest vertex, so that another ring over the
 * same vertices begins there too. */
static size_t first_step(const struct builder *b, const uint32_t *v, size_t n)
{
    size_t lowest = 0;
    for (size_t i = 0; i < n; i++) {
        if (b->junction[v[i]]) {
            return i;
        }
        lowest = v[i] < v[lowest] ? i : lowest;
    }
    return lowest;
}

static void cut_ring(struct builder *b, const struct raw_ring *ring)
{
    struct geo_coverage *c = b->c;
    const uint32_t *v = b->loops + ring->first;
    size_t n = ring->count;
    size_t start = first_step(b, v, n);
    size_t first_ref = c->n_refs;
    size_t s = 0;
    while (s < n && !b->no_memory) {
        b->loop.n = 0;
        loop_push(b, v[(start + s) % n]);
        do {
            s++;
            loop_push(b, v[(start + s) % n]);
        } while (s < n && !b->junction[v[(start + s) % n]]);
        if (!b->no_memory) {
            push_ref(b, arc_of(b, b->loop.v, b->loop.n));
        }
    }
    GROW(b, c->rings, c->cap_rings, c->n_rings + 1);
    if (!b->no_memory) {
        c->rings[c->n_rings++] = (struct coverage_ring){.first = first_ref,
                                                        .count = c->n_refs - first_ref,
                                                        .area = ring->area,
                                                        .hole = ring->hole};
    }
}

static void cut_all(struct builder *b)
{
    size_t size = 1024;
    while (size < 4 * (b->n_loops + 1)) {
        size *= 2;
    }
    b->edges_mask = size - 1;
    b->edges = calloc(size, sizeof(*b->edges));
    b->no_memory = b->no_memory || b->edges == NULL || !mark_junctions(b);
    for (size_t i = 0; i < b->n_rings && !b->no_memory; i++) {
        cut_ring(b, &b->rings[i]);
    }
    for (size_t i = 0; i < b->c->n_arcs; i++) {
        b->c->facts.shared += b->c->arcs[i].uses > 1;
    }
    b->c->facts.points = b->c->n_vertices;
    b->c->facts.arcs = b->c->n_arcs;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void builder_free(struct builder *b)
{
    table_free(&b->near);
    table_free(&b->far);
    free(b->loops);
    free(b->rings);
    free(b->loop.v);
    free(b->sides);
    free(b->junction);
    free(b->edges);
}

enum status geo_coverage_create(const struct geo_area_source *sources, size_t n, double snap_m,
                                struct geo_coverage **out, struct err *e)
{
    struct builder b = {.c = calloc(1, sizeof(*b.c))};
    if (b.c == NULL) {
        return no_memory(e);
    }
    b.tol = (int64_t)ceil(snap_m / WORLD_M * WORLD);
    b.tol = b.tol < 1 ? 1 : b.tol;
    b.c->n_areas = n;
    enum status status = read_all(&b, sources, n, e);
    if (status == STATUS_OK) {
        node_all(&b);
        cut_all(&b);
        status = b.no_memory ? no_memory(e) : coverage_weigh(b.c, e);
    }
    builder_free(&b);
    if (status != STATUS_OK) {
        geo_coverage_destroy(b.c);
        return status;
    }
    *out = b.c;
    return STATUS_OK;
}

void geo_coverage_destroy(struct geo_coverage *c)
{
    if (c != NULL) {
        free(c->vertices);
        free(c->steps);
        free(c->weights);
        free(c->arcs);
        free(c->refs);
        free(c->rings);
        free(c->floats);
        free(c);
    }
}

struct geo_coverage_facts geo_coverage_facts(const struct geo_coverage *c)
{
    return c->facts;
}
