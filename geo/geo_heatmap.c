#include "geo/geo_heatmap.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_distance.h"
#include "server/base/bug.h"
#include "server/base/str.h"

#define SIGMAS_PER_RADIUS 3.5
#define CELL_SIGMA_LEAST  2.2       /* of the Gaussian, in cells wider than a pixel */
#define SPLINE_VARIANCE   (1.0 / 3) /* in square cells */
#define SPLINE_REACH      2         /* cells, each way */
#define PIXELS_MAX        512
#define LANES             16 /* values blurred at once */

/* Four floats; the compiler makes them one register on every target that has such. */
typedef float four __attribute__((vector_size(16)));

/* Sizes, all in cells unless they say pixels. */
struct layout {
    unsigned pixels; /* the tile's side, in pixels */
    unsigned cell;   /* a cell's side, in pixels; a power of two */
    unsigned inner;  /* the tile's side */
    unsigned rim;    /* cells around the tile that are blurred too, for the way back to pixels */
    unsigned taps;   /* the blur reaches so far */
    unsigned margin; /* cells around the tile that points are taken from */
    unsigned side, stride; /* of the whole square with margins; stride has room for LANES more */
};

/* Four cells in a row, and how much of a place each of them has. */
struct share {
    size_t first;
    four part;
};

struct geo_heatmap {
    struct layout layout;
    float *cells; /* owned: side rows of stride; the points' weights */
    size_t cap_cells;
    float *rows; /* owned: the same, blurred along the rows */
    size_t cap_rows;
    float *blurred; /* owned: blurred both ways, inner + 2 rim rows of stride */
    size_t cap_blurred;
    uint8_t *touched; /* owned, per row: has it any weight? */
    size_t cap_touched;
    float *kernel; /* owned: taps + 1 values, from the middle outwards */
    size_t cap_kernel;
    struct share columns[PIXELS_MAX]; /* of the pixels, where those are not the cells */
};

enum status geo_heatmap_create(struct geo_heatmap **out, struct err *e)
{
    struct geo_heatmap *h = calloc(1, sizeof *h);
    if (!h) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a heatmap");
    }
    *out = h;
    return STATUS_OK;
}

void geo_heatmap_destroy(struct geo_heatmap *h)
{
    if (!h) {
        return;
    }
    free(h->cells);
    free(h->rows);
    free(h->blurred);
    free(h->touched);
    free(h->kernel);
    free(h);
}

double geo_heatmap_radius_px(double radius_m, struct geo_tile tile, unsigned size)
{
    struct geo_box box = geo_tile_box(tile);
    double middle = (tile.y + 0.5) / ldexp(1, (int)tile.z);
    double latitude = geo_world_point((struct geo_world){0.5, middle}).lat;
    struct geo_degree metres = geo_metres_per_degree(latitude);
    double per_degree = size / (box.east - box.west);
    /* On the ellipsoid a pixel is up to 0.7 % longer one way than the other: the mean of both. */
    double lon = per_degree / metres.lon;
    double lat = per_degree / cos(latitude * (acos(-1) / 180)) / metres.lat;
    return radius_m * sqrt(lon * lat);
}

static double usable_radius(double radius_px)
{
    if (!(radius_px > GEO_HEATMAP_RADIUS_MIN)) {
        return GEO_HEATMAP_RADIUS_MIN;
    }
    return radius_px < GEO_HEATMAP_RADIUS_MAX ? radius_px : GEO_HEATMAP_RADIUS_MAX;
}

static struct layout layout_of(double radius_px, unsigned size)
{
    double sigma = radius_px / SIGMAS_PER_RADIUS;
    struct layout l = {.pixels = size, .cell = 1};
    while (sigma / (2 * l.cell) >= CELL_SIGMA_LEAST && l.cell < size / 2) {
        l.cell *= 2;
    }
    l.inner = size / l.cell;
    l.rim = l.cell > 1 ? SPLINE_REACH : 0;
    l.taps = (unsigned)ceil(radius_px / l.cell);
    l.margin = l.rim + l.taps + SPLINE_REACH + 1;
    l.side = l.inner + 2 * l.margin;
    l.stride = l.side + LANES;
    return l;
}

double geo_heatmap_margin_px(double radius_px, unsigned size)
{
    struct layout l = layout_of(usable_radius(radius_px), size);
    return (l.margin - 1.5) * l.cell; /* see geo_heatmap_add */
}

/* Makes room for n floats and clears them. */
static bool clear_floats(float **array, size_t *cap, size_t n)
{
    float *grown = array_grow(*array, cap, n, sizeof *grown);
    if (!grown) {
        return false;
    }
    *array = grown;
    memset(grown, 0, n * sizeof *grown);
    return true;
}

