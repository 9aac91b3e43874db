#include "routing/route_deadlines.h"

#include <stdlib.h>
#include <string.h>

#include "routing/route_date.h"
#include "routing/route_deadlines_internal.h"
#include "server/base/bug.h"

#define ARENA_MAX ((size_t)256 << 20)

const char *const route_step_names[ROUTE_STEPS] = {"pass_on", "accept", "answer", "resolve"};

/* ---- making it ---- */

static const char *copy(struct route_deadlines *d, const char *text, bool *short_of_memory)
{
    const char *made = arena_strdup(d->arena, text ? text : "");
    *short_of_memory = *short_of_memory || !made;
    return made;
}

static enum status copy_calendar(struct route_deadlines *d, const struct route_calendar_row *row,
                                 size_t number, struct err *e)
{
    bool no_memory = false;
    struct route_named_day *days = arena_calloc(d->arena, row->n_days + 1, sizeof *days);
    for (size_t i = 0; days && i < row->n_days; i++) {
        days[i] = row->days[i];
        days[i].name_vi = copy(d, row->days[i].name_vi, &no_memory);
        days[i].name_en = copy(d, row->days[i].name_en, &no_memory);
    }
    d->rows[number] = (struct route_calendar_row){.code = copy(d, row->code, &no_memory),
                                                  .name_vi = copy(d, row->name_vi, &no_memory),
                                                  .name_en = copy(d, row->name_en, &no_memory),
                                                  .days = days,
                                                  .n_days = row->n_days};
    if (!days || no_memory) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for calendars");
    }
    enum status status = route_calendar_create(&row->source, &d->calendars[number], e);
    if (status != STATUS_OK) {
        return err_wrap(e, "calendar %.64s", row->code);
    }
    d->n_calendars = number + 1;
    return STATUS_OK;
}

/* The row of that category, urgency and step; NULL: none. */
static const struct route_step_row *find_step(const struct route_deadlines_source *s,
                                              int32_t category, int urgency, enum route_step step)
{
    for (size_t i = 0; i < s->n_steps; i++) {
        const struct route_step_row *row = &s->steps[i];
        if (row->category == category && row->urgency == urgency && row->step == step) {
            return row;
        }
    }
    return NULL;
}

/* What the category itself says, INHERIT: nothing. */
static struct route_deadline own_step(const struct route_deadlines_source *s, int32_t category,
                                      int urgent, enum route_step step)
{
    const struct route_step_row *row = find_step(s, category, urgent, step);
    if (!row) {
        row = find_step(s, category, -1, step);
    }
    if (row) {
        return row->deadline;
    }
    if (category >= 0 && step == ROUTE_STEP_RESOLVE && s->categories[category].urgent == urgent) {
        return s->categories[category].resolve;
    }
    return (struct route_deadline){ROUTE_DEADLINE_INHERIT, 0};
}

static struct route_deadline resolved_step(const struct route_deadlines_source *s, int32_t category,
                                           int urgent, enum route_step step)
{
    struct route_deadline found = own_step(s, category, urgent, step);
    size_t up = 0;
    while (found.kind == ROUTE_DEADLINE_INHERIT && category >= 0 && up++ <= s->n_categories) {
        category = s->categories[category].parent;
        found = own_step(s, category, urgent, step);
    }
    BUG_IF(up > s->n_categories); /* the tree has no circle */
    return found;
}

/* The steps of one category, urgent or not. */
static enum status fill_slot(struct route_deadlines *d, const struct route_deadlines_source *s,
                             size_t slot, int urgent, struct err *e)
{
    int32_t category = slot < s->n_categories ? (int32_t)slot : -1;
    for (int step = 0; step < ROUTE_STEPS; step++) {
        struct route_deadline found = resolved_step(s, category, urgent, (enum route_step)step);
        if (found.kind == ROUTE_DEADLINE_INHERIT) {
            return err_set(e, STATUS_INVALID, "deadlines: no default for the step %s",
                           route_step_names[step]);
        }
        d->steps[slot].of[urgent][step] = found;
    }
    return STATUS_OK;
}

