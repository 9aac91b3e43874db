#include "geo/geo_crs.h"

#include <math.h>
#include <proj.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define VN2000_GEOGRAPHIC "EPSG:4756"

/* VN-2000 to WGS 84 (2), EPSG:6960, run backwards; degrees in, degrees out, longitude first. */
static const char wgs84_to_vn2000[] =
    "+proj=pipeline "
    "+step +proj=unitconvert +xy_in=deg +xy_out=rad "
    "+step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 "
    "+rx=0.00928836 +ry=-0.01975479 +rz=0.00427372 +s=0.252906278 +convention=position_vector "
    "+step +inv +proj=cart +ellps=WGS84 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg";

struct geo_crs {
    PJ_CONTEXT *context;
    PJ *shift;      /* WGS 84 to the system's own datum; NULL when `projection` does that too */
    PJ *projection; /* degrees to metres */
};

void geo_crs_destroy(struct geo_crs *crs)
{
    if (!crs) {
        return;
    }
    proj_destroy(crs->shift);
    proj_destroy(crs->projection);
    proj_context_destroy(crs->context);
    free(crs);
}

static const char *reason(const struct geo_crs *crs)
{
    int code = proj_context_errno(crs->context);
    return code != 0 ? proj_context_errno_string(crs->context, code) : "PROJ gives no reason";
}

/* PROJ writes to standard error by itself otherwise. */
static void keep_quiet(void *data, int level, const char *text)
{
    (void)data;
    (void)level;
    (void)text;
}

/* The system must count metres, or "within 50 m" would mean something else. */
static bool counts_metres(const struct geo_crs *crs, const PJ *system)
{
    PJ *axes = proj_crs_get_coordinate_system(crs->context, system);
    double factor = 0;
    int found = axes ? proj_cs_get_axis_info(crs->context, axes, 0, NULL, NULL, NULL, &factor, NULL,
                                             NULL, NULL)
                     : 0;
    proj_destroy(axes);
    return found != 0 && factor == 1.0;
}

static enum status check_system(const struct geo_crs *crs, const PJ *system, const char *name,
                                struct err *e)
{
    if (!system) {
        return err_set(e, STATUS_INVALID, "no coordinate system \"%s\": %s", name, reason(crs));
    }
    if (proj_get_type(system) != PJ_TYPE_PROJECTED_CRS || !counts_metres(crs, system)) {
        return err_set(e, STATUS_INVALID, "\"%s\" is not a projected coordinate system in metres",
                       name);
    }
    return STATUS_OK;
}

static bool is_vn2000(const struct geo_crs *crs, const PJ *system)
{
    PJ *geographic = proj_crs_get_geodetic_crs(crs->context, system);
    const char *code = geographic ? proj_get_id_code(geographic, 0) : NULL;
    bool yes = code && strcmp(code, strchr(VN2000_GEOGRAPHIC, ':') + 1) == 0;
    proj_destroy(geographic);
    return yes;
}

/* Between two systems, longitude or east first whatever their definitions say. */
static PJ *operation(const struct geo_crs *crs, const char *from, const char *to)
{
    PJ *found = proj_create_crs_to_crs(crs->context, from, to, NULL);
    PJ *normal = found ? proj_normalize_for_visualization(crs->context, found) : NULL;
    proj_destroy(found);
    return normal;
}

static enum status prepare(struct geo_crs *crs, const char *name, struct err *e)
{
    PJ *system = proj_create(crs->context, name);
    enum status st = check_system(crs, system, name, e);
    bool pinned = st == STATUS_OK && is_vn2000(crs, system);
    proj_destroy(system);
    if (st != STATUS_OK) {
        return st;
    }
    if (pinned) {
        crs->shift = proj_create(crs->context, wgs84_to_vn2000);
        crs->projection = operation(crs, VN2000_GEOGRAPHIC, name);
    } else {
        crs->projection = operation(crs, "EPSG:4326", name);
    }
    if (!crs->projection || (pinned && !crs->shift)) {
        return err_set(e, STATUS_UNAVAILABLE, "PROJ has no way from WGS 84 to \"%s\": %s", name,
                       reason(crs));
    }
    return STATUS_OK;
}

enum status geo_crs_create(const char *metric_crs, struct geo_crs **out, struct err *e)
{
    struct geo_crs *crs = calloc(1, sizeof *crs);
    if (crs) {
        crs->context = proj_context_create();
    }
    if (!crs || !crs->context) {
        free(crs);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a coordinate system");
    }
    proj_log_func(crs->context, NULL, keep_quiet);
    proj_context_set_enable_network(crs->context, 0); /* grids are never fetched */
    enum status st = prepare(crs, metric_crs, e);
    if (st != STATUS_OK) {
        geo_crs_destroy(crs);
        return st;
    }
    *out = crs;
    return STATUS_OK;
}

enum status geo_crs_to_metric(struct geo_crs *crs, struct geo_point point, struct geo_metric *out,
                              struct err *e)
{
    PJ_COORD c = proj_coord(point.lon, point.lat, 0, HUGE_VAL);
    if (crs->shift) {
        c = proj_trans(crs->shift, PJ_FWD, c);
        c.xyzt.z = 0; /* the shift's third number is a height, which a map has not */
    }
    c = proj_trans(crs->projection, PJ_FWD, c);
    if (!isfinite(c.xy.x) || !isfinite(c.xy.y)) {
        return err_set(e, STATUS_INVALID, "%.9g %.9g is outside the metric coordinate system",
                       point.lon, point.lat);
    }
    *out = (struct geo_metric){c.xy.x, c.xy.y};
    return STATUS_OK;
}

enum status geo_crs_from_metric(struct geo_crs *crs, struct geo_metric metric,
                                struct geo_point *out, struct err *e)
{
    PJ_COORD c =
        proj_trans(crs->projection, PJ_INV, proj_coord(metric.east, metric.north, 0, HUGE_VAL));
    if (crs->shift) {
        c.xyzt.z = 0;
        c = proj_trans(crs->shift, PJ_INV, c);
    }
    if (!isfinite(c.xy.x) || !isfinite(c.xy.y)) {
        return err_set(e, STATUS_INVALID, "east %.9g north %.9g is outside the coordinate system",
                       metric.east, metric.north);
    }
    *out = (struct geo_point){c.xy.x, c.xy.y};
    return STATUS_OK;
}
