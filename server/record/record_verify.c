#include "server/record/record_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/record/record_found.h"
#include "server/store/store_record.h"

#define WHERE_MAX  64
#define TELL_EVERY 20000
#define NEARBY     64 /* how far a row is looked for that stands in another's place */

void record_tell(struct verification *v, const char *where, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    v->result->broken++;
    v->options->found(v->options->arg, where, text);
}

static struct record_bytes bytes_of(struct db_value value)
{
    return (struct record_bytes){value.p, value.n};
}

/* ---- complaints ---- */

struct history_pass {
    struct verification *v;
    int64_t complaint_id, id;
    int32_t n;
    bool any, broken; /* of this complaint */
    unsigned char hash[RECORD_HASH];
    int32_t hash_n;
    char where[WHERE_MAX];
};

/* The n under which the row would be what it was, or 0. */
static int32_t true_place(const struct record_history *row)
{
    struct record_history other = *row;
    unsigned char hash[RECORD_HASH];
    for (other.n = row->n > NEARBY ? row->n - NEARBY : 1; other.n < row->n + NEARBY; other.n++) {
        record_history_hash(&other, hash);
        if (other.n != row->n && record_same(row->hash, hash)) {
            return other.n;
        }
    }
    return 0;
}

/* The row does not give its own hash: which part of it is not what it was? */
static void tell_changed(struct history_pass *p, const struct record_history *row)
{
    int32_t place = true_place(row);
    if (place > 0) {
        record_tell(p->v, p->where, "row %d (id %lld) was re-ordered: it was row %d", (int)row->n,
                    (long long)row->id, (int)place);
    } else {
        record_tell(p->v, p->where,
                    "row %d (id %lld, event %.*s) was changed: its number, times, event, actor or "
                    "hash is not what was recorded",
                    (int)row->n, (long long)row->id, row->event.n > 0 ? (int)row->event.n : 0,
                    (const char *)row->event.p);
    }
}

static bool place_good(struct history_pass *p, const struct record_history *row)
{
    int32_t expected = p->any ? p->n + 1 : 1;
    if (row->n > expected) {
        record_tell(p->v, p->where, "%s %d to %d deleted before row %d (id %lld)",
                    row->n - expected == 1 ? "a row is missing," : "rows are missing,",
                    (int)expected, (int)row->n - 1, (int)row->n, (long long)row->id);
    } else if (row->n < expected) {
        record_tell(p->v, p->where, "a second row %d (id %lld) was inserted", (int)row->n,
                    (long long)row->id);
    }
    return row->n == expected;
}

static bool link_good(struct history_pass *p, const struct record_history *row)
{
    struct record_bytes before = {p->hash, p->any ? p->hash_n : 0};
    if (record_equal(row->prev, before)) {
        return true;
    }
    if (p->any) {
        record_tell(p->v, p->where,
                    "row %d (id %lld) was replaced: row %d (id %lld) was chained to another one",
                    (int)p->n, (long long)p->id, (int)row->n, (long long)row->id);
    } else {
        record_tell(p->v, p->where, "row 1 (id %lld) was chained to an earlier one, now deleted",
                    (long long)row->id);
    }
    return false;
}

static bool detail_good(struct history_pass *p, const struct record_history *row,
                        struct record_bytes log_hash)
{
    unsigned char hash[RECORD_HASH];
    record_detail_hash(row, hash);
    if (row->salt.n >= 0) {
        if (record_same(row->detail_hash, hash)) {
            return true;
        }
        record_tell(p->v, p->where, "the detail of row %d (id %lld) was changed", (int)row->n,
                    (long long)row->id);
        return false;
    }
    char hex[2 * RECORD_HASH + 1];
    record_hex(hash, hex);
    p->v->result->redacted++;
    if (log_hash.n == (int32_t)strlen(hex) && memcmp(log_hash.p, hex, strlen(hex)) == 0) {
        return true;
    }
    record_tell(p->v, p->where,
                log_hash.n < 0 ? "row %d (id %lld) lost its detail, and the log knows no redaction"
                               : "row %d (id %lld) was changed after it was redacted",
                (int)row->n, (long long)row->id);
    return false;
}

static void check_row(struct history_pass *p, const struct record_history *row,
                      struct record_bytes log_hash)
{
    unsigned char hash[RECORD_HASH];
    record_history_hash(row, hash);
    if (!record_same(row->hash, hash)) {
        tell_changed(p, row);
        p->broken = true;
    } else if (!place_good(p, row) || !link_good(p, row) || !detail_good(p, row, log_hash)) {
        p->broken = true;
    }
}

static bool on_history(void *arg, const struct db_value *c)
{
    struct history_pass *p = arg;
    struct record_history row = {.complaint_id = db_value_int64(c[0]),
                                 .n = db_value_int32(c[2]),
                                 .id = db_value_int64(c[3]),
                                 .at_us = db_value_int64(c[4]),
                                 .recorded_us = db_value_int64(c[5]),
                                 .event = bytes_of(c[6]),
                                 .actor = bytes_of(c[7]),
                                 .detail = bytes_of(c[8]),
                                 .salt = bytes_of(c[9]),
                                 .detail_hash = bytes_of(c[10]),
                                 .prev = bytes_of(c[11]),
                                 .hash = bytes_of(c[12])};
    if (!p->v->result->complaints || row.complaint_id != p->complaint_id) {
        p->v->result->complaints++;
        p->complaint_id = row.complaint_id;
        p->any = p->broken = false;
        if (c[1].n > 0) {
            (void)snprintf(p->where, sizeof(p->where), "complaint %.*s", (int)c[1].n,
                           (const char *)c[1].p);
        } else {
            (void)snprintf(p->where, sizeof(p->where), "complaint #%lld (deleted)",
                           (long long)row.complaint_id);
        }
    }
    if (!p->broken) {
        check_row(p, &row, bytes_of(c[13]));
    }
    p->n = row.n;
    p->id = row.id;
    p->any = true;
    p->hash_n = row.hash.n == RECORD_HASH ? RECORD_HASH : 0;
    memcpy(p->hash, row.hash.p, (size_t)p->hash_n);
    if (++p->v->result->history_rows % TELL_EVERY == 0 && p->v->options->progress != NULL) {
        p->v->options->progress(p->v->options->arg, p->v->result->history_rows, p->v->about);
    }
    return true;
}

