/* Imports complaints from CSV by the same path as those that come over HTTP: placed, routed and
 * stored by the same functions. */
#ifndef CITY_CITY_COMPLAINTS_H
#define CITY_CITY_COMPLAINTS_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/city/city_plan.h"
#include "server/db/db_sync.h"

/* The columns of our own form: id, received_at, closed_at, category, description, address, channel,
 * lon, lat, accuracy_m, occurred_at, reporter_name, reporter_phone, reporter_email. */
extern const struct city_complaint_columns city_complaints_own_columns;

/* Every record comes to one of three ends, which are counted and told: stored; repeated (its source
 * and number were stored before); refused, with its line and the reason. A record without a place
 * is stored without one. Columns that the file lacks are taken as not given, but received_at and
 * category are needed. Where the city recorded the unit itself, tells how many can be compared and
 * how many agree.
 *
 * With keep_good each batch is committed by itself; without, the whole file is one transaction that
 * a refused record undoes. The database must hold categories and agencies. */
enum status city_complaints_load(struct db_sync *db, const struct city_complaint_file *file,
                                 bool keep_good, struct err *e) MUST_CHECK;

#endif