static enum status fill_steps(struct route_deadlines *d, const struct route_deadlines_source *s,
                              struct err *e)
{
    for (size_t slot = 0; slot <= s->n_categories; slot++) {
        d->urgent[slot] = slot < s->n_categories && s->categories[slot].urgent;
        enum status status = fill_slot(d, s, slot, 0, e);
        if (status == STATUS_OK) {
            status = fill_slot(d, s, slot, 1, e);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status fill(struct route_deadlines *d, const struct route_deadlines_source *s,
                        struct err *e)
{
    bool no_memory = false;
    d->rows = arena_calloc(d->arena, s->n_calendars, sizeof *d->rows);
    d->calendars = arena_calloc(d->arena, s->n_calendars, sizeof(struct route_calendar *));
    d->agency_calendars = arena_calloc(d->arena, s->n_agencies + 1, sizeof *d->agency_calendars);
    d->steps = arena_calloc(d->arena, s->n_categories + 1, sizeof *d->steps);
    d->urgent = arena_calloc(d->arena, s->n_categories + 1, sizeof *d->urgent);
    d->reasons = arena_calloc(d->arena, s->n_reasons + 1, sizeof *d->reasons);
    if (!d->rows || !d->calendars || !d->agency_calendars || !d->steps || !d->urgent ||
        !d->reasons) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for deadlines");
    }
    for (size_t i = 0; i < s->n_calendars; i++) {
        enum status status = copy_calendar(d, &s->calendars[i], i, e);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < s->n_agencies; i++) {
        int32_t calendar = s->agency_calendars[i];
        bool known = calendar >= 0 && (size_t)calendar < s->n_calendars;
        d->agency_calendars[i] = known ? calendar : 0;
    }
    d->n_agencies = s->n_agencies;
    d->n_categories = s->n_categories;
    for (size_t i = 0; i < s->n_reasons; i++) {
        d->reasons[i] = (struct route_pause_reason){
            copy(d, s->reasons[i].code, &no_memory), copy(d, s->reasons[i].name_vi, &no_memory),
            copy(d, s->reasons[i].name_en, &no_memory), s->reasons[i].cap_days};
    }
    d->n_reasons = s->n_reasons;
    return no_memory ? err_set(e, STATUS_NO_MEMORY, "no memory for deadlines")
                     : fill_steps(d, s, e);
}

enum status route_deadlines_create(const struct route_deadlines_source *source,
                                   struct route_deadlines **out, struct err *e)
{
    if (source->n_calendars == 0) {
        return err_set(e, STATUS_INVALID, "deadlines: there is no calendar");
    }
    struct route_deadlines *d = calloc(1, sizeof *d);
    if (!d || !(d->arena = arena_create(ARENA_MAX))) {
        free(d);
        return err_set(e, STATUS_NO_MEMORY, "no memory for deadlines");
    }
    enum status status = fill(d, source, e);
    if (status != STATUS_OK) {
        route_deadlines_destroy(d);
        return status;
    }
    *out = d;
    return STATUS_OK;
}

void route_deadlines_destroy(struct route_deadlines *d)
{
    if (d) {
        for (size_t i = 0; i < d->n_calendars; i++) {
            route_calendar_destroy(d->calendars[i]);
        }
        arena_destroy(d->arena);
        free(d);
    }
}

/* ---- looking things up ---- */

size_t route_deadlines_n_calendars(const struct route_deadlines *d)
{
    return d->n_calendars;
}

const struct route_calendar_row *route_deadlines_calendar(const struct route_deadlines *d,
                                                          int32_t calendar)
{
    BUG_IF(calendar < 0 || (size_t)calendar >= d->n_calendars);
    return &d->rows[calendar];
}

int32_t route_deadlines_find_calendar(const struct route_deadlines *d, struct str code)
{
    for (size_t i = 0; i < d->n_calendars; i++) {
        if (str_equal_z(code, d->rows[i].code)) {
            return (int32_t)i;
        }
    }
    return -1;
}

int32_t route_deadlines_agency_calendar(const struct route_deadlines *d, int32_t agency)
{
    return agency >= 0 && (size_t)agency < d->n_agencies ? d->agency_calendars[agency] : 0;
}

size_t route_deadlines_n_reasons(const struct route_deadlines *d)
{
    return d->n_reasons;
}

const struct route_pause_reason *route_deadlines_reason(const struct route_deadlines *d,
                                                        int32_t reason)
{
    BUG_IF(reason < 0 || (size_t)reason >= d->n_reasons);
    return &d->reasons[reason];
}

int32_t route_deadlines_find_reason(const struct route_deadlines *d, struct str code)
{
    for (size_t i = 0; i < d->n_reasons; i++) {
        if (str_equal_z(code, d->reasons[i].code)) {
            return (int32_t)i;
        }
    }
    return -1;
}

static size_t slot_of(const struct route_deadlines *d, int32_t category)
{
    return category >= 0 && (size_t)category < d->n_categories ? (size_t)category : d->n_categories;
}

struct route_deadline route_deadlines_step(const struct route_deadlines *d, int32_t category,
                                           bool urgent, enum route_step step)
{
    return d->steps[slot_of(d, category)].of[urgent][step];
}

int32_t route_facts_calendar(const struct route_deadlines *d,
                             const struct route_deadline_facts *facts)
{
    int32_t own = facts->terms.calendar;
    return own >= 0 && (size_t)own < d->n_calendars
               ? own
               : route_deadlines_agency_calendar(d, facts->agency);
}

struct route_deadline route_facts_step(const struct route_deadlines *d,
                                       const struct route_deadline_facts *facts,
                                       enum route_step step)
{
    size_t slot = slot_of(d, facts->category);
    bool urgent = facts->terms.urgent < 0 ? d->urgent[slot] : facts->terms.urgent == 1;
    const struct route_deadline *own = &facts->terms.steps[step];
    return own->kind != ROUTE_DEADLINE_INHERIT ? *own : d->steps[slot].of[urgent][step];
}

/* ---- counting ---- */

/* Where this pause stops counting. `left_us` is what its reason still allows, and is used up. */
static int64_t counted_end(const struct route_calendar *cal, const struct route_pause *p,
                           int64_t *left_us)
{
    if (*left_us <= 0) {
        return p->from_us;
    }
    int64_t cap_us = route_calendar_add_working_us(cal, p->from_us, *left_us);
    if (p->to_us >= cap_us) {
        *left_us = 0;
        return cap_us;
    }
    *left_us -= route_calendar_worked_us(cal, p->from_us, p->to_us);
    return p->to_us;
}

size_t route_pauses_counted(const struct route_deadlines *d, const struct route_calendar *cal,
                            const struct route_deadline_facts *facts, int64_t from_us,
                            struct route_pause *out)
{
    size_t n = 0;
    size_t n_given = facts->n_pauses < ROUTE_PAUSES_MAX ? facts->n_pauses : ROUTE_PAUSES_MAX;
    for (size_t i = 0; i < n_given; i++) {
        const struct route_pause *p = &facts->pauses[i];
        if (p->reason < 0 || (size_t)p->reason >= d->n_reasons) {
            continue;
        }
        int64_t left_us = d->reasons[p->reason].cap_days * route_calendar_day_length(cal);
        for (size_t k = 0; k < i; k++) { /* what earlier ones of its reason used */
            if (facts->pauses[k].reason == p->reason && left_us > 0) {
                (void)counted_end(cal, &facts->pauses[k], &left_us);
            }
        }
        struct route_pause counted = {p->from_us > from_us ? p->from_us : from_us,
                                      counted_end(cal, p, &left_us), p->reason};
        if (counted.to_us > counted.from_us) {
            out[n++] = counted;
        }
    }
    return n;
}

static int64_t due_by_clock(int64_t from_us, int64_t length_us, const struct route_pause *pauses,
                            size_t n)
{
    int64_t due_us = from_us + length_us;
    for (size_t i = 0; i < n && pauses[i].from_us < due_us; i++) {
        due_us += pauses[i].to_us - pauses[i].from_us;
    }
    return due_us;
}

static int64_t due_by_working_time(const struct route_calendar *cal, int64_t from_us,
                                   int64_t left_us, const struct route_pause *pauses, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t worked_us = route_calendar_worked_us(cal, from_us, pauses[i].from_us);
        if (worked_us >= left_us) {
            break;
        }
        left_us -= worked_us;
        from_us = pauses[i].to_us;
    }
    return route_calendar_add_working_us(cal, from_us, left_us);
}

/* Working days whose close of business falls into the pause. */
static int32_t days_taken(const struct route_calendar *cal, const struct route_pause *p,
                          int32_t after_day)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(cal, p->from_us, &of_day_us) - 1;
    int32_t n = 0;
    day = day > after_day ? day : after_day;
    for (;;) {
        day = route_calendar_day_after(cal, day, 1);
        int64_t close_us = route_calendar_close(cal, day);
        if (close_us > p->to_us) {
            return n;
        }
        n += close_us > p->from_us;
    }
}

