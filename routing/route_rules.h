/* The rule set: who is responsible for which category, where, and since when.
 *
 * Built once from rows, then immutable: any number of threads may read one without locks. A change
 * of rules is a new rule set. Rows are copied; their numbers are their positions in the source.
 *
 * Two kinds of rows take part in one order of precedence: rules (route_rule.h), and jurisdictions,
 * each of which says "in this place, for these categories, that agency".
 *
 * PRECEDENCE. Of the rows that match a complaint the winner is the first by
 *   1. class: special, then asset, then ordinary, then fallback;
 *   2. specificity, in this order:
 *      a. category: a row that names the complaint's own category, then its parent, its parent's
 *         parent, ..., then a row for any category;
 *      b. place: the narrowest that the row asks for: a polygon of its own, a layer's feature or a
 *         distance to one; then a ward, a district, the whole city (negated conditions don't
 * count); c. the number of its conditions on neither category nor place: more come first;
 *   3. declared order: a rule by its position; every jurisdiction comes after all rules;
 *   4. code: the smaller by strcmp.
 * The order in which rows were given never matters. A jurisdiction matches when its category and
 * place match, and it and its agency are both in force at the instant of receipt (validity includes
 * its first instant and excludes its last); a rule when it is in force and all its conditions hold.
 * A rule that matches but whose outcome fails (no agency of that code in force, a feature without
 * an owner, ...) is skipped, and the decision says so; the next row is taken. When no row matches,
 * the fallback agency in force with the smallest code takes the complaint; a rule set that leaves
 * any instant without a fallback (such an agency, or a fallback row for the whole city and any
 * category) is refused, so a decision always exists.
 *
 * METHOD. All of that but place, time and words is settled when the rule set is made: a matrix of
 * how closely each row names each category, one sort key per row, the rows of each unit by unit
 * number, and for each category its rules and city-wide rows in order of precedence. What rules ask
 * of geometry is gathered into questions, each asked once for all rules (route_rules_question). A
 * decision then looks at the few rows of its place and at the rules of its category until none can
 * win any more (route_decide.h). */
#ifndef ROUTING_ROUTE_RULES_H
#define ROUTING_ROUTE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "routing/route_calendar.h"
#include "routing/route_rule.h"
#include "routing/route_types.h"
#include "server/base/err.h"
#include "server/base/str.h"

#define ROUTE_ROWS_MAX             (1 << 20) /* of any kind */
#define ROUTE_UNITS_MAX            (1 << 20) /* boundary numbers are below this */
#define ROUTE_CATEGORY_LEVELS_MAX  64        /* of the tree */
#define ROUTE_CALENDAR_MINUTES_MAX (ROUTE_DEADLINE_HOURS_MAX * 60)

struct route_category {
    const char *code; /* unique, not empty */
    int32_t parent;   /* -1 at the top */
    const char *name_vi;
    const char *name_en;
    struct route_deadline deadline; /* as given: INHERIT stays INHERIT here */
    bool urgent;
};

struct route_agency {
    const char *code; /* rows may share a code if they are never in force together */
    const char *name;
    const char *name_en; /* NULL or "": none, the name serves */
    int64_t valid_from_us, valid_to_us;
    bool fallback; /* takes what no row takes */
};

struct route_desk {
    const char *code; /* as an agency's, within its agency */
    const char *name;
    int32_t agency;
    int64_t valid_from_us, valid_to_us;
};

struct route_jurisdiction {
    const char *code; /* as an agency's */
    const char *name;
    int32_t agency;
    int32_t desk; /* of that agency; -1 none. Left out of decisions while it isn't in force */
    enum route_class rule_class;
    enum route_reach reach;
    int32_t unit; /* boundary number for reach ward and district, else -1 */
    int64_t valid_from_us, valid_to_us;
    const int32_t *categories; /* it and everything below it in the tree */
    size_t n_categories;       /* 0: any category */
    const char *set;           /* the set that it belongs to; NULL or "": none */
};

/* A unit by its boundary number, for rules that name it by code. */
struct route_unit {
    enum route_reach level; /* ROUTE_REACH_WARD or ROUTE_REACH_DISTRICT */
    const char *code;
};

/* A layer that rules may ask about. */
struct route_layer {
    const char *code;
    bool polygons; /* has an inside */
};

