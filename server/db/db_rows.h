/* What a statement answered, from either kind of connection: read-only rows of text.
 *
 * Columns count from 0. A cell that does not exist, or that is no number where one is asked for, is
 * a bug in the statement. Texts are NUL-ended and live as long as the rows: during a pool's
 * callback, or until db_rows_free for rows that a blocking connection gave. */
#ifndef DB_DB_ROWS_H
#define DB_DB_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct db_rows;

size_t db_rows_count(const struct db_rows *r); /* 0 for NULL */
bool db_rows_null(const struct db_rows *r, size_t row, size_t column);
const char *db_rows_text(const struct db_rows *r, size_t row, size_t column); /* "" for NULL */
const char *db_rows_text_or_null(const struct db_rows *r, size_t row, size_t column);
struct str db_rows_str(const struct db_rows *r, size_t row, size_t column);
int64_t db_rows_int(const struct db_rows *r, size_t row, size_t column); /* 0 for NULL */
int64_t db_rows_int_or(const struct db_rows *r, size_t row, size_t column, int64_t if_null);
double db_rows_double(const struct db_rows *r, size_t row, size_t column); /* 0 for NULL */
double db_rows_double_or(const struct db_rows *r, size_t row, size_t column, double if_null);
bool db_rows_bool(const struct db_rows *r, size_t row, size_t column); /* false for NULL */
/* The bytes of a bytea column, malloc'd (free them); NULL for NULL or when memory is short. */
unsigned char *db_rows_bytes(const struct db_rows *r, size_t row, size_t column, size_t *n);
void db_rows_free(struct db_rows *r); /* NULL is fine; never a pool's */

#endif