static int64_t due_by_working_days(const struct route_calendar *cal, int64_t from_us, int32_t days,
                                   const struct route_pause *pauses, size_t n)
{
    int64_t of_day_us;
    int32_t start = route_calendar_day(cal, from_us, &of_day_us);
    int32_t day = route_calendar_day_after(cal, start, days);
    for (size_t i = 0; i < n && pauses[i].from_us < route_calendar_close(cal, day); i++) {
        day = route_calendar_day_after(cal, day, days_taken(cal, &pauses[i], start));
    }
    return route_calendar_close(cal, day);
}

int64_t route_step_due(const struct route_calendar *cal, struct route_deadline deadline,
                       int64_t from_us, const struct route_pause *pauses, size_t n)
{
    int64_t value = deadline.value < 0 ? 0 : deadline.value;
    if (n == 0) {
        return route_deadline_due(cal, deadline, from_us);
    }
    switch (deadline.kind) {
    case ROUTE_DEADLINE_MINUTES:
        return due_by_clock(from_us, value * ROUTE_MINUTE_US, pauses, n);
    case ROUTE_DEADLINE_HOURS:
        return due_by_clock(from_us, value * ROUTE_HOUR_US, pauses, n);
    case ROUTE_DEADLINE_WORKING_HOURS:
        return due_by_working_time(cal, from_us, value * ROUTE_HOUR_US, pauses, n);
    case ROUTE_DEADLINE_WORKING_DAYS:
        return due_by_working_days(cal, from_us, (int32_t)value, pauses, n);
    case ROUTE_DEADLINE_INHERIT:
        break;
    }
    BUG("a deadline that was not resolved");
}

