/* House numbers on a street.
 *
 * "819/13" is house 13 in the alley whose mouth is at number 819. A number is therefore compared as
 * (what stands before its last number, the last number, what follows), houses are kept sorted by
 * that and by side (odd or even), and the alley's own family "819/" is numbered like a street. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_address_scan.h"
#include "geo/geo_gazetteer_core.h"
#include "geo/geo_gazetteer_line.h"

enum {
    NUMBER_BYTES = 128,
    NEIGHBOURS_MAX = 24, /* houses looked at on each side */
};

#define BORDER_METRES 250.0

#define NEAR_METRES     100.0 /* neighbours so close leave no doubt where the number is ... */
#define FAR_METRES      180.0 /* ... further apart some; beyond this it is a guess */
#define DOOR_METRES     60.0  /* between houses so close a number lies, whatever its suffixes do */
#define STRAIGHT_METRES 75.0  /* closer neighbours need no line between them */
#define SIDE_METRES     80.0  /* houses further from the line say nothing about it */
#define ACROSS_METRES   40.0  /* half the width of a boulevard */
#define GUESS_NUMBERS   60    /* one known number tells the part of the street up to so many */

/* How often the point is within 50 m, given the street: measured on the tuning half of the real
 * city's addresses (docs/geocoder.md). */
#define HOUSE_PRECISION   0.97
#define DERIVED_PRECISION 0.9
#define SUFFIX_PRECISION  0.84
#define NEAR_PRECISION    0.97
#define FAR_PRECISION     0.85
#define STREET_PRECISION  0.97

/* How often a house inside an alley is within 150 m of the alley's mouth. */
#define ALLEY_PRECISION 0.62
#define MOUTH_PRECISION 0.8 /* its number stands as a house, or between houses */

static struct gaz_point mix(struct gaz_point a, struct gaz_point b, double t)
{
    return (struct gaz_point){a.lon + (int32_t)lround((double)(b.lon - a.lon) * t),
                              a.lat + (int32_t)lround((double)(b.lat - a.lat) * t)};
}

