/* Reading all complaints into the heat index: several connections share one exported snapshot and
 * take pages of the table by turns. */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/app/heat.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/str.h"
#include "server/store/store_heat.h"

#define THREADS_MAX 8
#define PAGES       4096 /* taken at a time: 32 MB */
#define PIECE_BITS  14   /* records in a piece of memory */
#define PIECE       ((size_t)1 << PIECE_BITS)

struct load {
    const char *database;
    const bool *stop;
    struct store_heat_start start;
    pthread_mutex_t lock; /* guards all below */
    int64_t next_page;
    struct geo_heat_record **pieces; /* full ones, but for each reader's last */
    size_t n_pieces, cap_pieces;
    size_t n_records;
    uint64_t told_ns;
    enum status status;
    struct err e;
};

struct reader {
    struct load *load;
    pthread_t thread;
    bool runs;
    struct geo_heat_record *piece; /* being filled */
    size_t n;
};

static void fail(struct load *l, enum status status, const struct err *e)
{
    pthread_mutex_lock(&l->lock);
    if (l->status == STATUS_OK) {
        l->status = status;
        l->e = *e;
    }
    pthread_mutex_unlock(&l->lock);
}

/* Under the lock. */
static void tell(struct load *l)
{
    uint64_t now = clock_mono_ns();
    if (now - l->told_ns > UINT64_C(1000000000)) {
        l->told_ns = now;
        log_info("heat.reading", "complaints=%zu percent=%d", l->n_records,
                 (int)(100 * l->next_page / l->start.pages));
    }
}

static bool keep_piece(struct reader *r)
{
    struct load *l = r->load;
    pthread_mutex_lock(&l->lock);
    struct geo_heat_record **pieces =
        array_grow(l->pieces, &l->cap_pieces, l->n_pieces + 1, sizeof(*pieces));
    if (pieces != NULL) {
        l->pieces = pieces;
        l->pieces[l->n_pieces++] = r->piece;
        l->n_records += r->n;
        tell(l);
    }
    pthread_mutex_unlock(&l->lock);
    if (pieces != NULL) {
        r->piece = NULL;
        r->n = 0;
    }
    return pieces != NULL;
}

static bool on_record(void *arg, const struct geo_heat_record *record)
{
    struct reader *r = arg;
    if (r->n == PIECE && (!keep_piece(r) || (r->load->stop != NULL &&
                                             __atomic_load_n(r->load->stop, __ATOMIC_ACQUIRE)))) {
        return false;
    }
    if (r->piece == NULL && (r->piece = malloc(PIECE * sizeof(*r->piece))) == NULL) {
        return false;
    }
    r->piece[r->n++] = *record;
    return true;
}

static int64_t take_pages(struct load *l)
{
    pthread_mutex_lock(&l->lock);
    int64_t first = l->status == STATUS_OK ? l->next_page : l->start.pages;
    l->next_page += PAGES;
    pthread_mutex_unlock(&l->lock);
    return first;
}

static void *read_main(void *arg)
{
    struct reader *r = arg;
    struct load *l = r->load;
    struct db_sync *db = NULL;
    struct err e = {0};
    enum status status = db_sync_connect(l->database, DB_ROLE_SERVICE, &db, &e);
    if (status == STATUS_OK) {
        status = store_heat_join(db, l->start.exported, &e);
    }
    for (int64_t first; status == STATUS_OK && (first = take_pages(l)) < l->start.pages;) {
        status = store_heat_read(db, first, first + PAGES, on_record, r, &e);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        fail(l, status, &e);
    }
    return NULL;
}

static const struct geo_heat_record *record_at(void *arg, size_t i)
{
    const struct load *l = arg;
    return &l->pieces[i >> PIECE_BITS][i & (PIECE - 1)];
}

/* Joins what each reader has in its last piece, so that all pieces but one are full. */
static bool join_rests(struct load *l, struct reader *readers, size_t n)
{
    struct reader all = {.load = l};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < readers[i].n; k++) {
            if (!on_record(&all, &readers[i].piece[k])) {
                free(all.piece);
                return false;
            }
        }
    }
    if (all.n > 0 && !keep_piece(&all)) {
        free(all.piece);
        return false;
    }
    return true;
}

