#include "server/store/store_rule_rows.h"

#include <stdio.h>

#include "routing/route_rule_text.h"

static const char rules_sql[] =
    "SELECT r.code, r.name_vi, r.name_en, r.class, r.position,"
    " (extract(epoch FROM lower(r.valid)::timestamp AT TIME ZONE $1) * 1000000)::bigint,"
    " (extract(epoch FROM upper(r.valid)::timestamp AT TIME ZONE $1) * 1000000)::bigint,"
    " coalesce(lower(r.valid)::text, ''), coalesce(upper(r.valid)::text, ''),"
    " array_to_string(r.conditions, E'\\n'), r.outcome, array_to_string(r.partners, E'\\n'),"
    " r.deadline, r.urgent, r.author, r.reason"
    " FROM hotline.rules r WHERE r.rule_set_id = $2::integer"
    " ORDER BY r.position, r.code COLLATE \"C\"";

struct rules_load {
    struct arena *arena;
    bool no_memory;
    const struct db_rows *rows;
    size_t row;
};

static const char *cell(struct rules_load *r, size_t column)
{
    struct str value = db_rows_str(r->rows, r->row, column);
    const char *copy = arena_strndup(r->arena, value.p, value.n);
    r->no_memory = r->no_memory || copy == NULL;
    return copy == NULL ? "" : copy;
}

static enum status read_conditions(struct rules_load *r, struct route_rule *rule, struct err *e)
{
    struct str rest = db_rows_str(r->rows, r->row, 9);
    struct route_condition *list = arena_calloc(r->arena, ROUTE_CONDITIONS_MAX, sizeof(*list));
    enum status status =
        list == NULL ? err_set(e, STATUS_NO_MEMORY, "no memory for rules") : STATUS_OK;
    while (status == STATUS_OK && rest.n > 0) {
        if (rule->n_conditions == ROUTE_CONDITIONS_MAX) {
            return err_set(e, STATUS_INVALID, "rule %s: more than %d conditions", rule->code,
                           ROUTE_CONDITIONS_MAX);
        }
        status =
            route_condition_read(r->arena, str_cut(&rest, '\n'), &list[rule->n_conditions++], e);
    }
    rule->conditions = list;
    return status;
}

static enum status read_partners(struct rules_load *r, struct route_rule *rule, struct err *e)
{
    struct str rest = db_rows_str(r->rows, r->row, 11);
    struct route_outcome *list = arena_calloc(r->arena, ROUTE_PARTNERS_MAX, sizeof(*list));
    enum status status =
        list == NULL ? err_set(e, STATUS_NO_MEMORY, "no memory for rules") : STATUS_OK;
    while (status == STATUS_OK && rest.n > 0) {
        if (rule->n_partners == ROUTE_PARTNERS_MAX) {
            return err_set(e, STATUS_INVALID, "more than %d others", ROUTE_PARTNERS_MAX);
        }
        status = route_outcome_read(r->arena, str_cut(&rest, '\n'), &list[rule->n_partners++], e);
    }
    rule->partners = list;
    return status;
}

static enum status read_rule(struct rules_load *r, struct route_rule *rule, struct err *e)
{
    const struct db_rows *rows = r->rows;
    *rule = (struct route_rule){
        .code = cell(r, 0),
        .name_vi = cell(r, 1),
        .name_en = cell(r, 2),
        .position = (int32_t)db_rows_int(rows, r->row, 4),
        .valid_from_us =
            db_rows_null(rows, r->row, 5) ? ROUTE_TIME_OPEN_START : db_rows_int(rows, r->row, 5),
        .valid_to_us =
            db_rows_null(rows, r->row, 6) ? ROUTE_TIME_OPEN_END : db_rows_int(rows, r->row, 6),
        .valid_from = cell(r, 7),
        .valid_to = cell(r, 8),
        .author = cell(r, 14),
        .reason = cell(r, 15)};
    if (!route_class_read(db_rows_str(rows, r->row, 3), &rule->rule_class)) {
        return err_set(e, STATUS_INVALID, "rule %s: no such class", rule->code);
    }
    if (!db_rows_null(rows, r->row, 13)) {
        rule->urgency = db_rows_bool(rows, r->row, 13) ? ROUTE_URGENT : ROUTE_NOT_URGENT;
    }
    enum status status = read_conditions(r, rule, e);
    if (status == STATUS_OK) {
        status = route_outcome_read(r->arena, db_rows_str(rows, r->row, 10), &rule->outcome, e);
    }
    if (status == STATUS_OK) {
        status = read_partners(r, rule, e);
    }
    if (status == STATUS_OK && !db_rows_null(rows, r->row, 12)) {
        status = route_deadline_read(db_rows_str(rows, r->row, 12), &rule->deadline, e);
    }
    return status == STATUS_OK ? status : err_wrap(e, "rule %s", rule->code);
}

enum status store_rules_read(struct db_sync *db, struct arena *arena, const char *timezone,
                             int32_t rule_set_id, struct store_rules *out, struct err *e)
{
    struct db_rows *rows = NULL;
    char id[16];
    (void)snprintf(id, sizeof id, "%d", (int)rule_set_id);
    const char *params[] = {timezone, id};
    enum status status = db_sync_query(db, rules_sql, 2, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    struct rules_load r = {.arena = arena, .rows = rows};
    size_t count = db_rows_count(rows);
    struct route_rule *rules = arena_calloc(arena, count + 1, sizeof(*rules));
    r.no_memory = rules == NULL;
    for (; status == STATUS_OK && !r.no_memory && r.row < count; r.row++) {
        status = read_rule(&r, &rules[r.row], e);
    }
    db_rows_free(rows);
    if (status == STATUS_OK && r.no_memory) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    if (status == STATUS_OK) {
        *out = (struct store_rules){rules, count};
    }
    return status;
}
