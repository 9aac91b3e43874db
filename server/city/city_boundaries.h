/* Loads one generation of one level's boundaries from GeoJSON. */
#ifndef CITY_CITY_BOUNDARIES_H
#define CITY_CITY_BOUNDARIES_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

/* All borrowed. Properties that are NULL are not read. */
struct city_boundary_file {
    const char *path;
    const char *level;         /* ward or district */
    const char *valid_from;    /* day, included */
    const char *valid_to;      /* day, excluded; NULL: still in force */
    const char *code_property; /* NULL: parent code, '-' and the slug of the name */
    const char *name_property; /* NULL, or missing in a feature: the code */
    const char *type_property;
    const char *parent_property;
    bool approximate;
};

/* Runs inside the caller's transaction. Units that are there with the same level, code and validity
 * are brought up to date and keep their ids; units of the same source and level that the file no
 * longer has are removed (STATUS_CONFLICT if something refers to them).
 *
 * A feature is refused, by name, when it has no polygon, no code and no name, coordinates that are
 * no longitude and latitude, a code that another feature has, or a geometry that is broken beyond a
 * relative change of area of 1e-6; a smaller repair is made and told. */
enum status city_boundaries_load(struct db_sync *db, const struct city_boundary_file *file,
                                 bool keep_good, struct city_report *report,
                                 struct err *e) MUST_CHECK;

#endif
