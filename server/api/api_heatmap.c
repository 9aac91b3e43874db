/* /tiles/heatmap: kernel density as PNG. The heat index makes it (api_heat.c), unless the filter
 * has words, which only the database can look for: then two statements (the scale, kept for a
 * while; the counted pixels), then a compute thread draws. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_auth.h"
#include "server/api/api_tiles.h"
#include "server/api/heat_picture.h"
#include "server/base/asker.h"
#include "server/base/clock.h"
#include "server/tiles/tile_cache.h"
#include "server/tiles/tile_picture.h"

#define RADIUS_DEFAULT_M      250.0
#define RADIUS_DEFAULT_MIN_PX 10.0 /* of 256: a default hill stays visible from afar */
#define RADIUS_MAX_PX         1024.0
#define RADIUS_MAX_M          20000.0
#define SCALE_MIN             2.0f /* a lone complaint is never the hottest colour */
#define SCALE_KEEP_S          60   /* how long a scale holds; then it follows the data */
#define PNG_MAX               ((size_t)2 << 20)
/* A field of evenly spread points has the height (points per 2 pi s^2), s = radius / 3.5. */
#define CELL_SIDE_PER_RADIUS (2.5066282746310002 / 3.5)

struct heatmap {
    struct http_request *r;
    struct tile_request tile;
    struct store_statement statement;
    struct tile_picture picture;
    struct geo_heat_point *points; /* owned */
    double margin;
    const char *scale_key;
    struct strbuf png;
    enum status drawn;
};

static void finish(struct heatmap *h, enum status status)
{
    struct http_request *r = h->r;
    if (status == STATUS_OK) {
        api_tile_send_to(r, "image/png", (struct str){h->png.p, h->png.n}, false);
    } else {
        http_problem_status(r, status);
    }
    strbuf_free(&h->png);
    free(h->points);
    http_release(r);
}

static void draw(void *arg)
{
    struct heatmap *h = arg;
    struct err e;
    h->drawn = tile_picture_make(&h->picture, &h->png, &e);
}

static void on_drawn(void *arg)
{
    struct heatmap *h = arg;
    finish(h, h->drawn);
}

static void on_pixels(void *arg, enum status status, const struct db_rows *result,
                      const struct err *e)
{
    struct heatmap *h = arg;
    struct worker *w = api_worker(h->r);
    struct err ignored;
    (void)e;
    store_statement_free(&h->statement);
    size_t n = status == STATUS_OK ? db_rows_count(result) : 0;
    if (status == STATUS_OK && (h->points = calloc(n + 1, sizeof(*h->points))) == NULL) {
        status = STATUS_NO_MEMORY;
    }
    if (status != STATUS_OK) {
        finish(h, status);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        h->points[i] = (struct geo_heat_point){(float)db_rows_int_or(result, i, 0, 0) + 0.5f,
                                               (float)db_rows_int_or(result, i, 1, 0) + 0.5f,
                                               (float)db_rows_int_or(result, i, 2, 0)};
    }
    h->picture.points = h->points;
    h->picture.n_points = n;
    struct compute_job job = {draw, on_drawn, h, w->mailbox};
    status = compute_submit(w->app->compute, &job, &ignored);
    if (status != STATUS_OK) {
        finish(h, status);
    }
}

static void submit(struct heatmap *h,
                   void (*done)(void *, enum status, const struct db_rows *, const struct err *))
{
    struct db_job job = {.sql = h->statement.sql.p,
                         .n_params = h->statement.n,
                         .done = done,
                         .arg = h,
                         .asker = ASKER_SERVICE};
    struct err e;
    memcpy(job.params, h->statement.params, sizeof(job.params));
    enum status status = db_pool_submit(api_worker(h->r)->tiles, &job, &e);
    if (status != STATUS_OK) {
        store_statement_free(&h->statement);
        finish(h, status);
    }
}

static void ask_pixels(struct heatmap *h)
{
    store_statement_init(&h->statement);
    store_tile_heat_pixels(&h->statement, &h->tile, h->picture.size, h->margin);
    submit(h, on_pixels);
}

