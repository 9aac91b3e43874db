#include "server/store/store_filter.h"

#include <stdio.h>

#include "server/base/bug.h"
#include "server/store/store_workflow.h"

#define SQL_MAX 16384

void store_statement_init(struct store_statement *st)
{
    strbuf_init(&st->sql, SQL_MAX);
    st->n = 0;
}

void store_statement_free(struct store_statement *st)
{
    strbuf_free(&st->sql);
}

void store_statement_param(struct store_statement *st, const char *value)
{
    BUG_IF(st->n == DB_PARAMS_MAX);
    st->params[st->n++] = value;
    strbuf_printf(&st->sql, "$%d", st->n);
}

static void condition(struct store_statement *st, const char *before, const char *value,
                      const char *after)
{
    if (value != NULL) {
        strbuf_append_z(&st->sql, before);
        store_statement_param(st, value);
        strbuf_append_z(&st->sql, after);
    }
}

void store_filter_append(struct store_statement *st, const struct complaint_filter *filter)
{
    condition(st, " AND c.category_id = ANY (", filter->category_ids, "::int[])");
    condition(st, " AND c.status = ANY (", filter->statuses, "::text[])");
    condition(st, " AND c.channel = ANY (", filter->channels, "::text[])");
    condition(st,
              " AND c.agency_id IN (SELECT id FROM hotline.agencies WHERE code = ANY"
              " (string_to_array(",
              filter->agency, ", ',')))");
    condition(st,
              " AND c.ward_id IN (SELECT id FROM hotline.boundaries WHERE code = ANY"
              " (string_to_array(",
              filter->ward, ", ',')) AND level = 'ward')");
    condition(st, " AND c.received_at >= ", filter->from, "::timestamptz");
    condition(st, " AND c.received_at < ", filter->to, "::timestamptz");
    condition(st, " AND strpos(lower(c.description), lower(", filter->text, ")) > 0");
    if (filter->has_box) {
        condition(st, " AND c.geom && ST_MakeEnvelope(", filter->numbers[0], "::float8, ");
        condition(st, "", filter->numbers[1], "::float8, ");
        condition(st, "", filter->numbers[2], "::float8, ");
        condition(st, "", filter->numbers[3], "::float8, 4326)");
        /* The box of && is rounded; which places are in it is decided as the heat index does. */
        condition(st, " AND hotline.heat_x(c.geom) BETWEEN ", filter->places[0], "::bigint");
        condition(st, " AND ", filter->places[2], "::bigint");
        condition(st, " AND hotline.heat_y(c.geom) BETWEEN ", filter->places[1], "::bigint");
        condition(st, " AND ", filter->places[3], "::bigint");
    }
}

void store_work_append(struct store_statement *st, const struct complaint_work *work)
{
    strbuf_append_z(&st->sql, work->late ? STORE_IS_LATE : "");
    strbuf_append_z(&st->sql, work->at_risk ? STORE_IS_AT_RISK : "");
    condition(st, STORE_IS_MINE_OF, work->mine, STORE_IS_MINE_FILED);
    condition(st, "", work->mine, "))");
    condition(st, STORE_IS_AT_DESK, work->desk, ")");
    condition(st, STORE_HAS_TASK, work->tasks, ")");
}
