/* What lies nearest to a point: houses, places and streets in cells of a grid. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_address.h"
#include "geo/geo_gazetteer_build.h"
#include "geo/geo_gazetteer_line.h"
#include "geo/geo_text.h"

#define CELL_UNITS    20000 /* 0.002 degrees, some 220 m: no reach below is longer */
#define HOUSE_METRES  40.0
#define STREET_METRES 120.0
#define PLACE_METRES  200.0

enum { NEAR_HOUSE, NEAR_PLACE, NEAR_VERTEX };

static uint64_t cell_of(int32_t column, int32_t row)
{
    return (uint64_t)(uint32_t)row << 32 | (uint32_t)column;
}

static int32_t cell_index(int32_t units)
{
    return (units < 0 ? units - CELL_UNITS + 1 : units) / CELL_UNITS;
}

static int compare_items(const void *a, const void *b)
{
    const struct gaz_near *x = a;
    const struct gaz_near *y = b;
    if (x->cell != y->cell) {
        return x->cell < y->cell ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static void add_item(struct geo_gazetteer *g, struct gaz_point at, uint32_t kind, size_t index)
{
    g->nears[g->near_count++] =
        (struct gaz_near){cell_of(cell_index(at.lon), cell_index(at.lat)), (uint32_t)index, kind};
}

bool gaz_build_near(struct geo_gazetteer *g)
{
    size_t n = g->house_count + g->place_count + g->vertex_count;
    g->nears = malloc((n + 1) * sizeof(*g->nears));
    if (g->nears == NULL) {
        return false;
    }
    for (size_t i = 0; i < g->house_count; i++) {
        if (g->houses[i].kind != GAZ_HOUSE_MOUTH) {
            add_item(g, g->houses[i].at, NEAR_HOUSE, i);
        }
    }
    for (size_t i = 0; i < g->place_count; i++) {
        add_item(g, g->places[i].at, NEAR_PLACE, i);
    }
    for (size_t i = 0; i < g->vertex_count; i++) {
        add_item(g, g->vertices[i].at, NEAR_VERTEX, i);
    }
    if (n > 1) {
        qsort(g->nears, g->near_count, sizeof(*g->nears), compare_items);
    }
    return true;
}

struct nearest {
    const struct geo_gazetteer *g;
    struct gaz_point from;
    double metres[3];
    uint32_t index[3]; /* by kind; UINT32_MAX: none */
    struct gaz_point at[3];
};

static void consider(struct nearest *s, const struct gaz_near *item)
{
    const struct geo_gazetteer *g = s->g;
    struct gaz_point at = s->from;
    double metres = 0;
    if (item->kind == NEAR_HOUSE) {
        at = g->houses[item->index].at;
        metres = gaz_distance(s->from, at);
    } else if (item->kind == NEAR_PLACE) {
        at = g->places[item->index].at;
        metres = gaz_distance(s->from, at);
    } else {
        /* the lines to the vertex and from it */
        uint32_t last = item->index + 1 < g->vertex_count ? item->index + 1 : item->index;
        metres = gaz_line_nearest(g, item->index, s->from, &at);
        struct gaz_point other;
        if (last > item->index && !g->vertices[last].starts &&
            gaz_line_nearest(g, last, s->from, &other) < metres) {
            metres = gaz_line_nearest(g, last, s->from, &at);
        }
    }
    if (metres < s->metres[item->kind]) {
        s->metres[item->kind] = metres;
        s->index[item->kind] = item->index;
        s->at[item->kind] = at;
    }
}

static void look_in(struct nearest *s, uint64_t cell)
{
    const struct geo_gazetteer *g = s->g;
    size_t low = 0;
    size_t high = g->near_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (g->nears[middle].cell < cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < g->near_count && g->nears[low].cell == cell; low++) {
        consider(s, &g->nears[low]);
    }
}

/* Streets lie in the order of their vertices. */
static const struct gaz_street *street_of(const struct geo_gazetteer *g, uint32_t vertex)
{
    size_t low = 0;
    size_t high = g->street_count;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (g->streets[middle].vertex <= vertex) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &g->streets[low];
}

/* "Quang Trung" is told as "đường Quang Trung", "Quốc lộ 1" as it is. */
static bool says_what(const char *name)
{
    static const char *const words[] = {"duong ",   "hem ",    "quoc lo", "tinh lo",
                                        "huong lo", "dai lo",  "xa lo",   "cau ",
                                        "ngo ",     "cao toc", "pho ",    "ham "};
    char folded[160];
    geo_text_fold(str_of(name), folded, sizeof(folded));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strncmp(folded, words[i], strlen(words[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Appends as much as fits, never half a character. */
static void append(char *out, size_t cap, const char *text)
{
    size_t at = strlen(out);
    size_t i = 0;
    for (; text[i] != '\0' && at + 1 < cap; i++) {
        out[at++] = text[i];
    }
    if (text[i] != '\0') {
        while (at > 0 && ((unsigned char)out[at - 1] & 0xC0U) == 0x80U) {
            at--;
        }
        at -= at > 0 && ((unsigned char)out[at - 1] & 0x80U) != 0;
    }
    out[at] = '\0';
}

static void describe(const struct nearest *s, uint32_t kind, struct geo_nearest *out)
{
    const struct geo_gazetteer *g = s->g;
    uint32_t index = s->index[kind];
    *out = (struct geo_nearest){.point = gaz_point_out(s->at[kind]), .metres = s->metres[kind]};
    if (kind == NEAR_PLACE) {
        out->match = g->places[index].crossing ? GEO_MATCH_CROSSING : GEO_MATCH_PLACE;
        append(out->name, sizeof(out->name), g->pool + g->places[index].name);
        return;
    }
    bool house = kind == NEAR_HOUSE;
    const struct gaz_street *street =
        house ? &g->streets[g->houses[index].street] : street_of(g, index);
    out->match = house ? GEO_MATCH_HOUSE : GEO_MATCH_STREET;
    append(out->street, sizeof(out->street), g->pool + street->name);
    if (house) {
        append(out->housenumber, sizeof(out->housenumber), g->pool + g->houses[index].text);
        append(out->name, sizeof(out->name), out->housenumber);
        append(out->name, sizeof(out->name), " ");
    } else if (!says_what(out->street)) {
        append(out->name, sizeof(out->name), "đường ");
    }
    append(out->name, sizeof(out->name), out->street);
}

static bool search(const struct geo_gazetteer *g, struct geo_point point, struct nearest *s)
{
    if (!gaz_build_point_ok(point)) {
        return false;
    }
    *s = (struct nearest){.g = g,
                          .from = gaz_build_point(point),
                          .metres = {HOUSE_METRES, PLACE_METRES, STREET_METRES},
                          .index = {UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    int32_t column = cell_index(s->from.lon);
    int32_t row = cell_index(s->from.lat);
    for (int32_t dy = -1; dy <= 1; dy++) {
        for (int32_t dx = -1; dx <= 1; dx++) {
            look_in(s, cell_of(column + dx, row + dy));
        }
    }
    return true;
}

bool geo_gazetteer_nearest(const struct geo_gazetteer *g, struct geo_point point,
                           struct geo_nearest *out)
{
    static const uint32_t order[] = {NEAR_HOUSE, NEAR_VERTEX, NEAR_PLACE};
    struct nearest s;
    if (!search(g, point, &s)) {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        if (s.index[order[i]] != UINT32_MAX) {
            describe(&s, order[i], out);
            return true;
        }
    }
    return false;
}

bool gaz_near_set(const struct geo_gazetteer *g, struct geo_point point, uint32_t *set)
{
    struct nearest s;
    if (!search(g, point, &s)) {
        return false;
    }
    uint32_t best = NEAR_HOUSE;
    for (uint32_t kind = NEAR_PLACE; kind <= NEAR_VERTEX; kind++) {
        bool nearer = s.index[best] == UINT32_MAX || s.metres[kind] < s.metres[best];
        best = s.index[kind] != UINT32_MAX && nearer ? kind : best;
    }
    uint32_t index = s.index[best];
    if (index == UINT32_MAX) {
        return false;
    }
    *set = best == NEAR_HOUSE
               ? g->houses[index].set
               : (best == NEAR_PLACE ? g->places[index].set : g->vertices[index].set);
    return true;
}
