/* geo_heat_index: against a plain list of the same complaints, through random batches, with views
 * that outlive them and readers beside a writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heat_index.h"
#include "server/base/bug.h"
#include "tests/unit/geo/shapes.h"

#define IDS   60000
#define OPEN  0x808fU /* statuses that are open, in these tests */
#define WARDS 300     /* more than geo_heat_scan.c looks up at once */
#define START 1700000000U

static struct geo_heat_record truth[IDS]; /* by id - 1; id 0: not there */
static struct geo_heat_index *index_;
static _Thread_local struct dice dice = {2024};
static uint32_t now_s = START;

static uint32_t below(uint32_t n)
{
    return (uint32_t)dice_between(&dice, 0, n - 1e-6);
}

/* Clustered, some anywhere in the world, and many in just three places. */
static struct geo_point somewhere(void)
{
    uint32_t kind = below(20);
    if (kind == 0) {
        return (struct geo_point){dice_between(&dice, -180, 180), dice_between(&dice, -89, 89)};
    }
    if (kind < 4) {
        return (struct geo_point){106.7 + 0.01 * kind, 10.77};
    }
    double wide = kind < 12 ? 0.004 : 0.3;
    return (struct geo_point){106.7 + wide * dice_between(&dice, -1, 1),
                              10.77 + wide * dice_between(&dice, -1, 1)};
}

static struct geo_heat_record random_record(int64_t id)
{
    return (struct geo_heat_record){.id = id,
                                    .place = geo_heat_place_of(somewhere()),
                                    .received_s = START - below(3 * 365 * 86400),
                                    .due_s = below(50) == 0 ? GEO_HEAT_NEVER
                                                            : START - 500000 + below(1000000),
                                    .category = 1 + (int32_t)below(80),
                                    .agency = 1 + (int32_t)below(30),
                                    .ward = (int32_t)below(WARDS),
                                    .status = (uint8_t)below(12),
                                    .channel = (uint8_t)below(7),
                                    .satisfaction = (uint8_t)below(4),
                                    .weight = (uint8_t)(1 + below(3)),
                                    .missed = below(9) == 0,
                                    .reopened = below(7) == 0};
}

/* --- the plain way ---------------------------------------------------------------------------- */

static bool in_list(const int32_t *list, size_t n, int32_t value)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return list == NULL;
}

static bool in_box(const struct geo_heat_box *b, struct geo_heat_place p)
{
    return p.x >= b->west && p.x <= b->east && p.y >= b->north && p.y <= b->south;
}

static bool wanted(const struct geo_heat_filter *f, const struct geo_heat_record *r)
{
    return r->id != 0 && in_list(f->categories, f->n_categories, r->category) &&
           in_list(f->agencies, f->n_agencies, r->agency) &&
           in_list(f->wards, f->n_wards, r->ward) &&
           (f->statuses == 0 || (f->statuses >> r->status & 1) != 0) &&
           (f->channels == 0 || (f->channels >> r->channel & 1) != 0) &&
           (!f->has_from || (int64_t)r->received_s >= f->from_s) &&
           (!f->has_to || (int64_t)r->received_s < f->to_s) &&
           (!f->has_box || in_box(&f->box, r->place));
}

static void add(struct geo_heat_sums *s, const struct geo_heat_record *r, uint32_t now)
{
    bool open = (OPEN >> r->status & 1) != 0;
    s->count++;
    s->open += open;
    s->late += open && r->due_s < now;
    s->missed += r->missed;
    s->reopened += r->reopened;
    s->again += r->reopened && open;
    s->rated += r->satisfaction > 0;
    s->satisfaction += r->satisfaction;
    s->weight += r->weight;
}

