#include "server/city/city_recompute.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/store_deadline.h"

enum column { CLOCK = 0, ID = STORE_CLOCK_N, VERSION, CODE };

/* Two at once would each count what the other changes. Looking takes it too: one is enough. */
#define LOCK_RECOMPUTE "SELECT CASE WHEN pg_try_advisory_xact_lock(7022102204) THEN 1 ELSE 0 END"

#define OPEN                                                                                       \
    " FROM hotline.complaints c WHERE c.closed_at IS NULL"                                         \
    " AND c.status NOT IN ('resolved', 'closed', 'rejected')"

static const char open_sql[] =
    "DECLARE open_complaints NO SCROLL CURSOR FOR SELECT " STORE_CLOCK_COLUMNS
    ", c.id, c.version, c.code" OPEN " ORDER BY c.id";

static const char stage_sql[] =
    "CREATE TEMPORARY TABLE due_incoming (complaint_id bigint PRIMARY KEY, version integer,"
    " pass_on_us bigint, accept_us bigint, answer_us bigint, resolve_us bigint) ON COMMIT DROP;"
    " GRANT SELECT ON due_incoming TO hotline_owner";

struct recomputing {
    struct db_sync *db;
    const struct snapshot *s;
    const struct city_recompute *c;
    struct city_recompute_result *result;
    struct store_clock clock;
    size_t all;
};

static void copy_due(struct recomputing *p, const struct db_rows *r, size_t row,
                     const struct route_due *due)
{
    db_sync_copy_int(p->db, db_rows_int(r, row, ID));
    db_sync_copy_int(p->db, db_rows_int(r, row, VERSION));
    for (int step = 0; step < ROUTE_STEPS; step++) {
        if (due->at_us[step] == INT64_MIN) {
            db_sync_copy_z(p->db, NULL);
        } else {
            db_sync_copy_int(p->db, due->at_us[step]);
        }
    }
    db_sync_copy_row(p->db);
}

static void recompute_one(struct recomputing *p, const struct db_rows *r, size_t row)
{
    store_clock_read(&p->clock, p->s, r, row, CLOCK);
    const struct route_due *before = &p->clock.stored;
    struct route_due due = route_deadlines_due(p->s->deadlines, &p->clock.facts);
    for (int step = 0; step < ROUTE_STEPS; step++) {
        due.at_us[step] = before->at_us[step] == INT64_MIN ? INT64_MIN : due.at_us[step];
    }
    if (memcmp(&due, before, sizeof due) == 0) {
        return;
    }
    p->result->changed++;
    p->result->earlier += due.at_us[ROUTE_STEP_RESOLVE] < before->at_us[ROUTE_STEP_RESOLVE];
    p->result->later += due.at_us[ROUTE_STEP_RESOLVE] > before->at_us[ROUTE_STEP_RESOLVE];
    if (p->c->each) {
        p->c->each(p->c->context, db_rows_text(r, row, CODE), before, &due);
    }
    if (p->c->apply) {
        copy_due(p, r, row, &due);
    }
}

static enum status recompute_batch(struct recomputing *p, const struct db_rows *r, struct err *e)
{
    enum status status = STATUS_OK;
    if (p->c->apply) {
        status = db_sync_copy_begin(p->db, "COPY pg_temp.due_incoming FROM STDIN", e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t row = 0; row < db_rows_count(r); row++) {
        recompute_one(p, r, row);
    }
    p->result->considered += db_rows_count(r);
    return p->c->apply ? db_sync_copy_end(p->db, NULL, e) : STATUS_OK;
}

static enum status recompute_all(struct recomputing *p, struct err *e)
{
    enum status status = STATUS_OK;
    size_t n = 1;
    while (status == STATUS_OK && n > 0) {
        struct db_rows *r = NULL;
        status = db_sync_query(p->db, "FETCH 5000 FROM open_complaints", 0, NULL, &r, e);
        if (status == STATUS_OK) {
            n = db_rows_count(r);
            status = recompute_batch(p, r, e);
        }
        db_rows_free(r);
        if (status == STATUS_OK && p->c->progress) {
            p->c->progress(p->c->context, p->result->considered, p->all);
        }
    }
    return status;
}

static enum status apply(struct recomputing *p, struct err *e)
{
    char id[16];
    (void)snprintf(id, sizeof id, "%" PRId32, p->c->id);
    const char *const asked[] = {id};
    const char *const own[] = {p->c->reason, p->c->actor};
    struct db_rows *r = NULL;
    enum status status =
        db_sync_exec(p->db, "CLOSE open_complaints; ANALYZE pg_temp.due_incoming", e);
    if (status == STATUS_OK && p->c->id != 0) {
        status =
            db_sync_query(p->db, "SELECT hotline.recompute_apply($1::integer, clock_timestamp())",
                          1, asked, &r, e);
    } else if (status == STATUS_OK) {
        status = db_sync_query(
            p->db, "SELECT hotline.deadlines_recomputed($1, clock_timestamp(), $2)", 2, own, &r, e);
    }
    if (status == STATUS_OK) {
        p->result->changed = (size_t)db_rows_int(r, 0, 0);
        db_rows_free(r);
        status = db_sync_commit(p->db, e);
    }
    return status;
}

static enum status begin(struct recomputing *p, struct err *e)
{
    int64_t n = 0;
    enum status status = db_sync_begin(p->db, e);
    if (status == STATUS_OK) {
        status = db_sync_number(p->db, LOCK_RECOMPUTE, &n, e);
    }
    if (status == STATUS_OK && n == 0) {
        return err_set(e, STATUS_BUSY, "due times are being counted anew already");
    }
    if (status == STATUS_OK && p->c->apply) {
        status = db_sync_exec(p->db, stage_sql, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_number(p->db, "SELECT count(*)" OPEN, &n, e);
        p->all = (size_t)n;
    }
    return status == STATUS_OK ? db_sync_exec(p->db, open_sql, e) : status;
}

enum status city_recompute_run(struct db_sync *db, const struct snapshot *s,
                               const struct city_recompute *c, struct city_recompute_result *out,
                               struct err *e)
{
    struct recomputing *p = calloc(1, sizeof *p);
    if (!p) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for deadlines");
    }
    *out = (struct city_recompute_result){0};
    *p = (struct recomputing){.db = db, .s = s, .c = c, .result = out};
    enum status status = begin(p, e);
    if (status == STATUS_OK) {
        status = recompute_all(p, e);
    }
    if (status == STATUS_OK && c->apply) {
        status = apply(p, e);
    }
    db_sync_rollback(db);
    free(p);
    return status;
}
