/* bench_rules DATABASE-URL SECONDS
 *
 * Decides every row of oracle.complaints (tests/oracle/oracle.sql) again and again on one core with
 * the service's own snapshot: the decision alone (place, jurisdictions, rules, nearest features),
 * and with everything that is kept to explain it (two sentences, the record with each condition's
 * value and the nearest other jurisdiction). Prints complaints rules questions off_per_second
 * on_per_second rules_bytes index_bytes differ where the last is how many agencies are not the
 * oracle's; exits 1 unless it is 0. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/app/snapshot.h"
#include "server/base/arena.h"
#include "server/base/clock.h"
#include "server/city/city_settings.h"
#include "server/db/db_sync.h"
#include "server/intake/placing.h"
#include "server/intake/weighing.h"

#define ARENA_MAX  ((size_t)512 << 20)
#define RECORD_MAX ((size_t)16384)

static const char questions_sql[] =
    "SELECT c.lon, c.lat, (extract(epoch FROM c.at) * 1000000)::bigint, k.code, c.channel,"
    " c.attributes, c.description, a.agency FROM oracle.complaints c"
    " JOIN hotline.categories k ON k.id = c.category_id JOIN oracle.answers a ON a.id = c.id"
    " ORDER BY c.id";

struct question {
    struct complaint_draft draft;
    int64_t at_us;
    const char *agency;
};

static struct question *read_questions(struct db_sync *db, const struct snapshot *s,
                                       struct arena *arena, size_t *n)
{
    struct db_rows *rows = NULL;
    struct err e;
    if (db_sync_query(db, questions_sql, 0, NULL, &rows, &e) != STATUS_OK) {
        fprintf(stderr, "bench_rules: %s\n", e.text);
        return NULL;
    }
    *n = db_rows_count(rows);
    struct question *q = calloc(*n + 1, sizeof(*q));
    for (size_t i = 0; q != NULL && i < *n; i++) {
        q[i].draft.has_point = true;
        q[i].draft.point =
            (struct geo_point){db_rows_double(rows, i, 0), db_rows_double(rows, i, 1)};
        q[i].draft.accuracy_m = -1;
        q[i].at_us = db_rows_int(rows, i, 2);
        q[i].draft.category = snapshot_category_find(s, db_rows_text(rows, i, 3));
        q[i].draft.channel = arena_strdup(arena, db_rows_text(rows, i, 4));
        q[i].draft.attributes = arena_strdup(arena, db_rows_text(rows, i, 5));
        q[i].draft.description = arena_strdup(arena, db_rows_text(rows, i, 6));
        q[i].agency = arena_strdup(arena, db_rows_text(rows, i, 7));
    }
    db_rows_free(rows);
    return q;
}

static size_t differ(const struct snapshot *s, const struct question *q, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        struct complaint_place place = placing_locate(s, &q[i].draft, q[i].at_us);
        struct route_decision d = placing_route(s, &q[i].draft, &place, q[i].at_us);
        wrong += !str_equal_z(str_of(q[i].agency), s->agencies[d.agency].code);
    }
    return wrong;
}

static int64_t decide_all(const struct snapshot *s, const struct question *q, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct complaint_place place = placing_locate(s, &q[i].draft, q[i].at_us);
        struct route_decision d = placing_route(s, &q[i].draft, &place, q[i].at_us);
        sum += d.agency + place.ward;
    }
    return sum;
}

static int64_t explain_all(const struct snapshot *s, const struct question *q, size_t n)
{
    static struct arena *arena;
    int64_t sum = 0;
    struct strbuf out;
    arena = arena == NULL ? arena_create(ARENA_MAX) : arena;
    strbuf_init(&out, RECORD_MAX);
    for (size_t i = 0; arena != NULL && i < n; i++) {
        struct complaint_record record = {.draft = &q[i].draft, .received_at_us = q[i].at_us};
        struct placing_facts facts;
        record.place = placing_locate(s, &q[i].draft, q[i].at_us);
        placing_facts_fill(&facts, s, &q[i].draft, &record.place, q[i].at_us);
        record.decision = route_decide(s->rules, &facts.facts);
        if (placing_explain(s, arena, &record, NULL) == STATUS_OK) {
            strbuf_reset(&out);
            weighing_record_json(&out, s, &record, &facts);
            sum += (int64_t)out.n;
        }
        placing_facts_clear(&facts);
        arena_clear(arena);
    }
    strbuf_free(&out);
    return sum;
}

static double measure(int64_t (*run)(const struct snapshot *, const struct question *, size_t),
                      const struct snapshot *s, const struct question *q, size_t n, double seconds)
{
    int64_t sum = run(s, q, n);
    uint64_t best = UINT64_MAX;
    uint64_t start = clock_mono_ns();
    uint64_t now = start;
    while ((double)(now - start) < seconds * 1e9) {
        uint64_t before = clock_mono_ns();
        sum += run(s, q, n);
        now = clock_mono_ns();
        best = now - before < best ? now - before : best;
    }
    if (sum == INT64_MIN) {
        fputs("an unlikely sum\n", stderr);
    }
    return (double)n / ((double)best / 1e9);
}

int main(int argc, char **argv)
{
    struct db_sync *db = NULL;
    struct snapshot *s = NULL;
    struct err e;
    size_t n = 0;
    struct arena *arena = arena_create(ARENA_MAX);
    if (argc != 3 || arena == NULL) {
        fputs("usage: bench_rules DATABASE-URL SECONDS\n", stderr);
        return 2;
    }
    if (db_sync_connect(argv[1], NULL, &db, &e) != STATUS_OK ||
        city_settings_apply_zone(db, &e) != STATUS_OK || snapshot_load(db, &s, &e) != STATUS_OK) {
        fprintf(stderr, "bench_rules: %s\n", e.text);
        db_sync_close(db);
        return 1;
    }
    struct question *q = read_questions(db, s, arena, &n);
    db_sync_close(db);
    if (q == NULL || n == 0) {
        return 1;
    }
    size_t index_bytes = 0;
    for (size_t i = 0; i < s->n_questions; i++) {
        index_bytes += geo_near_bytes(s->questions[i].near);
    }
    size_t wrong = differ(s, q, n);
    double seconds = strtod(argv[2], NULL);
    double off = measure(decide_all, s, q, n, seconds);
    double on = measure(explain_all, s, q, n, seconds);
    printf("%zu %zu %zu %.0f %.0f %zu %zu %zu\n", n, route_rules_n_rules(s->rules), s->n_questions,
           off, on, route_rules_memory(s->rules), index_bytes, wrong);
    free(q);
    snapshot_release(s);
    arena_destroy(arena);
    return wrong == 0 ? 0 : 1;
}
