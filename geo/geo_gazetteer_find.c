/* From a reading to candidates: what each name may be, how well it fits the units that were named,
 * where the number lies, and how much of the confidence each deserves. */
#include <math.h>
#include <string.h>

#include "geo/geo_gazetteer_build.h"
#include "geo/geo_gazetteer_line.h"
#include "geo/geo_gazetteer_read.h"

enum {
    RAW_MAX = 96,
    CROSSING_CHOICES_MAX = 12,    /* streets of one name tried for a crossing */
    CROSSING_TESTS_MAX = 1000000, /* pairs of lines looked at for all crossings of a text */
};

#define NO_TARGET          UINT32_MAX
#define SAME_PLACE_METRES  400.0
#define SAME_STREET_METRES 1500.0
#define ALIAS_LIKELIHOOD   0.4 /* a bridge of "Tỉnh lộ 43" against the road itself */
#define STREET_LIFT        0.3
#define HALF_A_CROSSING    0.3  /* one street where a junction was meant */
#define DOUBTFUL           0.12 /* the street fits neither the district nor, with more, the ward */
#define MISFIT_SHARE       0.02
#define WORTH_LOOKING      0.2 /* streets that fit this much worse than the best are left out */

/* A candidate before it is written out. */
struct raw {
    struct gaz_spot spot;
    double certainty;                     /* confidence if nothing else were in question */
    double likelihood;                    /* against the others */
    double fit;                           /* to the units named: 1 lies in all of them */
    uint32_t street, place, unit, second; /* NO_TARGET: not of that kind */
};

struct finder {
    const struct geo_gazetteer *g;
    const struct geo_gazetteer_query *query;
    struct gaz_reading reading;
    bool used[GAZ_SPANS_MAX];
    struct raw raw[RAW_MAX];
    size_t raws;
    double understood; /* share of the words */
    bool open;         /* some word was not */
};

static bool wants_street(const struct finder *f)
{
    if (f->reading.number_n > 0 || f->reading.alley_n > 0) {
        return true;
    }
    for (size_t i = 0; i < f->reading.ranges; i++) {
        if (f->reading.range[i].kind == GEO_ADDRESS_STREET) {
            return true;
        }
    }
    return false;
}

static int main_score(const struct finder *f, const struct gaz_span *span, bool street)
{
    enum geo_address_kind kind = f->reading.range[span->range].kind;
    bool is_street = (span->kinds & 1U << GAZ_STREET) != 0;
    bool is_place = (span->kinds & 1U << GAZ_PLACE) != 0;
    bool is_unit = (span->kinds & 1U << GAZ_UNIT) != 0;
    if (kind == GEO_ADDRESS_LANDMARK) {
        return is_place ? 20 : (is_street ? 8 : 1);
    }
    int score = is_street ? 10 : (is_place ? 6 : 1);
    score += is_street && kind == GEO_ADDRESS_STREET ? 6 : 0;
    score -= is_unit && !(street && kind == GEO_ADDRESS_STREET) ? 4 : 0;
    score += is_place && !street ? 3 : 0;
    return score;
}

/* The span that says what is meant; the first of equals. NULL: only units were named. */
static const struct gaz_span *main_span(const struct finder *f, const struct gaz_span *except)
{
    bool street = wants_street(f);
    const struct gaz_span *best = NULL;
    int best_score = 0;
    for (size_t i = 0; i < f->reading.spans; i++) {
        const struct gaz_span *span = &f->reading.span[i];
        if (span == except || (except != NULL && (span->kinds & 1U << GAZ_STREET) == 0)) {
            continue;
        }
        int score = main_score(f, span, street);
        if ((span->kinds & (1U << GAZ_STREET | 1U << GAZ_PLACE)) != 0 && score > best_score) {
            best = span;
            best_score = score;
        }
    }
    return best;
}

/* Bare names of units beside the main name are conditions, too: "Quang Trung, Gò Vấp". */
static void add_bare_units(struct finder *f, const struct gaz_span *main,
                           const struct gaz_span *second)
{
    for (size_t i = 0; i < f->reading.spans; i++) {
        const struct gaz_span *span = &f->reading.span[i];
        f->used[i] = span == main || span == second;
        if (!f->used[i] && (span->kinds & 1U << GAZ_UNIT) != 0) {
            f->used[i] = gaz_context_add(f->g, span->name, span->names, &f->reading.context);
        }
    }
}

