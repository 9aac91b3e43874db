/* What the database holds, for people at a terminal. */
#ifndef CITY_CITY_SUMMARY_H
#define CITY_CITY_SUMMARY_H

#include "server/base/err.h"
#include "server/db/db_sync.h"

/* Prints the city, its boundaries by level and validity, and how many of everything. */
enum status city_summary_print(struct db_sync *db, struct err *e) MUST_CHECK;

#endif
