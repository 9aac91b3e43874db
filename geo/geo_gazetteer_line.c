/* Streets as lines: their middle, where two of them meet, how far a point lies from one. */
#include <math.h>
#include <stdlib.h>

#include "geo/geo_gazetteer_core.h"
#include "geo/geo_gazetteer_line.h"

enum { COARSE = 8 }; /* every so many vertices of a line are looked at first */

#define CROSSING_METRES 60.0
#define LINE_METRES_MAX 125.0 /* vertices of one line are no further apart: they are sampled so */
#define METRES_PER_UNIT GAZ_METRES_PER_UNIT
/* Lines whose last vertices are further apart in latitude do not come so close. */
#define CROSSING_REACH ((int32_t)((CROSSING_METRES + 2 * LINE_METRES_MAX) / METRES_PER_UNIT))

struct plane {
    double x, y; /* metres from an origin */
};

static struct plane project_at(struct gaz_point origin, struct gaz_point p, double scale)
{
    return (struct plane){((double)p.lon - origin.lon) * METRES_PER_UNIT * scale,
                          ((double)p.lat - origin.lat) * METRES_PER_UNIT};
}

static struct plane project(struct gaz_point origin, struct gaz_point p)
{
    return project_at(origin, p, gaz_parallel_scale(origin.lat));
}

static struct gaz_point unproject(struct gaz_point origin, struct plane p)
{
    double scale = gaz_parallel_scale(origin.lat);
    return (struct gaz_point){origin.lon + (int32_t)(p.x / METRES_PER_UNIT / scale),
                              origin.lat + (int32_t)(p.y / METRES_PER_UNIT)};
}

/* The point of the segment a-b nearest to the origin of the plane. */
static struct plane nearest_to_origin(struct plane a, struct plane b)
{
    double dx = b.x - a.x;
    double dy = b.y - a.y;
    double length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? -(a.x * dx + a.y * dy) / length2 : 0;
    t = t > 0 ? t : 0;
    t = t < 1 ? t : 1;
    return (struct plane){a.x + t * dx, a.y + t * dy};
}

double gaz_street_nearest(const struct geo_gazetteer *g, uint32_t street, struct gaz_point p,
                          double reach, struct gaz_point *out)
{
    double far_units = fmin((reach + LINE_METRES_MAX) / METRES_PER_UNIT, INT32_MAX);
    int64_t far_lat = (int64_t)far_units;
    const struct gaz_street *s = &g->streets[street];
    const struct gaz_vertex *v = g->vertices + s->vertex;
    double best = HUGE_VAL;
    struct plane nearest = {0, 0};
    struct plane before = {0, 0};
    bool have_before = false;
    double scale = gaz_parallel_scale(p.lat);
    for (uint32_t i = 0; i < s->vertices; i++) {
        if (v[i].at.lat > p.lat + far_lat || v[i].at.lat < p.lat - far_lat) {
            have_before = false; /* no line of it can be in reach */
            continue;
        }
        struct plane here = project_at(p, v[i].at, scale);
        struct plane near = v[i].starts || !have_before ? here : nearest_to_origin(before, here);
        have_before = true;
        double metres2 = near.x * near.x + near.y * near.y;
        if (metres2 < best) {
            best = metres2;
            nearest = near;
        }
        before = here;
    }
    *out = unproject(p, nearest);
    return sqrt(best);
}

double gaz_line_nearest(const struct geo_gazetteer *g, uint32_t vertex, struct gaz_point p,
                        struct gaz_point *out)
{
    const struct gaz_vertex *v = &g->vertices[vertex];
    struct plane here = project(p, v->at);
    struct plane near = v->starts ? here : nearest_to_origin(project(p, v[-1].at), here);
    *out = unproject(p, near);
    return sqrt(near.x * near.x + near.y * near.y);
}

double gaz_street_distance(const struct geo_gazetteer *g, uint32_t street, struct gaz_point p,
                           double reach)
{
    struct gaz_point ignored;
    return gaz_street_nearest(g, street, p, reach, &ignored);
}

