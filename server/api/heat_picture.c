#include "server/api/heat_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heatmap.h"
#include "server/app/heat.h"
#include "server/tiles/tile_picture.h"

#define SIDE      4294967296.0
#define SCALE_MIN 2.0 /* a lone complaint is never the hottest colour */
#define QUANTILE  0.99
/* A field of evenly spread points has the height (points per 2 pi s^2), s = radius / 3.5. */
#define CELL_SIDE_PER_RADIUS (2.5066282746310002 / 3.5)
#define SIGMAS_PER_RADIUS    3.5
#define JOIN_PER_SIGMA       5.0  /* joined squares are at most a fifth of sigma wide */
#define SLACK                0.02 /* of the scale: how much value may stand a square's width off */

struct geo_heat_box heat_picture_box(const struct heat_picture *p)
{
    struct geo_heat_box box = geo_heat_box_of_tile(p->tile);
    double pixel = ldexp(1, 32 - (int)p->tile.z) / p->size;
    double margin = ceil(geo_heatmap_margin_px(p->radius_px, p->size)) * pixel;
    box.west = (uint32_t)fmax(0, box.west - margin);
    box.north = (uint32_t)fmax(0, box.north - margin);
    box.east = (uint32_t)fmin(SIDE - 1, box.east + margin);
    box.south = (uint32_t)fmin(SIDE - 1, box.south + margin);
    return box;
}

/* --- the scale -------------------------------------------------------------------------------- */

/* How many squares have how much: exact up to EXACT, then 64 steps to each doubling. */
#define EXACT 4096
#define STEPS 64
#define BINS  (EXACT + STEPS * 24)

struct histogram {
    uint64_t bins[BINS];
    uint64_t n;
    unsigned shift; /* of a place to its square */
    uint32_t x, y;  /* the square that is being added up: its parts follow one another */
    double sum;
};

static size_t bin_of(double value)
{
    if (value < EXACT) {
        return value < 0 ? 0 : (size_t)value;
    }
    size_t bin = EXACT + (size_t)(log2(value / EXACT) * STEPS);
    return bin < BINS ? bin : BINS - 1;
}

static void end_square(struct histogram *h)
{
    if (h->sum > 0) {
        h->bins[bin_of(h->sum)]++;
        h->n++;
    }
    h->sum = 0;
}

static bool count_squares(void *arg, const struct geo_heat_dot *dots, size_t n)
{
    struct histogram *h = arg;
    for (size_t i = 0; i < n; i++) {
        uint32_t x = (uint32_t)dots[i].x >> h->shift;
        uint32_t y = (uint32_t)dots[i].y >> h->shift;
        if (x != h->x || y != h->y) {
            end_square(h);
            h->x = x;
            h->y = y;
        }
        h->sum += (double)dots[i].value;
    }
    return true;
}

static double quantile(const struct histogram *h)
{
    uint64_t want = (uint64_t)ceil(QUANTILE * (double)h->n);
    uint64_t seen = 0;
    size_t bin = 0;
    while (bin + 1 < BINS && (seen += h->bins[bin]) < want) {
        bin++;
    }
    return bin < EXACT ? (double)bin : EXACT * exp2((double)(bin - EXACT) / STEPS);
}

static double round_up(double value)
{
    static const double steps[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
    double ten = pow(10, floor(log10(value)));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (value <= steps[i] * ten * (1 + 1e-9)) {
            return steps[i] * ten;
        }
    }
    return 10 * ten;
}

enum status heat_picture_scale(const struct heat_picture *p, float *scale, struct err *e)
{
    *scale = heat_scale_get(p->heat, p->scale_key);
    if (*scale > 0) {
        return STATUS_OK;
    }
    struct histogram *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a scale");
    }
    /* Squares of a whole zoom; what they are more or less than wanted is made good. The tree's are
     * of even zooms: those of an odd one come in four parts. */
    double side = p->radius_world * CELL_SIDE_PER_RADIUS;
    double zoom = fmin(31, fmax(1, round(-log2(side))));
    double share = side * side * exp2(2 * zoom);
    unsigned join = (unsigned)zoom + ((unsigned)zoom & 1U);
    h->shift = 32 - (unsigned)zoom;
    const struct geo_heat_dots dots = {.measure = p->measure,
                                       .join_zoom = join,
                                       .slack = INFINITY,
                                       .middles = true,
                                       .dots = count_squares,
                                       .arg = h};
    geo_heat_collect(p->query, &geo_heat_everywhere, &dots);
    end_square(h);
    double found = quantile(h) * share;
    free(h);
    *scale = (float)(found > SCALE_MIN ? round_up(found) : SCALE_MIN);
    heat_scale_put(p->heat, p->scale_key, *scale);
    return STATUS_OK;
}

/* --- the picture ------------------------------------------------------------------------------ */

struct drawing {
    struct geo_heatmap *heatmap;
    double west, north, pixels; /* of the tile; pixels in a place's unit */
};

static bool draw_dots(void *arg, const struct geo_heat_dot *dots, size_t n)
{
    const struct drawing *d = arg;
    struct geo_heat_point points[64];
    for (size_t i = 0; i < n;) {
        size_t k = 0;
        for (; k < 64 && i < n; k++, i++) {
            points[k] =
                (struct geo_heat_point){(float)((dots[i].x - d->west) * d->pixels),
                                        (float)((dots[i].y - d->north) * d->pixels), dots[i].value};
        }
        geo_heatmap_add(d->heatmap, points, k);
    }
    return true;
}

static void draw_all(const struct heat_picture *p, struct geo_heatmap *heatmap, float scale)
{
    struct geo_heat_box tile = geo_heat_box_of_tile(p->tile);
    struct drawing d = {heatmap, tile.west, tile.north, ldexp(p->size, (int)p->tile.z - 32)};
    /* Squares that much smaller than sigma. */
    double radius = fmax(p->radius_px, GEO_HEATMAP_RADIUS_MIN);
    double join_px = radius / SIGMAS_PER_RADIUS / JOIN_PER_SIGMA;
    double zoom = p->tile.z + log2(p->size / join_px);
    unsigned join = (unsigned)fmin(32, ceil(zoom));
    const struct geo_heat_dots dots = {.measure = p->measure,
                                       .join_zoom = join,
                                       .slack = (float)SLACK * scale,
                                       .dots = draw_dots,
                                       .arg = &d};
    struct geo_heat_box box = heat_picture_box(p);
    geo_heat_collect(p->query, &box, &dots);
}

enum status heat_picture_make(struct heat_picture *p, struct strbuf *out, struct err *e)
{
    struct tile_desk *desk = tile_desk();
    float scale = p->scale;
    enum status status = desk == NULL ? err_set(e, STATUS_NO_MEMORY, "no memory for a heatmap")
                         : scale > 0  ? STATUS_OK
                                      : heat_picture_scale(p, &scale, e);
    p->scale = scale;
    if (status == STATUS_OK) {
        status = geo_heatmap_begin(desk->heatmap, p->size, p->radius_px, e);
    }
    if (status == STATUS_OK) {
        draw_all(p, desk->heatmap, scale);
        status = tile_desk_finish(desk, p->size, scale, out, e);
    }
    return status;
}
