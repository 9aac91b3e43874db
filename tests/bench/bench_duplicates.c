/* bench_duplicates quality DATABASE DESCRIPTIONS [DATA-FOLDER]...
 * bench_duplicates speed PORT DATABASE KEY SECONDS
 *
 * quality: how well the likeness score (server/duplicates/likeness.h) tells reports of one thing
 * from reports of two, on a generated month (tests/bench/duplicates_world.h) and on real 311
 * records. Each is split: the threshold is looked for on one part, and what it gives is told on the
 * other. Beside it a plain rule: the same category within 50 m and 7 days.
 *
 * speed: GET /api/v1/complaints/nearby over HTTP as staff and as the public, where complaints lie,
 * and beside it the plain query with PostGIS and pg_trgm. One after the other, p50 and p99. */
#include <arpa/inet.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "geo/geo_distance.h"
#include "server/base/clock.h"
#include "server/db/db_sync.h"
#include "tests/bench/duplicates_world.h"

/* ---- quality ---- */

#define STEPS    100 /* thresholds 0.00 .. 1.00 */
#define APART_M  900.0
#define APART_US INT64_C(5184000000000) /* 60 days */

struct tally {
    const char *name;
    size_t reports, pairs;                    /* pairs that are one */
    size_t same[STEPS + 1], other[STEPS + 1]; /* scored so, each */
    size_t rule_same, rule_other;             /* what the plain rule says is one */
};

static size_t step_of(double score)
{
    return (size_t)(score * STEPS + 1e-9);
}

static void judge(struct tally *t, const struct likeness_terms *terms, const struct report *a,
                  const struct report *b, bool same)
{
    struct likeness l = likeness_of(terms, &a->facts, &b->facts);
    size_t step = step_of(l.score);
    double days = fabs((double)(a->facts.at_us - b->facts.at_us)) / 86400e6;
    bool rule = a->facts.category == b->facts.category && l.distance_m <= 50 && days <= 7;
    t->pairs += same;
    t->same[step] += same;
    t->other[step] += !same;
    t->rule_same += rule && same;
    t->rule_other += rule && !same;
}

/* In which half: things that may be one lie in the same. Generated worlds are whole. */
static bool in_half(const struct world *w, const struct report *r, int half)
{
    return half < 0 || (int)(r->address % 2) == half || (w->own_terms == NULL);
}

static void evaluate(struct tally *t, const struct world *w, const struct likeness_terms *terms,
                     int half)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct report *a = &w->reports[i];
        if (!in_half(w, a, half)) {
            continue;
        }
        t->reports++;
        for (size_t k = i + 1; k < w->n; k++) {
            const struct report *b = &w->reports[k];
            if (b->facts.at_us - a->facts.at_us > APART_US) {
                break;
            }
            if (w->own_terms == NULL && b->facts.at_us > a->ended_us) {
                continue;
            }
            if (!in_half(w, b, half)) {
                continue;
            }
            bool same = world_same(w, a, b);
            if (same || fabs(a->facts.point.lat - b->facts.point.lat) * 110600 < APART_M) {
                judge(t, terms, a, b, same);
            }
        }
    }
}

struct quality {
    double precision, recall, f1;
};

static struct quality quality_at(const struct tally *t, size_t step)
{
    size_t same = 0;
    size_t other = 0;
    for (size_t i = step; i <= STEPS; i++) {
        same += t->same[i];
        other += t->other[i];
    }
    double p = same + other == 0 ? 1 : (double)same / (double)(same + other);
    double r = t->pairs == 0 ? 1 : (double)same / (double)t->pairs;
    return (struct quality){p, r, p + r == 0 ? 0 : 2 * p * r / (p + r)};
}

#define TALLIES_MAX 8

/* The threshold with the best mean F1 over the parts that it may be looked for on. */
static size_t best_step(const struct tally *tallies, size_t n)
{
    size_t best = 1;
    double most = -1;
    for (size_t step = 5; step < 90; step++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum += quality_at(&tallies[i], step).f1;
        }
        if (sum > most) {
            most = sum;
            best = step;
        }
    }
    return best;
}

