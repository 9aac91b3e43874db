/* The demo city's telephone side: how long its last month's calls took, and a few e-mails, messages
 * and posts that wait to be entered, so that an operator's screen has something to show at once. */
#ifndef CITY_CITY_DEMO_CALLS_H
#define CITY_CITY_DEMO_CALLS_H

#include "server/db/db_sync.h"

/* Works as the owner, from the complaints that are there. Does nothing where it was done before. */
enum status city_demo_calls(struct db_sync *db, struct err *e) MUST_CHECK;

#endif
