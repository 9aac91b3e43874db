/* The inside of a rule set, for routing/ only: what route_rules_compile makes and route_decide
 * reads. */
#ifndef ROUTING_ROUTE_RULES_INTERNAL_H
#define ROUTING_ROUTE_RULES_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "routing/route_decide.h"
#include "routing/route_rules.h"
#include "server/base/arena.h"

/* How closely a row names a category: 0 names it, 1 its parent, and so on. */
#define ROUTE_DEPTH_ANY  254 /* names none, takes any */
#define ROUTE_DEPTH_NONE 255 /* does not match */

/* A sort key has the class, the depth, the reach and the rank of the code, the strongest in the
 * highest bits. Keys of different rows differ, for the ranks do. */
/* Traces sort by the number of conditions that failed first. */
#define ROUTE_KEY_FAILED_SHIFT 56
#define ROUTE_KEY_CLASS_SHIFT  40
#define ROUTE_KEY_DEPTH_SHIFT  32
#define ROUTE_KEY_REACH_SHIFT  28
#define ROUTE_KEY_EXTRA_SHIFT  24 /* ROUTE_KEY_EXTRA_NONE less the number of further conditions */
#define ROUTE_KEY_EXTRA_NONE   15

/* What a decision reads of a jurisdiction row. */
struct route_row {
    int64_t from_us, to_us; /* when both the row and its agency are in force */
    uint64_t key;           /* with depth 0 */
};

/* Lists of row numbers by unit or category: list i is rows[first[i]] .. rows[first[i + 1] - 1]. */
struct route_lists {
    int32_t n; /* lists */
    int32_t *first;
    int32_t *rows;
};

/* A condition with its names looked up. */
struct route_check {
    enum route_condition_kind kind;
    bool negated;
    const int32_t *numbers; /* of boundaries or jurisdictions, ascending */
    const struct str *texts;
    size_t n; /* of either */
    struct str key;
    int32_t question, metres;
    enum route_reach level;
    int32_t first_minute, last_minute;
    uint32_t weekdays;
    const uint8_t *depths; /* of categories: per slot, how closely the list names it */
};

struct route_bound_outcome {
    enum route_outcome_kind kind;
    enum route_reach level;
    const char *code, *desk;
    const int32_t *set; /* jurisdictions, in order of precedence but for the category */
    size_t n_set;
    int32_t question; /* whose feature's owner */
};

struct route_bound_rule {
    int64_t from_us, to_us;
    uint64_t key;               /* with depth 0 */
    enum route_reach reach;     /* the narrowest that it asks for */
    struct route_check *checks; /* of its conditions, in its own order */
    size_t n_checks;
    uint8_t order[ROUTE_CONDITIONS_MAX]; /* those that the category does not settle, cheap first */
    size_t n_order;
    struct route_bound_outcome outcome;
    struct route_bound_outcome partners[ROUTE_PARTNERS_MAX];
};

struct route_rules {
    struct arena *arena;             /* owns all that follows but the calendar */
    size_t memory;                   /* bytes taken from it */
    struct route_calendar *calendar; /* owned */
    int64_t pass_on_us;

    struct route_category *categories;
    struct route_agency *agencies;
    struct route_desk *desks;
    struct route_jurisdiction *jurisdictions;
    size_t n_categories, n_agencies, n_desks, n_jurisdictions;

    int32_t *categories_by_code;
    int32_t *fallback_agencies; /* by code */
    size_t n_fallback_agencies;

    /* With one more place, the last, for unknown categories. */
    struct route_deadline *deadlines;
    uint8_t *depths;              /* [category][jurisdiction] */
    struct route_lists city_rows; /* per category, in order of precedence */

    int32_t version;
    struct route_rule *rules;
    size_t n_rules;
    struct route_question *questions;
    size_t n_questions;
    uint8_t *asks;                  /* per category, with one more place */
    struct route_bound_rule *bound; /* per rule */
    uint8_t *rule_depths;           /* [category][rule]; ROUTE_DEPTH_NONE: not for it */
    struct route_lists rule_lists;  /* per category, in order of precedence */
    int32_t *agencies_by_code;      /* and then by time */

    struct route_row *rows;                      /* per jurisdiction */
    struct route_lists ward_rows, district_rows; /* per unit number */
};

/* The place of a category in the arrays above: its number, or the last for unknown ones. */
static inline size_t route_category_slot(const struct route_rules *rules, int32_t category)
{
    return category >= 0 && (size_t)category < rules->n_categories ? (size_t)category
                                                                   : rules->n_categories;
}

static inline uint64_t route_key_at_depth(uint64_t key, uint8_t depth)
{
    return key | (uint64_t)depth << ROUTE_KEY_DEPTH_SHIFT;
}

/* The agency of that code in force then, or ROUTE_NONE. */
int32_t route_rules_agency_at(const struct route_rules *rules, const char *code, int64_t at_us);
int32_t route_rules_desk_at(const struct route_rules *rules, int32_t desk, int64_t at_us);

/* Looks up what the rules name; refuses the first rule that names what isn't there. After
 * route_rules_compile, which sorts the rest. */
enum status route_rules_bind(struct route_rules *rules, const struct route_rules_source *source,
                             struct err *e) MUST_CHECK;

/* A check held against the facts. Categories and urgency are settled per slot. */
struct route_value route_check_value(const struct route_rules *rules,
                                     const struct route_check *check,
                                     const struct route_facts *facts, int64_t at_us);
/* Whether a jurisdiction's place matches. */
bool route_jurisdiction_covers(const struct route_rules *rules, int32_t number,
                               const struct route_facts *facts);
/* Who an outcome means; on failure *agency stays ROUTE_NONE. */
enum route_failure route_outcome_agency(const struct route_rules *rules,
                                        const struct route_bound_outcome *outcome,
                                        const struct route_facts *facts, int64_t at_us,
                                        int32_t *agency, int32_t *desk);

bool route_rules_copy_text(struct route_rules *rules, const char **slot, const char *text);
/* Zeroed memory from the rule set's arena; NULL when short. */
void *route_rules_alloc(struct route_rules *rules, size_t count, size_t size);

/* Everything that can be wrong with rows on their own or with one another. */
enum status route_rules_check(const struct route_rules_source *source, struct err *e) MUST_CHECK;
/* That someone takes what nobody takes, at every instant. The calendar words the gap. */
enum status route_rules_check_fallback(const struct route_rules_source *source,
                                       const struct route_calendar *cal, struct err *e) MUST_CHECK;
/* Fills the tables from the (checked and copied) rows; false when memory is short. */
bool route_rules_compile(struct route_rules *rules, struct route_deadline default_deadline);

#endif
