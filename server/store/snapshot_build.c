#include "server/store/snapshot_build.h"

#include <stdlib.h>
#include <string.h>

#include "geo/geo_text.h"
#include "server/base/arena.h"
#include "server/base/clock.h"

static int compare_instants(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The instants at which something of that level begins or ends, ascending, without repeats. */
static size_t change_instants(const struct snapshot *s, enum boundary_level level, int64_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_boundaries; i++) {
        if (s->boundaries[i].level == level) {
            out[n++] = s->boundaries[i].valid_from_us;
            out[n++] = s->boundaries[i].valid_to_us;
        }
    }
    qsort(out, n, sizeof(*out), compare_instants);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || out[kept - 1] != out[i]) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

/* The boundaries are in order of code, so an area's number follows it, and of two that cover a
 * point the smaller code wins. */
static enum status build_epoch(struct snapshot_load *l, enum boundary_level level, int64_t from,
                               struct snapshot_epoch *epoch, struct err *e)
{
    struct snapshot *s = l->s;
    struct geo_area_source *sources = arena_calloc(l->scratch, s->n_boundaries, sizeof(*sources));
    int32_t *numbers = arena_calloc(s->arena, s->n_boundaries, sizeof(*numbers));
    size_t n = 0;
    if (sources == NULL || numbers == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for boundaries");
    }
    for (size_t i = 0; i < s->n_boundaries; i++) {
        const struct snapshot_boundary *b = &s->boundaries[i];
        if (b->level == level && b->valid_from_us <= from && from < b->valid_to_us) {
            sources[n] = l->shapes[i];
            numbers[n++] = (int32_t)i;
        }
    }
    epoch->from_us = from;
    if (from != INT64_MIN) {
        char text[CLOCK_TEXT_MAX];
        memcpy(epoch->from_day, clock_format(from, text), sizeof epoch->from_day - 1);
    }
    epoch->boundaries = numbers;
    if (n == 0) {
        return STATUS_OK;
    }
    enum status status = geo_area_set_create(sources, n, &epoch->areas, e);
    if (status == STATUS_OK && l->maps) {
        status = snapshot_build_levels(l, sources, n, epoch, e);
    }
    return status;
}

enum status snapshot_build_epochs(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    int64_t *instants = arena_calloc(l->scratch, 2 * s->n_boundaries + 1, sizeof(*instants));
    if (instants == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for boundaries");
    }
    for (int level = 0; level < LEVEL_COUNT; level++) {
        size_t n = change_instants(s, (enum boundary_level)level, instants);
        s->epochs[level] = arena_calloc(s->arena, n + 1, sizeof(**s->epochs));
        if (s->epochs[level] == NULL) {
            return err_set(e, STATUS_NO_MEMORY, "no memory for boundaries");
        }
        for (size_t i = 0; i < n; i++) {
            s->n_epochs[level]++; /* before it is whole: what there is of it is freed */
            enum status status =
                build_epoch(l, (enum boundary_level)level, instants[i], &s->epochs[level][i], e);
            if (status != STATUS_OK) {
                return err_wrap(e, "boundaries");
            }
        }
    }
    if (l->n_special == 0) {
        return STATUS_OK;
    }
    return geo_area_set_create(l->special_shapes, l->n_special, &s->special_areas, e);
}

static const struct route_category *route_categories(struct snapshot_load *l)
{
    const struct snapshot *s = l->s;
    struct route_category *rows = arena_calloc(l->scratch, s->n_categories + 1, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < s->n_categories; i++) {
        const struct snapshot_category *c = &s->categories[i];
        rows[i] = (struct route_category){.code = c->code,
                                          .parent = c->parent,
                                          .name_vi = c->name_vi,
                                          .name_en = c->name_en,
                                          .urgent = c->urgent,
                                          .deadline = snapshot_category_deadline(c)};
    }
    return rows;
}