static enum status verify_history(struct verification *v, struct err *e)
{
    struct history_pass pass = {.v = v};
    char sql[2048];
    if (v->options->code == NULL) {
        (void)snprintf(sql, sizeof(sql), "%s", STORE_VERIFY_HISTORY STORE_VERIFY_ORDER);
    } else {
        (void)snprintf(sql, sizeof(sql),
                       STORE_VERIFY_HISTORY " AND c.code = '%s'" STORE_VERIFY_ORDER,
                       v->options->code);
    }
    return db_sync_copy_out(v->db, sql, STORE_VERIFY_HISTORY_COLUMNS, on_history, &pass, e);
}

/* Complaints without history, and chains that are shorter than a seal says. */
static enum status verify_ends(struct verification *v, struct err *e)
{
    const char *const params[] = {v->options->code};
    char where[WHERE_MAX];
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(v->db, STORE_VERIFY_SILENT, 1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        (void)snprintf(where, sizeof(where), "complaint %s", db_rows_text(rows, i, 0));
        record_tell(v, where, "all rows of its history are missing");
    }
    db_rows_free(rows);
    status = db_sync_query(v->db, STORE_VERIFY_HEADS, 1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        (void)snprintf(where, sizeof(where), "complaint %s", db_rows_text(rows, i, 1));
        if (db_rows_bool(rows, i, 4)) {
            record_tell(v, where, "row %s is not the row that the seal of %s names",
                        db_rows_text(rows, i, 2), db_rows_text(rows, i, 0));
        } else {
            record_tell(v, where, "its last rows are missing: row %s by the seal of %s, now %s",
                        db_rows_text(rows, i, 2), db_rows_text(rows, i, 0),
                        db_rows_text(rows, i, 3));
        }
    }
    db_rows_free(rows);
    return STATUS_OK;
}

/* ---- the log ---- */

struct audit_pass {
    struct verification *v;
    int64_t id;
    bool broken;
    unsigned char hash[RECORD_HASH];
    int32_t hash_n;
};

static bool on_audit(void *arg, const struct db_value *c)
{
    struct audit_pass *p = arg;
    unsigned char hash[RECORD_HASH];
    const struct record_audit row = {.id = db_value_int64(c[0]),
                                     .at_us = db_value_int64(c[1]),
                                     .event = bytes_of(c[2]),
                                     .actor = bytes_of(c[3]),
                                     .subject = bytes_of(c[4]),
                                     .detail = bytes_of(c[5]),
                                     .prev = bytes_of(c[6]),
                                     .hash = bytes_of(c[7])};
    const struct record_bytes before = {p->hash, p->hash_n};
    record_audit_hash(&row, hash);
    if (p->broken) {
        /* what comes after the first follows from it */
    } else if (row.id != p->id + 1) {
        record_tell(p->v, "log", "rows %lld to %lld are missing", (long long)p->id + 1,
                    (long long)row.id - 1);
        p->broken = true;
    } else if (!record_same(row.hash, hash)) {
        record_tell(p->v, "log", "row %lld (event %.*s) was changed", (long long)row.id,
                    row.event.n > 0 ? (int)row.event.n : 0, (const char *)row.event.p);
        p->broken = true;
    } else if (!record_equal(row.prev, before)) {
        record_tell(p->v, "log", "row %lld was replaced: row %lld was chained to another one",
                    (long long)p->id, (long long)row.id);
        p->broken = true;
    }
    p->id = row.id;
    p->hash_n = row.hash.n == RECORD_HASH ? RECORD_HASH : 0;
    memcpy(p->hash, row.hash.p, (size_t)p->hash_n);
    p->v->result->audit_rows++;
    return true;
}

/* ---- all ---- */

static enum status verify_all(struct verification *v, struct err *e)
{
    enum status status = db_sync_number(v->db, STORE_VERIFY_COUNT, &v->about, e);
    if (status == STATUS_OK) {
        status = verify_history(v, e);
    }
    if (status == STATUS_OK) {
        status = verify_ends(v, e);
    }
    if (status == STATUS_OK && v->options->code == NULL) {
        struct audit_pass pass = {.v = v};
        status = db_sync_copy_out(v->db, STORE_VERIFY_AUDIT, STORE_VERIFY_AUDIT_COLUMNS, on_audit,
                                  &pass, e);
        if (status == STATUS_OK) {
            status = record_verify_seals(v, e);
        }
    } else if (status == STATUS_OK && v->result->history_rows == 0 && v->result->broken == 0) {
        status = err_set(e, STATUS_NOT_FOUND, "there is no complaint %s", v->options->code);
    }
    return status;
}

enum status record_verify(struct db_sync *db, const struct record_options *options,
                          struct record_result *result, struct err *e)
{
    struct verification v = {.db = db, .options = options, .result = result};
    enum status status = db_sync_exec(db, STORE_VERIFY_BEGIN, e);
    if (status == STATUS_OK) {
        status = verify_all(&v, e);
        db_sync_rollback(db);
    }
    return status;
}
