#include "server/change/check_grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_decide.h"
#include "server/base/clock.h"
#include "server/intake/placing.h"

#define GEOMETRY_MAX ((size_t)4 << 20)
#define PI           3.14159265358979323846

struct grid {
    const struct snapshot *s;
    int64_t at_us;
    int32_t columns, rows;
    double west, south;
    unsigned char *inside;   /* [row][column] */
    unsigned char *fallback; /* [category][row][column] */
    double *fallback_km2;    /* by category */
    double city_km2;
    struct check_conflicts *conflicts;
    struct placing_facts *facts;
};

static struct geo_point cell_middle(const struct grid *g, int32_t row, int32_t column)
{
    return (struct geo_point){g->west + (column + 0.5) * CHECK_GRID,
                              g->south + (row + 0.5) * CHECK_GRID};
}

/* On a sphere of the same area; good to a per cent, as the cells are. */
static double cell_km2(const struct grid *g, int32_t row)
{
    double lat = g->south + (row + 0.5) * CHECK_GRID;
    double side = CHECK_GRID * PI / 180 * 6371.0072;
    return side * side * cos(lat * PI / 180);
}

static void try_cell(struct grid *g, int32_t row, int32_t column)
{
    const struct snapshot *s = g->s;
    struct geo_point point = cell_middle(g, row, column);
    struct complaint_place place = {.has_point = true,
                                    .point = point,
                                    .match = PLACE_COORDINATE,
                                    .confidence = 1,
                                    .ward = snapshot_boundary_at(s, LEVEL_WARD, point, g->at_us),
                                    .district =
                                        snapshot_boundary_at(s, LEVEL_DISTRICT, point, g->at_us)};
    if (place.ward < 0 && place.district < 0) {
        return;
    }
    size_t cell = (size_t)row * (size_t)g->columns + (size_t)column;
    size_t cells = (size_t)g->rows * (size_t)g->columns;
    double km2 = cell_km2(g, row);
    struct complaint_draft draft = {.category = -1, .channel = "web"};
    g->inside[cell] = 1;
    g->city_km2 += km2;
    placing_facts_fill(g->facts, s, &draft, &place, g->at_us);
    for (size_t c = 0; c < s->n_categories; c++) {
        if (!s->categories[c].active) {
            continue;
        }
        g->facts->facts.category = (int32_t)c;
        struct route_decision d = route_decide(s->rules, &g->facts->facts);
        if (d.fallback) {
            g->fallback[c * cells + cell] = 1;
            g->fallback_km2[c] += km2;
        }
        check_conflicts_see(g->conflicts, s->rules, &d, (int32_t)c, point, km2);
    }
    placing_facts_clear(g->facts);
}

/* ---- what was found ---- */

static void rectangle(const struct grid *g, struct strbuf *out, int32_t row, int32_t from,
                      int32_t to)
{
    double w = g->west + from * CHECK_GRID;
    double e = g->west + to * CHECK_GRID;
    double s = g->south + row * CHECK_GRID;
    double n = s + CHECK_GRID;
    strbuf_printf(out, "%s[[[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f]]]",
                  out->p[out->n - 1] == '[' ? "" : ",", w, s, e, s, e, n, w, n, w, s);
}

