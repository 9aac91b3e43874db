/* The text form of rules, and of the single conditions and outcomes that rows hold. The grammar is
 * documented for people in docs/routing-rules.md.
 *
 * Reading and writing are each other's inverse: what is written reads back as the same rule, and
 * what is read and written again no longer changes. Reading looks nothing up: whether a category or
 * layer exists is asked when the rule set is made (route_rules_create).
 *
 * What is read lives in the arena given. STATUS_INVALID says what is wrong in words for the one who
 * wrote the line; STATUS_NO_MEMORY. The input is never trusted. */
#ifndef ROUTING_ROUTE_RULE_TEXT_H
#define ROUTING_ROUTE_RULE_TEXT_H

#include <stddef.h>

#include "routing/route_rule.h"
#include "server/base/arena.h"
#include "server/base/err.h"
#include "server/base/str.h"

#define ROUTE_TEXT_LINE_MAX  32768 /* bytes */
#define ROUTE_TEXT_RULES_MAX 10000

/* "category giao-thong", "not within 30 m of roads where class in (trunk, primary)", ... */
enum status route_condition_read(struct arena *arena, struct str line, struct route_condition *out,
                                 struct err *e) MUST_CHECK;
void route_condition_write(const struct route_condition *condition, struct strbuf *out);

/* "agency CODE [desk CODE]", "unit ward [of SET]", "owner ATTRIBUTE of LAYER", "holder SET" */
enum status route_outcome_read(struct arena *arena, struct str line, struct route_outcome *out,
                               struct err *e) MUST_CHECK;
void route_outcome_write(const struct route_outcome *outcome, struct strbuf *out);

/* "2 hours", "5 working days", "4 working hours" */
enum status route_deadline_read(struct str line, struct route_deadline *out,
                                struct err *e) MUST_CHECK;
void route_deadline_write(struct route_deadline deadline, struct strbuf *out);

/* A file of rules: positions are the order in which they stand, from 1; valid_from_us and
 * valid_to_us stay open, for they need the city's zone. A failure names line and rule. */
enum status route_rules_read(struct arena *arena, struct str text, struct route_rule **out,
                             size_t *n, struct err *e) MUST_CHECK;
/* One rule with a line break at its end; between two rules comes an empty line. */
void route_rule_write(const struct route_rule *rule, struct strbuf *out);

const char *route_class_name(enum route_class rule_class); /* "special", "asset", ... */
bool route_class_read(struct str name, enum route_class *out);

#endif