struct route_rules_source {
    const struct route_category *categories;
    size_t n_categories;
    const struct route_agency *agencies;
    size_t n_agencies;
    const struct route_desk *desks;
    size_t n_desks;
    const struct route_jurisdiction *jurisdictions;
    size_t n_jurisdictions;
    const struct route_unit *units; /* by boundary number; none is needed without rules */
    size_t n_units;
    const struct route_layer *layers;
    size_t n_layers;
    const struct route_rule *rules;
    size_t n_rules;
    int32_t version; /* of the rules: what a stored decision names */
    /* Folds a text so that words compare: writes at most cap bytes with a NUL and returns the
     * length. Must be pure. NULL where no rule asks for words. */
    size_t (*fold)(struct str text, char *out, size_t cap);
    struct route_calendar_source calendar;
    struct route_deadline default_deadline; /* for top categories that INHERIT, and unknown ones */
    int32_t pass_on_minutes;                /* 0 .. ROUTE_CALENDAR_MINUTES_MAX */
};

struct route_rules;

/* STATUS_INVALID names the offending row by kind, code and number, and says what is wrong with it;
 * STATUS_NO_MEMORY. Free with route_rules_destroy. The source and all it points to may go
 * afterwards, except the calendar's offset context. */
enum status route_rules_create(const struct route_rules_source *source, struct route_rules **out,
                               struct err *e) MUST_CHECK;
void route_rules_destroy(struct route_rules *rules); /* NULL is fine */

/* The rows as they were given, borrowed for the life of the rule set. The number must be one of the
 * table (a bug otherwise). */
const struct route_category *route_rules_category(const struct route_rules *rules, int32_t number);
const struct route_agency *route_rules_agency(const struct route_rules *rules, int32_t number);
const struct route_desk *route_rules_desk(const struct route_rules *rules, int32_t number);
const struct route_jurisdiction *route_rules_jurisdiction(const struct route_rules *rules,
                                                          int32_t number);
size_t route_rules_n_categories(const struct route_rules *rules);
size_t route_rules_n_agencies(const struct route_rules *rules);
size_t route_rules_n_desks(const struct route_rules *rules);
size_t route_rules_n_jurisdictions(const struct route_rules *rules);
const struct route_calendar *route_rules_calendar(const struct route_rules *rules);

const struct route_rule *route_rules_rule(const struct route_rules *rules, int32_t number);
size_t route_rules_n_rules(const struct route_rules *rules);
int32_t route_rules_version(const struct route_rules *rules);

#define ROUTE_QUESTIONS_MAX 128 /* of one rule set, and so of one decision */

/* What the rules of a set ask of geometry. "How far is the nearest feature of this layer that
 * passes the filters, if it is within reach?" serves every rule that asks for the same features at
 * whatever distance. */
struct route_question {
    const char *layer;
    const struct route_filter *filters;
    size_t n_filters;
    bool inside;     /* only whether a feature covers the point; metres is then 0 or INFINITY */
    int32_t reach_m; /* the farthest that matters */
    const char *owner_attribute; /* fills route_answer.owner; NULL none */
};
size_t route_rules_n_questions(const struct route_rules *rules);
const struct route_question *route_rules_question(const struct route_rules *rules, int32_t number);

/* What the rules for that category ask for beside units, areas and time: bits. */
#define ROUTE_ASKS_ATTRIBUTES 1U
#define ROUTE_ASKS_WORDS      2U
#define ROUTE_ASKS_LAYERS     4U
unsigned route_rules_asks(const struct route_rules *rules, int32_t category);

/* The category of that code, or -1. */
int32_t route_rules_find_category(const struct route_rules *rules, struct str code);
/* The agency of that code in force at that instant, or -1. */
int32_t route_rules_find_agency(const struct route_rules *rules, struct str code, int64_t at_us);
/* The deadline that holds for a category, inheritance resolved; the default for unknown ones. */
struct route_deadline route_rules_deadline(const struct route_rules *rules, int32_t category);
/* True if `category` is `ancestor` or below it. False when either is unknown. */
bool route_rules_category_within(const struct route_rules *rules, int32_t category,
                                 int32_t ancestor);
/* Bytes that the rule set takes, without its calendar: for metrics. */
size_t route_rules_memory(const struct route_rules *rules);

#endif
