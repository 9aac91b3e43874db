/* CSV as RFC 4180 and real exports have it: quotes, doubled quotes, CRLF or LF, line breaks inside
 * quotes, an optional UTF-8 BOM; plain or gzip (told by content); "-" is standard input.
 *
 * The first record names the columns. Not thread-safe. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/err.h"
#include "server/base/str.h"

struct csv;

enum status csv_open(const char *path, struct csv **out, struct err *e) MUST_CHECK;
void csv_close(struct csv *c); /* NULL is fine */

size_t csv_columns(const struct csv *c);
struct str csv_column_name(const struct csv *c, size_t column);
/* The column of that name, or -1. */
int csv_column(const struct csv *c, const char *name);

/* Reads the next record; empty lines are passed over. *more is false at the end. STATUS_INVALID,
 * with the line in the text, for a record with too few or too many fields or with text after a
 * closing quote: the next call goes on behind it. Also for a record over 1 MiB, a quote that is
 * never closed and broken gzip data: behind these nothing can be trusted, and the next call says
 * that the end is reached (as it does after STATUS_IO). */
enum status csv_next(struct csv *c, bool *more, struct err *e) MUST_CHECK;
/* Field of the current record, valid until the next csv_next; empty for column -1. */
struct str csv_field(const struct csv *c, int column);
size_t csv_line(const struct csv *c); /* the current record's first line, from 1 */
/* Share of the (compressed) file read, 0..1; 0 where the size is unknown. For progress. */
double csv_progress(const struct csv *c);

#endif
