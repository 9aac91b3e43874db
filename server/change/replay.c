#include "server/change/replay.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "routing/route_decide.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/change/replay_count.h"
#include "server/change/replay_report.h"
#include "server/db/db_sync.h"
#include "server/intake/placing.h"
#include "server/store/store_replay.h"

#define PIECE_PAGES     512
#define THREADS_MAX     4
#define TELL_MS         200
#define POSTGRES_EPOCH  INT64_C(946684800000000) /* 2000-01-01 in microseconds of ours */
#define EWKB_POINT_SIZE 25

/* What all threads share. */
struct replay {
    const struct replay_options *o;
    bool texts; /* some rule asks for attributes or words */
    int64_t pages, rows;
    int64_t next_page, done; /* __atomic */
    bool stop;               /* __atomic */
    char snapshot[64];
    /* Database ids to numbers in the snapshots, -1 none. */
    int32_t *category_of, *agency_of, *agency_after_of;
    int32_t max_category, max_agency;
    char from[24], to[24];
};

struct replay_thread {
    struct replay *r;
    pthread_t thread;
    struct replay_count count;
    struct placing_facts *facts; /* large */
    enum status status;
    struct err e;
    bool ended; /* __atomic */
};

/* ---- one complaint ---- */

static int64_t big_endian(struct str bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.n && i < 8; i++) {
        value = value << 8 | (unsigned char)bytes.p[i];
    }
    return bytes.n == 4 ? (int64_t)(int32_t)(uint32_t)value : (int64_t)value;
}

static int64_t number(const struct db_rows *rows, size_t row, size_t column)
{
    return big_endian(db_rows_str(rows, row, column));
}

static bool flag(const struct db_rows *rows, size_t row, size_t column)
{
    struct str byte = db_rows_str(rows, row, column);
    return byte.n == 1 && byte.p[0] != 0;
}

/* A little-endian EWKB point with its SRID, as PostGIS writes it on this machine. */
static bool point_of(const struct db_rows *rows, size_t row, struct geo_point *out)
{
    struct str bytes = db_rows_str(rows, row, 3);
    if (bytes.n != EWKB_POINT_SIZE || bytes.p[0] != 1) {
        return false;
    }
    memcpy(&out->lon, bytes.p + 9, sizeof(double));
    memcpy(&out->lat, bytes.p + 17, sizeof(double));
    return true;
}

static struct complaint_place place_of(const struct snapshot *s, const struct db_rows *rows,
                                       size_t row, int64_t at_us)
{
    struct complaint_place place = {.match = PLACE_NONE, .ward = -1, .district = -1};
    place.has_point = point_of(rows, row, &place.point);
    if (place.has_point) {
        place.match = PLACE_COORDINATE;
        place.confidence = 1;
        place.ward = snapshot_boundary_at(s, LEVEL_WARD, place.point, at_us);
        place.district = snapshot_boundary_at(s, LEVEL_DISTRICT, place.point, at_us);
    }
    return place;
}

static struct route_decision decide(struct replay_thread *t, const struct snapshot *s,
                                    const struct complaint_draft *draft,
                                    const struct complaint_place *place, int64_t at_us)
{
    placing_facts_fill(t->facts, s, draft, place, at_us);
    struct route_decision decision = route_decide(s->rules, &t->facts->facts);
    placing_facts_clear(t->facts);
    return decision;
}

/* As it would have been stored: by the calendar of its agency. */
static int64_t due_of(const struct snapshot *s, const struct complaint_draft *draft,
                      const struct route_decision *decision, int64_t at_us)
{
    struct complaint_record record = {
        .draft = draft, .decision = *decision, .received_at_us = at_us};
    placing_deadlines(s, &record);
    return record.due.at_us[ROUTE_STEP_RESOLVE];
}

