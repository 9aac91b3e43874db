#include "server/db/db_result.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/* A db_result is a PGresult under a name that other folders may know. */
static const PGresult *pg(const struct db_result *r)
{
    return (const PGresult *)(const void *)r;
}

size_t db_rows(const struct db_result *r)
{
    return r == NULL ? 0 : (size_t)PQntuples(pg(r));
}

size_t db_rows_changed(const struct db_result *r)
{
    /* PQcmdTuples only reads, but its declaration says otherwise. */
    union {
        const PGresult *in;
        PGresult *out;
    } same = {.in = pg(r)};
    return strtoul(PQcmdTuples(same.out), NULL, 10);
}

bool db_is_null(const struct db_result *r, size_t row, int column)
{
    return PQgetisnull(pg(r), (int)row, column) != 0;
}

struct str db_text(const struct db_result *r, size_t row, int column)
{
    return (struct str){PQgetvalue(pg(r), (int)row, column),
                        (size_t)PQgetlength(pg(r), (int)row, column)};
}

const char *db_text_z(const struct db_result *r, size_t row, int column)
{
    return db_is_null(r, row, column) ? NULL : PQgetvalue(pg(r), (int)row, column);
}

int64_t db_int(const struct db_result *r, size_t row, int column, int64_t if_null)
{
    return db_is_null(r, row, column) ? if_null : strtoll(db_text(r, row, column).p, NULL, 10);
}

double db_number(const struct db_result *r, size_t row, int column, double if_null)
{
    return db_is_null(r, row, column) ? if_null : strtod(db_text(r, row, column).p, NULL);
}

bool db_bool(const struct db_result *r, size_t row, int column)
{
    return db_text(r, row, column).p[0] == 't';
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t db_bytes_size(const struct db_result *r, size_t row, int column)
{
    struct str text = db_text(r, row, column);
    return text.n >= 2 ? (text.n - 2) / 2 : 0;
}

size_t db_bytes(const struct db_result *r, size_t row, int column, void *out, size_t max)
{
    struct str text = db_text(r, row, column);
    unsigned char *to = out;
    if (text.n < 2 || text.n % 2 != 0 || text.p[0] != '\\' || text.p[1] != 'x' ||
        (text.n - 2) / 2 > max) {
        return SIZE_MAX;
    }
    for (size_t i = 2; i < text.n; i += 2) {
        int high = nibble(text.p[i]);
        int low = nibble(text.p[i + 1]);
        if (high < 0 || low < 0) {
            return SIZE_MAX;
        }
        *to++ = (unsigned char)(high << 4 | low);
    }
    return (text.n - 2) / 2;
}
