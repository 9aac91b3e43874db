/* bench_insert insert DATABASE-URL CONNECTIONS SECONDS   the peer of intake: how fast libpq alone
 *                                                        stores the rows that the service stores
 * bench_insert codes DATABASE-URL N                      N lines "ID CODE" of fresh complaints
 *
 * The rows are complaints that the service stored (bench.samples, tests/bench/fill.sql) under new
 * ids and tracking codes: a row each in complaints, complaint_history, outbox and idempotency_keys,
 * and in reporters where the sample has one. Prepared statements, pipelined, 100 complaints a
 * commit, two commits under way on each connection, a thread each. Prints "complaints_per_second".
 */
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/intake/tracking_code.h"

#define A_COMMIT        100
#define BLOCK           1000 /* of hotline.complaint_ids */
#define CONNECTIONS_MAX 16
#define COLUMNS         34

/* bench.samples: the complaint's 25 columns after id and code, then the other tables' columns. */
enum {
    COMPLAINT_FIRST = 0,
    COMPLAINT_N = 25,
    HISTORY_ACTOR = 25,
    HISTORY_DETAIL = 26,
    KEY_CLIENT = 27,
    KEY_HASH = 28,
    HAS_REPORTER = 29,
    REPORTER_FIRST = 30,
    RECEIVED_AT = 0,
};

static const char samples_sql[] = "SELECT * FROM bench.samples";

static const struct {
    const char *name, *sql;
    int n;
} statements[] = {
    {"k",
     "INSERT INTO hotline.idempotency_keys (client, key, request_hash, complaint_id, created_at)"
     " VALUES ($1, $2, $3, $4, $5)",
     5},
    {"c",
     "INSERT INTO hotline.complaints (id, code, received_at, updated_at, channel, status,"
     " category_id, description, address, geom, accuracy_m, place_match, place_confidence, ward_id,"
     " district_id, flags, attributes, agency_id, desk_id, jurisdiction_id, due_at, reason_vi,"
     " reason_en, occurred_at, closed_at, source, source_id)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,"
     " $19, $20, $21, $22, $23, $24, $25, $26, $27)",
     27},
    {"h",
     "INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)"
     " VALUES ($1, $2, 'received', $3, $4)",
     4},
    {"r",
     "INSERT INTO personal.reporters (complaint_id, name, phone, email, anonymous)"
     " VALUES ($1, $2, $3, $4, $5)",
     5},
    {"o",
     "INSERT INTO hotline.outbox (created_at, topic, complaint_id)"
     " VALUES ($1, 'complaint.received', $2)",
     2},
};
enum { N_STATEMENTS = sizeof(statements) / sizeof(statements[0]) };

struct writer {
    const char *url;
    PGresult *samples;
    unsigned char key[16];
    int number;
    uint64_t end_ns;
    pthread_t thread;
    PGconn *pg;
    uint64_t stored;
    int64_t id, id_end;
    bool failed;
};

static PGconn *connect_to(const char *url)
{
    PGconn *pg = PQconnectdb(url);
    if (PQstatus(pg) != CONNECTION_OK) {
        fprintf(stderr, "bench_insert: %s", PQerrorMessage(pg));
        PQfinish(pg);
        return NULL;
    }
    return pg;
}

static PGresult *query(PGconn *pg, const char *sql)
{
    PGresult *result = PQexec(pg, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fprintf(stderr, "bench_insert: %s", PQerrorMessage(pg));
        PQclear(result);
        return NULL;
    }
    return result;
}

