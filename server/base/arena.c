#include "server/base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"

/* Under AddressSanitizer the bytes that are not handed out are poisoned, so that running over the
 * end of an allocation, or using one after arena_clear, is reported as with malloc. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>

/* Not inlined: gcc takes the poisoning of fresh memory for a read of it. */
static __attribute__((noinline)) void hide(void *p, size_t n)
{
    __asan_poison_memory_region(p, n);
}

static void show(void *p, size_t n)
{
    __asan_unpoison_memory_region(p, n);
}
#else
static void hide(void *p, size_t n)
{
    (void)p;
    (void)n;
}

static void show(void *p, size_t n)
{
    (void)p;
    (void)n;
}
#endif

#define ALIGNMENT   _Alignof(max_align_t)
#define FIRST_CHUNK ((size_t)4 * 1024)
#define LAST_CHUNK  ((size_t)64 * 1024) /* chunks double up to this */

struct chunk {
    struct chunk *next; /* the older one; the first chunk is the last of the chain */
    size_t size;        /* of data */
    size_t used;        /* always a multiple of ALIGNMENT */
    _Alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct chunk *top; /* where allocations come from */
    size_t max;        /* bytes of data in all chunks together */
    size_t total;      /* the same, now */
};

static struct chunk *chunk_create(size_t size, struct chunk *next)
{
    struct chunk *c = malloc(sizeof *c + size);
    if (!c) {
        return NULL;
    }
    c->next = next;
    c->size = size;
    c->used = 0;
    hide(c->data, size);
    return c;
}

static void chunk_destroy(struct chunk *c)
{
    show(c->data, c->size);
    free(c);
}

struct arena *arena_create(size_t max)
{
    struct arena *a = malloc(sizeof *a);
    if (!a) {
        return NULL;
    }
    max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4;
    max -= max % ALIGNMENT;
    a->max = max;
    a->total = max < FIRST_CHUNK ? max : FIRST_CHUNK;
    a->top = chunk_create(a->total, NULL);
    if (!a->top) {
        free(a);
        return NULL;
    }
    return a;
}

/* Frees every chunk but the first. */
static void drop_chunks(struct arena *a)
{
    while (a->top->next) {
        struct chunk *next = a->top->next;
        a->total -= a->top->size;
        chunk_destroy(a->top);
        a->top = next;
    }
}

void arena_destroy(struct arena *a)
{
    if (!a) {
        return;
    }
    drop_chunks(a);
    chunk_destroy(a->top);
    free(a);
}

void arena_clear(struct arena *a)
{
    drop_chunks(a);
    a->top->used = 0;
    hide(a->top->data, a->top->size);
}

/* Puts a chunk with at least `need` bytes on top. */
static bool add_chunk(struct arena *a, size_t need)
{
    size_t left = a->max - a->total;
    if (need > left) {
        return false;
    }
    size_t size = a->top->size < LAST_CHUNK / 2 ? a->top->size * 2 : LAST_CHUNK;
    size = size < need ? need : size;
    size = size < left ? size : left;
    struct chunk *c = chunk_create(size, a->top);
    if (!c) {
        return false;
    }
    a->top = c;
    a->total += size;
    return true;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > a->max) {
        return NULL;
    }
    /* Even nothing gets an address of its own. */
    size_t need = ((size > 0 ? size : 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (need > a->top->size - a->top->used && !add_chunk(a, need)) {
        return NULL;
    }
    unsigned char *p = a->top->data + a->top->used;
    a->top->used += need;
    show(p, size);
    return p;
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *p = arena_alloc(a, count * size);
    if (p) {
        memset(p, 0, count * size);
    }
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p = n < SIZE_MAX ? arena_alloc(a, n + 1) : NULL;
    if (!p) {
        return NULL;
    }
    if (n > 0) {
        memcpy(p, s, n);
    }
    p[n] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    char few[256]; /* most fit, and are printed once */
    va_list args;
    va_start(args, format);
    int n = vsnprintf(few, sizeof few, format, args);
    va_end(args);
    BUG_IF(n < 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    if (p && (size_t)n < sizeof few) {
        memcpy(p, few, (size_t)n + 1);
    } else if (p) {
        va_start(args, format);
        (void)vsnprintf(p, (size_t)n + 1, format, args);
        va_end(args);
    }
    return p;
}
