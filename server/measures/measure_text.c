#include "server/measures/measure_text.h"

#include <math.h>
#include <string.h>

#include "geo/geo_area.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/measures/measure_report.h"
#include "server/measures/measure_sheet.h"
#include "server/measures/measure_table.h"

/* Six digits are more than any of it is worth. */
static void number(struct strbuf *out, double value)
{
    if (isfinite(value)) {
        strbuf_printf(out, "%.6g", value);
    } else {
        strbuf_append_z(out, "null");
    }
}

static void field(struct strbuf *out, const char *key, double value)
{
    json_text_key(out, key);
    number(out, value);
}

static void sums_json(struct strbuf *out, const struct geo_heat_sums *s)
{
    json_text_field_int(out, "count", s->count);
    json_text_field_int(out, "open", s->open);
    json_text_field_int(out, "late", s->late);
    json_text_field_int(out, "missed", s->missed);
    json_text_field_int(out, "rated", s->rated);
    json_text_field_int(out, "reopened", s->reopened);
}

static void values_json(struct strbuf *out, const struct measure_table *table, size_t i)
{
    json_text_key(out, "values");
    strbuf_append_char(out, '{');
    for (size_t k = 0; k < table->n_columns; k++) {
        enum measure m = table->columns[k].measure;
        double value = measure_value(measure_table_part(table, m, i, false));
        json_text_key(out, measure_names[m]);
        strbuf_append_char(out, '{');
        field(out, "value", value);
        if (!measure_is_count(m)) {
            field(out, "smoothed", table->columns[k].smoothed[i]);
        }
        if (table->compared) {
            double before = measure_table_before(table, m, i);
            field(out, "before", before);
            field(out, "change", value - before);
            field(out, "surprise", measure_table_surprise(table, m, i));
        }
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, '}');
}

static void unit_json(struct strbuf *out, const struct measure_table *table, size_t i)
{
    const struct measure_unit *u = &table->t->answer->units[i];
    enum measure_by by = table->t->question->by;
    json_text_field(out, "code", u->code);
    json_text_key(out, "name");
    strbuf_append_char(out, '{');
    json_text_field(out, "vi", u->name);
    json_text_field(out, "en", u->name_en);
    strbuf_append_char(out, '}');
    if (by == BY_WARD || by == BY_DISTRICT) {
        json_text_field(out, "kind", u->kind);
        field(out, "residents", u->base.residents);
        json_text_field_bool(out, "residents_approximate", u->approximate);
        field(out, "road_km", u->base.road_km);
    }
    if (by <= BY_HEXAGON) {
        field(out, "area_km2", u->base.area_km2);
    }
    sums_json(out, &u->now);
    if (table->compared) {
        json_text_field_int(out, "count_before", u->before.count);
    }
    values_json(out, table, i);
}

static void total_json(struct strbuf *out, const char *key, const struct measure_table *table,
                       bool before)
{
    const struct measure_answer *a = table->t->answer;
    uint64_t inside = 0;
    for (size_t i = 0; i < a->n; i++) {
        inside += before ? a->units[i].before.count : a->units[i].now.count;
    }
    const struct geo_heat_sums *s = before ? &a->total_before : &a->total;
    json_text_key(out, key);
    strbuf_append_char(out, '{');
    sums_json(out, s);
    json_text_field_int(out, "outside", (int64_t)s->count - (int64_t)inside);
    strbuf_append_char(out, '}');
}

static void day_field(struct strbuf *out, const char *key, int64_t us)
{
    char text[CLOCK_TEXT_MAX];
    json_text_key(out, key);
    if (us == INT64_MAX || us == INT64_MIN) {
        strbuf_append_z(out, "null");
    } else {
        strbuf_printf(out, "\"%.10s\"", clock_format(us, text));
    }
}

static void head_json(struct strbuf *out, const struct measure_table *table)
{
    const struct measure_question *q = table->t->question;
    json_text_field(out, "by", measure_by_names[q->by]);
    if (q->by == BY_WARD || q->by == BY_DISTRICT) {
        json_text_key(out, "generation");
        strbuf_append_char(out, '{');
        day_field(out, "valid_from", table->t->answer->generation_from_us);
        day_field(out, "valid_to", table->t->answer->generation_to_us);
        strbuf_append_char(out, '}');
    }
    if (q->by == BY_HEXAGON) {
        field(out, "size_m", q->hexagon_m);
    }
    json_text_field_time(out, "at", (int64_t)geo_heat_view_now(q->view) * 1000000);
    if (table->compared) {
        field(out, "before_scale", table->t->answer->before_scale);
    }
    total_json(out, "total", table, false);
    if (table->compared) {
        total_json(out, "total_before", table, true);
    }
}

static void write_json(struct strbuf *out, const struct measure_table *table)
{
    strbuf_append_char(out, '{');
    head_json(out, table);
    json_text_key(out, "units");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < table->t->answer->n; i++) {
        strbuf_append_z(out, i == 0 ? "{" : ",{");
        unit_json(out, table, i);
        strbuf_append_char(out, '}');
    }
    strbuf_append_z(out, "]}");
}

/* --- GeoJSON ---------------------------------------------------------------------------------- */

static void hexagon_geometry(struct strbuf *out, const struct geo_hex_grid *grid,
                             struct geo_hex hex)
{
    struct geo_point c[6];
    geo_hex_corners(grid, hex, c);
    strbuf_append_z(out, "{\"type\":\"Polygon\",\"coordinates\":[[");
    for (int i = 0; i <= 6; i++) {
        strbuf_printf(out, "%s[%.6f,%.6f]", i == 0 ? "" : ",", c[i % 6].lon, c[i % 6].lat);
    }
    strbuf_append_z(out, "]]}");
}

