#include "server/change/check_tried.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_decide.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/change/check_points.h"
#include "server/intake/placing.h"

#define WON_ENOUGH     64 /* times that a rule wins: it is alive, and its rivals have been seen */
#define ATTEMPTS_MAX   60000 /* of one rule */
#define CATEGORIES_MAX 512
#define WINNERS_MAX    16
#define TEXT_MAX       ((size_t)1 << 16)
#define WORDS_MAX      900
#define HALF_HOUR_US   INT64_C(1800000000)
#define WEEK_HALVES    (8 * 48)

/* Who won where the rule under trial held. */
struct winner {
    int32_t rule, jurisdiction;
    size_t times;
};

struct trial {
    const struct snapshot *s;
    int32_t number; /* of the rule */
    const struct route_rule *rule;
    int64_t at_us;
    struct complaint_draft draft;
    struct strbuf attributes, description;
    int32_t categories[CATEGORIES_MAX];
    size_t n_categories;
    size_t attempts, held, won, failed;
    struct winner winners[WINNERS_MAX];
    size_t n_winners;
    struct check_conflicts *conflicts;
    struct placing_facts *facts;
};

/* ---- a complaint that the rule asks for ---- */

static const char *channel_for(const struct route_condition *c)
{
    static const char *const channels[] = {"web", "phone", "app", "email", "sms", "social", "api"};
    if (!c->negated) {
        return c->values[0];
    }
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        bool listed = false;
        for (size_t k = 0; k < c->n_values; k++) {
            listed = listed || strcmp(channels[i], c->values[k]) == 0;
        }
        if (!listed) {
            return channels[i];
        }
    }
    return channels[0];
}

static void write_complaint(struct trial *t)
{
    strbuf_append_char(&t->attributes, '{');
    t->draft.channel = "web";
    for (size_t i = 0; i < t->rule->n_conditions; i++) {
        const struct route_condition *c = &t->rule->conditions[i];
        if (c->kind == ROUTE_IF_CHANNEL && c->n_values > 0) {
            t->draft.channel = channel_for(c);
        } else if (c->kind == ROUTE_IF_ATTRIBUTE && !c->negated) {
            json_text_field(&t->attributes, c->key, c->n_values == 0 ? "1" : c->values[0]);
        } else if (c->kind == ROUTE_IF_WORDS && !c->negated && c->n_values > 0) {
            strbuf_append_z(&t->description, c->values[0]);
            strbuf_append_z(&t->description, ". ");
        }
    }
    strbuf_append_char(&t->attributes, '}');
    t->draft.attributes = t->attributes.p;
    t->draft.description = t->description.p;
}

static bool is_of_time(enum route_condition_kind kind)
{
    return kind == ROUTE_IF_TIME || kind == ROUTE_IF_WEEKDAY || kind == ROUTE_IF_WORKING_TIME;
}

/* The first half hour of the coming week in which the rule's conditions on time hold. */
static void choose_instant(struct trial *t)
{
    int64_t from = t->at_us;
    for (int i = 0; i < WEEK_HALVES; i++) {
        struct route_facts facts = {
            .at_us = from + i * HALF_HOUR_US, .category = -1, .ward = -1, .district = -1};
        struct route_trace trace = route_decide_rule(t->s->rules, &facts, t->number);
        bool all = true;
        for (size_t k = 0; k < trace.n_values; k++) {
            all = all && (!is_of_time(t->rule->conditions[k].kind) || trace.values[k].holds);
        }
        if (all && trace.in_force) {
            t->at_us = facts.at_us;
            return;
        }
    }
}

static void choose_categories(struct trial *t)
{
    for (size_t c = 0; c < t->s->n_categories && t->n_categories < CATEGORIES_MAX; c++) {
        struct route_facts facts = {
            .at_us = t->at_us, .category = (int32_t)c, .ward = -1, .district = -1};
        if (t->s->categories[c].active &&
            route_decide_rule(t->s->rules, &facts, t->number).category_ok) {
            t->categories[t->n_categories++] = (int32_t)c;
        }
    }
}

/* ---- trying it ---- */

