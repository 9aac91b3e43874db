#include "server/city/city_layer_shape.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "server/base/json_text.h"

const char *const city_shape_names[CITY_SHAPES] = {"point", "line", "polygon"};

static const struct shape_type {
    const char *name, *wkt;
    enum city_shape shape;
    int depth;      /* of its coordinates: 1 is a position */
    bool in_braces; /* a position alone has none of its own */
} types[] = {
    {"Point", "POINT", CITY_SHAPE_POINT, 1, true},
    {"MultiPoint", "MULTIPOINT", CITY_SHAPE_POINT, 2, false},
    {"LineString", "LINESTRING", CITY_SHAPE_LINE, 2, false},
    {"MultiLineString", "MULTILINESTRING", CITY_SHAPE_LINE, 3, false},
    {"Polygon", "POLYGON", CITY_SHAPE_POLYGON, 3, false},
    {"MultiPolygon", "MULTIPOLYGON", CITY_SHAPE_POLYGON, 4, false},
};

struct shape_writer {
    struct strbuf *out;
    struct geo_crs *crs;
    enum city_shape shape;
    const char *why;
};

static bool is_number(struct json_object *node)
{
    return node && (json_object_is_type(node, json_type_double) ||
                    json_object_is_type(node, json_type_int));
}

static bool put_position(struct shape_writer *w, struct json_object *node)
{
    size_t n = json_object_array_length(node);
    struct json_object *x = n >= 2 ? json_object_array_get_idx(node, 0) : NULL;
    struct json_object *y = n >= 2 ? json_object_array_get_idx(node, 1) : NULL;
    if (!is_number(x) || !is_number(y)) {
        w->why = "a position that is no two numbers";
        return false;
    }
    struct geo_point p = {json_object_get_double(x), json_object_get_double(y)};
    struct err ignored;
    if (w->crs &&
        geo_crs_from_metric(w->crs, (struct geo_metric){p.lon, p.lat}, &p, &ignored) != STATUS_OK) {
        p.lon = NAN;
    }
    if (!(fabs(p.lon) <= 180 && fabs(p.lat) <= 90)) {
        w->why = w->crs ? "a position outside its coordinate system"
                        : "a position that is no longitude and latitude";
        return false;
    }
    json_text_number(w->out, p.lon);
    strbuf_append_char(w->out, ' ');
    json_text_number(w->out, p.lat);
    return true;
}

/* Enough positions for a line or a ring, and a ring's last one its first. */
static bool check_row(struct shape_writer *w, struct json_object *node)
{
    size_t n = json_object_array_length(node);
    if (w->shape == CITY_SHAPE_LINE && n < 2) {
        w->why = "a line of fewer than two positions";
    } else if (w->shape == CITY_SHAPE_POLYGON &&
               (n < 4 || !json_object_equal(json_object_array_get_idx(node, 0),
                                            json_object_array_get_idx(node, n - 1)))) {
        w->why = "a ring that is not closed, or has fewer than four positions";
    }
    return w->why == NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth counts down from 4 */
static bool put_coordinates(struct shape_writer *w, struct json_object *node, int depth)
{
    if (!json_object_is_type(node, json_type_array) || json_object_array_length(node) == 0) {
        w->why = "no coordinates, or an empty list of them";
        return false;
    }
    if (depth == 1) {
        return put_position(w, node);
    }
    if (depth == 2 && !check_row(w, node)) {
        return false;
    }
    size_t n = json_object_array_length(node);
    strbuf_append_char(w->out, '(');
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            strbuf_append_char(w->out, ',');
        }
        if (!put_coordinates(w, json_object_array_get_idx(node, i), depth - 1)) {
            return false;
        }
    }
    strbuf_append_char(w->out, ')');
    return true;
}

static const struct shape_type *type_of(struct json_object *geometry)
{
    struct json_object *type = NULL;
    const char *name =
        json_object_object_get_ex(geometry, "type", &type) ? json_object_get_string(type) : NULL;
    for (size_t i = 0; name && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, name) == 0) {
            return &types[i];
        }
    }
    return NULL;
}

bool city_layer_shape(struct json_object *geometry, struct geo_crs *crs, struct strbuf *out,
                      enum city_shape *shape, const char **why)
{
    const struct shape_type *type = type_of(geometry);
    struct json_object *coordinates = NULL;
    if (!type) {
        *why = geometry ? "neither point, line nor polygon" : "no geometry";
        return false;
    }
    struct shape_writer w = {.out = out, .crs = crs, .shape = type->shape};
    (void)json_object_object_get_ex(geometry, "coordinates", &coordinates);
    strbuf_printf(out, "SRID=4326;%s%s", type->wkt, type->in_braces ? "(" : "");
    if (!put_coordinates(&w, coordinates, type->depth)) {
        *why = w.why;
        return false;
    }
    strbuf_append_z(out, type->in_braces ? ")" : "");
    *shape = type->shape;
    *why = "a geometry that is too large";
    return !out->failed;
}