static struct geo_heat_filter random_filter(void)
{
    static int32_t categories[20], agencies[2], wards[40];
    struct geo_heat_filter f = {0};
    uint32_t what = below(8) == 0 ? 0 : below(256);
    for (int i = 0; i < 20; i++) {
        categories[i] = 1 + (int32_t)below(90); /* some there are not */
    }
    for (int i = 0; i < 40; i++) {
        wards[i] = 1 + (int32_t)below(300);
    }
    agencies[0] = 1 + (int32_t)below(30);
    agencies[1] = 1 + (int32_t)below(30);
    if ((what & 1) != 0) {
        f.categories = categories;
        f.n_categories = below(21);
    }
    if ((what & 2) != 0) {
        f.agencies = agencies;
        f.n_agencies = 1 + below(2);
    }
    if ((what & 4) != 0) {
        f.wards = wards;
        f.n_wards = 40;
    }
    f.statuses = (what & 8) != 0 ? (uint16_t)below(65536) : 0;
    f.channels = (what & 16) != 0 ? (uint8_t)below(128) : 0;
    f.has_from = (what & 32) != 0;
    f.has_to = (what & 64) != 0;
    f.from_s = (int64_t)START - below(4 * 365 * 86400);
    f.to_s = below(20) == 0 ? -5 : (int64_t)START - below(365 * 86400);
    f.has_box = (what & 128) != 0;
    double west = 106.7 + dice_between(&dice, -0.3, 0.3);
    double south = 10.77 + dice_between(&dice, -0.3, 0.3);
    f.box = geo_heat_box_of(
        (struct geo_box){west, south, west + below(100) / 300.0, south + below(100) / 300.0});
    return f;
}

static struct geo_tile random_tile(uint32_t z)
{
    return geo_tile_at(somewhere(), z);
}

/* --- comparing -------------------------------------------------------------------------------- */

static void expect_same(const struct geo_heat_sums *got, const struct geo_heat_sums *want,
                        const char *what, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(&got[i], &want[i], sizeof *got) != 0) {
            fail_msg("%s %zu: count %u open %u late %u weight %u, not %u %u %u %u", what, i,
                     got[i].count, got[i].open, got[i].late, got[i].weight, want[i].count,
                     want[i].open, want[i].late, want[i].weight);
        }
    }
}

struct cells {
    struct geo_heat_sums *sums;
    unsigned depth;
    uint64_t next; /* each once, in Morton order */
};

static void on_cell(void *arg, uint64_t cell, const struct geo_heat_sums *sums)
{
    struct cells *c = arg;
    struct geo_heat_place at = geo_heat_cell(cell);
    assert_true(cell >= c->next && cell >> (2 * c->depth) == 0 && sums->count > 0);
    c->next = cell + 1;
    c->sums[((size_t)at.y << c->depth) + at.x] = *sums;
}

static size_t compare_cells(const struct geo_heat_query *q, const struct geo_heat_filter *f,
                            uint32_t now, uint32_t z)
{
    static struct geo_heat_sums got[64 * 64], want[64 * 64];
    unsigned depth = z > 22 ? 6 : below(7);
    struct geo_tile tile = random_tile(z);
    struct geo_heat_box box = geo_heat_box_of_tile(tile);
    size_t cells = (size_t)1 << (2 * depth);
    memset(want, 0, sizeof want);
    for (size_t i = 0; i < IDS; i++) {
        if (wanted(f, &truth[i]) && in_box(&box, truth[i].place)) {
            size_t x = depth == 0 ? 0 : (truth[i].place.x - box.west) >> (32 - z - depth);
            size_t y = depth == 0 ? 0 : (truth[i].place.y - box.north) >> (32 - z - depth);
            add(&want[(y << depth) + x], &truth[i], now);
        }
    }
    geo_heat_cells(q, tile, depth, got);
    expect_same(got, want, "cell", cells);
    struct cells one_by_one = {.sums = got, .depth = depth};
    memset(got, 0, sizeof got);
    if (depth > 0 && below(2) == 0) { /* in two parts, along cells */
        struct geo_heat_box north = box;
        struct geo_heat_box south = box;
        north.south = box.north + (box.south - box.north) / 2;
        south.north = north.south + 1;
        geo_heat_each_cell(q, tile, depth, &north, on_cell, &one_by_one);
        geo_heat_each_cell(q, tile, depth, &south, on_cell, &one_by_one);
    } else {
        geo_heat_each_cell(q, tile, depth, NULL, on_cell, &one_by_one);
    }
    expect_same(got, want, "one by one, cell", cells);
    struct geo_heat_sums all = {0};
    for (size_t i = 0; i < IDS; i++) {
        if (wanted(f, &truth[i]) && in_box(&box, truth[i].place)) {
            add(&all, &truth[i], now);
        }
    }
    struct geo_heat_sums sum = geo_heat_sum(q, &box);
    expect_same(&sum, &all, "box", 1);
    assert_true(geo_heat_query_work(q, &box, z + depth) <= IDS);
    return cells;
}