/* A unit's shape comes with the tiles; here it is a point inside it. */
static void unit_geometry(struct strbuf *out, const struct measure_question *q, size_t i)
{
    const struct snapshot *s = q->snapshot;
    enum boundary_level level = q->by == BY_WARD ? LEVEL_WARD : LEVEL_DISTRICT;
    const struct geo_area_set *areas = NULL;
    struct geo_point p;
    for (size_t k = 0; k < s->n_epochs[level] && s->epochs[level][k].from_us <= q->generation_us;
         k++) {
        areas = s->epochs[level][k].areas;
    }
    if ((q->by == BY_WARD || q->by == BY_DISTRICT) && areas != NULL &&
        geo_area_interior_point(areas, i, &p)) {
        strbuf_printf(out, "{\"type\":\"Point\",\"coordinates\":[%.6f,%.6f]}", p.lon, p.lat);
    } else {
        strbuf_append_z(out, "null");
    }
}

static void write_geojson(struct strbuf *out, const struct measure_table *table)
{
    const struct measure_answer *a = table->t->answer;
    strbuf_append_z(out, "{\"type\":\"FeatureCollection\"");
    head_json(out, table);
    strbuf_append_z(out, ",\"features\":[");
    for (size_t i = 0; i < a->n; i++) {
        strbuf_append_z(out, i == 0 ? "" : ",");
        strbuf_append_z(out, "{\"type\":\"Feature\",\"properties\":{");
        unit_json(out, table, i);
        strbuf_append_z(out, "},\"geometry\":");
        if (table->t->question->by == BY_HEXAGON) {
            hexagon_geometry(out, &a->grid, a->units[i].hex);
        } else {
            unit_geometry(out, table->t->question, i);
        }
        strbuf_append_char(out, '}');
    }
    strbuf_append_z(out, "]}");
}

/* --- CSV -------------------------------------------------------------------------------------- */

/* Quoted; what a spreadsheet would take for a formula gets an apostrophe before it. */
static void cell_text(struct strbuf *out, const char *text)
{
    strbuf_append_char(out, '"');
    if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL) {
        strbuf_append_char(out, '\'');
    }
    for (const char *p = text; *p != '\0'; p++) {
        strbuf_append_z(out, *p == '"' ? "\"" : "");
        strbuf_append_char(out, *p);
    }
    strbuf_append_char(out, '"');
}

static void cell_number(struct strbuf *out, double value)
{
    strbuf_append_char(out, ',');
    if (isfinite(value)) {
        strbuf_printf(out, "%.6g", value);
    }
}

static void csv_head(struct strbuf *out, const struct measure_table *table)
{
    strbuf_append_z(out, "\xef\xbb\xbf" /* spreadsheets take it for UTF-8 then */
                         "code,name,kind,area_km2,residents,residents_approximate,road_km,"
                         "complaints,open_now,late_now,missed,rated");
    for (size_t k = 0; k < table->n_columns; k++) {
        const char *name = measure_names[table->columns[k].measure];
        strbuf_printf(out, ",%s", name);
        if (!measure_is_count(table->columns[k].measure)) {
            strbuf_printf(out, ",%s_smoothed", name);
        }
        if (table->compared) {
            strbuf_printf(out, ",%s_before,%s_change,%s_surprise", name, name, name);
        }
    }
    strbuf_append_z(out, "\r\n");
}

static void csv_row(struct strbuf *out, const struct measure_table *table, size_t i)
{
    const struct measure_unit *u = &table->t->answer->units[i];
    bool known = isfinite(u->base.residents);
    cell_text(out, u->code);
    strbuf_append_char(out, ',');
    cell_text(out, table->t->english ? u->name_en : u->name);
    strbuf_append_char(out, ',');
    cell_text(out, u->kind);
    cell_number(out, u->base.area_km2);
    cell_number(out, u->base.residents);
    strbuf_append_z(out, !known ? "," : u->approximate ? ",true" : ",false");
    cell_number(out, u->base.road_km);
    strbuf_printf(out, ",%u,%u,%u,%u,%u", u->now.count, u->now.open, u->now.late, u->now.missed,
                  u->now.rated);
    for (size_t k = 0; k < table->n_columns; k++) {
        enum measure m = table->columns[k].measure;
        double value = measure_value(measure_table_part(table, m, i, false));
        cell_number(out, value);
        if (!measure_is_count(m)) {
            cell_number(out, table->columns[k].smoothed[i]);
        }
        if (table->compared) {
            double before = measure_table_before(table, m, i);
            cell_number(out, before);
            cell_number(out, value - before);
            cell_number(out, measure_table_surprise(table, m, i));
        }
    }
    strbuf_append_z(out, "\r\n");
}

static void write_csv(struct strbuf *out, const struct measure_table *table)
{
    csv_head(out, table);
    for (size_t i = 0; i < table->t->answer->n; i++) {
        csv_row(out, table, i);
    }
}

void measure_text_write(const struct measure_text *t, enum measure_format format,
                        struct strbuf *out)
{
    struct measure_table table;
    if (!measure_table_make(t, &table)) {
        out->failed = true;
        return;
    }
    switch (format) {
    case MEASURE_JSON:
        write_json(out, &table);
        break;
    case MEASURE_GEOJSON:
        write_geojson(out, &table);
        break;
    case MEASURE_CSV:
        write_csv(out, &table);
        break;
    case MEASURE_XLSX:
        measure_sheet_write(&table, out);
        break;
    case MEASURE_PDF:
        measure_report_write(&table, out);
        break;
    case MEASURE_FORMATS:
        out->failed = true;
        break;
    }
}
