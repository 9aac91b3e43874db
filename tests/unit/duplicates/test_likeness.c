/* The score of two complaints: a table of cases as a person would judge them, and what holds for
 * all of them: symmetric, never growing with distance or time, between 0 and 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/duplicates/likeness.h"

/* A small tree: roads (pothole, manhole, jam), drainage (flood, blocked, open manhole), papers
 * (file, advice), with one top-level category that says nothing of itself. */
enum {
    ROADS,
    POTHOLE,
    MANHOLE,
    JAM,
    DRAINAGE,
    FLOOD,
    BLOCKED,
    OPEN_HOLE,
    PAPERS,
    FILE_LATE,
    ADVICE,
    PLAIN,
    N_CATEGORIES
};

static const struct likeness_category categories[N_CATEGORIES] = {
    [ROADS] = {-1, 336, 25},        [POTHOLE] = {ROADS, 720, 15},      [MANHOLE] = {ROADS, 0, 0},
    [JAM] = {ROADS, 2, 200},        [DRAINAGE] = {-1, 0, 30},          [FLOOD] = {DRAINAGE, 8, 150},
    [BLOCKED] = {DRAINAGE, 240, 0}, [OPEN_HOLE] = {DRAINAGE, 240, 10}, [PAPERS] = {-1, 72, 10},
    [FILE_LATE] = {PAPERS, 0, 0},   [ADVICE] = {PAPERS, 0, 0},         [PLAIN] = {-1, 0, 0},
};
static const struct likeness_pair pairs[] = {{OPEN_HOLE, MANHOLE, 0.9},
                                             {FLOOD, BLOCKED, 0.7},
                                             {PAPERS, PAPERS, 0.25},
                                             {ROADS, DRAINAGE, 0.1}};

static struct likeness_terms *terms;

static int setup(void **state)
{
    struct err e;
    (void)state;
    return likeness_terms_create(categories, N_CATEGORIES, pairs, 4, &terms, &e) == STATUS_OK ? 0
                                                                                              : -1;
}

static int teardown(void **state)
{
    (void)state;
    likeness_terms_destroy(terms);
    return 0;
}

#define METRE_LAT (1 / 110600.0)
#define HOUR_US   INT64_C(3600000000)

struct side {
    int32_t category;
    double north_m, accuracy_m, hours;
    const char *text;
};

static struct likeness_facts facts_of(const struct side *s, struct likeness_words *words)
{
    likeness_words_of(str_of(s->text), words);
    return (struct likeness_facts){.category = s->category,
                                   .point = {106.7, 10.78 + s->north_m * METRE_LAT},
                                   .accuracy_m = s->accuracy_m,
                                   .at_us = (int64_t)(s->hours * (double)HOUR_US),
                                   .words = words};
}

static struct likeness like(struct side a, struct side b)
{
    struct likeness_words x;
    struct likeness_words y;
    struct likeness_facts fa = facts_of(&a, &x);
    struct likeness_facts fb = facts_of(&b, &y);
    return likeness_of(terms, &fa, &fb);
}

