/* Checks and replays of rule sets, done beside the requests: a thread that takes jobs from
 * hotline.rule_jobs one after another. A job outlives the page that asked for it and the service
 * that took it: it is in the database, and another service takes it when this one falls silent. */
#ifndef CHANGE_CHANGE_JOBS_H
#define CHANGE_CHANGE_JOBS_H

#include "server/base/err.h"

struct change_jobs;

/* `database` is borrowed. */
enum status change_jobs_start(const char *database, struct change_jobs **out,
                              struct err *e) MUST_CHECK;
/* A job under way is given up and waits for whoever takes it next. NULL is fine. */
void change_jobs_stop(struct change_jobs *jobs);

#endif