static enum status fill(struct load *l, struct geo_heat_index *index, uint64_t began, struct err *e)
{
    uint64_t read_ns = clock_mono_ns();
    enum status status = geo_heat_index_load(index, l->n_records, record_at, l, e);
    if (status == STATUS_OK) {
        struct geo_heat_stats s = geo_heat_index_stats(index);
        log_info("heat.loaded", "complaints=%zu read_ms=%llu built_ms=%llu bytes=%zu leaves=%zu",
                 s.complaints, (unsigned long long)(read_ns - began) / 1000000,
                 (unsigned long long)(clock_mono_ns() - read_ns) / 1000000, s.bytes, s.leaves);
    }
    return status;
}

/* The leading connection's transaction stays open meanwhile: it keeps the snapshot. */
static void read_all(struct load *l, struct reader *readers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        readers[i].load = l;
        readers[i].runs = pthread_create(&readers[i].thread, NULL, read_main, &readers[i]) == 0;
        if (!readers[i].runs) {
            struct err e;
            fail(l, err_set(&e, STATUS_NO_MEMORY, "cannot start a thread"), &e);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (readers[i].runs) {
            pthread_join(readers[i].thread, NULL);
        }
    }
}

static void free_pieces(struct load *l, struct reader *readers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(readers[i].piece);
    }
    for (size_t i = 0; i < l->n_pieces; i++) {
        free(l->pieces[i]);
    }
    free(l->pieces);
    pthread_mutex_destroy(&l->lock);
    /* As much again as the index itself was in use meanwhile; malloc would keep it. */
    (void)malloc_trim(0);
}

enum status heat_load_from(const char *database, struct geo_heat_index *index,
                           const struct store_heat_start *start, const bool *stop, struct err *e)
{
    struct load l = {
        .database = database, .stop = stop, .start = *start, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct reader readers[THREADS_MAX] = {0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = cores < 2 ? 2 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores;
    uint64_t began = l.told_ns = clock_mono_ns();
    read_all(&l, readers, n);
    enum status status = l.status;
    if (status != STATUS_OK && e != NULL) {
        *e = l.e;
    }
    if (status == STATUS_OK && !join_rests(&l, readers, n)) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for %zu complaints", l.n_records);
    }
    if (status == STATUS_OK) {
        status = fill(&l, index, began, e);
    }
    free_pieces(&l, readers, n);
    return status;
}

enum status heat_load(const char *database, struct geo_heat_index *index,
                      struct store_heat_point *point, const bool *stop, struct err *e)
{
    struct store_heat_start start;
    struct db_sync *db = NULL;
    enum status status = db_sync_connect(database, DB_ROLE_SERVICE, &db, e);
    if (status == STATUS_OK) {
        status = store_heat_begin(db, &start, e);
    }
    if (status == STATUS_OK) {
        status = heat_load_from(database, index, &start, stop, e);
    }
    db_sync_close(db);
    if (status == STATUS_OK) {
        *point = start.point;
    }
    return status;
}

/* --- the digest ------------------------------------------------------------------------------- */

static uint64_t stir(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static bool digest_records(void *arg, const struct geo_heat_record *records, size_t n)
{
    uint64_t *digest = arg;
    for (size_t i = 0; i < n; i++) {
        const struct geo_heat_record *r = &records[i];
        uint64_t h = stir(0, (uint64_t)r->id);
        h = stir(h, (uint64_t)r->place.x << 32 | r->place.y);
        h = stir(h, (uint64_t)r->received_s << 32 | r->due_s);
        h = stir(h, (uint64_t)(uint32_t)r->category << 32 | (uint32_t)r->agency);
        h = stir(h, (uint64_t)(uint32_t)r->ward << 32 | (unsigned)r->status << 24 |
                        (unsigned)r->channel << 16 | (unsigned)r->satisfaction << 8 |
                        (unsigned)r->weight << 1 | r->missed | (unsigned)r->reopened << 31);
        *digest += h; /* a sum: the order does not matter */
    }
    return true;
}

uint64_t heat_digest(struct geo_heat_view *view, struct err *e)
{
    const struct geo_heat_filter all = {0};
    struct geo_heat_query *q = NULL;
    uint64_t digest = 0;
    if (geo_heat_query_create(view, &all, &q, e) == STATUS_OK) {
        geo_heat_visit(q, &geo_heat_everywhere, digest_records, &digest);
        geo_heat_query_destroy(q);
    }
    return digest;
}
