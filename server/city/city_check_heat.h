/* hotline check: a heat index is made afresh, and its counts are compared with PostGIS's, cell by
 * cell, under several filters, in one snapshot. */
#ifndef CITY_CITY_CHECK_HEAT_H
#define CITY_CITY_CHECK_HEAT_H

#include "server/city/city_check.h"

/* Prints what it finds as the rest of the check does; `database` as for db_sync_connect. */
enum status city_check_heat(const char *database, struct city_check_result *out,
                            struct err *e) MUST_CHECK;

#endif
