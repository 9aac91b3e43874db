#include "server/api/api_limit.h"

#include <stdint.h>
#include <string.h>

#include "server/app/app.h"
#include "server/base/clock.h"

#define BUCKETS 4096 /* a power of two */

struct bucket {
    uint64_t peer; /* hash of the address; 0 free */
    uint64_t at_ns;
    double tokens;
};

/* Each worker is one thread. */
static _Thread_local struct bucket buckets[BUCKETS];

static uint64_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++) {
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return h == 0 ? 1 : h;
}

bool api_limit_allow(struct worker *w, const char *peer)
{
    unsigned per_minute = w->app->options.anonymous_per_minute;
    if (per_minute == 0) {
        return true;
    }
    /* Connections of one address spread over the workers, so each gives its share. */
    double most = (double)per_minute / w->app->n_workers;
    uint64_t peer_hash = hash_of(peer);
    uint64_t now = clock_mono_ns();
    struct bucket *b = &buckets[(peer_hash ^ (peer_hash >> 32)) & (BUCKETS - 1)];
    if (b->peer != peer_hash) {
        *b = (struct bucket){peer_hash, now, most};
    }
    b->tokens += (double)(now - b->at_ns) / 60e9 * most;
    b->tokens = b->tokens < most ? b->tokens : most;
    b->at_ns = now;
    if (b->tokens < 1) {
        return false;
    }
    b->tokens -= 1;
    return true;
}