static void on_scale(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct heatmap *h = arg;
    (void)e;
    store_statement_free(&h->statement);
    if (status != STATUS_OK) {
        finish(h, status);
        return;
    }
    float scale = (float)db_rows_double_or(result, 0, 0, 0);
    h->picture.scale_max = scale > SCALE_MIN ? scale : SCALE_MIN;
    tile_cache_put(api_worker(h->r)->cache, h->scale_key,
                   (struct str){(const char *)&h->picture.scale_max, sizeof(float)});
    ask_pixels(h);
}

/* The ground's metres in one pixel of the tile, at the middle of the city: one figure for all tiles
 * of a zoom, so that the scale is one too. */
static double metres_per_pixel(const struct snapshot *s, uint32_t z, unsigned size)
{
    double latitude = (s->city.box.south + s->city.box.north) / 2;
    return 40075016.685578488 * cos(latitude * M_PI / 180) / ((double)(1U << z) * size);
}

/* `strict`: a radius that is too wide for the zoom is refused, else it is cut. */
static bool set_radius(struct http_request *r, const struct snapshot *s, struct heatmap *h,
                       bool strict)
{
    double radius_m = 0;
    double pixel_m = metres_per_pixel(s, h->tile.tile.z, h->picture.size);
    if (!api_query_number(r, "radius_m", false, 1, RADIUS_MAX_M, &radius_m)) {
        return false;
    }
    if (radius_m > 0) {
        h->picture.radius_px = radius_m / pixel_m;
    } else {
        double least = RADIUS_DEFAULT_MIN_PX * h->picture.size / 256;
        double natural = RADIUS_DEFAULT_M / pixel_m;
        h->picture.radius_px = natural > least ? natural : least;
    }
    if (h->picture.radius_px > RADIUS_MAX_PX && radius_m > 0 && strict) {
        http_problem_field(r, 400, "radius_m", FAULT_OUT_OF_RANGE);
        return false;
    }
    if (h->picture.radius_px < GEO_HEATMAP_RADIUS_MIN) {
        h->picture.radius_px = GEO_HEATMAP_RADIUS_MIN;
    } else if (h->picture.radius_px > RADIUS_MAX_PX) {
        h->picture.radius_px = RADIUS_MAX_PX;
    }
    h->margin = ceil(geo_heatmap_margin_px(h->picture.radius_px, h->picture.size));
    return true;
}

static bool parse_measure(struct http_request *r, enum geo_heat_measure *out)
{
    static const char *const names[] = {"count", "open", "late", "weight"};
    const char *name = http_query(r, "weight");
    *out = GEO_HEAT_OF_COUNT;
    for (int i = 0; name != NULL && i < 4; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum geo_heat_measure)i;
            return true;
        }
    }
    if (name != NULL) {
        http_problem_field(r, 400, "weight", FAULT_UNKNOWN_VALUE);
    }
    return name == NULL;
}

/* All of a filter that the index answers, as a text. */
static const char *filter_key(struct http_request *r, const struct complaint_filter *f)
{
    const char *parts[] = {f->category_ids, f->statuses, f->channels, f->agency,
                           f->ward,         f->from,     f->to};
    const char *key = "";
    for (size_t i = 0; key != NULL && i < sizeof(parts) / sizeof(parts[0]); i++) {
        key = parts[i] == NULL ? key : arena_printf(http_arena(r), "%s %zu%s", key, i, parts[i]);
    }
    return key == NULL || !f->has_box
               ? key
               : arena_printf(http_arena(r), "%s %s,%s,%s,%s", key, f->places[0], f->places[1],
                              f->places[2], f->places[3]);
}

