#include "server/api/api_row.h"

static void on_read(void *arg, enum status status, const struct db_rows *result,
                    const struct err *e)
{
    struct http_request *r = arg;
    (void)e;
    if (status != STATUS_OK || db_rows_count(result) == 0) {
        http_problem_status(r, status == STATUS_OK ? STATUS_NOT_FOUND : status);
    } else {
        http_send(r, &(struct http_reply){.status = 200,
                                          .type = "application/json",
                                          .body = db_rows_str(result, 0, 0),
                                          .compress = true});
    }
    http_release(r);
}

void api_row_send(struct http_request *r, struct db_job *job)
{
    struct err e;
    job->done = on_read;
    job->arg = r;
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}
