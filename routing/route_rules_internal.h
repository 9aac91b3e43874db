/* The inside of a rule set, for routing/ only: what route_rules_compile makes and route_decide
 * reads. */
#ifndef ROUTING_ROUTE_RULES_INTERNAL_H
#define ROUTING_ROUTE_RULES_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

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
    uint8_t *asks; /* per category, with one more place */

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
