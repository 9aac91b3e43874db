#include "routing/route_rules.h"

#include <stdlib.h>
#include <string.h>

#include "routing/route_rules_internal.h"
#include "server/base/bug.h"

#define MEMORY_MAX ((size_t)4 << 30)

void *route_rules_alloc(struct route_rules *rules, size_t count, size_t size)
{
    void *p = arena_calloc(rules->arena, count, size);
    if (p) {
        rules->memory += count * size;
    }
    return p;
}

/* ---- copying the rows ---- */

/* A copy of `text` at *slot; NULL stays NULL. False when memory is short. */
bool route_rules_copy_text(struct route_rules *rules, const char **slot, const char *text)
{
    if (!text) {
        *slot = NULL;
        return true;
    }
    char *copy = route_rules_alloc(rules, strlen(text) + 1, 1);
    if (!copy) {
        return false;
    }
    memcpy(copy, text, strlen(text));
    *slot = copy;
    return true;
}

static bool copy_categories(struct route_rules *rules, const struct route_rules_source *s)
{
    rules->n_categories = s->n_categories;
    rules->categories = route_rules_alloc(rules, s->n_categories, sizeof *rules->categories);
    for (size_t i = 0; rules->categories && i < s->n_categories; i++) {
        struct route_category *c = &rules->categories[i];
        *c = s->categories[i];
        if (!route_rules_copy_text(rules, &c->code, s->categories[i].code) ||
            !route_rules_copy_text(rules, &c->name_vi, s->categories[i].name_vi) ||
            !route_rules_copy_text(rules, &c->name_en, s->categories[i].name_en)) {
            return false;
        }
    }
    return rules->categories != NULL;
}

static bool copy_agencies(struct route_rules *rules, const struct route_rules_source *s)
{
    rules->n_agencies = s->n_agencies;
    rules->agencies = route_rules_alloc(rules, s->n_agencies, sizeof *rules->agencies);
    for (size_t i = 0; rules->agencies && i < s->n_agencies; i++) {
        struct route_agency *a = &rules->agencies[i];
        *a = s->agencies[i];
        if (!route_rules_copy_text(rules, &a->code, s->agencies[i].code) ||
            !route_rules_copy_text(rules, &a->name, s->agencies[i].name) ||
            !route_rules_copy_text(rules, &a->name_en, s->agencies[i].name_en)) {
            return false;
        }
    }
    return rules->agencies != NULL;
}

static bool copy_desks(struct route_rules *rules, const struct route_rules_source *s)
{
    rules->n_desks = s->n_desks;
    rules->desks = route_rules_alloc(rules, s->n_desks, sizeof *rules->desks);
    for (size_t i = 0; rules->desks && i < s->n_desks; i++) {
        struct route_desk *d = &rules->desks[i];
        *d = s->desks[i];
        if (!route_rules_copy_text(rules, &d->code, s->desks[i].code) ||
            !route_rules_copy_text(rules, &d->name, s->desks[i].name)) {
            return false;
        }
    }
    return rules->desks != NULL;
}

static bool copy_named_categories(struct route_rules *rules, struct route_jurisdiction *j)
{
    if (j->n_categories == 0) {
        j->categories = NULL;
        return true;
    }
    int32_t *copy = route_rules_alloc(rules, j->n_categories, sizeof *copy);
    if (!copy) {
        return false;
    }
    memcpy(copy, j->categories, j->n_categories * sizeof *copy);
    j->categories = copy;
    return true;
}

static bool copy_jurisdictions(struct route_rules *rules, const struct route_rules_source *s)
{
    rules->n_jurisdictions = s->n_jurisdictions;
    rules->jurisdictions =
        route_rules_alloc(rules, s->n_jurisdictions, sizeof *rules->jurisdictions);
    for (size_t i = 0; rules->jurisdictions && i < s->n_jurisdictions; i++) {
        struct route_jurisdiction *j = &rules->jurisdictions[i];
        *j = s->jurisdictions[i];
        if (!route_rules_copy_text(rules, &j->code, s->jurisdictions[i].code) ||
            !route_rules_copy_text(rules, &j->name, s->jurisdictions[i].name) ||
            !route_rules_copy_text(rules, &j->set, s->jurisdictions[i].set) ||
            !copy_named_categories(rules, j)) {
            return false;
        }
    }
    return rules->jurisdictions != NULL;
}

/* ---- making and freeing ---- */

static bool build(struct route_rules *rules, const struct route_rules_source *s)
{
    rules->arena = arena_create(MEMORY_MAX);
    rules->version = s->version;
    rules->n_rules = s->n_rules;
    rules->pass_on_us = s->pass_on_minutes * INT64_C(60000000);
    return rules->arena && copy_categories(rules, s) && copy_agencies(rules, s) &&
           copy_desks(rules, s) && copy_jurisdictions(rules, s) &&
           route_rules_compile(rules, s->default_deadline);
}