static void count_winner(struct trial *t, const struct route_decision *d)
{
    size_t i = 0;
    while (i < t->n_winners &&
           (t->winners[i].rule != d->rule || t->winners[i].jurisdiction != d->jurisdiction)) {
        i++;
    }
    if (i == t->n_winners && i < WINNERS_MAX) {
        t->winners[t->n_winners++] = (struct winner){d->rule, d->jurisdiction, 0};
    }
    if (i < t->n_winners) {
        t->winners[i].times++;
    }
}

static void try_at(struct trial *t, struct geo_point point, int32_t category)
{
    const struct snapshot *s = t->s;
    struct complaint_place place = {.has_point = true,
                                    .point = point,
                                    .match = PLACE_COORDINATE,
                                    .confidence = 1,
                                    .ward = snapshot_boundary_at(s, LEVEL_WARD, point, t->at_us),
                                    .district =
                                        snapshot_boundary_at(s, LEVEL_DISTRICT, point, t->at_us)};
    t->draft.category = category;
    t->attempts++;
    placing_facts_fill(t->facts, s, &t->draft, &place, t->at_us);
    struct route_trace trace = route_decide_rule(s->rules, &t->facts->facts, t->number);
    if (trace.category_ok && trace.place_ok && trace.in_force) {
        struct route_decision d = route_decide(s->rules, &t->facts->facts);
        t->held++;
        t->won += d.rule == t->number;
        t->failed += trace.failure != ROUTE_FAILED_NONE;
        if (d.rule != t->number) {
            count_winner(t, &d);
        }
        check_conflicts_see(t->conflicts, s->rules, &d, category, point, 0);
    }
    placing_facts_clear(t->facts);
}

/* First every point with one category after the other; if it never won, all with all. */
static void try_everywhere(struct trial *t, const struct check_points *points)
{
    for (size_t i = 0; i < points->n && t->n_categories > 0 && t->won < WON_ENOUGH; i++) {
        try_at(t, points->at[i], t->categories[i % t->n_categories]);
    }
    for (size_t i = 0; i < points->n && t->won == 0; i++) {
        for (size_t c = 0; c < t->n_categories && t->won == 0 && t->attempts < ATTEMPTS_MAX; c++) {
            try_at(t, points->at[i], t->categories[c]);
        }
    }
}

/* ---- what came of it ---- */

/* Code of the row that won most often. */
static const char *most_frequent(const struct trial *t)
{
    const struct winner *best = NULL;
    for (size_t i = 0; i < t->n_winners; i++) {
        best = best == NULL || t->winners[i].times > best->times ? &t->winners[i] : best;
    }
    return best == NULL             ? ""
           : best->rule >= 0        ? route_rules_rule(t->s->rules, best->rule)->code
           : best->jurisdiction < 0 ? ""
                                    : t->s->jurisdictions[best->jurisdiction].code;
}

static void tell_never_true(const struct trial *t, struct check_list *list)
{
    char vi[WORDS_MAX];
    char en[WORDS_MAX];
    (void)snprintf(vi, sizeof vi, "%s (%s) không đúng ở nơi nào trong %zu lần thử.", t->rule->code,
                   t->rule->name_vi, t->attempts);
    (void)snprintf(en, sizeof en, "%s (%s) held at none of %zu places tried.", t->rule->code,
                   t->rule->name_en, t->attempts);
    check_list_add(list, &(struct check_finding){
                             .kind = "never_true",
                             .severity = CHECK_WARNING,
                             .rule = t->rule->code,
                             .subject = "",
                             .vi = vi,
                             .en = en,
                             .mend_vi = "Xem lại các điều kiện: chúng có loại trừ lẫn nhau không, "
                                        "lớp dữ liệu có đối tượng như vậy không?",
                             .mend_en = "Look at its conditions: do they exclude one another, does "
                                        "the layer have such features?",
                             .km2 = -1});
}