static bool same_record(const struct geo_heat_record *a, const struct geo_heat_record *b)
{
    return a->id == b->id && a->place.x == b->place.x && a->place.y == b->place.y &&
           a->received_s == b->received_s && a->due_s == b->due_s && a->category == b->category &&
           a->agency == b->agency && a->ward == b->ward && a->status == b->status &&
           a->channel == b->channel && a->satisfaction == b->satisfaction &&
           a->weight == b->weight && a->missed == b->missed && a->reopened == b->reopened;
}

static bool count_visit(void *arg, const struct geo_heat_record *records, size_t n)
{
    size_t *seen = arg;
    for (size_t i = 0; i < n; i++) {
        assert_true(same_record(&records[i], &truth[records[i].id - 1]));
    }
    *seen += n;
    return true;
}

static void compare_groups(const struct geo_heat_query *q, const struct geo_heat_filter *f,
                           uint32_t now)
{
    static const uint32_t bounds[] = {START - 90000000, START - 60000000, START - 30000000, START};
    struct geo_heat_sums series[3];
    struct geo_heat_sums want[3] = {0};
    struct geo_heat_sums by_ward[WARDS] = {0};
    static struct geo_heat_group groups[400];
    size_t seen = 0;
    size_t all = 0;
    for (size_t i = 0; i < IDS; i++) {
        if (!wanted(f, &truth[i])) {
            continue;
        }
        all++;
        add(&by_ward[truth[i].ward], &truth[i], now);
        for (int k = 0; k < 3; k++) {
            if (truth[i].received_s >= bounds[k] && truth[i].received_s < bounds[k + 1]) {
                add(&want[k], &truth[i], now);
            }
        }
    }
    geo_heat_series(q, &geo_heat_everywhere, bounds, 4, series);
    expect_same(series, want, "period", 3);
    size_t n = geo_heat_groups(q, &geo_heat_everywhere, GEO_HEAT_WARD, groups, 400);
    for (size_t i = 0; i < n; i++) {
        expect_same(&groups[i].sums, &by_ward[groups[i].value], "ward", 1);
        by_ward[groups[i].value].count = 0;
    }
    for (int i = 0; i < WARDS; i++) {
        assert_int_equal(by_ward[i].count, 0);
    }
    geo_heat_visit(q, &geo_heat_everywhere, count_visit, &seen);
    assert_int_equal(seen, all);
}

/* Zones: stripes of longitude, 0.05 degrees wide in places. */
#define STRIPE 600000U
static int32_t stripe_of(void *arg, struct geo_heat_place p)
{
    (void)arg;
    uint32_t stripe = p.x / STRIPE % 9;
    return stripe == 8 ? GEO_HEAT_ZONE_NONE : (int32_t)stripe;
}
static int32_t stripe_of_square(void *arg, const struct geo_heat_box *b)
{
    return b->west / STRIPE != b->east / STRIPE
               ? GEO_HEAT_ZONE_MIXED
               : stripe_of(arg, (struct geo_heat_place){b->west, b->north});
}

static void compare_zones(const struct geo_heat_query *q, const struct geo_heat_filter *f,
                          uint32_t now)
{
    const struct geo_heat_zones zones = {stripe_of_square, stripe_of, NULL, 8};
    struct geo_heat_sums got[8];
    struct geo_heat_sums want[8] = {0};
    for (size_t i = 0; i < IDS; i++) {
        if (wanted(f, &truth[i]) && stripe_of(NULL, truth[i].place) >= 0) {
            add(&want[stripe_of(NULL, truth[i].place)], &truth[i], now);
        }
    }
    geo_heat_by_zone(q, &zones, got);
    expect_same(got, want, "zone", 8);
}

