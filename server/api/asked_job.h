/* Long work on open complaints that an administrator asked for (a transfer, due times anew): an
 * action has written its row, with an id; the work runs on a compute thread with a connection of
 * its own, and the row tells how far it is and how it failed. That it is done, the work itself
 * says. */
#ifndef API_ASKED_JOB_H
#define API_ASKED_JOB_H

#include <json-c/json.h>

#include "server/api/api.h"
#include "server/db/db_sync.h"

struct asked_job;

struct asked_job_kind {
    const char *name;     /* in the log */
    const char *progress; /* a statement: $1 id, $2 how many are done, $3 of how many */
    const char *failed;   /* $1 id, $2 why */
    /* Does it, or nothing where the row says that it was done before. Of a second one for the same
     * row (the request was repeated) the lock says STATUS_BUSY: then the first goes on. */
    enum status (*run)(struct asked_job *job, struct db_sync *db, struct err *e);
};

/* The row's. */
const char *asked_job_id(const struct asked_job *job);
/* `job` is a struct asked_job. Some times a second, beside the transaction that is under way. */
void asked_job_progress(void *job, size_t done, size_t all);

/* Begins the work of the row that `answer` has the id of, and answers 202 with it; 503 where the
 * queue is full: the row then stays `running` until the next one is asked for. */
void asked_job_begin(struct http_request *r, struct json_object *answer,
                     const struct asked_job_kind *kind);

#endif
