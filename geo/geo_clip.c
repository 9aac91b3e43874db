#include "geo/geo_clip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/str.h"

void geo_clip_free(struct geo_clip *c)
{
    free(c->points);
    free(c->ends);
    free(c->spare);
    *c = (struct geo_clip){0};
}

static bool add_point(struct geo_clip *c, struct geo_xy p)
{
    struct geo_xy *grown = array_grow(c->points, &c->cap_points, c->n_points + 1, sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    c->points = grown;
    c->points[c->n_points++] = p;
    return true;
}

/* Ends the part that is being added to, if it has at least two points. */
static bool end_part(struct geo_clip *c)
{
    size_t first = c->n_parts == 0 ? 0 : c->ends[c->n_parts - 1];
    if (c->n_points < first + 2) {
        c->n_points = first;
        return true;
    }
    size_t *grown = array_grow(c->ends, &c->cap_ends, c->n_parts + 1, sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    c->ends = grown;
    c->ends[c->n_parts++] = c->n_points;
    return true;
}

/* Liang and Barsky: narrows [*from, *to] of the segment to one edge's inside. `toward` is the step
 * over the whole segment against the edge's outward normal, `inside` the start's distance from the
 * edge, positive inside. */
static bool narrow(double toward, double inside, double *from, double *to)
{
    if (toward == 0) {
        return inside >= 0;
    }
    double at = inside / toward;
    if (toward > 0) {
        *to = at < *to ? at : *to;
    } else {
        *from = at > *from ? at : *from;
    }
    return *from <= *to;
}

static bool segment_inside(struct geo_xy a, struct geo_xy b, const struct geo_clip_box *box,
                           double *from, double *to)
{
    double dx = b.x - a.x;
    double dy = b.y - a.y;
    *from = 0;
    *to = 1;
    return narrow(-dx, a.x - box->min_x, from, to) && narrow(dx, box->max_x - a.x, from, to) &&
           narrow(-dy, a.y - box->min_y, from, to) && narrow(dy, box->max_y - a.y, from, to);
}

static struct geo_xy along(struct geo_xy a, struct geo_xy b, double t)
{
    if (t <= 0) {
        return a;
    }
    return t >= 1 ? b : (struct geo_xy){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
}

enum status geo_clip_line(struct geo_clip *c, const struct geo_xy *points, size_t n,
                          const struct geo_clip_box *box, struct err *e)
{
    bool ok = true;
    bool open = false; /* the part's last point is points[i - 1] itself */
    c->n_parts = c->n_points = 0;
    for (size_t i = 1; i < n && ok; i++) {
        double from = 0;
        double to = 0;
        if (!segment_inside(points[i - 1], points[i], box, &from, &to)) {
            ok = end_part(c);
            open = false;
            continue;
        }
        if (!open || from > 0) {
            ok = end_part(c) && add_point(c, along(points[i - 1], points[i], from));
        }
        ok = ok && add_point(c, along(points[i - 1], points[i], to));
        open = to >= 1;
        ok = ok && (open || end_part(c));
    }
    ok = ok && end_part(c);
    return ok ? STATUS_OK : err_set(e, STATUS_NO_MEMORY, "no memory to clip %zu points", n);
}

/* One edge of the box: of which coordinate, and which side of the limit is inside. */
struct edge {
    bool vertical; /* limits x */
    bool below;    /* inside is up to the limit */
    double limit;
};

static double distance_inside(const struct edge *edge, struct geo_xy p)
{
    double v = edge->vertical ? p.x : p.y;
    return edge->below ? edge->limit - v : v - edge->limit;
}

/* Where the segment meets the edge; exactly on it. */
static struct geo_xy meet(const struct edge *edge, struct geo_xy a, struct geo_xy b)
{
    double from = distance_inside(edge, a);
    double to = distance_inside(edge, b);
    struct geo_xy p = along(a, b, from / (from - to));
    if (edge->vertical) {
        p.x = edge->limit;
    } else {
        p.y = edge->limit;
    }
    return p;
}

/* Sutherland and Hodgman: the ring in c->spare (n points), cut at one edge, to c->points. */
static bool cut(struct geo_clip *c, size_t n, const struct edge *edge)
{
    c->n_points = 0;
    for (size_t i = 0; i < n; i++) {
        struct geo_xy a = c->spare[i == 0 ? n - 1 : i - 1];
        struct geo_xy b = c->spare[i];
        bool a_in = distance_inside(edge, a) >= 0;
        bool b_in = distance_inside(edge, b) >= 0;
        if (a_in != b_in && !add_point(c, meet(edge, a, b))) {
            return false;
        }
        if (b_in && !add_point(c, b)) {
            return false;
        }
    }
    return true;
}

static bool to_spare(struct geo_clip *c, const struct geo_xy *points, size_t n)
{
    struct geo_xy *grown = array_grow(c->spare, &c->cap_spare, n + 1, sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    c->spare = grown;
    if (n > 0) {
        memcpy(c->spare, points, n * sizeof(*points));
    }
    return true;
}

enum status geo_clip_ring(struct geo_clip *c, const struct geo_xy *points, size_t n,
                          const struct geo_clip_box *box, struct err *e)
{
    const struct edge edges[4] = {{true, false, box->min_x},
                                  {true, true, box->max_x},
                                  {false, false, box->min_y},
                                  {false, true, box->max_y}};
    while (n > 1 && points[n - 1].x == points[0].x && points[n - 1].y == points[0].y) {
        n--;
    }
    bool ok = to_spare(c, points, n);
    c->n_parts = c->n_points = 0;
    for (int i = 0; i < 4 && ok; i++) {
        ok = cut(c, n, &edges[i]);
        n = c->n_points;
        ok = ok && (i == 3 || to_spare(c, c->points, n));
    }
    if (ok && n < 3) {
        c->n_points = 0;
        return STATUS_OK;
    }
    ok = ok && end_part(c);
    return ok ? STATUS_OK : err_set(e, STATUS_NO_MEMORY, "no memory to clip %zu points", n);
}
