/* The words of a line of the text form: for route_rule_text.c and route_rule_file.c only.
 *
 * A value is a bare word (letters, digits, any byte of a non-ASCII character, and - _ . : / %) or
 * stands in double quotes, inside which \" and \\ stand for " and \. Lists are joined by commas. */
#ifndef ROUTING_ROUTE_RULE_WORDS_H
#define ROUTING_ROUTE_RULE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/arena.h"
#include "server/base/err.h"
#include "server/base/str.h"

struct words {
    struct arena *arena;
    struct str rest;
};

/* That a line is no longer than allowed and has no control characters. */
enum status words_check(struct str line, struct err *e) MUST_CHECK;
/* The next word up to white space, a comma or a parenthesis; empty at the end. */
struct str words_next(struct words *w);
/* True, and the word is taken, if it comes next. */
bool words_take(struct words *w, const char *word);
enum status words_expect(struct words *w, const char *word, struct err *e) MUST_CHECK;
/* Nothing must follow. */
enum status words_end(struct words *w, struct err *e) MUST_CHECK;
/* A whole number within the bounds. */
enum status words_number(struct words *w, const char *what, int32_t least, int32_t most,
                         int32_t *out, struct err *e) MUST_CHECK;
/* Small letters, digits and '-' (categories also '_' and capitals), at most 64. */
enum status words_code(struct words *w, const char *what, const char **out,
                       struct err *e) MUST_CHECK;
/* Any value, not empty. */
enum status words_name(struct words *w, const char *what, const char **out,
                       struct err *e) MUST_CHECK;
enum status words_codes(struct words *w, const char *const **out, size_t *n,
                        struct err *e) MUST_CHECK;
enum status words_list(struct words *w, const char *const **out, size_t *n,
                       struct err *e) MUST_CHECK;
/* A list in parentheses. */
enum status words_set(struct words *w, const char *const **out, size_t *n,
                      struct err *e) MUST_CHECK;

void words_write(const char *value, struct strbuf *out);        /* quoted where it must be */
void words_write_quoted(const char *value, struct strbuf *out); /* always */
void words_write_list(const char *const *values, size_t n, struct strbuf *out);

#endif
