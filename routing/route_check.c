#include "routing/route_check.h"

#include <string.h>

#include "server/base/str.h"

#define DEPTH_ANY  254
#define DEPTH_NONE 255

static bool same_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

bool route_check_same_outcome(const struct route_outcome *a, const struct route_outcome *b)
{
    return a->kind == b->kind && same_text(a->code, b->code) && same_text(a->desk, b->desk) &&
           same_text(a->attribute, b->attribute) &&
           (a->kind != ROUTE_TO_UNIT || a->level == b->level);
}

/* ---- precedence, as route_rules.h states it ---- */

static bool on_category(const struct route_condition *c)
{
    return c->kind == ROUTE_IF_CATEGORY && !c->negated;
}

static bool on_place(const struct route_condition *c)
{
    return !c->negated && (c->kind == ROUTE_IF_BOUNDARY || c->kind == ROUTE_IF_JURISDICTION ||
                           c->kind == ROUTE_IF_LAYER || c->kind == ROUTE_IF_NEAR);
}

/* How closely one condition names the category: 0 itself, 1 its parent, ... */
static int named_depth(const struct route_rules *rules, const struct route_condition *c,
                       int32_t category)
{
    for (int depth = 0; category != ROUTE_NONE; depth++) {
        for (size_t i = 0; i < c->n_values; i++) {
            if (route_rules_find_category(rules, str_of(c->values[i])) == category) {
                return depth;
            }
        }
        category = route_rules_category(rules, category)->parent;
    }
    return DEPTH_NONE;
}

static int category_depth(const struct route_rules *rules, const struct route_rule *rule,
                          int32_t category)
{
    int depth = DEPTH_ANY;
    for (size_t i = 0; i < rule->n_conditions; i++) {
        if (on_category(&rule->conditions[i])) {
            int named = named_depth(rules, &rule->conditions[i], category);
            if (named == DEPTH_NONE) {
                return DEPTH_NONE;
            }
            depth = named < depth ? named : depth;
        }
    }
    return depth;
}

static int place_rank(const struct route_rule *rule)
{
    int rank = ROUTE_REACH_CITY;
    for (size_t i = 0; i < rule->n_conditions; i++) {
        const struct route_condition *c = &rule->conditions[i];
        if (on_place(c)) {
            int own = c->kind == ROUTE_IF_BOUNDARY ? (int)c->level : (int)ROUTE_REACH_AREA;
            rank = own < rank ? own : rank;
        }
    }
    return rank;
}

static int others(const struct route_rule *rule)
{
    int n = 0;
    for (size_t i = 0; i < rule->n_conditions; i++) {
        n += !on_category(&rule->conditions[i]) && !on_place(&rule->conditions[i]);
    }
    return n;
}

/* Below 0: a comes first by class and specificity; 0: they are tied. */
static int compare_specificity(const struct route_rules *rules, const struct route_rule *a,
                               const struct route_rule *b, int32_t category)
{
    if (a->rule_class != b->rule_class) {
        return (int)a->rule_class - (int)b->rule_class;
    }
    int by_category = category_depth(rules, a, category) - category_depth(rules, b, category);
    if (by_category != 0) {
        return by_category;
    }
    int by_place = place_rank(a) - place_rank(b);
    return by_place != 0 ? by_place : others(b) - others(a);
}

bool route_check_tied(const struct route_rules *rules, int32_t a, int32_t b, int32_t category)
{
    return compare_specificity(rules, route_rules_rule(rules, a), route_rules_rule(rules, b),
                               category) == 0;
}

static bool comes_before(const struct route_rules *rules, const struct route_rule *a,
                         const struct route_rule *b, int32_t category)
{
    int order = compare_specificity(rules, a, b, category);
    if (order == 0 && a->position != b->position) {
        return a->position < b->position;
    }
    return order != 0 ? order < 0 : strcmp(a->code, b->code) < 0;
}

/* ---- implication ---- */

static bool has_value(const struct route_condition *c, const char *value)
{
    for (size_t i = 0; i < c->n_values; i++) {
        if (strcmp(c->values[i], value) == 0) {
            return true;
        }
    }
    return false;
}

static bool values_within(const struct route_condition *a, const struct route_condition *b)
{
    for (size_t i = 0; i < a->n_values; i++) {
        if (!has_value(b, a->values[i])) {
            return false;
        }
    }
    return true;
}

