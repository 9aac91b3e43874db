#include "server/intake/weighing.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "geo/geo_distance.h"
#include "routing/route_decide.h"
#include "routing/route_rule_text.h"
#include "server/base/json_text.h"
#include "server/base/log.h"
#include "server/intake/placing.h"

#define NEAR_MAX   8
#define TRIED_MAX  16
#define LINE_MAX_N 2048

/* ---- another jurisdiction ---- */

static const struct snapshot_epoch *epoch_at(const struct snapshot *s, enum boundary_level level,
                                             int64_t at_us)
{
    size_t n = s->n_epochs[level];
    while (n > 0 && s->epochs[level][n - 1].from_us > at_us) {
        n--;
    }
    return n == 0 || s->epochs[level][n - 1].areas == NULL ? NULL : &s->epochs[level][n - 1];
}

static void consider(struct weighing_other *best, const struct weighing_other *other,
                     int32_t agency)
{
    if (other->agency != agency && (!best->found || other->metres < best->metres)) {
        *best = *other;
        best->found = true;
    }
}

/* Farther than the best so far there is nothing to look for. */
static double within(double radius_m, const struct weighing_other *best)
{
    return best->found && best->metres < radius_m ? best->metres : radius_m;
}

static void consider_units(const struct snapshot *s, const struct complaint_record *record,
                           struct placing_facts *facts, double radius_m,
                           struct weighing_other *best)
{
    for (int level = 0; level < LEVEL_COUNT; level++) {
        const struct snapshot_epoch *epoch =
            epoch_at(s, (enum boundary_level)level, record->received_at_us);
        int32_t *slot = level == LEVEL_WARD ? &facts->facts.ward : &facts->facts.district;
        int32_t own = *slot;
        struct geo_area_near near[NEAR_MAX];
        size_t n = epoch == NULL ? 0
                                 : geo_area_near(epoch->areas, record->place.point,
                                                 within(radius_m, best), near, NEAR_MAX);
        for (size_t i = 0; i < n && !(best->found && best->metres <= near[i].metres); i++) {
            *slot = epoch->boundaries[near[i].area];
            struct weighing_other other = {.number = *slot, .metres = near[i].metres};
            if (*slot != own) {
                other.agency = route_decide(s->rules, &facts->facts).agency;
                consider(best, &other, record->decision.agency);
            }
        }
        *slot = own;
    }
}

/* An area that the point does not lie in: the decision as if it did. */
static void consider_areas(const struct snapshot *s, const struct complaint_record *record,
                           struct placing_facts *facts, double radius_m,
                           struct weighing_other *best)
{
    struct geo_area_near near[NEAR_MAX];
    size_t n = s->special_areas == NULL ? 0
                                        : geo_area_near(s->special_areas, record->place.point,
                                                        within(radius_m, best), near, NEAR_MAX);
    size_t own = facts->facts.n_areas;
    for (size_t i = 0; i < n && own < PLACING_AREAS_MAX; i++) {
        if (near[i].metres <= 0 || (best->found && best->metres <= near[i].metres)) {
            continue;
        }
        struct weighing_other other = {.is_area = true,
                                       .number = s->special_jurisdiction[near[i].area],
                                       .metres = near[i].metres};
        facts->areas[own] = other.number;
        facts->facts.n_areas = own + 1;
        other.agency = route_decide(s->rules, &facts->facts).agency;
        consider(best, &other, record->decision.agency);
        facts->facts.n_areas = own;
    }
}

/* `facts` are the record's, and are left as they were. */
static struct weighing_other nearest_other(const struct snapshot *s,
                                           const struct complaint_record *record,
                                           struct placing_facts *facts, double radius_m)
{
    struct weighing_other best = {.found = false};
    if (record->place.has_point) {
        consider_units(s, record, facts, radius_m, &best);
        consider_areas(s, record, facts, radius_m, &best);
    }
    return best;
}

struct weighing_other weighing_nearest_other(const struct snapshot *s,
                                             const struct complaint_record *record, double radius_m)
{
    struct placing_facts facts;
    placing_facts_fill(&facts, s, record->draft, &record->place, record->received_at_us);
    struct weighing_other other = nearest_other(s, record, &facts, radius_m);
    placing_facts_clear(&facts);
    return other;
}

void weighing_other_json(struct strbuf *out, const struct snapshot *s,
                         const struct weighing_other *other)
{
    if (!other->found) {
        strbuf_append_z(out, "null");
        return;
    }
    strbuf_append_char(out, '{');
    json_text_field(out, other->is_area ? "jurisdiction" : "unit",
                    other->is_area ? s->jurisdictions[other->number].code
                                   : s->boundaries[other->number].code);
    json_text_field(out, "name",
                    other->is_area ? s->jurisdictions[other->number].name
                                   : s->boundaries[other->number].name);
    json_text_field(out, "agency", s->agencies[other->agency].code);
    json_text_key(out, "metres");
    json_text_fixed(out, other->metres, 1);
    strbuf_append_char(out, '}');
}

