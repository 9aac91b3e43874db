#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_date.h"
#include "routing/route_rules_internal.h"

/* A row's time in force, under the name that must be unique in it. */
struct span {
    int32_t owner; /* the agency of a desk; otherwise 0 */
    const char *code;
    int64_t from_us, to_us;
    size_t number;
};

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    if (x->owner != y->owner) {
        return x->owner < y->owner ? -1 : 1;
    }
    int by_code = strcmp(x->code, y->code);
    if (by_code != 0) {
        return by_code;
    }
    return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

static bool unknown(int32_t number, size_t n)
{
    return number < 0 || (size_t)number >= n;
}

static enum status refuse(struct err *e, const char *kind, size_t number, const char *code,
                          const char *what)
{
    return err_set(e, STATUS_INVALID, "%s '%.80s' (row %zu): %s", kind, code ? code : "", number,
                   what);
}

static enum status check_named(const char *kind, size_t number, const char *code, const char *name,
                               struct err *e)
{
    if (!code || !*code) {
        return refuse(e, kind, number, code, "it has no code");
    }
    if (!name || !*name) {
        return refuse(e, kind, number, code, "it has no name");
    }
    return STATUS_OK;
}

/* Sorts the spans and refuses two of one code that are in force together. */
static enum status check_unique(const char *kind, struct span *spans, size_t n, struct err *e)
{
    if (n > 0) {
        qsort(spans, n, sizeof *spans, compare_spans);
    }
    for (size_t i = 1; i < n; i++) {
        const struct span *a = &spans[i - 1];
        const struct span *b = &spans[i];
        if (a->owner == b->owner && strcmp(a->code, b->code) == 0 && b->from_us < a->to_us) {
            return err_set(e, STATUS_INVALID,
                           "%s '%.80s' (row %zu): row %zu has the same code at the same time", kind,
                           b->code, b->number, a->number);
        }
    }
    return STATUS_OK;
}

static enum status check_deadline(struct route_deadline d, const char **what)
{
    switch (d.kind) {
    case ROUTE_DEADLINE_INHERIT:
        return STATUS_OK;
    case ROUTE_DEADLINE_MINUTES:
    case ROUTE_DEADLINE_HOURS:
    case ROUTE_DEADLINE_WORKING_HOURS:
        *what = "its deadline in hours is out of range";
        return d.value >= 1 && d.value <= ROUTE_DEADLINE_HOURS_MAX ? STATUS_OK : STATUS_INVALID;
    case ROUTE_DEADLINE_WORKING_DAYS:
        *what = "its deadline in working days is out of range";
        return d.value >= 1 && d.value <= ROUTE_DEADLINE_DAYS_MAX ? STATUS_OK : STATUS_INVALID;
    }
    *what = "its deadline is of no known kind";
    return STATUS_INVALID;
}

/* ---- categories ---- */

static enum status check_ancestors(const struct route_rules_source *s, size_t number, struct err *e)
{
    int32_t at = (int32_t)number;
    for (int level = 0; at != ROUTE_NONE; level++) {
        if (level == ROUTE_CATEGORY_LEVELS_MAX) {
            return refuse(e, "category", number, s->categories[number].code,
                          "its parents form a cycle or go too deep");
        }
        at = s->categories[at].parent;
    }
    return STATUS_OK;
}