static void replay_one(struct replay_thread *t, const struct db_rows *rows, size_t row)
{
    const struct replay *r = t->r;
    const struct snapshot *before = r->o->before;
    const struct snapshot *after = r->o->after;
    int64_t received = number(rows, row, 1) + POSTGRES_EPOCH;
    int64_t at_us = r->o->as_of_us != INT64_MIN ? r->o->as_of_us : received;
    int64_t category = number(rows, row, 2);
    int64_t agency = number(rows, row, 5);
    char channel[16];
    struct str told = db_rows_str(rows, row, 4);
    (void)snprintf(channel, sizeof(channel), "%.*s", (int)told.n, told.p);
    struct complaint_draft draft = {.category =
                                        category <= r->max_category ? r->category_of[category] : -1,
                                    .channel = channel,
                                    .attributes = r->texts ? db_rows_text(rows, row, 8) : NULL,
                                    .description = r->texts ? db_rows_text(rows, row, 9) : NULL};
    if (draft.category < 0) {
        return; /* it came after our snapshot: so did the complaint */
    }
    struct complaint_place place = place_of(before, rows, row, at_us);
    struct route_decision a = decide(t, before, &draft, &place, at_us);
    struct route_decision b = decide(t, after, &draft, &place, at_us);
    replay_count_pair(&t->count,
                      &(struct replay_pair){.id = number(rows, row, 0),
                                            .has_point = place.has_point,
                                            .open = flag(rows, row, 7),
                                            .point = place.point,
                                            .category = draft.category,
                                            .from = a.agency,
                                            .to = r->agency_after_of[b.agency],
                                            .desk_from = a.desk < 0 ? 0 : before->desks[a.desk].id,
                                            .desk_to = b.desk < 0 ? 0 : after->desks[b.desk].id,
                                            .due_from_us = due_of(before, &draft, &a, at_us),
                                            .due_to_us = due_of(after, &draft, &b, at_us),
                                            .staff = flag(rows, row, 6) && agency <= r->max_agency
                                                         ? r->agency_of[agency]
                                                         : -1});
}

/* ---- threads ---- */

static enum status replay_piece(struct replay_thread *t, struct db_sync *db, int64_t page)
{
    struct replay *r = t->r;
    char first[24];
    char last[24];
    struct db_rows *rows = NULL;
    (void)snprintf(first, sizeof(first), "%lld", (long long)page);
    (void)snprintf(last, sizeof(last), "%lld", (long long)page + PIECE_PAGES);
    const char *params[] = {first, last, r->from[0] == '\0' ? NULL : r->from,
                            r->to[0] == '\0' ? NULL : r->to};
    enum status status =
        db_sync_query_binary(db,
                             r->texts ? STORE_REPLAY_COLUMNS STORE_REPLAY_TEXTS STORE_REPLAY_FROM
                                      : STORE_REPLAY_COLUMNS STORE_REPLAY_FROM,
                             4, params, &rows, &t->e);
    if (status != STATUS_OK) {
        return status;
    }
    size_t n = db_rows_count(rows);
    for (size_t i = 0; i < n; i++) {
        replay_one(t, rows, i);
    }
    __atomic_add_fetch(&r->done, (int64_t)n, __ATOMIC_RELAXED);
    db_rows_free(rows);
    return t->count.no_memory ? err_set(&t->e, STATUS_NO_MEMORY, "no memory for a replay")
                              : STATUS_OK;
}

static enum status join_snapshot(struct db_sync *db, const char *snapshot, struct err *e)
{
    char sql[128];
    (void)snprintf(sql, sizeof(sql), STORE_REPLAY_JOIN, snapshot);
    enum status status = db_sync_exec(db, STORE_REPLAY_BEGIN, e);
    return status == STATUS_OK ? db_sync_exec(db, sql, e) : status;
}

