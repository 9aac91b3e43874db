/* One plain sentence that says who got a complaint and why, for people.
 *
 * Vietnamese first, English second. Works from names, so a stored decision can be explained as well
 * as a fresh one; route_explain_fill takes the names from a rule set. */
#ifndef ROUTING_ROUTE_EXPLAIN_H
#define ROUTING_ROUTE_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "routing/route_date.h"
#include "routing/route_rules.h"
#include "routing/route_types.h"
#include "server/base/str.h"

enum route_language { ROUTE_LANGUAGE_VI, ROUTE_LANGUAGE_EN };

enum route_place {
    ROUTE_PLACE_KNOWN,   /* the point lies in a ward or district */
    ROUTE_PLACE_OUTSIDE, /* there is a point, but in no unit in force then */
    ROUTE_PLACE_UNKNOWN, /* no point: the address was not found, or none was given */
};

/* A name in both languages. Where the English one is missing the Vietnamese serves. */
struct route_name {
    const char *vi;
    const char *en;
};

/* All texts are borrowed; NULL and "" are "none". Unit names are full names with their kind
 * ("Phường Hạnh Thông", "Quận Gò Vấp"): the kind is read from them. */
struct route_explain_names {
    enum route_place place;
    const char *ward;
    const char *district;
    struct route_name category; /* the complaint's */
    struct route_name matched;  /* the one that the winning row names; none: any category */
    const char *jurisdiction;   /* the winning row's name */
    struct route_name rule;     /* the winning rule's; none: a jurisdiction won */
    struct route_name skipped;  /* a rule before it that failed; none: say nothing */
    struct route_name other;    /* the first other agency that acts too */
    struct route_name agency;
    const char *desk;
    struct route_name runner_up; /* the agency that would have it otherwise; none: say nothing */
    struct route_date date;      /* the day whose law was applied: the local date of receipt */
    struct route_date due;       /* year 0: say nothing of the deadline */
    int32_t due_minute;          /* of the local day */
};

/* Fills everything but `place`, `ward` and `district`, which routing cannot know: those are zeroed
 * for the caller to set. The texts live as long as the rule set. */
void route_explain_fill(const struct route_rules *rules, const struct route_facts *facts,
                        const struct route_decision *decision, struct route_explain_names *names);

/* Appends the sentence, with its full stop and no line break:
 *   Tiếng ồn tại Phường Hạnh Thông ngày 05/08/2025 thuộc Ủy ban nhân dân Phường Hạnh Thông theo địa
 *   bàn phường; không có đơn vị đặc thù nào về lĩnh vực này tại điểm này; hạn xử lý 17:00 ngày
 *   12/08/2025. */
void route_explain(enum route_language language, const struct route_decision *decision,
                   const struct route_explain_names *names, struct strbuf *out);

#endif
