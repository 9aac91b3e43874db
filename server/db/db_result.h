/* A read-only view of what a statement answered. Borrowed: valid during the callback, or until the
 * owner of the result lets it go. Values are in PostgreSQL's text format. */
#ifndef DB_DB_RESULT_H
#define DB_DB_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct db_result;

size_t db_rows(const struct db_result *r);
size_t db_rows_changed(const struct db_result *r); /* by INSERT, UPDATE, DELETE */
bool db_is_null(const struct db_result *r, size_t row, int column);
struct str db_text(const struct db_result *r, size_t row, int column); /* empty for NULL */
const char *db_text_z(const struct db_result *r, size_t row, int column); /* NULL for NULL */
int64_t db_int(const struct db_result *r, size_t row, int column, int64_t if_null);
double db_number(const struct db_result *r, size_t row, int column, double if_null);
bool db_bool(const struct db_result *r, size_t row, int column);
/* bytea as text "\x...": decoded in place of the caller's memory; returns bytes written, or
 * SIZE_MAX when it isn't bytea or `max` is too small. */
size_t db_bytes(const struct db_result *r, size_t row, int column, void *out, size_t max);
/* Length of a bytea value once decoded. */
size_t db_bytes_size(const struct db_result *r, size_t row, int column);

#endif
