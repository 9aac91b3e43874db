#include "server/db/db_sync.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"

/* COPY data is handed to libpq in pieces of about this size. */
#define COPY_PIECE      ((size_t)64 * 1024)
#define COPY_BUFFER_MAX ((size_t)64 * 1024 * 1024)
#define PARAMETERS_MAX  64
#define OPTIONS_MAX     64 /* libpq has some forty */

struct db_sync {
    PGconn *conn;
    bool copying;
    bool row_started;
    struct strbuf copy;
};

/* A result, under our name. */
/* --- errors ----------------------------------------------------------------------------------- */

struct sqlstate_rule {
    const char *prefix; /* the longest first */
    enum status status;
};

static enum status status_of_sqlstate(const char *sqlstate)
{
    static const struct sqlstate_rule rules[] = {
        {"57014", STATUS_TIMEOUT},  {"55P03", STATUS_BUSY},     {"42501", STATUS_CONFLICT},
        {"P0001", STATUS_INVALID},  {"08", STATUS_UNAVAILABLE}, {"57P", STATUS_UNAVAILABLE},
        {"53", STATUS_UNAVAILABLE}, {"23", STATUS_CONFLICT},    {"40", STATUS_CONFLICT},
        {"22", STATUS_INVALID},     {"3D", STATUS_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strncmp(sqlstate, rules[i].prefix, strlen(rules[i].prefix)) == 0) {
            return rules[i].status;
        }
    }
    return STATUS_INTERNAL;
}

static enum status fail_connection(const PGconn *conn, struct err *e)
{
    struct str text = str_trim(str_of(PQerrorMessage(conn)));
    int n = text.n > 400 ? 400 : (int)text.n;
    return err_set(e, STATUS_UNAVAILABLE, "database: %.*s", n, text.p);
}

static enum status fail_result(const PGconn *conn, const PGresult *result, struct err *e)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!sqlstate) {
        return fail_connection(conn, e);
    }
    return err_set(e, status_of_sqlstate(sqlstate), "database: %s (SQLSTATE %s)",
                   message ? message : "failed", sqlstate);
}

static void drop_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* --- the connection --------------------------------------------------------------------------- */

