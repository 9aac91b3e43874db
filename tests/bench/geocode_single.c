#include "tests/bench/geocode_single.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "geo/geo_distance.h"
#include "geo/geo_gazetteer_build.h"

#define NEAR_METRES   50.0
#define COPY_METRES   200.0
#define STREET_METRES 2000.0 /* Thủ Đức has ten of "Đường số 9" */
#define NO_UNIT       UINT16_MAX

enum { HIDDEN_MAX = 64 };

/* What is known without the address itself, judged here and not by the code under test. */
struct known {
    double same_m;                            /* the nearest of its number; HUGE_VAL: none */
    bool suffix;                              /* of its number with another suffix */
    const struct geocode_address *low, *high; /* the nearest numbers on its side */
};

enum band {
    BAND_APART,
    BAND_SAME,
    BAND_SUFFIX,
    BAND_GAP_4,
    BAND_GAP_10,
    BAND_GAP_20,
    BAND_GAP_ANY,
    BAND_ONE_SIDE,
    BAND_NOTHING,
    BANDS,
};

static const char *const band_names[BANDS] = {
    "itself, but told elsewhere only",
    "itself, told again within 50 m",
    "the number with another suffix",
    "both neighbours, at most 4 apart",
    "both, 5 to 10 apart",
    "both, 11 to 20 apart",
    "both, further apart",
    "a neighbour on one side only",
    "no number on its side",
};

enum reason {
    REASON_STREET,  /* another street or district was answered */
    REASON_APART,   /* the source has that number elsewhere, over 50 m away, and only there */
    REASON_OUTSIDE, /* it does not lie between its neighbours: out of order */
    REASON_DISTANT, /* its neighbours are over 100 m apart */
    REASON_BETWEEN, /* it lies between near neighbours, and the point is wrong */
    REASON_GUESS,   /* too little is known */
    REASONS,
};

static const char *const reason_names[REASONS] = {
    "other street", "number elsewhere", "out of order", "neighbours distant", "between", "guess"};

struct share {
    size_t of, near;
};

struct table {
    struct share band[2][BANDS]; /* of the tuning set and the evaluation set */
    size_t reason[BANDS][REASONS];
    size_t asked[2], no_street;
};

/* The houses that are out for the moment, and what is to be put back. */
struct hidden {
    struct gaz_street *street;
    struct gaz_house houses[HIDDEN_MAX];
    uint32_t at[HIDDEN_MAX];
    size_t n;
};

static bool same_number(const struct geocode_address *a, const struct geocode_address *b)
{
    return strcasecmp(a->number, b->number) == 0;
}

/* The same record, or a copy of it. */
static bool goes_too(const struct geocode_address *a, const struct geocode_address *b)
{
    return (a->point.lon == b->point.lon && a->point.lat == b->point.lat) ||
           (b->derived && same_number(a, b) && geo_distance_m(a->point, b->point) < COPY_METRES);
}

static void look_at(const struct geocode_address *a, const struct geocode_address *b,
                    struct known *out)
{
    size_t prefix = 0;
    size_t other = 0;
    int32_t number = geocode_last_number(a->number, &prefix);
    int32_t n = geocode_last_number(b->number, &other);
    if (other != prefix || strncasecmp(a->number, b->number, prefix) != 0 ||
        ((n ^ number) & 1) != 0) {
        return;
    }
    if (n == number) {
        out->suffix = out->suffix || !same_number(a, b);
        out->same_m =
            same_number(a, b) ? fmin(out->same_m, geo_distance_m(a->point, b->point)) : out->same_m;
    } else if (n < number) {
        out->low =
            out->low == NULL || n > geocode_last_number(out->low->number, &other) ? b : out->low;
    } else {
        out->high =
            out->high == NULL || n < geocode_last_number(out->high->number, &other) ? b : out->high;
    }
}

