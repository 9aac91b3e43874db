#include "geo/geo_wkb.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/str.h"

#define WKB_POLYGON       3U
#define WKB_MULTIPOLYGON  6U
#define EWKB_HAS_Z        0x80000000U
#define EWKB_HAS_M        0x40000000U
#define EWKB_HAS_SRID     0x20000000U
#define SRID_WGS84        4326U
#define SHAPE_POINTS_MAX  0x7fffffffU
#define RING_POINTS_LEAST 4

struct reader {
    const unsigned char *start; /* borrowed */
    size_t size, at;
    bool big_endian;  /* of the geometry being read; parts may differ */
    size_t ordinates; /* 2 to 4, of the geometry being read */
    struct err *e;
};

void geo_shape_init(struct geo_shape *shape)
{
    *shape = (struct geo_shape){0};
}

void geo_shape_clear(struct geo_shape *shape)
{
    free(shape->points);
    free(shape->rings);
    free(shape->polygons);
    geo_shape_init(shape);
}

static size_t left(const struct reader *r)
{
    return r->size - r->at;
}

static enum status cut_short(const struct reader *r)
{
    return err_set(r->e, STATUS_INVALID, "WKB ends at byte %zu, in the middle of a geometry",
                   r->size);
}

static enum status read_u32(struct reader *r, uint32_t *out)
{
    if (left(r) < 4) {
        return cut_short(r);
    }
    uint32_t v;
    memcpy(&v, r->start + r->at, sizeof v);
    r->at += sizeof v;
    bool swap = r->big_endian == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    *out = swap ? __builtin_bswap32(v) : v;
    return STATUS_OK;
}

