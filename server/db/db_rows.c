#include "server/db/db_rows.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"

/* A db_rows is a PGresult under a name that other folders may know. */
static const PGresult *pg(const struct db_rows *r)
{
    return (const PGresult *)(const void *)r;
}

size_t db_rows_count(const struct db_rows *r)
{
    return r == NULL ? 0 : (size_t)PQntuples(pg(r));
}

static void check_cell(const struct db_rows *r, size_t row, size_t column)
{
    BUG_IF(row >= (size_t)PQntuples(pg(r)));
    BUG_IF(column >= (size_t)PQnfields(pg(r)));
}

bool db_rows_null(const struct db_rows *r, size_t row, size_t column)
{
    check_cell(r, row, column);
    return PQgetisnull(pg(r), (int)row, (int)column) == 1;
}

const char *db_rows_text(const struct db_rows *r, size_t row, size_t column)
{
    check_cell(r, row, column);
    return PQgetvalue(pg(r), (int)row, (int)column);
}

const char *db_rows_text_or_null(const struct db_rows *r, size_t row, size_t column)
{
    return db_rows_null(r, row, column) ? NULL : db_rows_text(r, row, column);
}

struct str db_rows_str(const struct db_rows *r, size_t row, size_t column)
{
    const char *text = db_rows_text(r, row, column);
    return (struct str){text, (size_t)PQgetlength(pg(r), (int)row, (int)column)};
}

int64_t db_rows_int(const struct db_rows *r, size_t row, size_t column)
{
    return db_rows_int_or(r, row, column, 0);
}

int64_t db_rows_int_or(const struct db_rows *r, size_t row, size_t column, int64_t if_null)
{
    const char *text = db_rows_text(r, row, column);
    if (*text == '\0') {
        return if_null;
    }
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    BUG_IF(*end != '\0' || errno != 0);
    return (int64_t)value;
}

double db_rows_double(const struct db_rows *r, size_t row, size_t column)
{
    return db_rows_double_or(r, row, column, 0);
}

double db_rows_double_or(const struct db_rows *r, size_t row, size_t column, double if_null)
{
    const char *text = db_rows_text(r, row, column);
    if (*text == '\0') {
        return if_null;
    }
    char *end = NULL;
    double value = strtod(text, &end);
    BUG_IF(*end != '\0');
    return value;
}

bool db_rows_bool(const struct db_rows *r, size_t row, size_t column)
{
    return db_rows_text(r, row, column)[0] == 't';
}

unsigned char *db_rows_bytes(const struct db_rows *r, size_t row, size_t column, size_t *n)
{
    if (db_rows_null(r, row, column)) {
        return NULL;
    }
    const unsigned char *text = (const unsigned char *)db_rows_text(r, row, column);
    size_t length = 0;
    unsigned char *raw = PQunescapeBytea(text, &length);
    unsigned char *bytes = raw == NULL ? NULL : malloc(length + 1);
    if (bytes != NULL) {
        memcpy(bytes, raw, length);
        *n = length;
    }
    PQfreemem(raw);
    return bytes;
}

void db_rows_free(struct db_rows *r)
{
    PQclear((PGresult *)(void *)r);
}
