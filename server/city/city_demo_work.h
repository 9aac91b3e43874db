/* What the demo city's agencies have made of its complaints: open ones stand at every step, with
 * notes, sub-tasks, returns and dates that were committed to; the newest ended ones have their
 * answers. */
#ifndef CITY_CITY_DEMO_WORK_H
#define CITY_CITY_DEMO_WORK_H

#include "server/db/db_sync.h"

/* Works as the owner, through the same transitions as people do (sql/0018_workflow.sql), only in
 * the past and without telling anybody. Does nothing where it was done before. The same complaints
 * get the same. */
enum status city_demo_work(struct db_sync *db, struct err *e) MUST_CHECK;

#endif