/* Runs of cells in a row as rectangles. */
static void cells_geometry(const struct grid *g, const unsigned char *cells, struct strbuf *out)
{
    strbuf_append_z(out, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
    for (int32_t row = 0; row < g->rows; row++) {
        const unsigned char *line = cells + (size_t)row * (size_t)g->columns;
        for (int32_t at = 0; at < g->columns; at++) {
            int32_t from = at;
            while (at < g->columns && line[at]) {
                at++;
            }
            if (at > from) {
                rectangle(g, out, row, from, at);
            }
        }
    }
    strbuf_append_z(out, "]}");
}

static void add_fallbacks(const struct grid *g, struct check_list *list)
{
    size_t cells = (size_t)g->rows * (size_t)g->columns;
    for (size_t c = 0; c < g->s->n_categories; c++) {
        const struct snapshot_category *category = &g->s->categories[c];
        char vi[600];
        char en[600];
        struct strbuf geometry;
        if (g->fallback_km2[c] <= 0) {
            continue;
        }
        bool everywhere = g->fallback_km2[c] > 0.999 * g->city_km2;
        (void)snprintf(vi, sizeof(vi),
                       "%s: không quy tắc hay địa bàn nào nhận tại %s (%.1f km²); chỉ còn đơn vị "
                       "dự phòng.",
                       category->name_vi, everywhere ? "toàn thành phố" : "một phần thành phố",
                       g->fallback_km2[c]);
        (void)snprintf(en, sizeof(en),
                       "%s: no rule and no jurisdiction takes it in %s (%.1f km²); only the "
                       "fallback is left.",
                       category->name_en, everywhere ? "the whole city" : "part of the city",
                       g->fallback_km2[c]);
        strbuf_init(&geometry, GEOMETRY_MAX);
        if (!list->collecting) {
            cells_geometry(g, g->fallback + c * cells, &geometry);
        }
        check_list_add(
            list, &(struct check_finding){
                      .kind = "only_fallback",
                      .severity = CHECK_WARNING,
                      .subject = category->code,
                      .vi = vi,
                      .en = en,
                      .mend_vi = "Thêm một quy tắc hoặc địa bàn cho lĩnh vực này tại đó, hoặc xác "
                                 "nhận là cố ý.",
                      .mend_en = "Add a rule or jurisdiction for this category there, or confirm "
                                 "that it is meant so.",
                      .km2 = g->fallback_km2[c],
                      .geometry = geometry.failed || geometry.n == 0 ? NULL : geometry.p});
        strbuf_free(&geometry);
    }
}

static bool grid_init(struct grid *g, const struct snapshot *s)
{
    struct geo_box box = s->city.box;
    g->s = s;
    g->at_us = clock_now_us();
    g->west = floor(box.west / CHECK_GRID) * CHECK_GRID;
    g->south = floor(box.south / CHECK_GRID) * CHECK_GRID;
    g->columns = (int32_t)ceil((box.east - g->west) / CHECK_GRID);
    g->rows = (int32_t)ceil((box.north - g->south) / CHECK_GRID);
    if (g->columns <= 0 || g->rows <= 0 || g->columns > 4000 || g->rows > 4000) {
        g->columns = g->rows = 0; /* no city, or a country: nothing is tried */
    }
    size_t cells = (size_t)g->rows * (size_t)g->columns;
    g->inside = calloc(cells + 1, 1);
    g->fallback = calloc(cells * s->n_categories + 1, 1);
    g->fallback_km2 = calloc(s->n_categories + 1, sizeof(double));
    g->facts = calloc(1, sizeof(*g->facts));
    return g->inside != NULL && g->fallback != NULL && g->fallback_km2 != NULL && g->facts != NULL;
}

enum status check_grid(const struct check_options *o, const struct snapshot *s,
                       struct check_list *list, struct check_conflicts *conflicts, struct err *e)
{
    struct grid g = {.s = s, .conflicts = conflicts};
    enum status status = STATUS_OK;
    if (!grid_init(&g, s)) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for a check");
    }
    for (int32_t row = 0; row < g.rows && status == STATUS_OK; row++) {
        for (int32_t column = 0; column < g.columns; column++) {
            try_cell(&g, row, column);
        }
        if (o->progress != NULL && !o->progress(o->arg, row, g.rows)) {
            status = err_set(e, STATUS_TIMEOUT, "given up");
        }
    }
    if (status == STATUS_OK) {
        add_fallbacks(&g, list);
    }
    free(g.inside);
    free(g.fallback);
    free(g.fallback_km2);
    free(g.facts);
    return status;
}
