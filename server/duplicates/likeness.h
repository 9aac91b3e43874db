/* Are two complaints about the same thing? A number from 0 to 1, from four facts that anybody can
 * check: how near they are in terms of how well their places are known, how long apart, how related
 * their categories are, and how alike their words are.
 *
 *   score = nearness * freshness * affinity * wording
 *
 *   nearness   exp(-d^2 / 2s^2) / sqrt(1 + (u / 150 m)^2). d is the distance; u^2 is the sum of
 * both accuracies' squares; s^2 is (1.5 u)^2, since phones and addresses err more than they say,
 * and the square of the extent of such a thing (a flood is wider than a pothole). The second part
 * says that two vague places prove little, however near. freshness  1 / (1 + (t / half-life)^4):
 * nearly all of it while such a thing lasts, half at its half-life, soon nothing. A noise is over
 * tomorrow, a pothole is there for weeks. affinity   what the table of pairs says ("blocked drain"
 * and "flooding"), also for what is below the two; else 1 for the same category, less for parent
 * and child and for siblings, 0 for others. A pair of a category with itself speaks of all below
 * it. wording    0.5 without a common word, 1 for the same words, 0.72 where either says nothing;
 * of what they share the square root counts, since people tell one thing in many ways. Words are
 * compared folded (no tones, no case), by their trigrams.
 *
 * The score is the same whichever of the two comes first; it never grows with distance or time. It
 * is one where both are the same complaint with an exact place. Half-lives, extents and pairs are
 * data (hotline.duplicate_terms, hotline.duplicate_pairs), inherited down the category tree.
 * How the constants and the threshold were found: docs/duplicates.md.
 *
 * Pure: no socket, no database, no clock. Everything here may be called from any thread. */
#ifndef DUPLICATES_LIKENESS_H
#define DUPLICATES_LIKENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "server/base/err.h"
#include "server/base/str.h"

/* From this score on two complaints are called likely duplicates: on a half of generated clusters
 * and of real records that it was not chosen on, see docs/benchmarks.md. */
#define LIKENESS_THRESHOLD 0.25

/* ---- what the city says of its categories ---- */

#define LIKENESS_HALF_LIFE_H 132.0 /* where neither a category nor those above it say */
#define LIKENESS_EXTENT_M    18.0

struct likeness_category {
    int32_t parent;               /* number of the one above, -1 at the top */
    double half_life_h, extent_m; /* <= 0: as the one above */
};

/* Both by number; a pair counts in both directions. */
struct likeness_pair {
    int32_t a, b;
    double affinity; /* 0..1 */
};

struct likeness_terms;

/* Copies what it is given. STATUS_INVALID for a parent or a pair out of bounds, an affinity out of
 * 0..1, or a tree deeper than 32. Free with likeness_terms_destroy. */
enum status likeness_terms_create(const struct likeness_category *categories, size_t n,
                                  const struct likeness_pair *pairs, size_t n_pairs,
                                  struct likeness_terms **out, struct err *e) MUST_CHECK;
void likeness_terms_destroy(struct likeness_terms *terms); /* NULL is fine */

double likeness_half_life_h(const struct likeness_terms *terms, int32_t category);
double likeness_extent_m(const struct likeness_terms *terms, int32_t category);

/* -1 stands for a category that nobody has chosen yet. */
double likeness_affinity(const struct likeness_terms *terms, int32_t a, int32_t b);

/* ---- words ---- */

#define LIKENESS_TRIGRAMS_MAX 400 /* about as many letters; what comes later is left out */

/* The set of a text's trigrams; words that say nothing (có, ở, trước ...) are left out. */
struct likeness_words {
    size_t n;                                 /* 0: says nothing */
    uint32_t trigrams[LIKENESS_TRIGRAMS_MAX]; /* ascending, each once */
};
void likeness_words_of(struct str text, struct likeness_words *out);

/* 0..1: common trigrams by those of the shorter text, and a little by those of the longer. */
double likeness_text(const struct likeness_words *a, const struct likeness_words *b);

/* ---- the score ---- */

struct likeness_facts {
    int32_t category; /* by number; -1: not chosen yet */
    struct geo_point point;
    double accuracy_m; /* of the point; likeness_accuracy_m gives it */
    int64_t at_us;
    const struct likeness_words *words; /* NULL: not to be looked at */
};

/* How the score came about; each is 0..1. */
struct likeness {
    double score, nearness, freshness, affinity, wording;
    double distance_m;
};

struct likeness likeness_of(const struct likeness_terms *terms, const struct likeness_facts *a,
                            const struct likeness_facts *b);

/* What a score can at most be, whatever the words: for choosing whose words to fetch. */
double likeness_at_most(const struct likeness_terms *terms, const struct likeness_facts *a,
                        const struct likeness_facts *b);

/* How well a place is known, in metres (one standard deviation), from how it was found ("house",
 * "street", ... as in `place.match`) and the accuracy that came with it (< 0: none did). */
double likeness_accuracy_m(const char *match, double accuracy_m);

/* Nothing further away than this, nor apart longer than that, reaches `score` with a place that is
 * known to 200 m or better. */
double likeness_reach_m(const struct likeness_terms *terms, const struct likeness_facts *facts,
                        double score);
double likeness_reach_h(const struct likeness_terms *terms, int32_t category, double score);

#endif