static bool named_has(const struct gaz_named *named, int32_t unit)
{
    for (size_t i = 0; i < named->n; i++) {
        if (named->unit[i] == unit) {
            return true;
        }
    }
    return false;
}

/* Keeps of the wards those inside the district, where there are any. */
static void narrow_to(const struct geo_gazetteer *g, struct gaz_named *ward,
                      const struct gaz_named *district)
{
    uint16_t inside[sizeof(ward->unit) / sizeof(ward->unit[0])];
    size_t kept = 0;
    uint64_t sieve = 0;
    for (size_t u = 0; u < ward->n; u++) {
        if (named_has(district, g->units[ward->unit[u]].parent)) {
            inside[kept++] = ward->unit[u];
            sieve |= gaz_sieve(ward->unit[u]);
        }
    }
    if (kept > 0) {
        ward->sieve = sieve;
        memcpy(ward->unit, inside, kept * sizeof(inside[0]));
        ward->n = kept;
    }
}

/* "P.12, Q. Gò Vấp" means the ward 12 of that district only. */
static void narrow_wards(struct finder *f)
{
    for (size_t i = 0; i < f->reading.context.n; i++) {
        for (size_t k = 0; k < f->reading.context.n && !f->reading.context.named[i].district; k++) {
            if (f->reading.context.named[k].district) {
                narrow_to(f->g, &f->reading.context.named[i], &f->reading.context.named[k]);
            }
        }
    }
}

/* How well something fits the units named: people know their district, less surely their ward. */
static double misfit(const struct gaz_named *named)
{
    return named->district ? 0.08 : 0.3;
}

static double street_fit(const struct finder *f, uint32_t street)
{
    double fit = 1;
    for (size_t i = 0; i < f->reading.context.n; i++) {
        const struct gaz_named *named = &f->reading.context.named[i];
        fit *= gaz_street_meets(f->g, &f->g->streets[street], named) ? 1 : misfit(named);
    }
    return fit;
}

static double spot_fit(const struct finder *f, uint32_t set)
{
    double fit = 1;
    for (size_t i = 0; i < f->reading.context.n; i++) {
        const struct gaz_named *named = &f->reading.context.named[i];
        fit *= gaz_set_meets(&f->g->sets[set], named) ? 1 : misfit(named);
    }
    return fit;
}

/* Nearness to the bias: 1 at it, a half some 3 km off, never under a quarter. */
static double nearness(const struct finder *f, struct gaz_point at)
{
    if (!f->query->has_bias) {
        return 1;
    }
    struct gaz_point bias = {(int32_t)(f->query->bias.lon * 1e7),
                             (int32_t)(f->query->bias.lat * 1e7)};
    double km = gaz_distance(at, bias) / 1000;
    return 0.25 + 0.75 / (1 + (km / 2) * (km / 2));
}

static struct raw *add_raw(struct finder *f)
{
    if (f->raws == RAW_MAX) {
        return NULL;
    }
    struct raw *raw = &f->raw[f->raws++];
    *raw = (struct raw){
        .street = NO_TARGET, .place = NO_TARGET, .unit = NO_TARGET, .second = NO_TARGET, .fit = 1};
    return raw;
}

static double quality_of(const struct gaz_span *span, const struct gaz_target *t)
{
    return t->how == GAZ_HOW_ALIAS ? span->quality * 0.99 : span->quality;
}

/* How far the match alone tells this street from others of its name, given a number. */
static double evidence(const struct finder *f, const struct gaz_spot *spot)
{
    enum geo_match match = spot->match;
    if (f->reading.number_n == 0 && f->reading.alley_n == 0) {
        return 1;
    }
    if (spot->derived) {
        return 0.4; /* the other streets' houses are not all known */
    }
    return match == GEO_MATCH_HOUSE ? 1 : (match == GEO_MATCH_STREET ? 0.3 : 0.7);
}