enum status snapshot_build_rules(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    if (s->n_categories == 0 || s->n_agencies == 0) {
        return STATUS_OK; /* no city yet */
    }
    struct route_rules_source source = {
        .categories = route_categories(l),
        .n_categories = s->n_categories,
        .agencies = l->agencies,
        .n_agencies = s->n_agencies,
        .desks = l->desks,
        .n_desks = s->n_desks,
        .jurisdictions = l->jurisdictions,
        .n_jurisdictions = s->n_jurisdictions,
        .units = snapshot_route_units(l),
        .n_units = s->n_boundaries,
        .layers = l->layers,
        .n_layers = l->n_layers,
        .rules = l->rules,
        .n_rules = l->n_rules,
        .version = l->rule_set_id,
        .fold = geo_text_fold,
        .calendar = l->calendar,
        .default_deadline = route_deadlines_step(s->deadlines, -1, false, ROUTE_STEP_RESOLVE),
    };
    if (source.categories == NULL || source.units == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    return route_rules_create(&source, &s->rules, e);
}

/* Every boundary of every generation over a point, for the gazetteer's index. */
static size_t units_at(void *context, struct geo_point point, int32_t *units, size_t max)
{
    const struct snapshot *s = context;
    size_t n = 0;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        for (size_t i = 0; i < s->n_epochs[level] && n < max; i++) {
            const struct snapshot_epoch *epoch = &s->epochs[level][i];
            int32_t area = epoch->areas == NULL ? -1 : geo_area_at(epoch->areas, point);
            bool known = area < 0;
            for (size_t k = 0; !known && k < n; k++) {
                known = units[k] == epoch->boundaries[area];
            }
            if (!known) {
                units[n++] = epoch->boundaries[area];
            }
        }
    }
    return n;
}

/* The text beside the code in rows that are sorted by code; NULL: not there. */
static const char *beside(const struct db_rows *r, const char *code)
{
    size_t low = 0;
    size_t high = db_rows_count(r);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = strcmp(db_rows_text(r, middle, 0), code);
        if (c == 0) {
            return db_rows_text(r, middle, 1);
        }
        low = c < 0 ? middle + 1 : low;
        high = c < 0 ? high : middle;
    }
    return NULL;
}

