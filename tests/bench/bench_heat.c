/* The heat index in process: loading, tiles with and without filters, updates beside readers.
 *
 *   bench_heat [MILLIONS] [SECONDS] [PART]    PART: all, sets, agency, pictures or updates
 *
 * Prints one line a figure: name, then p50, p99 in milliseconds of the thread's processor time, or
 * a number with its unit. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "geo/geo_heat_index.h"
#include "server/api/heat_picture.h"
#include "server/api/heat_tile.h"
#include "server/base/clock.h"

#define OPEN       0x87fU
#define NOW        1764000000U
#define YEAR       31536000U
#define CENTRES    400
#define ASKED      400
#define CATEGORIES 80
#define AGENCIES   86
#define STATUSES   12
#define KEPT       4096

static _Thread_local uint64_t state = 42;
static uint64_t dice(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}
static double unit(void)
{
    return (double)(dice() >> 11) / 9007199254740992.0;
}
static uint32_t below(uint32_t n)
{
    return (uint32_t)(unit() * n);
}

static struct geo_point centres[CENTRES];

/* Clustered over the city: a fifth even, the rest around centres, nearer ones oftener. */
static struct geo_point somewhere(void)
{
    if (below(5) == 0) {
        return (struct geo_point){106.5 + 0.45 * unit(), 10.6 + 0.4 * unit()};
    }
    uint32_t centre = (uint32_t)(CENTRES * pow(unit(), 2.5));
    double spread = 0.004 + 0.012 * (double)(centre % 7) / 7;
    double angle = 6.283185307179586 * unit();
    double reach = spread * sqrt(-log(1 - unit()));
    return (struct geo_point){centres[centre].lon + reach * cos(angle),
                              centres[centre].lat + reach * sin(angle)};
}

/* One of 168, by place. */
static int32_t ward_at(struct geo_point at)
{
    double x = fmin(fmax((at.lon - 106.5) / 0.45, 0), 0.999);
    double y = fmin(fmax((at.lat - 10.6) / 0.4, 0), 0.999);
    return 1 + (int32_t)(14 * x) + 14 * (int32_t)(12 * y);
}

/* Two in three have that of their ward, others one of 20 that work everywhere. */
static int32_t agency_of(int32_t ward)
{
    return below(3) == 0 ? AGENCIES - (int32_t)below(20) : 1 + ward % (AGENCIES - 20);
}

static struct geo_heat_record record_of(int64_t id)
{
    struct geo_point at = somewhere();
    int32_t ward = ward_at(at);
    return (struct geo_heat_record){.id = id,
                                    .place = geo_heat_place_of(at),
                                    .received_s = NOW - below(3 * YEAR),
                                    .due_s = NOW - YEAR + below(2 * YEAR),
                                    .category = 1 + (int32_t)below(CATEGORIES),
                                    .agency = agency_of(ward),
                                    .ward = ward,
                                    .status = (uint8_t)(below(10) == 0 ? below(7) : 9),
                                    .channel = (uint8_t)below(7),
                                    .satisfaction = (uint8_t)below(4),
                                    .reopened = below(16) == 0,
                                    .weight = 1};
}

static const struct geo_heat_record *given(void *arg, size_t i)
{
    return &((const struct geo_heat_record *)arg)[i];
}

static double ms_since(uint64_t began)
{
    return (double)(clock_mono_ns() - began) / 1e6;
}

/* What the thread itself used: what others do on the machine stays out of it. */
static double cpu_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void show(const char *name, uint32_t z, double *ms, size_t n)
{
    qsort(ms, n, sizeof(*ms), by_size);
    printf("%-12s z%-2u  p50 %8.3f ms  p99 %8.3f ms\n", name, z, ms[n / 2], ms[n * 99 / 100]);
    (void)fflush(stdout);
}

static struct geo_heat_index *heat;

static void die(const char *what)
{
    fprintf(stderr, "bench_heat: %s\n", what);
    exit(1);
}

enum kind { ALL, SETS, AGENCY };
static const char *const kinds[] = {"all", "sets", "agency"};

struct wish {
    struct geo_heat_filter f;
    int32_t categories[CATEGORIES], agencies[AGENCIES];
};

/* A random set of ids from 1 on; returns how many. */
static size_t some_of(int32_t *ids, size_t n_ids, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n_ids; i++) { /* each of those left with the same chance */
        ids[kept] = (int32_t)i + 1;
        kept += below((uint32_t)(n_ids - i)) < n - kept;
    }
    return kept;
}