static void judged_as_people_would(void **state)
{
    static const struct {
        const char *what;
        struct side a, b;
        bool likely;
    } rows[] = {
        {"the same pothole, a day later, other words, no tones",
         {POTHOLE, 0, 15, 0, "Ổ gà lớn trước số 35 Quang Trung"},
         {POTHOLE, 12, 20, 26, "o ga sau truoc nha 35 quang trung"},
         true},
        {"the same street, 300 m on",
         {POTHOLE, 0, 15, 0, "ổ gà"},
         {POTHOLE, 300, 15, 1, "ổ gà"},
         false},
        {"the same pothole a year later",
         {POTHOLE, 0, 15, 0, "ổ gà"},
         {POTHOLE, 5, 15, 8760, "ổ gà"},
         false},
        {"a flood a street away, an hour later",
         {FLOOD, 0, 20, 0, "ngập nước trước chợ"},
         {FLOOD, 90, 20, 1, "nước ngập nửa bánh xe"},
         true},
        {"yesterday's flood",
         {FLOOD, 0, 20, 0, "ngập nước"},
         {FLOOD, 20, 20, 30, "ngập nước"},
         false},
        {"an open manhole under two categories",
         {OPEN_HOLE, 0, 10, 0, "mất nắp cống"},
         {MANHOLE, 6, 10, 3, "nắp cống bị mất"},
         true},
        {"a jam where a pothole is",
         {POTHOLE, 0, 10, 0, "hư đường"},
         {JAM, 0, 10, 0, "kẹt xe"},
         false},
        {"two people's files at one office",
         {FILE_LATE, 0, 15, 0, "hồ sơ trễ hẹn"},
         {FILE_LATE, 0, 15, 1, "hồ sơ trễ hẹn"},
         false},
        {"known by the ward only",
         {POTHOLE, 0, 1000, 0, "ổ gà"},
         {POTHOLE, 0, 1000, 1, "ổ gà"},
         false},
        {"nobody said a word", {POTHOLE, 0, 15, 0, ""}, {POTHOLE, 8, 15, 2, ""}, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct likeness l = like(rows[i].a, rows[i].b);
        if ((l.score >= LIKENESS_THRESHOLD) != rows[i].likely) {
            fail_msg("%s: %.3f (near %.2f, fresh %.2f, affine %.2f, words %.2f)", rows[i].what,
                     l.score, l.nearness, l.freshness, l.affinity, l.wording);
        }
    }
}

/* xorshift64: the same sequence each time. */
static uint64_t state_of_chance;

static uint64_t chance(void)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return state_of_chance >> 11;
}

static double some(double most)
{
    return most * (double)chance() / (double)(UINT64_MAX >> 11);
}

static struct side any_side(void)
{
    static const char *const texts[] = {
        "",        "ổ gà lớn",    "O GA LON", "ngập nước 40 cm", "mất nắp cống trước số 12",
        "karaoke", "có ở tại rất"};
    return (struct side){(int32_t)(chance() % (N_CATEGORIES + 1)) - 1, some(400), some(600),
                         some(400), texts[chance() % 7]};
}

static void symmetric_and_monotone(void **state)
{
    (void)state;
    state_of_chance = 1022;
    for (int i = 0; i < 20000; i++) {
        struct side a = any_side();
        struct side b = any_side();
        struct likeness ab = like(a, b);
        struct likeness ba = like(b, a);
        assert_true(fabs(ab.score - ba.score) < 1e-12);
        assert_true(ab.score >= 0 && ab.score <= 1);
        struct side further = b;
        further.north_m += (b.north_m >= a.north_m ? 1 : -1) * some(200);
        assert_true(like(a, further).score <= ab.score + 1e-9);
        struct side later = b;
        later.hours += (b.hours >= a.hours ? 1 : -1) * some(200);
        assert_true(like(a, later).score <= ab.score);
    }
}

static void never_above_what_it_can_be(void **state)
{
    (void)state;
    state_of_chance = 22;
    for (int i = 0; i < 5000; i++) {
        struct side a = any_side();
        struct side b = any_side();
        struct likeness_words x;
        struct likeness_words y;
        struct likeness_facts fa = facts_of(&a, &x);
        struct likeness_facts fb = facts_of(&b, &y);
        double score = likeness_of(terms, &fa, &fb).score;
        assert_true(likeness_at_most(terms, &fa, &fb) >= score);
        double metres = fabs(a.north_m - b.north_m);
        double hours = fabs(a.hours - b.hours);
        if (score > 0.15 && b.accuracy_m <= 200 && b.category != -1) {
            assert_true(metres <= likeness_reach_m(terms, &fa, 0.15) + 1);
            assert_true(hours <= likeness_reach_h(terms, a.category, 0.15) + 1e-6);
        }
    }
}