size_t gaz_street_score(const struct geo_gazetteer *g, uint32_t street,
                        const struct gaz_context *context)
{
    const struct gaz_street *s = &g->streets[street];
    size_t score = 0;
    for (size_t i = 0; i < context->n; i++) {
        score += gaz_street_meets(g, s, &context->named[i]);
    }
    return score;
}

bool gaz_street_meets(const struct geo_gazetteer *g, const struct gaz_street *s,
                      const struct gaz_named *named)
{
    if ((s->sieve & named->sieve) == 0) {
        return false;
    }
    for (uint32_t i = 0; i < s->units; i++) {
        for (size_t k = 0; k < named->n; k++) {
            if (g->street_units[s->unit + i] == named->unit[k]) {
                return true;
            }
        }
    }
    return false;
}

/* Neighbouring vertices mostly lie in the same units: the score of a set is kept. */
struct scorer {
    const struct geo_gazetteer *g;
    const struct gaz_context *context;
    uint32_t set;
    size_t score;
};

static size_t score_of(struct scorer *s, uint32_t set)
{
    if (set != s->set) {
        s->set = set;
        s->score = gaz_set_score(&s->g->sets[set], s->context);
    }
    return s->score;
}

/* The vertex of the part nearest to the point, or the number of vertices. */
static uint32_t nearest_vertex(const struct gaz_street *s, const struct gaz_vertex *v,
                               struct scorer *scorer, size_t need, struct gaz_point p)
{
    double scale = gaz_parallel_scale(p.lat);
    double best = HUGE_VAL;
    uint32_t nearest = s->vertices;
    /* a few first, so that most of the others are too far off to be looked at closer */
    for (uint32_t step = s->vertices > COARSE ? COARSE : 1; step > 0; step = step > 1) {
        for (uint32_t i = 0; i < s->vertices; i += step) {
            double metres2 = gaz_distance2_at(p, v[i].at, scale);
            if (metres2 < best && score_of(scorer, v[i].set) >= need) {
                best = metres2;
                nearest = i;
            }
        }
    }
    return nearest;
}

bool gaz_street_nearest_in(const struct geo_gazetteer *g, uint32_t street,
                           const struct gaz_part *part, struct gaz_point p, struct gaz_point *out,
                           uint32_t *set)
{
    const struct gaz_street *s = &g->streets[street];
    const struct gaz_vertex *v = g->vertices + s->vertex;
    struct scorer scorer = {g, part->context, UINT32_MAX, 0};
    uint32_t at = nearest_vertex(s, v, &scorer, part->need, p);
    if (at == s->vertices) {
        return false;
    }
    double scale = gaz_parallel_scale(p.lat);
    struct plane here = project_at(p, v[at].at, scale);
    struct plane nearest = here;
    for (uint32_t end = at; end <= at + 1 && end < s->vertices; end++) { /* its two lines */
        uint32_t other = end == at ? at - 1 : end;
        if (v[end].starts != 0 || score_of(&scorer, v[other].set) < part->need) {
            continue;
        }
        struct plane near = nearest_to_origin(here, project_at(p, v[other].at, scale));
        if (near.x * near.x + near.y * near.y < nearest.x * nearest.x + nearest.y * nearest.y) {
            nearest = near;
        }
    }
    *out = unproject(p, nearest);
    *set = v[at].set;
    return true;
}

/* The vertex nearest to the centre of those with the highest score. */
static uint32_t middle_vertex(const struct gaz_street *s, const struct gaz_vertex *v,
                              struct scorer *scorer)
{
    size_t best = 0;
    double lon = 0;
    double lat = 0;
    double n = 0;
    for (uint32_t i = 0; i < s->vertices; i++) {
        size_t score = score_of(scorer, v[i].set);
        if (score > best) {
            best = score;
            lon = lat = n = 0;
        }
        if (score == best) {
            lon += v[i].at.lon;
            lat += v[i].at.lat;
            n++;
        }
    }
    double nearest = HUGE_VAL;
    uint32_t middle = 0;
    for (uint32_t i = 0; i < s->vertices; i++) {
        double dx = v[i].at.lon - lon / n;
        double dy = v[i].at.lat - lat / n;
        if (dx * dx + dy * dy < nearest && score_of(scorer, v[i].set) == best) {
            nearest = dx * dx + dy * dy;
            middle = i;
        }
    }
    return middle;
}

