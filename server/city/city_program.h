/* Runs another program (osm2pgsql, ogr2ogr) to its end. */
#ifndef CITY_CITY_PROGRAM_H
#define CITY_CITY_PROGRAM_H

#include "server/base/err.h"

/* argv[0] is looked for on the PATH; argv ends in NULL. What it writes goes nowhere but into the
 * error: its last lines, on one line. `environment` ends in NULL (NULL: this process's own).
 * STATUS_NOT_FOUND: there is no such program; STATUS_INVALID: it could not read `path`. */
enum status city_program_run(char *const argv[], char **environment, const char *path,
                             struct err *e) MUST_CHECK;

#endif