static void print_table(const struct tally *t)
{
    printf("  %-44s %7zu reports, %6zu pairs are one\n    threshold ", t->name, t->reports,
           t->pairs);
    for (size_t step = 10; step <= 60; step += 5) {
        printf("  0.%02zu", step);
    }
    printf("\n    precision ");
    for (size_t step = 10; step <= 60; step += 5) {
        printf(" %5.3f", quality_at(t, step).precision);
    }
    printf("\n    recall    ");
    for (size_t step = 10; step <= 60; step += 5) {
        printf(" %5.3f", quality_at(t, step).recall);
    }
    double said = (double)(t->rule_same + t->rule_other);
    printf("\n    plain rule: precision %.3f, recall %.3f\n",
           said > 0 ? (double)t->rule_same / said : 1.0,
           t->pairs > 0 ? (double)t->rule_same / (double)t->pairs : 1.0);
}

struct parts {
    struct tally tuning[TALLIES_MAX], measured[TALLIES_MAX];
    size_t n;
    char names[TALLIES_MAX][160];
};

static struct tally *next_part(struct parts *p, const char *name, const char *more,
                               struct tally **tuning)
{
    size_t i = p->n++;
    (void)snprintf(p->names[i], sizeof(p->names[i]), "%s%s", name, more);
    p->tuning[i].name = p->measured[i].name = p->names[i];
    *tuning = &p->tuning[i];
    return &p->measured[i];
}

static bool add_generated(struct parts *p, const struct snapshot *s, const char *descriptions)
{
    struct tally *tuning;
    struct tally *measured = next_part(p, "a generated month", "", &tuning);
    struct world w;
    for (int half = 0; half < 2; half++) {
        if (!world_generate(&w, s, descriptions, half == 0 ? 7 : 1022, 3000)) {
            return false;
        }
        evaluate(half == 0 ? tuning : measured, &w, s->likeness, -1);
        world_free(&w);
    }
    return true;
}

static bool add_real(struct parts *p, const char *folder)
{
    static const char *const files[] = {"sf/sf311_sample.csv.gz", "nyc/nyc311_sample.csv.gz",
                                        "sf311_sample.csv.gz", "nyc311_sample.csv.gz"};
    static const double jitters[] = {0, 15};
    bool some = false;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        for (size_t k = 0; access(path, R_OK) == 0 && k < 2 && p->n < TALLIES_MAX; k++) {
            struct world w;
            struct tally *tuning;
            if (!world_read(&w, path, 7, jitters[k])) {
                return false;
            }
            struct tally *measured = next_part(
                p, files[i], k == 0 ? ", places as recorded" : ", places as phones err", &tuning);
            evaluate(tuning, &w, w.own_terms, 0);
            evaluate(measured, &w, w.own_terms, 1);
            world_free(&w);
            some = true;
        }
    }
    if (!some) {
        printf("  (no 311 records in %s)\n", folder);
    }
    return true;
}

static int quality(int argc, char **argv)
{
    static struct parts parts;
    struct db_sync *db = NULL;
    struct snapshot *s = NULL;
    struct err e;
    enum status status = db_sync_connect(argv[2], NULL, &db, &e);
    status = status == STATUS_OK ? snapshot_load(db, &s, &e) : status;
    db_sync_close(db);
    if (status != STATUS_OK) {
        fprintf(stderr, "bench_duplicates: %s\n", e.text);
        return 1;
    }
    bool good = add_generated(&parts, s, argv[3]);
    for (int i = 4; good && i < argc; i++) {
        good = add_real(&parts, argv[i]);
    }
    snapshot_release(s);
    if (!good) {
        return 1;
    }
    printf("  pairs of reports, on the parts that the threshold was not looked for on\n");
    for (size_t i = 0; i < parts.n; i++) {
        print_table(&parts.measured[i]);
    }
    size_t found = best_step(parts.tuning, parts.n);
    size_t used = step_of(LIKENESS_THRESHOLD);
    printf("  best mean F1 on the other parts at 0.%02zu; the service uses 0.%02zu:\n", found,
           used);
    for (size_t i = 0; i < parts.n; i++) {
        struct quality q = quality_at(&parts.measured[i], used);
        printf("    %-44s precision %.3f, recall %.3f, F1 %.3f\n", parts.names[i], q.precision,
               q.recall, q.f1);
    }
    return 0;
}