static void tell_fails(const struct trial *t, struct check_list *list)
{
    char vi[WORDS_MAX];
    char en[WORDS_MAX];
    (void)snprintf(vi, sizeof vi,
                   "%s (%s) đúng ở %zu nơi đã thử nhưng không xác định được đơn vị ở nơi nào.",
                   t->rule->code, t->rule->name_vi, t->held);
    (void)snprintf(en, sizeof en,
                   "%s (%s) held at %zu places tried, and could name an agency at none.",
                   t->rule->code, t->rule->name_en, t->held);
    check_list_add(list, &(struct check_finding){
                             .kind = "always_skipped",
                             .severity = CHECK_WARNING,
                             .rule = t->rule->code,
                             .subject = "",
                             .vi = vi,
                             .en = en,
                             .mend_vi = "Sửa kết quả của quy tắc: ai là đơn vị ở những nơi đó?",
                             .mend_en = "Mend its outcome: who is the agency at those places?",
                             .km2 = -1});
}

static void tell_hidden(const struct trial *t, struct check_list *list)
{
    char vi[WORDS_MAX];
    char en[WORDS_MAX];
    (void)snprintf(
        vi, sizeof vi,
        "%s (%s) đúng ở %zu nơi đã thử nhưng không quyết định ở nơi nào; thường thua %s.",
        t->rule->code, t->rule->name_vi, t->held, most_frequent(t));
    (void)snprintf(en, sizeof en,
                   "%s (%s) held at %zu places tried, and decided at none; mostly %s did.",
                   t->rule->code, t->rule->name_en, t->held, most_frequent(t));
    check_list_add(list,
                   &(struct check_finding){
                       .kind = "hidden",
                       .severity = CHECK_WARNING,
                       .rule = t->rule->code,
                       .subject = "",
                       .vi = vi,
                       .en = en,
                       .mend_vi = "Đặt nó trước, thêm điều kiện cho quy tắc kia, hoặc xoá nó.",
                       .mend_en = "Put it first, give the other a further condition, or "
                                  "remove it.",
                       .km2 = -1});
}

static void tell(const struct trial *t, struct check_list *list)
{
    if (t->held == 0) {
        tell_never_true(t, list);
    } else if (t->failed == t->held) {
        tell_fails(t, list);
    } else if (t->won == 0) {
        tell_hidden(t, list);
    }
}

static enum status try_rule(const struct check_options *o, struct trial *t, struct check_list *list,
                            struct err *e)
{
    struct check_points points;
    int64_t now_us = clock_now_us();
    t->rule = route_rules_rule(t->s->rules, t->number);
    t->at_us = t->rule->valid_from_us > now_us ? t->rule->valid_from_us : now_us;
    strbuf_init(&t->attributes, TEXT_MAX);
    strbuf_init(&t->description, TEXT_MAX);
    write_complaint(t);
    choose_instant(t);
    choose_categories(t);
    enum status status = check_points_for(o->db, t->s, t->rule, t->at_us, &points, e);
    if (status == STATUS_OK && points.n > 0) {
        try_everywhere(t, &points);
        tell(t, list);
    }
    check_points_free(&points);
    strbuf_free(&t->attributes);
    strbuf_free(&t->description);
    return status;
}

enum status check_tried(const struct check_options *o, const struct snapshot *s, const bool *skip,
                        struct check_list *list, struct check_conflicts *conflicts, struct err *e)
{
    size_t n = route_rules_n_rules(s->rules);
    struct trial *t = calloc(1, sizeof(*t));
    struct placing_facts *facts = calloc(1, sizeof(*facts));
    enum status status = t == NULL || facts == NULL
                             ? err_set(e, STATUS_NO_MEMORY, "no memory for a check")
                             : STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        if (!skip[i] && route_rules_rule(s->rules, (int32_t)i)->valid_to_us > clock_now_us()) {
            *t = (struct trial){
                .s = s, .number = (int32_t)i, .conflicts = conflicts, .facts = facts};
            status = try_rule(o, t, list, e);
        }
        if (status == STATUS_OK && o->progress != NULL &&
            !o->progress(o->arg, (int64_t)i, (int64_t)n)) {
            status = err_set(e, STATUS_TIMEOUT, "given up");
        }
    }
    free(t);
    free(facts);
    return status;
}