static void make_kernel(struct geo_heatmap *h, double radius_px)
{
    const struct layout *l = &h->layout;
    double sigma = radius_px / SIGMAS_PER_RADIUS / l->cell;
    double variance = sigma * sigma - SPLINE_VARIANCE * (l->rim > 0 ? 2 : 1);
    for (unsigned k = 0; k <= l->taps; k++) {
        h->kernel[k] = (float)(sigma / sqrt(variance) * exp(-(double)k * k / (2 * variance)));
    }
}

enum status geo_heatmap_begin(struct geo_heatmap *h, unsigned size, double radius_px, struct err *e)
{
    if (size != 256 && size != 512) {
        return err_set(e, STATUS_INVALID, "a heatmap of %u pixels; 256 and 512 there are", size);
    }
    radius_px = usable_radius(radius_px);
    struct layout l = layout_of(radius_px, size);
    h->layout = (struct layout){0}; /* nothing is added unless all there is room for all */
    size_t square = (size_t)l.side * l.stride;
    uint8_t *touched = array_grow(h->touched, &h->cap_touched, l.side, 1);
    h->touched = touched ? touched : h->touched;
    if (!touched || !clear_floats(&h->cells, &h->cap_cells, square) ||
        !clear_floats(&h->rows, &h->cap_rows, square) ||
        !clear_floats(&h->blurred, &h->cap_blurred, square) ||
        !clear_floats(&h->kernel, &h->cap_kernel, l.taps + 1)) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a heatmap of %u cells square", l.side);
    }
    memset(touched, 0, l.side);
    h->layout = l;
    make_kernel(h, radius_px);
    return STATUS_OK;
}

/* The cubic B-spline around a place: the shares of the two cells on either side of it. Cells count
 * from 0 at the array's start, with their middles at 0.5, 1.5 ...; `at` is at least 1.5. */
static inline struct share spline(float at)
{
    float from = at - 0.5F;
    size_t cell = (size_t)from;
    float t = from - (float)cell;
    float u = 1 - t;
    float t3 = t * t * t;
    float u3 = u * u * u;
    four part = {u3, 4 - 6 * t * t + 3 * t3, 4 - 6 * u * u + 3 * u3, t3};
    return (struct share){cell - 1, part * (1.0F / 6)};
}

static inline four load(const float *p)
{
    four v;
    memcpy(&v, p, sizeof v);
    return v;
}

void geo_heatmap_add(struct geo_heatmap *h, const struct geo_heat_point *points, size_t n)
{
    const struct layout *l = &h->layout;
    const float per_pixel = 1 / (float)l->cell;
    const float margin = (float)l->margin;
    const float last = (float)l->side - 1.5F;
    for (size_t i = 0; i < n; i++) {
        float x = points[i].x * per_pixel + margin;
        float y = points[i].y * per_pixel + margin;
        float weight = points[i].weight;
        if (!(x >= 1.5F && x < last && y >= 1.5F && y < last && isfinite(weight))) {
            continue;
        }
        struct share across = spline(x);
        struct share down = spline(y);
        across.part *= weight;
        for (size_t k = 0; k < 4; k++) {
            float *cells = h->cells + (down.first + k) * l->stride + across.first;
            four sum = load(cells) + across.part * down.part[k];
            memcpy(cells, &sum, sizeof sum);
            h->touched[down.first + k] = 1;
        }
    }
}

/* LANES values, each the weighted sum of those up to `taps` steps before and after it. */
static inline void blur_lanes(const float *in, ptrdiff_t step, const struct geo_heatmap *h,
                              float *out)
{
    const float *kernel = h->kernel;
    four sum[LANES / 4];
    for (size_t i = 0; i < LANES / 4; i++) {
        sum[i] = kernel[0] * load(in + 4 * i);
    }
    for (ptrdiff_t k = 1; k <= (ptrdiff_t)h->layout.taps; k++) {
        const float *before = in - k * step;
        const float *after = in + k * step;
        for (size_t i = 0; i < LANES / 4; i++) {
            sum[i] += kernel[k] * (load(before + 4 * i) + load(after + 4 * i));
        }
    }
    memcpy(out, sum, sizeof sum);
}

/* Blurs the cells that the tile needs, first along the rows, then along the columns. Writing LANES
 * at a time passes the needed width a little; the strides have room for that. */
static void blur(struct geo_heatmap *h)
{
    const struct layout *l = &h->layout;
    unsigned first = l->margin - l->rim;
    unsigned count = l->inner + 2 * l->rim;
    for (unsigned y = first - l->taps; y < first + count + l->taps; y++) {
        if (h->touched[y] == 0) {
            continue; /* h->rows is zero already */
        }
        size_t row = (size_t)y * l->stride;
        for (unsigned x = 0; x < count; x += LANES) {
            blur_lanes(h->cells + row + first + x, 1, h, h->rows + row + first + x);
        }
    }
    for (unsigned y = 0; y < count; y++) {
        const float *in = h->rows + (size_t)(first + y) * l->stride + first;
        float *out = h->blurred + (size_t)y * l->stride;
        for (unsigned x = 0; x < count; x += LANES) {
            blur_lanes(in + x, (ptrdiff_t)l->stride, h, out + x);
        }
    }
}

