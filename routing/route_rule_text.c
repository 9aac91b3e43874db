/* Single lines: conditions, outcomes, deadlines. Whole files are in route_rule_file.c. */
#include "routing/route_rule_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_rule_words.h"

static const char *const class_names[] = {"special", "asset", "ordinary", "fallback"};
static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
static const char *const channel_names[] = {"phone", "app", "web", "email", "sms", "social", "api"};

const char *route_class_name(enum route_class rule_class)
{
    return class_names[rule_class];
}

bool route_class_read(struct str name, enum route_class *out)
{
    for (size_t i = 0; i < sizeof class_names / sizeof *class_names; i++) {
        if (str_equal_z(name, class_names[i])) {
            *out = (enum route_class)i;
            return true;
        }
    }
    return false;
}

/* ---- conditions, read ---- */

static enum status read_layer(struct words *w, struct route_condition *c, struct err *e)
{
    enum status status = words_code(w, "a layer", &c->key, e);
    if (status != STATUS_OK || !words_take(w, "where")) {
        return status;
    }
    do {
        if (c->n_filters == ROUTE_FILTERS_MAX) {
            return err_set(e, STATUS_INVALID, "at most %d filters", ROUTE_FILTERS_MAX);
        }
        struct route_filter *f = &c->filters[c->n_filters++];
        status = words_name(w, "an attribute", &f->attribute, e);
        f->negated = status == STATUS_OK && words_take(w, "not");
        if (status == STATUS_OK) {
            status = words_expect(w, "in", e);
        }
        if (status == STATUS_OK) {
            status = words_set(w, &f->values, &f->n_values, e);
        }
    } while (status == STATUS_OK && words_take(w, "and"));
    return status;
}

static enum status read_inside(struct words *w, struct route_condition *c, struct err *e)
{
    if (words_take(w, "layer")) {
        c->kind = ROUTE_IF_LAYER;
        return read_layer(w, c, e);
    }
    if (words_take(w, "jurisdiction")) {
        c->kind = ROUTE_IF_JURISDICTION;
        return words_codes(w, &c->values, &c->n_values, e);
    }
    c->kind = ROUTE_IF_BOUNDARY;
    c->level = ROUTE_REACH_WARD;
    if (words_take(w, "district")) {
        c->level = ROUTE_REACH_DISTRICT;
    } else if (!words_take(w, "ward")) {
        return err_set(e, STATUS_INVALID,
                       "after inside comes ward, district, jurisdiction or layer");
    }
    return words_list(w, &c->values, &c->n_values, e);
}

static enum status read_within(struct words *w, struct route_condition *c, struct err *e)
{
    c->kind = ROUTE_IF_NEAR;
    enum status status = words_number(w, "a distance", 1, ROUTE_METRES_MAX, &c->metres, e);
    if (status == STATUS_OK) {
        status = words_expect(w, "m", e);
    }
    if (status == STATUS_OK) {
        status = words_expect(w, "of", e);
    }
    return status == STATUS_OK ? read_layer(w, c, e) : status;
}

static enum status read_attribute(struct words *w, struct route_condition *c, struct err *e)
{
    c->kind = ROUTE_IF_ATTRIBUTE;
    enum status status = words_name(w, "an attribute", &c->key, e);
    if (status != STATUS_OK || words_take(w, "given")) {
        return status;
    }
    status = words_expect(w, "in", e);
    return status == STATUS_OK ? words_set(w, &c->values, &c->n_values, e) : status;
}

static enum status read_channel(struct words *w, struct route_condition *c, struct err *e)
{
    c->kind = ROUTE_IF_CHANNEL;
    enum status status = words_codes(w, &c->values, &c->n_values, e);
    for (size_t i = 0; status == STATUS_OK && i < c->n_values; i++) {
        bool known = false;
        for (size_t k = 0; k < sizeof channel_names / sizeof *channel_names; k++) {
            known = known || strcmp(c->values[i], channel_names[k]) == 0;
        }
        if (!known) {
            return err_set(e, STATUS_INVALID, "there is no channel %.40s", c->values[i]);
        }
    }
    return status;
}