/* 32 hex digits. */
static bool read_tracking_key(PGconn *pg, unsigned char key[16])
{
    PGresult *result = query(pg, "SELECT encode(value, 'hex') FROM hotline.secrets"
                                 " WHERE key = 'tracking_key'");
    bool good = result != NULL && PQntuples(result) == 1 && strlen(PQgetvalue(result, 0, 0)) == 32;
    for (size_t i = 0; good && i < 16; i++) {
        char digits[3] = {PQgetvalue(result, 0, 0)[2 * i], PQgetvalue(result, 0, 0)[2 * i + 1], 0};
        key[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
    PQclear(result);
    return good;
}

static bool next_block(PGconn *pg, int64_t *first)
{
    PGresult *result = query(pg, "SELECT nextval('hotline.complaint_ids')");
    bool good = result != NULL;
    if (good) {
        *first = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    }
    PQclear(result);
    return good;
}

/* Sends what libpq holds back, taking in what comes so that neither side waits for the other. */
static bool flush(PGconn *pg)
{
    int left;
    while ((left = PQflush(pg)) == 1) {
        struct pollfd fd = {.fd = PQsocket(pg), .events = POLLIN | POLLOUT};
        (void)poll(&fd, 1, -1); /* an error shows in the next call of libpq */
        if ((fd.revents & POLLIN) != 0 && PQconsumeInput(pg) != 1) {
            return false;
        }
    }
    return left == 0;
}

static const char *value(const struct writer *w, int row, int column)
{
    return PQgetisnull(w->samples, row, column) ? NULL : PQgetvalue(w->samples, row, column);
}

static bool send(struct writer *w, int statement, const char *const *values)
{
    return PQsendQueryPrepared(w->pg, statements[statement].name, statements[statement].n, values,
                               NULL, NULL, 0) == 1;
}

static bool send_complaint(struct writer *w, int64_t id, int row)
{
    char id_text[24];
    char code[TRACKING_CODE_LENGTH + 1];
    char key[40];
    const char *received = value(w, row, RECEIVED_AT);
    snprintf(id_text, sizeof(id_text), "%" PRId64, id);
    snprintf(key, sizeof(key), "sim-0123456789abcdef-%" PRId64, id);
    tracking_code_make(w->key, id, code);
    const char *keys[] = {value(w, row, KEY_CLIENT), key, value(w, row, KEY_HASH), id_text,
                          received};
    const char *complaint[COMPLAINT_N + 2] = {id_text, code};
    for (int i = 0; i < COMPLAINT_N; i++) {
        complaint[i + 2] = value(w, row, COMPLAINT_FIRST + i);
    }
    const char *history[] = {id_text, received, value(w, row, HISTORY_ACTOR),
                             value(w, row, HISTORY_DETAIL)};
    bool reported = PQgetvalue(w->samples, row, HAS_REPORTER)[0] == 't';
    const char *outbox[] = {received, id_text};
    const char *reporter[] = {id_text, value(w, row, REPORTER_FIRST),
                              value(w, row, REPORTER_FIRST + 1), value(w, row, REPORTER_FIRST + 2),
                              value(w, row, REPORTER_FIRST + 3)};
    return send(w, 0, keys) && send(w, 1, complaint) && send(w, 2, history) &&
           (!reported || send(w, 3, reporter)) && send(w, 4, outbox);
}

/* One transaction: without BEGIN, what stands between two sync points is one. */
static bool send_commit(struct writer *w, int *row)
{
    for (int i = 0; i < A_COMMIT; i++) {
        if (!send_complaint(w, w->id++, *row)) {
            return false;
        }
        *row = (*row + 1) % PQntuples(w->samples);
    }
    return PQpipelineSync(w->pg) == 1 && flush(w->pg);
}

/* Reads until the next sync point. */
static bool read_commit(struct writer *w)
{
    for (int nulls = 0; nulls < 2;) {
        PGresult *result = PQgetResult(w->pg);
        nulls = result == NULL ? nulls + 1 : 0;
        ExecStatusType status = result == NULL ? PGRES_COMMAND_OK : PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC) {
            fprintf(stderr, "bench_insert: %s", PQresultErrorMessage(result));
            PQclear(result);
            return false;
        }
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC) {
            return true;
        }
    }
    return false;
}

static bool work(struct writer *w)
{
    int row = w->number * 997 % PQntuples(w->samples);
    int under_way = 0;
    bool good = true;
    while (good && (clock_mono_ns() < w->end_ns || under_way > 0)) {
        if (clock_mono_ns() < w->end_ns && w->id < w->id_end) {
            good = send_commit(w, &row);
            under_way++;
        }
        if (under_way == 2 || clock_mono_ns() >= w->end_ns || w->id == w->id_end) {
            good = good && read_commit(w);
            under_way--;
            w->stored += A_COMMIT;
        }
        if (w->id == w->id_end && under_way == 0) {
            break;
        }
    }
    return good;
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    w->failed = !work(w);
    return NULL;
}