static enum status check_category(const struct route_rules_source *s, size_t number, struct err *e)
{
    const struct route_category *c = &s->categories[number];
    enum status status = check_named("category", number, c->code, c->name_vi, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (!c->name_en || !*c->name_en) {
        return refuse(e, "category", number, c->code, "it has no English name");
    }
    if (c->parent != ROUTE_NONE && unknown(c->parent, s->n_categories)) {
        return refuse(e, "category", number, c->code, "its parent is no category");
    }
    const char *what = "";
    if (check_deadline(c->deadline, &what) != STATUS_OK) {
        return refuse(e, "category", number, c->code, what);
    }
    return STATUS_OK;
}

static enum status check_categories(const struct route_rules_source *s, struct span *spans,
                                    struct err *e)
{
    for (size_t i = 0; i < s->n_categories; i++) {
        enum status status = check_category(s, i, e);
        if (status != STATUS_OK) {
            return status;
        }
        spans[i] =
            (struct span){0, s->categories[i].code, ROUTE_TIME_OPEN_START, ROUTE_TIME_OPEN_END, i};
    }
    /* Only now are all parents known to exist. */
    for (size_t i = 0; i < s->n_categories; i++) {
        enum status status = check_ancestors(s, i, e);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return check_unique("category", spans, s->n_categories, e);
}

/* ---- agencies and desks ---- */

static enum status check_agencies(const struct route_rules_source *s, struct span *spans,
                                  struct err *e)
{
    for (size_t i = 0; i < s->n_agencies; i++) {
        const struct route_agency *a = &s->agencies[i];
        enum status status = check_named("agency", i, a->code, a->name, e);
        if (status != STATUS_OK) {
            return status;
        }
        if (a->valid_from_us >= a->valid_to_us) {
            return refuse(e, "agency", i, a->code, "it is never valid");
        }
        spans[i] = (struct span){0, a->code, a->valid_from_us, a->valid_to_us, i};
    }
    return check_unique("agency", spans, s->n_agencies, e);
}

static enum status check_desks(const struct route_rules_source *s, struct span *spans,
                               struct err *e)
{
    for (size_t i = 0; i < s->n_desks; i++) {
        const struct route_desk *d = &s->desks[i];
        enum status status = check_named("desk", i, d->code, d->name, e);
        if (status != STATUS_OK) {
            return status;
        }
        if (unknown(d->agency, s->n_agencies)) {
            return refuse(e, "desk", i, d->code, "its agency is no agency");
        }
        if (d->valid_from_us >= d->valid_to_us) {
            return refuse(e, "desk", i, d->code, "it is never valid");
        }
        spans[i] = (struct span){d->agency, d->code, d->valid_from_us, d->valid_to_us, i};
    }
    return check_unique("desk", spans, s->n_desks, e);
}

/* ---- jurisdictions ---- */

/* What is wrong with its class, reach and unit; NULL if nothing. */
static const char *fault_of_place(const struct route_jurisdiction *j)
{
    bool has_class = false;
    switch (j->rule_class) {
    case ROUTE_CLASS_SPECIAL:
    case ROUTE_CLASS_ASSET:
    case ROUTE_CLASS_ORDINARY:
    case ROUTE_CLASS_FALLBACK:
        has_class = true;
        break;
    }
    if (!has_class) {
        return "it is of no known class";
    }
    switch (j->reach) {
    case ROUTE_REACH_WARD:
    case ROUTE_REACH_DISTRICT:
        if (j->unit < 0) {
            return "it reaches over a unit but names none";
        }
        return j->unit < ROUTE_UNITS_MAX ? NULL : "its unit's number is out of range";
    case ROUTE_REACH_AREA:
    case ROUTE_REACH_CITY:
        return j->unit == ROUTE_NONE ? NULL : "it names a unit but does not reach over one";
    }
    return "it is of no known reach";
}

/* What is wrong with its agency and desk; NULL if nothing. */
static const char *fault_of_agency(const struct route_rules_source *s,
                                   const struct route_jurisdiction *j)
{
    if (unknown(j->agency, s->n_agencies)) {
        return "its agency is no agency";
    }
    if (j->desk != ROUTE_NONE && unknown(j->desk, s->n_desks)) {
        return "its desk is no desk";
    }
    if (j->desk != ROUTE_NONE && s->desks[j->desk].agency != j->agency) {
        return "its desk belongs to another agency";
    }
    const struct route_agency *a = &s->agencies[j->agency];
    if (j->valid_from_us >= a->valid_to_us || j->valid_to_us <= a->valid_from_us) {
        return "its agency is valid at no time when it is";
    }
    return NULL;
}

static enum status check_jurisdiction(const struct route_rules_source *s, size_t number,
                                      struct err *e)
{
    const struct route_jurisdiction *j = &s->jurisdictions[number];
    enum status status = check_named("jurisdiction", number, j->code, j->name, e);
    if (status != STATUS_OK) {
        return status;
    }
    const char *fault = fault_of_place(j);
    if (!fault && j->valid_from_us >= j->valid_to_us) {
        fault = "it is never valid";
    }
    if (!fault) {
        fault = fault_of_agency(s, j);
    }
    for (size_t i = 0; !fault && i < j->n_categories; i++) {
        if (unknown(j->categories[i], s->n_categories)) {
            fault = "one of its categories is no category";
        }
    }
    return fault ? refuse(e, "jurisdiction", number, j->code, fault) : STATUS_OK;
}

static enum status check_jurisdictions(const struct route_rules_source *s, struct span *spans,
                                       struct err *e)
{
    for (size_t i = 0; i < s->n_jurisdictions; i++) {
        enum status status = check_jurisdiction(s, i, e);
        if (status != STATUS_OK) {
            return status;
        }
        const struct route_jurisdiction *j = &s->jurisdictions[i];
        spans[i] = (struct span){0, j->code, j->valid_from_us, j->valid_to_us, i};
    }
    return check_unique("jurisdiction", spans, s->n_jurisdictions, e);
}

/* ---- all together ---- */

static enum status check_defaults(const struct route_rules_source *s, struct err *e)
{
    if (s->n_categories > ROUTE_ROWS_MAX || s->n_agencies > ROUTE_ROWS_MAX ||
        s->n_desks > ROUTE_ROWS_MAX || s->n_jurisdictions > ROUTE_ROWS_MAX) {
        return err_set(e, STATUS_INVALID, "rules: more than %d rows of a kind", ROUTE_ROWS_MAX);
    }
    const char *what = "it says INHERIT";
    if (s->default_deadline.kind == ROUTE_DEADLINE_INHERIT ||
        check_deadline(s->default_deadline, &what) != STATUS_OK) {
        return err_set(e, STATUS_INVALID, "rules: the default deadline: %s", what);
    }
    if (s->pass_on_minutes < 0 || s->pass_on_minutes > ROUTE_CALENDAR_MINUTES_MAX) {
        return err_set(e, STATUS_INVALID, "rules: %d minutes to pass a complaint on",
                       (int)s->pass_on_minutes);
    }
    return STATUS_OK;
}

static struct span *spans_for(const struct route_rules_source *s)
{
    size_t most = s->n_categories > s->n_desks ? s->n_categories : s->n_desks;
    size_t fallbacks = s->n_agencies + s->n_jurisdictions;
    most = most > fallbacks ? most : fallbacks;
    return calloc(most + 1, sizeof(struct span));
}

enum status route_rules_check(const struct route_rules_source *source, struct err *e)
{
    enum status status = check_defaults(source, e);
    if (status != STATUS_OK) {
        return status;
    }
    struct span *spans = spans_for(source);
    if (!spans) {
        return err_set(e, STATUS_NO_MEMORY, "rules: no memory to check them");
    }
    status = check_categories(source, spans, e);
    if (status == STATUS_OK) {
        status = check_agencies(source, spans, e);
    }
    if (status == STATUS_OK) {
        status = check_desks(source, spans, e);
    }
    if (status == STATUS_OK) {
        status = check_jurisdictions(source, spans, e);
    }
    free(spans);
    return status;
}

/* ---- the fallback ---- */

/* The times in which a fallback exists, under one name so that they sort by time. */
static size_t collect_fallbacks(const struct route_rules_source *s, struct span *spans)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_agencies; i++) {
        const struct route_agency *a = &s->agencies[i];
        if (a->fallback) {
            spans[n++] = (struct span){0, "", a->valid_from_us, a->valid_to_us, i};
        }
    }
    for (size_t i = 0; i < s->n_jurisdictions; i++) {
        const struct route_jurisdiction *j = &s->jurisdictions[i];
        if (j->rule_class == ROUTE_CLASS_FALLBACK && j->reach == ROUTE_REACH_CITY &&
            j->n_categories == 0) {
            const struct route_agency *a = &s->agencies[j->agency];
            int64_t from_us =
                j->valid_from_us > a->valid_from_us ? j->valid_from_us : a->valid_from_us;
            int64_t to_us = j->valid_to_us < a->valid_to_us ? j->valid_to_us : a->valid_to_us;
            spans[n++] = (struct span){0, "", from_us, to_us, i};
        }
    }
    return n;
}

