/* bench_autocomplete PORT DATABASE [SECONDS]
 *
 * How long an operator waits for suggestions: GET /api/v1/geocode over HTTP on kept-alive
 * connections, with addresses of the city typed up to some letter of their last word. A thread a
 * connection; every text is asked once a round. Prints p50 and p99 of what a client sees, for 1 and
 * for 8 connections. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/db/db_sync.h"

enum {
    CLIENTS_MAX = 8,
    TEXTS_MAX = 20000,
    SAMPLES_MAX = 400000,
    ANSWER_MAX = 1 << 16,
    REQUEST_MAX = 2048,
};

struct client {
    int port;
    int number, of;
    const struct db_rows *texts;
    uint64_t until_ns;
    double *us; /* of each answer */
    size_t n, empty;
    bool failed;
};

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

static size_t make_request(struct str text, char out[REQUEST_MAX])
{
    size_t n = (size_t)snprintf(out, REQUEST_MAX, "GET /api/v1/geocode?autocomplete=1&limit=6&q=");
    for (size_t i = 0; i < text.n && n + 64 < REQUEST_MAX; i++) {
        n += (size_t)snprintf(out + n, REQUEST_MAX - n, "%%%02x",
                              (unsigned)(unsigned char)text.p[i]);
    }
    return n + (size_t)snprintf(out + n, REQUEST_MAX - n, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

/* The whole answer; false when it is no 200. */
static bool read_answer(int fd, char *buffer, bool *empty)
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
        if (want == 0 && end != NULL) {
            if (length == NULL) {
                return false;
            }
            want = (size_t)(end + 4 - buffer) + strtoul(length + 18, NULL, 10);
        }
        if (want >= ANSWER_MAX) {
            return false;
        }
    }
    *empty = strstr(buffer, "\"features\":[]") != NULL;
    return strncmp(buffer, "HTTP/1.1 200", 12) == 0;
}

/* "819 Quang Trung, Gò V": up to a letter of the last word, whole characters only. */
static struct str unfinished(struct str text, size_t draw)
{
    size_t last = text.n;
    while (last > 0 && text.p[last - 1] != ' ') {
        last--;
    }
    if (last == text.n) {
        return text;
    }
    size_t n = last + 1 + draw % (text.n - last);
    while (n < text.n && ((unsigned char)text.p[n] & 0xC0U) == 0x80U) {
        n++;
    }
    return (struct str){text.p, n};
}

static void *run_client(void *arg)
{
    struct client *c = arg;
    char *buffer = malloc(ANSWER_MAX);
    int fd = open_connection(c->port);
    size_t texts = db_rows_count(c->texts);
    c->failed = buffer == NULL || fd < 0;
    for (size_t i = (size_t)c->number;
         !c->failed && clock_mono_ns() < c->until_ns && c->n < SAMPLES_MAX / CLIENTS_MAX;
         i += (size_t)c->of) {
        char request[REQUEST_MAX];
        bool empty = false;
        struct str text = unfinished(db_rows_str(c->texts, i % texts, 0), i / 7);
        size_t n = make_request(text, request);
        uint64_t began = clock_mono_ns();
        c->failed = write(fd, request, n) != (ssize_t)n || !read_answer(fd, buffer, &empty);
        c->us[c->n++] = (double)(clock_mono_ns() - began) / 1e3;
        c->empty += empty;
    }
    if (fd >= 0) {
        close(fd);
    }
    free(buffer);
    return NULL;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Gathers the clients' samples in the first one's array, which has room for all. */
static bool report(struct client *clients, int n, double seconds)
{
    double *us = clients[0].us;
    size_t count = 0;
    size_t empty = 0;
    for (int i = 0; i < n; i++) {
        memmove(us + count, clients[i].us, clients[i].n * sizeof *us);
        count += clients[i].n;
        empty += clients[i].empty;
        if (clients[i].failed) {
            fputs("bench_autocomplete: an answer was no 200\n", stderr);
            return false;
        }
    }
    qsort(us, count, sizeof *us, compare_doubles);
    printf("  %d connection%s: %8.0f/s, p50 %.2f ms, p99 %.2f ms, slowest %.2f ms (%zu asked, %zu "
           "found nothing)\n",
           n, n == 1 ? " " : "s", (double)count / seconds, us[count / 2] / 1e3,
           us[count * 99 / 100] / 1e3, us[count - 1] / 1e3, count, empty);
    return true;
}

static bool measure(int port, const struct db_rows *texts, int n, double seconds)
{
    struct client clients[CLIENTS_MAX] = {{0}};
    pthread_t threads[CLIENTS_MAX];
    double *us = calloc(SAMPLES_MAX, sizeof *us);
    uint64_t until = clock_mono_ns() + (uint64_t)(seconds * 1e9);
    bool good = us != NULL;
    int started = 0;
    for (; good && started < n; started++) {
        clients[started] = (struct client){.port = port,
                                           .number = started,
                                           .of = n,
                                           .texts = texts,
                                           .until_ns = until,
                                           .us = us + started * (SAMPLES_MAX / CLIENTS_MAX)};
        if (pthread_create(&threads[started], NULL, run_client, &clients[started]) != 0) {
            good = false;
            break;
        }
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    good = good && report(clients, n, seconds);
    free(us);
    return good;
}

/* Addresses where the city has some, else streets; with the district of that day or the ward. */
static const char texts_sql[] =
    "SELECT text FROM (SELECT a.housenumber || ' ' || a.street || ', ' || b.name AS text, a.id"
    "  FROM hotline.gazetteer_addresses a JOIN hotline.boundaries b"
    "    ON b.level = 'district' AND ST_Covers(b.geom, a.geom) WHERE a.street IS NOT NULL"
    "  UNION ALL SELECT name, id FROM (SELECT DISTINCT ON (name) name, id"
    "    FROM hotline.gazetteer_streets) s) t"
    " WHERE length(text) BETWEEN 4 AND 120 ORDER BY md5(text), id LIMIT $1::integer";

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: bench_autocomplete PORT DATABASE [SECONDS]\n", stderr);
        return 2;
    }
    int port = (int)strtol(argv[1], NULL, 10);
    double seconds = argc > 3 ? strtod(argv[3], NULL) : 5;
    struct db_sync *db = NULL;
    struct db_rows *texts = NULL;
    struct err e;
    char most[16];
    (void)snprintf(most, sizeof most, "%d", TEXTS_MAX);
    const char *const params[] = {most};
    enum status s = db_sync_connect(argv[2], NULL, &db, &e);
    s = s != STATUS_OK ? s : db_sync_query(db, texts_sql, 1, params, &texts, &e);
    if (s != STATUS_OK || db_rows_count(texts) == 0) {
        fprintf(stderr, "bench_autocomplete: %s\n",
                s != STATUS_OK ? e.text : "the city has no streets");
        db_sync_close(db);
        return 1;
    }
    bool good = measure(port, texts, 1, 0.5); /* the first line warms */
    good = good && measure(port, texts, 1, seconds) && measure(port, texts, CLIENTS_MAX, seconds);
    db_rows_free(texts);
    db_sync_close(db);
    return good ? 0 : 1;
}
