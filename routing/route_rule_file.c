/* Whole files of rules. */
#include <stdlib.h>
#include <string.h>

#include "routing/route_date.h"
#include "routing/route_rule_text.h"
#include "routing/route_rule_words.h"

/* The rule being read. */
struct reading {
    struct arena *arena;
    struct route_rule rule;
    bool has_class, has_outcome;
    struct route_condition conditions[ROUTE_CONDITIONS_MAX];
    struct route_outcome partners[ROUTE_PARTNERS_MAX];
};

static enum status read_name(struct reading *r, struct words *w, struct err *e)
{
    const char **slot = words_take(w, "vi")   ? &r->rule.name_vi
                        : words_take(w, "en") ? &r->rule.name_en
                                              : NULL;
    if (!slot || *slot) {
        return err_set(e, STATUS_INVALID,
                       slot ? "that name was given before" : "after name comes vi or en");
    }
    return words_name(w, "the name", slot, e);
}

static enum status read_class(struct reading *r, struct words *w, struct err *e)
{
    if (r->has_class || !route_class_read(words_next(w), &r->rule.rule_class)) {
        return err_set(e, STATUS_INVALID,
                       r->has_class ? "the class was given before"
                                    : "a class is special, asset, ordinary or fallback");
    }
    r->has_class = true;
    return STATUS_OK;
}

static enum status read_day(struct words *w, const char **out, int32_t *day, struct err *e)
{
    struct str text = words_next(w);
    if (!route_date_parse(text, day)) {
        return err_set(e, STATUS_INVALID, "a day is written 2025-07-01");
    }
    *out = arena_strndup(w->arena, text.p, text.n);
    return *out ? STATUS_OK : err_set(e, STATUS_NO_MEMORY, "no memory for rules");
}

static enum status read_valid(struct reading *r, struct words *w, struct err *e)
{
    int32_t from = INT32_MIN;
    int32_t to = INT32_MAX;
    enum status status = STATUS_OK;
    bool given = false;
    if (words_take(w, "from")) {
        given = true;
        status = read_day(w, &r->rule.valid_from, &from, e);
    }
    if (status == STATUS_OK && words_take(w, "to")) {
        given = true;
        status = read_day(w, &r->rule.valid_to, &to, e);
    }
    if (status == STATUS_OK && (!given || from >= to)) {
        status = err_set(e, STATUS_INVALID,
                         "valid from DAY to DAY: one of them at least, the last day excluded");
    }
    return status;
}

static enum status read_when(struct reading *r, struct words *w, struct err *e)
{
    if (r->rule.n_conditions == ROUTE_CONDITIONS_MAX) {
        return err_set(e, STATUS_INVALID, "more than %d conditions", ROUTE_CONDITIONS_MAX);
    }
    struct str line = w->rest;
    w->rest.n = 0;
    return route_condition_read(r->arena, line, &r->conditions[r->rule.n_conditions++], e);
}

static enum status read_then(struct reading *r, struct words *w, struct err *e)
{
    if (r->has_outcome) {
        return err_set(e, STATUS_INVALID, "a second outcome; others who act come after 'with'");
    }
    struct str line = w->rest;
    w->rest.n = 0;
    r->has_outcome = true;
    return route_outcome_read(r->arena, line, &r->rule.outcome, e);
}

static enum status read_with(struct reading *r, struct words *w, struct err *e)
{
    if (r->rule.n_partners == ROUTE_PARTNERS_MAX) {
        return err_set(e, STATUS_INVALID, "more than %d others", ROUTE_PARTNERS_MAX);
    }
    struct str line = w->rest;
    w->rest.n = 0;
    return route_outcome_read(r->arena, line, &r->partners[r->rule.n_partners++], e);
}

static enum status read_deadline(struct reading *r, struct words *w, struct err *e)
{
    struct str line = w->rest;
    w->rest.n = 0;
    return route_deadline_read(line, &r->rule.deadline, e);
}

static enum status read_urgent(struct reading *r, struct words *w, struct err *e)
{
    if (words_take(w, "yes")) {
        r->rule.urgency = ROUTE_URGENT;
    } else if (words_take(w, "no")) {
        r->rule.urgency = ROUTE_NOT_URGENT;
    } else {
        return err_set(e, STATUS_INVALID, "urgent is yes or no");
    }
    return STATUS_OK;
}