/* ---- shares ---- */

static void add_sample(struct weighing_share *out, size_t *n, const struct route_decision *d,
                       const struct complaint_place *place)
{
    for (size_t i = 0; i < *n; i++) {
        if (out[i].agency == d->agency) {
            out[i].share += 1;
            return;
        }
    }
    if (*n < WEIGHING_SHARES_MAX) {
        out[(*n)++] = (struct weighing_share){.agency = d->agency,
                                              .share = 1,
                                              .decision = *d,
                                              .ward = place->ward,
                                              .district = place->district};
    }
}

static void sort_shares(struct weighing_share *out, size_t n, size_t samples)
{
    for (size_t i = 0; i < n; i++) {
        out[i].share /= (double)samples;
        for (size_t k = i; k > 0 && out[k].share > out[k - 1].share; k--) {
            struct weighing_share swap = out[k];
            out[k] = out[k - 1];
            out[k - 1] = swap;
        }
    }
}

/* The i-th of n points of equal weight: on a spiral by the golden angle, each ring as dense. */
static struct geo_point spiral(struct geo_point centre, double radius_m, size_t i, size_t n)
{
    struct geo_degree d = geo_metres_per_degree(centre.lat);
    double r = radius_m * sqrt(((double)i + 0.5) / (double)n);
    double angle = (double)i * 2.39996322972865332;
    return (struct geo_point){centre.lon + r * cos(angle) / d.lon,
                              centre.lat + r * sin(angle) / d.lat};
}

size_t weighing_shares(const struct snapshot *s, const struct complaint_record *record,
                       size_t samples, struct weighing_share out[WEIGHING_SHARES_MAX])
{
    const struct complaint_draft *draft = record->draft;
    size_t n = 0;
    if (!record->place.has_point || !(draft->accuracy_m > 0)) {
        return 0;
    }
    double radius = fmin(draft->accuracy_m, WEIGHING_ACCURACY_M);
    /* The reading itself counts too, and comes first, so that it is never left out. */
    add_sample(out, &n, &record->decision, &record->place);
    for (size_t i = 0; i < samples; i++) {
        struct complaint_place place = record->place;
        place.point = spiral(record->place.point, radius, i, samples);
        place.ward = snapshot_boundary_at(s, LEVEL_WARD, place.point, record->received_at_us);
        place.district =
            snapshot_boundary_at(s, LEVEL_DISTRICT, place.point, record->received_at_us);
        struct route_decision d = placing_route(s, draft, &place, record->received_at_us);
        add_sample(out, &n, &d, &place);
    }
    sort_shares(out, n, samples + 1);
    return n;
}

static const char *unit_name(const struct snapshot *s, const struct weighing_share *share)
{
    int32_t unit = share->ward >= 0 ? share->ward : share->district;
    return unit < 0 ? NULL : s->boundaries[unit].name;
}

static const char *rule_name(const struct snapshot *s, const struct route_decision *d, bool english)
{
    if (d->rule >= 0) {
        const struct route_rule *r = route_rules_rule(s->rules, d->rule);
        return english ? r->name_en : r->name_vi;
    }
    return d->jurisdiction >= 0 ? s->jurisdictions[d->jurisdiction].name : NULL;
}

/* What to ask the reporter: it tells the two largest shares apart. */
static void question_json(struct strbuf *out, const struct snapshot *s,
                          const struct weighing_share *shares, bool english)
{
    struct strbuf text;
    strbuf_init(&text, LINE_MAX_N);
    const char *a = unit_name(s, &shares[0]);
    const char *b = unit_name(s, &shares[1]);
    bool by_unit = a != NULL && b != NULL && strcmp(a, b) != 0 && shares[0].decision.rule < 0 &&
                   shares[1].decision.rule < 0;
    if (!by_unit) {
        a = rule_name(s, &shares[0].decision, english);
        b = rule_name(s, &shares[1].decision, english);
    }
    if (a == NULL || b == NULL) {
        strbuf_append_z(&text, english ? "Where exactly is it: which street and house number?"
                                       : "Vị trí chính xác ở đâu: đường nào, số nhà nào?");
    } else if (by_unit) {
        strbuf_printf(&text,
                      english ? "On which side of the boundary is it: %s or %s?"
                              : "Nằm ở phía nào của ranh giới: %s hay %s?",
                      a, b);
    } else {
        strbuf_printf(&text,
                      english ? "Which is it about: “%s” or “%s”?" : "Phản ánh về “%s” hay “%s”?",
                      a, b);
    }
    json_text_field(out, english ? "en" : "vi", text.p);
    strbuf_free(&text);
}

