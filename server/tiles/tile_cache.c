#include "server/tiles/tile_cache.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_LEAST 1024 /* a power of two */

/* A kept tile: in its hash chain and in the list by last use. */
struct tile_kept {
    unsigned holds; /* the cache's own, and those of replies under way */
    struct tile_kept *chain;
    struct tile_kept *newer, *older;
    uint64_t hash;
    size_t key_size, size; /* the key's NUL is counted */
    char *bytes;           /* freed with it */
    char key[];
};

struct waiter {
    struct waiter *next;
    tile_waiter *call;
    void *arg;
};

/* A tile being made. */
struct making {
    struct making *next;
    struct waiter *waiters;
    char key[];
};

struct tile_cache {
    size_t bytes_max;
    struct tile_kept **slots; /* hash chains */
    size_t n_slots;           /* a power of two, as many as tiles at least */
    struct tile_kept *newest, *oldest;
    struct making *making;
    struct tile_cache_stats stats;
};

static uint64_t hash_of(const char *key)
{
    size_t n = strlen(key); /* some thousands where a filter names many */
    uint64_t h = UINT64_C(14695981039346656037) ^ n;
    for (; n >= 8; key += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, key, 8);
        h = (h ^ word) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    for (; n > 0; key++, n--) {
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    }
    return h ^ (h >> 29);
}

enum status tile_cache_create(size_t bytes_max, struct tile_cache **out, struct err *e)
{
    struct tile_cache *c = calloc(1, sizeof(*c));
    if (c == NULL || (c->slots = calloc(SLOTS_LEAST, sizeof(struct tile_kept *))) == NULL) {
        free(c);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a tile cache");
    }
    c->n_slots = SLOTS_LEAST;
    c->bytes_max = bytes_max;
    *out = c;
    return STATUS_OK;
}

void tile_kept_release(struct tile_kept *k)
{
    if (--k->holds == 0) {
        free(k->bytes);
        free(k);
    }
}

static void unlink_use(struct tile_cache *c, struct tile_kept *k)
{
    if (k->newer == NULL) {
        c->newest = k->older;
    } else {
        k->newer->older = k->older;
    }
    if (k->older == NULL) {
        c->oldest = k->newer;
    } else {
        k->older->newer = k->newer;
    }
}

static void link_newest(struct tile_cache *c, struct tile_kept *k)
{
    k->newer = NULL;
    k->older = c->newest;
    if (c->newest == NULL) {
        c->oldest = k;
    } else {
        c->newest->newer = k;
    }
    c->newest = k;
}

static size_t weight(const struct tile_kept *k)
{
    return sizeof(*k) + k->key_size + k->size;
}

static void drop(struct tile_cache *c, struct tile_kept *k)
{
    struct tile_kept **at = &c->slots[k->hash & (c->n_slots - 1)];
    while (*at != k) {
        at = &(*at)->chain;
    }
    *at = k->chain;
    unlink_use(c, k);
    c->stats.bytes -= weight(k);
    c->stats.tiles--;
    tile_kept_release(k);
}

void tile_cache_destroy(struct tile_cache *c)
{
    if (c == NULL) {
        return;
    }
    while (c->newest != NULL) {
        drop(c, c->newest);
    }
    while (c->making != NULL) { /* their requests have been ended by the pool before */
        struct making *m = c->making;
        c->making = m->next;
        free(m);
    }
    free(c->slots);
    free(c);
}

static struct tile_kept *find(struct tile_cache *c, const char *key, uint64_t hash)
{
    struct tile_kept *k = c->slots[hash & (c->n_slots - 1)];
    while (k != NULL && (k->hash != hash || strcmp(k->key, key) != 0)) {
        k = k->chain;
    }
    return k;
}

bool tile_cache_get(struct tile_cache *c, const char *key, struct str *bytes)
{
    struct tile_kept *held = NULL;
    if (!tile_cache_hold(c, key, bytes, &held)) {
        return false;
    }
    tile_kept_release(held);
    return true;
}

