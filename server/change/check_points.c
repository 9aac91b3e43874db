#include "server/change/check_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_distance.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/store/store_check.h"

#define FEATURES_MAX "400"
#define CITY_SIDE    24 /* points across the city, each way, of a rule that names no place */
#define TEXT_MAX     ((size_t)1 << 20)

static bool add_point(struct check_points *out, struct geo_point p)
{
    struct geo_point *at = array_grow(out->at, &out->cap, out->n + 1, sizeof(*at));
    if (at == NULL) {
        return false;
    }
    out->at = at;
    out->at[out->n++] = p;
    return true;
}

static enum status no_memory(struct err *e)
{
    return err_set(e, STATUS_NO_MEMORY, "no memory for a check");
}

static enum status add_rows(struct db_sync *db, const char *sql, size_t n,
                            const char *const params[], struct check_points *out, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, sql, n, params, &rows, e);
    for (size_t i = 0; status == STATUS_OK && i < db_rows_count(rows); i++) {
        struct geo_point p = {db_rows_double(rows, i, 0), db_rows_double(rows, i, 1)};
        status = add_point(out, p) ? STATUS_OK : no_memory(e);
    }
    db_rows_free(rows);
    return status;
}

/* To each point from `from` on two more, at that distance on opposite sides, turning round: near a
 * feature and not on it. */
static enum status add_beside(struct check_points *out, size_t from, double metres, struct err *e)
{
    for (size_t i = from, n = out->n; i < n; i++) {
        struct geo_degree d = geo_metres_per_degree(out->at[i].lat);
        double x = metres * cos((double)i * 2.4) / d.lon;
        double y = metres * sin((double)i * 2.4) / d.lat;
        struct geo_point p = out->at[i];
        if (!add_point(out, (struct geo_point){p.lon + x, p.lat + y}) ||
            !add_point(out, (struct geo_point){p.lon - x, p.lat - y})) {
            return no_memory(e);
        }
    }
    return STATUS_OK;
}

/* {"a","b"}: an array as PostgreSQL reads it. */
static void append_array(struct strbuf *out, const char *const *values, size_t n)
{
    strbuf_append_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        strbuf_append_z(out, i == 0 ? "\"" : ",\"");
        for (const char *c = values[i]; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\') {
                strbuf_append_char(out, '\\');
            }
            strbuf_append_char(out, *c);
        }
        strbuf_append_char(out, '"');
    }
    strbuf_append_char(out, '}');
}

static void append_filters(struct strbuf *out, const struct route_condition *c)
{
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < c->n_filters; i++) {
        const struct route_filter *f = &c->filters[i];
        strbuf_append_z(out, i == 0 ? "{" : ",{");
        json_text_field(out, "attribute", f->attribute);
        json_text_key(out, "values");
        strbuf_append_char(out, '[');
        for (size_t k = 0; k < f->n_values; k++) {
            strbuf_append_z(out, k == 0 ? "" : ",");
            json_text_string(out, f->values[k]);
        }
        strbuf_append_char(out, ']');
        json_text_field_bool(out, "negated", f->negated);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

static const char *level_name(enum route_reach level)
{
    return level == ROUTE_REACH_DISTRICT ? "district" : "ward";
}

/* The units that the rule is confined to; NULL: to none. */
static const struct route_condition *confined(const struct route_rule *rule)
{
    for (size_t i = 0; i < rule->n_conditions; i++) {
        const struct route_condition *c = &rule->conditions[i];
        if (c->kind == ROUTE_IF_BOUNDARY && !c->negated) {
            return c;
        }
    }
    return NULL;
}

static enum status add_condition(struct db_sync *db, const struct route_rule *rule,
                                 const struct route_condition *c, const char *day,
                                 struct check_points *out, struct err *e)
{
    enum status status = STATUS_OK;
    struct strbuf codes;
    struct strbuf filters;
    strbuf_init(&codes, TEXT_MAX);
    strbuf_init(&filters, TEXT_MAX);
    if (c->kind == ROUTE_IF_BOUNDARY || c->kind == ROUTE_IF_JURISDICTION) {
        append_array(&codes, c->values, c->n_values);
    }
    if (c->kind == ROUTE_IF_BOUNDARY) {
        status = add_rows(db, STORE_CHECK_POINTS_UNITS, 3,
                          (const char *const[]){level_name(c->level), codes.p, day}, out, e);
    } else if (c->kind == ROUTE_IF_JURISDICTION) {
        status = add_rows(db, STORE_CHECK_POINTS_JURISDICTIONS, 2,
                          (const char *const[]){codes.p, day}, out, e);
    } else if (c->kind == ROUTE_IF_LAYER || c->kind == ROUTE_IF_NEAR) {
        const struct route_condition *within = confined(rule);
        append_filters(&filters, c);
        if (within != NULL) {
            append_array(&codes, within->values, within->n_values);
        }
        const char *const params[] = {c->key,
                                      filters.p,
                                      within == NULL ? "ward" : level_name(within->level),
                                      within == NULL ? NULL : codes.p,
                                      day,
                                      FEATURES_MAX,
                                      c->kind == ROUTE_IF_NEAR ? "t" : "f"};
        size_t from = out->n;
        status = add_rows(db, STORE_CHECK_POINTS_LAYER, 7, params, out, e);
        if (status == STATUS_OK && c->kind == ROUTE_IF_NEAR) {
            status = add_beside(out, from, 0.6 * c->metres, e);
        }
    }
    if (status == STATUS_OK && (codes.failed || filters.failed)) {
        status = no_memory(e);
    }
    strbuf_free(&codes);
    strbuf_free(&filters);
    return status;
}

static enum status add_city(const struct snapshot *s, int64_t at_us, struct check_points *out,
                            struct err *e)
{
    struct geo_box box = s->city.box;
    for (int i = 0; i < CITY_SIDE * CITY_SIDE; i++) {
        int row = i / CITY_SIDE;
        double x = (i % CITY_SIDE + 0.5) / CITY_SIDE;
        double y = (row + 0.5) / CITY_SIDE;
        struct geo_point p = {box.west + x * (box.east - box.west),
                              box.south + y * (box.north - box.south)};
        bool inside = snapshot_boundary_at(s, LEVEL_WARD, p, at_us) >= 0 ||
                      snapshot_boundary_at(s, LEVEL_DISTRICT, p, at_us) >= 0;
        if (inside && !add_point(out, p)) {
            return no_memory(e);
        }
    }
    return STATUS_OK;
}

enum status check_points_for(struct db_sync *db, const struct snapshot *s,
                             const struct route_rule *rule, int64_t at_us, struct check_points *out,
                             struct err *e)
{
    char day[CLOCK_TEXT_MAX];
    enum status status = STATUS_OK;
    *out = (struct check_points){.n = 0};
    (void)clock_format(at_us, day);
    for (size_t i = 0; i < rule->n_conditions && status == STATUS_OK; i++) {
        if (!rule->conditions[i].negated) {
            status = add_condition(db, rule, &rule->conditions[i], day, out, e);
        }
    }
    return status == STATUS_OK && out->n == 0 ? add_city(s, at_us, out, e) : status;
}

void check_points_free(struct check_points *points)
{
    free(points->at);
    *points = (struct check_points){.n = 0};
}
