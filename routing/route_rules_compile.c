#include <stdlib.h>
#include <string.h>

#include "routing/route_rules_internal.h"

struct by_code {
    const char *code;
    int64_t from_us; /* rows that share a code follow one another in time */
    int32_t number;
};

struct by_key {
    uint64_t key;
    int32_t row;
};

static int compare_by_code(const void *a, const void *b)
{
    const struct by_code *x = a;
    const struct by_code *y = b;
    int order = strcmp(x->code, y->code);
    return order != 0 ? order : (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

static int compare_by_key(const void *a, const void *b)
{
    const struct by_key *x = a;
    const struct by_key *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* ---- order by code ---- */

static bool index_categories(struct route_rules *rules, struct by_code *scratch)
{
    size_t n = rules->n_categories;
    rules->categories_by_code = route_rules_alloc(rules, n, sizeof *rules->categories_by_code);
    if (!rules->categories_by_code) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        scratch[i] = (struct by_code){rules->categories[i].code, 0, (int32_t)i};
    }
    qsort(scratch, n, sizeof *scratch, compare_by_code);
    for (size_t i = 0; i < n; i++) {
        rules->categories_by_code[i] = scratch[i].number;
    }
    return true;
}

static bool index_agencies(struct route_rules *rules, struct by_code *scratch)
{
    size_t n = rules->n_agencies;
    rules->agencies_by_code = route_rules_alloc(rules, n, sizeof *rules->agencies_by_code);
    if (!rules->agencies_by_code) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct route_agency *a = &rules->agencies[i];
        scratch[i] = (struct by_code){a->code, a->valid_from_us, (int32_t)i};
    }
    qsort(scratch, n, sizeof *scratch, compare_by_code);
    for (size_t i = 0; i < n; i++) {
        rules->agencies_by_code[i] = scratch[i].number;
    }
    return true;
}

static bool index_fallbacks(struct route_rules *rules, struct by_code *scratch)
{
    size_t n = 0;
    for (size_t i = 0; i < rules->n_agencies; i++) {
        const struct route_agency *a = &rules->agencies[i];
        if (a->fallback) {
            scratch[n++] = (struct by_code){a->code, a->valid_from_us, (int32_t)i};
        }
    }
    rules->n_fallback_agencies = n;
    rules->fallback_agencies = route_rules_alloc(rules, n, sizeof *rules->fallback_agencies);
    if (!rules->fallback_agencies) {
        return false;
    }
    qsort(scratch, n, sizeof *scratch, compare_by_code);
    for (size_t i = 0; i < n; i++) {
        rules->fallback_agencies[i] = scratch[i].number;
    }
    return true;
}

/* ---- rows ---- */

static bool compile_rows(struct route_rules *rules, struct by_code *scratch)
{
    size_t n = rules->n_jurisdictions;
    rules->rows = route_rules_alloc(rules, n, sizeof *rules->rows);
    if (!rules->rows) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct route_jurisdiction *j = &rules->jurisdictions[i];
        scratch[i] = (struct by_code){j->code, j->valid_from_us, (int32_t)i};
    }
    qsort(scratch, n, sizeof *scratch, compare_by_code);
    for (size_t rank = 0; rank < n; rank++) {
        const struct route_jurisdiction *j = &rules->jurisdictions[scratch[rank].number];
        const struct route_agency *a = &rules->agencies[j->agency];
        struct route_row *row = &rules->rows[scratch[rank].number];
        row->from_us = j->valid_from_us > a->valid_from_us ? j->valid_from_us : a->valid_from_us;
        row->to_us = j->valid_to_us < a->valid_to_us ? j->valid_to_us : a->valid_to_us;
        /* Every rule comes before: their ranks are below the number of rules. */
        row->key = (uint64_t)j->rule_class << ROUTE_KEY_CLASS_SHIFT |
                   (uint64_t)j->reach << ROUTE_KEY_REACH_SHIFT |
                   (uint64_t)ROUTE_KEY_EXTRA_NONE << ROUTE_KEY_EXTRA_SHIFT |
                   (rules->n_rules + rank);
    }
    return true;
}

static uint8_t depth_of(const struct route_rules *rules, const unsigned char *named, size_t slot)
{
    int32_t category = slot < rules->n_categories ? (int32_t)slot : ROUTE_NONE;
    for (uint8_t depth = 0; category != ROUTE_NONE; depth++) {
        if (named[category]) {
            return depth;
        }
        category = rules->categories[category].parent;
    }
    return ROUTE_DEPTH_NONE;
}

static bool compile_depths(struct route_rules *rules)
{
    size_t n_rows = rules->n_jurisdictions;
    size_t n_slots = rules->n_categories + 1;
    unsigned char *named = calloc(n_slots, 1);
    rules->depths = named ? route_rules_alloc(rules, n_slots * n_rows, 1) : NULL;
    if (!rules->depths) {
        free(named);
        return false;
    }
    for (size_t r = 0; r < n_rows; r++) {
        const struct route_jurisdiction *j = &rules->jurisdictions[r];
        for (size_t i = 0; i < j->n_categories; i++) {
            named[j->categories[i]] = 1;
        }
        for (size_t slot = 0; slot < n_slots; slot++) {
            rules->depths[slot * n_rows + r] =
                j->n_categories == 0 ? ROUTE_DEPTH_ANY : depth_of(rules, named, slot);
        }
        for (size_t i = 0; i < j->n_categories; i++) {
            named[j->categories[i]] = 0;
        }
    }
    free(named);
    return true;
}