struct dot_sum {
    double value, x, y;
};
static bool sum_dots(void *arg, const struct geo_heat_dot *dots, size_t n)
{
    struct dot_sum *s = arg;
    for (size_t i = 0; i < n; i++) {
        s->value += (double)dots[i].value;
        s->x += (double)dots[i].value * (dots[i].x - 3.4e9);
        s->y += (double)dots[i].value * (dots[i].y - 2e9);
    }
    return true;
}

static void compare_dots(const struct geo_heat_query *q, const struct geo_heat_filter *f)
{
    struct geo_tile tile = random_tile(below(14));
    struct geo_heat_box box = geo_heat_box_of_tile(tile);
    struct dot_sum got = {0};
    struct dot_sum want = {0};
    struct geo_heat_dots dots = {
        .measure = GEO_HEAT_OF_WEIGHT, .join_zoom = tile.z + 9, .slack = 4, .dots = sum_dots};
    dots.arg = &got;
    dots.middles = below(2) == 0;
    for (size_t i = 0; i < IDS; i++) {
        if (wanted(f, &truth[i]) && in_box(&box, truth[i].place)) {
            struct geo_heat_dot dot = {truth[i].place.x + 0.5, truth[i].place.y + 0.5,
                                       (float)truth[i].weight};
            (void)sum_dots(&want, &dot, 1);
        }
    }
    geo_heat_collect(q, &box, &dots);
    assert_true(got.value == want.value);
    double side = ldexp(1, 32 - (int)dots.join_zoom);
    assert_true(fabs(got.x - want.x) <= side * want.value &&
                fabs(got.y - want.y) <= side * want.value);
}

static size_t compare(int rounds)
{
    struct geo_heat_view *view = geo_heat_index_view(index_);
    size_t cells = 0;
    for (int i = 0; i < rounds; i++) {
        struct geo_heat_filter f = random_filter();
        struct geo_heat_query *q = NULL;
        assert_int_equal(geo_heat_query_create(view, &f, &q, NULL), STATUS_OK);
        cells += compare_cells(q, &f, now_s, below(23));
        if (i % 4 == 0) {
            compare_groups(q, &f, now_s);
            compare_zones(q, &f, now_s);
            compare_dots(q, &f);
        }
        geo_heat_query_destroy(q);
    }
    geo_heat_view_release(view);
    return cells;
}

/* --- tests ------------------------------------------------------------------------------------ */

static size_t n_touched;
static void on_touched(void *arg, struct geo_heat_place place)
{
    (void)arg;
    (void)place;
    n_touched++;
}

static void apply(const struct geo_heat_change *changes, size_t n)
{
    struct geo_heat_batch batch = {changes, n, on_touched, NULL};
    assert_int_equal(geo_heat_index_apply(index_, &batch, NULL), STATUS_OK);
    for (size_t i = 0; i < n; i++) {
        int64_t id = changes[i].record.id;
        truth[id - 1] = changes[i].gone ? (struct geo_heat_record){0} : changes[i].record;
    }
}

/* New, moved, changed, removed, and what was never there removed; ids repeat within a batch. */
static void random_batch(size_t n, uint32_t gone_of_ten)
{
    struct geo_heat_change *changes = calloc(n, sizeof *changes);
    for (size_t i = 0; i < n; i++) {
        int64_t id = 1 + (int64_t)below(IDS);
        const struct geo_heat_record *old = &truth[id - 1];
        changes[i].record = random_record(id);
        changes[i].gone = below(10) < gone_of_ten;
        if (old->id != 0 && below(2) == 0) {
            changes[i].record.place = old->place;
        }
        if (old->id != 0 && below(10) == 0) {
            changes[i].record = *old;
        }
    }
    apply(changes, n);
    free(changes);
}