static void add_street(struct finder *f, const struct gaz_span *span, const struct gaz_target *t,
                       double fit)
{
    struct raw *raw = add_raw(f);
    if (raw == NULL) {
        return;
    }
    const struct gaz_reading *r = &f->reading;
    gaz_house_find(f->g, t->index, (struct str){r->number, r->number_n},
                   (struct str){r->alley, r->alley_n}, &f->reading.context, &raw->spot);
    if (r->kilometre && raw->spot.match == GEO_MATCH_HOUSE) {
        raw->spot.match = GEO_MATCH_PLACE; /* a post is no house */
    }
    double size = f->g->streets[t->index].vertices;
    double quality = quality_of(span, t);
    raw->street = t->index;
    raw->fit = fit;
    raw->certainty = quality * raw->spot.precision * (fit < 1 ? 0.35 + 0.65 * fit : 1);
    raw->likelihood = quality * fit * evidence(f, &raw->spot) * (0.4 + size / (size + 20)) *
                      (t->how == GAZ_HOW_ALIAS ? ALIAS_LIKELIHOOD : 1) * nearness(f, raw->spot.at);
}

static void add_place(struct finder *f, const struct gaz_span *span, const struct gaz_target *t)
{
    const struct gaz_place *place = &f->g->places[t->index];
    bool street_too = (span->kinds & 1U << GAZ_STREET) != 0;
    bool landmark = f->reading.range[span->range].kind == GEO_ADDRESS_LANDMARK;
    bool numbered = f->reading.number_n > 0;
    struct raw *raw = add_raw(f);
    if (raw == NULL) {
        return;
    }
    double fit = spot_fit(f, place->set);
    double quality = quality_of(span, t);
    raw->place = t->index;
    raw->fit = fit;
    raw->spot = (struct gaz_spot){
        place->at, place->set, place->crossing ? GEO_MATCH_CROSSING : GEO_MATCH_PLACE,
        0.95,      false,      false};
    raw->certainty = quality * 0.95 * (numbered ? 0.5 : 1) * (fit < 1 ? 0.35 + 0.65 * fit : 1);
    raw->likelihood = quality * fit * (street_too && !landmark ? 0.08 : 1) * (numbered ? 0.3 : 1) *
                      nearness(f, place->at);
}

static bool in_force(const struct gaz_unit *unit, int64_t at_us)
{
    return unit->from_us <= at_us && at_us < unit->to_us;
}

static void add_unit(struct finder *f, uint32_t index, double certainty, double likelihood)
{
    const struct gaz_unit *unit = &f->g->units[index];
    struct raw *raw = add_raw(f);
    if (raw == NULL) {
        return;
    }
    bool now = in_force(unit, f->query->at_us);
    raw->unit = index;
    raw->spot = (struct gaz_spot){
        unit->point, UINT32_MAX, unit->district ? GEO_MATCH_DISTRICT : GEO_MATCH_WARD,
        1,           false,      false};
    raw->certainty = certainty;
    raw->likelihood = likelihood * (now ? 1 : 0.5) * nearness(f, unit->point);
}

/* The best fit that any street of the span has. */
static double best_fit(const struct finder *f, const struct gaz_span *span)
{
    double best = 0;
    for (size_t n = 0; n < span->names && best < 1; n++) {
        const struct gaz_name *name = &f->g->names.name[span->name[n]];
        for (uint32_t i = 0; i < name->targets && best < 1; i++) {
            const struct gaz_target *t = &f->g->names.target[name->target + i];
            double fit = t->kind == GAZ_STREET ? street_fit(f, t->index) : 0;
            best = fit > best ? fit : best;
        }
    }
    return best;
}

/* Everything that bears the name; of its streets those that fit at least as well as `enough`. */
static void add_name(struct finder *f, const struct gaz_span *span, const struct gaz_name *name,
                     double enough)
{
    size_t streets = 0;
    for (uint32_t i = 0; i < name->targets; i++) {
        const struct gaz_target *t = &f->g->names.target[name->target + i];
        if (t->kind == GAZ_STREET && streets < GEO_GAZETTEER_STREETS_MAX) {
            double fit = street_fit(f, t->index);
            if (fit >= enough) {
                add_street(f, span, t, fit);
                streets++;
            }
        } else if (t->kind == GAZ_PLACE) {
            add_place(f, span, t);
        } else if (t->kind == GAZ_UNIT && !wants_street(f)) {
            add_unit(f, t->index, 0.9 * span->quality, span->quality * 0.7);
        }
    }
}

