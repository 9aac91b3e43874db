/* Rules copied and their names looked up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_rule_text.h"
#include "routing/route_rules_internal.h"

#define LINE_SHOWN 200

struct binding {
    struct route_rules *rules;
    const struct route_rules_source *source;
    const struct route_rule *rule; /* the one at hand */
    struct route_bound_rule *bound;
    struct err *e;
};

static enum status refuse(struct binding *b, const struct route_condition *c, const char *what,
                          const char *name)
{
    struct strbuf line;
    strbuf_init(&line, ROUTE_TEXT_LINE_MAX);
    if (c) {
        route_condition_write(c, &line);
    }
    enum status status = err_set(b->e, STATUS_INVALID, "rule %s%s%.*s%s: %s%s%.80s%s",
                                 b->rule->code, c ? " ('" : "", LINE_SHOWN, line.p, c ? "')" : "",
                                 what, name ? " '" : "", name ? name : "", name ? "'" : "");
    strbuf_free(&line);
    return status;
}

static enum status short_of_memory(struct binding *b)
{
    return err_set(b->e, STATUS_NO_MEMORY, "rules: no memory for %zu rules", b->source->n_rules);
}

/* ---- copying ---- */

static bool copy_values(struct route_rules *rules, const char *const **slot, size_t n)
{
    const char **copy = route_rules_alloc(rules, n + 1, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++) {
        if (!route_rules_copy_text(rules, &copy[i], (*slot)[i])) {
            return false;
        }
    }
    *slot = copy;
    return copy != NULL;
}

static bool copy_condition(struct route_rules *rules, struct route_condition *c)
{
    bool done = route_rules_copy_text(rules, &c->key, c->key) &&
                copy_values(rules, &c->values, c->n_values);
    for (size_t i = 0; done && i < c->n_filters; i++) {
        done = route_rules_copy_text(rules, &c->filters[i].attribute, c->filters[i].attribute) &&
               copy_values(rules, &c->filters[i].values, c->filters[i].n_values);
    }
    return done;
}

static bool copy_outcome(struct route_rules *rules, struct route_outcome *o)
{
    return route_rules_copy_text(rules, &o->code, o->code) &&
           route_rules_copy_text(rules, &o->desk, o->desk) &&
           route_rules_copy_text(rules, &o->attribute, o->attribute);
}

static bool copy_lists(struct route_rules *rules, struct route_rule *r)
{
    struct route_condition *c = route_rules_alloc(rules, r->n_conditions + 1, sizeof *c);
    struct route_outcome *p = route_rules_alloc(rules, r->n_partners + 1, sizeof *p);
    bool done = c && p;
    for (size_t i = 0; done && i < r->n_conditions; i++) {
        c[i] = r->conditions[i];
        done = copy_condition(rules, &c[i]);
    }
    for (size_t i = 0; done && i < r->n_partners; i++) {
        p[i] = r->partners[i];
        done = copy_outcome(rules, &p[i]);
    }
    r->conditions = c;
    r->partners = p;
    return done;
}

static bool copy_rule(struct route_rules *rules, struct route_rule *r)
{
    const char **const texts[] = {&r->code,     &r->name_vi, &r->name_en, &r->valid_from,
                                  &r->valid_to, &r->author,  &r->reason};
    bool done = true;
    for (size_t i = 0; done && i < sizeof texts / sizeof *texts; i++) {
        done = route_rules_copy_text(rules, texts[i], *texts[i]);
    }
    return done && copy_outcome(rules, &r->outcome) && copy_lists(rules, r);
}

/* ---- questions ---- */

static bool same_filters(const struct route_question *q, const struct route_condition *c)
{
    if (q->n_filters != c->n_filters) {
        return false;
    }
    for (size_t i = 0; i < q->n_filters; i++) {
        const struct route_filter *x = &q->filters[i];
        const struct route_filter *y = &c->filters[i];
        if (x->negated != y->negated || x->n_values != y->n_values ||
            strcmp(x->attribute, y->attribute) != 0) {
            return false;
        }
        for (size_t k = 0; k < x->n_values; k++) {
            if (strcmp(x->values[k], y->values[k]) != 0) {
                return false;
            }
        }
    }
    return true;
}