int64_t route_committed_due(const struct route_deadlines *d, const struct route_calendar *cal,
                            const struct route_deadline_facts *facts)
{
    const struct route_terms *terms = &facts->terms;
    struct route_pause pauses[ROUTE_PAUSES_MAX];
    size_t n = route_pauses_counted(d, cal, facts, terms->committed_at_us, pauses);
    return due_by_clock(terms->committed_at_us, terms->committed_us - terms->committed_at_us,
                        pauses, n);
}

struct route_due route_deadlines_due(const struct route_deadlines *d,
                                     const struct route_deadline_facts *facts)
{
    const struct route_calendar *cal = d->calendars[route_facts_calendar(d, facts)];
    struct route_pause pauses[ROUTE_PAUSES_MAX];
    size_t n = facts->n_pauses == 0
                   ? 0
                   : route_pauses_counted(d, cal, facts, facts->clock_from_us, pauses);
    struct route_due due;
    due.at_us[ROUTE_STEP_PASS_ON] = route_step_due(
        cal, route_facts_step(d, facts, ROUTE_STEP_PASS_ON), facts->received_us, NULL, 0);
    for (int step = ROUTE_STEP_RESOLVE; step >= ROUTE_STEP_ACCEPT; step--) {
        int64_t at_us = step == ROUTE_STEP_RESOLVE && facts->terms.committed_at_us != 0
                            ? route_committed_due(d, cal, facts)
                            : route_step_due(cal, route_facts_step(d, facts, (enum route_step)step),
                                             facts->clock_from_us, pauses, n);
        bool limited = step < ROUTE_STEP_RESOLVE && at_us > due.at_us[step + 1];
        due.at_us[step] = limited ? due.at_us[step + 1] : at_us;
    }
    return due;
}