static void add_targets(struct finder *f, const struct gaz_span *span)
{
    bool one = span->names == 1 && f->g->names.name[span->name[0]].targets == 1;
    double enough = one ? 0 : best_fit(f, span) * WORTH_LOOKING;
    for (size_t n = 0; n < span->names; n++) {
        add_name(f, span, &f->g->names.name[span->name[n]], enough);
    }
}

/* The streets of a span that fit best, at most `max`. */
static size_t best_streets(const struct finder *f, const struct gaz_span *span, uint32_t *out,
                           size_t max)
{
    double fit[CROSSING_CHOICES_MAX];
    size_t n = 0;
    for (size_t k = 0; k < span->names; k++) {
        const struct gaz_name *name = &f->g->names.name[span->name[k]];
        for (uint32_t i = 0; i < name->targets; i++) {
            const struct gaz_target *t = &f->g->names.target[name->target + i];
            if (t->kind != GAZ_STREET) {
                continue;
            }
            double here = street_fit(f, t->index);
            size_t at = n;
            while (at > 0 && fit[at - 1] < here) {
                at--;
            }
            if (at == max) {
                continue;
            }
            size_t kept = n < max ? n : max - 1;
            memmove(fit + at + 1, fit + at, (kept - at) * sizeof(*fit));
            memmove(out + at + 1, out + at, (kept - at) * sizeof(*out));
            fit[at] = here;
            out[at] = t->index;
            n = kept + 1;
        }
    }
    return n;
}

static void add_crossings(struct finder *f, const struct gaz_span *a, const struct gaz_span *b)
{
    uint32_t first[CROSSING_CHOICES_MAX];
    uint32_t second[CROSSING_CHOICES_MAX];
    size_t tests = CROSSING_TESTS_MAX;
    size_t n = best_streets(f, a, first, CROSSING_CHOICES_MAX);
    size_t m = best_streets(f, b, second, CROSSING_CHOICES_MAX);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m; k++) {
            struct gaz_spot spot;
            if (!gaz_street_crossing(f->g, first[i], second[k], &tests, &spot)) {
                continue;
            }
            struct raw *raw = add_raw(f);
            if (raw == NULL) {
                return;
            }
            double fit = spot_fit(f, spot.set);
            raw->spot = spot;
            raw->street = first[i];
            raw->second = second[k];
            raw->fit = fit;
            raw->certainty = 0.95 * a->quality * b->quality * (fit < 1 ? 0.35 + 0.65 * fit : 1);
            raw->likelihood = fit * nearness(f, spot.at);
        }
    }
}

/* Only units were understood: the smallest of them. */
static void add_named_units(struct finder *f)
{
    const struct gaz_named *best = NULL;
    for (size_t i = 0; i < f->reading.context.n; i++) {
        if (best == NULL || (best->district && !f->reading.context.named[i].district)) {
            best = &f->reading.context.named[i];
        }
    }
    bool more = wants_street(f);
    for (size_t i = 0; best != NULL && i < best->n; i++) {
        add_unit(f, best->unit[i], more ? 0.4 : 0.9, 1);
    }
}

/* Pieces of one street that the map does not join. "Đường số 5" of the next estate is another. */
static bool same_street(const struct geo_gazetteer *g, const struct raw *a, const struct raw *b)
{
    if (a->street == NO_TARGET || a->second != NO_TARGET || b->second != NO_TARGET ||
        !gaz_within(a->spot.at, b->spot.at, SAME_STREET_METRES)) {
        return false;
    }
    const char *x = g->pool + g->streets[a->street].name;
    const char *y = g->pool + g->streets[b->street].name;
    return strpbrk(x, "0123456789") == NULL && strcmp(x, y) == 0;
}

/* Two pieces of information about one thing are one candidate. */
static bool same_thing(const struct finder *f, const struct raw *a, const struct raw *b)
{
    if (a->spot.match == GEO_MATCH_DISTRICT || b->spot.match == GEO_MATCH_DISTRICT ||
        a->spot.match == GEO_MATCH_WARD || b->spot.match == GEO_MATCH_WARD) {
        return false;
    }
    bool kind = (a->street != NO_TARGET) == (b->street != NO_TARGET);
    if (kind && same_street(f->g, a, b)) {
        return true;
    }
    return kind && (a->street == NO_TARGET || a->street == b->street || a->second != NO_TARGET) &&
           gaz_within(a->spot.at, b->spot.at, SAME_PLACE_METRES);
}

