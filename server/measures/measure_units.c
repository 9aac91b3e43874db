#include "server/measures/measure_units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "geo/geo_area.h"
#include "server/base/clock.h"

#define S_US      INT64_C(1000000)
#define DAY_S     INT64_C(86400)
#define NOT_KNOWN ((double)NAN)

const char *const measure_by_names[BY_N] = {
    [BY_WARD] = "ward",     [BY_DISTRICT] = "district", [BY_HEXAGON] = "hexagon",
    [BY_AGENCY] = "agency", [BY_CATEGORY] = "category", [BY_CHANNEL] = "channel",
    [BY_STATUS] = "status", [BY_DAY] = "day",           [BY_WEEK] = "week",
    [BY_MONTH] = "month",
};

static const struct measure_base no_base = {NOT_KNOWN, NOT_KNOWN, NOT_KNOWN};

/* One period's counting. */
struct counting {
    const struct measure_question *q;
    struct arena *arena;
    struct geo_heat_query *query;
    struct measure_answer *out;
    bool before; /* the earlier period: into the units' `before` */
};

static struct geo_heat_sums *sums_of(const struct counting *c, size_t i)
{
    return c->before ? &c->out->units[i].before : &c->out->units[i].now;
}

static enum status no_memory(struct err *e)
{
    return err_set(e, STATUS_NO_MEMORY, "no memory for statistics");
}

/* --- by place --------------------------------------------------------------------------------- */

static struct geo_box degrees_of(const struct geo_heat_box *square)
{
    struct geo_point nw =
        geo_heat_place_point((struct geo_heat_place){square->west, square->north});
    struct geo_point se =
        geo_heat_place_point((struct geo_heat_place){square->east, square->south});
    return (struct geo_box){nw.lon, se.lat, se.lon, nw.lat};
}

static int32_t area_of_square(void *arg, const struct geo_heat_box *square)
{
    int32_t area = 0;
    if (!geo_area_at_box(arg, degrees_of(square), &area)) {
        return GEO_HEAT_ZONE_MIXED;
    }
    return area < 0 ? GEO_HEAT_ZONE_NONE : area;
}

static int32_t area_of_place(void *arg, struct geo_heat_place place)
{
    int32_t area = geo_area_at(arg, geo_heat_place_point(place));
    return area < 0 ? GEO_HEAT_ZONE_NONE : area;
}

static int32_t hexagon_of_place(void *arg, struct geo_heat_place place)
{
    int32_t number = geo_hex_at(arg, geo_heat_place_point(place));
    return number < 0 ? GEO_HEAT_ZONE_NONE : number;
}

/* A hexagon is convex: a square whose corners it holds lies in it. */
static int32_t hexagon_of_square(void *arg, const struct geo_heat_box *s)
{
    const struct geo_heat_place corners[4] = {
        {s->west, s->north}, {s->east, s->north}, {s->west, s->south}, {s->east, s->south}};
    int32_t first = hexagon_of_place(arg, corners[0]);
    for (int i = 1; i < 4; i++) {
        if (hexagon_of_place(arg, corners[i]) != first) {
            return GEO_HEAT_ZONE_MIXED;
        }
    }
    return first == GEO_HEAT_ZONE_NONE ? GEO_HEAT_ZONE_MIXED : first;
}

static const struct snapshot_epoch *epoch_at(const struct snapshot *s, enum boundary_level level,
                                             int64_t at_us, int64_t *until_us)
{
    const struct snapshot_epoch *found = NULL;
    *until_us = INT64_MAX;
    for (size_t i = 0; i < s->n_epochs[level]; i++) {
        if (s->epochs[level][i].from_us > at_us) {
            *until_us = s->epochs[level][i].from_us;
            break;
        }
        found = &s->epochs[level][i];
    }
    return found == NULL || found->areas == NULL ? NULL : found;
}