/* Takes over `conn`, which may be NULL or have failed. */
static enum status open_session(PGconn *conn, const char *role, struct db_sync **out, struct err *e)
{
    struct db_sync *db = calloc(1, sizeof *db);
    if (!db || !conn) {
        PQfinish(conn);
        free(db);
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    strbuf_init(&db->copy, COPY_BUFFER_MAX);
    db->conn = conn;
    enum status status = STATUS_OK;
    if (PQstatus(conn) != CONNECTION_OK) {
        status = fail_connection(conn, e);
    } else {
        PQsetNoticeReceiver(conn, drop_notice, NULL);
        status = db_sync_exec(db,
                              "SET timezone = 'UTC'; SET client_min_messages = warning;"
                              "SET extra_float_digits = 1; SET hotline.sees = 'all'",
                              e);
    }
    if (status == STATUS_OK && role) {
        status = db_sync_set_role(db, role, e);
    }
    if (status != STATUS_OK) {
        db_sync_close(db);
        return status;
    }
    *out = db;
    return STATUS_OK;
}

enum status db_sync_connect(const char *url, const char *role, struct db_sync **out, struct err *e)
{
    const char *const keys[] = {"dbname", "fallback_application_name", "client_encoding",
                                "connect_timeout", NULL};
    const char *const values[] = {url, "hotline", "UTF8", "10", NULL};
    return open_session(PQconnectdbParams(keys, values, 1), role, out, e);
}

enum status db_sync_connect_like(const struct db_sync *db, const char *role, struct db_sync **out,
                                 struct err *e)
{
    const char *keys[OPTIONS_MAX + 1] = {NULL};
    const char *values[OPTIONS_MAX + 1] = {NULL};
    size_t n = 0;
    PQconninfoOption *options = PQconninfo(db->conn);
    for (PQconninfoOption *o = options; o && o->keyword && n < OPTIONS_MAX; o++) {
        if (o->val && *o->val) {
            keys[n] = o->keyword;
            values[n++] = o->val;
        }
    }
    PGconn *conn = options ? PQconnectdbParams(keys, values, 0) : NULL;
    PQconninfoFree(options);
    return open_session(conn, role, out, e);
}

void db_sync_close(struct db_sync *db)
{
    if (db) {
        PQfinish(db->conn);
        strbuf_free(&db->copy);
        free(db);
    }
}

enum status db_sync_set_role(struct db_sync *db, const char *role, struct err *e)
{
    if (!role) {
        return db_sync_exec(db, "RESET ROLE", e);
    }
    const char *const params[] = {role};
    enum status status =
        db_sync_run(db, "SELECT pg_catalog.set_config('role', $1, false)", 1, params, NULL, e);
    return status == STATUS_OK ? status : err_wrap(e, "cannot work as %s", role);
}

/* --- statements ------------------------------------------------------------------------------- */

static enum status check_result(const struct db_sync *db, const PGresult *result, struct err *e)
{
    ExecStatusType type = PQresultStatus(result);
    if (type == PGRES_COMMAND_OK || type == PGRES_TUPLES_OK) {
        return STATUS_OK;
    }
    if (type == PGRES_EMPTY_QUERY) {
        return STATUS_OK;
    }
    return fail_result(db->conn, result, e);
}

enum status db_sync_exec(struct db_sync *db, const char *sql, struct err *e)
{
    BUG_IF(db->copying);
    PGresult *result = PQexec(db->conn, sql);
    enum status status = check_result(db, result, e);
    PQclear(result);
    return status;
}

static PGresult *run_params(struct db_sync *db, const char *sql, size_t n,
                            const char *const params[], bool binary)
{
    BUG_IF(db->copying);
    BUG_IF(n > PARAMETERS_MAX);
    return PQexecParams(db->conn, sql, (int)n, NULL, params, NULL, NULL, binary ? 1 : 0);
}

enum status db_sync_run(struct db_sync *db, const char *sql, size_t n, const char *const params[],
                        size_t *affected, struct err *e)
{
    PGresult *result = run_params(db, sql, n, params, false);
    enum status status = check_result(db, result, e);
    if (status == STATUS_OK && affected) {
        *affected = (size_t)strtoull(PQcmdTuples(result), NULL, 10);
    }
    PQclear(result);
    return status;
}

static enum status query_as(struct db_sync *db, PGresult *result, struct db_rows **out,
                            struct err *e)
{
    enum status status = check_result(db, result, e);
    if (status != STATUS_OK) {
        PQclear(result);
        return status;
    }
    *out = (struct db_rows *)(void *)result;
    return STATUS_OK;
}

enum status db_sync_query(struct db_sync *db, const char *sql, size_t n, const char *const params[],
                          struct db_rows **out, struct err *e)
{
    return query_as(db, run_params(db, sql, n, params, false), out, e);
}

enum status db_sync_query_binary(struct db_sync *db, const char *sql, size_t n,
                                 const char *const params[], struct db_rows **out, struct err *e)
{
    return query_as(db, run_params(db, sql, n, params, true), out, e);
}

enum status db_sync_number(struct db_sync *db, const char *sql, int64_t *out, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, sql, 0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (db_rows_count(rows) == 1) {
        *out = db_rows_int(rows, 0, 0);
    } else {
        status = err_set(e, STATUS_INTERNAL, "database: one value was expected");
    }
    db_rows_free(rows);
    return status;
}

enum status db_sync_begin(struct db_sync *db, struct err *e)
{
    return db_sync_exec(db, "BEGIN", e);
}

enum status db_sync_commit(struct db_sync *db, struct err *e)
{
    BUG_IF(PQtransactionStatus(db->conn) == PQTRANS_INERROR);
    return db_sync_exec(db, "COMMIT", e);
}

void db_sync_rollback(struct db_sync *db)
{
    if (db->copying) {
        (void)PQputCopyEnd(db->conn, "given up");
        for (PGresult *r = PQgetResult(db->conn); r; r = PQgetResult(db->conn)) {
            PQclear(r);
        }
        db->copying = false;
    }
    PGTransactionStatusType state = PQtransactionStatus(db->conn);
    if (state == PQTRANS_INTRANS || state == PQTRANS_INERROR) {
        PQclear(PQexec(db->conn, "ROLLBACK"));
    }
}

/* --- COPY ------------------------------------------------------------------------------------- */

enum status db_sync_copy_begin(struct db_sync *db, const char *sql, struct err *e)
{
    BUG_IF(db->copying);
    PGresult *result = PQexec(db->conn, sql);
    bool ok = PQresultStatus(result) == PGRES_COPY_IN;
    enum status status = ok ? STATUS_OK : fail_result(db->conn, result, e);
    PQclear(result);
    db->copying = ok;
    db->row_started = false;
    strbuf_reset(&db->copy);
    return status;
}

static void copy_separate(struct db_sync *db)
{
    BUG_IF(!db->copying);
    if (db->row_started) {
        strbuf_append_char(&db->copy, '\t');
    }
    db->row_started = true;
}

void db_sync_copy_text(struct db_sync *db, struct str text)
{
    copy_separate(db);
    size_t from = 0;
    for (size_t i = 0; i < text.n; i++) {
        char replacement = 0;
        switch (text.p[i]) {
        case '\\':
            replacement = '\\';
            break;
        case '\t':
            replacement = 't';
            break;
        case '\n':
            replacement = 'n';
            break;
        case '\r':
            replacement = 'r';
            break;
        default:
            continue;
        }
        strbuf_append(&db->copy, text.p + from, i - from);
        strbuf_append_char(&db->copy, '\\');
        strbuf_append_char(&db->copy, replacement);
        from = i + 1;
    }
    strbuf_append(&db->copy, text.p + from, text.n - from);
}

void db_sync_copy_z(struct db_sync *db, const char *text)
{
    if (text) {
        db_sync_copy_text(db, str_of(text));
        return;
    }
    copy_separate(db);
    strbuf_append_z(&db->copy, "\\N");
}

void db_sync_copy_int(struct db_sync *db, int64_t value)
{
    copy_separate(db);
    strbuf_printf(&db->copy, "%" PRId64, value);
}

void db_sync_copy_double(struct db_sync *db, double value)
{
    copy_separate(db);
    strbuf_printf(&db->copy, "%.17g", value);
}

/* A failure here (the server refused an earlier row) is told again, with its reason, at the end. */
static void copy_flush(struct db_sync *db)
{
    if (db->copy.n > 0) {
        (void)PQputCopyData(db->conn, db->copy.p, (int)db->copy.n);
        strbuf_reset(&db->copy);
    }
}

void db_sync_copy_row(struct db_sync *db)
{
    BUG_IF(!db->copying);
    strbuf_append_char(&db->copy, '\n');
    db->row_started = false;
    if (db->copy.n >= COPY_PIECE && !db->copy.failed) {
        copy_flush(db);
    }
}

enum status db_sync_copy_end(struct db_sync *db, size_t *rows, struct err *e)
{
    BUG_IF(!db->copying);
    bool overflow = db->copy.failed;
    if (!overflow) {
        copy_flush(db);
    }
    (void)PQputCopyEnd(db->conn, overflow ? "a row is too large" : NULL);
    db->copying = false;
    strbuf_free(&db->copy);
    enum status status = STATUS_OK;
    size_t count = 0;
    for (PGresult *r = PQgetResult(db->conn); r; r = PQgetResult(db->conn)) {
        if (status == STATUS_OK) {
            status = check_result(db, r, e);
            count = (size_t)strtoull(PQcmdTuples(r), NULL, 10);
        }
        PQclear(r);
    }
    if (overflow) {
        return err_set(e, STATUS_NO_MEMORY, "a row is too large to load");
    }
    if (status == STATUS_OK && rows) {
        *rows = count;
    }
    return status;
}

/* --- for other programs ----------------------------------------------------------------------- */

enum status db_sync_environment(const struct db_sync *db, char ***out, struct err *e)
{
    PQconninfoOption *options = PQconninfo(db->conn);
    if (!options) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    size_t count = 0;
    size_t bytes = 0;
    for (PQconninfoOption *o = options; o->keyword; o++) {
        if (o->envvar && o->val && *o->val) {
            count++;
            bytes += strlen(o->envvar) + strlen(o->val) + 2;
        }
    }
    char **list = malloc((count + 1) * sizeof *list + bytes);
    if (list) {
        char *at = (char *)(list + count + 1);
        size_t i = 0;
        for (PQconninfoOption *o = options; o->keyword; o++) {
            if (o->envvar && o->val && *o->val) {
                list[i++] = at;
                size_t size = strlen(o->envvar) + strlen(o->val) + 2;
                (void)snprintf(at, size, "%s=%s", o->envvar, o->val);
                at += size;
            }
        }
        list[count] = NULL;
        *out = list;
    }
    PQconninfoFree(options);
    return list ? STATUS_OK : err_set(e, STATUS_NO_MEMORY, "out of memory");
}

/* --- COPY ... TO ------------------------------------------------------------------------------ */

#define COPY_COLUMNS_MAX 16
#define COPY_SIGNATURE   11 /* bytes, then flags and the length of an extension */
#define Y2000_S          INT64_C(946684800)

struct copied {
    db_sync_copied *row;
    void *arg;
};

static uint64_t big_endian(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

int16_t db_value_int16(struct db_value v)
{
    return v.n == 2 ? (int16_t)big_endian(v.p, 2) : 0;
}

int32_t db_value_int32(struct db_value v)
{
    return v.n == 4 ? (int32_t)big_endian(v.p, 4) : 0;
}

int64_t db_value_int64(struct db_value v)
{
    return v.n == 8 ? (int64_t)big_endian(v.p, 8) : 0;
}

int64_t db_value_seconds(struct db_value v)
{
    int64_t us = db_value_int64(v);
    if (us == INT64_MIN || us == INT64_MAX) {
        return us;
    }
    return us / 1000000 - (us % 1000000 < 0) + Y2000_S;
}

/* The rows in one message. `fresh`: it begins with the file's head. -1: not what was promised. */
static int copied_rows(const unsigned char *p, size_t n, bool fresh, size_t n_columns,
                       const struct copied *to)
{
    const unsigned char *end = p + n;
    struct db_value values[COPY_COLUMNS_MAX];
    if (fresh) {
        if (n < COPY_SIGNATURE + 8) {
            return -1;
        }
        p += COPY_SIGNATURE + 8 + big_endian(p + COPY_SIGNATURE + 4, 4);
    }
    while (end - p >= 2) {
        int64_t columns = (int16_t)big_endian(p, 2);
        p += 2;
        if (columns < 0) {
            return 0; /* the end mark */
        }
        if ((size_t)columns != n_columns) {
            return -1;
        }
        for (size_t i = 0; i < n_columns; i++) {
            if (end - p < 4) {
                return -1;
            }
            values[i] = (struct db_value){p + 4, (int32_t)big_endian(p, 4)};
            p += 4 + (values[i].n > 0 ? values[i].n : 0);
        }
        if (p > end) {
            return -1;
        }
        if (!to->row(to->arg, values)) {
            return 1;
        }
    }
    return p == end ? 0 : -1;
}

enum status db_sync_copy_out(struct db_sync *db, const char *sql, size_t n_columns,
                             db_sync_copied *row, void *arg, struct err *e)
{
    const struct copied to = {row, arg};
    BUG_IF(n_columns > COPY_COLUMNS_MAX);
    PGresult *result = PQexec(db->conn, sql);
    enum status status =
        PQresultStatus(result) == PGRES_COPY_OUT ? STATUS_OK : fail_result(db->conn, result, e);
    PQclear(result);
    char *bytes = NULL;
    bool fresh = true;
    int n = -1;
    while (status == STATUS_OK && (n = PQgetCopyData(db->conn, &bytes, 0)) > 0) {
        int outcome = copied_rows((unsigned char *)bytes, (size_t)n, fresh, n_columns, &to);
        fresh = false;
        PQfreemem(bytes);
        if (outcome != 0) {
            return outcome > 0 ? err_set(e, STATUS_TIMEOUT, "copying was ended")
                               : err_set(e, STATUS_INTERNAL, "database: COPY in another form");
        }
    }
    if (status == STATUS_OK && n == -2) {
        status = fail_connection(db->conn, e);
    }
    for (PGresult *r = PQgetResult(db->conn); r; r = PQgetResult(db->conn)) {
        if (status == STATUS_OK && PQresultStatus(r) != PGRES_COMMAND_OK) {
            status = fail_result(db->conn, r, e);
        }
        PQclear(r);
    }
    return status;
}
