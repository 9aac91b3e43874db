#include "server/measures/measure_report.h"

#include <cairo-pdf.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/base/clock.h"
#include "server/measures/measure_words.h"

/* Points of 1/72 inch. */
#define PAGE_WIDTH  595.0
#define PAGE_HEIGHT 842.0
#define MARGIN      42.0
#define INNER       (PAGE_WIDTH - 2 * MARGIN)
#define ROW_HEIGHT  17.0
#define FOOT        (PAGE_HEIGHT - MARGIN)
#define NAME_WIDTH  212.0
#define BAR_WIDTH   52.0
#define COLUMNS_MAX 5
#define ROWS_MAX    ((size_t)2000) /* more is for a spreadsheet */
#define CELL_MAX    64

struct report {
    const struct measure_table *table;
    cairo_t *cairo;
    PangoLayout *layout;
    PangoFontDescription *font;
    double y;
    int page;
    bool english;
    enum measure columns[COLUMNS_MAX];
    size_t n_columns;
    size_t *order; /* of the units: most complaints first */
};

struct ink {
    double red, green, blue;
};
static const struct ink black = {0.08, 0.12, 0.18};
static const struct ink grey = {0.38, 0.43, 0.49};
static const struct ink bar = {0.17, 0.45, 0.70};
static const struct ink line = {0.80, 0.83, 0.87};

enum align { LEFT, RIGHT };

static const char *either(const struct report *r, const char *vi, const char *en)
{
    return r->english ? en : vi;
}

static void ink(const struct report *r, struct ink c)
{
    cairo_set_source_rgb(r->cairo, c.red, c.green, c.blue);
}

