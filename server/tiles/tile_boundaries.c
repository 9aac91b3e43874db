#include "server/tiles/tile_boundaries.h"

#include <math.h>
#include <stdio.h>

#include "geo/geo_coverage.h"
#include "geo/geo_mvt.h"

#define BUFFER    64
#define LAYER_MAX ((size_t)16 << 20)

struct drawing {
    const struct snapshot *s;
    const struct snapshot_epoch *epoch;
    const struct geo_coverage_level *level;
    struct geo_mvt *mvt;
    struct geo_coverage_pen pen;
    uint32_t code, name, kind, approximate; /* keys */
};

static const struct snapshot_epoch *epoch_at(const struct snapshot *s, enum boundary_level level,
                                             int64_t at_us)
{
    const struct snapshot_epoch *found = NULL;
    for (size_t i = 0; i < s->n_epochs[level] && s->epochs[level][i].from_us <= at_us; i++) {
        found = &s->epochs[level][i];
    }
    return found;
}

static void begin(struct drawing *d, const char *name)
{
    geo_mvt_layer(d->mvt, name, GEO_MVT_EXTENT);
    d->code = geo_mvt_key(d->mvt, "code");
    d->name = geo_mvt_key(d->mvt, "name");
    d->kind = geo_mvt_key(d->mvt, "kind");
    d->approximate = geo_mvt_key(d->mvt, "approximate");
}

static void end_feature(struct drawing *d, size_t area)
{
    const struct snapshot_boundary *b = &d->s->boundaries[d->epoch->boundaries[area]];
    geo_mvt_string(d->mvt, d->code, str_of(b->code));
    geo_mvt_string(d->mvt, d->name, str_of(b->name));
    geo_mvt_string(d->mvt, d->kind, str_of(b->kind));
    geo_mvt_bool(d->mvt, d->approximate, b->approximate);
    (void)geo_mvt_feature_end(d->mvt);
}

static enum status draw_areas(struct drawing *d, const char *name, struct strbuf *out,
                              struct err *e)
{
    enum status status = STATUS_OK;
    begin(d, name);
    for (size_t i = 0; i < geo_coverage_level_count(d->level) && status == STATUS_OK; i++) {
        if (geo_coverage_touches(d->level, i, &d->pen)) {
            geo_mvt_feature(d->mvt, GEO_MVT_POLYGON, (uint64_t)d->epoch->boundaries[i] + 1);
            status = geo_coverage_draw(d->level, i, &d->pen, d->mvt, e);
            end_feature(d, i);
        }
    }
    geo_mvt_layer_end(d->mvt, out);
    return status;
}

/* One point a unit for its name, in one tile only: drawn from the areas themselves, a name would be
 * there once for every tile that the unit reaches into. */
static void draw_labels(struct drawing *d, const char *name, struct strbuf *out)
{
    char label[64];
    struct geo_tile tile = d->pen.tile;
    double n = (double)(1U << tile.z);
    (void)snprintf(label, sizeof label, "%.50s_label", name);
    begin(d, label);
    for (size_t i = 0; i < geo_coverage_level_count(d->level); i++) {
        struct geo_tile at = geo_tile_at(d->epoch->labels[i], tile.z);
        if (d->epoch->labels[i].lon <= 180 && at.x == tile.x && at.y == tile.y) {
            struct geo_world world = geo_world_of(d->epoch->labels[i]);
            const struct geo_mvt_point p = {
                (int32_t)floor((world.x * n - tile.x) * GEO_MVT_EXTENT),
                (int32_t)floor((world.y * n - tile.y) * GEO_MVT_EXTENT)};
            geo_mvt_feature(d->mvt, GEO_MVT_POINT, (uint64_t)d->epoch->boundaries[i] + 1);
            geo_mvt_points(d->mvt, &p, 1);
            end_feature(d, i);
        }
    }
    geo_mvt_layer_end(d->mvt, out);
}

enum status tile_boundaries_draw(const struct snapshot *s, const struct tile_boundaries *wish,
                                 struct strbuf *out, struct err *e)
{
    struct drawing d = {.s = s,
                        .epoch = epoch_at(s, wish->level, wish->at_us),
                        .pen = {.tile = wish->tile, .buffer = BUFFER}};
    uint32_t z = wish->tile.z < SNAPSHOT_LEVEL_MIN       ? SNAPSHOT_LEVEL_MIN
                 : wish->tile.z > GEO_COVERAGE_FULL_ZOOM ? GEO_COVERAGE_FULL_ZOOM
                                                         : wish->tile.z;
    if (d.epoch == NULL || d.epoch->levels == NULL) {
        return STATUS_OK;
    }
    d.level = d.epoch->levels[z];
    enum status status = geo_mvt_create(LAYER_MAX, &d.mvt, e);
    if (status == STATUS_OK) {
        status = draw_areas(&d, wish->name, out, e);
    }
    if (status == STATUS_OK) {
        draw_labels(&d, wish->name, out);
    }
    geo_coverage_pen_free(&d.pen);
    geo_mvt_destroy(d.mvt);
    return status == STATUS_OK && out->failed ? err_set(e, STATUS_NO_MEMORY, "a tile") : status;
}