static enum status bind_question(struct binding *b, const struct route_condition *c,
                                 const char *owner, int32_t *number)
{
    struct route_rules *rules = b->rules;
    bool inside = c->kind == ROUTE_IF_LAYER;
    struct route_question *q = NULL;
    for (size_t i = 0; i < rules->n_questions && !q; i++) {
        struct route_question *known = &rules->questions[i];
        const char *its = known->owner_attribute;
        if (known->inside == inside && strcmp(known->layer, c->key) == 0 &&
            same_filters(known, c) && (!owner || !its || strcmp(owner, its) == 0)) {
            q = known;
        }
    }
    if (!q && rules->n_questions == ROUTE_QUESTIONS_MAX) {
        return refuse(b, c, "the rules ask more of the layers than this can hold", NULL);
    }
    if (!q) {
        q = &rules->questions[rules->n_questions++];
        *q = (struct route_question){
            .layer = c->key, .filters = c->filters, .n_filters = c->n_filters, .inside = inside};
    }
    q->owner_attribute = owner ? owner : q->owner_attribute;
    q->reach_m = c->metres > q->reach_m ? c->metres : q->reach_m;
    *number = (int32_t)(q - rules->questions);
    return STATUS_OK;
}

/* The attribute whose owner the rule's outcomes want of that layer; NULL none. */
static const char *owner_wanted(const struct route_rule *r, const char *layer)
{
    const char *wanted = NULL;
    for (size_t i = 0; i <= r->n_partners; i++) {
        const struct route_outcome *o = i == 0 ? &r->outcome : &r->partners[i - 1];
        if (!wanted && o->kind == ROUTE_TO_OWNER && strcmp(o->code, layer) == 0) {
            wanted = o->attribute;
        }
    }
    return wanted;
}

static enum status bind_layer(struct binding *b, const struct route_condition *c,
                              struct route_check *check)
{
    const struct route_layer *layer = NULL;
    for (size_t i = 0; i < b->source->n_layers; i++) {
        if (strcmp(b->source->layers[i].code, c->key) == 0) {
            layer = &b->source->layers[i];
        }
    }
    if (!layer) {
        return refuse(b, c, "there is no layer", c->key);
    }
    if (c->kind == ROUTE_IF_LAYER && !layer->polygons) {
        return refuse(b, c, "nothing lies inside points or lines: write within N m of", NULL);
    }
    check->metres = c->kind == ROUTE_IF_LAYER ? 0 : c->metres;
    if (check->metres < 0 || check->metres > ROUTE_METRES_MAX) {
        return refuse(b, c, "the distance is out of range", NULL);
    }
    return bind_question(b, c, c->negated ? NULL : owner_wanted(b->rule, c->key), &check->question);
}

/* ---- conditions ---- */

