#include "tests/bench/geocode_speed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPEED_NS 400000000U

enum { HOSTILE = 20000 };

struct texts {
    char *bytes;
    struct str *text;
    size_t n, used;
};

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static bool open_texts(struct texts *t, size_t most)
{
    *t = (struct texts){.bytes = malloc(most * GEOCODE_TEXT_MAX + 1),
                        .text = calloc(most + 1, sizeof(struct str))};
    return t->bytes != NULL && t->text != NULL;
}

static void close_texts(struct texts *t)
{
    free(t->bytes);
    free(t->text);
}

static void add_text(struct texts *t, const char *text)
{
    size_t n = strlen(text);
    memcpy(t->bytes + t->used, text, n);
    t->text[t->n++] = (struct str){t->bytes + t->used, n};
    t->used += n;
}

/* Finds a second of processor time, over and over through the texts. */
static double run(const struct geocode_city *city, const struct texts *t, int64_t at_us,
                  bool prefix)
{
    size_t done = 0;
    uint64_t began = cpu_ns();
    uint64_t spent = 0;
    while (t->n > 0 && spent < SPEED_NS) {
        for (size_t i = 0; i < t->n; i++, done++) {
            struct geo_candidate c;
            struct geo_gazetteer_query query = {
                .text = t->text[i], .at_us = at_us, .prefix = prefix};
            (void)geo_gazetteer_find(city->gazetteer, &query, &c, 1);
        }
        spent = cpu_ns() - began;
    }
    return spent == 0 ? 0 : (double)done * 1e9 / (double)spent;
}

double geocode_speed(const struct geocode_city *city, enum geocode_rewriting how)
{
    struct texts t;
    double rate = 0;
    if (open_texts(&t, city->n_addresses)) {
        for (size_t i = 0; i < city->n_addresses; i++) {
            const struct geocode_address *a = &city->addresses[i];
            char text[GEOCODE_TEXT_MAX];
            if (a->asked && a->street_known) {
                geocode_rewrite(city, a, how, text);
                add_text(&t, text);
            }
        }
        rate = run(city, &t, how == GEOCODE_NEW_WARD ? GEOCODE_AFTER : GEOCODE_BEFORE, false);
    }
    close_texts(&t);
    return rate;
}

static int compare_texts(const void *a, const void *b)
{
    const struct str *x = a;
    const struct str *y = b;
    int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

/* Pieces of one street make one text. */
static void drop_repeated(struct texts *t)
{
    size_t kept = 0;
    qsort(t->text, t->n, sizeof *t->text, compare_texts);
    for (size_t i = 0; i < t->n; i++) {
        if (kept == 0 || compare_texts(&t->text[i], &t->text[kept - 1]) != 0) {
            t->text[kept++] = t->text[i];
        }
    }
    t->n = kept;
}

static void print_streets(const struct geocode_city *city)
{
    struct texts t;
    if (open_texts(&t, city->n_rows)) {
        for (size_t i = 0; i < city->n_rows; i++) {
            const struct geo_gazetteer_row *row = &city->rows[i];
            char text[GEOCODE_TEXT_MAX];
            if (row->kind == GEO_GAZETTEER_STREET) {
                const char *district =
                    geocode_unit_name(city, snapshot_boundary_at(city->snapshot, LEVEL_DISTRICT,
                                                                 row->point, GEOCODE_BEFORE));
                (void)snprintf(text, sizeof text, "%.200s, %s", row->name, district);
                add_text(&t, text);
            }
        }
        drop_repeated(&t);
        double whole = run(city, &t, GEOCODE_BEFORE, false);
        printf("\"street, district\" of all %zu streets: %.0f finds/s", t.n, whole);
        for (size_t i = 0; i < t.n; i++) { /* up to the second letter of the second word */
            const char *space = memchr(t.text[i].p, ' ', t.text[i].n);
            size_t n = space == NULL ? 3 : (size_t)(space - t.text[i].p) + 3;
            t.text[i].n = n < t.text[i].n ? n : t.text[i].n;
        }
        drop_repeated(&t);
        printf("; %zu unfinished beginnings: %.0f/s\n", t.n, run(city, &t, GEOCODE_BEFORE, true));
    }
    close_texts(&t);
}

static const char *random_key(const struct geocode_city *city, uint64_t h)
{
    return city->addresses[(h >> 33) % city->n_addresses].key;
}

/* Every fifth a crossing of streets with many pieces or many namesakes, every fifth one sign or
 * word over and over, the others as many words of streets' names as are read at all, every third
 * with an error. */
size_t geocode_hostile_text(const struct geocode_city *city, uint32_t i,
                            char text[GEOCODE_TEXT_MAX])
{
    static const char *const again[] = {"đường số 5 ", "p. q. ",  "1/2/3/4",  "ngã tư ",
                                        "a",           "nguyễn ", "12-14/a ", "\xF0\x9F\x99\x82",
                                        "gần cầu ",    "9 "};
    static const char *const many[] = {"Đường số 1", "Đường số 2",   "Đường số 5", "Quốc lộ 1A",
                                       "Quốc lộ 13", "Xa lộ Hà Nội", "Lê Lợi",     "Trường Chinh"};
    char salt[16];
    size_t n = 0;
    (void)snprintf(salt, sizeof salt, "%u", i);
    uint64_t h = geocode_hash(salt, "hostile");
    if (i % 5 == 0) {
        return (size_t)snprintf(text, GEOCODE_TEXT_MAX, "góc %s - %s", many[h >> 40 & 7],
                                i % 2 == 0 ? many[h >> 50 & 7] : random_key(city, h));
    }
    for (; n + 60 < GEOCODE_TEXT_MAX; h = h * 6364136223846793005U + 1442695040888963407U) {
        n += (size_t)(i % 5 == 1 ? snprintf(text + n, GEOCODE_TEXT_MAX - n, "%s", again[i / 5 % 10])
                                 : snprintf(text + n, GEOCODE_TEXT_MAX - n, "%.40s%s ",
                                            random_key(city, h) + (h >> 20) % 3,
                                            (h >> 24) % 3 == 0 ? "x" : ""));
    }
    return n;
}

static void print_slowest(const struct geocode_city *city)
{
    double slowest = 0;
    double sum = 0;
    char worst[64] = "";
    for (uint32_t i = 0; i < HOSTILE && city->n_addresses > 0; i++) {
        char text[GEOCODE_TEXT_MAX];
        size_t n = geocode_hostile_text(city, i, text);
        struct geo_gazetteer_query query = {
            .text = {text, n}, .at_us = GEOCODE_AFTER, .prefix = i % 2 == 0};
        struct geo_candidate found[5];
        double us = HUGE_VAL;
        for (int again = 0; again < 2; again++) { /* what only one of them has is the machine's */
            uint64_t began = cpu_ns();
            (void)geo_gazetteer_find(city->gazetteer, &query, found, 5);
            us = fmin(us, (double)(cpu_ns() - began) / 1e3);
        }
        if (us > slowest) {
            slowest = us;
            (void)snprintf(worst, sizeof worst, "%.60s", text);
        }
        sum += us;
    }
    printf(
        "%d texts made to be slow: mean %.0f, slowest %.0f microseconds of processor time (%s)\n",
        HOSTILE, sum / HOSTILE, slowest, worst);
}

void geocode_speed_more(const struct geocode_city *city)
{
    print_streets(city);
    print_slowest(city);
}
