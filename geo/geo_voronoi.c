#include "geo/geo_voronoi.h"

#include <geos_c.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct geo_voronoi {
    GEOSContextHandle_t geos;
    GEOSGeometry *outline; /* owned */
    GEOSGeometry **cells;  /* owned, by number of their centre */
    size_t n;
    char text[256]; /* what GEOS complained about last */
};

static void on_geos_error(const char *message, void *data)
{
    struct geo_voronoi *v = data;
    snprintf(v->text, sizeof(v->text), "%s", message);
}

/* GEOS failed: its own words if it left any. */
static enum status geos_failed(const struct geo_voronoi *v, const char *doing, struct err *e)
{
    return err_set(e, STATUS_INTERNAL, "GEOS: %s: %s", doing,
                   v->text[0] != '\0' ? v->text : "no memory");
}

/* A closed sequence of the ring's points; NULL when GEOS fails. */
static GEOSCoordSequence *sequence_of(const struct geo_voronoi *v,
                                      const struct geo_voronoi_ring *ring)
{
    GEOSCoordSequence *s = GEOSCoordSeq_create_r(v->geos, (unsigned)ring->n + 1, 2);
    if (s == NULL) {
        return NULL;
    }
    for (size_t i = 0; i <= ring->n; i++) {
        struct geo_point p = ring->points[i % ring->n];
        if (!GEOSCoordSeq_setXY_r(v->geos, s, (unsigned)i, p.lon, p.lat)) {
            GEOSCoordSeq_destroy_r(v->geos, s);
            return NULL;
        }
    }
    return s;
}

/* Takes ownership of the members, also on failure. */
static GEOSGeometry *collect(const struct geo_voronoi *v, int type, GEOSGeometry **members,
                             size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (members[i] == NULL) {
            for (size_t k = 0; k < n; k++) {
                GEOSGeom_destroy_r(v->geos, members[k]);
            }
            return NULL;
        }
    }
    return GEOSGeom_createCollection_r(v->geos, type, members, (unsigned)n);
}

static enum status build_outline(struct geo_voronoi *v, const struct geo_voronoi_ring *rings,
                                 size_t n_rings, struct err *e)
{
    GEOSGeometry **polygons = calloc(n_rings, sizeof(*polygons));
    if (polygons == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "outline of %zu rings", n_rings);
    }
    for (size_t i = 0; i < n_rings; i++) {
        GEOSCoordSequence *s = rings[i].n >= 3 ? sequence_of(v, &rings[i]) : NULL;
        GEOSGeometry *ring = s != NULL ? GEOSGeom_createLinearRing_r(v->geos, s) : NULL;
        polygons[i] = ring != NULL ? GEOSGeom_createPolygon_r(v->geos, ring, NULL, 0) : NULL;
    }
    v->outline = collect(v, GEOS_MULTIPOLYGON, polygons, n_rings);
    free(polygons);
    if (v->outline == NULL) {
        return err_set(e, STATUS_INVALID, "the outline is no polygon: %s", v->text);
    }
    if (GEOSisValid_r(v->geos, v->outline) != 1) {
        return err_set(e, STATUS_INVALID, "the outline crosses itself");
    }
    return STATUS_OK;
}

/* The first centre in the same place as centre i; i itself where there is no earlier one. */
static size_t find_twin(const struct geo_point *centres, size_t i)
{
    size_t k = 0;
    for (; k < i; k++) {
        double apart_lon = centres[i].lon - centres[k].lon;
        double apart_lat = centres[i].lat - centres[k].lat;
        if (apart_lon * apart_lon + apart_lat * apart_lat < GEO_VORONOI_GRID * GEO_VORONOI_GRID) {
            break;
        }
    }
    return k;
}

/* Equal centres have no cells of their own. */
static enum status check_apart(const struct geo_point *centres, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        size_t twin = find_twin(centres, i);
        if (twin < i) {
            return err_set(e, STATUS_INVALID, "centres %zu and %zu are the same", twin, i);
        }
    }
    return STATUS_OK;
}

static enum status check_inside(struct geo_voronoi *v, const struct geo_point *centres, size_t n,
                                struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        GEOSGeometry *point = GEOSGeom_createPointFromXY_r(v->geos, centres[i].lon, centres[i].lat);
        char covered = point != NULL ? GEOSCovers_r(v->geos, v->outline, point) : (char)2;
        GEOSGeom_destroy_r(v->geos, point);
        if (covered == 2) {
            return geos_failed(v, "is the centre inside?", e);
        }
        if (covered != 1) {
            return err_set(e, STATUS_INVALID, "centre %zu lies outside the outline", i);
        }
    }
    return STATUS_OK;
}

/* The part of a cell inside the outline, on the grid; NULL when GEOS fails. */
static GEOSGeometry *clip(const struct geo_voronoi *v, const GEOSGeometry *cell)
{
    GEOSGeometry *inside = GEOSIntersection_r(v->geos, cell, v->outline);
    if (inside == NULL) {
        return NULL;
    }
    GEOSGeometry *rounded = GEOSGeom_setPrecision_r(v->geos, inside, GEO_VORONOI_GRID, 0);
    GEOSGeom_destroy_r(v->geos, inside);
    return rounded;
}