static int compare_numbers(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Of the `n` rows with `code_of`, the numbers of those that a value names. */
static enum status bind_numbers(struct binding *b, const struct route_condition *c, bool units,
                                struct route_check *check)
{
    const struct route_rules_source *s = b->source;
    size_t n_rows = units ? s->n_units : s->n_jurisdictions;
    int32_t *numbers = route_rules_alloc(b->rules, n_rows + 1, sizeof *numbers);
    if (!numbers) {
        return short_of_memory(b);
    }
    for (size_t v = 0; v < c->n_values; v++) {
        size_t before = check->n;
        for (size_t i = 0; i < n_rows && check->n < n_rows; i++) {
            bool named =
                units ? s->units[i].level == c->level && strcmp(s->units[i].code, c->values[v]) == 0
                      : strcmp(s->jurisdictions[i].code, c->values[v]) == 0;
            if (named) {
                numbers[check->n++] = (int32_t)i;
            }
        }
        if (check->n == before) {
            return refuse(b, c, units ? "there is no unit" : "there is no jurisdiction",
                          c->values[v]);
        }
    }
    qsort(numbers, check->n, sizeof *numbers, compare_numbers);
    check->numbers = numbers;
    return STATUS_OK;
}

static enum status bind_texts(struct binding *b, const struct route_condition *c,
                              struct route_check *check)
{
    struct str *texts = route_rules_alloc(b->rules, c->n_values + 1, sizeof *texts);
    if (!texts) {
        return short_of_memory(b);
    }
    for (size_t i = 0; i < c->n_values; i++) {
        texts[i] = str_of(c->values[i]);
        if (c->kind == ROUTE_IF_WORDS) {
            size_t cap = texts[i].n * 4 + 1;
            char *folded = route_rules_alloc(b->rules, cap, 1);
            if (!folded) {
                return short_of_memory(b);
            }
            size_t n = b->source->fold ? b->source->fold(texts[i], folded, cap) : 0;
            texts[i] = (struct str){folded, n};
            if (n == 0) {
                return refuse(b, c, "no word is in", c->values[i]);
            }
        }
    }
    check->texts = texts;
    check->n = c->n_values;
    return STATUS_OK;
}

static enum status bind_categories(struct binding *b, const struct route_condition *c,
                                   struct route_check *check)
{
    struct route_rules *rules = b->rules;
    size_t n_slots = rules->n_categories + 1;
    uint8_t *depths = route_rules_alloc(rules, n_slots, 1);
    if (!depths) {
        return short_of_memory(b);
    }
    memset(depths, ROUTE_DEPTH_NONE, n_slots);
    for (size_t v = 0; v < c->n_values; v++) {
        int32_t named = route_rules_find_category(rules, str_of(c->values[v]));
        if (named == ROUTE_NONE) {
            return refuse(b, c, "there is no category", c->values[v]);
        }
        for (size_t slot = 0; slot < rules->n_categories; slot++) {
            uint8_t depth = 0;
            int32_t at = (int32_t)slot;
            while (at != ROUTE_NONE && at != named) {
                at = rules->categories[at].parent;
                depth++;
            }
            if (at == named && depth < depths[slot]) {
                depths[slot] = depth;
            }
        }
    }
    check->depths = depths;
    return STATUS_OK;
}

static enum status bind_condition(struct binding *b, const struct route_condition *c,
                                  struct route_check *check)
{
    *check = (struct route_check){.kind = c->kind,
                                  .negated = c->negated,
                                  .level = c->level,
                                  .first_minute = c->first_minute,
                                  .last_minute = c->last_minute,
                                  .weekdays = c->weekdays};
    switch (c->kind) {
    case ROUTE_IF_CATEGORY:
        return bind_categories(b, c, check);
    case ROUTE_IF_BOUNDARY:
        return bind_numbers(b, c, true, check);
    case ROUTE_IF_JURISDICTION:
        return bind_numbers(b, c, false, check);
    case ROUTE_IF_LAYER:
    case ROUTE_IF_NEAR:
        return bind_layer(b, c, check);
    case ROUTE_IF_ATTRIBUTE:
        check->key = str_of(c->key);
        return bind_texts(b, c, check);
    case ROUTE_IF_CHANNEL:
    case ROUTE_IF_WORDS:
        return bind_texts(b, c, check);
    case ROUTE_IF_URGENT:
    case ROUTE_IF_TIME:
    case ROUTE_IF_WEEKDAY:
    case ROUTE_IF_WORKING_TIME:
        return STATUS_OK;
    }
    return refuse(b, NULL, "a condition of no known kind", NULL);
}

/* ---- outcomes ---- */

static enum status bind_agency(struct binding *b, const struct route_outcome *o)
{
    bool known = false;
    bool meets = false;
    for (size_t i = 0; i < b->source->n_agencies; i++) {
        const struct route_agency *a = &b->source->agencies[i];
        if (strcmp(a->code, o->code) == 0) {
            known = true;
            meets = meets || (a->valid_from_us < b->rule->valid_to_us &&
                              b->rule->valid_from_us < a->valid_to_us);
        }
    }
    if (!known || !meets) {
        return refuse(b, NULL,
                      known ? "in force at no time when the rule is: agency" : "there is no agency",
                      o->code);
    }
    bool found = !o->desk;
    for (size_t i = 0; i < b->source->n_desks && !found; i++) {
        const struct route_desk *d = &b->source->desks[i];
        found = strcmp(d->code, o->desk) == 0 &&
                strcmp(b->source->agencies[d->agency].code, o->code) == 0;
    }
    return found ? STATUS_OK : refuse(b, NULL, "the agency has no desk", o->desk);
}

struct by_key {
    uint64_t key;
    int32_t number;
};

static int compare_by_key(const void *a, const void *b)
{
    const struct by_key *x = a;
    const struct by_key *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* The jurisdictions of the set in order; a unit needs only to know that there are some. */
static enum status bind_set(struct binding *b, const char *code, struct route_bound_outcome *out)
{
    struct route_rules *rules = b->rules;
    int32_t *set = route_rules_alloc(rules, rules->n_jurisdictions + 1, sizeof *set);
    struct by_key *found = calloc(rules->n_jurisdictions + 1, sizeof *found);
    if (!set || !found) {
        free(found);
        return short_of_memory(b);
    }
    for (size_t i = 0; i < rules->n_jurisdictions; i++) {
        const char *its = rules->jurisdictions[i].set;
        if (its && strcmp(its, code) == 0) {
            found[out->n_set++] = (struct by_key){rules->rows[i].key, (int32_t)i};
        }
    }
    qsort(found, out->n_set, sizeof *found, compare_by_key);
    for (size_t i = 0; i < out->n_set; i++) {
        set[i] = found[i].number;
    }
    free(found);
    out->set = set;
    return out->n_set > 0 ? STATUS_OK : refuse(b, NULL, "no jurisdiction is of the set", code);
}

/* The rule's own condition on the layer, which says how near. */
static enum status bind_owner(struct binding *b, const struct route_outcome *o,
                              struct route_bound_outcome *out)
{
    const struct route_rule *r = b->rule;
    for (size_t i = 0; i < r->n_conditions; i++) {
        const struct route_condition *c = &r->conditions[i];
        bool on_layer = c->kind == ROUTE_IF_NEAR || c->kind == ROUTE_IF_LAYER;
        if (on_layer && !c->negated && strcmp(c->key, o->code) == 0) {
            return bind_question(b, c, o->attribute, &out->question);
        }
    }
    return refuse(b, NULL, "an owner needs a condition on the layer", o->code);
}

static enum status bind_outcome(struct binding *b, const struct route_outcome *o,
                                struct route_bound_outcome *out)
{
    *out = (struct route_bound_outcome){
        .kind = o->kind, .level = o->level, .code = o->code, .desk = o->desk};
    switch (o->kind) {
    case ROUTE_TO_AGENCY:
        return bind_agency(b, o);
    case ROUTE_TO_UNIT:
        return o->code ? bind_set(b, o->code, out) : STATUS_OK;
    case ROUTE_TO_HOLDER:
        return bind_set(b, o->code, out);
    case ROUTE_TO_OWNER:
        return bind_owner(b, o, out);
    }
    return refuse(b, NULL, "an outcome of no known kind", NULL);
}

/* ---- one rule ---- */

static int cost_of(enum route_condition_kind kind)
{
    switch (kind) {
    case ROUTE_IF_CATEGORY:
    case ROUTE_IF_URGENT:
        return 0; /* settled by the category */
    case ROUTE_IF_BOUNDARY:
    case ROUTE_IF_CHANNEL:
    case ROUTE_IF_ATTRIBUTE:
        return 1;
    case ROUTE_IF_JURISDICTION:
        return 2;
    case ROUTE_IF_TIME:
    case ROUTE_IF_WEEKDAY:
    case ROUTE_IF_WORKING_TIME:
        return 3;
    case ROUTE_IF_WORDS:
        return 4;
    case ROUTE_IF_LAYER:
    case ROUTE_IF_NEAR:
        return 5;
    }
    return 5;
}

static void order_checks(struct route_bound_rule *bound)
{
    for (int cost = 1; cost <= 5; cost++) {
        for (size_t i = 0; i < bound->n_checks; i++) {
            if (cost_of(bound->checks[i].kind) == cost) {
                bound->order[bound->n_order++] = (uint8_t)i;
            }
        }
    }
}

/* The place it asks for, and how many conditions are on neither category nor place. */
static void measure(const struct route_rule *r, enum route_reach *reach, uint64_t *further)
{
    *reach = ROUTE_REACH_CITY;
    *further = 0;
    for (size_t i = 0; i < r->n_conditions; i++) {
        const struct route_condition *c = &r->conditions[i];
        enum route_reach its = ROUTE_REACH_CITY;
        switch (c->kind) {
        case ROUTE_IF_CATEGORY:
            continue;
        case ROUTE_IF_BOUNDARY:
            its = c->level;
            break;
        case ROUTE_IF_JURISDICTION:
        case ROUTE_IF_LAYER:
        case ROUTE_IF_NEAR:
            its = ROUTE_REACH_AREA;
            break;
        case ROUTE_IF_ATTRIBUTE:
        case ROUTE_IF_CHANNEL:
        case ROUTE_IF_URGENT:
        case ROUTE_IF_TIME:
        case ROUTE_IF_WEEKDAY:
        case ROUTE_IF_WORKING_TIME:
        case ROUTE_IF_WORDS:
            *further += *further < ROUTE_KEY_EXTRA_NONE;
            continue;
        }
        if (!c->negated && its < *reach) {
            *reach = its;
        }
    }
}

static enum status check_rule(struct binding *b)
{
    const struct route_rule *r = b->rule;
    if (r->n_conditions > ROUTE_CONDITIONS_MAX || r->n_partners > ROUTE_PARTNERS_MAX) {
        return refuse(b, NULL, "it has too many conditions or others", NULL);
    }
    if (!r->name_vi || !*r->name_vi || !r->name_en || !*r->name_en) {
        return refuse(b, NULL, "it has no name in both languages", NULL);
    }
    if (r->valid_from_us >= r->valid_to_us) {
        return refuse(b, NULL, "it is never valid", NULL);
    }
    return STATUS_OK;
}

static enum status bind_rule(struct binding *b, uint64_t rank)
{
    const struct route_rule *r = b->rule;
    struct route_bound_rule *bound = b->bound;
    enum status status = check_rule(b);
    bound->n_checks = r->n_conditions;
    bound->checks = route_rules_alloc(b->rules, r->n_conditions + 1, sizeof *bound->checks);
    if (status == STATUS_OK && !bound->checks) {
        status = short_of_memory(b);
    }
    for (size_t i = 0; status == STATUS_OK && i < r->n_conditions; i++) {
        status = bind_condition(b, &r->conditions[i], &bound->checks[i]);
    }
    if (status == STATUS_OK) {
        status = bind_outcome(b, &r->outcome, &bound->outcome);
    }
    for (size_t i = 0; status == STATUS_OK && i < r->n_partners; i++) {
        status = bind_outcome(b, &r->partners[i], &bound->partners[i]);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t further;
    measure(r, &bound->reach, &further);
    order_checks(bound);
    bound->from_us = r->valid_from_us;
    bound->to_us = r->valid_to_us;
    bound->key = (uint64_t)r->rule_class << ROUTE_KEY_CLASS_SHIFT |
                 (uint64_t)bound->reach << ROUTE_KEY_REACH_SHIFT |
                 (ROUTE_KEY_EXTRA_NONE - further) << ROUTE_KEY_EXTRA_SHIFT | rank;
    return STATUS_OK;
}

/* ---- per category ---- */

/* How closely the rule names the slot's category: by its first list that isn't negated. */
static uint8_t rule_depth(const struct route_rules *rules, const struct route_bound_rule *bound,
                          size_t slot)
{
    uint8_t depth = ROUTE_DEPTH_ANY;
    for (size_t i = 0; i < bound->n_checks; i++) {
        const struct route_check *c = &bound->checks[i];
        bool holds = true;
        if (c->kind == ROUTE_IF_CATEGORY) {
            holds = (c->depths[slot] != ROUTE_DEPTH_NONE) != c->negated;
            depth = !c->negated && depth == ROUTE_DEPTH_ANY ? c->depths[slot] : depth;
        } else if (c->kind == ROUTE_IF_URGENT) {
            holds = (slot < rules->n_categories && rules->categories[slot].urgent) != c->negated;
        }
        if (!holds) {
            return ROUTE_DEPTH_NONE;
        }
    }
    return depth;
}

static void note_asks(struct route_rules *rules, size_t slot, const struct route_bound_rule *bound)
{
    for (size_t i = 0; i < bound->n_order; i++) {
        enum route_condition_kind kind = bound->checks[bound->order[i]].kind;
        rules->asks[slot] |= kind == ROUTE_IF_WORDS       ? ROUTE_ASKS_WORDS
                             : kind == ROUTE_IF_ATTRIBUTE ? ROUTE_ASKS_ATTRIBUTES
                             : kind == ROUTE_IF_NEAR || kind == ROUTE_IF_LAYER ? ROUTE_ASKS_LAYERS
                                                                               : 0;
    }
}

static bool compile_lists(struct route_rules *rules)
{
    size_t n_slots = rules->n_categories + 1;
    size_t n = rules->n_rules;
    struct route_lists *lists = &rules->rule_lists;
    struct by_key *found = calloc(n + 1, sizeof *found);
    rules->asks = route_rules_alloc(rules, n_slots, 1);
    rules->rule_depths = route_rules_alloc(rules, n_slots * n + 1, 1);
    lists->first = route_rules_alloc(rules, n_slots + 1, sizeof *lists->first);
    lists->rows = route_rules_alloc(rules, n_slots * n + 1, sizeof *lists->rows);
    bool done = found && rules->asks && rules->rule_depths && lists->first && lists->rows;
    int32_t at = 0;
    for (size_t slot = 0; done && slot < n_slots; slot++) {
        size_t kept = 0;
        for (size_t r = 0; r < n; r++) {
            uint8_t depth = rule_depth(rules, &rules->bound[r], slot);
            rules->rule_depths[slot * n + r] = depth;
            if (depth != ROUTE_DEPTH_NONE) {
                note_asks(rules, slot, &rules->bound[r]);
                found[kept++] =
                    (struct by_key){route_key_at_depth(rules->bound[r].key, depth), (int32_t)r};
            }
        }
        qsort(found, kept, sizeof *found, compare_by_key);
        for (size_t i = 0; i < kept; i++) {
            lists->rows[at++] = found[i].number;
        }
        lists->first[slot + 1] = at;
    }
    lists->n = (int32_t)n_slots;
    free(found);
    return done;
}

/* ---- all rules ---- */

struct by_position {
    int32_t position;
    const char *code;
    size_t number;
};

static int compare_by_position(const void *a, const void *b)
{
    const struct by_position *x = a;
    const struct by_position *y = b;
    if (x->position != y->position) {
        return x->position < y->position ? -1 : 1;
    }
    return strcmp(x->code, y->code);
}

static int compare_codes(const void *a, const void *b)
{
    return strcmp(((const struct by_position *)a)->code, ((const struct by_position *)b)->code);
}

/* In declared order, after making sure that no code comes twice. */
static enum status order_rules(const struct route_rules_source *s, struct by_position *order,
                               struct err *e)
{
    for (size_t i = 0; i < s->n_rules; i++) {
        if (!s->rules[i].code || !*s->rules[i].code) {
            return err_set(e, STATUS_INVALID, "rule (row %zu): it has no code", i);
        }
        order[i] = (struct by_position){s->rules[i].position, s->rules[i].code, i};
    }
    if (s->n_rules > 0) {
        qsort(order, s->n_rules, sizeof *order, compare_codes);
    }
    for (size_t i = 1; i < s->n_rules; i++) {
        if (strcmp(order[i - 1].code, order[i].code) == 0) {
            return err_set(e, STATUS_INVALID, "rule %s: two rules have that code", order[i].code);
        }
    }
    if (s->n_rules > 0) {
        qsort(order, s->n_rules, sizeof *order, compare_by_position);
    }
    return STATUS_OK;
}

static enum status bind_all(struct binding *b, struct by_position *order)
{
    const struct route_rules_source *s = b->source;
    struct route_rules *rules = b->rules;
    enum status status = order_rules(s, order, b->e);
    rules->rules = route_rules_alloc(rules, s->n_rules + 1, sizeof *rules->rules);
    rules->bound = route_rules_alloc(rules, s->n_rules + 1, sizeof *rules->bound);
    rules->questions = route_rules_alloc(rules, ROUTE_QUESTIONS_MAX, sizeof *rules->questions);
    if (status == STATUS_OK && (!rules->rules || !rules->bound || !rules->questions)) {
        status = short_of_memory(b);
    }
    for (size_t i = 0; status == STATUS_OK && i < s->n_rules; i++) {
        rules->rules[i] = s->rules[i];
        if (!copy_rule(rules, &rules->rules[i])) {
            status = short_of_memory(b);
        }
    }
    for (size_t rank = 0; status == STATUS_OK && rank < s->n_rules; rank++) {
        b->rule = &rules->rules[order[rank].number];
        b->bound = &rules->bound[order[rank].number];
        status = bind_rule(b, rank);
    }
    return status == STATUS_OK && !compile_lists(rules) ? short_of_memory(b) : status;
}

enum status route_rules_bind(struct route_rules *rules, const struct route_rules_source *source,
                             struct err *e)
{
    struct binding b = {.rules = rules, .source = source, .e = e};
    if (source->n_rules > ROUTE_ROWS_MAX) {
        return err_set(e, STATUS_INVALID, "rules: more than %d rules", ROUTE_ROWS_MAX);
    }
    struct by_position *order = calloc(source->n_rules + 1, sizeof *order);
    if (!order) {
        return short_of_memory(&b);
    }
    enum status status = bind_all(&b, order);
    free(order);
    return status;
}
