/* Rules for routing's tests, from lines of their text form. */
#ifndef TESTS_ROUTING_RULE_FIXTURE_H
#define TESTS_ROUTING_RULE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "routing/route_rule_text.h"
#include "routing/route_rules.h"

/* A rule from its parts: class, position, conditions with '|' between them, outcome. */
struct rule_part {
    enum route_class rule_class;
    const char *conditions, *outcome;
};

static inline struct route_rule rule_of(struct arena *arena, const char *code, int32_t position,
                                        const struct rule_part *part)
{
    struct err e;
    struct route_condition *all = arena_calloc(arena, 8, sizeof(*all));
    struct str rest = str_of(part->conditions);
    size_t n = 0;
    while (rest.n > 0) {
        assert_int_equal(route_condition_read(arena, str_cut(&rest, '|'), &all[n++], &e), 0);
    }
    struct route_rule rule = {.code = code,
                              .name_vi = code,
                              .name_en = code,
                              .rule_class = part->rule_class,
                              .position = position,
                              .valid_from_us = ROUTE_TIME_OPEN_START,
                              .valid_to_us = ROUTE_TIME_OPEN_END,
                              .conditions = all,
                              .n_conditions = n};
    assert_int_equal(route_outcome_read(arena, str_of(part->outcome), &rule.outcome, &e), 0);
    return rule;
}

/* Texts as they are. */
static inline size_t plain_fold(struct str text, char *out, size_t cap)
{
    size_t n = text.n < cap - 1 ? text.n : cap - 1;
    memcpy(out, text.p, n);
    out[n] = '\0';
    return n;
}

#endif