static struct known known_beside(const struct geocode_city *c, const struct geocode_address *a)
{
    struct known out = {.same_m = HUGE_VAL};
    for (size_t i = 0; i < c->n_addresses; i++) {
        const struct geocode_address *b = &c->addresses[i];
        if (b != a && b->district == a->district && strcmp(a->key, b->key) == 0 &&
            !goes_too(a, b) && geo_distance_m(a->point, b->point) <= STREET_METRES) {
            look_at(a, b, &out);
        }
    }
    return out;
}

static enum band band_of(const struct known *k)
{
    size_t prefix = 0;
    if (k->same_m < HUGE_VAL) {
        return k->same_m <= NEAR_METRES ? BAND_SAME : BAND_APART;
    }
    if (k->suffix) {
        return BAND_SUFFIX;
    }
    if (k->low == NULL || k->high == NULL) {
        return k->low == NULL && k->high == NULL ? BAND_NOTHING : BAND_ONE_SIDE;
    }
    int32_t gap = geocode_last_number(k->high->number, &prefix) -
                  geocode_last_number(k->low->number, &prefix);
    return gap <= 4 ? BAND_GAP_4 : gap <= 10 ? BAND_GAP_10 : gap <= 20 ? BAND_GAP_20 : BAND_GAP_ANY;
}

/* Is the unit one that a point of the street, or a house that is left, lies in? */
static bool still_passes(const struct geo_gazetteer *g, const struct gaz_street *s, uint16_t unit)
{
    for (uint32_t i = 0; i < s->vertices + s->houses; i++) {
        const struct gaz_set *set =
            &g->sets[i < s->vertices ? g->vertices[s->vertex + i].set
                                     : g->houses[s->house + i - s->vertices].set];
        for (size_t k = 0; k < set->n; k++) {
            if (set->unit[k] == unit) {
                return true;
            }
        }
    }
    return false;
}

static bool is_its(const struct geocode_address *a, const char *number, const struct gaz_house *h,
                   const char *pool)
{
    struct gaz_point at = gaz_build_point(a->point);
    bool copy = h->kind == GAZ_HOUSE_DERIVED && strcasecmp(pool + h->text, number) == 0 &&
                gaz_distance(at, h->at) < COPY_METRES;
    return h->kind != GAZ_HOUSE_MOUTH && ((h->at.lon == at.lon && h->at.lat == at.lat) || copy);
}

/* Takes the address's houses out of one street: those behind move up, the street has fewer. */
static void hide(struct geo_gazetteer *g, struct gaz_street *s, const struct geocode_address *a,
                 struct hidden *out)
{
    char number[sizeof a->number];
    (void)gaz_number_text(str_of(a->number), number, sizeof number);
    uint32_t kept = 0;
    out->street = s;
    out->n = 0;
    for (uint32_t i = 0; i < s->houses; i++) {
        struct gaz_house h = g->houses[s->house + i];
        if (out->n < HIDDEN_MAX && is_its(a, number, &h, g->pool)) {
            out->houses[out->n] = h;
            out->at[out->n++] = i;
        } else {
            g->houses[s->house + kept++] = h;
        }
    }
    s->houses = kept;
    for (uint32_t k = s->unit; out->n > 0 && k < s->unit + s->units; k++) {
        if (!still_passes(g, s, g->street_units[k])) {
            g->street_units[k] = NO_UNIT;
        }
    }
}

static void put_back(struct geo_gazetteer *g, const struct hidden *hidden, const uint16_t *units)
{
    struct gaz_street *s = hidden->street;
    struct gaz_house *first = g->houses + s->house;
    for (size_t i = 0; i < hidden->n; i++) {
        uint32_t at = hidden->at[i];
        memmove(first + at + 1, first + at, (s->houses - at) * sizeof *first);
        first[at] = hidden->houses[i];
        s->houses++;
    }
    memcpy(g->street_units + s->unit, units + s->unit, s->units * sizeof *units);
}

