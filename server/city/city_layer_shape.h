/* A GeoJSON geometry as the text that PostGIS reads, checked so far that PostGIS cannot choke on
 * it: positions that are on earth, closed rings, lines of two positions. Whether rings cross is
 * PostGIS's to say. */
#ifndef CITY_CITY_LAYER_SHAPE_H
#define CITY_CITY_LAYER_SHAPE_H

#include <stdbool.h>

#include "geo/geo_crs.h"
#include "server/base/str.h"

struct json_object;

enum city_shape { CITY_SHAPE_POINT, CITY_SHAPE_LINE, CITY_SHAPE_POLYGON, CITY_SHAPES };
/* As hotline.layers.kind has them. */
extern const char *const city_shape_names[CITY_SHAPES];

/* Appends "SRID=4326;POINT(106.7 10.8)". With `crs`, coordinates are metres of it, east first.
 * False with *why set; what was appended is then of no use. */
bool city_layer_shape(struct json_object *geometry, struct geo_crs *crs, struct strbuf *out,
                      enum city_shape *shape, const char **why);

#endif