/* The picture that is asked for, but for its query. False without memory. */
static bool picture_of(struct http_request *r, const struct snapshot *s, const struct heatmap *h,
                       enum geo_heat_measure measure, struct heat_picture *out)
{
    double world = h->picture.radius_px * ldexp(1, -(int)h->tile.tile.z) / h->picture.size;
    const char *filter = filter_key(r, &h->tile.filter);
    *out = (struct heat_picture){
        .tile = h->tile.tile,
        .size = h->picture.size,
        .radius_px = h->picture.radius_px,
        .radius_world = world,
        .measure = measure,
        .heat = api_worker(r)->app->heat,
        .scale_key = arena_printf(http_arena(r), "%llu %.6g %d%s", (unsigned long long)s->version,
                                  world, (int)measure, filter == NULL ? "" : filter),
    };
    return filter != NULL && out->scale_key != NULL;
}

#define SCALE_ZOOMS 17 /* 0 to 16: deeper ones look at every complaint, and change little */

bool api_heatmap_scales(struct http_request *r, const struct snapshot *s, struct strbuf *json)
{
    struct heat_picture *pictures = arena_calloc(http_arena(r), SCALE_ZOOMS, sizeof(*pictures));
    struct complaint_filter filter;
    enum geo_heat_measure measure;
    if (pictures == NULL || !api_filter_parse(r, s, &filter) || !parse_measure(r, &measure) ||
        filter.text != NULL) {
        return false;
    }
    for (uint32_t z = 0; z < SCALE_ZOOMS; z++) {
        struct heatmap h = {.tile = {.tile = {z, 0, 0}, .filter = filter},
                            .picture = {.size = 256}};
        if (!set_radius(r, s, &h, false) || !picture_of(r, s, &h, measure, &pictures[z])) {
            return false;
        }
    }
    return api_heat_scales(r, &filter, pictures, SCALE_ZOOMS, json);
}

/* Everything but words: from the index. */
static void from_index(struct http_request *r, const struct snapshot *s, const struct heatmap *h,
                       enum geo_heat_measure measure)
{
    struct heat_picture asked;
    if (!picture_of(r, s, h, measure, &asked)) {
        http_problem(r, 503, NULL);
        return;
    }
    api_heat_picture(r, &asked, &h->tile.filter);
}

static void heatmap_get(struct http_request *r)
{
    enum geo_heat_measure measure;
    struct snapshot *s = api_snapshot(r);
    struct heatmap *h = arena_calloc(http_arena(r), 1, sizeof(*h));
    bool twice = false;
    struct str scale;
    if (s == NULL || h == NULL || !api_tile_parse(r, &h->tile.tile, &twice) ||
        !api_filter_parse(r, s, &h->tile.filter) || !parse_measure(r, &measure)) {
        return;
    }
    h->r = r;
    h->tile.layer = TILE_HEAT;
    h->picture.size = twice ? 512 : 256;
    if (!set_radius(r, s, h, true)) {
        return;
    }
    if (h->tile.filter.text == NULL) {
        from_index(r, s, h, measure);
        return;
    }
    if (!api_tile_words(r)) {
        return;
    }
    if (measure != GEO_HEAT_OF_COUNT) {
        http_problem_field(r, 400, "weight", FAULT_NOT_ALLOWED); /* not together with words */
        return;
    }
    strbuf_init(&h->png, PNG_MAX);
    h->scale_key =
        arena_printf(http_arena(r), "scale %u %u %lld %s", h->tile.tile.z, h->picture.size,
                     (long long)(clock_now_us() / 1000000 / SCALE_KEEP_S), http_query_string(r));
    http_hold(r);
    if (tile_cache_get(api_worker(r)->cache, h->scale_key, &scale)) {
        memcpy(&h->picture.scale_max, scale.p, sizeof(float));
        ask_pixels(h);
        return;
    }
    double latitude = (s->city.box.south + s->city.box.north) / 2;
    double radius_m = h->picture.radius_px * metres_per_pixel(s, h->tile.tile.z, h->picture.size);
    store_statement_init(&h->statement);
    store_tile_heat_scale(&h->statement, &h->tile,
                          CELL_SIDE_PER_RADIUS * radius_m / cos(latitude * M_PI / 180));
    submit(h, on_scale);
}

void api_heatmap_get(struct http_request *r)
{
    if (http_query(r, "q") != NULL) {
        auth_resolve(r, heatmap_get);
    } else {
        heatmap_get(r);
    }
}
