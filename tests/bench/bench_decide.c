/* bench_decide DATABASE-URL SECONDS
 *
 * Places and routes every row of bench.points (tests/bench/decide.sql) again and again on one core,
 * with the service's own snapshot, and compares each answer with PostGIS's in bench.answers. Prints
 * "points decisions_per_second ties", where ties are points so close to a line that PostGIS sees
 * them on it; exits 1 where an answer differs otherwise. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/app/snapshot.h"
#include "server/base/clock.h"
#include "server/city/city_settings.h"
#include "server/db/db_sync.h"
#include "server/intake/placing.h"

#define SHOWN      5 /* differences that are printed */
#define NEAR_MAX   8
#define ROUNDING_M 1e-6 /* metres; double arithmetic on degrees errs by nanometres */

static const char points_sql[] =
    "SELECT p.lon, p.lat, (extract(epoch FROM p.at) * 1000000)::bigint, p.category_id,"
    " coalesce(a.ward_id, 0), coalesce(a.district_id, 0), coalesce(a.jurisdiction_id, 0), p.id"
    " FROM bench.points p JOIN bench.answers a USING (id) ORDER BY p.id";

struct question {
    struct complaint_draft draft;
    int64_t at_us;
    int32_t ward, district, jurisdiction; /* PostGIS's answer: ids, 0 for none */
    int64_t id;
};

static int32_t category_number(const struct snapshot *s, int32_t id)
{
    for (size_t i = 0; i < s->n_categories; i++) {
        if (s->categories[i].id == id) {
            return (int32_t)i;
        }
    }
    return -1;
}

static struct question *read_questions(struct db_sync *db, const struct snapshot *s, size_t *n)
{
    struct db_rows *rows = NULL;
    struct err e;
    if (db_sync_query(db, points_sql, 0, NULL, &rows, &e) != STATUS_OK) {
        fprintf(stderr, "bench_decide: %s\n", e.text);
        return NULL;
    }
    *n = db_rows_count(rows);
    struct question *questions = calloc(*n + 1, sizeof(*questions));
    for (size_t i = 0; questions != NULL && i < *n; i++) {
        struct question *q = &questions[i];
        q->draft.has_point = true;
        q->draft.point = (struct geo_point){db_rows_double(rows, i, 0), db_rows_double(rows, i, 1)};
        q->at_us = db_rows_int(rows, i, 2);
        q->draft.category = category_number(s, (int32_t)db_rows_int(rows, i, 3));
        q->ward = (int32_t)db_rows_int(rows, i, 4);
        q->district = (int32_t)db_rows_int(rows, i, 5);
        q->jurisdiction = (int32_t)db_rows_int(rows, i, 6);
        q->id = db_rows_int(rows, i, 7);
    }
    db_rows_free(rows);
    return questions;
}

/* True if the boundary with that id is within rounding of the point: PostGIS's own test, in plain
 * double arithmetic, sees such a point on the line; ours is exact. */
static bool touches(const struct snapshot *s, enum boundary_level level, const struct question *q,
                    int32_t id)
{
    struct geo_area_near near[NEAR_MAX];
    size_t i = s->n_epochs[level];
    while (i > 0 && s->epochs[level][i - 1].from_us > q->at_us) {
        i--;
    }
    if (i == 0 || s->epochs[level][i - 1].areas == NULL) {
        return false;
    }
    const struct snapshot_epoch *epoch = &s->epochs[level][i - 1];
    size_t n = geo_area_near(epoch->areas, q->draft.point, ROUNDING_M, near, NEAR_MAX);
    for (size_t k = 0; k < n && k < NEAR_MAX; k++) {
        if (s->boundaries[epoch->boundaries[near[k].area]].id == id) {
            return true;
        }
    }
    return false;
}

/* Counts what differs; *ties gets those of them that lie on a line but for rounding. */
static size_t compare(const struct snapshot *s, const struct question *questions, size_t n,
                      size_t *ties)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        const struct question *q = &questions[i];
        struct complaint_place place = placing_locate(s, &q->draft, q->at_us);
        struct route_decision d = placing_route(s, &q->draft, &place, q->at_us);
        int32_t ward = place.ward < 0 ? 0 : s->boundaries[place.ward].id;
        int32_t district = place.district < 0 ? 0 : s->boundaries[place.district].id;
        int32_t rule = d.jurisdiction < 0 ? 0 : s->jurisdictions[d.jurisdiction].id;
        if (ward == q->ward && district == q->district && rule == q->jurisdiction) {
            continue;
        }
        if ((ward != q->ward && touches(s, LEVEL_WARD, q, q->ward)) ||
            (district != q->district && touches(s, LEVEL_DISTRICT, q, q->district))) {
            (*ties)++;
        } else if (wrong++ < SHOWN) {
            fprintf(stderr,
                    "point %" PRId64 " (%.17g %.17g): ward %d, PostGIS %d; district %d, "
                    "PostGIS %d; jurisdiction %d, PostGIS %d\n",
                    q->id, q->draft.point.lon, q->draft.point.lat, ward, q->ward, district,
                    q->district, rule, q->jurisdiction);
        }
    }
    return wrong;
}

/* All questions once; the sum keeps the compiler from leaving the work out. */
static int64_t decide_all(const struct snapshot *s, const struct question *questions, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct question *q = &questions[i];
        struct complaint_place place = placing_locate(s, &q->draft, q->at_us);
        struct route_decision d = placing_route(s, &q->draft, &place, q->at_us);
        sum += d.agency + place.ward + d.due_at_us % 7;
    }
    return sum;
}

/* Decisions a second in the best of the rounds: what else runs on the machine disturbs it least. */
static double measure(const struct snapshot *s, const struct question *questions, size_t n,
                      double seconds)
{
    int64_t sum = decide_all(s, questions, n); /* warms up */
    uint64_t best = UINT64_MAX;
    uint64_t start = clock_mono_ns();
    uint64_t now = start;
    while ((double)(now - start) < seconds * 1e9) {
        uint64_t before = clock_mono_ns();
        sum += decide_all(s, questions, n);
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
    if (argc != 3) {
        fputs("usage: bench_decide DATABASE-URL SECONDS\n", stderr);
        return 2;
    }
    if (db_sync_connect(argv[1], NULL, &db, &e) != STATUS_OK ||
        city_settings_apply_zone(db, &e) != STATUS_OK || snapshot_load(db, &s, &e) != STATUS_OK) {
        fprintf(stderr, "bench_decide: %s\n", e.text);
        db_sync_close(db);
        return 1;
    }
    struct question *questions = s->rules == NULL ? NULL : read_questions(db, s, &n);
    db_sync_close(db);
    if (questions == NULL || n == 0) {
        fputs("bench_decide: no points, or no rules\n", stderr);
        free(questions);
        snapshot_release(s);
        return 1;
    }
    size_t ties = 0;
    size_t wrong = compare(s, questions, n, &ties);
    printf("%zu %.0f %zu\n", n, measure(s, questions, n, strtod(argv[2], NULL)), ties);
    free(questions);
    snapshot_release(s);
    return wrong == 0 ? 0 : 1;
}