static void test_places(void **state)
{
    (void)state;
    struct geo_heat_place p = geo_heat_place_of((struct geo_point){0, 0});
    assert_int_equal(p.x, 1U << 31);
    p = geo_heat_place_of((struct geo_point){180, -90});
    assert_true(p.x == UINT32_MAX && p.y == UINT32_MAX);
    p = geo_heat_place_of((struct geo_point){-180, 90});
    assert_true(p.x == 0 && p.y == 0);
    for (int i = 0; i < 10000; i++) {
        struct geo_point at = {dice_between(&dice, -180, 180), dice_between(&dice, -85, 85)};
        struct geo_tile tile = geo_tile_at(at, below(23));
        p = geo_heat_place_of(at);
        struct geo_heat_box box = geo_heat_box_of_tile(tile);
        assert_true(in_box(&box, p));
        struct geo_point back = geo_heat_place_point(p);
        assert_true(fabs(back.lon - at.lon) < 1e-7 && fabs(back.lat - at.lat) < 1e-7);
    }
    struct geo_heat_box all = geo_heat_box_of_tile((struct geo_tile){0, 0, 0});
    assert_memory_equal(&all, &geo_heat_everywhere, sizeof all);
}

static void test_empty(void **state)
{
    (void)state;
    assert_true(compare(20) > 0);
    struct geo_heat_change none = {.record = {.id = 7}, .gone = true};
    n_touched = 0;
    apply(&none, 1);
    apply(&none, 0);
    assert_int_equal(n_touched, 0);
}

static const struct geo_heat_record *of_truth(void *arg, size_t i)
{
    return &((const struct geo_heat_record *)arg)[i];
}

static void load_truth(size_t n)
{
    static struct geo_heat_record given[IDS];
    memset(truth, 0, sizeof truth);
    for (size_t i = 0; i < n; i++) {
        given[i] = random_record((int64_t)i + 1);
        truth[i] = given[i];
    }
    assert_int_equal(geo_heat_index_load(index_, n, of_truth, given, NULL), STATUS_OK);
}

static void test_batches(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 5, 40000, 3, 700, 20000, 1, 60, 5000, 30000};
    for (size_t round = 0; round < 30; round++) {
        random_batch(sizes[round % 10], round < 15 ? 1 : 5);
        (void)compare(4);
    }
    /* Down to nothing, and up again. */
    for (int i = 0; i < 12; i++) {
        random_batch(30000, 10);
        (void)compare(2);
    }
    random_batch(50000, 0);
    (void)compare(8);
}

static void test_load(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 50, 3000, IDS};
    for (size_t i = 0; i < 5; i++) {
        load_truth(sizes[i]);
        assert_int_equal(geo_heat_index_stats(index_).complaints, sizes[i]);
        (void)compare(12);
        random_batch(300, 2);
        (void)compare(4);
    }
}

static void test_time_makes_late(void **state)
{
    (void)state;
    uint64_t version = 0;
    for (int i = 0; i < 60; i++) {
        now_s += i % 3 == 0 ? 1 : below(30000);
        struct geo_heat_batch told = {.touched = on_touched};
        n_touched = 0;
        assert_int_equal(geo_heat_index_tick(index_, now_s, &told, NULL), STATUS_OK);
        bool newer = geo_heat_index_stats(index_).version != version;
        assert_int_equal(newer, n_touched > 0 || i % 5 == 1 || version == 0);
        (void)compare(3);
        if (i % 5 == 0) {
            random_batch(400, 2);
            (void)compare(1);
        }
        version = geo_heat_index_stats(index_).version;
        if (i % 5 == 0) {
            version--; /* expect the batch's */
        }
    }
    assert_int_equal(geo_heat_index_tick(index_, START, NULL, NULL), STATUS_OK); /* never back */
}

