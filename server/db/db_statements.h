/* Which statements one connection has prepared, so that PostgreSQL parses and plans a text once and
 * not for each request. A text is prepared when it comes the second time: lists are built from what
 * they are asked for, and one that comes once is not worth a name.
 *
 * Bounded: the one that was not used for longest gives way, and is deallocated. Knows no libpq. */
#ifndef DB_DB_STATEMENTS_H
#define DB_DB_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#define DB_STATEMENT_NAME 24

struct db_statements;

/* What has to be sent for a text, in this order. "": nothing. */
struct db_statement {
    char forget[DB_STATEMENT_NAME]; /* deallocate that one */
    bool prepare;                   /* prepare `name` */
    char name[DB_STATEMENT_NAME];   /* execute by that name; "": send the text itself */
};

/* Keeps up to `max` texts, two at least; NULL when memory is short. */
struct db_statements *db_statements_create(size_t max);
void db_statements_free(struct db_statements *s); /* NULL is fine */

/* Copies the text. Without memory for it the answer is to send the text. */
void db_statements_use(struct db_statements *s, const char *sql, struct db_statement *out);
/* The server does not know it as it was prepared: next time it is prepared under another name. */
void db_statements_forget(struct db_statements *s, const char *sql);
/* The connection is new: nothing is prepared. What was seen is still known. */
void db_statements_reset(struct db_statements *s);

#endif