static bool read_clock(struct str text, int32_t most, int32_t *minute)
{
    if (text.n != 5 || text.p[2] != ':' || strspn(text.p, "0123456789") < 2) {
        return false;
    }
    for (size_t i = 0; i < 5; i++) {
        if (i != 2 && (text.p[i] < '0' || text.p[i] > '9')) {
            return false;
        }
    }
    int32_t hours = (text.p[0] - '0') * 10 + text.p[1] - '0';
    int32_t minutes = (text.p[3] - '0') * 10 + text.p[4] - '0';
    *minute = hours * 60 + minutes;
    return minutes < 60 && *minute <= most;
}

static enum status read_time(struct words *w, struct route_condition *c, struct err *e)
{
    c->kind = ROUTE_IF_TIME;
    struct str span = words_next(w);
    struct str rest = span;
    struct str first = str_cut(&rest, '-');
    if (span.n != 11 || !read_clock(first, 1439, &c->first_minute) ||
        !read_clock(rest, 1440, &c->last_minute) || c->last_minute == 0 ||
        c->first_minute == c->last_minute) {
        return err_set(e, STATUS_INVALID, "a time is written 22:00-06:00, from 00:00 to 24:00");
    }
    return STATUS_OK;
}

static enum status read_weekday(struct words *w, struct route_condition *c, struct err *e)
{
    const char *const *days = NULL;
    size_t n = 0;
    c->kind = ROUTE_IF_WEEKDAY;
    enum status status = words_codes(w, &days, &n, e);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        uint32_t bit = 0;
        for (unsigned d = 0; d < 7; d++) {
            bit |= strcmp(days[i], day_names[d]) == 0 ? 1U << d : 0;
        }
        if (bit == 0) {
            return err_set(e, STATUS_INVALID, "weekdays are mon, tue, wed, thu, fri, sat, sun");
        }
        c->weekdays |= bit;
    }
    return status;
}

static enum status read_category(struct words *w, struct route_condition *c, struct err *e)
{
    c->kind = ROUTE_IF_CATEGORY;
    return words_codes(w, &c->values, &c->n_values, e);
}

static enum status read_urgent(struct words *w, struct route_condition *c, struct err *e)
{
    (void)w;
    (void)e;
    c->kind = ROUTE_IF_URGENT;
    return STATUS_OK;
}

static enum status read_working(struct words *w, struct route_condition *c, struct err *e)
{
    c->kind = ROUTE_IF_WORKING_TIME;
    return words_expect(w, "time", e);
}

static enum status read_words(struct words *w, struct route_condition *c, struct err *e)
{
    c->kind = ROUTE_IF_WORDS;
    return words_list(w, &c->values, &c->n_values, e);
}

static const struct {
    const char *word;
    enum status (*read)(struct words *w, struct route_condition *c, struct err *e);
} condition_words[] = {
    {"category", read_category},   {"inside", read_inside},   {"within", read_within},
    {"attribute", read_attribute}, {"channel", read_channel}, {"urgent", read_urgent},
    {"time", read_time},           {"weekday", read_weekday}, {"working", read_working},
    {"words", read_words},
};

enum status route_condition_read(struct arena *arena, struct str line, struct route_condition *out,
                                 struct err *e)
{
    struct words w = {arena, str_trim(line)};
    struct route_condition c = {.kind = ROUTE_IF_CATEGORY};
    enum status status = words_check(line, e);
    if (status != STATUS_OK) {
        return status;
    }
    c.negated = words_take(&w, "not");
    struct str word = words_next(&w);
    for (size_t i = 0; i < sizeof condition_words / sizeof *condition_words; i++) {
        if (str_equal_z(word, condition_words[i].word)) {
            status = condition_words[i].read(&w, &c, e);
            if (status == STATUS_OK) {
                status = words_end(&w, e);
            }
            if (status == STATUS_OK) {
                *out = c;
            }
            return status;
        }
    }
    return err_set(e, STATUS_INVALID, "no condition begins with '%.*s'",
                   (int)(word.n < 40 ? word.n : 40), word.n > 0 ? word.p : "");
}