static enum status count_zones(const struct counting *c, const struct geo_heat_zones *zones,
                               struct err *e)
{
    struct geo_heat_sums *sums = arena_calloc(c->arena, zones->n + 1, sizeof(*sums));
    if (sums == NULL) {
        return no_memory(e);
    }
    geo_heat_by_zone(c->query, zones, sums);
    for (size_t i = 0; i < c->out->n; i++) {
        *sums_of(c, i) = sums[i];
    }
    return STATUS_OK;
}

static enum status count_boundaries(const struct counting *c, struct err *e)
{
    const struct snapshot *s = c->q->snapshot;
    struct measure_answer *out = c->out;
    enum boundary_level level = c->q->by == BY_WARD ? LEVEL_WARD : LEVEL_DISTRICT;
    const struct snapshot_epoch *epoch =
        epoch_at(s, level, c->q->generation_us, &out->generation_to_us);
    if (epoch == NULL) {
        return err_set(e, STATUS_NOT_FOUND, "no %s is in force then", measure_by_names[c->q->by]);
    }
    out->generation_from_us = epoch->from_us;
    struct geo_heat_zones zones = {area_of_square, area_of_place, epoch->areas,
                                   geo_area_count(epoch->areas)};
    if (out->units == NULL) {
        out->n = zones.n;
        out->units = arena_calloc(c->arena, zones.n + 1, sizeof(*out->units));
    }
    for (size_t i = 0; out->units != NULL && i < zones.n; i++) {
        const struct snapshot_boundary *b = &s->boundaries[epoch->boundaries[i]];
        struct measure_unit *u = &out->units[i];
        u->code = b->code;
        u->name = u->name_en = b->name;
        u->kind = b->kind;
        u->base = (struct measure_base){b->area_km2, b->residents, b->road_km};
        u->approximate = b->residents_approximate;
    }
    return out->units == NULL ? no_memory(e) : count_zones(c, &zones, e);
}

/* Hexagons with a complaint in either period become units. */
static enum status count_hexagons(const struct counting *c, struct err *e)
{
    struct measure_answer *out = c->out;
    if (!geo_hex_grid_make(c->q->snapshot->city.box, c->q->hexagon_m, MEASURE_HEXAGONS_MAX,
                           &out->grid)) {
        return err_set(e, STATUS_INVALID, "hexagons are too small for the city");
    }
    struct geo_heat_zones zones = {hexagon_of_square, hexagon_of_place, &out->grid,
                                   geo_hex_count(&out->grid)};
    if (out->units == NULL) {
        out->n = zones.n;
        out->units = arena_calloc(c->arena, zones.n + 1, sizeof(*out->units));
    }
    return out->units == NULL ? no_memory(e) : count_zones(c, &zones, e);
}

static enum status keep_hexagons(struct measure_answer *out, struct arena *arena, struct err *e)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        struct measure_unit u = out->units[i];
        if (u.now.count == 0 && u.before.count == 0) {
            continue;
        }
        u.hex = geo_hex_of(&out->grid, (int32_t)i);
        u.code = u.name = u.name_en = arena_printf(arena, "%d,%d", u.hex.column, u.hex.row);
        u.kind = "";
        u.base = no_base;
        u.base.area_km2 = geo_hex_area_km2(&out->grid, u.hex);
        if (u.code == NULL) {
            return no_memory(e);
        }
        out->units[kept++] = u;
    }
    out->n = kept;
    return STATUS_OK;
}

/* --- by a column ------------------------------------------------------------------------------ */