uint32_t gaz_street_centre(const struct geo_gazetteer *g, uint32_t street)
{
    const struct gaz_context none = {.n = 0};
    struct scorer scorer = {g, &none, UINT32_MAX, 0};
    const struct gaz_street *s = &g->streets[street];
    return middle_vertex(s, g->vertices + s->vertex, &scorer);
}

uint32_t gaz_street_middle_in(const struct geo_gazetteer *g, uint32_t street, uint16_t unit)
{
    const struct gaz_context one = {.named = {{.unit = {unit}, .n = 1, .sieve = gaz_sieve(unit)}},
                                    .n = 1};
    struct scorer scorer = {g, &one, UINT32_MAX, 0};
    const struct gaz_street *s = &g->streets[street];
    return middle_vertex(s, g->vertices + s->vertex, &scorer);
}

static bool is_named(const struct gaz_context *context, uint16_t unit, bool *only)
{
    bool found = false;
    *only = context->n == 1 && context->named[0].n == 1;
    for (size_t i = 0; i < context->n && !found; i++) {
        for (size_t k = 0; k < context->named[i].n && !found; k++) {
            found = context->named[i].unit[k] == unit;
        }
    }
    return found;
}

/* The middle as it was found while building, where one unit alone says what part is meant: the only
 * one named, or a ward inside the district named with it. UINT32_MAX: it must be looked for. */
static uint32_t known_middle(const struct gaz_street *s, struct scorer *scorer, size_t score)
{
    const struct geo_gazetteer *g = scorer->g;
    uint32_t found = UINT32_MAX;
    size_t wards = 0;
    for (uint32_t k = s->unit; k < s->unit + s->units; k++) {
        bool only = false;
        if (!is_named(scorer->context, g->street_units[k], &only)) {
            continue;
        }
        if (only) {
            return g->street_middles[k];
        }
        if (!g->units[g->street_units[k]].district) {
            wards++;
            found = g->street_middles[k];
        }
    }
    bool whole = wards == 1 && score_of(scorer, g->vertices[s->vertex + found].set) == score;
    return whole ? found : UINT32_MAX;
}

void gaz_street_middle(const struct geo_gazetteer *g, uint32_t street,
                       const struct gaz_context *context, size_t score, struct gaz_spot *out)
{
    const struct gaz_street *s = &g->streets[street];
    const struct gaz_vertex *v = g->vertices + s->vertex;
    struct scorer scorer = {g, context, UINT32_MAX, 0};
    uint32_t middle = score == 0 ? s->middle : known_middle(s, &scorer, score);
    if (middle == UINT32_MAX) {
        middle = middle_vertex(s, v, &scorer);
    }
    *out = (struct gaz_spot){v[middle].at, v[middle].set, GEO_MATCH_STREET, 1, false, false};
    /* Along a border the line may run on the other side: a house on this one is nearer to it. */
    size_t best = score_of(&scorer, v[middle].set);
    for (uint32_t i = s->house; best < score && i < s->house + s->houses; i++) {
        if (score_of(&scorer, g->houses[i].set) > best) {
            best = score_of(&scorer, g->houses[i].set);
            out->at = g->houses[i].at;
            out->set = g->houses[i].set;
        }
    }
}

struct meeting {
    double metres;
    struct plane at;
};

static double cross(struct plane a, struct plane b)
{
    return a.x * b.y - a.y * b.x;
}

/* Do the segments cut each other, and where? */
static bool cut(struct plane a, struct plane b, struct plane c, struct plane d, struct plane *at)
{
    struct plane r = {b.x - a.x, b.y - a.y};
    struct plane s = {d.x - c.x, d.y - c.y};
    struct plane q = {c.x - a.x, c.y - a.y};
    double base = cross(r, s);
    if (base == 0) {
        return false;
    }
    double t = cross(q, s) / base;
    double u = cross(q, r) / base;
    *at = (struct plane){a.x + t * r.x, a.y + t * r.y};
    return t >= 0 && t <= 1 && u >= 0 && u <= 1;
}

