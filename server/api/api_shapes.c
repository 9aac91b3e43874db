#include "server/api/api_shapes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_row.h"
#include "server/app/files.h"
#include "server/base/log.h"
#include "server/db/db_sync.h"
#include "server/store/store_shape.h"

const char *shapes_id(struct http_request *r)
{
    const char *id = http_parameter(r, "id");
    size_t n = strlen(id);
    if (n == 0 || n > 9 || strspn(id, "0123456789") != n) {
        http_problem(r, 404, NULL);
        return NULL;
    }
    return id;
}

void shapes_show(struct http_request *r, const char *sql)
{
    const char *id = change_allowed(r, SHAPES_READERS) ? shapes_id(r) : NULL;
    if (id != NULL) {
        api_row_send(r, &(struct db_job){.sql = sql, .n_params = 1, .params = {id}});
    }
}

struct later {
    const struct app *app;
    const char *sql;
    char id[16];
};

static enum status run_with(const struct later *l, struct db_sync *db, struct err *e)
{
    const char *const params[] = {l->id};
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, l->sql, l->id[0] == '\0' ? 0 : 1, params, &rows, e);
    db_rows_free(rows);
    return status;
}

static void run(void *arg)
{
    struct later *l = arg;
    struct db_sync *db = NULL;
    struct err e = {.text = ""};
    if (__atomic_load_n(&l->app->stopping, __ATOMIC_ACQUIRE)) {
        return; /* asked for again */
    }
    enum status status = db_sync_connect(l->app->options.database, DB_ROLE_SERVICE, &db, &e);
    if (status == STATUS_OK) {
        status = run_with(l, db, &e);
    }
    log_info("shapes.ended", "id=%s status=%s", l->id, status_name(status));
    if (status != STATUS_OK && db != NULL && l->id[0] != '\0') {
        const char *const params[] = {l->id, e.text};
        struct db_rows *rows = NULL;
        struct err ignored;
        (void)!db_sync_query(db, STORE_GENERATION_FAILED, 2, params, &rows, &ignored);
        db_rows_free(rows);
    }
    db_sync_close(db);
}

static void ended(void *arg)
{
    free(arg);
}

bool shapes_later(struct worker *w, const char *sql, const char *id)
{
    struct later *l = calloc(1, sizeof(*l));
    struct err e;
    if (l == NULL) {
        return false;
    }
    l->app = w->app;
    l->sql = sql;
    (void)snprintf(l->id, sizeof(l->id), "%s", id);
    struct compute_job job = {.work = run, .done = ended, .arg = l, .reply_to = w->mailbox};
    if (compute_submit(w->app->files->shapes, &job, &e) != STATUS_OK) {
        free(l);
        return false;
    }
    return true;
}