static void word_instant(const struct route_calendar *cal, int64_t at_us, char *out, size_t size)
{
    if (at_us == ROUTE_TIME_OPEN_START || at_us == ROUTE_TIME_OPEN_END) {
        const char *word = at_us == ROUTE_TIME_OPEN_START ? "the beginning" : "the end of time";
        (void)snprintf(out, size, "%s", word);
        return;
    }
    int64_t of_day_us;
    struct route_date d = route_date_of_day(route_calendar_day(cal, at_us, &of_day_us));
    int minute = (int)(of_day_us / 60000000);
    (void)snprintf(out, size, "%04d-%02d-%02d %02d:%02d", (int)d.year, (int)d.month, (int)d.day,
                   minute / 60, minute % 60);
}

static enum status refuse_gap(const struct route_calendar *cal, int64_t from_us, int64_t to_us,
                              struct err *e)
{
    char from[40];
    char to[40];
    word_instant(cal, from_us, from, sizeof from);
    word_instant(cal, to_us, to, sizeof to);
    return err_set(e, STATUS_INVALID,
                   "rules: from %s to %s there is neither a fallback agency nor a fallback "
                   "jurisdiction for the whole city and any category",
                   from, to);
}

enum status route_rules_check_fallback(const struct route_rules_source *source,
                                       const struct route_calendar *cal, struct err *e)
{
    struct span *spans = spans_for(source);
    if (!spans) {
        return err_set(e, STATUS_NO_MEMORY, "rules: no memory to check them");
    }
    size_t n = collect_fallbacks(source, spans);
    if (n > 0) {
        qsort(spans, n, sizeof *spans, compare_spans);
    }
    int64_t covered_us = ROUTE_TIME_OPEN_START; /* all before this is */
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        if (spans[i].from_us > covered_us) {
            status = refuse_gap(cal, covered_us, spans[i].from_us, e);
        }
        covered_us = spans[i].to_us > covered_us ? spans[i].to_us : covered_us;
    }
    if (status == STATUS_OK && covered_us != ROUTE_TIME_OPEN_END) {
        status = refuse_gap(cal, covered_us, ROUTE_TIME_OPEN_END, e);
    }
    free(spans);
    return status;
}