static void *thread_main(void *arg)
{
    struct replay_thread *t = arg;
    struct replay *r = t->r;
    struct db_sync *db = NULL;
    t->status = db_sync_connect(r->o->database, DB_ROLE_SERVICE, &db, &t->e);
    if (t->status == STATUS_OK) {
        t->status = join_snapshot(db, r->snapshot, &t->e);
    }
    while (t->status == STATUS_OK && !__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
        int64_t page = __atomic_fetch_add(&r->next_page, PIECE_PAGES, __ATOMIC_RELAXED);
        if (page >= r->pages) {
            break;
        }
        t->status = replay_piece(t, db, page);
    }
    if (t->status != STATUS_OK) {
        __atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
    }
    db_sync_close(db);
    __atomic_store_n(&t->ended, true, __ATOMIC_RELEASE);
    return NULL;
}

static bool all_ended(struct replay_thread *threads, int n)
{
    for (int i = 0; i < n; i++) {
        if (!__atomic_load_n(&threads[i].ended, __ATOMIC_ACQUIRE)) {
            return false;
        }
    }
    return true;
}

/* Tells how far it is until the threads have ended; true if it was given up. */
static bool watch(struct replay *r, struct replay_thread *threads, int n)
{
    bool given_up = false;
    uint64_t told = 0;
    while (!all_ended(threads, n)) {
        usleep(2000);
        uint64_t now = clock_mono_ns() / 1000000;
        if (r->o->progress != NULL && now - told >= TELL_MS && !given_up) {
            int64_t done = __atomic_load_n(&r->done, __ATOMIC_RELAXED);
            told = now;
            given_up = !r->o->progress(r->o->arg, done, r->rows > done ? r->rows : done);
            __atomic_store_n(&r->stop, given_up, __ATOMIC_RELAXED);
        }
    }
    return given_up;
}

static int thread_count(const struct replay_options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long n = o->threads > 0 ? o->threads : cores;
    return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (int)n;
}

static enum status run_threads(struct replay *r, struct replay_count *sum, struct err *e)
{
    struct replay_thread threads[THREADS_MAX];
    int wanted = thread_count(r->o);
    int n = 0;
    enum status status = STATUS_OK;
    memset(threads, 0, sizeof(threads));
    while (n < wanted && status == STATUS_OK) {
        struct replay_thread *t = &threads[n];
        t->r = r;
        t->facts = calloc(1, sizeof(*t->facts));
        if (t->facts == NULL ||
            !replay_count_init(&t->count, r->o->before->n_agencies, r->o->before->n_categories) ||
            pthread_create(&t->thread, NULL, thread_main, t) != 0) {
            status = err_set(e, STATUS_NO_MEMORY, "no memory for a replay");
            __atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
            free(t->facts);
            replay_count_free(&t->count);
        } else {
            n++;
        }
    }
    bool given_up = watch(r, threads, n);
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i].thread, NULL);
        if (status == STATUS_OK && threads[i].status != STATUS_OK) {
            status = err_set(e, threads[i].status, "%s", threads[i].e.text);
        }
        replay_count_add(sum, &threads[i].count);
        replay_count_free(&threads[i].count);
        free(threads[i].facts);
    }
    return status == STATUS_OK && given_up ? err_set(e, STATUS_TIMEOUT, "given up") : status;
}

/* ---- making ready ---- */

static bool asks_texts(const struct route_rules *rules, size_t n_categories)
{
    unsigned asks = 0;
    for (size_t i = 0; i < n_categories; i++) {
        asks |= route_rules_asks(rules, (int32_t)i);
    }
    return asks != 0;
}

