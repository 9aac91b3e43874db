/* Conditions and outcomes held against the facts. */
#include <math.h>
#include <string.h>

#include "routing/route_date.h"
#include "routing/route_rules_internal.h"

static const struct route_value holds_not = {false, (double)NAN, ROUTE_NONE};

static bool has_number(const int32_t *sorted, size_t n, int32_t number)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < n && sorted[low] == number;
}

static bool has_text(const struct route_check *check, struct str text)
{
    for (size_t i = 0; i < check->n; i++) {
        if (str_equal(check->texts[i], text)) {
            return true;
        }
    }
    return false;
}

bool route_jurisdiction_covers(const struct route_rules *rules, int32_t number,
                               const struct route_facts *facts)
{
    const struct route_jurisdiction *j = &rules->jurisdictions[number];
    switch (j->reach) {
    case ROUTE_REACH_CITY:
        return true;
    case ROUTE_REACH_WARD:
        return j->unit == facts->ward;
    case ROUTE_REACH_DISTRICT:
        return j->unit == facts->district;
    case ROUTE_REACH_AREA:
        break;
    }
    for (size_t i = 0; i < facts->n_areas; i++) {
        if (facts->areas[i] == number) {
            return true;
        }
    }
    return false;
}

static bool in_jurisdiction(const struct route_rules *rules, const struct route_check *check,
                            const struct route_facts *facts, int64_t at_us)
{
    for (size_t i = 0; i < check->n; i++) {
        const struct route_jurisdiction *j = &rules->jurisdictions[check->numbers[i]];
        if (at_us >= j->valid_from_us && at_us < j->valid_to_us &&
            route_jurisdiction_covers(rules, check->numbers[i], facts)) {
            return true;
        }
    }
    return false;
}

static bool has_attribute(const struct route_check *check, const struct route_facts *facts)
{
    for (size_t i = 0; i < facts->n_attributes; i++) {
        if (str_equal(facts->attributes[i].key, check->key)) {
            return check->n == 0 || has_text(check, facts->attributes[i].value);
        }
    }
    return false;
}

/* One of the phrases stands between spaces or ends. */
static bool has_words(const struct route_check *check, struct str words)
{
    for (size_t i = 0; i < check->n; i++) {
        struct str phrase = check->texts[i];
        const char *at = words.p;
        const char *end = words.n > 0 ? words.p + words.n : words.p;
        while (at && (size_t)(end - at) >= phrase.n &&
               (at = memmem(at, (size_t)(end - at), phrase.p, phrase.n)) != NULL) {
            bool begins = at == words.p || at[-1] == ' ';
            bool ends = at + phrase.n == end || at[phrase.n] == ' ';
            if (begins && ends) {
                return true;
            }
            at++;
        }
    }
    return false;
}

static bool in_time(const struct route_rules *rules, const struct route_check *check, int64_t at_us)
{
    int64_t of_day_us;
    (void)route_calendar_day(rules->calendar, at_us, &of_day_us);
    int64_t minute = of_day_us / 60000000;
    bool after = minute >= check->first_minute;
    bool before = minute < check->last_minute;
    return check->first_minute < check->last_minute ? after && before : after || before;
}

static bool on_weekday(const struct route_rules *rules, const struct route_check *check,
                       int64_t at_us)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(rules->calendar, at_us, &of_day_us);
    return (check->weekdays >> route_date_weekday(day) & 1U) != 0;
}

static struct route_value ask(const struct route_check *check, const struct route_facts *facts)
{
    if (!facts->ask) {
        return holds_not;
    }
    struct route_answer a = facts->ask(facts->ask_context, check->question);
    return (struct route_value){a.metres <= check->metres, a.metres, a.feature};
}

static struct route_value plain_value(const struct route_rules *rules,
                                      const struct route_check *check,
                                      const struct route_facts *facts, int64_t at_us)
{
    size_t slot = route_category_slot(rules, facts->category);
    struct route_value v = holds_not;
    switch (check->kind) {
    case ROUTE_IF_CATEGORY:
        v.holds = check->depths[slot] != ROUTE_DEPTH_NONE;
        break;
    case ROUTE_IF_BOUNDARY:
        v.holds = has_number(check->numbers, check->n,
                             check->level == ROUTE_REACH_WARD ? facts->ward : facts->district);
        break;
    case ROUTE_IF_JURISDICTION:
        v.holds = in_jurisdiction(rules, check, facts, at_us);
        break;
    case ROUTE_IF_LAYER:
    case ROUTE_IF_NEAR:
        return ask(check, facts);
    case ROUTE_IF_ATTRIBUTE:
        v.holds = has_attribute(check, facts);
        break;
    case ROUTE_IF_CHANNEL:
        v.holds = has_text(check, facts->channel);
        break;
    case ROUTE_IF_URGENT:
        v.holds = slot < rules->n_categories && rules->categories[slot].urgent;
        break;
    case ROUTE_IF_TIME:
        v.holds = in_time(rules, check, at_us);
        break;
    case ROUTE_IF_WEEKDAY:
        v.holds = on_weekday(rules, check, at_us);
        break;
    case ROUTE_IF_WORKING_TIME:
        v.holds = route_calendar_is_working_time(rules->calendar, at_us);
        break;
    case ROUTE_IF_WORDS:
        v.holds = has_words(check, facts->words);
        break;
    }
    return v;
}

struct route_value route_check_value(const struct route_rules *rules,
                                     const struct route_check *check,
                                     const struct route_facts *facts, int64_t at_us)
{
    struct route_value v = plain_value(rules, check, facts, at_us);
    v.holds = v.holds != check->negated;
    return v;
}