/* One line of text in a box, shortened with "…" where it is too long; returns its height. */
static double text_at(const struct report *r, double x, double width, enum align align,
                      const char *text)
{
    int height = 0;
    pango_layout_set_width(r->layout, (int)(width * PANGO_SCALE));
    pango_layout_set_alignment(r->layout, align == RIGHT ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_text(r->layout, text, -1);
    pango_layout_get_pixel_size(r->layout, NULL, &height);
    cairo_move_to(r->cairo, x, r->y);
    pango_cairo_show_layout(r->cairo, r->layout);
    return height;
}

static void letters(const struct report *r, double size, bool bold, struct ink colour)
{
    pango_font_description_set_absolute_size(r->font, size * PANGO_SCALE);
    pango_font_description_set_weight(r->font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(r->layout, r->font);
    ink(r, colour);
}

static void rule_across(const struct report *r)
{
    ink(r, line);
    cairo_set_line_width(r->cairo, 0.5);
    cairo_move_to(r->cairo, MARGIN, r->y);
    cairo_line_to(r->cairo, PAGE_WIDTH - MARGIN, r->y);
    cairo_stroke(r->cairo);
}

/* 1234567.8 as 1.234.567,8, or 1,234,567.8 in English. */
static const char *digits(const struct report *r, double value, int decimals, char out[CELL_MAX])
{
    char plain[CELL_MAX];
    int n = snprintf(plain, sizeof(plain), "%.*f", decimals, fabs(value));
    int whole = decimals > 0 ? n - decimals - 1 : n;
    size_t at = 0;
    if (value < 0) {
        out[at++] = '-';
    }
    for (int i = 0; i < n && at + 2 < CELL_MAX; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0) {
            out[at++] = r->english ? ',' : '.';
        }
        out[at++] = plain[i] != '.' ? plain[i] : r->english ? '.' : ',';
    }
    out[at] = '\0';
    return out;
}

static const char *figure(const struct report *r, enum measure m, double value, char out[CELL_MAX])
{
    if (!isfinite(value)) {
        return "–";
    }
    if (measure_is_share(m)) {
        char number[CELL_MAX];
        (void)snprintf(out, CELL_MAX, "%s %%", digits(r, value * 100, 1, number));
        return out;
    }
    return digits(r, value, measure_is_count(m) ? 0 : 2, out);
}

static void foot(struct report *r)
{
    char text[CELL_MAX];
    double y = r->y;
    r->page++;
    r->y = FOOT + 6;
    letters(r, 8, false, grey);
    (void)snprintf(text, sizeof(text), "%d", r->page);
    (void)text_at(r, MARGIN, INNER, RIGHT, text);
    (void)text_at(r, MARGIN, INNER, LEFT, r->table->t->question->snapshot->city.attribution);
    r->y = y;
}

static void new_page(struct report *r)
{
    foot(r);
    cairo_show_page(r->cairo);
    r->y = MARGIN;
}

static void title(struct report *r)
{
    const struct measure_text *t = r->table->t;
    const struct snapshot_city *city = &t->question->snapshot->city;
    letters(r, 10, false, grey);
    r->y += text_at(r, MARGIN, INNER, LEFT, r->english ? city->name_en : city->name_vi) + 2;
    letters(r, 20, true, black);
    r->y += text_at(r, MARGIN, INNER, LEFT,
                    either(r, "Báo cáo phản ánh 1022", "Report on complaints, 1022")) +
            6;
    letters(r, 10, false, black);
    for (size_t i = 0; i < t->n_notes; i++) {
        r->y += text_at(r, MARGIN, INNER, LEFT, t->notes[i]) + 1;
    }
    r->y += 10;
}

/* The whole in large figures. */
static void totals(struct report *r)
{
    static const enum measure shown[] = {MEASURE_COUNT, MEASURE_OPEN, MEASURE_LATE, MEASURE_ON_TIME,
                                         MEASURE_SATISFACTION};
    const size_t n = sizeof(shown) / sizeof(shown[0]);
    const struct measure_base none = {NAN, NAN, NAN};
    double width = INNER / (double)n;
    double y = r->y;
    for (size_t i = 0; i < n; i++) {
        char cell[CELL_MAX];
        double x = MARGIN + (double)i * width;
        double value = measure_value(measure_part_of(shown[i], &r->table->t->answer->total, &none));
        r->y = y;
        letters(r, 19, true, black);
        r->y += text_at(r, x, width - 8, LEFT, figure(r, shown[i], value, cell));
        letters(r, 9, false, grey);
        r->y += text_at(r, x, width - 8, LEFT, measure_word(shown[i], r->english));
    }
    r->y += 16;
}

static double column_x(const struct report *r, size_t k)
{
    double width = (INNER - NAME_WIDTH - BAR_WIDTH) / (double)r->n_columns;
    return MARGIN + NAME_WIDTH + BAR_WIDTH + (double)k * width;
}

static void table_head(struct report *r)
{
    double width = column_x(r, 1) - column_x(r, 0);
    double height = 0;
    letters(r, 8, true, grey);
    (void)text_at(r, MARGIN, NAME_WIDTH, LEFT,
                  measure_by_word(r->table->t->question->by, r->english));
    for (size_t k = 0; k < r->n_columns; k++) {
        height = text_at(r, column_x(r, k), width, RIGHT, measure_word(r->columns[k], r->english));
    }
    r->y += height + 3;
    rule_across(r);
    r->y += 3;
}

static void table_row(struct report *r, size_t i, double most)
{
    const struct measure_unit *u = &r->table->t->answer->units[i];
    double width = column_x(r, 1) - column_x(r, 0);
    double share = most > 0 ? u->now.count / most : 0;
    letters(r, 10, false, black);
    (void)text_at(r, MARGIN, NAME_WIDTH - 8, LEFT, r->english ? u->name_en : u->name);
    for (size_t k = 0; k < r->n_columns; k++) {
        char cell[CELL_MAX];
        double value = measure_value(measure_table_part(r->table, r->columns[k], i, false));
        (void)text_at(r, column_x(r, k), width, RIGHT, figure(r, r->columns[k], value, cell));
    }
    ink(r, bar);
    cairo_rectangle(r->cairo, MARGIN + NAME_WIDTH, r->y + 3, (BAR_WIDTH - 8) * share, 8);
    cairo_fill(r->cairo);
    r->y += ROW_HEIGHT;
}

static void table_of_units(struct report *r)
{
    const struct measure_answer *a = r->table->t->answer;
    double most = 0;
    for (size_t i = 0; i < a->n; i++) {
        most = fmax(most, a->units[i].now.count);
    }
    table_head(r);
    for (size_t i = 0; i < a->n && i < ROWS_MAX; i++) {
        if (r->y + ROW_HEIGHT > FOOT) {
            new_page(r);
            table_head(r);
        }
        table_row(r, r->order[i], most);
    }
    if (a->n > ROWS_MAX) {
        char text[CELL_MAX];
        (void)snprintf(text, sizeof(text), r->english ? "… and %zu rows more" : "… và %zu dòng nữa",
                       a->n - ROWS_MAX);
        letters(r, 9, false, grey);
        r->y += text_at(r, MARGIN, INNER, LEFT, text);
    }
    r->y += 10;
}

static void meanings(struct report *r)
{
    for (size_t k = 0; k < r->n_columns; k++) {
        char text[400];
        if (r->y + ROW_HEIGHT > FOOT) {
            new_page(r);
        }
        (void)snprintf(text, sizeof(text), "%s: %s.", measure_word(r->columns[k], r->english),
                       measure_meaning(r->columns[k], r->english));
        letters(r, 8.5, false, grey);
        r->y += text_at(r, MARGIN, INNER, LEFT, text) + 1;
    }
}

struct ranked {
    uint32_t count;
    size_t number;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

/* Series stay in time's order; all else has the most complaints first. */
static bool make_order(struct report *r)
{
    const struct measure_answer *a = r->table->t->answer;
    struct ranked *all = arena_calloc(r->table->t->arena, a->n + 1, sizeof(*all));
    r->order = arena_calloc(r->table->t->arena, a->n + 1, sizeof(*r->order));
    if (all == NULL || r->order == NULL) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        all[i] = (struct ranked){a->units[i].now.count, i};
    }
    if (r->table->t->question->by < BY_DAY) {
        qsort(all, a->n, sizeof(*all), compare_ranked);
    }
    for (size_t i = 0; i < a->n; i++) {
        r->order[i] = all[i].number;
    }
    return true;
}

static cairo_status_t take_bytes(void *arg, const unsigned char *bytes, unsigned n)
{
    struct strbuf *out = arg;
    strbuf_append(out, bytes, n);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void choose_columns(struct report *r)
{
    static const enum measure first[] = {MEASURE_COUNT, MEASURE_OPEN, MEASURE_LATE, MEASURE_ON_TIME,
                                         MEASURE_SATISFACTION};
    for (size_t k = 0; k < r->table->n_columns && r->table->n_columns <= COLUMNS_MAX; k++) {
        r->columns[r->n_columns++] = r->table->columns[k].measure;
    }
    for (size_t k = 0; k < COLUMNS_MAX && r->table->n_columns > COLUMNS_MAX; k++) {
        r->columns[r->n_columns++] = first[k];
    }
}

void measure_report_write(const struct measure_table *table, struct strbuf *out)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take_bytes, out, PAGE_WIDTH, PAGE_HEIGHT);
    struct report r = {.table = table, .english = table->t->english, .y = MARGIN};
    r.cairo = cairo_create(surface);
    r.layout = pango_cairo_create_layout(r.cairo);
    r.font = pango_font_description_from_string("Be Vietnam Pro, DejaVu Sans");
    pango_layout_set_ellipsize(r.layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_single_paragraph_mode(r.layout, TRUE);
    choose_columns(&r);
    if (make_order(&r)) {
        title(&r);
        totals(&r);
        table_of_units(&r);
        meanings(&r);
        foot(&r);
    }
    pango_font_description_free(r.font);
    g_object_unref(r.layout);
    cairo_destroy(r.cairo);
    cairo_surface_finish(surface);
    if (r.order == NULL || cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        out->failed = true;
    }
    cairo_surface_destroy(surface);
}
