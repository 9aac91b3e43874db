#include "server/change/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_check.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/change/check_grid.h"
#include "server/change/check_list.h"
#include "server/change/check_tried.h"
#include "server/store/store_check.h"

#define SHADOWS_MAX 1000
#define WORDS_MAX   900

struct check {
    const struct check_options *o;
    const struct snapshot *s;
    struct check_list *list;
    int64_t now_us;
    char vi[WORDS_MAX], en[WORDS_MAX]; /* of the finding under way */
};

/* What kind of finding it is, and how to mend it. */
struct kind {
    const char *name;
    enum check_severity severity;
    const char *mend_vi, *mend_en;
};

/* The words of it are in c->vi and c->en. */
static void add(struct check *c, const struct kind *kind, const char *rule, const char *subject)
{
    check_list_add(c->list, &(struct check_finding){.kind = kind->name,
                                                    .severity = kind->severity,
                                                    .rule = rule,
                                                    .subject = subject,
                                                    .vi = c->vi,
                                                    .en = c->en,
                                                    .mend_vi = kind->mend_vi,
                                                    .mend_en = kind->mend_en,
                                                    .km2 = -1});
}

/* ---- rules that never decide ---- */

/* Marks them in `hidden`. */
static enum status check_shadows(struct check *c, bool *hidden, struct err *e)
{
    struct route_shadow *shadows = calloc(SHADOWS_MAX, sizeof(*shadows));
    if (shadows == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a check");
    }
    size_t n = route_check_shadows(c->s->rules, c->now_us, shadows, SHADOWS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct route_rule *rule = route_rules_rule(c->s->rules, shadows[i].rule);
        const struct route_rule *by = route_rules_rule(c->s->rules, shadows[i].by);
        hidden[shadows[i].rule] = true;
        (void)snprintf(c->vi, WORDS_MAX,
                       "%s (%s) không bao giờ được dùng: %s (%s) luôn thắng ở mọi nơi nó đúng.",
                       rule->code, rule->name_vi, by->code, by->name_vi);
        (void)snprintf(c->en, WORDS_MAX, "%s (%s) never decides: %s (%s) wins wherever it holds.",
                       rule->code, rule->name_en, by->code, by->name_en);
        add(c,
            &(struct kind){
                "unreachable", CHECK_WARNING,
                "Xoá quy tắc này, hoặc đặt nó trước, hoặc thêm điều kiện cho quy tắc kia.",
                "Remove it, put it first, or give the other one a further condition."},
            rule->code, by->code);
    }
    free(shadows);
    return STATUS_OK;
}

static void check_expired(struct check *c, const struct route_rule *rule)
{
    if (rule->valid_to_us > c->now_us) {
        return;
    }
    (void)snprintf(c->vi, WORDS_MAX, "%s (%s) đã hết hiệu lực.", rule->code, rule->name_vi);
    (void)snprintf(c->en, WORDS_MAX, "%s (%s) has expired.", rule->code, rule->name_en);
    add(c,
        &(struct kind){"expired_rule", CHECK_NOTE,
                       "Giữ lại nếu phản ánh cũ còn cần giải thích; nếu không, có thể xoá.",
                       "Keep it where past complaints are to be explained; else it may go."},
        rule->code, "");
}

/* ---- agencies and desks ---- */

/* The end of the agency's time as far as rows follow one another from `from_us`; INT64_MIN: it is
 * not in force then. */
static int64_t agency_until(const struct route_rules *rules, const char *code, int64_t from_us)
{
    int64_t until = INT64_MIN;
    int64_t at = from_us;
    for (size_t i = 0; i <= route_rules_n_agencies(rules); i++) {
        int32_t number = at == INT64_MAX ? -1 : route_rules_find_agency(rules, str_of(code), at);
        if (number < 0) {
            break;
        }
        at = until = route_rules_agency(rules, number)->valid_to_us;
    }
    return until;
}

