/* Tiles kept by key; the least recently used go first when `bytes_max` is reached. A key names
 * everything that the bytes depend on, or the bytes begin with the version that they are of, as
 * those from the heat index do; so nothing stale is sent. Also knows who waits for a tile that is
 * being made, so that identical requests cost one statement. One per worker thread. */
#ifndef TILES_TILE_CACHE_H
#define TILES_TILE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"
#include "server/base/str.h"

struct tile_cache;

enum status tile_cache_create(size_t bytes_max, struct tile_cache **out, struct err *e) MUST_CHECK;
void tile_cache_destroy(struct tile_cache *c);

/* Borrowed until the next put. False when it isn't there. */
bool tile_cache_get(struct tile_cache *c, const char *key, struct str *bytes);
/* The same, to be kept however long it takes: *bytes stay until *held is let go of, by the thread
 * that took it. */
struct tile_kept;
bool tile_cache_hold(struct tile_cache *c, const char *key, struct str *bytes,
                     struct tile_kept **held);
void tile_kept_release(struct tile_kept *k);
/* Copies both. Too large a tile, or no memory, is just not kept. */
void tile_cache_put(struct tile_cache *c, const char *key, struct str bytes);
/* The same with bytes of malloc's that are taken over, and held as by tile_cache_hold; if they are
 * too large to be kept, only until they are let go of. NULL: no memory, they are still the
 * caller's. */
struct tile_kept *tile_cache_give(struct tile_cache *c, const char *key, char *bytes,
                                  size_t n) MUST_CHECK;

/* Waiting for a tile under way. tile_cache_wait is true when somebody makes that key already: then
 * `call` comes with what tile_cache_done is given. False: the caller is to make it, and to call
 * tile_cache_done exactly once, also after a failure. */
typedef void tile_waiter(void *arg, enum status status, struct str bytes);
bool tile_cache_wait(struct tile_cache *c, const char *key, tile_waiter *call, void *arg);
void tile_cache_done(struct tile_cache *c, const char *key, enum status status, struct str bytes);

struct tile_cache_stats {
    uint64_t hits, misses, joined;
    size_t bytes, tiles;
};
struct tile_cache_stats tile_cache_stats(const struct tile_cache *c);

#endif
