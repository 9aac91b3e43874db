#include "server/duplicates/burst.h"

#include <math.h>
#include <stdlib.h>

#include "geo/geo_distance.h"

#define NO_BURST SIZE_MAX
#define LARGE    400.0 /* from here on Poisson is as good as normal */
#define DEGREE_M 110500.0

struct find {
    const struct burst_ask *ask;
    size_t *by_lat; /* positions, from south to north */
    size_t *rank;   /* of a position in by_lat */
    size_t *label;  /* the burst of a position */
    size_t *queue;
    double reach_m; /* the longest link */
};

static double link_of(const struct find *f, size_t a, size_t b)
{
    const struct burst_ask *ask = f->ask;
    double extent = fmax(likeness_extent_m(ask->terms, ask->reports[a].category),
                         likeness_extent_m(ask->terms, ask->reports[b].category));
    return fmax(ask->link_m, extent);
}

static bool linked(const struct find *f, size_t a, size_t b)
{
    const struct burst_report *x = &f->ask->reports[a];
    const struct burst_report *y = &f->ask->reports[b];
    return likeness_affinity(f->ask->terms, x->category, y->category) >= BURST_AFFINITY &&
           geo_distance_m(x->point, y->point) <= link_of(f, a, b);
}

/* The linked reports of one, itself included, into `out` (NULL: counts only). */
static size_t neighbours(const struct find *f, size_t of, size_t *out)
{
    const struct burst_report *reports = f->ask->reports;
    double band = f->reach_m / DEGREE_M;
    double lat = reports[of].point.lat;
    size_t n = 0;
    size_t from = f->rank[of];
    while (from > 0 && lat - reports[f->by_lat[from - 1]].point.lat <= band) {
        from--;
    }
    for (size_t i = from; i < f->ask->n && reports[f->by_lat[i]].point.lat - lat <= band; i++) {
        size_t other = f->by_lat[i];
        if (linked(f, of, other)) {
            if (out != NULL) {
                out[n] = other;
            }
            n++;
        }
    }
    return n;
}

/* Everything that hangs together with `seed`, whose neighbours are enough. */
static void spread(struct find *f, size_t seed, size_t label)
{
    size_t *near = f->queue + f->ask->n; /* its second half */
    size_t begin = 0;
    size_t end = 0;
    f->label[seed] = label;
    f->queue[end++] = seed;
    while (begin < end) {
        size_t n = neighbours(f, f->queue[begin++], near);
        for (size_t i = 0; n >= BURST_NEIGHBOURS && i < n; i++) {
            if (f->label[near[i]] == NO_BURST) {
                f->label[near[i]] = label;
                f->queue[end++] = near[i];
            }
        }
    }
}

static int by_latitude(const void *x, const void *y, void *arg)
{
    const struct burst_report *reports = arg;
    size_t a = *(const size_t *)x;
    size_t b = *(const size_t *)y;
    double p = reports[a].point.lat;
    double q = reports[b].point.lat;
    return p == q ? (a < b ? -1 : 1) : (p < q ? -1 : 1);
}

static void prepare(struct find *f)
{
    const struct burst_ask *ask = f->ask;
    f->reach_m = ask->link_m;
    for (size_t i = 0; i < ask->n; i++) {
        f->by_lat[i] = i;
        f->label[i] = NO_BURST;
        f->reach_m = fmax(f->reach_m, likeness_extent_m(ask->terms, ask->reports[i].category));
    }
    qsort_r(f->by_lat, ask->n, sizeof(*f->by_lat), by_latitude, (void *)(uintptr_t)ask->reports);
    for (size_t i = 0; i < ask->n; i++) {
        f->rank[f->by_lat[i]] = i;
    }
}

/* What most of them have; of two as frequent the smaller number. */
static int32_t main_category(const struct burst_ask *ask, const size_t *order, size_t n)
{
    int32_t best = -1;
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t category = ask->reports[order[i]].category;
        size_t count = 0;
        for (size_t k = 0; k < n; k++) {
            count += ask->reports[order[k]].category == category;
        }
        if (count > most || (count == most && category < best)) {
            most = count;
            best = category;
        }
    }
    return best;
}

static struct geo_box box_of(const struct burst_ask *ask, const size_t *order, size_t n)
{
    struct geo_point p = ask->reports[order[0]].point;
    struct geo_box box = {.west = p.lon, .south = p.lat, .east = p.lon, .north = p.lat};
    for (size_t i = 1; i < n; i++) {
        p = ask->reports[order[i]].point;
        box.west = fmin(box.west, p.lon);
        box.east = fmax(box.east, p.lon);
        box.south = fmin(box.south, p.lat);
        box.north = fmax(box.north, p.lat);
    }
    return box;
}

static int largest_first(const void *x, const void *y)
{
    const struct burst *a = x;
    const struct burst *b = y;
    return a->n != b->n ? (a->n > b->n ? -1 : 1) : (a->first < b->first ? -1 : 1);
}

static size_t gather(const struct find *f, size_t labels, size_t *order, struct burst *out,
                     size_t cap)
{
    size_t at = 0;
    size_t found = 0;
    for (size_t label = 0; label < labels && found < cap; label++) {
        size_t first = at;
        for (size_t i = 0; i < f->ask->n; i++) {
            if (f->label[i] == label) {
                order[at++] = i;
            }
        }
        if (at - first < f->ask->least) {
            at = first; /* too few: their places are used again */
            continue;
        }
        out[found++] =
            (struct burst){first, at - first, main_category(f->ask, order + first, at - first),
                           box_of(f->ask, order + first, at - first)};
    }
    qsort(out, found, sizeof(*out), largest_first);
    return found;
}

enum status burst_find(const struct burst_ask *ask, size_t *order, struct burst *out, size_t cap,
                       size_t *found, struct err *e)
{
    size_t *room = calloc(5 * ask->n + 1, sizeof(*room));
    if (room == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for bursts among %zu reports", ask->n);
    }
    struct find f = {.ask = ask,
                     .by_lat = room,
                     .rank = room + ask->n,
                     .label = room + 2 * ask->n,
                     .queue = room + 3 * ask->n};
    size_t labels = 0;
    prepare(&f);
    for (size_t i = 0; i < ask->n; i++) {
        if (f.label[i] == NO_BURST && neighbours(&f, i, NULL) >= BURST_NEIGHBOURS) {
            spread(&f, i, labels++);
        }
    }
    *found = gather(&f, labels, order, out, cap);
    free(room);
    return STATUS_OK;
}

double burst_chance(size_t count, double usual)
{
    if (count == 0) {
        return 1;
    }
    if (usual <= 0) {
        return 0;
    }
    if (usual > LARGE) {
        return 0.5 * erfc(((double)count - 0.5 - usual) / sqrt(2 * usual));
    }
    /* The terms from `count` on: each is the one before times usual / i. */
    double term = exp((double)count * log(usual) - usual - lgamma((double)count + 1));
    double sum = 0;
    for (size_t i = count + 1; term > sum * 1e-17 && i < count + 100000; i++) {
        sum += term;
        term *= usual / (double)i;
    }
    return fmin(sum, 1);
}

bool burst_stands_out(const struct burst_limits *limits, size_t count, double usual)
{
    return count >= limits->least && (double)count >= limits->times_usual * usual &&
           burst_chance(count, usual) <= limits->chance;
}
