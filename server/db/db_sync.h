/* A blocking PostgreSQL connection, for commands and for loading snapshots. The service's requests
 * never use it.
 *
 * Errors carry the SQLSTATE and PostgreSQL's primary message; never its DETAIL, its CONTEXT or a
 * parameter, where personal data would be. STATUS_CONFLICT is a violated constraint or a
 * serialization failure, STATUS_INVALID a value that PostgreSQL cannot read, STATUS_TIMEOUT a
 * statement timeout, STATUS_UNAVAILABLE a database that is down or full.
 *
 * One owner at a time. Sessions run with TimeZone UTC and client_encoding UTF8. */
#ifndef DB_DB_SYNC_H
#define DB_DB_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"
#include "server/base/str.h"
#include "server/db/db_rows.h"

struct db_sync;

/* What commands that change the configuration work as. */
#define DB_ROLE_OWNER   "hotline_owner"
#define DB_ROLE_SERVICE "hotline_service"

/* `url` is a libpq URL or connection string. With a role, SET ROLE to it; NULL stays the one who
 * logged in. Close with db_sync_close. */
enum status db_sync_connect(const char *url, const char *role, struct db_sync **out,
                            struct err *e) MUST_CHECK;
/* A second connection of the same kind: same database, same login, in that role. */
enum status db_sync_connect_like(const struct db_sync *db, const char *role, struct db_sync **out,
                                 struct err *e) MUST_CHECK;
void db_sync_close(struct db_sync *db); /* NULL is fine */

/* SET ROLE; NULL goes back to the one who logged in. */
enum status db_sync_set_role(struct db_sync *db, const char *role, struct err *e) MUST_CHECK;

/* One or several statements without parameters; their rows are dropped. */
enum status db_sync_exec(struct db_sync *db, const char *sql, struct err *e) MUST_CHECK;
/* One statement with text parameters (NULL is SQL's NULL) whose rows are dropped. *affected (may be
 * NULL) gets the number of rows inserted, updated or deleted. */
enum status db_sync_run(struct db_sync *db, const char *sql, size_t n, const char *const params[],
                        size_t *affected, struct err *e) MUST_CHECK;
/* One statement with text parameters; free *out with db_rows_free. */
enum status db_sync_query(struct db_sync *db, const char *sql, size_t n, const char *const params[],
                          struct db_rows **out, struct err *e) MUST_CHECK;
/* The same with values in PostgreSQL's binary form (big-endian numbers, EWKB): read each with
 * db_rows_str. For many rows: nothing is printed and parsed again. */
enum status db_sync_query_binary(struct db_sync *db, const char *sql, size_t n,
                                 const char *const params[], struct db_rows **out,
                                 struct err *e) MUST_CHECK;
/* One statement without parameters that gives exactly one row and column, as a number. */
enum status db_sync_number(struct db_sync *db, const char *sql, int64_t *out,
                           struct err *e) MUST_CHECK;

enum status db_sync_begin(struct db_sync *db, struct err *e) MUST_CHECK;
enum status db_sync_commit(struct db_sync *db, struct err *e) MUST_CHECK;
/* Ends a running COPY too. Harmless outside a transaction; a failure is of no interest, since the
 * server rolls back by itself when the connection ends. */
void db_sync_rollback(struct db_sync *db);

/* Streaming COPY ... FROM STDIN in text format: fields one after another, NULL-able, escaped here;
 * each row ended. Nothing else may run on the connection until db_sync_copy_end. A failure inside
 * is told by db_sync_copy_end. */
enum status db_sync_copy_begin(struct db_sync *db, const char *sql, struct err *e) MUST_CHECK;
void db_sync_copy_text(struct db_sync *db, struct str text);
void db_sync_copy_z(struct db_sync *db, const char *text); /* NULL is SQL's NULL */
void db_sync_copy_int(struct db_sync *db, int64_t value);
void db_sync_copy_double(struct db_sync *db, double value); /* every digit kept */
void db_sync_copy_row(struct db_sync *db);
enum status db_sync_copy_end(struct db_sync *db, size_t *rows, struct err *e) MUST_CHECK;

/* COPY ... TO STDOUT (FORMAT binary): calls `row` for each row with its n_columns values; false
 * ends it (STATUS_TIMEOUT, and the connection is of no more use). */
struct db_value {
    const unsigned char *p;
    int32_t n; /* bytes; -1 for NULL */
};
typedef bool db_sync_copied(void *arg, const struct db_value *values);
enum status db_sync_copy_out(struct db_sync *db, const char *sql, size_t n_columns,
                             db_sync_copied *row, void *arg, struct err *e) MUST_CHECK;
int16_t db_value_int16(struct db_value v); /* of a smallint; 0 for NULL, as below */
int32_t db_value_int32(struct db_value v);
int64_t db_value_int64(struct db_value v);
/* Whole seconds since 1970, rounded down, of a timestamptz; infinities are INT64_MIN and INT64_MAX.
 */
int64_t db_value_seconds(struct db_value v);

/* The parts of the connection as environment variables for a program that is to reach the same
 * database ("PGHOST=/run/x"), so that no password shows in a process list. NULL-ended, malloc'd in
 * one piece: free(*out). PGDATABASE is among them. */
enum status db_sync_environment(const struct db_sync *db, char ***out, struct err *e) MUST_CHECK;

#endif