static bool same_filter(const struct route_filter *a, const struct route_filter *b)
{
    if (!same_text(a->attribute, b->attribute) || a->negated != b->negated ||
        a->n_values != b->n_values) {
        return false;
    }
    for (size_t i = 0; i < a->n_values; i++) {
        if (strcmp(a->values[i], b->values[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool same_filters(const struct route_condition *a, const struct route_condition *b)
{
    bool same = a->n_filters == b->n_filters;
    for (size_t i = 0; same && i < a->n_filters; i++) {
        same = same_filter(&a->filters[i], &b->filters[i]);
    }
    return same;
}

/* The same question but for its values and metres. */
static bool comparable(const struct route_condition *a, const struct route_condition *b)
{
    return a->kind == b->kind && a->negated == b->negated && same_text(a->key, b->key) &&
           (a->kind != ROUTE_IF_BOUNDARY || a->level == b->level) && same_filters(a, b) &&
           a->first_minute == b->first_minute && a->last_minute == b->last_minute &&
           a->weekdays == b->weekdays;
}

/* Whenever `a` holds, `b` does. */
static bool implies(const struct route_condition *a, const struct route_condition *b)
{
    if (!comparable(a, b)) {
        return false;
    }
    const struct route_condition *narrow = a->negated ? b : a;
    const struct route_condition *wide = a->negated ? a : b;
    if (wide->kind == ROUTE_IF_ATTRIBUTE && wide->n_values == 0) {
        return true; /* "is given at all" */
    }
    if (narrow->kind == ROUTE_IF_ATTRIBUTE && narrow->n_values == 0) {
        return false;
    }
    return values_within(narrow, wide) && narrow->metres <= wide->metres;
}

static bool implied_by_some(const struct route_rule *rule, const struct route_condition *wanted)
{
    for (size_t i = 0; i < rule->n_conditions; i++) {
        if (implies(&rule->conditions[i], wanted)) {
            return true;
        }
    }
    return false;
}

/* ---- shadows ---- */

/* Its agency answers throughout the other's time, from now on: the outcome cannot fail. */
static bool always_answers(const struct route_rules *rules, const struct route_rule *rule,
                           int64_t from_us, int64_t to_us)
{
    if (rule->outcome.kind != ROUTE_TO_AGENCY) {
        return false;
    }
    for (size_t i = 0; i < route_rules_n_agencies(rules); i++) {
        const struct route_agency *a = route_rules_agency(rules, (int32_t)i);
        if (same_text(a->code, rule->outcome.code) && a->valid_from_us <= from_us &&
            a->valid_to_us >= to_us) {
            return true;
        }
    }
    return false;
}

static bool hides(const struct route_rules *rules, const struct route_rule *s,
                  const struct route_rule *r, int64_t now_us)
{
    int64_t from = r->valid_from_us > now_us ? r->valid_from_us : now_us;
    if (s->valid_from_us > from || s->valid_to_us < r->valid_to_us ||
        !always_answers(rules, s, from, r->valid_to_us)) {
        return false;
    }
    for (size_t i = 0; i < s->n_conditions; i++) {
        if (!on_category(&s->conditions[i]) && !implied_by_some(r, &s->conditions[i])) {
            return false;
        }
    }
    for (int32_t c = 0; c < (int32_t)route_rules_n_categories(rules); c++) {
        if (category_depth(rules, r, c) != DEPTH_NONE &&
            (category_depth(rules, s, c) == DEPTH_NONE || !comes_before(rules, s, r, c))) {
            return false;
        }
    }
    return true;
}

size_t route_check_shadows(const struct route_rules *rules, int64_t now_us,
                           struct route_shadow *out, size_t max)
{
    size_t n = 0;
    int32_t count = (int32_t)route_rules_n_rules(rules);
    for (int32_t r = 0; r < count && n < max; r++) {
        const struct route_rule *rule = route_rules_rule(rules, r);
        for (int32_t s = 0; rule->valid_to_us > now_us && s < count; s++) {
            if (s != r && hides(rules, route_rules_rule(rules, s), rule, now_us)) {
                out[n++] = (struct route_shadow){r, s};
                break;
            }
        }
    }
    return n;
}