/* The first candidate while the address is out. */
static size_t ask(struct geo_gazetteer *g, const uint16_t *units, const struct geocode_city *city,
                  const struct geocode_address *a, struct geo_candidate *out)
{
    struct hidden *hidden = calloc(g->street_count + 1, sizeof *hidden);
    size_t n = 0;
    char text[GEOCODE_TEXT_MAX];
    geocode_rewrite(city, a, GEOCODE_CLEAN, text);
    struct gaz_point at = gaz_build_point(a->point);
    for (size_t i = 0; hidden != NULL && i < g->street_count; i++) {
        struct gaz_street *s = &g->streets[i];
        bool has = false;
        for (uint32_t h = s->house; h < s->house + s->houses && !has; h++) {
            has = gaz_distance(at, g->houses[h].at) < COPY_METRES;
        }
        if (has) {
            hide(g, s, a, &hidden[n]);
            n++;
        }
    }
    struct geo_gazetteer_query query = {.text = str_of(text), .at_us = GEOCODE_BEFORE};
    size_t found = geo_gazetteer_find(g, &query, out, 1);
    while (n > 0) {
        put_back(g, &hidden[--n], units);
    }
    free(hidden);
    return found;
}

static bool right_street(const struct geocode_city *city, const struct geocode_address *a,
                         const struct geo_candidate *c)
{
    char key[GEOCODE_KEY_MAX];
    geocode_key(c->street, key);
    return c->match != GEO_MATCH_WARD && c->match != GEO_MATCH_DISTRICT &&
           geocode_same_street(city, key, a->key) &&
           snapshot_boundary_at(city->snapshot, LEVEL_DISTRICT, c->point, GEOCODE_BEFORE) ==
               a->district;
}

/* Further from its neighbours' middle than they are apart: no method that trusts in the order of
 * numbers finds it. */
static bool out_of_order(const struct geocode_address *a, const struct known *k)
{
    double low = geo_distance_m(a->point, k->low->point);
    double high = geo_distance_m(a->point, k->high->point);
    return fmin(low, high) > NEAR_METRES &&
           low + high > geo_distance_m(k->low->point, k->high->point) + 2 * NEAR_METRES;
}

static enum reason reason_of(const struct geocode_city *city, const struct geocode_address *a,
                             const struct known *k, const struct geo_candidate *c)
{
    if (c == NULL || !right_street(city, a, c)) {
        return REASON_STREET;
    }
    if (k->same_m < HUGE_VAL && k->same_m > NEAR_METRES) {
        return REASON_APART;
    }
    if (k->low == NULL || k->high == NULL) {
        return REASON_GUESS;
    }
    if (out_of_order(a, k)) {
        return REASON_OUTSIDE;
    }
    return geo_distance_m(k->low->point, k->high->point) > 2 * NEAR_METRES ? REASON_DISTANT
                                                                           : REASON_BETWEEN;
}

static void list_miss(const struct geocode_address *a, const struct known *k, enum band band,
                      enum reason reason, const struct geo_candidate *c)
{
    printf("%s | %s | %s %s -> %s %s %.0f m | same %.0f", band_names[band], reason_names[reason],
           a->number, a->street, c == NULL ? "nothing" : c->label,
           c == NULL ? "" : geo_match_name(c->match),
           c == NULL ? 0 : geo_distance_m(c->point, a->point),
           k->same_m < HUGE_VAL ? k->same_m : -1);
    const struct geocode_address *sides[] = {k->low, k->high};
    for (size_t i = 0; i < 2; i++) {
        if (sides[i] != NULL) {
            printf(" | %s%s at %.0f m", sides[i]->number, sides[i]->derived ? " (derived)" : "",
                   geo_distance_m(a->point, sides[i]->point));
        }
    }
    printf(" | %.6f %.6f\n", a->point.lat, a->point.lon);
}