/* The number of the ward that holds when the other ends; -1: none of that code. */
static int32_t ward_after(const struct snapshot *s, const struct snapshot_boundary *b,
                          const char *code)
{
    for (size_t i = 0; code != NULL && i < s->n_boundaries; i++) {
        const struct snapshot_boundary *other = &s->boundaries[i];
        if (other->level == LEVEL_WARD && other->valid_from_us <= b->valid_to_us &&
            b->valid_to_us < other->valid_to_us && strcmp(other->code, code) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* The units that begin with the epoch: so each boundary gives one row. */
static size_t unit_rows(const struct snapshot_load *l, const struct snapshot_epoch *epoch,
                        struct geo_gazetteer_row *rows)
{
    const struct snapshot *s = l->s;
    size_t n = 0;
    size_t count = epoch->areas == NULL ? 0 : geo_area_count(epoch->areas);
    for (size_t area = 0; area < count; area++) {
        const struct snapshot_boundary *b = &s->boundaries[epoch->boundaries[area]];
        struct geo_point inside;
        if (b->valid_from_us != epoch->from_us ||
            !geo_area_interior_point(epoch->areas, area, &inside)) {
            continue;
        }
        bool ward = b->level == LEVEL_WARD;
        int32_t after = ward ? ward_after(s, b, beside(l->went_into, b->code)) : -1;
        rows[n++] =
            (struct geo_gazetteer_row){.kind = ward ? GEO_GAZETTEER_WARD : GEO_GAZETTEER_DISTRICT,
                                       .name = b->name,
                                       .aliases = ward ? beside(l->old_wards, b->code) : NULL,
                                       .has_successor = after >= 0,
                                       .successor = after,
                                       .point = inside,
                                       .ward = -1,
                                       .district = -1,
                                       .unit = epoch->boundaries[area],
                                       .valid_from_us = b->valid_from_us,
                                       .valid_to_us = b->valid_to_us};
    }
    return n;
}

/* A little-endian WKB point or line string, as PostGIS writes it on this machine. */
static const struct geo_point *points_of(struct snapshot_load *l, const struct db_rows *r,
                                         size_t row, size_t *n)
{
    size_t size = 0;
    unsigned char *wkb = db_rows_bytes(r, row, 2, &size);
    uint32_t type = 0;
    uint32_t count = 1;
    struct geo_point *points = NULL;
    size_t header = 5;
    if (wkb != NULL && size >= 21 && wkb[0] == 1) {
        memcpy(&type, wkb + 1, sizeof(type));
        if (type == 2) {
            memcpy(&count, wkb + 5, sizeof(count));
            header = 9;
        }
        if ((type == 1 || type == 2) && size == header + (size_t)count * 16) {
            points = arena_alloc(l->scratch, (size_t)count * sizeof(*points));
        }
    }
    if (points != NULL) {
        memcpy(points, wkb + header, (size_t)count * 16);
        *n = count;
    }
    free(wkb);
    return points;
}

static size_t name_rows(struct snapshot_load *l, enum snapshot_gazetteer which,
                        struct geo_gazetteer_row *rows)
{
    static const enum geo_gazetteer_kind kinds[SNAPSHOT_GAZETTEERS] = {
        [SNAPSHOT_STREETS] = GEO_GAZETTEER_STREET,
        [SNAPSHOT_ADDRESSES] = GEO_GAZETTEER_ADDRESS,
        [SNAPSHOT_PLACES] = GEO_GAZETTEER_PLACE,
    };
    const struct db_rows *r = l->gazetteer_rows[which];
    size_t n = 0;
    for (size_t i = 0; i < db_rows_count(r); i++) {
        size_t count = 0;
        const struct geo_point *points = points_of(l, r, i, &count);
        if (points == NULL) {
            continue;
        }
        rows[n++] = (struct geo_gazetteer_row){
            .kind = kinds[which],
            .name = db_rows_null(r, i, 0) ? NULL : db_rows_text(r, i, 0),
            .aliases = db_rows_null(r, i, 1) ? NULL : db_rows_text(r, i, 1),
            .housenumber = db_rows_null(r, i, 3) ? NULL : db_rows_text(r, i, 3),
            .street = db_rows_null(r, i, 4) ? NULL : db_rows_text(r, i, 4),
            .derived = db_rows_bool(r, i, 5),
            .point = points[count / 2],
            .ward = -1,
            .district = -1,
            .unit = -1,
            .line = which == SNAPSHOT_STREETS ? points : NULL,
            .line_points = which == SNAPSHOT_STREETS ? count : 0};
    }
    return n;
}

enum status snapshot_build_gazetteer(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    struct geo_gazetteer_locator locator = {
        .units_at = units_at, .context = s, .metric_crs = s->city.metric_crs};
    size_t most = s->n_boundaries;
    for (int i = 0; i < SNAPSHOT_GAZETTEERS; i++) {
        most += db_rows_count(l->gazetteer_rows[i]);
    }
    if (most == 0) {
        return STATUS_OK;
    }
    struct geo_gazetteer_row *rows = arena_calloc(l->scratch, most, sizeof(*rows));
    if (rows == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for the gazetteer");
    }
    size_t n = 0;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        for (size_t i = 0; i < s->n_epochs[level]; i++) {
            n += unit_rows(l, &s->epochs[level][i], rows + n);
        }
    }
    for (int i = 0; i < SNAPSHOT_GAZETTEERS; i++) {
        n += name_rows(l, (enum snapshot_gazetteer)i, rows + n);
    }
    uint64_t began = clock_mono_ns();
    enum status status = geo_gazetteer_create(rows, n, &locator, &s->gazetteer, e);
    s->gazetteer_build_us = (clock_mono_ns() - began) / 1000;
    return status;
}