static void check_agency(struct check *c, const struct route_rule *rule,
                         const struct route_outcome *outcome)
{
    int64_t from = rule->valid_from_us > c->now_us ? rule->valid_from_us : c->now_us;
    int64_t until = agency_until(c->s->rules, outcome->code, from);
    char day[CLOCK_TEXT_MAX];
    if (until == INT64_MIN) {
        (void)snprintf(c->vi, WORDS_MAX, "%s (%s) giao cho %s, đơn vị không còn hiệu lực.",
                       rule->code, rule->name_vi, outcome->code);
        (void)snprintf(c->en, WORDS_MAX, "%s (%s) names %s, which is no agency in force.",
                       rule->code, rule->name_en, outcome->code);
        add(c,
            &(struct kind){"expired_agency", CHECK_ERROR,
                           "Chọn đơn vị đang hoạt động, hoặc cho quy tắc hết hiệu lực.",
                           "Name an agency that is in force, or end the rule."},
            rule->code, outcome->code);
    } else if (until < rule->valid_to_us) {
        (void)clock_format(until, day);
        day[10] = '\0';
        (void)snprintf(c->vi, WORDS_MAX, "%s (%s) giao cho %s, đơn vị chỉ hoạt động đến %s.",
                       rule->code, rule->name_vi, outcome->code, day);
        (void)snprintf(c->en, WORDS_MAX, "%s (%s) names %s, which is in force until %s only.",
                       rule->code, rule->name_en, outcome->code, day);
        add(c,
            &(struct kind){"expiring_agency", CHECK_WARNING,
                           "Đặt ngày hết hiệu lực cho quy tắc và thêm quy tắc cho đơn vị kế nhiệm.",
                           "End the rule that day and add one for the successor."},
            rule->code, outcome->code);
    }
}

static void check_desk(struct check *c, const struct route_rule *rule,
                       const struct route_outcome *outcome)
{
    const struct route_rules *rules = c->s->rules;
    for (size_t i = 0; i < route_rules_n_desks(rules); i++) {
        const struct route_desk *d = route_rules_desk(rules, (int32_t)i);
        if (strcmp(d->code, outcome->desk) == 0 && d->valid_from_us <= c->now_us &&
            d->valid_to_us > c->now_us &&
            strcmp(route_rules_agency(rules, d->agency)->code, outcome->code) == 0) {
            return;
        }
    }
    (void)snprintf(c->vi, WORDS_MAX, "%s (%s) giao cho đầu mối %s của %s, hiện không có.",
                   rule->code, rule->name_vi, outcome->desk, outcome->code);
    (void)snprintf(c->en, WORDS_MAX, "%s (%s) names the desk %s of %s, which is not in force.",
                   rule->code, rule->name_en, outcome->desk, outcome->code);
    add(c,
        &(struct kind){"expired_desk", CHECK_WARNING, "Chọn đầu mối đang hoạt động.",
                       "Name a desk that is in force."},
        rule->code, outcome->desk);
}

/* ---- layers ---- */