static void categories_inherit_and_pair(void **state)
{
    static const struct {
        int32_t a, b;
        double affinity;
    } rows[] = {{POTHOLE, POTHOLE, 1},
                {POTHOLE, JAM, 0.3},
                {ROADS, POTHOLE, 0.7},
                {FLOOD, BLOCKED, 0.7},
                {OPEN_HOLE, MANHOLE, 0.9},
                {POTHOLE, FLOOD, 0.1},
                {PAPERS, ADVICE, 0.25},
                {FILE_LATE, FILE_LATE, 0.25},
                {PLAIN, POTHOLE, 0},
                {-1, POTHOLE, 0.7},
                {-1, -1, 0.7},
                {PLAIN, PLAIN, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(fabs(likeness_affinity(terms, rows[i].a, rows[i].b) - rows[i].affinity) < 1e-9);
    }
    assert_true(fabs(likeness_half_life_h(terms, MANHOLE) - 336) < 1e-9);
    assert_true(fabs(likeness_extent_m(terms, BLOCKED) - 30) < 1e-9);
    assert_true(fabs(likeness_half_life_h(terms, PLAIN) - LIKENESS_HALF_LIFE_H) < 1e-9);
}

static void bad_terms_are_refused(void **state)
{
    const struct likeness_category circle[2] = {{1, 0, 0}, {0, 0, 0}};
    const struct likeness_category orphan[1] = {{7, 0, 0}};
    const struct likeness_pair far[1] = {{0, 99, 0.5}};
    const struct likeness_pair odd[1] = {{0, 1, 1.5}};
    struct likeness_terms *none = NULL;
    struct err e;
    (void)state;
    assert_int_equal(likeness_terms_create(circle, 2, NULL, 0, &none, &e), STATUS_INVALID);
    assert_int_equal(likeness_terms_create(orphan, 1, NULL, 0, &none, &e), STATUS_INVALID);
    assert_int_equal(likeness_terms_create(categories, N_CATEGORIES, far, 1, &none, &e),
                     STATUS_INVALID);
    assert_int_equal(likeness_terms_create(categories, N_CATEGORIES, odd, 1, &none, &e),
                     STATUS_INVALID);
    assert_null(none);
}

static double words_alike(const char *a, const char *b)
{
    struct likeness_words x;
    struct likeness_words y;
    likeness_words_of(str_of(a), &x);
    likeness_words_of(str_of(b), &y);
    return likeness_text(&x, &y);
}

static void words_without_tones(void **state)
{
    (void)state;
    assert_true(words_alike("Ổ gà trước chợ", "o ga truoc cho") > 0.999);
    assert_true(words_alike("ngập nước", "Ngập nước") > 0.999); /* decomposed */
    assert_true(words_alike("ngập nước sâu", "ngap nuoc") > 0.8);
    assert_true(words_alike("karaoke", "ổ gà") < 0.2);
    assert_true(words_alike("", "ổ gà") == 0);
    /* Nothing but words that say nothing, each of the list found by it. */
    struct likeness_words none;
    likeness_words_of(str_of("có ở đường nhà rất vì với tại trước ra rồi qua quận cũng"), &none);
    assert_true(none.n <= 2); /* "ở" folds to "o", as "ổ" does: it stays */
    char longest[40000];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    for (size_t i = 0; i + 2 < sizeof(longest); i += 7) {
        longest[i] = ' ';
        longest[i + 1] = (char)('b' + i % 23);
    }
    likeness_words_of(str_of(longest), &none);
    assert_true(none.n <= LIKENESS_TRIGRAMS_MAX);
    assert_true(words_alike(longest, longest) > 0.999);
}

static void accuracy_by_how_it_was_found(void **state)
{
    (void)state;
    assert_true(likeness_accuracy_m("house", 3) > 5); /* a number in the address's way */
    assert_true(likeness_accuracy_m("coordinate", 35) == 35);
    assert_true(likeness_accuracy_m("coordinate", 0) == 5); /* no phone knows better */
    assert_true(likeness_accuracy_m("coordinate", -1) == 20);
    assert_true(likeness_accuracy_m("ward", -1) > likeness_accuracy_m("street", -1));
    assert_true(likeness_accuracy_m("none", -1) >= likeness_accuracy_m("district", -1));
    assert_true(likeness_accuracy_m(NULL, 10) >= 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judged_as_people_would),
        cmocka_unit_test(symmetric_and_monotone),
        cmocka_unit_test(never_above_what_it_can_be),
        cmocka_unit_test(categories_inherit_and_pair),
        cmocka_unit_test(bad_terms_are_refused),
        cmocka_unit_test(words_without_tones),
        cmocka_unit_test(accuracy_by_how_it_was_found),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