/* The caller has made sure of the eight bytes. */
static double take_double(struct reader *r)
{
    uint64_t bits;
    memcpy(&bits, r->start + r->at, sizeof bits);
    r->at += sizeof bits;
    bool swap = r->big_endian == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    bits = swap ? __builtin_bswap64(bits) : bits;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Byte order, type, dimensions and SRID. */
static enum status read_header(struct reader *r, uint32_t *type)
{
    if (left(r) < 1) {
        return cut_short(r);
    }
    unsigned char order = r->start[r->at];
    if (order > 1) {
        return err_set(r->e, STATUS_INVALID, "WKB byte %zu should be a byte order, 0 or 1, not %u",
                       r->at, (unsigned)order);
    }
    r->at++;
    r->big_endian = order == 0;
    uint32_t word;
    enum status st = read_u32(r, &word);
    if (st != STATUS_OK) {
        return st;
    }
    uint32_t plain = word & ~(EWKB_HAS_Z | EWKB_HAS_M | EWKB_HAS_SRID);
    uint32_t iso = plain / 1000; /* 1 Z, 2 M, 3 both */
    if (iso > 3) {
        return err_set(r->e, STATUS_INVALID, "WKB has no geometry type %u", word);
    }
    bool has_z = (word & EWKB_HAS_Z) != 0 || (iso & 1U) != 0;
    bool has_m = (word & EWKB_HAS_M) != 0 || (iso & 2U) != 0;
    r->ordinates = 2 + (size_t)has_z + (size_t)has_m;
    *type = plain % 1000;
    if ((word & EWKB_HAS_SRID) == 0) {
        return STATUS_OK;
    }
    uint32_t srid;
    st = read_u32(r, &srid);
    if (st == STATUS_OK && srid != 0 && srid != SRID_WGS84) {
        return err_set(r->e, STATUS_INVALID, "WKB is in SRID %u, not in 4326 (WGS 84)", srid);
    }
    return st;
}

static bool is_degrees(struct geo_point p)
{
    return p.lon >= -180 && p.lon <= 180 && p.lat >= -90 && p.lat <= 90; /* false for NaN */
}

static bool same_point(struct geo_point a, struct geo_point b)
{
    return a.lon == b.lon && a.lat == b.lat;
}

static enum status make_room(struct reader *r, struct geo_shape *shape, uint32_t points)
{
    size_t n = shape->n_points + points;
    struct geo_point *grown = NULL;
    if (n <= SHAPE_POINTS_MAX) {
        grown = array_grow(shape->points, &shape->cap_points, n, sizeof *shape->points);
    }
    if (!grown) {
        return err_set(r->e, STATUS_NO_MEMORY, "no memory for %zu points", n);
    }
    shape->points = grown;
    struct geo_ring *rings =
        array_grow(shape->rings, &shape->cap_rings, shape->n_rings + 1, sizeof *shape->rings);
    if (!rings) {
        return err_set(r->e, STATUS_NO_MEMORY, "no memory for %zu rings", shape->n_rings + 1);
    }
    shape->rings = rings;
    return STATUS_OK;
}

static enum status read_ring(struct reader *r, struct geo_shape *shape)
{
    size_t start = r->at;
    uint32_t count;
    enum status st = read_u32(r, &count);
    if (st != STATUS_OK) {
        return st;
    }
    if (count < RING_POINTS_LEAST) {
        return err_set(r->e, STATUS_INVALID, "the ring at WKB byte %zu has %u points, fewer than 4",
                       start, count);
    }
    if (count > left(r) / (r->ordinates * sizeof(double))) {
        return err_set(r->e, STATUS_INVALID,
                       "the ring at WKB byte %zu claims %u points, more than there are bytes for",
                       start, count);
    }
    st = make_room(r, shape, count);
    if (st != STATUS_OK) {
        return st;
    }
    struct geo_point *points = shape->points + shape->n_points;
    for (uint32_t i = 0; i < count; i++) {
        size_t at = r->at;
        points[i].lon = take_double(r);
        points[i].lat = take_double(r);
        r->at += (r->ordinates - 2) * sizeof(double);
        if (!is_degrees(points[i])) {
            return err_set(r->e, STATUS_INVALID,
                           "the point at WKB byte %zu, %.9g %.9g, is not in degrees", at,
                           points[i].lon, points[i].lat);
        }
    }
    if (!same_point(points[0], points[count - 1])) {
        return err_set(r->e, STATUS_INVALID,
                       "the ring at WKB byte %zu is not closed: it starts at %.9g %.9g and ends at "
                       "%.9g %.9g",
                       start, points[0].lon, points[0].lat, points[count - 1].lon,
                       points[count - 1].lat);
    }
    shape->rings[shape->n_rings++] = (struct geo_ring){shape->n_points, count};
    shape->n_points += count;
    return STATUS_OK;
}

static enum status read_polygon(struct reader *r, struct geo_shape *shape)
{
    uint32_t rings;
    enum status st = read_u32(r, &rings);
    if (st != STATUS_OK) {
        return st;
    }
    struct geo_polygon *grown = array_grow(shape->polygons, &shape->cap_polygons,
                                           shape->n_polygons + 1, sizeof *shape->polygons);
    if (!grown) {
        return err_set(r->e, STATUS_NO_MEMORY, "no memory for %zu polygons", shape->n_polygons + 1);
    }
    shape->polygons = grown;
    size_t first = shape->n_rings;
    for (uint32_t i = 0; i < rings && st == STATUS_OK; i++) {
        st = read_ring(r, shape); /* fails at the end of the bytes, whatever `rings` claims */
    }
    if (st == STATUS_OK) {
        shape->polygons[shape->n_polygons++] = (struct geo_polygon){first, shape->n_rings - first};
    }
    return st;
}

static enum status read_multipolygon(struct reader *r, struct geo_shape *shape)
{
    uint32_t polygons = 0;
    enum status st = read_u32(r, &polygons);
    for (uint32_t i = 0; i < polygons && st == STATUS_OK; i++) {
        size_t start = r->at;
        uint32_t type;
        st = read_header(r, &type);
        if (st == STATUS_OK && type != WKB_POLYGON) {
            st = err_set(r->e, STATUS_INVALID,
                         "the part at WKB byte %zu is of type %u, where only polygons (3) may be",
                         start, type);
        }
        if (st == STATUS_OK) {
            st = read_polygon(r, shape);
        }
    }
    return st;
}

static enum status read_geometry(struct reader *r, struct geo_shape *shape)
{
    uint32_t type;
    enum status st = read_header(r, &type);
    if (st != STATUS_OK) {
        return st;
    }
    if (type == WKB_POLYGON) {
        st = read_polygon(r, shape);
    } else if (type == WKB_MULTIPOLYGON) {
        st = read_multipolygon(r, shape);
    } else {
        st = err_set(r->e, STATUS_INVALID,
                     "WKB is of type %u; an area must be a polygon (3) or multipolygon (6)", type);
    }
    if (st == STATUS_OK && left(r) > 0) {
        st = err_set(r->e, STATUS_INVALID, "WKB has %zu bytes more than its geometry", left(r));
    }
    return st;
}

enum status geo_wkb_read(const unsigned char *wkb, size_t size, struct geo_shape *shape,
                         struct err *e)
{
    struct reader r = {.start = wkb, .size = size, .ordinates = 2, .e = e};
    size_t points = shape->n_points;
    size_t rings = shape->n_rings;
    size_t polygons = shape->n_polygons;
    enum status st = read_geometry(&r, shape);
    if (st != STATUS_OK) {
        shape->n_points = points;
        shape->n_rings = rings;
        shape->n_polygons = polygons;
    }
    return st;
}
