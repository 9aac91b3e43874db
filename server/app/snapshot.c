#include "server/app/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "geo/geo_coverage.h"
#include "server/base/arena.h"

struct snapshot *snapshot_acquire(struct snapshot *s)
{
    __atomic_add_fetch(&s->references, 1, __ATOMIC_RELAXED);
    return s;
}

static void release_epoch(struct snapshot_epoch *epoch)
{
    geo_area_set_destroy(epoch->areas);
    for (size_t z = 0; epoch->levels != NULL && z <= GEO_COVERAGE_FULL_ZOOM; z++) {
        geo_coverage_level_destroy(epoch->levels[z]);
    }
}

void snapshot_release(struct snapshot *s)
{
    if (s == NULL || __atomic_sub_fetch(&s->references, 1, __ATOMIC_ACQ_REL) != 0) {
        return;
    }
    for (int level = 0; level < LEVEL_COUNT; level++) {
        for (size_t i = 0; i < s->n_epochs[level]; i++) {
            release_epoch(&s->epochs[level][i]);
        }
    }
    geo_area_set_destroy(s->special_areas);
    for (size_t i = 0; i < s->n_questions; i++) {
        geo_near_destroy(s->questions[i].near);
    }
    route_rules_destroy(s->rules);
    route_deadlines_destroy(s->deadlines);
    likeness_terms_destroy(s->likeness);
    geo_gazetteer_destroy(s->gazetteer);
    arena_destroy(s->arena);
    free(s);
}

int64_t snapshot_before(const struct snapshot *s, int64_t at_us)
{
    int64_t began = INT64_MIN;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        for (size_t i = 0; i < s->n_epochs[level]; i++) {
            int64_t from = s->epochs[level][i].from_us;
            began = from <= at_us && from > began ? from : began;
        }
    }
    return began == INT64_MIN ? began : began - 1;
}

int32_t snapshot_boundary_at(const struct snapshot *s, enum boundary_level level,
                             struct geo_point point, int64_t at_us)
{
    const struct snapshot_epoch *epochs = s->epochs[level];
    size_t n = s->n_epochs[level];
    while (n > 0 && epochs[n - 1].from_us > at_us) {
        n--; /* a handful: reforms are years apart */
    }
    if (n == 0 || epochs[n - 1].areas == NULL) {
        return -1;
    }
    int32_t area = geo_area_at(epochs[n - 1].areas, point);
    return area < 0 ? -1 : epochs[n - 1].boundaries[area];
}

struct route_deadline snapshot_category_deadline(const struct snapshot_category *category)
{
    if (category->deadline_hours > 0) {
        return (struct route_deadline){ROUTE_DEADLINE_HOURS, category->deadline_hours};
    }
    if (category->deadline_working_days > 0) {
        return (struct route_deadline){ROUTE_DEADLINE_WORKING_DAYS,
                                       category->deadline_working_days};
    }
    return (struct route_deadline){ROUTE_DEADLINE_INHERIT, 0};
}

int32_t snapshot_category_find(const struct snapshot *s, const char *code)
{
    if (s->category_codes.slots != NULL) {
        size_t at = 0;
        return code_table_find(&s->category_codes, str_of(code), &at);
    }
    for (size_t i = 0; i < s->n_categories; i++) {
        if (strcmp(s->categories[i].code, code) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}