static bool compile_deadlines(struct route_rules *rules, struct route_deadline default_deadline)
{
    rules->deadlines = route_rules_alloc(rules, rules->n_categories + 1, sizeof *rules->deadlines);
    if (!rules->deadlines) {
        return false;
    }
    for (size_t slot = 0; slot <= rules->n_categories; slot++) {
        int32_t category = slot < rules->n_categories ? (int32_t)slot : ROUTE_NONE;
        while (category != ROUTE_NONE &&
               rules->categories[category].deadline.kind == ROUTE_DEADLINE_INHERIT) {
            category = rules->categories[category].parent;
        }
        rules->deadlines[slot] =
            category == ROUTE_NONE ? default_deadline : rules->categories[category].deadline;
    }
    return true;
}

/* ---- lists ---- */

/* The rows of one reach by unit number: counted, then put in place. */
static bool compile_units(struct route_rules *rules, enum route_reach reach,
                          struct route_lists *lists)
{
    int32_t n_units = 0;
    size_t n_rows = 0;
    for (size_t r = 0; r < rules->n_jurisdictions; r++) {
        const struct route_jurisdiction *j = &rules->jurisdictions[r];
        if (j->reach == reach) {
            n_units = j->unit >= n_units ? j->unit + 1 : n_units;
            n_rows++;
        }
    }
    lists->n = n_units;
    lists->first = route_rules_alloc(rules, (size_t)n_units + 2, sizeof *lists->first);
    lists->rows = route_rules_alloc(rules, n_rows, sizeof *lists->rows);
    if (!lists->first || !lists->rows) {
        return false;
    }
    /* first[u + 2] counts unit u, so that after summing first[u + 1] is where unit u begins, and
     * after placing it is where unit u ends. */
    for (size_t r = 0; r < rules->n_jurisdictions; r++) {
        if (rules->jurisdictions[r].reach == reach) {
            lists->first[rules->jurisdictions[r].unit + 2]++;
        }
    }
    for (int32_t u = 0; u < n_units; u++) {
        lists->first[u + 2] += lists->first[u + 1];
    }
    for (size_t r = 0; r < rules->n_jurisdictions; r++) {
        if (rules->jurisdictions[r].reach == reach) {
            lists->rows[lists->first[rules->jurisdictions[r].unit + 1]++] = (int32_t)r;
        }
    }
    return true;
}

/* The city-wide rows for a category in order of precedence; returns how many. */
static size_t city_rows_of(const struct route_rules *rules, size_t slot, struct by_key *found)
{
    size_t n = 0;
    const uint8_t *depths = &rules->depths[slot * rules->n_jurisdictions];
    for (size_t r = 0; r < rules->n_jurisdictions; r++) {
        if (rules->jurisdictions[r].reach == ROUTE_REACH_CITY && depths[r] != ROUTE_DEPTH_NONE) {
            found[n++] =
                (struct by_key){route_key_at_depth(rules->rows[r].key, depths[r]), (int32_t)r};
        }
    }
    qsort(found, n, sizeof *found, compare_by_key);
    return n;
}

static bool compile_city(struct route_rules *rules)
{
    size_t n_slots = rules->n_categories + 1;
    struct route_lists *lists = &rules->city_rows;
    struct by_key *found = calloc(rules->n_jurisdictions + 1, sizeof *found);
    lists->first = found ? route_rules_alloc(rules, n_slots + 1, sizeof *lists->first) : NULL;
    if (!lists->first) {
        free(found);
        return false;
    }
    size_t total = 0;
    for (size_t slot = 0; slot < n_slots; slot++) {
        total += city_rows_of(rules, slot, found);
    }
    lists->n = (int32_t)n_slots;
    lists->rows = total <= INT32_MAX ? route_rules_alloc(rules, total, sizeof *lists->rows) : NULL;
    int32_t at = 0;
    for (size_t slot = 0; lists->rows && slot < n_slots; slot++) {
        size_t n = city_rows_of(rules, slot, found);
        for (size_t i = 0; i < n; i++) {
            lists->rows[at++] = found[i].row;
        }
        lists->first[slot + 1] = at;
    }
    free(found);
    return lists->rows != NULL;
}

bool route_rules_compile(struct route_rules *rules, struct route_deadline default_deadline)
{
    size_t most = rules->n_categories > rules->n_agencies ? rules->n_categories : rules->n_agencies;
    most = most > rules->n_jurisdictions ? most : rules->n_jurisdictions;
    struct by_code *scratch = calloc(most + 1, sizeof *scratch);
    bool done = scratch && index_categories(rules, scratch) && index_agencies(rules, scratch) &&
                index_fallbacks(rules, scratch) && compile_rows(rules, scratch) &&
                compile_depths(rules) && compile_deadlines(rules, default_deadline) &&
                compile_units(rules, ROUTE_REACH_WARD, &rules->ward_rows) &&
                compile_units(rules, ROUTE_REACH_DISTRICT, &rules->district_rows) &&
                compile_city(rules);
    free(scratch);
    return done;
}
