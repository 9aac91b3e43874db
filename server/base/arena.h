/* One pool per request: everything a request needs is allocated from it and cleared at once.
 *
 * Not thread-safe: one owner at a time. Memory is aligned for any type and not zeroed unless asked.
 * An arena has a ceiling; past it (or out of memory) the allocators return NULL. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

/* `max` bytes in all. NULL when memory is short. Free with arena_destroy. */
struct arena *arena_create(size_t max);
void arena_destroy(struct arena *a); /* NULL is fine */
void arena_clear(struct arena *a);   /* keeps the first chunk */

void *arena_alloc(struct arena *a, size_t size);
void *arena_calloc(struct arena *a, size_t count, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t n); /* always ends in NUL */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
