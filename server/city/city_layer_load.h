/* Loads a file into a layer: GeoJSON and CSV by itself, everything else that OGR reads (GeoPackage,
 * Shapefile, KML, ...) through the real ogr2ogr. */
#ifndef CITY_CITY_LAYER_LOAD_H
#define CITY_CITY_LAYER_LOAD_H

#include "server/city/city_layers.h"
#include "server/city/city_report.h"

/* What a file brings, all borrowed. Texts that are NULL: what the layer has already, or a default.
 */
struct city_layer_file {
    const char *path;
    /* layer.code NULL: made from the file's name. Of a layer that is there, what is NULL (or
     * negative) stays as it is. A new one needs name_vi. */
    struct city_layer layer;
    const char *group_vi, *group_en; /* make the group, where there is none of its code */
    /* Properties or columns. name: NULL tries the usual ones. */
    const char *name, *id, *from, *to;
    const char *lon, *lat;             /* CSV; NULL: lon and lat */
    const char *valid_from, *valid_to; /* of every feature that has none of its own */
    const char *crs;          /* "EPSG:9210": coordinates are metres of it; NULL: degrees */
    const char *source_layer; /* which one of a source with several */
    bool repair;              /* make invalid geometry valid, and say so */
    bool replace;             /* all of the layer goes, not only what this file brought before */
    bool secret, open;        /* not public; public; neither: as it is, or public */
};

/* Runs inside the caller's transaction: readers see the layer as it was until it ends. Features
 * that an earlier file of the same name brought are replaced.
 *
 * A feature is refused, by number and name, without a geometry, with one that is invalid (unless
 * `repair`) or of another kind than the layer's, with positions that are nowhere on earth, with a
 * validity that is no time or ends before it begins. */
enum status city_layer_load(struct db_sync *db, const struct city_layer_file *file, bool keep_good,
                            struct city_report *report, struct err *e) MUST_CHECK;

#endif