static void name_unit(const struct measure_question *q, int32_t value, struct measure_unit *u)
{
    const struct snapshot *s = q->snapshot;
    for (size_t i = 0; q->by == BY_AGENCY && i < s->n_agencies; i++) {
        if (s->agencies[i].id == value) {
            const struct snapshot_agency *a = &s->agencies[i];
            u->code = a->code;
            u->name = a->name;
            u->name_en = a->name_en[0] == '\0' ? a->name : a->name_en;
            u->kind = a->kind;
        }
    }
    for (size_t i = 0; q->by == BY_CATEGORY && i < s->n_categories; i++) {
        if (s->categories[i].id == value) {
            u->code = s->categories[i].code;
            u->name = s->categories[i].name_vi;
            u->name_en = s->categories[i].name_en;
        }
    }
    bool status = q->by == BY_STATUS;
    size_t n = status ? q->n_statuses : q->by == BY_CHANNEL ? q->n_channels : 0;
    if (value >= 0 && (size_t)value < n) {
        u->code = u->name = u->name_en = status ? q->statuses[value] : q->channels[value];
    }
}

static struct measure_unit *unit_for(const struct counting *c, size_t cap, int32_t value)
{
    struct measure_unit u = {.code = "", .name = "", .name_en = "", .kind = "", .base = no_base};
    struct measure_answer *out = c->out;
    name_unit(c->q, value, &u);
    for (size_t i = 0; i < out->n; i++) {
        if (strcmp(out->units[i].code, u.code) == 0) {
            return &out->units[i];
        }
    }
    if (u.code[0] == '\0' || out->n == cap) {
        return NULL; /* newer than the snapshot: it is in the total */
    }
    out->units[out->n] = u;
    return &out->units[out->n++];
}

static enum status count_column(const struct counting *c, struct err *e)
{
    static const enum geo_heat_column columns[BY_N] = {[BY_AGENCY] = GEO_HEAT_AGENCY,
                                                       [BY_CATEGORY] = GEO_HEAT_CATEGORY,
                                                       [BY_CHANNEL] = GEO_HEAT_CHANNEL,
                                                       [BY_STATUS] = GEO_HEAT_STATUS};
    const struct snapshot *s = c->q->snapshot;
    size_t cap = s->n_agencies + s->n_categories + 64;
    struct geo_heat_group *groups = arena_calloc(c->arena, cap, sizeof(*groups));
    if (c->out->units == NULL) {
        c->out->units = arena_calloc(c->arena, cap, sizeof(*c->out->units));
    }
    if (groups == NULL || c->out->units == NULL) {
        return no_memory(e);
    }
    size_t n = geo_heat_groups(c->query, &geo_heat_everywhere, columns[c->q->by], groups, cap);
    for (size_t i = 0; i < n && i < cap; i++) {
        struct measure_unit *u = unit_for(c, cap, groups[i].value);
        if (u != NULL) {
            *(c->before ? &u->before : &u->now) = groups[i].sums;
        }
    }
    return STATUS_OK;
}

/* --- by time ---------------------------------------------------------------------------------- */

/* Local midnight of the first day of the step that holds the instant. */
static int64_t step_start(enum measure_by by, int64_t us)
{
    char text[CLOCK_TEXT_MAX];
    int64_t start = us;
    if (by == BY_WEEK) {
        int64_t local_s = us / S_US + clock_offset_s(us);
        int64_t day = local_s / DAY_S - (local_s % DAY_S < 0 ? 1 : 0);
        int64_t weekday = ((day + 3) % 7 + 7) % 7; /* from Monday; 1970 began on a Thursday */
        us -= weekday * DAY_S * S_US;
    }
    clock_format(us, text);
    text[10] = '\0';
    if (by == BY_MONTH) {
        text[8] = '0';
        text[9] = '1';
    }
    return clock_parse_any(str_of(text), &start) ? start : us;
}

static int64_t step_next(enum measure_by by, int64_t start)
{
    int64_t days = by == BY_DAY ? 1 : by == BY_WEEK ? 7 : 31;
    return step_start(by, start + days * DAY_S * S_US + DAY_S * S_US / 2);
}

/* Without a first day: a month of days, half a year of weeks, two years of months. */
static int64_t series_begin(const struct measure_question *q, int64_t until_us)
{
    static const int64_t days[BY_N] = {[BY_DAY] = 30, [BY_WEEK] = 26 * 7, [BY_MONTH] = 730};
    return q->filter.has_from ? q->filter.from_s * S_US : until_us - days[q->by] * DAY_S * S_US;
}