static void merge_same(struct finder *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->raws; i++) {
        size_t k = 0;
        while (k < kept && !same_thing(f, &f->raw[k], &f->raw[i])) {
            k++;
        }
        if (k == kept) {
            if (kept != i) {
                f->raw[kept] = f->raw[i];
            }
            kept++;
        } else if (f->raw[i].likelihood * f->raw[i].certainty >
                   f->raw[k].likelihood * f->raw[k].certainty) {
            f->raw[k] = f->raw[i];
        }
    }
    f->raws = kept;
}

/* That a caller names the wrong unit has one small chance, however many streets elsewhere bear the
 * name: all misfits together get at most that share of what the fits have. */
static void limit_misfits(struct finder *f)
{
    double fits = 0;
    double misfits = 0;
    for (size_t i = 0; i < f->raws; i++) {
        *(f->raw[i].fit < 1 ? &misfits : &fits) += f->raw[i].likelihood;
    }
    if (fits <= 0 || misfits <= MISFIT_SHARE * fits) {
        return;
    }
    for (size_t i = 0; i < f->raws; i++) {
        f->raw[i].likelihood *= f->raw[i].fit < 1 ? MISFIT_SHARE * fits / misfits : 1;
    }
}

static void share_confidence(struct finder *f)
{
    double sum = 0;
    for (size_t i = 0; i < f->raws; i++) {
        sum += f->raw[i].likelihood;
    }
    for (size_t i = 0; i < f->raws; i++) {
        double share = sum > 0 ? f->raw[i].likelihood / sum : 0;
        f->raw[i].certainty *= share * (0.4 + 0.6 * f->understood);
    }
}

static void sort_raws(struct finder *f, size_t wanted)
{
    for (size_t i = 0; i < wanted && i < f->raws; i++) {
        size_t best = i;
        for (size_t k = i + 1; k < f->raws; k++) {
            best = f->raw[k].certainty > f->raw[best].certainty ? k : best;
        }
        if (best != i) {
            struct raw swap = f->raw[i];
            f->raw[i] = f->raw[best];
            f->raw[best] = swap;
        }
    }
}

/* A street told first is right a little more often than the factors say (measured, as all of them,
 * on the tuning half); what the others have is left to them. */
static void lift_first(struct finder *f)
{
    double others = 0;
    if (f->raws > 0 && f->raw[0].spot.match == GEO_MATCH_STREET) {
        for (size_t i = 1; i < f->raws; i++) {
            others += fmax(0, f->raw[i].certainty);
        }
        double c = f->raw[0].certainty;
        f->raw[0].certainty = fmax(c, fmin(c + STREET_LIFT * c * (1 - c), 1 - others));
    }
}

/* A text being written into an array of the candidate; always ended in NUL. */
struct text {
    char *p;
    size_t n, cap;
};

static struct text begin(char *p, size_t cap)
{
    p[0] = '\0';
    return (struct text){p, 0, cap};
}

#define BEGIN(array) begin((array), sizeof(array))

/* Appends as much as fits, never half a character. */
static void put(struct text *t, const char *text, size_t n)
{
    size_t room = t->cap - 1 - t->n;
    if (n > room) {
        n = room;
        while (n > 0 && ((unsigned char)text[n] & 0xC0U) == 0x80U) {
            n--;
        }
    }
    memcpy(t->p + t->n, text, n);
    t->n += n;
    t->p[t->n] = '\0';
}

static inline void put_z(struct text *t, const char *text)
{
    put(t, text, strlen(text));
}

static bool word_open(const struct gaz_reading *r, size_t token)
{
    for (size_t i = 0; i < r->ranges; i++) {
        const struct gaz_words *words = &r->range[i].words;
        for (size_t w = 0; w < words->count; w++) {
            if (words->word[w].token == token) {
                return (r->range[i].open >> w & 1U) != 0;
            }
        }
    }
    return false;
}