void weighing_shares_json(struct strbuf *out, const struct snapshot *s,
                          const struct complaint_record *record,
                          const struct weighing_share *shares, size_t n)
{
    if (n < 2) {
        strbuf_append_z(out, "null");
        return;
    }
    strbuf_append_char(out, '{');
    json_text_field_number(out, "accuracy_m", record->draft->accuracy_m);
    json_text_key(out, "shares");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        const struct snapshot_agency *a = &s->agencies[shares[i].agency];
        strbuf_append_z(out, i == 0 ? "{" : ",{");
        json_text_field(out, "agency", a->code);
        json_text_field(out, "name", a->name);
        json_text_field(out, "rule", placing_rule_code(s, &shares[i].decision));
        json_text_key(out, "share");
        json_text_fixed(out, shares[i].share, 3);
        strbuf_append_char(out, '}');
    }
    strbuf_append_z(out, "],\"question\":{");
    question_json(out, s, shares, false);
    question_json(out, s, shares, true);
    strbuf_append_char(out, '}');
    json_text_field(out, "default", s->agencies[record->decision.agency].code);
    strbuf_append_char(out, '}');
}

/* ---- what was tried ---- */

static void value_json(struct strbuf *out, const struct snapshot *s, const struct route_trace *t,
                       size_t i)
{
    const struct route_condition *c = &route_rules_rule(s->rules, t->rule)->conditions[i];
    struct strbuf line;
    strbuf_init(&line, LINE_MAX_N);
    route_condition_write(c, &line);
    strbuf_append_char(out, '{');
    json_text_field(out, "when", line.failed ? "…" : line.p);
    strbuf_free(&line);
    json_text_field_bool(out, "holds", t->values[i].holds);
    if (isfinite(t->values[i].metres)) {
        json_text_key(out, "metres");
        json_text_fixed(out, t->values[i].metres, 2);
    }
    strbuf_append_char(out, '}');
}

void weighing_trace_json(struct strbuf *out, const struct snapshot *s, const struct route_trace *t)
{
    bool rule = t->rule >= 0;
    strbuf_append_char(out, '{');
    json_text_field(out, "rule",
                    rule ? route_rules_rule(s->rules, t->rule)->code
                         : s->jurisdictions[t->jurisdiction].code);
    json_text_field(out, "name",
                    rule ? route_rules_rule(s->rules, t->rule)->name_vi
                         : s->jurisdictions[t->jurisdiction].name);
    json_text_field(out, "agency", t->agency < 0 ? NULL : s->agencies[t->agency].code);
    json_text_field_bool(out, "category", t->category_ok);
    json_text_field_bool(out, "place", t->place_ok);
    json_text_field_bool(out, "in_force", t->in_force && t->agency_in_force);
    json_text_field_bool(out, "won", t->won);
    if (t->failure != ROUTE_FAILED_NONE) {
        json_text_field(out, "skipped", route_failure_name(t->failure));
    }
    if (rule) {
        json_text_key(out, "conditions");
        strbuf_append_char(out, '[');
        for (size_t i = 0; i < t->n_values; i++) {
            strbuf_append_z(out, i == 0 ? "" : ",");
            value_json(out, s, t, i);
        }
        strbuf_append_char(out, ']');
    }
    strbuf_append_char(out, '}');
}

/* ---- the record ---- */

/* A tried row shortly: its code, and of each condition whether it holds, or how far it is. */
static void tried_json(struct strbuf *out, const struct snapshot *s, const struct route_trace *t)
{
    strbuf_append_z(out, "[");
    json_text_string(out, t->rule >= 0 ? route_rules_rule(s->rules, t->rule)->code
                                       : s->jurisdictions[t->jurisdiction].code);
    strbuf_append_z(out, t->won ? ",\"won\"" : t->in_force ? ",\"tried\"" : ",\"not in force\"");
    for (size_t i = 0; i < t->n_values; i++) {
        strbuf_append_z(out, t->values[i].holds ? ",true" : ",false");
        if (isfinite(t->values[i].metres)) {
            strbuf_append_char(out, ',');
            json_text_fixed(out, t->values[i].metres, 2);
        }
    }
    strbuf_append_char(out, ']');
}

static void tried_list_json(struct strbuf *out, const struct snapshot *s,
                            const struct complaint_record *record, const struct route_facts *facts)
{
    struct route_trace tried[TRIED_MAX];
    size_t n = route_decide_tried(s->rules, facts, &record->decision, tried, TRIED_MAX);
    json_text_key(out, "tried");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < n && i < TRIED_MAX; i++) {
        strbuf_append_z(out, i == 0 ? "" : ",");
        tried_json(out, s, &tried[i]);
    }
    strbuf_append_char(out, ']');
    if (n > TRIED_MAX) {
        json_text_field_int(out, "tried_more", (int64_t)(n - TRIED_MAX));
    }
}

