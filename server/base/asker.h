/* Whom the running turn of a thread's work is for. PostgreSQL decides by it which complaints a
 * statement may see (sql/0019_scope.sql), so a handler that forgets to ask is not a leak.
 *
 * It follows the work by itself: auth_resolve says who asks; a statement (db_pool.h), a compute job
 * and a letter take along who it was when they were submitted, and their callbacks run as that one
 * again. Whoever calls back later from a list of his own keeps a copy (asker_now) and swaps it in.
 * Where nobody was named, nobody asks, and nothing is seen. Each thread has its own. */
#ifndef BASE_ASKER_H
#define BASE_ASKER_H

#include <stdbool.h>

/* The service itself, which sees all: for what it does by itself, and for lists and maps that show
 * everybody the same few harmless facts. Say it at the one statement that needs it. */
#define ASKER_SERVICE "service"

struct asker {
    char who[100]; /* "user:LOGIN", "key:NAME", ASKER_SERVICE; "": nobody */
    char held[16]; /* a tracking code that was named: the key to that one complaint */
};

/* Who it is now. */
const struct asker *asker_now(void);
/* Swaps in another, NULL for nobody; answers who it was, to be put back. */
struct asker asker_swap(const struct asker *next);
/* Changes who it is. A name too long to be one is nobody. */
void asker_name(const char *who);
void asker_hold(const char *code);

#endif