/* A repeated state changes nothing; what changed is known by region. */
static void test_versions_by_region(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct geo_tile tile = random_tile(2 + below(16));
        struct geo_heat_box box = geo_heat_box_of_tile(tile);
        struct geo_heat_view *view = geo_heat_index_view(index_);
        struct geo_heat_query *q = NULL;
        struct geo_heat_filter f = {0};
        assert_int_equal(geo_heat_query_create(view, &f, &q, NULL), STATUS_OK);
        struct geo_heat_sums before = geo_heat_sum(q, &box);
        uint64_t changed = geo_heat_view_changed(view, &box);
        geo_heat_query_destroy(q);
        geo_heat_view_release(view);
        random_batch(1 + below(3), 2);
        view = geo_heat_index_view(index_);
        assert_int_equal(geo_heat_query_create(view, &f, &q, NULL), STATUS_OK);
        struct geo_heat_sums after = geo_heat_sum(q, &box);
        if (memcmp(&before, &after, sizeof after) != 0) {
            assert_true(geo_heat_view_changed(view, &box) > changed);
            assert_int_equal(geo_heat_view_changed(view, &box), geo_heat_view_version(view));
        }
        geo_heat_query_destroy(q);
        geo_heat_view_release(view);
    }
    struct geo_heat_change same = {.record = truth[17]};
    if (same.record.id == 0) {
        same.record = random_record(18);
        apply(&same, 1);
    }
    uint64_t version = geo_heat_index_stats(index_).version;
    n_touched = 0;
    apply(&same, 1);
    assert_int_equal(n_touched, 0);
    assert_int_equal(geo_heat_index_stats(index_).version, version);
}

static void test_an_old_view_stays_as_it_was(void **state)
{
    (void)state;
    struct geo_heat_view *old = geo_heat_index_view(index_);
    struct geo_heat_query *q = NULL;
    struct geo_heat_filter f = {.statuses = 0x0f};
    assert_int_equal(geo_heat_query_create(old, &f, &q, NULL), STATUS_OK);
    struct geo_heat_sums before = geo_heat_sum(q, &geo_heat_everywhere);
    for (int i = 0; i < 10; i++) {
        random_batch(20000, 5);
    }
    load_truth(100);
    assert_true(geo_heat_index_stats(index_).retiring > 0);
    struct geo_heat_sums after = geo_heat_sum(q, &geo_heat_everywhere);
    expect_same(&after, &before, "old view", 1);
    geo_heat_query_destroy(q);
    geo_heat_view_release(old);
    assert_int_equal(geo_heat_index_stats(index_).retiring, 0);
    (void)compare(3);
}

/* Complaints are only moved about: every view holds just as many, whenever it is taken. */
static bool done;
static void *reader(void *arg)
{
    size_t *views = arg;
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        struct geo_heat_view *view = geo_heat_index_view(index_);
        struct geo_heat_query *q = NULL;
        struct geo_heat_filter all = {0};
        struct geo_heat_filter some = {.statuses = 0xfff};
        static _Thread_local struct geo_heat_sums cells[64 * 64];
        BUG_IF(geo_heat_query_create(view, *views % 2 ? &all : &some, &q, NULL) != STATUS_OK);
        geo_heat_cells(q, (struct geo_tile){0, 0, 0}, 6, cells);
        uint32_t sum = 0;
        for (int i = 0; i < 64 * 64; i++) {
            sum += cells[i].count;
        }
        BUG_IF(sum != 20000);
        geo_heat_query_destroy(q);
        geo_heat_view_release(view);
        ++*views;
    }
    return NULL;
}

static void test_readers_beside_a_writer(void **state)
{
    (void)state;
    pthread_t threads[3];
    size_t views[3] = {0};
    load_truth(20000);
    done = false;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, reader, &views[i]), 0);
    }
    for (int round = 0; round < 200; round++) {
        struct geo_heat_change changes[50];
        for (int i = 0; i < 50; i++) {
            changes[i] = (struct geo_heat_change){.record = random_record(1 + below(20000))};
        }
        apply(changes, 50);
    }
    __atomic_store_n(&done, true, __ATOMIC_RELEASE);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_true(views[i] > 0);
    }
    (void)compare(4);
}

/* What the writer below has put in, under the lock; truth is a copy of it. */
static struct geo_heat_record live[IDS];
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;
static bool
    lock_wanted; /* a mutex is not fair: whoever takes it again at once may keep it for ever */