static enum status read_author(struct reading *r, struct words *w, struct err *e)
{
    return words_name(w, "the author", &r->rule.author, e);
}

static enum status read_reason(struct reading *r, struct words *w, struct err *e)
{
    return words_name(w, "the reason", &r->rule.reason, e);
}

static const struct {
    const char *word;
    enum status (*read)(struct reading *r, struct words *w, struct err *e);
} line_words[] = {
    {"name", read_name},         {"class", read_class},   {"valid", read_valid},
    {"when", read_when},         {"then", read_then},     {"with", read_with},
    {"deadline", read_deadline}, {"urgent", read_urgent}, {"author", read_author},
    {"reason", read_reason},
};

static enum status read_line(struct reading *r, struct str line, struct err *e)
{
    struct words w = {r->arena, line};
    struct str word = words_next(&w);
    for (size_t i = 0; i < sizeof line_words / sizeof *line_words; i++) {
        if (str_equal_z(word, line_words[i].word)) {
            enum status status = line_words[i].read(r, &w, e);
            return status == STATUS_OK ? words_end(&w, e) : status;
        }
    }
    return err_set(e, STATUS_INVALID, "no line of a rule begins with '%.*s'",
                   (int)(word.n < 40 ? word.n : 40), word.n > 0 ? word.p : "");
}

/* What a rule lacks, or NULL. */
static const char *lacking(const struct reading *r)
{
    return !r->rule.name_vi || !r->rule.name_en ? "a rule needs name vi and name en"
           : !r->has_class                      ? "a rule needs a class"
           : !r->has_outcome                    ? "a rule needs an outcome: then ..."
                                                : NULL;
}

static enum status finish(struct reading *r, struct route_rule *out, struct err *e)
{
    const char *what = lacking(r);
    if (what) {
        return err_set(e, STATUS_INVALID, "%s", what);
    }
    struct route_condition *c = arena_calloc(r->arena, r->rule.n_conditions + 1, sizeof *c);
    struct route_outcome *p = arena_calloc(r->arena, r->rule.n_partners + 1, sizeof *p);
    if (!c || !p) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    memcpy(c, r->conditions, r->rule.n_conditions * sizeof *c);
    memcpy(p, r->partners, r->rule.n_partners * sizeof *p);
    r->rule.conditions = c;
    r->rule.partners = p;
    *out = r->rule;
    return STATUS_OK;
}

static enum status begin(struct reading *r, struct words *w, struct err *e)
{
    enum status status = words_code(w, "a rule", &r->rule.code, e);
    for (const char *c = r->rule.code; status == STATUS_OK && *c; c++) {
        if (*c == '_' || (*c >= 'A' && *c <= 'Z') || (c == r->rule.code && *c == '-')) {
            return err_set(e, STATUS_INVALID,
                           "a rule's code is small letters, digits and '-', at most 64");
        }
    }
    return status == STATUS_OK ? words_end(w, e) : status;
}

struct file {
    struct arena *arena;
    struct route_rule *rules; /* grown with malloc, copied at the end */
    size_t n, cap;
    size_t line, began; /* where the open rule began; 0: none is open */
    struct reading reading;
};

static enum status close_rule(struct file *f, struct err *e)
{
    if (f->began == 0) {
        return STATUS_OK;
    }
    struct route_rule rule;
    enum status status = finish(&f->reading, &rule, e);
    if (status != STATUS_OK) {
        return err_wrap(e, "line %zu: rule %s", f->began, f->reading.rule.code);
    }
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(f->rules[i].code, rule.code) == 0) {
            return err_set(e, STATUS_INVALID, "line %zu: rule %s: there is one of that code before",
                           f->began, rule.code);
        }
    }
    struct route_rule *grown = array_grow(f->rules, &f->cap, f->n + 1, sizeof *grown);
    if (!grown) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    f->rules = grown;
    rule.position = (int32_t)f->n + 1;
    f->rules[f->n++] = rule;
    f->began = 0;
    return STATUS_OK;
}