/* ---- conditions, written ---- */

static void write_filters(const struct route_condition *c, struct strbuf *out)
{
    strbuf_append_z(out, c->key);
    for (size_t i = 0; i < c->n_filters; i++) {
        const struct route_filter *f = &c->filters[i];
        strbuf_append_z(out, i == 0 ? " where " : " and ");
        words_write(f->attribute, out);
        strbuf_append_z(out, f->negated ? " not in (" : " in (");
        words_write_list(f->values, f->n_values, out);
        strbuf_append_char(out, ')');
    }
}

static void write_weekdays(uint32_t weekdays, struct strbuf *out)
{
    const char *before = "";
    for (unsigned d = 0; d < 7; d++) {
        if ((weekdays >> d & 1U) != 0) {
            strbuf_printf(out, "%s%s", before, day_names[d]);
            before = ", ";
        }
    }
}

static void write_attribute(const struct route_condition *c, struct strbuf *out)
{
    strbuf_append_z(out, "attribute ");
    words_write(c->key, out);
    if (c->n_values == 0) {
        strbuf_append_z(out, " given");
        return;
    }
    strbuf_append_z(out, " in (");
    words_write_list(c->values, c->n_values, out);
    strbuf_append_char(out, ')');
}

static void write_listed(const char *before, const struct route_condition *c, struct strbuf *out)
{
    strbuf_append_z(out, before);
    words_write_list(c->values, c->n_values, out);
}

void route_condition_write(const struct route_condition *c, struct strbuf *out)
{
    strbuf_append_z(out, c->negated ? "not " : "");
    switch (c->kind) {
    case ROUTE_IF_CATEGORY:
        write_listed("category ", c, out);
        break;
    case ROUTE_IF_BOUNDARY:
        write_listed(c->level == ROUTE_REACH_WARD ? "inside ward " : "inside district ", c, out);
        break;
    case ROUTE_IF_JURISDICTION:
        write_listed("inside jurisdiction ", c, out);
        break;
    case ROUTE_IF_LAYER:
        strbuf_append_z(out, "inside layer ");
        write_filters(c, out);
        break;
    case ROUTE_IF_NEAR:
        strbuf_printf(out, "within %d m of ", (int)c->metres);
        write_filters(c, out);
        break;
    case ROUTE_IF_ATTRIBUTE:
        write_attribute(c, out);
        break;
    case ROUTE_IF_CHANNEL:
        write_listed("channel ", c, out);
        break;
    case ROUTE_IF_URGENT:
        strbuf_append_z(out, "urgent");
        break;
    case ROUTE_IF_TIME:
        strbuf_printf(out, "time %02d:%02d-%02d:%02d", (int)c->first_minute / 60,
                      (int)c->first_minute % 60, (int)c->last_minute / 60,
                      (int)c->last_minute % 60);
        break;
    case ROUTE_IF_WEEKDAY:
        strbuf_append_z(out, "weekday ");
        write_weekdays(c->weekdays, out);
        break;
    case ROUTE_IF_WORKING_TIME:
        strbuf_append_z(out, "working time");
        break;
    case ROUTE_IF_WORDS:
        write_listed("words ", c, out);
        break;
    }
}

/* ---- outcomes ---- */