static void write_unmatched(const struct finder *f, const struct raw *raw,
                            struct geo_candidate *out)
{
    const struct geo_address *a = &f->reading.address;
    struct text unmatched = BEGIN(out->unmatched);
    if (f->reading.kilometre && !raw->spot.numbered) { /* no post is known there */
        put_z(&unmatched, "km ");
        put(&unmatched, f->reading.post.p, f->reading.post.n);
    }
    for (size_t t = f->open ? 0 : a->token_count; t < a->token_count;) {
        if (!word_open(&f->reading, t)) {
            t++;
            continue;
        }
        size_t from = t;
        while (t < a->token_count && word_open(&f->reading, t)) {
            t++;
        }
        struct geo_address_part part = {GEO_ADDRESS_FREE, (uint8_t)from, (uint8_t)t};
        struct str source = geo_address_source(a, &part);
        if (unmatched.n > 0) {
            put_z(&unmatched, "; ");
        }
        put(&unmatched, source.p, source.n);
    }
}

/* The unit of that level over the set: in force at the instant, else one that the text named. */
static int32_t unit_at(const struct finder *f, const struct gaz_set *set, bool district)
{
    int32_t named = -1;
    for (size_t i = 0; i < set->n; i++) {
        const struct gaz_unit *unit = &f->g->units[set->unit[i]];
        if (unit->district != district) {
            continue;
        }
        if (in_force(unit, f->query->at_us)) {
            return set->unit[i];
        }
        for (size_t k = 0; k < f->reading.context.n; k++) {
            named = named_has(&f->reading.context.named[k], set->unit[i]) ? set->unit[i] : named;
        }
    }
    return named;
}

/* A ward that is no more is told with the one that has it now. */
static void write_successor(const struct finder *f, const struct gaz_unit *unit, struct text *label,
                            struct geo_candidate *out)
{
    if (unit->successor < 0 || f->query->at_us < unit->to_us) {
        return;
    }
    for (size_t i = 0; i < f->g->unit_count; i++) {
        const struct gaz_unit *now = &f->g->units[i];
        if (now->number == unit->successor && in_force(now, f->query->at_us)) {
            put_z(label, " → ");
            put_z(label, f->g->pool + now->name);
            out->ward = now->number;
            out->district = -1;
        }
    }
}

static void write_units(const struct finder *f, const struct raw *raw, struct text *label,
                        struct geo_candidate *out)
{
    int32_t ward = -1;
    int32_t district = -1;
    if (raw->unit != NO_TARGET) {
        const struct gaz_unit *unit = &f->g->units[raw->unit];
        ward = unit->district ? -1 : (int32_t)raw->unit;
        district = unit->district ? (int32_t)raw->unit : unit->parent;
        if (!unit->district && district >= 0 &&
            (f->g->units[district].to_us <= unit->from_us ||
             unit->to_us <= f->g->units[district].from_us)) {
            district = -1; /* never in force together */
        }
    } else {
        ward = unit_at(f, &f->g->sets[raw->spot.set], false);
        district = unit_at(f, &f->g->sets[raw->spot.set], true);
    }
    out->ward = ward < 0 ? -1 : f->g->units[ward].number;
    out->district = district < 0 ? -1 : f->g->units[district].number;
    const int32_t shown[] = {ward, district};
    for (size_t i = 0; i < 2; i++) {
        if (shown[i] >= 0) {
            put(label, ", ", label->n > 0 ? 2 : 0);
            put_z(label, f->g->pool + f->g->units[shown[i]].name);
        }
    }
    if (raw->unit != NO_TARGET) {
        write_successor(f, &f->g->units[raw->unit], label, out);
    }
}

/* The number as the text had it, alley first, letters as capitals ("Lô B5" as written). Returns its
 * length. */
static size_t write_number(const struct finder *f, struct geo_candidate *out)
{
    const struct gaz_reading *r = &f->reading;
    struct text number = BEGIN(out->housenumber);
    if (r->kilometre) {
        put_z(&number, "Km ");
        put(&number, r->post.p, r->post.n);
        return number.n;
    }
    bool repeated = r->number_n > r->alley_n && r->number[r->alley_n] == '/' &&
                    memcmp(r->number, r->alley, r->alley_n) == 0;
    if (r->alley_n > 0 && !repeated) {
        put(&number, r->alley, r->alley_n);
        put(&number, "/", r->number_n > 0 ? 1 : 0);
    }
    if (r->lot != NULL) {
        put_z(&number, r->lot);
        put(&number, " ", 1);
    }
    size_t lot_end = r->lot != NULL ? number.n : 0;
    put(&number, r->number + r->lot_n, r->number_n - r->lot_n);
    for (char *p = out->housenumber + lot_end; *p != '\0'; p++) {
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    }
    return number.n;
}

