#include "server/api/list_order.h"

#include <stdlib.h>
#include <string.h>

#include "server/store/store_complaint.h"

struct list_order {
    const char *name;
    const char *before; /* what comes after (time, id) */
    const char *by;
    size_t column; /* of the time */
};

#define ID_COLUMN 31

static const struct list_order orders[] = {
    {"received", " AND (c.received_at, c.id) < (", " ORDER BY c.received_at DESC, c.id DESC", 10},
    {"updated", " AND (c.updated_at, c.id) < (", " ORDER BY c.updated_at DESC, c.id DESC", 12},
    {"due", " AND (c.due_at, c.id) > (", " ORDER BY c.due_at, c.id", 27},
};

const struct list_order *list_order_of(struct http_request *r)
{
    const char *name = http_query(r, "order");
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (strcmp(name == NULL ? "received" : name, orders[i].name) == 0) {
            return &orders[i];
        }
    }
    http_problem_field(r, 400, "order", FAULT_UNKNOWN_VALUE);
    return NULL;
}

/* "oTIME-ID", the order's first letter and two numbers in hex. */
bool list_order_cursor(struct http_request *r, const struct list_order *order,
                       struct store_statement *st)
{
    const char *text = http_query(r, "cursor");
    if (order->column == 27) {
        strbuf_append_z(&st->sql, " AND c.closed_at IS NULL");
    }
    if (text == NULL) {
        return true;
    }
    bool ours = text[0] == order->name[0];
    char *end = NULL;
    unsigned long long us = ours ? strtoull(text + 1, &end, 16) : 0;
    unsigned long long id = ours && *end == '-' ? strtoull(end + 1, &end, 16) : 0;
    if (id == 0 || *end != '\0' || us > INT64_MAX || id > INT64_MAX) {
        http_problem_field(r, 400, "cursor", FAULT_MALFORMED);
        return false;
    }
    strbuf_append_z(&st->sql, order->before);
    strbuf_append_z(&st->sql, "'epoch'::timestamptz + ");
    store_statement_param(st, arena_printf(http_arena(r), "%llu", us));
    strbuf_append_z(&st->sql, "::bigint * interval '1 microsecond', ");
    store_statement_param(st, arena_printf(http_arena(r), "%llu", id));
    strbuf_append_z(&st->sql, "::bigint)");
    return true;
}

void list_order_end(const struct list_order *order, struct store_statement *st, const char *agency,
                    size_t limit)
{
    strbuf_printf(&st->sql, "%s LIMIT %zu", order->by, limit);
    if (agency != NULL) {
        strbuf_append_z(&st->sql, STORE_COMPLAINT_LIST_OF_END);
        store_statement_param(st, agency);
    }
    strbuf_append_z(&st->sql, STORE_COMPLAINT_LIST_END);
    strbuf_printf(&st->sql, "%s LIMIT %zu", order->by, limit);
}

void list_order_next(const struct list_order *order, struct strbuf *out,
                     const struct db_rows *result, size_t row)
{
    strbuf_printf(out, "\"%c%llx-%llx\"", order->name[0],
                  (unsigned long long)db_rows_int_or(result, row, order->column, 0),
                  (unsigned long long)db_rows_int_or(result, row, ID_COLUMN, 0));
}

/* ---- filters ---- */

bool list_of_tasks(const struct http_request *r)
{
    const struct auth_user *user = auth_user(r);
    const char *text = http_query(r, "tasks");
    return user != NULL && user->agency != NULL && text != NULL && strcmp(text, "true") == 0;
}

bool list_work_parse(struct http_request *r, struct complaint_work *work)
{
    const struct auth_user *user = auth_user(r);
    bool mine = false;
    bool tasks = false;
    *work = (struct complaint_work){.desk = http_query(r, "desk")};
    if (!api_query_flag(r, "late", &work->late) || !api_query_flag(r, "at_risk", &work->at_risk) ||
        !api_query_flag(r, "mine", &mine) || !api_query_flag(r, "tasks", &tasks)) {
        return false;
    }
    if ((work->late || work->at_risk || mine || tasks || work->desk != NULL) && user == NULL) {
        http_problem(r, 401, NULL);
        return false;
    }
    if (mine) {
        work->mine = user->actor;
    }
    if (tasks) {
        work->tasks = user->agency == NULL ? "" : user->agency;
    }
    return true;
}

bool list_filter_append(struct http_request *r, struct store_statement *st)
{
    struct complaint_work work;
    if (!list_work_parse(r, &work)) {
        return false;
    }
    store_work_append(st, &work);
    return true;
}