static enum status count_series(const struct counting *c, struct err *e)
{
    const struct measure_question *q = c->q;
    struct measure_answer *out = c->out;
    int64_t now_us = (int64_t)geo_heat_view_now(q->view) * S_US;
    int64_t until = q->filter.has_to ? q->filter.to_s * S_US : now_us;
    uint32_t *bounds = arena_calloc(c->arena, MEASURE_STEPS_MAX + 2, sizeof(*bounds));
    out->units = arena_calloc(c->arena, MEASURE_STEPS_MAX + 1, sizeof(*out->units));
    if (bounds == NULL || out->units == NULL) {
        return no_memory(e);
    }
    int64_t at = step_start(q->by, series_begin(q, until));
    for (out->n = 0; at < until && out->n < MEASURE_STEPS_MAX; at = step_next(q->by, at)) {
        char text[CLOCK_TEXT_MAX];
        const char *day = arena_strndup(c->arena, clock_format(at, text), 10);
        if (day == NULL) {
            return no_memory(e);
        }
        out->units[out->n] = (struct measure_unit){
            .code = day, .name = day, .name_en = day, .kind = "", .base = no_base};
        bounds[out->n++] = at <= 0 ? 0 : (uint32_t)(at / S_US);
    }
    if (at < until) {
        return err_set(e, STATUS_INVALID, "more than %d steps", MEASURE_STEPS_MAX);
    }
    struct geo_heat_sums *sums = arena_calloc(c->arena, out->n + 1, sizeof(*sums));
    if (sums == NULL) {
        return no_memory(e);
    }
    bounds[out->n] = at <= 0 ? 0 : (uint32_t)(at / S_US);
    geo_heat_series(c->query, &geo_heat_everywhere, bounds, out->n + 1, sums);
    for (size_t i = 0; i < out->n; i++) {
        out->units[i].now = sums[i];
    }
    return STATUS_OK;
}

/* --- all -------------------------------------------------------------------------------------- */

static enum status count_period(struct counting *c, const struct geo_heat_filter *filter,
                                struct err *e)
{
    enum status status = geo_heat_query_create(c->q->view, filter, &c->query, e);
    if (status != STATUS_OK) {
        return status;
    }
    struct geo_heat_sums *total = c->before ? &c->out->total_before : &c->out->total;
    *total = geo_heat_sum(c->query, &geo_heat_everywhere);
    if (c->q->by == BY_WARD || c->q->by == BY_DISTRICT) {
        status = count_boundaries(c, e);
    } else if (c->q->by == BY_HEXAGON) {
        status = count_hexagons(c, e);
    } else if (c->q->by <= BY_STATUS) {
        status = count_column(c, e);
    } else {
        status = count_series(c, e);
    }
    geo_heat_query_destroy(c->query);
    return status;
}

enum status measure_units_count(const struct measure_question *q, struct arena *arena,
                                struct measure_answer *out, struct err *e)
{
    struct counting c = {.q = q, .arena = arena, .out = out};
    *out = (struct measure_answer){.before_scale = 1, .generation_to_us = INT64_MAX};
    enum status status = count_period(&c, &q->filter, e);
    if (status == STATUS_OK && q->compared && q->by < BY_DAY) {
        struct geo_heat_filter earlier = q->filter;
        earlier.from_s = q->before_from_s;
        earlier.to_s = q->before_to_s;
        earlier.has_from = earlier.has_to = true;
        c.before = true;
        out->before_scale = (double)(q->filter.to_s - q->filter.from_s) /
                            (double)(q->before_to_s - q->before_from_s);
        status = count_period(&c, &earlier, e);
    }
    if (status == STATUS_OK && q->by == BY_HEXAGON) {
        status = keep_hexagons(out, arena, e);
    }
    return status;
}