static void write_names(const struct finder *f, const struct raw *raw, struct text *label,
                        struct geo_candidate *out)
{
    const char *pool = f->g->pool;
    struct text street = BEGIN(out->street);
    out->housenumber[0] = '\0';
    if (raw->place != NO_TARGET) {
        put_z(&street, pool + f->g->places[raw->place].name);
    } else if (raw->street != NO_TARGET) {
        put_z(&street, pool + f->g->streets[raw->street].name);
    }
    if (raw->second != NO_TARGET) {
        put_z(&street, " - ");
        put_z(&street, pool + f->g->streets[raw->second].name);
    } else if (raw->street != NO_TARGET) {
        bool told = !f->reading.kilometre || raw->spot.numbered;
        size_t n = told ? write_number(f, out) : 0;
        if (f->reading.number_n == 0 && f->reading.alley_n > 0) {
            put_z(label, "Hẻm ");
        }
        put(label, out->housenumber, n);
        put(label, " ", n > 0 ? 1 : 0);
    }
    put(label, street.p, street.n);
}

static void write_out(const struct finder *f, const struct raw *raw, struct geo_candidate *out)
{
    out->point = gaz_point_out(raw->spot.at);
    out->confidence = fmin(1, fmax(0, raw->certainty));
    out->match = raw->spot.match;
    struct text label = BEGIN(out->label);
    write_names(f, raw, &label, out);
    write_units(f, raw, &label, out);
    write_unmatched(f, raw, out);
}

static void measure_understood(struct finder *f)
{
    size_t words = 0;
    size_t open = 0;
    for (size_t i = 0; i < f->reading.ranges; i++) {
        words += f->reading.range[i].words.count;
        open += (size_t)__builtin_popcountll(f->reading.range[i].open);
    }
    for (size_t i = 0; i < f->reading.spans; i++) {
        const struct gaz_span *span = &f->reading.span[i];
        if (!f->used[i]) {
            open += (size_t)(span->to - span->from);
            size_t n = (size_t)(span->to - span->from);
            f->reading.range[span->range].open |= (n >= 64 ? ~0ULL : (1ULL << n) - 1) << span->from;
        }
    }
    f->open = open > 0;
    f->understood = words > 0 ? 1 - (double)open / (double)words : 1;
}

/* What was typed is a name, but none that fits: perhaps another with one typing error. */
static void add_near(struct finder *f, const struct gaz_span *span)
{
    struct gaz_span near = *span;
    uint32_t found[GAZ_CHOICES_MAX];
    const struct gaz_words *words = &f->reading.range[span->range].words;
    size_t n = gaz_names_near(&f->g->names, gaz_words_text(words, 0, words->count), found,
                              GAZ_CHOICES_MAX);
    if (n == 0) {
        n = gaz_names_near(&f->g->names, gaz_words_text(words, span->from, span->to), found,
                           GAZ_CHOICES_MAX);
    }
    near.names = 0;
    near.quality *= 0.9;
    for (size_t i = 0; i < n; i++) {
        if ((f->g->names.name[found[i]].kinds & 1U << GAZ_STREET) != 0 &&
            found[i] != span->name[0]) {
            near.name[near.names++] = found[i];
        }
    }
    if (near.names > 0 && best_fit(f, &near) > best_fit(f, span)) {
        add_targets(f, &near);
    }
}

static double best_certainty(const struct finder *f)
{
    double best = 0;
    for (size_t i = 0; i < f->raws; i++) {
        double here = f->raw[i].fit * f->raw[i].certainty;
        best = here > best ? here : best;
    }
    return best;
}

/* "Ngã sáu Phù Đổng", of which only a street Phù Đổng is known. */
static bool junction_unknown(const struct finder *f, const struct gaz_span *span)
{
    return f->reading.address.relation == GEO_RELATION_CROSSING && span->from > 0 &&
           str_equal_z(gaz_words_text(&f->reading.range[span->range].words, 0, 1), "nga");
}