/* Neighbours further apart than this are on different stretches that are numbered anew. */
static bool plausible_gap(double metres, int32_t numbers)
{
    return metres <= 120 + 12.0 * numbers;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t gaz_number_text(struct str in, char *out, size_t cap)
{
    struct geo_address a;
    geo_address_scan(in, &a);
    size_t n = 0;
    for (size_t i = 0; i < a.key_n && n + 1 < cap; i++) {
        if (a.key[i] != ' ') {
            out[n++] = a.key[i];
        }
    }
    out[n] = '\0';
    return n;
}

size_t gaz_kilometre_text(struct str in, char *out, size_t cap)
{
    size_t at = 0;
    while (at < in.n && !is_digit(in.p[at])) {
        at++;
    }
    uint32_t metres = 0;
    size_t digits = 0;
    for (; at < in.n && is_digit(in.p[at]) && digits < 5; at++, digits++) {
        metres = metres * 10 + (uint32_t)(in.p[at] - '0');
    }
    metres *= 1000;
    if (at < in.n && !is_digit(in.p[at])) {
        at++; /* the sign: + . , or a space */
    }
    for (uint32_t unit = 100; unit > 0 && at < in.n && is_digit(in.p[at]); unit /= 10) {
        metres += unit * (uint32_t)(in.p[at++] - '0');
    }
    int n = snprintf(out, cap, "km%u", 2 * metres);
    return digits == 0 || n < 0 || (size_t)n >= cap ? 0 : (size_t)n;
}

uint32_t gaz_number_hash(struct str s)
{
    return s.n == 0 ? 0 : (uint32_t)gaz_word_hash(s.p, s.n) | 1U;
}

/* "175/10-12" is house 10 of its family, "12a" is 12: the last number is the first one behind the
 * last slash. */
struct gaz_number gaz_number_read(struct str s)
{
    size_t from = s.n;
    while (from > 0 && s.p[from - 1] != '/') {
        from--;
    }
    while (from < s.n && !is_digit(s.p[from])) {
        from++;
    }
    size_t at = from;
    int32_t last = 0;
    while (at < s.n && is_digit(s.p[at]) && last < 100000000) {
        last = last * 10 + (s.p[at++] - '0');
    }
    return (struct gaz_number){gaz_number_hash((struct str){s.p, from}), last,
                               gaz_number_hash((struct str){s.p + at, s.n - at})};
}

int gaz_house_compare(const void *a, const void *b)
{
    const struct gaz_house *x = a;
    const struct gaz_house *y = b;
    if (x->street != y->street) {
        return x->street < y->street ? -1 : 1;
    }
    if (x->number.prefix != y->number.prefix) {
        return x->number.prefix < y->number.prefix ? -1 : 1;
    }
    if ((x->number.last & 1) != (y->number.last & 1)) {
        return (x->number.last & 1) - (y->number.last & 1);
    }
    if (x->number.last != y->number.last) {
        return x->number.last < y->number.last ? -1 : 1;
    }
    return x->number.suffix < y->number.suffix ? -1 : x->number.suffix > y->number.suffix;
}

struct search {
    const struct geo_gazetteer *g;
    const struct gaz_house *first, *end; /* the street's houses */
    const struct gaz_context *context;
    size_t need;      /* houses with a lower score are passed over ... */
    bool passed_over; /* ... and some were */
    uint32_t set;     /* the last set that was scored: neighbours mostly lie in the same */
    size_t score;
};

/* Prefix, side and number as one: houses are sorted by it. */
static uint64_t house_key(const struct gaz_number *n)
{
    return (uint64_t)n->prefix << 32 | (uint32_t)(n->last & 1) << 31 | (uint32_t)n->last;
}

/* The first house of the street that is not before the number. */
static const struct gaz_house *first_of(const struct search *s, const struct gaz_number *n)
{
    const struct gaz_house *low = s->first;
    uint64_t key = house_key(n);
    for (size_t left = (size_t)(s->end - s->first); left > 0;) {
        size_t half = left / 2;
        bool before = house_key(&low[half].number) < key;
        low += before ? half + 1 : 0;
        left = before ? left - half - 1 : half;
    }
    return low;
}

static size_t score_of_set(struct search *s, uint32_t set)
{
    if (s->set != set) {
        s->set = set;
        s->score = gaz_set_score(&s->g->sets[set], s->context);
    }
    return s->score;
}

/* Does it fit well enough to be looked at? */
static bool fits(struct search *s, uint32_t set, size_t *score)
{
    *score = score_of_set(s, set);
    s->passed_over = s->passed_over || *score < s->need;
    return *score >= s->need;
}

static bool same_side(const struct gaz_house *h, const struct gaz_number *n)
{
    return h->number.prefix == n->prefix && ((h->number.last ^ n->last) & 1) == 0;
}

/* The same number with the same suffix, or else with another; the best by context. */
static const struct gaz_house *same_number(struct search *s, const struct gaz_house *at,
                                           const struct gaz_number *n)
{
    const struct gaz_house *best = NULL;
    size_t best_score = 0;
    for (const struct gaz_house *h = at; h < s->end && same_side(h, n) && h->number.last == n->last;
         h++) {
        size_t score = 0;
        if (!fits(s, h->set, &score)) {
            continue;
        }
        bool exact = h->number.suffix == n->suffix;
        score = score * 4 + (exact ? 2U : 0U) + (h->kind == GAZ_HOUSE_TOLD ? 1U : 0U);
        if (best == NULL || score > best_score) {
            best = h;
            best_score = score;
        }
    }
    return best;
}

static void at_house(const struct gaz_house *h, enum geo_match match, double precision,
                     struct gaz_spot *out)
{
    *out = (struct gaz_spot){h->at, h->set, match, precision, true, h->kind == GAZ_HOUSE_DERIVED};
}

/* The nearest known number on the same side, upwards or downwards from (or before) that house
 * of the street, within the best context. */
static inline const struct gaz_house *neighbour(struct search *s, const struct gaz_house *at,
                                                const struct gaz_number *n, bool up)
{
    const struct gaz_house *stop = up ? s->end : s->first;
    const struct gaz_house *best = NULL;
    size_t best_score = 0;
    for (size_t looked = 0; looked < NEIGHBOURS_MAX && at != stop; looked++) {
        const struct gaz_house *h = up ? at++ : --at;
        if (!same_side(h, n)) {
            break;
        }
        size_t score = 0;
        if (!fits(s, h->set, &score)) {
            continue;
        }
        if (best == NULL || score > best_score) {
            best = h;
            best_score = score;
            if (score == s->context->n) {
                break; /* no other fits better */
            }
        }
    }
    return best;
}

/* Moves a point of the street's line as far to the side as the two stand. False where one stands
 * too far from it to say anything. */
static bool to_side(struct search *s, const struct gaz_house *low, const struct gaz_house *high,
                    double t, struct gaz_point *at)
{
    struct gaz_point foot[2];
    if (gaz_street_nearest(s->g, low->street, low->at, SIDE_METRES, &foot[0]) > SIDE_METRES ||
        gaz_street_nearest(s->g, low->street, high->at, SIDE_METRES, &foot[1]) > SIDE_METRES) {
        return false;
    }
    struct gaz_point side =
        mix((struct gaz_point){low->at.lon - foot[0].lon, low->at.lat - foot[0].lat},
            (struct gaz_point){high->at.lon - foot[1].lon, high->at.lat - foot[1].lat}, t);
    *at = (struct gaz_point){at->lon + side.lon, at->lat + side.lat};
    return true;
}

/* Along the street's line between the two, kept as far to the side as they stand. */
static struct gaz_point along(struct search *s, const struct gaz_house *low,
                              const struct gaz_house *high, double t)
{
    struct gaz_point at = mix(low->at, high->at, t);
    struct gaz_point foot;
    if (gaz_distance(low->at, high->at) < STRAIGHT_METRES ||
        gaz_street_nearest(s->g, low->street, at, SIDE_METRES, &foot) > SIDE_METRES) {
        return at;
    }
    return to_side(s, low, high, t, &foot) ? foot : at;
}

/* The same as a guess, between two that stand far apart: on the line itself, however it winds, and
 * in the named units. */
static void guess_along(struct search *s, const struct gaz_house *low, const struct gaz_house *high,
                        double t, struct gaz_spot *spot)
{
    const struct gaz_part part = {s->context, s->need};
    struct gaz_point foot;
    spot->at = mix(low->at, high->at, t);
    if (gaz_street_nearest_in(s->g, low->street, &part, spot->at, &foot, &spot->set)) {
        spot->at = foot;
    }
}

/* Between two known numbers of its side. Where they are far apart the point is only a guess along
 * the street, and is told as one. */
static bool interpolate(struct search *s, const struct gaz_house *low, const struct gaz_house *high,
                        int32_t number, struct gaz_spot *out)
{
    int32_t gap = high->number.last - low->number.last;
    double metres = gaz_distance(low->at, high->at);
    if (gap <= 0 || !plausible_gap(metres, gap)) {
        return false;
    }
    double t = (double)(number - low->number.last) / gap;
    bool told = low->kind == GAZ_HOUSE_TOLD && high->kind == GAZ_HOUSE_TOLD;
    bool near = metres <= (told ? FAR_METRES : NEAR_METRES);
    bool posts = low->number.prefix == gaz_number_hash(STR("km"));
    out->numbered = true;
    out->derived = low->kind == GAZ_HOUSE_DERIVED || high->kind == GAZ_HOUSE_DERIVED;
    out->set = t < 0.5 ? low->set : high->set;
    out->match = near ? GEO_MATCH_INTERPOLATED : GEO_MATCH_STREET;
    out->precision =
        metres <= NEAR_METRES && told ? NEAR_PRECISION : (near ? FAR_PRECISION : STREET_PRECISION);
    if (near || posts) {
        out->at = along(s, low, high, t);
    } else {
        guess_along(s, low, high, t, out);
    }
    return true;
}

/* The nearest known numbers around n on its side, within the named units. */
struct around {
    const struct gaz_house *low, *high;
};

static struct around around_of(struct search *s, const struct gaz_house *at,
                               const struct gaz_number *n)
{
    return (struct around){neighbour(s, at, n, false), neighbour(s, at, n, true)};
}

/* One of the two stands so far off that it is out of order: between the other and the next. */
static bool pass_outlier(struct search *s, struct around a, const struct gaz_number *n,
                         struct gaz_spot *out)
{
    const struct gaz_house *low = neighbour(s, a.low, n, false);
    const struct gaz_house *high = neighbour(s, a.high + 1, n, true);
    return (low != NULL && interpolate(s, low, a.high, n->last, out)) ||
           (high != NULL && interpolate(s, a.low, high, n->last, out));
}

/* Between them; where one is missing there, the one outside the units if it is near: a border may
 * run between two neighbours. */
static bool find_between(struct search *s, const struct gaz_house *at, struct around a,
                         const struct gaz_number *n, struct gaz_spot *out)
{
    struct search anywhere = *s;
    anywhere.need = 0;
    if (a.low == NULL && a.high != NULL && s->need > 0) {
        a.low = neighbour(&anywhere, at, n, false);
    } else if (a.high == NULL && a.low != NULL && s->need > 0) {
        a.high = neighbour(&anywhere, at, n, true);
    }
    if (a.low == NULL || a.high == NULL) {
        return false;
    }
    return interpolate(s, a.low, a.high, n->last, out) || pass_outlier(s, a, n, out);
}

/* Between the numbers of the other side, which mostly keeps step; put over to this one. */
static bool find_across(struct search *s, const struct gaz_number *n, struct gaz_spot *out)
{
    struct gaz_number other = *n;
    other.last ^= 1;
    const struct gaz_house *at = first_of(s, &other);
    struct gaz_point foot;
    struct around sides = around_of(s, at, &other);
    if (!find_between(s, at, sides, &other, out) || out->match != GEO_MATCH_INTERPOLATED) {
        return false;
    }
    /* with a unit named, this side may be outside it: the street may be the border */
    if (s->need == 0 &&
        gaz_street_nearest(s->g, s->first->street, out->at, ACROSS_METRES, &foot) < ACROSS_METRES) {
        out->at = (struct gaz_point){2 * foot.lon - out->at.lon, 2 * foot.lat - out->at.lat};
    }
    out->match = GEO_MATCH_STREET;
    out->precision = STREET_PRECISION;
    return true;
}

/* The only known number that is near tells the part of the street. */
static bool find_beside(struct around a, const struct gaz_number *n, struct gaz_spot *out)
{
    const struct gaz_house *one = a.low;
    if (one == NULL ||
        (a.high != NULL && a.high->number.last - n->last < n->last - one->number.last)) {
        one = a.high;
    }
    if (one == NULL || abs(one->number.last - n->last) > GUESS_NUMBERS) {
        return false;
    }
    at_house(one, GEO_MATCH_STREET, STREET_PRECISION, out);
    return true;
}

/* Blocks of one estate share their number: "360A" and "360D" are no neighbours. */
static bool suffixes_apart(struct search *s, const struct gaz_house *same)
{
    for (const struct gaz_house *h = first_of(s, &same->number);
         h < s->end && same_side(h, &same->number) && h->number.last == same->number.last; h++) {
        if (gaz_distance(h->at, same->at) > NEAR_METRES) {
            return true;
        }
    }
    return false;
}

/* Of the houses of that number, with whatever suffixes, the one in the middle of them. */
static const struct gaz_house *middle_of(struct search *s, const struct gaz_house *same)
{
    const struct gaz_house *first = first_of(s, &same->number);
    const struct gaz_house *end = first;
    while (end < s->end && end - first < NEIGHBOURS_MAX && same_side(end, &same->number) &&
           end->number.last == same->number.last) {
        end++;
    }
    const struct gaz_house *best = same;
    double least = HUGE_VAL;
    for (const struct gaz_house *h = first; h < end; h++) {
        double sum = 0;
        for (const struct gaz_house *other = first; other < end; other++) {
            sum += gaz_distance(h->at, other->at);
        }
        if (sum < least && score_of_set(s, h->set) >= s->need) {
            least = sum;
            best = h;
        }
    }
    return best;
}

/* The number itself; with another suffix it is mostly next door. */
static void at_same(struct search *s, const struct gaz_house *same, bool exact,
                    struct gaz_spot *out)
{
    if (!exact && suffixes_apart(s, same)) {
        at_house(same, GEO_MATCH_STREET, STREET_PRECISION, out);
    } else if (!exact) {
        at_house(middle_of(s, same), GEO_MATCH_INTERPOLATED, SUFFIX_PRECISION, out);
    } else if (same->kind == GAZ_HOUSE_MOUTH) {
        at_house(same, GEO_MATCH_INTERPOLATED, DERIVED_PRECISION, out);
    } else {
        bool told = same->kind == GAZ_HOUSE_TOLD;
        at_house(same, GEO_MATCH_HOUSE, told ? HOUSE_PRECISION : DERIVED_PRECISION, out);
    }
}

/* "188" between 186 and 190, which stand close, rather than where 188B is. */
static bool next_door(struct search *s, const struct gaz_house *at, const struct gaz_number *n,
                      struct gaz_spot *out)
{
    const struct gaz_house *above = at;
    while (above < s->end && same_side(above, n) && above->number.last == n->last) {
        above++;
    }
    const struct gaz_house *high = neighbour(s, above, n, true);
    const struct gaz_house *low = neighbour(s, at, n, false);
    return n->suffix == 0 && low != NULL && high != NULL &&
           gaz_within(low->at, high->at, DOOR_METRES) && interpolate(s, low, high, n->last, out);
}

/* Exact, then between neighbours, then as the other side or a single near one tells. */
static bool find_number(struct search *s, struct str canonical, struct gaz_spot *out)
{
    if (s->first == s->end) {
        return false;
    }
    struct gaz_number number = gaz_number_read(canonical);
    const struct gaz_house *at = first_of(s, &number);
    const struct gaz_house *same = same_number(s, at, &number);
    if (same != NULL) {
        bool exact = same->number.suffix == number.suffix;
        if (exact || !next_door(s, at, &number, out)) {
            at_same(s, same, exact, out);
        }
        return true;
    }
    struct around sides = around_of(s, at, &number);
    return find_between(s, at, sides, &number, out) || find_across(s, &number, out) ||
           find_beside(sides, &number, out);
}

/* Alleys are sorted by the hash of their number. */
static uint32_t first_alley(const struct geo_gazetteer *g, const struct gaz_street *street,
                            uint32_t hash)
{
    uint32_t low = street->alley;
    uint32_t high = street->alley + street->alleys;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->alleys[middle].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The alley of that number, or of as much of its beginning as is known: 819/13/5, 819/13, 819. */
static bool find_alley(struct search *s, const struct gaz_street *street, struct str number,
                       struct gaz_spot *out)
{
    for (size_t n = number.n; n > 0;) {
        uint32_t hash = gaz_number_hash((struct str){number.p, n});
        for (uint32_t i = first_alley(s->g, street, hash); i < street->alley + street->alleys;
             i++) {
            const struct gaz_alley *alley = &s->g->alleys[i];
            if (alley->hash != hash) {
                break;
            }
            size_t score = 0;
            if (fits(s, alley->set, &score)) {
                *out = (struct gaz_spot){alley->mouth,    alley->set, GEO_MATCH_ALLEY,
                                         ALLEY_PRECISION, true,       false};
                return true;
            }
        }
        while (n > 0 && number.p[n - 1] != '/') {
            n--;
        }
        n -= n > 0;
    }
    return false;
}

/* The mouth of the alley is where its number would be as a house. */
static bool find_mouth(struct search *s, struct str number, struct gaz_spot *out)
{
    size_t first = 0;
    while (first < number.n && number.p[first] != '/') {
        first++;
    }
    if (!find_number(s, (struct str){number.p, first}, out)) {
        return false;
    }
    if (out->match != GEO_MATCH_STREET) {
        out->match = GEO_MATCH_ALLEY;
        out->precision = MOUTH_PRECISION;
    }
    return true;
}

/* "13" in alley "819" is "819/13"; a number that already begins so stays. */
static struct str join_alley(struct str alley, struct str number, char out[NUMBER_BYTES])
{
    bool repeated =
        number.n > alley.n && memcmp(number.p, alley.p, alley.n) == 0 && number.p[alley.n] == '/';
    if (alley.n == 0 || repeated || alley.n + number.n + 2 > NUMBER_BYTES) {
        return number;
    }
    size_t n = alley.n;
    memcpy(out, alley.p, n);
    if (number.n > 0) {
        out[n++] = '/';
        memcpy(out + n, number.p, number.n);
        n += number.n;
    }
    return (struct str){out, n};
}

/* The number where the named units allow it, as a house, between houses, or as an alley. */
static bool find_within(struct search *s, const struct gaz_street *street, struct str full,
                        bool alley_meant, struct gaz_spot *out)
{
    if (!alley_meant && find_number(s, full, out)) {
        return true;
    }
    bool in_alley = alley_meant || memchr(full.p, '/', full.n) != NULL;
    return in_alley && (find_alley(s, street, full, out) || find_mouth(s, full, out));
}

/* A house outside the named unit is believed where the street runs along the border: the two sides
 * of such a street lie in different units. */
static bool along_border(struct search *s, uint32_t street, size_t need, struct gaz_spot *spot)
{
    const struct gaz_street *line = &s->g->streets[street];
    const struct gaz_vertex *v = s->g->vertices + line->vertex;
    double best = BORDER_METRES * BORDER_METRES;
    double scale = gaz_parallel_scale(spot->at.lat);
    uint32_t set = spot->set;
    struct gaz_point inside = spot->at;
    for (uint32_t i = 0; i < line->vertices; i++) {
        double metres2 = gaz_distance2_at(spot->at, v[i].at, scale);
        if (metres2 < best && score_of_set(s, v[i].set) >= need) {
            best = metres2;
            set = v[i].set;
            inside = v[i].at;
        }
    }
    if (spot->match == GEO_MATCH_STREET || spot->match == GEO_MATCH_ALLEY) {
        spot->at = inside; /* no more than a guess: keep to the side that was named */
    }
    spot->set = set;
    spot->precision *= 0.95;
    return best < BORDER_METRES * BORDER_METRES;
}

void gaz_house_find(const struct geo_gazetteer *g, uint32_t street, struct str number,
                    struct str alley, const struct gaz_context *context, struct gaz_spot *out)
{
    const struct gaz_street *s = &g->streets[street];
    size_t score = context->n > 0 ? gaz_street_score(g, street, context) : 0;
    struct search search = {g,
                            g->houses + s->house,
                            g->houses + s->house + s->houses,
                            context,
                            score,
                            false,
                            UINT32_MAX,
                            0};
    char joined[NUMBER_BYTES];
    struct str full = join_alley(alley, number, joined);
    bool alley_meant = alley.n > 0 && number.n == 0;
    bool known = full.n > 0 && (s->houses > 0 || s->alleys > 0);
    if (known && find_within(&search, s, full, alley_meant, out)) {
        return;
    }
    search.need = 0;
    if (search.passed_over && find_within(&search, s, full, alley_meant, out) &&
        along_border(&search, street, score, out)) {
        return;
    }
    gaz_street_middle(g, street, context, score, out);
    out->precision = full.n > 0 ? 0.97 : 1;
}