static enum status read_to(struct words *w, struct route_outcome *o, struct err *e)
{
    enum status status = STATUS_OK;
    if (words_take(w, "agency")) {
        o->kind = ROUTE_TO_AGENCY;
        status = words_code(w, "an agency", &o->code, e);
        if (status == STATUS_OK && words_take(w, "desk")) {
            status = words_code(w, "a desk", &o->desk, e);
        }
        return status;
    }
    if (words_take(w, "unit")) {
        o->kind = ROUTE_TO_UNIT;
        o->level = ROUTE_REACH_DISTRICT;
        if (words_take(w, "ward")) {
            o->level = ROUTE_REACH_WARD;
        } else if (!words_take(w, "district")) {
            return err_set(e, STATUS_INVALID, "after unit comes ward or district");
        }
        return words_take(w, "of") ? words_code(w, "a set", &o->code, e) : STATUS_OK;
    }
    if (words_take(w, "owner")) {
        o->kind = ROUTE_TO_OWNER;
        status = words_name(w, "an attribute", &o->attribute, e);
        if (status == STATUS_OK) {
            status = words_expect(w, "of", e);
        }
        return status == STATUS_OK ? words_code(w, "a layer", &o->code, e) : status;
    }
    if (words_take(w, "holder")) {
        o->kind = ROUTE_TO_HOLDER;
        return words_code(w, "a set", &o->code, e);
    }
    return err_set(e, STATUS_INVALID, "an outcome begins with agency, unit, owner or holder");
}

enum status route_outcome_read(struct arena *arena, struct str line, struct route_outcome *out,
                               struct err *e)
{
    struct words w = {arena, str_trim(line)};
    struct route_outcome o = {.kind = ROUTE_TO_AGENCY, .level = ROUTE_REACH_CITY};
    enum status status = words_check(line, e);
    if (status == STATUS_OK) {
        status = read_to(&w, &o, e);
    }
    if (status == STATUS_OK) {
        status = words_end(&w, e);
    }
    if (status == STATUS_OK) {
        *out = o;
    }
    return status;
}

void route_outcome_write(const struct route_outcome *o, struct strbuf *out)
{
    switch (o->kind) {
    case ROUTE_TO_AGENCY:
        strbuf_printf(out, "agency %s", o->code);
        if (o->desk) {
            strbuf_printf(out, " desk %s", o->desk);
        }
        break;
    case ROUTE_TO_UNIT:
        strbuf_append_z(out, o->level == ROUTE_REACH_WARD ? "unit ward" : "unit district");
        if (o->code) {
            strbuf_printf(out, " of %s", o->code);
        }
        break;
    case ROUTE_TO_OWNER:
        strbuf_append_z(out, "owner ");
        words_write(o->attribute, out);
        strbuf_printf(out, " of %s", o->code);
        break;
    case ROUTE_TO_HOLDER:
        strbuf_printf(out, "holder %s", o->code);
        break;
    }
}

/* ---- deadlines ---- */

enum status route_deadline_read(struct str line, struct route_deadline *out, struct err *e)
{
    struct words w = {NULL, str_trim(line)};
    struct route_deadline d = {ROUTE_DEADLINE_HOURS, 0};
    enum status status = words_number(&w, "a deadline", 1, ROUTE_DEADLINE_HOURS_MAX, &d.value, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (words_take(&w, "working")) {
        d.kind = words_take(&w, "days")    ? ROUTE_DEADLINE_WORKING_DAYS
                 : words_take(&w, "hours") ? ROUTE_DEADLINE_WORKING_HOURS
                                           : ROUTE_DEADLINE_INHERIT;
    } else if (!words_take(&w, "hours")) {
        d.kind = ROUTE_DEADLINE_INHERIT;
    }
    if (d.kind == ROUTE_DEADLINE_INHERIT || words_end(&w, NULL) != STATUS_OK) {
        return err_set(e, STATUS_INVALID,
                       "a deadline is a number of hours, working hours or working days");
    }
    if (d.kind == ROUTE_DEADLINE_WORKING_DAYS && d.value > ROUTE_DEADLINE_DAYS_MAX) {
        return err_set(e, STATUS_INVALID, "at most %d working days", ROUTE_DEADLINE_DAYS_MAX);
    }
    *out = d;
    return STATUS_OK;
}

void route_deadline_write(struct route_deadline d, struct strbuf *out)
{
    strbuf_printf(out, "%d %s", (int)d.value,
                  d.kind == ROUTE_DEADLINE_HOURS           ? "hours"
                  : d.kind == ROUTE_DEADLINE_WORKING_HOURS ? "working hours"
                                                           : "working days");
}
