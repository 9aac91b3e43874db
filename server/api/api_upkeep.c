/* What the service does by itself, every 15 seconds: listeners are told that it is still there, and
 * complaints that were resolved long enough ago are closed. */
#include "server/api/api.h"
#include "server/base/log.h"
#include "server/store/store_workflow.h"

static void on_closed(void *arg, enum status status, const struct db_rows *result,
                      const struct err *e)
{
    (void)arg;
    if (status != STATUS_OK) {
        log_warn("upkeep.close", "status=%s error=%s", status_name(status), e->text);
    } else if (db_rows_int(result, 0, 0) > 0) {
        log_info("upkeep.close", "complaints=%lld", (long long)db_rows_int(result, 0, 0));
    }
}

void api_idle(struct worker *w, bool stopping)
{
    api_events_idle(w, stopping);
    if (stopping || w->number != 0) {
        return; /* one worker of the service is enough; of several services one does it */
    }
    struct db_job job = {.sql = STORE_CLOSE_OLD, .done = on_closed};
    struct err e;
    if (db_pool_submit(w->reads, &job, &e) != STATUS_OK) {
        log_warn("upkeep.close", "error=%s", e.text);
    }
}