/* ---- outcomes ---- */

int32_t route_rules_agency_at(const struct route_rules *rules, const char *code, int64_t at_us)
{
    size_t low = 0;
    size_t high = rules->n_agencies;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(rules->agencies[rules->agencies_by_code[middle]].code, code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < rules->n_agencies; low++) {
        const struct route_agency *a = &rules->agencies[rules->agencies_by_code[low]];
        if (strcmp(a->code, code) != 0) {
            break;
        }
        if (at_us >= a->valid_from_us && at_us < a->valid_to_us) {
            return rules->agencies_by_code[low];
        }
    }
    return ROUTE_NONE;
}

int32_t route_rules_desk_at(const struct route_rules *rules, int32_t desk, int64_t at_us)
{
    if (desk == ROUTE_NONE) {
        return ROUTE_NONE;
    }
    const struct route_desk *d = &rules->desks[desk];
    return at_us >= d->valid_from_us && at_us < d->valid_to_us ? desk : ROUTE_NONE;
}

static enum route_failure to_agency(const struct route_rules *rules, const char *code,
                                    const char *desk, int64_t at_us, int32_t *agency,
                                    int32_t *of_desk)
{
    *agency = route_rules_agency_at(rules, code, at_us);
    for (size_t i = 0; *agency != ROUTE_NONE && desk && i < rules->n_desks; i++) {
        const struct route_desk *d = &rules->desks[i];
        if (d->agency == *agency && strcmp(d->code, desk) == 0 && at_us >= d->valid_from_us &&
            at_us < d->valid_to_us) {
            *of_desk = (int32_t)i;
        }
    }
    return *agency == ROUTE_NONE ? ROUTE_FAILED_AGENCY : ROUTE_FAILED_NONE;
}

static bool row_in_force(const struct route_rules *rules, int32_t number, int64_t at_us)
{
    return at_us >= rules->rows[number].from_us && at_us < rules->rows[number].to_us;
}

static void take_row(const struct route_rules *rules, int32_t number, int64_t at_us,
                     int32_t *agency, int32_t *desk)
{
    *agency = rules->jurisdictions[number].agency;
    *desk = route_rules_desk_at(rules, rules->jurisdictions[number].desk, at_us);
}

static enum route_failure to_holder(const struct route_rules *rules,
                                    const struct route_bound_outcome *o,
                                    const struct route_facts *facts, int64_t at_us, int32_t *agency,
                                    int32_t *desk)
{
    for (size_t i = 0; i < o->n_set; i++) {
        if (row_in_force(rules, o->set[i], at_us) &&
            route_jurisdiction_covers(rules, o->set[i], facts)) {
            take_row(rules, o->set[i], at_us, agency, desk);
            return ROUTE_FAILED_NONE;
        }
    }
    return ROUTE_FAILED_NO_HOLDER;
}

/* The first by class and code among the rows of the unit, whatever their categories. */
static enum route_failure to_unit(const struct route_rules *rules,
                                  const struct route_bound_outcome *o,
                                  const struct route_facts *facts, int64_t at_us, int32_t *agency,
                                  int32_t *desk)
{
    bool ward = o->level == ROUTE_REACH_WARD;
    const struct route_lists *lists = ward ? &rules->ward_rows : &rules->district_rows;
    int32_t unit = ward ? facts->ward : facts->district;
    int32_t best = ROUTE_NONE;
    if (unit < 0 || unit >= lists->n) {
        return ROUTE_FAILED_NO_UNIT;
    }
    for (int32_t i = lists->first[unit]; i < lists->first[unit + 1]; i++) {
        int32_t row = lists->rows[i];
        const char *set = rules->jurisdictions[row].set;
        if (row_in_force(rules, row, at_us) && (!o->code || (set && strcmp(set, o->code) == 0)) &&
            (best == ROUTE_NONE || rules->rows[row].key < rules->rows[best].key)) {
            best = row;
        }
    }
    if (best == ROUTE_NONE) {
        return ROUTE_FAILED_NO_UNIT;
    }
    take_row(rules, best, at_us, agency, desk);
    return ROUTE_FAILED_NONE;
}

enum route_failure route_outcome_agency(const struct route_rules *rules,
                                        const struct route_bound_outcome *o,
                                        const struct route_facts *facts, int64_t at_us,
                                        int32_t *agency, int32_t *desk)
{
    *agency = ROUTE_NONE;
    *desk = ROUTE_NONE;
    switch (o->kind) {
    case ROUTE_TO_AGENCY:
        return to_agency(rules, o->code, o->desk, at_us, agency, desk);
    case ROUTE_TO_UNIT:
        return to_unit(rules, o, facts, at_us, agency, desk);
    case ROUTE_TO_HOLDER:
        return to_holder(rules, o, facts, at_us, agency, desk);
    case ROUTE_TO_OWNER:
        break;
    }
    struct route_answer a = {.owner = NULL};
    if (facts->ask) {
        a = facts->ask(facts->ask_context, o->question);
    }
    return a.owner && *a.owner ? to_agency(rules, a.owner, NULL, at_us, agency, desk)
                               : ROUTE_FAILED_NO_OWNER;
}

const char *route_failure_name(enum route_failure why)
{
    static const char *const names[ROUTE_FAILURES] = {
        [ROUTE_FAILED_NONE] = "none",
        [ROUTE_FAILED_NO_OWNER] = "no_owner",
        [ROUTE_FAILED_AGENCY] = "no_such_agency_in_force",
        [ROUTE_FAILED_NO_UNIT] = "no_unit",
        [ROUTE_FAILED_NO_HOLDER] = "no_holder",
    };
    return names[why];
}