bool tile_cache_hold(struct tile_cache *c, const char *key, struct str *bytes,
                     struct tile_kept **held)
{
    struct tile_kept *k = find(c, key, hash_of(key));
    if (k == NULL) {
        c->stats.misses++;
        return false;
    }
    c->stats.hits++;
    unlink_use(c, k);
    link_newest(c, k);
    k->holds++;
    *held = k;
    *bytes = (struct str){k->bytes, k->size};
    return true;
}

/* Twice as many chains, or longer ones without memory. */
static void grow(struct tile_cache *c)
{
    struct tile_kept **slots = calloc(2 * c->n_slots, sizeof(struct tile_kept *));
    if (slots == NULL) {
        return;
    }
    c->n_slots *= 2;
    for (struct tile_kept *k = c->newest; k != NULL; k = k->older) {
        struct tile_kept **slot = &slots[k->hash & (c->n_slots - 1)];
        k->chain = *slot;
        *slot = k;
    }
    free(c->slots);
    c->slots = slots;
}

/* Into its chain, the newest; what is too much goes. */
static void keep(struct tile_cache *c, struct tile_kept *k)
{
    if (c->stats.tiles >= c->n_slots) {
        grow(c);
    }
    k->holds++;
    k->chain = c->slots[k->hash & (c->n_slots - 1)];
    c->slots[k->hash & (c->n_slots - 1)] = k;
    link_newest(c, k);
    c->stats.bytes += weight(k);
    c->stats.tiles++;
    for (struct tile_kept *old = c->oldest; c->stats.bytes > c->bytes_max && old != k;) {
        struct tile_kept *next = old->newer;
        drop(c, old);
        old = next;
    }
}

/* NOLINTNEXTLINE(readability-non-const-parameter): freed with the tile */
struct tile_kept *tile_cache_give(struct tile_cache *c, const char *key, char *bytes, size_t n)
{
    uint64_t hash = hash_of(key);
    struct tile_kept *before = find(c, key, hash);
    size_t key_size = strlen(key) + 1;
    if (before != NULL) {
        drop(c, before);
    }
    struct tile_kept *k = malloc(sizeof(*k) + key_size);
    if (k == NULL) {
        return NULL;
    }
    *k = (struct tile_kept){
        .holds = 1, .hash = hash, .key_size = key_size, .size = n, .bytes = bytes};
    memcpy(k->key, key, key_size);
    if (n <= c->bytes_max / 8) {
        keep(c, k);
    }
    return k;
}

void tile_cache_put(struct tile_cache *c, const char *key, struct str bytes)
{
    char *copy = malloc(bytes.n + 1);
    if (copy == NULL) {
        return;
    }
    if (bytes.n > 0) {
        memcpy(copy, bytes.p, bytes.n);
    }
    struct tile_kept *held = tile_cache_give(c, key, copy, bytes.n);
    if (held == NULL) {
        free(copy);
    } else {
        tile_kept_release(held);
    }
}

bool tile_cache_wait(struct tile_cache *c, const char *key, tile_waiter *call, void *arg)
{
    struct making *m = c->making;
    while (m != NULL && strcmp(m->key, key) != 0) {
        m = m->next;
    }
    if (m != NULL) {
        struct waiter *w = malloc(sizeof(*w));
        if (w != NULL) {
            *w = (struct waiter){m->waiters, call, arg};
            m->waiters = w;
            c->stats.joined++;
            return true;
        }
        return false; /* without memory to wait it is made twice */
    }
    size_t size = strlen(key) + 1;
    m = malloc(sizeof(*m) + size);
    if (m != NULL) {
        m->next = c->making;
        m->waiters = NULL;
        memcpy(m->key, key, size);
        c->making = m;
    }
    return false;
}

void tile_cache_done(struct tile_cache *c, const char *key, enum status status, struct str bytes)
{
    struct making **at = &c->making;
    while (*at != NULL && strcmp((*at)->key, key) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        return;
    }
    struct making *m = *at;
    *at = m->next;
    while (m->waiters != NULL) {
        struct waiter *w = m->waiters;
        m->waiters = w->next;
        w->call(w->arg, status, bytes);
        free(w);
    }
    free(m);
}

struct tile_cache_stats tile_cache_stats(const struct tile_cache *c)
{
    return c->stats;
}