static void generation_json(struct strbuf *out, const struct snapshot *s, int64_t at_us)
{
    static const char *const levels[LEVEL_COUNT] = {"ward", "district"};
    json_text_key(out, "generation");
    strbuf_append_char(out, '{');
    for (int level = 0; level < LEVEL_COUNT; level++) {
        const struct snapshot_epoch *epoch = epoch_at(s, (enum boundary_level)level, at_us);
        json_text_field(out, levels[level], epoch == NULL ? NULL : epoch->from_day);
    }
    strbuf_append_char(out, '}');
}

static void others_json(struct strbuf *out, const struct snapshot *s,
                        const struct route_decision *d)
{
    if (d->n_others > 0) {
        json_text_key(out, "others");
        strbuf_append_char(out, '[');
        for (int32_t i = 0; i < d->n_others; i++) {
            strbuf_append_z(out, i == 0 ? "" : ",");
            json_text_string(out, s->agencies[d->others[i]].code);
        }
        strbuf_append_char(out, ']');
    }
    if (d->n_skipped > 0) {
        json_text_key(out, "skipped");
        strbuf_append_char(out, '[');
        for (int32_t i = 0; i < d->n_skipped && i < ROUTE_SKIPPED_MAX; i++) {
            strbuf_append_z(out, i == 0 ? "{" : ",{");
            json_text_field(out, "rule", route_rules_rule(s->rules, d->skipped[i].rule)->code);
            json_text_field(out, "why", route_failure_name(d->skipped[i].why));
            strbuf_append_char(out, '}');
        }
        strbuf_append_char(out, ']');
    }
}

/* May the decision change within the accuracy? Not where no line is that near and no rule for the
 * category asks for layers. */
static bool in_doubt(const struct snapshot *s, const struct complaint_record *record,
                     const struct weighing_other *other)
{
    double accuracy = record->draft->accuracy_m;
    if (!(accuracy > 0) || !record->place.has_point) {
        return false;
    }
    return (other->found && other->metres <= accuracy) ||
           (route_rules_asks(s->rules, record->draft->category) & ROUTE_ASKS_LAYERS) != 0;
}

void weighing_record_json(struct strbuf *out, const struct snapshot *s,
                          const struct complaint_record *record, struct placing_facts *facts)
{
    const struct route_decision *d = &record->decision;
    /* As far as the reading may be off, so that its doubt is seen; fmax leaves out NaN and -1. */
    double radius = fmax(WEIGHING_NEAR_M, fmin(record->draft->accuracy_m, WEIGHING_ACCURACY_M));
    struct weighing_other other = nearest_other(s, record, facts, radius);
    strbuf_append_char(out, '{');
    json_text_field_int(out, "rules", route_rules_version(s->rules));
    generation_json(out, s, record->received_at_us);
    json_text_field(out, "rule", placing_rule_code(s, d));
    json_text_field(out, "class", route_class_name(d->rule_class));
    if (d->runner_up_agency >= 0) {
        json_text_key(out, "runner_up");
        strbuf_append_char(out, '{');
        json_text_field(out, "rule", placing_runner_up_code(s, d));
        json_text_field(out, "agency", s->agencies[d->runner_up_agency].code);
        strbuf_append_char(out, '}');
    }
    others_json(out, s, d);
    tried_list_json(out, s, record, &facts->facts);
    json_text_key(out, "nearest_other");
    weighing_other_json(out, s, &other);
    if (in_doubt(s, record, &other)) {
        struct weighing_share shares[WEIGHING_SHARES_MAX];
        size_t n = weighing_shares(s, record, WEIGHING_SAMPLES, shares);
        if (n > 1) {
            json_text_key(out, "uncertainty");
            weighing_shares_json(out, s, record, shares, n);
        }
    }
    strbuf_append_char(out, '}');
}

/* ---- failures ---- */

void weighing_count_failures(const struct snapshot *s, const struct route_decision *d)
{
    for (int32_t i = 0; i < d->n_skipped && i < ROUTE_SKIPPED_MAX; i++) {
        uint64_t n = __atomic_add_fetch(&s->rule_failures[d->skipped[i].rule], 1, __ATOMIC_RELAXED);
        if ((n & (n - 1)) == 0) {
            log_warn("rules.failed", "rule=%s why=%s times=%" PRIu64,
                     route_rules_rule(s->rules, d->skipped[i].rule)->code,
                     route_failure_name(d->skipped[i].why), n);
        }
    }
}