static enum status check_owners(struct check *c, const struct route_rule *rule,
                                const struct route_outcome *outcome, struct err *e)
{
    struct db_rows *rows = NULL;
    const char *params[] = {outcome->code, outcome->attribute};
    enum status status = db_sync_query(c->o->db, STORE_CHECK_OWNERS, 2, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t bad = db_rows_int(rows, 0, 0);
    if (bad > 0) {
        (void)snprintf(c->vi, WORDS_MAX,
                       "%s (%s): %lld trong %lld đối tượng của lớp %s không nêu đơn vị đang hoạt "
                       "động ở thuộc tính %s.",
                       rule->code, rule->name_vi, (long long)bad,
                       (long long)db_rows_int(rows, 0, 1), outcome->code, outcome->attribute);
        (void)snprintf(c->en, WORDS_MAX,
                       "%s (%s): %lld of %lld features of the layer %s name no agency in force "
                       "in %s.",
                       rule->code, rule->name_en, (long long)bad,
                       (long long)db_rows_int(rows, 0, 1), outcome->code, outcome->attribute);
        check_list_add(
            c->list,
            &(struct check_finding){
                .kind = "no_owner",
                .severity = CHECK_WARNING,
                .rule = rule->code,
                .subject = outcome->code,
                .vi = c->vi,
                .en = c->en,
                .mend_vi = "Bổ sung thuộc tính trong dữ liệu lớp rồi nhập lại; ở đó quy tắc bị "
                           "bỏ qua.",
                .mend_en = "Fill the attribute in the layer's data and import it again; until "
                           "then the rule is skipped there.",
                .km2 = -1,
                .geometry = db_rows_text(rows, 0, 2)});
    }
    db_rows_free(rows);
    return STATUS_OK;
}

static enum status check_layer(struct check *c, const struct route_rule *rule, const char *layer,
                               struct err *e)
{
    struct db_rows *rows = NULL;
    const char *params[] = {layer};
    enum status status = db_sync_query(c->o->db, STORE_CHECK_LAYER, 1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (db_rows_count(rows) == 0 || db_rows_int(rows, 0, 0) == 0) {
        (void)snprintf(c->vi, WORDS_MAX, "%s (%s) hỏi lớp %s, lớp này không có gì.", rule->code,
                       rule->name_vi, layer);
        (void)snprintf(c->en, WORDS_MAX, "%s (%s) asks the layer %s, which is empty.", rule->code,
                       rule->name_en, layer);
        add(c,
            &(struct kind){"empty_layer", CHECK_WARNING, "Nhập dữ liệu cho lớp này.",
                           "Import the layer's data."},
            rule->code, layer);
    }
    db_rows_free(rows);
    return STATUS_OK;
}

static enum status check_outcome(struct check *c, const struct route_rule *rule,
                                 const struct route_outcome *outcome, struct err *e)
{
    if (outcome->kind == ROUTE_TO_AGENCY) {
        check_agency(c, rule, outcome);
        if (outcome->desk != NULL && outcome->desk[0] != '\0') {
            check_desk(c, rule, outcome);
        }
    }
    return outcome->kind == ROUTE_TO_OWNER ? check_owners(c, rule, outcome, e) : STATUS_OK;
}

static enum status check_rule(struct check *c, const struct route_rule *rule, struct err *e)
{
    enum status status = STATUS_OK;
    check_expired(c, rule);
    if (rule->valid_to_us <= c->now_us) {
        return STATUS_OK;
    }
    status = check_outcome(c, rule, &rule->outcome, e);
    for (size_t i = 0; i < rule->n_partners && status == STATUS_OK; i++) {
        status = check_outcome(c, rule, &rule->partners[i], e);
    }
    for (size_t i = 0; i < rule->n_conditions && status == STATUS_OK; i++) {
        const struct route_condition *x = &rule->conditions[i];
        if (x->kind == ROUTE_IF_LAYER || x->kind == ROUTE_IF_NEAR) {
            status = check_layer(c, rule, x->key, e);
        }
    }
    return status;
}

/* ---- jurisdictions ---- */

static enum status check_overlaps(struct check *c, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(c->o->db, STORE_CHECK_OVERLAPS, 0, NULL, &rows, e);
    for (size_t i = 0; status == STATUS_OK && i < db_rows_count(rows); i++) {
        double km2 = db_rows_double(rows, i, 4);
        (void)snprintf(c->vi, WORDS_MAX,
                       "Địa bàn %s (%s) và %s (%s) chồng lấn %.3f km²; mã nhỏ hơn thắng ở đó.",
                       db_rows_text(rows, i, 0), db_rows_text(rows, i, 2), db_rows_text(rows, i, 1),
                       db_rows_text(rows, i, 3), km2);
        (void)snprintf(c->en, WORDS_MAX,
                       "The jurisdictions %s (%s) and %s (%s) overlap by %.3f km²; the smaller "
                       "code wins there.",
                       db_rows_text(rows, i, 0), db_rows_text(rows, i, 2), db_rows_text(rows, i, 1),
                       db_rows_text(rows, i, 3), km2);
        char subject[140];
        (void)snprintf(subject, sizeof(subject), "%s+%s", db_rows_text(rows, i, 0),
                       db_rows_text(rows, i, 1));
        check_list_add(c->list, &(struct check_finding){
                                    .kind = "overlap",
                                    .severity = CHECK_NOTE,
                                    .subject = subject,
                                    .vi = c->vi,
                                    .en = c->en,
                                    .mend_vi = "Sửa ranh giới hai địa bàn, hoặc thêm quy tắc cho "
                                               "phần chồng lấn.",
                                    .mend_en = "Mend the two areas, or give the overlap a rule.",
                                    .km2 = km2,
                                    .geometry = db_rows_text(rows, i, 5)});
    }
    db_rows_free(rows);
    return status;
}

/* ---- all of it ---- */

/* A share of the whole check's progress. */
struct share {
    const struct check_options *o;
    int64_t number, of;
};

static bool tell_share(void *arg, int64_t done, int64_t total)
{
    const struct share *x = arg;
    return x->o->progress(x->o->arg, x->number * 1000 + done * 1000 / (total > 0 ? total : 1),
                          x->of * 1000);
}

/* The published set is looked through before the draft. */
static struct check_options in_share(const struct check_options *o, struct share *share)
{
    struct check_options part = *o;
    part.progress = o->progress == NULL ? NULL : tell_share;
    part.arg = share;
    return part;
}

static enum status check_by_trying(struct check *c, const bool *hidden, struct err *e)
{
    struct check_conflicts *conflicts = calloc(1, sizeof(*conflicts));
    int64_t passes = c->o->against == NULL ? 1 : 2;
    struct share share = {c->o, c->list->collecting || passes == 1 ? 0 : 2, passes * 2};
    struct check_options part = in_share(c->o, &share);
    if (conflicts == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a check");
    }
    enum status status = check_grid(&part, c->s, c->list, conflicts, e);
    share.number++;
    if (status == STATUS_OK) {
        status = check_tried(&part, c->s, hidden, c->list, conflicts, e);
    }
    if (status == STATUS_OK) {
        check_conflicts_tell(conflicts, c->s, c->list);
    }
    free(conflicts);
    return status;
}

static enum status check_all(const struct check_options *o, const struct snapshot *s,
                             struct check_list *list, struct err *e)
{
    struct check c = {.o = o, .s = s, .list = list, .now_us = clock_now_us()};
    bool *hidden = calloc(route_rules_n_rules(s->rules) + 1, sizeof(*hidden));
    enum status status = hidden == NULL ? err_set(e, STATUS_NO_MEMORY, "no memory for a check")
                                        : check_shadows(&c, hidden, e);
    for (size_t i = 0; i < route_rules_n_rules(s->rules) && status == STATUS_OK; i++) {
        status = check_rule(&c, route_rules_rule(s->rules, (int32_t)i), e);
    }
    if (status == STATUS_OK && !list->collecting) {
        status = check_overlaps(&c, e);
    }
    if (status == STATUS_OK) {
        status = check_by_trying(&c, hidden, e);
    }
    free(hidden);
    return status;
}

static void write_list(const struct check_list *list, struct strbuf *out)
{
    strbuf_append_char(out, '{');
    json_text_field_int(out, "errors", (int64_t)list->counts[CHECK_ERROR]);
    json_text_field_int(out, "warnings", (int64_t)list->counts[CHECK_WARNING]);
    json_text_field_int(out, "notes", (int64_t)list->counts[CHECK_NOTE]);
    json_text_key(out, "findings");
    strbuf_append_char(out, '[');
    strbuf_append(out, list->json.p, list->json.n);
    strbuf_append_z(out, "]}");
}

enum status check_run(const struct check_options *o, struct strbuf *out, struct err *e)
{
    struct check_list list;
    enum status status = STATUS_OK;
    check_list_init(&list);
    if (o->against != NULL) {
        list.collecting = true;
        status = check_all(o, o->against, &list, e);
        list.collecting = false;
    }
    if (status == STATUS_OK) {
        status = check_all(o, o->set, &list, e);
    }
    if (status == STATUS_OK) {
        write_list(&list, out);
        if (list.no_memory || list.json.failed || out->failed) {
            status = err_set(e, STATUS_NO_MEMORY, "no memory for a check");
        }
    }
    check_list_free(&list);
    return status;
}

void check_broken(const char *why, struct strbuf *out)
{
    struct check_list list;
    char vi[WORDS_MAX];
    check_list_init(&list);
    (void)snprintf(vi, sizeof(vi), "Bộ quy tắc không dùng được: %s", why);
    check_list_add(&list, &(struct check_finding){.kind = "broken",
                                                  .severity = CHECK_ERROR,
                                                  .subject = "",
                                                  .vi = vi,
                                                  .en = why,
                                                  .mend_vi = "Sửa quy tắc được nêu.",
                                                  .mend_en = "Mend the rule that is named.",
                                                  .km2 = -1});
    write_list(&list, out);
    check_list_free(&list);
}