/* Connects, prepares, and takes more ids than can be used; all before the clock starts. */
static bool prepare(struct writer *w, double seconds)
{
    w->pg = connect_to(w->url);
    if (w->pg == NULL) {
        return false;
    }
    for (int i = 0; i < N_STATEMENTS; i++) {
        PGresult *result = PQprepare(w->pg, statements[i].name, statements[i].sql, 0, NULL);
        bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
        if (!good) {
            fprintf(stderr, "bench_insert: %s", PQerrorMessage(w->pg));
            return false;
        }
    }
    char sql[160];
    int64_t wanted = (int64_t)(seconds * 60000);
    snprintf(sql, sizeof(sql),
             "SELECT setval('hotline.complaint_ids', nextval('hotline.complaint_ids') + %" PRId64
             ") - %" PRId64,
             wanted / BLOCK * BLOCK, wanted / BLOCK * BLOCK);
    PGresult *result = query(w->pg, sql);
    if (result == NULL) {
        return false;
    }
    w->id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    w->id_end = w->id + wanted / A_COMMIT * A_COMMIT;
    PQclear(result);
    return PQsetnonblocking(w->pg, 1) == 0 && PQenterPipelineMode(w->pg) == 1;
}

static int insert(const char *url, int n, double seconds)
{
    static struct writer writers[CONNECTIONS_MAX];
    struct writer first = {.url = url};
    PGconn *pg = connect_to(url);
    bool good = pg != NULL && read_tracking_key(pg, first.key) &&
                (first.samples = query(pg, samples_sql)) != NULL && PQntuples(first.samples) > 0 &&
                PQnfields(first.samples) == COLUMNS;
    for (int i = 0; good && i < n; i++) {
        writers[i] = first;
        writers[i].number = i;
        good = prepare(&writers[i], seconds);
    }
    uint64_t start = clock_mono_ns();
    int running = 0;
    for (; good && running < n; running++) {
        writers[running].end_ns = start + (uint64_t)(seconds * 1e9);
        good = pthread_create(&writers[running].thread, NULL, writer_main, &writers[running]) == 0;
    }
    uint64_t stored = 0;
    for (int i = 0; i < running; i++) {
        (void)pthread_join(writers[i].thread, NULL);
        stored += writers[i].stored;
        good = good && !writers[i].failed;
    }
    double took = (double)(clock_mono_ns() - start) / 1e9;
    for (int i = 0; i < n; i++) {
        PQfinish(writers[i].pg);
    }
    PQclear(first.samples);
    PQfinish(pg);
    if (!good) {
        fputs("bench_insert: it did not work\n", stderr);
        return 1;
    }
    printf("%.0f\n", (double)stored / took);
    return 0;
}

static int codes(const char *url, int64_t n)
{
    unsigned char key[16];
    char code[TRACKING_CODE_LENGTH + 1];
    PGconn *pg = connect_to(url);
    bool good = pg != NULL && read_tracking_key(pg, key);
    for (int64_t i = 0, id = 0; good && i < n; i++, id++) {
        if (i % BLOCK == 0 && !next_block(pg, &id)) {
            good = false;
            break;
        }
        tracking_code_make(key, id, code);
        printf("%" PRId64 " %s\n", id, code);
    }
    PQfinish(pg);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "insert") == 0) {
        long n = strtol(argv[3], NULL, 10);
        double seconds = strtod(argv[4], NULL);
        if (n >= 1 && n <= CONNECTIONS_MAX && seconds > 0) {
            return insert(argv[2], (int)n, seconds);
        }
    } else if (argc == 4 && strcmp(argv[1], "codes") == 0) {
        return codes(argv[2], strtoll(argv[3], NULL, 10));
    }
    fputs("usage: bench_insert insert URL CONNECTIONS SECONDS | bench_insert codes URL N\n",
          stderr);
    return 2;
}