/* Files, moves, closes and takes away without a pause. */
static void *writer(void *arg)
{
    size_t *batches = arg;
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        struct geo_heat_change changes[200];
        while (__atomic_load_n(&lock_wanted, __ATOMIC_ACQUIRE)) {
            sched_yield();
        }
        pthread_mutex_lock(&live_lock);
        for (size_t i = 0; i < 200; i++) {
            struct geo_heat_record *r = &live[below(IDS)];
            struct geo_heat_record made = random_record(r - live + 1);
            if (r->id != 0 && i % 2 == 0) {
                made = *r;
                made.status = 9;
                made.place = i % 4 == 0 ? made.place : geo_heat_place_of(somewhere());
            }
            changes[i] = (struct geo_heat_change){made, r->id != 0 && i % 5 == 1};
            *r = changes[i].gone ? (struct geo_heat_record){0} : made;
        }
        const struct geo_heat_batch batch = {.changes = changes, .n = 200};
        BUG_IF(geo_heat_index_apply(index_, &batch, NULL) != STATUS_OK);
        pthread_mutex_unlock(&live_lock);
        (*batches)++;
    }
    return NULL;
}

/* A view is compared cell by cell with what there was when it was taken, while the writer goes on.
 */
static void test_cells_beside_a_writer(void **state)
{
    (void)state;
    pthread_t thread;
    size_t batches = 0;
    size_t cells = 0;
    load_truth(IDS / 2);
    memcpy(live, truth, sizeof(live));
    done = false;
    assert_int_equal(pthread_create(&thread, NULL, writer, &batches), 0);
    while (cells < 200000) {
        struct geo_heat_filter f = below(4) == 0 ? (struct geo_heat_filter){0} : random_filter();
        struct geo_heat_query *q = NULL;
        __atomic_store_n(&lock_wanted, true, __ATOMIC_RELEASE);
        pthread_mutex_lock(&live_lock);
        __atomic_store_n(&lock_wanted, false, __ATOMIC_RELEASE);
        memcpy(truth, live, sizeof(truth));
        struct geo_heat_view *view = geo_heat_index_view(index_);
        pthread_mutex_unlock(&live_lock);
        assert_int_equal(geo_heat_query_create(view, &f, &q, NULL), STATUS_OK);
        cells += compare_cells(q, &f, now_s, below(23));
        geo_heat_query_destroy(q);
        geo_heat_view_release(view);
    }
    __atomic_store_n(&done, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    memcpy(truth, live, sizeof(truth));
    print_message("%zu cells compared beside %zu batches of 200 changes\n", cells, batches);
    (void)compare(8);
}

static void test_memory(void **state)
{
    (void)state;
    load_truth(IDS);
    struct geo_heat_stats s = geo_heat_index_stats(index_);
    /* The dictionaries are a fixed 2.4 MB, which a city of 10 million does not feel. */
    double each = ((double)s.bytes - 2.4e6) / IDS;
    print_message("%.1f bytes a complaint, %zu leaves, %zu nodes\n", each, s.leaves, s.nodes);
    assert_true(each < 64);
    for (int i = 0; i < 20; i++) {
        random_batch(20000, 1);
    }
    s = geo_heat_index_stats(index_);
    each = ((double)s.bytes - 2.4e6) / (double)s.complaints;
    print_message("%.1f bytes a complaint after 400000 changes\n", each);
    assert_true(each < 64);
}

int main(void)
{
    const struct geo_heat_options options = {.open_statuses = OPEN, .now_s = START};
    if (geo_heat_index_create(&options, &index_, NULL) != STATUS_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_time_makes_late),
        cmocka_unit_test(test_versions_by_region),
        cmocka_unit_test(test_an_old_view_stays_as_it_was),
        cmocka_unit_test(test_readers_beside_a_writer),
        cmocka_unit_test(test_cells_beside_a_writer),
        cmocka_unit_test(test_memory),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    geo_heat_index_destroy(index_);
    geo_heat_index_destroy(NULL);
    return failed;
}