/* GEOS answers its cells in no order that is promised: each is given to the centre it contains. */
static enum status give_cells(struct geo_voronoi *v, const struct geo_point *centres,
                              const GEOSGeometry *diagram, struct err *e)
{
    int n = GEOSGetNumGeometries_r(v->geos, diagram);
    for (int i = 0; i < n; i++) {
        const GEOSGeometry *cell = GEOSGetGeometryN_r(v->geos, diagram, i);
        const GEOSPreparedGeometry *prepared = GEOSPrepare_r(v->geos, cell);
        if (prepared == NULL) {
            return geos_failed(v, "prepare a cell", e);
        }
        for (size_t k = 0; k < v->n; k++) {
            GEOSGeometry *point =
                GEOSGeom_createPointFromXY_r(v->geos, centres[k].lon, centres[k].lat);
            bool own = v->cells[k] == NULL && point != NULL &&
                       GEOSPreparedContains_r(v->geos, prepared, point) == 1;
            GEOSGeom_destroy_r(v->geos, point);
            if (own) {
                v->cells[k] = clip(v, cell);
                break;
            }
        }
        GEOSPreparedGeom_destroy_r(v->geos, prepared);
    }
    for (size_t k = 0; k < v->n; k++) {
        if (v->cells[k] == NULL || GEOSisEmpty_r(v->geos, v->cells[k]) != 0) {
            return geos_failed(v, "a centre has no cell", e);
        }
    }
    return STATUS_OK;
}

static enum status build_cells(struct geo_voronoi *v, const struct geo_point *centres,
                               struct err *e)
{
    struct geo_voronoi_ring all = {centres, v->n};
    GEOSCoordSequence *s = sequence_of(v, &all);
    GEOSGeometry *sites = s != NULL ? GEOSGeom_createLineString_r(v->geos, s) : NULL;
    GEOSGeometry *diagram =
        sites != NULL ? GEOSVoronoiDiagram_r(v->geos, sites, v->outline, 0, 0) : NULL;
    GEOSGeom_destroy_r(v->geos, sites);
    if (diagram == NULL) {
        return geos_failed(v, "Voronoi diagram", e);
    }
    enum status status = give_cells(v, centres, diagram, e);
    GEOSGeom_destroy_r(v->geos, diagram);
    return status;
}

enum status geo_voronoi_create(const struct geo_point *centres, size_t n_centres,
                               const struct geo_voronoi_ring *rings, size_t n_rings,
                               struct geo_voronoi **out, struct err *e)
{
    if (n_centres < 2 || n_rings == 0) {
        return err_set(e, STATUS_INVALID, "needs two centres and an outline");
    }
    struct geo_voronoi *v = calloc(1, sizeof(*v));
    if (v == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "Voronoi diagram");
    }
    v->n = n_centres;
    v->geos = GEOS_init_r();
    v->cells = calloc(n_centres, sizeof(GEOSGeometry *));
    if (v->geos == NULL || v->cells == NULL) {
        geo_voronoi_destroy(v);
        return err_set(e, STATUS_NO_MEMORY, "Voronoi diagram of %zu centres", n_centres);
    }
    GEOSContext_setErrorMessageHandler_r(v->geos, on_geos_error, v);
    enum status status = build_outline(v, rings, n_rings, e);
    if (status == STATUS_OK) {
        status = check_apart(centres, n_centres, e);
    }
    if (status == STATUS_OK) {
        status = check_inside(v, centres, n_centres, e);
    }
    if (status == STATUS_OK) {
        status = build_cells(v, centres, e);
    }
    if (status != STATUS_OK) {
        geo_voronoi_destroy(v);
        return status;
    }
    *out = v;
    return STATUS_OK;
}

void geo_voronoi_destroy(struct geo_voronoi *v)
{
    if (v == NULL) {
        return;
    }
    if (v->geos != NULL) {
        for (size_t i = 0; v->cells != NULL && i < v->n; i++) {
            GEOSGeom_destroy_r(v->geos, v->cells[i]);
        }
        GEOSGeom_destroy_r(v->geos, v->outline);
        GEOS_finish_r(v->geos);
    }
    free(v->cells);
    free(v);
}

/* A new MultiPolygon of everything in the cells; NULL when GEOS fails. */
static GEOSGeometry *unite(const struct geo_voronoi *v, const size_t *cells, size_t n_cells)
{
    GEOSGeometry **members = calloc(n_cells, sizeof(GEOSGeometry *));
    if (members == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < n_cells; i++) {
        members[i] = GEOSGeom_clone_r(v->geos, v->cells[cells[i]]);
    }
    GEOSGeometry *all = collect(v, GEOS_GEOMETRYCOLLECTION, members, n_cells);
    free(members);
    GEOSGeometry *united =
        all != NULL ? GEOSUnaryUnionPrec_r(v->geos, all, GEO_VORONOI_GRID) : NULL;
    GEOSGeom_destroy_r(v->geos, all);
    if (united == NULL || GEOSGeomTypeId_r(v->geos, united) == GEOS_MULTIPOLYGON) {
        return united;
    }
    return collect(v, GEOS_MULTIPOLYGON, &united, 1);
}

enum status geo_voronoi_geojson(struct geo_voronoi *v, const size_t *cells, size_t n_cells,
                                struct strbuf *out, struct err *e)
{
    v->text[0] = '\0';
    GEOSGeometry *united = unite(v, cells, n_cells);
    GEOSGeoJSONWriter *writer = GEOSGeoJSONWriter_create_r(v->geos);
    char *text = united != NULL && writer != NULL
                     ? GEOSGeoJSONWriter_writeGeometry_r(v->geos, writer, united, -1)
                     : NULL;
    if (text != NULL) {
        strbuf_append_z(out, text);
    }
    enum status status = STATUS_OK;
    if (text == NULL) {
        status = geos_failed(v, "write a cell", e);
    } else if (out->failed) {
        status = err_set(e, STATUS_NO_MEMORY, "a cell's text");
    }
    GEOSFree_r(v->geos, text);
    if (writer != NULL) {
        GEOSGeoJSONWriter_destroy_r(v->geos, writer);
    }
    GEOSGeom_destroy_r(v->geos, united);
    return status;
}