enum status route_rules_create(const struct route_rules_source *source, struct route_rules **out,
                               struct err *e)
{
    enum status status = route_rules_check(source, e);
    if (status != STATUS_OK) {
        return status;
    }
    struct route_rules *rules = calloc(1, sizeof *rules);
    if (!rules) {
        return err_set(e, STATUS_NO_MEMORY, "rules: no memory");
    }
    status = route_calendar_create(&source->calendar, &rules->calendar, e);
    if (status == STATUS_OK) {
        status = route_rules_check_fallback(source, rules->calendar, e);
    }
    if (status == STATUS_OK && !build(rules, source)) {
        status = err_set(e, STATUS_NO_MEMORY,
                         "rules: no memory for %zu jurisdictions by %zu "
                         "categories",
                         source->n_jurisdictions, source->n_categories);
    }
    if (status == STATUS_OK) {
        status = route_rules_bind(rules, source, e);
    }
    if (status != STATUS_OK) {
        route_rules_destroy(rules);
        return status;
    }
    *out = rules;
    return STATUS_OK;
}

void route_rules_destroy(struct route_rules *rules)
{
    if (!rules) {
        return;
    }
    route_calendar_destroy(rules->calendar);
    arena_destroy(rules->arena);
    free(rules);
}

/* ---- looking in ---- */

static size_t checked(int32_t number, size_t n)
{
    BUG_IF(number < 0 || (size_t)number >= n);
    return (size_t)number;
}

const struct route_category *route_rules_category(const struct route_rules *rules, int32_t number)
{
    return &rules->categories[checked(number, rules->n_categories)];
}

const struct route_agency *route_rules_agency(const struct route_rules *rules, int32_t number)
{
    return &rules->agencies[checked(number, rules->n_agencies)];
}

const struct route_desk *route_rules_desk(const struct route_rules *rules, int32_t number)
{
    return &rules->desks[checked(number, rules->n_desks)];
}

const struct route_jurisdiction *route_rules_jurisdiction(const struct route_rules *rules,
                                                          int32_t number)
{
    return &rules->jurisdictions[checked(number, rules->n_jurisdictions)];
}

size_t route_rules_n_categories(const struct route_rules *rules)
{
    return rules->n_categories;
}

size_t route_rules_n_agencies(const struct route_rules *rules)
{
    return rules->n_agencies;
}

size_t route_rules_n_desks(const struct route_rules *rules)
{
    return rules->n_desks;
}

size_t route_rules_n_jurisdictions(const struct route_rules *rules)
{
    return rules->n_jurisdictions;
}

const struct route_calendar *route_rules_calendar(const struct route_rules *rules)
{
    return rules->calendar;
}

const struct route_rule *route_rules_rule(const struct route_rules *rules, int32_t number)
{
    return &rules->rules[checked(number, rules->n_rules)];
}

size_t route_rules_n_rules(const struct route_rules *rules)
{
    return rules->n_rules;
}

int32_t route_rules_version(const struct route_rules *rules)
{
    return rules->version;
}

size_t route_rules_n_questions(const struct route_rules *rules)
{
    return rules->n_questions;
}

const struct route_question *route_rules_question(const struct route_rules *rules, int32_t number)
{
    return &rules->questions[checked(number, rules->n_questions)];
}

unsigned route_rules_asks(const struct route_rules *rules, int32_t category)
{
    return rules->asks ? rules->asks[route_category_slot(rules, category)] : 0;
}

/* As strcmp of `code` with the slice, which need not end in NUL. */
static int compare_code(const char *code, struct str with)
{
    size_t n = strlen(code);
    int first = memcmp(code, with.n > 0 ? with.p : "", n < with.n ? n : with.n);
    return first != 0 ? first : (n > with.n) - (n < with.n);
}

int32_t route_rules_find_category(const struct route_rules *rules, struct str code)
{
    size_t low = 0;
    size_t high = rules->n_categories;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int32_t number = rules->categories_by_code[middle];
        int order = compare_code(rules->categories[number].code, code);
        if (order == 0) {
            return number;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return ROUTE_NONE;
}

int32_t route_rules_find_agency(const struct route_rules *rules, struct str code, int64_t at_us)
{
    at_us = at_us < ROUTE_TIME_OPEN_END ? at_us : ROUTE_TIME_OPEN_END - 1;
    for (size_t i = 0; i < rules->n_agencies; i++) {
        const struct route_agency *a = &rules->agencies[i];
        if (at_us >= a->valid_from_us && at_us < a->valid_to_us && str_equal_z(code, a->code)) {
            return (int32_t)i;
        }
    }
    return ROUTE_NONE;
}

struct route_deadline route_rules_deadline(const struct route_rules *rules, int32_t category)
{
    return rules->deadlines[route_category_slot(rules, category)];
}

bool route_rules_category_within(const struct route_rules *rules, int32_t category,
                                 int32_t ancestor)
{
    if (category < 0 || (size_t)category >= rules->n_categories || ancestor < 0) {
        return false;
    }
    while (category != ROUTE_NONE && category != ancestor) {
        category = rules->categories[category].parent;
    }
    return category != ROUTE_NONE;
}

size_t route_rules_memory(const struct route_rules *rules)
{
    return sizeof *rules + rules->memory;
}