static void collect(struct finder *f)
{
    const struct gaz_span *first = main_span(f, NULL);
    const struct gaz_span *second = NULL;
    if (first != NULL && f->reading.address.relation == GEO_RELATION_CROSSING) {
        second = main_span(f, first);
    }
    add_bare_units(f, first, second);
    narrow_wards(f);
    measure_understood(f);
    if (second != NULL) {
        add_crossings(f, first, second);
    }
    if (f->raws == 0 && first != NULL) {
        struct gaz_span part = *first;
        part.quality *= second == NULL && junction_unknown(f, first) ? HALF_A_CROSSING : 1;
        add_targets(f, &part);
    }
    if (first != NULL && second == NULL && best_certainty(f) < DOUBTFUL) {
        add_near(f, first);
    }
    if (best_certainty(f) < DOUBTFUL) {
        add_named_units(f); /* rather the right ward than a wrong street */
    }
}

/* The pair typed, in degrees; false where it is none, or of no system that is known. */
static bool typed_point(const struct geo_gazetteer *g, const struct geo_gazetteer_query *query,
                        const struct geo_address *a, struct geo_point *out)
{
    if (a->code.n > 0) {
        return geo_address_read_code(a->code, query->has_bias ? query->bias : g->middle, out);
    }
    *out = a->point;
    if (!a->has_metric || g->crs == NULL) {
        return a->has_point;
    }
    struct geo_gazetteer *shared = (struct geo_gazetteer *)(uintptr_t)g; /* the lock and its crs */
    pthread_mutex_lock(&shared->crs_lock);
    enum status s = geo_crs_from_metric(
        shared->crs, (struct geo_metric){.east = a->east, .north = a->north}, out, NULL);
    pthread_mutex_unlock(&shared->crs_lock);
    return s == STATUS_OK && gaz_build_point_ok(*out);
}

/* A pair of coordinates, told with the units of what is known nearest to it. */
static size_t answer_point(struct finder *f, struct geo_point point, struct geo_candidate *out)
{
    *out = (struct geo_candidate){.point = point,
                                  .confidence = 0.98,
                                  .match = GEO_MATCH_COORDINATE,
                                  .ward = -1,
                                  .district = -1};
    struct text label = BEGIN(out->label);
    put(&label, f->reading.address.text, f->reading.address.text_n);
    struct raw raw = {.unit = NO_TARGET};
    f->reading.context.n = 0;
    if (gaz_near_set(f->g, point, &raw.spot.set)) {
        write_units(f, &raw, &label, out);
    }
    return 1;
}

size_t geo_gazetteer_find(const struct geo_gazetteer *g, const struct geo_gazetteer_query *query,
                          struct geo_candidate *out, size_t max)
{
    struct finder f;
    f.g = g;
    f.query = query;
    f.raws = 0;
    size_t limit = query->limit > 0 && query->limit < max ? query->limit : max;
    if (limit == 0) {
        return 0;
    }
    gaz_read(g, query, &f.reading);
    struct geo_point point;
    if (typed_point(g, query, &f.reading.address, &point)) {
        return answer_point(&f, point, out);
    }
    collect(&f);
    merge_same(&f);
    limit_misfits(&f);
    share_confidence(&f);
    sort_raws(&f, limit);
    lift_first(&f);
    size_t n = 0;
    while (n < limit && n < f.raws && f.raw[n].certainty > 0.001) {
        write_out(&f, &f.raw[n], &out[n]);
        n++;
    }
    return n;
}

const char *geo_match_name(enum geo_match match)
{
    static const char *const names[] = {
        [GEO_MATCH_HOUSE] = "house",
        [GEO_MATCH_INTERPOLATED] = "interpolated",
        [GEO_MATCH_ALLEY] = "alley",
        [GEO_MATCH_STREET] = "street",
        [GEO_MATCH_CROSSING] = "crossing",
        [GEO_MATCH_PLACE] = "place",
        [GEO_MATCH_WARD] = "ward",
        [GEO_MATCH_DISTRICT] = "district",
        [GEO_MATCH_COORDINATE] = "coordinate",
    };
    return (size_t)match < sizeof(names) / sizeof(names[0]) ? names[match] : "unknown";
}