/* SETS: of categories, statuses and agencies, from one to all; a month to three years.
 * AGENCY: of the place's ward; a fifth of the categories, three statuses, a year of three. */
static void random_filter(struct wish *w, enum kind kind, struct geo_point at)
{
    uint32_t long_s = YEAR;
    w->f = (struct geo_heat_filter){.categories = w->categories, .agencies = w->agencies};
    if (kind == SETS) {
        int32_t statuses[STATUSES];
        size_t n = some_of(statuses, STATUSES, 1 + below(STATUSES));
        for (size_t i = 0; i < n; i++) {
            w->f.statuses |= (uint16_t)(1U << (statuses[i] - 1));
        }
        w->f.n_categories = some_of(w->categories, CATEGORIES, 1 + below(CATEGORIES));
        w->f.n_agencies = some_of(w->agencies, AGENCIES, 1 + below(AGENCIES));
        long_s = YEAR / 12 + below(3 * YEAR - YEAR / 12);
    } else {
        w->f.n_categories = some_of(w->categories, CATEGORIES, CATEGORIES / 4);
        w->f.statuses = (uint16_t)(1U << 9 | 1U << below(7) | 1U << below(7));
        w->agencies[0] = agency_of(ward_at(at));
        w->f.n_agencies = 1;
    }
    w->f.has_from = w->f.has_to = true;
    w->f.from_s = NOW - 3 * YEAR + below(3 * YEAR - long_s + 1);
    w->f.to_s = w->f.from_s + long_s;
}

static double one_tile(uint32_t z, enum kind kind, size_t *bytes)
{
    struct wish w = {0};
    struct geo_heat_query *q = NULL;
    struct strbuf out;
    struct err e;
    struct geo_point at = somewhere();
    struct geo_tile tile = geo_tile_at(at, z);
    if (kind != ALL) {
        random_filter(&w, kind, at);
    }
    strbuf_init(&out, (size_t)64 << 20);
    double began = cpu_ms();
    struct geo_heat_view *view = geo_heat_index_view(heat);
    if (geo_heat_query_create(view, &w.f, &q, &e) != STATUS_OK) {
        die(e.text);
    }
    const struct heat_tile t = {.query = q, .tile = tile};
    if (heat_tile_cells(&t, &out, &e) != STATUS_OK) {
        die(e.text);
    }
    geo_heat_query_destroy(q);
    geo_heat_view_release(view);
    double ms = cpu_ms() - began;
    *bytes += out.n;
    strbuf_free(&out);
    return ms;
}

static void tiles(enum kind kind)
{
    static double ms[ASKED];
    for (uint32_t z = 10; z <= 16; z += 2) {
        size_t bytes = 0;
        size_t n = kind != ALL && z == 10 ? ASKED / 4 : ASKED;
        for (size_t i = 0; i < n; i++) {
            ms[i] = one_tile(z, kind, &bytes);
        }
        show(kinds[kind], z, ms, n);
    }
}

/* 250 m, at least 10 pixels, as the service draws them; the scale is known. */
static void pictures(void)
{
    static double ms[ASKED];
    for (uint32_t z = 10; z <= 16; z += 2) {
        for (size_t i = 0; i < ASKED / 4; i++) {
            const struct geo_heat_filter all = {0};
            struct geo_heat_query *q = NULL;
            struct strbuf out;
            struct err e;
            struct heat_picture p = {
                .tile = geo_tile_at(somewhere(), z),
                .size = 256,
                .radius_px = fmax(10, 250 / (153000 / exp2(z))),
                .scale = 1000 / (float)exp2(z - 10),
            };
            strbuf_init(&out, (size_t)1 << 20);
            double began = cpu_ms();
            struct geo_heat_view *view = geo_heat_index_view(heat);
            if (geo_heat_query_create(view, &all, &q, &e) != STATUS_OK) {
                die(e.text);
            }
            p.query = q;
            if (heat_picture_make(&p, &out, &e) != STATUS_OK) {
                die(e.text);
            }
            geo_heat_query_destroy(q);
            geo_heat_view_release(view);
            ms[i] = cpu_ms() - began;
            strbuf_free(&out);
        }
        show("picture", z, ms, ASKED / 4);
    }
}

