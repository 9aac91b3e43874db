#include "server/store/store_directive.h"

#define OPEN " c.status NOT IN ('resolved', 'closed', 'rejected')"

static void append_scope(struct store_statement *st, const struct store_directive_scope *scope)
{
    store_filter_append(st, scope->filter);
    if (scope->code != NULL) {
        strbuf_append_z(&st->sql, " AND c.code = ");
        store_statement_param(st, scope->code);
    }
    if (scope->area != NULL) {
        strbuf_append_z(&st->sql, " AND ST_Intersects(c.geom, ST_MakeValid(ST_SetSRID("
                                  "ST_GeomFromGeoJSON(");
        store_statement_param(st, scope->area);
        strbuf_append_z(&st->sql, "), 4326)))");
    }
    if (scope->agency != NULL) {
        strbuf_append_z(&st->sql, " AND a.code = ");
        store_statement_param(st, scope->agency);
    }
}

void store_directive_preview(struct store_statement *st, const struct store_directive_scope *scope)
{
    strbuf_append_z(&st->sql,
                    "SELECT jsonb_build_object('agencies', coalesce(jsonb_agg(jsonb_build_object("
                    "'code', code, 'name', name, 'open', n, 'late', late) ORDER BY n DESC, code),"
                    " '[]'), 'open', coalesce(sum(n), 0)) FROM ("
                    "SELECT a.code, max(a.name) AS name, count(*) AS n,"
                    " count(*) FILTER (WHERE c.due_at < now()) AS late"
                    " FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id"
                    " WHERE" OPEN);
    append_scope(st, scope);
    strbuf_append_z(&st->sql, " GROUP BY a.code) f");
}

void store_directive_find(struct store_statement *st, const struct store_directive_scope *scope)
{
    strbuf_append_z(&st->sql, "SELECT coalesce(json_agg(id), '[]'), count(*) FROM (SELECT c.id"
                              " FROM hotline.complaints c"
                              " JOIN hotline.agencies a ON a.id = c.agency_id WHERE" OPEN);
    append_scope(st, scope);
    strbuf_printf(&st->sql, " ORDER BY c.id LIMIT %d) f", STORE_DIRECTIVE_MAX + 1);
}
