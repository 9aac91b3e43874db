/* Strings: a borrowed slice and a growable buffer with a ceiling given at birth.
 *
 * struct str never owns and need not end in NUL. struct strbuf owns its bytes and always keeps a
 * NUL after them. Appending past `max`, or running out of memory, sets `failed` and leaves the
 * buffer as it was; once failed every append is a no-op, so a long builder checks once at its end.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p; /* borrowed */
    size_t n;      /* bytes */
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

struct str str_of(const char *z); /* NULL gives the empty slice */
bool str_equal(struct str a, struct str b);
bool str_equal_z(struct str a, const char *z);
/* Fast and well spread; not against those who choose texts to collide. */
uint64_t str_hash(struct str s);
struct str str_trim(struct str s); /* ASCII white space at both ends */
/* Cuts the part before the first `separator` off *rest and returns it; the whole when there is
 * none. */
struct str str_cut(struct str *rest, char separator);

struct strbuf {
    char *p;     /* owned; "" until the first append */
    size_t n;    /* bytes without the NUL */
    size_t cap;  /* bytes allocated */
    size_t max;  /* the most n may become */
    bool failed; /* an append did not fit */
};

void strbuf_init(struct strbuf *b, size_t max);
void strbuf_free(struct strbuf *b);  /* back to the state after init, with the same max */
void strbuf_reset(struct strbuf *b); /* empties, keeps the memory */
void strbuf_append_slowly(struct strbuf *b, const void *bytes, size_t n); /* the other's part */
/* Here, so that what fits, as nearly everything does, costs no call, and the length of a literal is
 * known when it is compiled. */
static inline void strbuf_append(struct strbuf *b, const void *bytes, size_t n)
{
    if (n > 0 && n < b->cap - b->n &&
        !b->failed) { /* n + 1 bytes, and cap is never more than max + 1 */
        memcpy(b->p + b->n, bytes, n);
        b->n += n;
        b->p[b->n] = '\0';
    } else {
        strbuf_append_slowly(b, bytes, n);
    }
}
static inline void strbuf_append_z(struct strbuf *b, const char *z)
{
    strbuf_append(b, z, strlen(z));
}
static inline void strbuf_append_char(struct strbuf *b, char c)
{
    strbuf_append(b, &c, 1);
}
void strbuf_printf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Takes the bytes out (free() them); NULL if the buffer failed. The buffer is empty afterwards. */
char *strbuf_take(struct strbuf *b);

/* Makes room for `need` elements of `size` bytes in an owned array, doubling; returns the (moved)
 * array, or NULL with the old one intact when memory is short. */
void *array_grow(void *array, size_t *cap, size_t need, size_t size);

#endif