static bool done;
static void *read_tiles(void *arg)
{
    double *rate = arg;
    uint64_t began = clock_mono_ns();
    size_t bytes = 0;
    size_t n = 0;
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        (void)one_tile(10 + (uint32_t)(n % 7), ALL, &bytes);
        n++;
        /* 1,000 a second, not more: the point is that they are served. */
        double ahead = (double)n - ms_since(began);
        if (ahead > 0) {
            struct timespec rest = {0, (long)(ahead * 1e6)};
            (void)nanosleep(&rest, NULL);
        }
    }
    *rate = (double)n / ms_since(began) * 1000;
    return NULL;
}

static void updates(size_t n, unsigned seconds)
{
    static struct geo_heat_change changes[5000];
    static struct geo_heat_record kept[KEPT];
    int64_t next = (int64_t)n + 1;
    pthread_t thread;
    double rate = 0;
    size_t applied = 0;
    double worst = 0;
    if (pthread_create(&thread, NULL, read_tiles, &rate) != 0) {
        die("no thread");
    }
    uint64_t began = clock_mono_ns();
    while (ms_since(began) < seconds * 1000.0) {
        for (size_t i = 0; i < 5000; i++) { /* new, moved or removed, and closed: a third each */
            int64_t id = i % 3 == 0 ? next++ : 1 + (int64_t)below((uint32_t)n);
            struct geo_heat_record r = i % 3 == 2 ? kept[id % KEPT] : record_of(id);
            if (i % 3 == 0) {
                kept[id % KEPT] = r;
            } else if (i % 3 == 2 && r.id != 0) {
                r.status = (uint8_t)(7 + below(4)); /* one that came in lately */
            } else {
                r.id = id;
            }
            changes[i] = (struct geo_heat_change){.record = r, .gone = i % 60 == 1};
        }
        const struct geo_heat_batch batch = {.changes = changes, .n = 5000};
        uint64_t start = clock_mono_ns();
        if (geo_heat_index_apply(heat, &batch, NULL) != STATUS_OK) {
            die("a batch failed");
        }
        applied += 5000;
        worst = fmax(worst, ms_since(start));
        double ahead = (double)applied / 100 - ms_since(began);
        if (ahead > 0) {
            struct timespec rest = {0, (long)(fmin(ahead, 900) * 1e6)};
            (void)nanosleep(&rest, NULL);
        }
    }
    double per_second = (double)applied / ms_since(began) * 1000;
    __atomic_store_n(&done, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    printf("updates      %.0f/s (batches of 5000, worst %.1f ms) beside %.0f tiles/s\n", per_second,
           worst, rate);
}

static bool wanted(const char *part, const char *name)
{
    return part == NULL || strcmp(part, name) == 0;
}

int main(int argc, char **argv)
{
    const char *part = argc > 3 ? argv[3] : NULL;
    size_t n = (size_t)(1e6 * (argc > 1 ? strtod(argv[1], NULL) : 1));
    unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 5;
    const struct geo_heat_options options = {.open_statuses = OPEN, .now_s = NOW};
    struct geo_heat_record *records = malloc(n * sizeof(*records));
    for (size_t i = 0; i < CENTRES; i++) {
        centres[i] = (struct geo_point){106.55 + 0.35 * unit(), 10.65 + 0.3 * unit()};
    }
    if (records == NULL || geo_heat_index_create(&options, &heat, NULL) != STATUS_OK) {
        die("no memory");
    }
    for (size_t i = 0; i < n; i++) {
        records[i] = record_of((int64_t)i + 1);
    }
    uint64_t began = clock_mono_ns();
    if (geo_heat_index_load(heat, n, given, records, NULL) != STATUS_OK) {
        die("no memory");
    }
    free(records);
    struct geo_heat_stats s = geo_heat_index_stats(heat);
    printf("complaints   %zu in %.0f ms; %.1f bytes each, %zu leaves, %zu nodes\n", n,
           ms_since(began), (double)s.bytes / (double)n, s.leaves, s.nodes);
    for (enum kind kind = ALL; kind <= AGENCY; kind++) {
        if (wanted(part, kinds[kind])) {
            tiles(kind);
        }
    }
    if (wanted(part, "pictures")) {
        pictures();
    }
    if (wanted(part, "updates")) {
        updates(n, seconds);
    }
    s = geo_heat_index_stats(heat);
    printf("afterwards   %.1f bytes each, retiring %zu\n", (double)s.bytes / (double)s.complaints,
           s.retiring);
    geo_heat_index_destroy(heat);
    return 0;
}