/* ---- speed ---- */

#define ANSWER_MAX  (1 << 18)
#define SAMPLES_MAX 200000

struct timing {
    double *ms;
    size_t n, found;
};

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x;
    double b = *(const double *)y;
    return (a > b) - (a < b);
}

static void print_timing(const char *name, struct timing *t)
{
    qsort(t->ms, t->n, sizeof(*t->ms), by_size);
    printf(
        "  %-34s %7zu asked, %6zu found something: p50 %7.2f ms, p99 %7.2f ms, slowest %7.2f ms\n",
        name, t->n, t->found, t->ms[t->n / 2], t->ms[t->n * 99 / 100], t->ms[t->n - 1]);
}

static int open_connection(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    if (fd >= 0) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}

/* The whole answer of fixed length in `buffer`; false when it is no 200. */
static bool read_answer(int fd, char *buffer)
{
    size_t n = 0;
    size_t want = 0;
    while (want == 0 || n < want) {
        ssize_t got = read(fd, buffer + n, ANSWER_MAX - 1 - n);
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        buffer[n] = '\0';
        const char *end = strstr(buffer, "\r\n\r\n");
        const char *length = strcasestr(buffer, "\r\nContent-Length: ");
        if (want == 0 && end != NULL && length != NULL) {
            want = (size_t)(end + 4 - buffer) + strtoul(length + 18, NULL, 10);
        }
        if (want >= ANSWER_MAX) {
            return false;
        }
    }
    return strncmp(buffer, "HTTP/1.1 200", 12) == 0;
}

static size_t append_encoded(char *out, size_t n, size_t cap, struct str text)
{
    for (size_t i = 0; i < text.n && n + 4 < cap; i++) {
        n += (size_t)snprintf(out + n, cap - n, "%%%02x", (unsigned)(unsigned char)text.p[i]);
    }
    return n;
}

/* Columns of the questions: lon, lat, category's code, words, category's id. */
static bool ask_service(int port, const struct db_rows *questions, const char *key, double seconds,
                        struct timing *t)
{
    char *buffer = malloc(ANSWER_MAX);
    int fd = open_connection(port);
    uint64_t until = clock_mono_ns() + (uint64_t)(seconds * 1e9);
    bool good = buffer != NULL && fd >= 0;
    for (size_t i = 0; good && clock_mono_ns() < until && t->n < SAMPLES_MAX; i++) {
        char request[4096];
        size_t row = i % db_rows_count(questions);
        size_t n = (size_t)snprintf(
            request, sizeof request,
            "GET /api/v1/complaints/nearby?accuracy_m=15&lon=%s&lat=%s&category=%s&q=",
            db_rows_text(questions, row, 0), db_rows_text(questions, row, 1),
            db_rows_text(questions, row, 2));
        n = append_encoded(request, n, sizeof request - 256, db_rows_str(questions, row, 3));
        n += (size_t)snprintf(request + n, sizeof request - n,
                              " HTTP/1.1\r\nHost: localhost\r\n%s%s%s\r\n",
                              key == NULL ? "" : "Authorization: Bearer ", key == NULL ? "" : key,
                              key == NULL ? "" : "\r\n");
        uint64_t began = clock_mono_ns();
        good = write(fd, request, n) == (ssize_t)n && read_answer(fd, buffer);
        t->ms[t->n++] = (double)(clock_mono_ns() - began) / 1e6;
        t->found += good && strstr(buffer, "\"score\"") != NULL;
    }
    if (!good && buffer != NULL) {
        fprintf(stderr, "bench_duplicates: %.200s\n", buffer);
    }
    if (fd >= 0) {
        close(fd);
    }
    free(buffer);
    return good;
}