static void count_one(struct geo_gazetteer *g, const uint16_t *units,
                      const struct geocode_city *city, const struct geocode_address *a,
                      struct table *t, bool list)
{
    struct geo_candidate c;
    struct known k = known_beside(city, a);
    enum band band = band_of(&k);
    bool found = ask(g, units, city, a, &c) > 0;
    bool near = found && geo_distance_m(c.point, a->point) <= NEAR_METRES;
    t->asked[a->evaluation]++;
    t->band[a->evaluation][band].of++;
    t->band[a->evaluation][band].near += near;
    if (!near) {
        enum reason reason = reason_of(city, a, &k, found ? &c : NULL);
        t->reason[band][reason]++;
        if (list && !a->evaluation) {
            list_miss(a, &k, band, reason, found ? &c : NULL);
        }
    }
}

/* Wilson's interval at 95 %. */
static void print_share(struct share s)
{
    double n = (double)s.of;
    double p = n > 0 ? (double)s.near / n : 0;
    double z2 = 1.96 * 1.96;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = 1.96 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    if (s.of == 0) {
        printf(" %22s", "-");
    } else {
        printf(" %5.1f%% of %4zu (%2.0f-%3.0f)", 100 * p, s.of, 100 * (middle - half),
               100 * (middle + half));
    }
}

/* Of those bands; a number with another suffix is neither itself nor between neighbours. */
static struct share add_up(const struct table *t, int set, enum band from, enum band to)
{
    struct share sum = {0, 0};
    for (int i = (int)from; i <= (int)to; i++) {
        if (from < to && i == BAND_SUFFIX) {
            continue;
        }
        sum.of += t->band[set][i].of;
        sum.near += t->band[set][i].near;
    }
    return sum;
}

static void print_sum(const struct table *t, const char *name, enum band from, enum band to)
{
    struct share tuning = add_up(t, 0, from, to);
    struct share evaluation = add_up(t, 1, from, to);
    printf("%-36s", name);
    print_share(evaluation);
    print_share(tuning);
    print_share((struct share){tuning.of + evaluation.of, tuning.near + evaluation.near});
    putchar('\n');
}

static void print_table(const struct table *t)
{
    printf("\none by one: %zu addresses of the evaluation set, %zu of the tuning set; %zu whose "
           "street no map\ndraws there are not asked. Within 50 m, with the 95 %% interval:\n%-36s "
           "%22s %22s %22s\n",
           t->asked[1], t->asked[0], t->no_street, "", "evaluation", "tuning", "both");
    for (int i = 0; i < BANDS; i++) {
        print_sum(t, band_names[i], (enum band)i, (enum band)i);
    }
    static const struct {
        const char *name;
        enum band to;
    } sums[] = {{"at most 4 apart", BAND_GAP_4},
                {"at most 10 apart", BAND_GAP_10},
                {"at most 20 apart", BAND_GAP_20},
                {"any distance", BAND_GAP_ANY}};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "known, %s", sums[i].name);
        print_sum(t, name, BAND_SAME, sums[i].to);
        print_sum(t, "  with those told elsewhere only", BAND_APART, sums[i].to);
    }
    printf("\n%-36s", "misses, both sets");
    for (int r = 0; r < REASONS; r++) {
        printf(" %18s", reason_names[r]);
    }
    putchar('\n');
    for (int i = 0; i < BANDS; i++) {
        printf("%-36s", band_names[i]);
        for (int r = 0; r < REASONS; r++) {
            printf(" %18zu", t->reason[i][r]);
        }
        putchar('\n');
    }
}

bool geocode_single_print(const struct geocode_city *city, bool list)
{
    /* Its own, made by its loader: nobody else looks at it. */
    struct geo_gazetteer *g = (struct geo_gazetteer *)(uintptr_t)city->gazetteer;
    struct table t = {.no_street = 0};
    uint16_t *units = malloc((g->street_unit_count + 1) * sizeof *units);
    if (units == NULL) {
        return false;
    }
    memcpy(units, g->street_units, g->street_unit_count * sizeof *units);
    for (size_t i = 0; i < city->n_addresses; i++) {
        const struct geocode_address *a = &city->addresses[i];
        if (a->asked && a->street_known) {
            count_one(g, units, city, a, &t, list);
        } else {
            t.no_street += a->asked;
        }
    }
    free(units);
    print_table(&t);
    return true;
}