static bool map_ids(struct replay *r)
{
    const struct snapshot *s = r->o->before;
    const struct snapshot *after = r->o->after;
    for (size_t i = 0; i < s->n_categories; i++) {
        r->max_category =
            s->categories[i].id > r->max_category ? s->categories[i].id : r->max_category;
    }
    for (size_t i = 0; i < s->n_agencies; i++) {
        r->max_agency = s->agencies[i].id > r->max_agency ? s->agencies[i].id : r->max_agency;
    }
    r->category_of = malloc(((size_t)r->max_category + 1) * sizeof(int32_t));
    r->agency_of = malloc(((size_t)r->max_agency + 1) * sizeof(int32_t));
    r->agency_after_of = malloc((after->n_agencies + 1) * sizeof(int32_t));
    if (r->category_of == NULL || r->agency_of == NULL || r->agency_after_of == NULL) {
        return false;
    }
    memset(r->category_of, 0xff, ((size_t)r->max_category + 1) * sizeof(int32_t));
    memset(r->agency_of, 0xff, ((size_t)r->max_agency + 1) * sizeof(int32_t));
    for (size_t i = 0; i < s->n_categories; i++) {
        r->category_of[s->categories[i].id] = (int32_t)i;
    }
    for (size_t i = 0; i < s->n_agencies; i++) {
        r->agency_of[s->agencies[i].id] = (int32_t)i;
    }
    for (size_t i = 0; i < after->n_agencies; i++) {
        int32_t id = after->agencies[i].id;
        r->agency_after_of[i] = id <= r->max_agency ? r->agency_of[id] : -1;
    }
    return true;
}

/* Numbers mean the same in both snapshots, or the city itself changed between loading them. */
static bool same_city(const struct snapshot *a, const struct snapshot *b)
{
    bool same = a->n_boundaries == b->n_boundaries && a->n_categories == b->n_categories &&
                a->n_agencies == b->n_agencies;
    for (size_t i = 0; same && i < a->n_boundaries; i++) {
        same = a->boundaries[i].id == b->boundaries[i].id;
    }
    for (size_t i = 0; same && i < a->n_categories; i++) {
        same = a->categories[i].id == b->categories[i].id;
    }
    for (size_t i = 0; same && i < a->n_agencies; i++) {
        same = a->agencies[i].id == b->agencies[i].id;
    }
    return same;
}

/* The table's size, and a snapshot of the database for all threads to read from. */
static enum status open_database(struct replay *r, struct db_sync **db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_connect(r->o->database, DB_ROLE_SERVICE, db, e);
    if (status == STATUS_OK) {
        status = db_sync_exec(*db, STORE_REPLAY_BEGIN, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_query(*db, STORE_REPLAY_SIZE, 0, NULL, &rows, e);
    }
    if (status == STATUS_OK) {
        r->pages = db_rows_int(rows, 0, 0);
        r->rows = db_rows_int(rows, 0, 1);
        db_rows_free(rows);
        status = db_sync_query(*db, STORE_REPLAY_EXPORT, 0, NULL, &rows, e);
    }
    if (status == STATUS_OK) {
        (void)snprintf(r->snapshot, sizeof(r->snapshot), "%s", db_rows_text(rows, 0, 0));
        db_rows_free(rows);
    }
    return status;
}

static void period_text(int64_t us, int64_t open, char out[24])
{
    out[0] = '\0';
    if (us != open) {
        (void)snprintf(out, 24, "%lld", (long long)us);
    }
}

enum status replay_run(const struct replay_options *options, struct strbuf *out, struct err *e)
{
    struct replay r = {.o = options};
    struct replay_count sum = {.total = 0};
    struct db_sync *db = NULL;
    uint64_t began = clock_mono_ns();
    enum status status = STATUS_OK;
    if (!same_city(options->before, options->after)) {
        return err_set(e, STATUS_CONFLICT, "the city changed while the replay began");
    }
    period_text(options->from_us, INT64_MIN, r.from);
    period_text(options->to_us, INT64_MAX, r.to);
    r.texts = asks_texts(options->before->rules, options->before->n_categories) ||
              asks_texts(options->after->rules, options->after->n_categories);
    if (!map_ids(&r) ||
        !replay_count_init(&sum, options->before->n_agencies, options->before->n_categories)) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for a replay");
    }
    if (status == STATUS_OK) {
        status = open_database(&r, &db, e);
    }
    if (status == STATUS_OK) {
        status = run_threads(&r, &sum, e);
    }
    if (status == STATUS_OK) {
        status =
            replay_report(db, options->before, &sum, (clock_mono_ns() - began) / 1000000, out, e);
    }
    db_sync_close(db);
    replay_count_free(&sum);
    free(r.category_of);
    free(r.agency_of);
    free(r.agency_after_of);
    return status;
}