/* The spline between the blurred cells, where these are not the pixels. */
static void cells_to_pixels(struct geo_heatmap *h, float *field)
{
    const struct layout *l = &h->layout;
    const float per_pixel = 1 / (float)l->cell;
    const float rim = (float)l->rim;
    for (unsigned x = 0; x < l->pixels; x++) {
        h->columns[x] = spline(((float)x + 0.5F) * per_pixel + rim);
    }
    float *line = h->cells; /* no longer needed: one row of cells */
    unsigned count = l->inner + 2 * l->rim;
    for (unsigned y = 0; y < l->pixels; y++) {
        struct share down = spline(((float)y + 0.5F) * per_pixel + rim);
        const float *in = h->blurred + down.first * l->stride;
        for (unsigned x = 0; x < count; x += 4) {
            four sum = {0};
            for (size_t k = 0; k < 4; k++) {
                sum += down.part[k] * load(in + k * l->stride + x);
            }
            memcpy(line + x, &sum, sizeof sum);
        }
        float *out = field + (size_t)y * l->pixels;
        for (unsigned x = 0; x < l->pixels; x++) {
            four sum = h->columns[x].part * load(line + h->columns[x].first);
            out[x] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
    }
}

float geo_heatmap_finish(struct geo_heatmap *h, float *field)
{
    const struct layout *l = &h->layout;
    BUG_IF(l->pixels == 0); /* not begun */
    size_t n = (size_t)l->pixels * l->pixels;
    bool empty = memchr(h->touched, 1, l->side) == NULL;
    if (empty) {
        memset(field, 0, n * sizeof *field);
        h->layout = (struct layout){0};
        return 0;
    }
    blur(h);
    if (l->rim > 0) {
        cells_to_pixels(h, field);
    } else {
        for (unsigned y = 0; y < l->pixels; y++) {
            memcpy(field + (size_t)y * l->pixels, h->blurred + (size_t)y * l->stride,
                   l->pixels * sizeof *field);
        }
    }
    float highest = 0;
    for (size_t i = 0; i < n; i++) {
        highest = field[i] > highest ? field[i] : highest;
    }
    h->layout = (struct layout){0};
    return highest;
}

void geo_heatmap_levels(const float *field, size_t n, float scale_max, uint8_t *levels)
{
    const float factor = 255 / scale_max;
    for (size_t i = 0; i < n; i++) {
        float level = field[i] * factor + 0.5F;
        if (!(level >= 1)) {
            levels[i] = 0; /* also for NaN */
        } else {
            levels[i] = level < 255 ? (uint8_t)level : 255;
        }
    }
}

/* A colour of the scale in Oklab's polar form. */
struct shade {
    double at;        /* place on the scale, 0..1 */
    double lightness; /* 0 black, 1 white */
    double chroma;
    double hue; /* degrees */
};

static uint8_t srgb_byte(double linear)
{
    double v = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
    return (uint8_t)lround(255 * fmin(fmax(v, 0), 1));
}

/* Oklab to sRGB (B. Ottosson, "A perceptual color space for image processing", 2020). */
static void shade_to_rgb(const struct shade *shade, uint8_t rgb[3])
{
    double hue = shade->hue * (acos(-1) / 180);
    double a = shade->chroma * cos(hue);
    double b = shade->chroma * sin(hue);
    double l = pow(shade->lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    double m = pow(shade->lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    double s = pow(shade->lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    rgb[0] = srgb_byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
    rgb[1] = srgb_byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
    rgb[2] = srgb_byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

void geo_heatmap_palette(struct geo_palette *out)
{
    /* Lightness falls evenly; hue and chroma go the way on which the screen still has such colours.
     */
    static const struct shade stops[] = {
        {0.00, 0.95, 0.10, 105}, {0.25, 0.80, 0.15, 75},  {0.55, 0.62, 0.20, 35},
        {0.80, 0.47, 0.17, 0},   {1.00, 0.35, 0.13, -35},
    };
    memset(out, 0, sizeof *out);
    size_t k = 0;
    for (size_t i = 1; i < 256; i++) {
        double at = (double)i / 255;
        while (at > stops[k + 1].at) {
            k++;
        }
        const struct shade *from = &stops[k];
        const struct shade *to = &stops[k + 1];
        double t = (at - from->at) / (to->at - from->at);
        struct shade shade = {at, from->lightness + t * (to->lightness - from->lightness),
                              from->chroma + t * (to->chroma - from->chroma),
                              from->hue + t * (to->hue - from->hue)};
        shade_to_rgb(&shade, out->rgba[i]);
        /* Thin places let the map through; it stays readable under the thickest. */
        out->rgba[i][3] = (uint8_t)lround(255 * 0.85 * fmin(1, sqrt(at / 0.3)));
    }
}