static enum status take_line(struct file *f, struct str line, struct err *e)
{
    struct words w = {f->arena, line};
    enum status status = words_check(line, e);
    if (status == STATUS_OK && words_take(&w, "rule")) {
        status = close_rule(f, e);
        if (status != STATUS_OK) {
            return status;
        }
        if (f->n == ROUTE_TEXT_RULES_MAX) {
            return err_set(e, STATUS_INVALID, "more than %d rules", ROUTE_TEXT_RULES_MAX);
        }
        f->reading = (struct reading){.arena = f->arena};
        f->reading.rule.valid_from_us = ROUTE_TIME_OPEN_START;
        f->reading.rule.valid_to_us = ROUTE_TIME_OPEN_END;
        status = begin(&f->reading, &w, e);
        f->began = f->line;
    } else if (status == STATUS_OK && f->began == 0) {
        status = err_set(e, STATUS_INVALID, "a rule begins with: rule CODE");
    } else if (status == STATUS_OK) {
        status = read_line(&f->reading, line, e);
    }
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    return f->began != 0 && f->reading.rule.code
               ? err_wrap(e, "line %zu: rule %s", f->line, f->reading.rule.code)
               : err_wrap(e, "line %zu", f->line);
}

enum status route_rules_read(struct arena *arena, struct str text, struct route_rule **out,
                             size_t *n, struct err *e)
{
    struct file *f = calloc(1, sizeof *f);
    if (!f) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    f->arena = arena;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && text.n > 0) {
        struct str line = str_trim(str_cut(&text, '\n'));
        f->line++;
        if (line.n > 0 && line.p[0] != '#') {
            status = take_line(f, line, e);
        }
    }
    if (status == STATUS_OK) {
        status = close_rule(f, e);
    }
    struct route_rule *copy =
        status == STATUS_OK ? arena_calloc(arena, f->n + 1, sizeof *copy) : NULL;
    if (copy) {
        if (f->n > 0) {
            memcpy(copy, f->rules, f->n * sizeof *copy);
        }
        *out = copy;
        *n = f->n;
    } else if (status == STATUS_OK) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    free(f->rules);
    free(f);
    return status;
}

/* ---- writing ---- */

static void write_text(const char *before, const char *text, struct strbuf *out)
{
    if (text && *text) {
        strbuf_append_z(out, before);
        words_write_quoted(text, out);
        strbuf_append_char(out, '\n');
    }
}

static void write_valid(const struct route_rule *rule, struct strbuf *out)
{
    bool from = rule->valid_from && *rule->valid_from;
    bool to = rule->valid_to && *rule->valid_to;
    if (from || to) {
        strbuf_printf(out, "  valid%s%s%s%s\n", from ? " from " : "", from ? rule->valid_from : "",
                      to ? " to " : "", to ? rule->valid_to : "");
    }
}

void route_rule_write(const struct route_rule *rule, struct strbuf *out)
{
    strbuf_printf(out, "rule %s\n", rule->code);
    write_text("  name vi ", rule->name_vi, out);
    write_text("  name en ", rule->name_en, out);
    strbuf_printf(out, "  class %s\n", route_class_name(rule->rule_class));
    write_valid(rule, out);
    for (size_t i = 0; i < rule->n_conditions; i++) {
        strbuf_append_z(out, "  when ");
        route_condition_write(&rule->conditions[i], out);
        strbuf_append_char(out, '\n');
    }
    strbuf_append_z(out, "  then ");
    route_outcome_write(&rule->outcome, out);
    strbuf_append_char(out, '\n');
    for (size_t i = 0; i < rule->n_partners; i++) {
        strbuf_append_z(out, "  with ");
        route_outcome_write(&rule->partners[i], out);
        strbuf_append_char(out, '\n');
    }
    if (rule->deadline.kind != ROUTE_DEADLINE_INHERIT) {
        strbuf_append_z(out, "  deadline ");
        route_deadline_write(rule->deadline, out);
        strbuf_append_char(out, '\n');
    }
    if (rule->urgency != ROUTE_URGENCY_OF_CATEGORY) {
        strbuf_printf(out, "  urgent %s\n", rule->urgency == ROUTE_URGENT ? "yes" : "no");
    }
    write_text("  author ", rule->author, out);
    write_text("  reason ", rule->reason, out);
}