/* What one would write first: near, of the category, open, recent, the most similar text on top. */
static const char peer_sql[] =
    "SELECT c.code, similarity(c.description, $4) FROM hotline.complaints c"
    " WHERE c.geom && ST_Expand(ST_SetSRID(ST_MakePoint($1::float8, $2::float8), 4326), 0.004)"
    " AND ST_DWithin(c.geom::geography,"
    "     ST_SetSRID(ST_MakePoint($1::float8, $2::float8), 4326)::geography, 300)"
    " AND c.category_id = $3::integer AND c.status NOT IN ('rejected')"
    " AND (c.closed_at IS NULL OR c.closed_at > now() - interval '14 days')"
    " AND c.received_at > now() - interval '90 days'"
    " ORDER BY 2 DESC LIMIT 5";

static bool ask_peer(struct db_sync *db, const struct db_rows *questions, double seconds,
                     struct timing *t)
{
    uint64_t until = clock_mono_ns() + (uint64_t)(seconds * 1e9);
    for (size_t i = 0; clock_mono_ns() < until && t->n < SAMPLES_MAX; i++) {
        size_t row = i % db_rows_count(questions);
        const char *const params[] = {
            db_rows_text(questions, row, 0), db_rows_text(questions, row, 1),
            db_rows_text(questions, row, 4), db_rows_text(questions, row, 3)};
        struct db_rows *rows = NULL;
        struct err e;
        uint64_t began = clock_mono_ns();
        if (db_sync_query(db, peer_sql, 4, params, &rows, &e) != STATUS_OK) {
            fprintf(stderr, "bench_duplicates: %s\n", e.text);
            return false;
        }
        t->ms[t->n++] = (double)(clock_mono_ns() - began) / 1e6;
        t->found += db_rows_count(rows) > 0;
        db_rows_free(rows);
    }
    return true;
}

static const char questions_sql[] =
    "SELECT ST_X(c.geom) + (random() - 0.5) * 0.0004, ST_Y(c.geom) + (random() - 0.5) * 0.0004,"
    " k.code, left(c.description, 200), k.id"
    " FROM hotline.complaints c JOIN hotline.categories k ON k.id = c.category_id"
    " WHERE c.geom IS NOT NULL AND c.id % 97 = 0 ORDER BY md5(c.code) LIMIT 5000";

static int speed(char **argv)
{
    int port = (int)strtol(argv[2], NULL, 10);
    double seconds = strtod(argv[5], NULL);
    struct db_sync *db = NULL;
    struct db_rows *questions = NULL;
    struct err e;
    struct timing warm = {calloc(SAMPLES_MAX, sizeof(double)), 0, 0};
    struct timing staff = {calloc(SAMPLES_MAX, sizeof(double)), 0, 0};
    struct timing public = {calloc(SAMPLES_MAX, sizeof(double)), 0, 0};
    struct timing peer = {calloc(SAMPLES_MAX, sizeof(double)), 0, 0};
    enum status status = db_sync_connect(argv[3], NULL, &db, &e);
    status =
        status == STATUS_OK ? db_sync_query(db, questions_sql, 0, NULL, &questions, &e) : status;
    bool good = status == STATUS_OK && db_rows_count(questions) > 0 && warm.ms != NULL &&
                staff.ms != NULL && public.ms != NULL && peer.ms != NULL;
    good = good && ask_service(port, questions, argv[4], 1, &warm);
    good = good && ask_service(port, questions, argv[4], seconds, &staff);
    good = good && ask_service(port, questions, NULL, seconds, &public);
    warm.n = 0;
    good = good && ask_peer(db, questions, 1, &warm) && ask_peer(db, questions, seconds, &peer);
    if (good) {
        print_timing("hotline over HTTP, staff", &staff);
        print_timing("hotline over HTTP, public", &public);
        print_timing("PostGIS and pg_trgm, over libpq", &peer);
    } else if (status != STATUS_OK) {
        fprintf(stderr, "bench_duplicates: %s\n", e.text);
    }
    free(warm.ms);
    free(staff.ms);
    free(public.ms);
    free(peer.ms);
    db_rows_free(questions);
    db_sync_close(db);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "quality") == 0) {
        return quality(argc, argv);
    }
    if (argc == 6 && strcmp(argv[1], "speed") == 0) {
        return speed(argv);
    }
    fputs("usage: bench_duplicates quality DATABASE DESCRIPTIONS [DATA-FOLDER]...\n"
          "       bench_duplicates speed PORT DATABASE KEY SECONDS\n",
          stderr);
    return 2;
}
