/* What tiles of boundaries are drawn from: every generation simplified for every zoom. */
#include "geo/geo_coverage.h"
#include "server/base/arena.h"
#include "server/store/snapshot_build.h"

static enum status build_levels(struct snapshot_epoch *epoch, const struct geo_coverage *coverage,
                                struct err *e)
{
    enum status status = STATUS_OK;
    for (uint32_t z = SNAPSHOT_LEVEL_MIN; z <= GEO_COVERAGE_FULL_ZOOM && status == STATUS_OK; z++) {
        status = geo_coverage_level_create(coverage, z, &epoch->levels[z], e);
    }
    return status;
}

static void find_labels(struct snapshot_epoch *epoch, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!geo_area_interior_point(epoch->areas, i, &epoch->labels[i])) {
            epoch->labels[i] = (struct geo_point){200, 100}; /* in no tile */
        }
    }
}

enum status snapshot_build_levels(struct snapshot_load *l, const struct geo_area_source *sources,
                                  size_t n, struct snapshot_epoch *epoch, struct err *e)
{
    struct geo_coverage *coverage = NULL;
    epoch->levels =
        arena_calloc(l->s->arena, GEO_COVERAGE_FULL_ZOOM + 1, sizeof(struct geo_coverage_level *));
    epoch->labels = arena_calloc(l->s->arena, n + 1, sizeof(*epoch->labels));
    if (epoch->levels == NULL || epoch->labels == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for boundaries");
    }
    find_labels(epoch, n);
    enum status status = geo_coverage_create(sources, n, GEO_COVERAGE_SNAP_M, &coverage, e);
    if (status == STATUS_OK) {
        status = build_levels(epoch, coverage, e);
    }
    geo_coverage_destroy(coverage);
    return status;
}
