#include "server/base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"

#define CAP_LEAST 256 /* most texts fit, and grow no more */

/* What an empty buffer points at. Shared by all of them and never written: cap 0 guards it. */
static char empty_text[1];

struct str str_of(const char *z)
{
    return z ? (struct str){z, strlen(z)} : (struct str){"", 0};
}

bool str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_equal_z(struct str a, const char *z)
{
    return str_equal(a, str_of(z));
}

#define HASH_BY UINT64_C(0xd6e8feb86659fd93)

static inline uint64_t hash_word(uint64_t h, const char *p)
{
    uint64_t word;
    memcpy(&word, p, 8);
    h = (h ^ word) * HASH_BY;
    return h ^ h >> 32;
}

uint64_t str_hash(struct str s)
{
    /* Eight at a time: none waits for the one before. Of short texts there is one. */
    uint64_t lanes[8] = {UINT64_C(0x9e3779b97f4a7c15) ^ s.n, 1, 2, 3, 4, 5, 6, 7};
    size_t i = 0;
    for (; i + 64 <= s.n; i += 64) {
        for (size_t k = 0; k < 8; k++) {
            lanes[k] = hash_word(lanes[k], s.p + i + 8 * k);
        }
    }
    uint64_t h = lanes[0];
    if (i > 0) {
        for (size_t k = 1; k < 8; k++) {
            h = (h ^ lanes[k]) * HASH_BY;
            h ^= h >> 32;
        }
    }
    for (; i + 8 <= s.n; i += 8) {
        h = hash_word(h, s.p + i);
    }
    for (; i < s.n; i++) {
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
    }
    return (h ^ h >> 29) * HASH_BY;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

struct str str_cut(struct str *rest, char separator)
{
    const char *at = rest->n > 0 ? memchr(rest->p, separator, rest->n) : NULL;
    struct str head = *rest;
    if (!at) {
        rest->p += rest->n;
        rest->n = 0;
        return head;
    }
    head.n = (size_t)(at - head.p);
    rest->p = at + 1;
    rest->n -= head.n + 1;
    return head;
}

void strbuf_init(struct strbuf *b, size_t max)
{
    /* A quarter of the address space, so that sizes can be doubled without a thought of overflow.
     */
    *b = (struct strbuf){.p = empty_text, .max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4};
}

void strbuf_free(struct strbuf *b)
{
    if (b->cap > 0) {
        free(b->p);
    }
    strbuf_init(b, b->max);
}

void strbuf_reset(struct strbuf *b)
{
    if (b->cap > 0) {
        b->p[0] = '\0';
    }
    b->n = 0;
    b->failed = false;
}

/* Makes room for n more bytes and a NUL; on failure marks the buffer. */
static bool make_room(struct strbuf *b, size_t n)
{
    if (b->failed) {
        return false;
    }
    if (n > b->max - b->n) {
        b->failed = true;
        return false;
    }
    size_t need = b->n + n + 1;
    if (need <= b->cap) {
        return true;
    }
    size_t cap = b->cap < CAP_LEAST ? CAP_LEAST : b->cap * 2;
    cap = cap < need ? need : cap > b->max + 1 ? b->max + 1 : cap;
    char *p = realloc(b->cap > 0 ? b->p : NULL, cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    b->p[b->n] = '\0';
    return true;
}

void strbuf_append_slowly(struct strbuf *b, const void *bytes, size_t n)
{
    if (n == 0 || !make_room(b, n)) {
        return;
    }
    memcpy(b->p + b->n, bytes, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
    if (b->failed) {
        return;
    }
    size_t room = b->cap > 0 ? b->cap - b->n : 0;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, format, args);
    va_end(args);
    BUG_IF(n < 0);
    if ((size_t)n < room && (size_t)n <= b->max - b->n) {
        b->n += (size_t)n;
        return;
    }
    if (room > 0) {
        b->p[b->n] = '\0'; /* the half line of the first try must not be seen if there is no room */
    }
    if (!make_room(b, (size_t)n)) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}

char *strbuf_take(struct strbuf *b)
{
    char *p = NULL;
    if (!b->failed && b->cap > 0) {
        p = b->p;
        strbuf_init(b, b->max);
        return p;
    }
    if (!b->failed) {
        p = calloc(1, 1);
    }
    strbuf_free(b);
    return p;
}

void *array_grow(void *array, size_t *cap, size_t need, size_t size)
{
    if (array && need <= *cap) {
        return array;
    }
    BUG_IF(size == 0);
    size_t most = SIZE_MAX / 2 / size;
    if (need > most) {
        return NULL;
    }
    size_t wanted = *cap > most / 2 ? most : *cap * 2;
    wanted = wanted < 8 ? 8 : wanted;
    wanted = wanted < need ? need : wanted;
    void *grown = realloc(array, wanted * size);
    if (grown) {
        *cap = wanted;
    }
    return grown;
}