static void consider(struct meeting *m, struct plane p, struct plane a, struct plane b)
{
    struct plane near = nearest_to_origin((struct plane){a.x - p.x, a.y - p.y},
                                          (struct plane){b.x - p.x, b.y - p.y});
    double metres = hypot(near.x, near.y);
    if (metres < m->metres) {
        *m = (struct meeting){metres, {p.x + near.x / 2, p.y + near.y / 2}};
    }
}

static void meet(struct meeting *m, const struct plane *a, const struct plane *b)
{
    struct plane at;
    if (cut(a[0], a[1], b[0], b[1], &at)) {
        *m = (struct meeting){0, at};
        return;
    }
    consider(m, a[0], b[0], b[1]);
    consider(m, a[1], b[0], b[1]);
    consider(m, b[0], a[0], a[1]);
    consider(m, b[1], a[0], a[1]);
}

/* A quick no: the boxes of the two segments lie too far apart. */
static bool far(const struct plane *a, const struct plane *b)
{
    double gap = CROSSING_METRES;
    return fmin(a[0].x, a[1].x) > fmax(b[0].x, b[1].x) + gap ||
           fmin(b[0].x, b[1].x) > fmax(a[0].x, a[1].x) + gap ||
           fmin(a[0].y, a[1].y) > fmax(b[0].y, b[1].y) + gap ||
           fmin(b[0].y, b[1].y) > fmax(a[0].y, a[1].y) + gap;
}

/* The line that ends in vertex i; a piece's first vertex is a line of no length. */
static void line_at(const struct gaz_vertex *v, uint32_t i, struct gaz_point origin,
                    struct plane out[2])
{
    out[1] = project(origin, v[i].at);
    out[0] = v[i].starts ? out[1] : project(origin, v[i - 1].at);
}

/* The latitudes between which anything that crosses the street lies. */
static void lat_range(const struct gaz_vertex *v, uint32_t n, int64_t *low, int64_t *high)
{
    *low = INT64_MAX;
    *high = INT64_MIN;
    for (uint32_t i = 0; i < n; i++) {
        *low = v[i].at.lat < *low ? v[i].at.lat : *low;
        *high = v[i].at.lat > *high ? v[i].at.lat : *high;
    }
    *low -= CROSSING_REACH;
    *high += CROSSING_REACH;
}

bool gaz_street_crossing(const struct geo_gazetteer *g, uint32_t a, uint32_t b, size_t *tests,
                         struct gaz_spot *out)
{
    const struct gaz_street *s = &g->streets[a];
    const struct gaz_street *t = &g->streets[b];
    const struct gaz_vertex *v = g->vertices + s->vertex;
    const struct gaz_vertex *w = g->vertices + t->vertex;
    struct meeting best = {CROSSING_METRES, {0, 0}};
    struct gaz_point origin = v[0].at;
    uint32_t set = 0;
    int64_t low = 0;
    int64_t high = 0;
    lat_range(w, t->vertices, &low, &high);
    for (uint32_t i = 0; a != b && i < s->vertices && best.metres > 0; i++) {
        struct plane first[2];
        if (v[i].at.lat < low || v[i].at.lat > high) {
            continue;
        }
        line_at(v, i, origin, first);
        for (uint32_t k = 0; k<t->vertices && * tests> 0; k++, --*tests) {
            struct plane second[2];
            if (labs((long)v[i].at.lat - w[k].at.lat) > CROSSING_REACH) {
                continue;
            }
            line_at(w, k, origin, second);
            double before = best.metres;
            if (!far(first, second)) {
                meet(&best, first, second);
            }
            if (best.metres < before) {
                set = v[i].set;
            }
            if (best.metres <= 0) {
                break;
            }
        }
    }
    if (best.metres >= CROSSING_METRES) {
        return false;
    }
    *out = (struct gaz_spot){unproject(origin, best.at), set, GEO_MATCH_CROSSING, 1, false, false};
    return true;
}
