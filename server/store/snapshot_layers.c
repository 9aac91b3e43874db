/* The list of imported layers, for tiles.json and the layers' tiles. */
#include "server/base/arena.h"
#include "server/store/snapshot_build.h"

/* What a reader must know of a layer before its first tile: how much there is of it, when it holds,
 * which attributes it has, and which values its legend shows. */
static const char layers_sql[] =
    "SELECT l.id, l.code, l.name_vi, l.name_en, l.kind, l.group_code, g.name_vi, g.name_en,"
    "  l.style, l.attribution, l.public, l.min_zoom,"
    "  (extract(epoch FROM l.updated_at) * 1000000)::bigint, coalesce(f.n, 0), coalesce(f.timed, "
    "false),"
    "  (extract(epoch FROM f.valid_from) * 1000000)::bigint,"
    "  (extract(epoch FROM f.valid_to) * 1000000)::bigint,"
    "  ST_XMin(f.box), ST_YMin(f.box), ST_XMax(f.box), ST_YMax(f.box), k.fields, v.list"
    " FROM hotline.layers l JOIN hotline.layer_groups g ON g.code = l.group_code"
    " LEFT JOIN LATERAL (SELECT count(*) AS n,"
    "   bool_or(NOT (lower_inf(valid) AND upper_inf(valid))) AS timed,"
    "   CASE WHEN NOT bool_or(lower_inf(valid)) THEN min(lower(valid)) END AS valid_from,"
    "   CASE WHEN NOT bool_or(upper_inf(valid)) THEN max(upper(valid)) END AS valid_to,"
    "   ST_Extent(geom) AS box FROM hotline.layer_features WHERE layer_id = l.id) f ON true"
    " LEFT JOIN LATERAL (SELECT json_object_agg(key, type ORDER BY key) #>> '{}' AS fields FROM ("
    "   SELECT key, min(CASE jsonb_typeof(value) WHEN 'number' THEN 'Number'"
    "     WHEN 'boolean' THEN 'Boolean' ELSE 'String' END) AS type"
    "   FROM (SELECT attributes FROM hotline.layer_features WHERE layer_id = l.id LIMIT 1000) s,"
    "     jsonb_each(s.attributes) GROUP BY key ORDER BY key LIMIT 60) a) k ON true"
    " LEFT JOIN LATERAL (SELECT json_agg(value ORDER BY n DESC, value) #>> '{}' AS list FROM ("
    "   SELECT value, count(*) AS n FROM (SELECT coalesce(attributes ->> 'class',"
    "     attributes ->> 'kind') AS value FROM hotline.layer_features WHERE layer_id = l.id) s"
    "   WHERE value <> '' GROUP BY value ORDER BY n DESC LIMIT 24) c) v ON true"
    " WHERE l.withdrawn_at IS NULL ORDER BY g.position, g.code, l.position, l.code";

static const char *keep(struct snapshot_load *l, const struct db_rows *r, size_t row, size_t column,
                        const char *otherwise)
{
    struct str value = db_rows_str(r, row, column);
    if (db_rows_null(r, row, column)) {
        return otherwise;
    }
    const char *copy = arena_strndup(l->s->arena, value.p, value.n);
    l->no_memory = l->no_memory || copy == NULL;
    return copy == NULL ? "" : copy;
}

static void read_layer(struct snapshot_load *l, const struct db_rows *r, size_t i)
{
    struct snapshot_layer *layer = &l->s->layers[i];
    *layer = (struct snapshot_layer){
        .id = (int32_t)db_rows_int(r, i, 0),
        .code = keep(l, r, i, 1, ""),
        .name_vi = keep(l, r, i, 2, ""),
        .name_en = keep(l, r, i, 3, ""),
        .kind = keep(l, r, i, 4, ""),
        .group = keep(l, r, i, 5, ""),
        .group_vi = keep(l, r, i, 6, ""),
        .group_en = keep(l, r, i, 7, ""),
        .style = keep(l, r, i, 8, "{}"),
        .attribution = keep(l, r, i, 9, ""),
        .public = db_rows_bool(r, i, 10),
        .min_zoom = (int)db_rows_int(r, i, 11),
        .updated_at_us = db_rows_int(r, i, 12),
        .n_features = db_rows_int(r, i, 13),
        .timed = db_rows_bool(r, i, 14),
        .valid_from_us = db_rows_null(r, i, 15) ? INT64_MIN : db_rows_int(r, i, 15),
        .valid_to_us = db_rows_null(r, i, 16) ? INT64_MAX : db_rows_int(r, i, 16),
        .fields = keep(l, r, i, 21, "{}"),
        .categories = keep(l, r, i, 22, "null"),
    };
    if (!db_rows_null(r, i, 17)) {
        layer->box = (struct geo_box){.west = db_rows_double(r, i, 17),
                                      .south = db_rows_double(r, i, 18),
                                      .east = db_rows_double(r, i, 19),
                                      .north = db_rows_double(r, i, 20)};
    }
}

enum status snapshot_load_layers(struct snapshot_load *l, struct err *e)
{
    struct db_rows *r = NULL;
    enum status status = db_sync_query(l->db, layers_sql, 0, NULL, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    l->s->n_layers = db_rows_count(r);
    l->s->layers = arena_calloc(l->s->arena, l->s->n_layers + 1, sizeof(*l->s->layers));
    l->no_memory = l->no_memory || l->s->layers == NULL;
    for (size_t i = 0; !l->no_memory && i < l->s->n_layers; i++) {
        read_layer(l, r, i);
    }
    db_rows_free(r);
    return STATUS_OK;
}
