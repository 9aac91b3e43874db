#include "server/api/api_layers.h"

#include <stdlib.h>
#include <string.h>

#include "server/api/api_auth.h"
#include "server/api/api_filter.h"
#include "server/api/api_tiles.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/store/store_layer.h"
#include "server/tiles/tile_cache.h"

#define MINUTE_US    INT64_C(60000000)
#define ZOOM_DEEPEST 16

static const struct snapshot_layer *find(struct http_request *r, const struct snapshot *s)
{
    const char *code = http_parameter(r, "layer");
    for (size_t i = 0; i < s->n_layers; i++) {
        if (strcmp(s->layers[i].code, code) == 0) {
            return s->layers[i].public || auth_user(r) != NULL ? &s->layers[i] : NULL;
        }
    }
    return NULL;
}

/* --- tiles ------------------------------------------------------------------------------------ */

/* One tile under way, in the request's arena. */
struct making {
    struct http_request *r;
    bool public;
    struct layer_tile tile;
    struct store_statement statement;
    const char *key;
};

static void on_public(void *arg, enum status status, struct str bytes)
{
    struct http_request *r = arg;
    if (status == STATUS_OK) {
        api_tile_send_to(r, API_MVT_TYPE, bytes, true);
    } else {
        http_problem_status(r, status);
    }
    http_release(r);
}

static void on_private(void *arg, enum status status, struct str bytes)
{
    struct http_request *r = arg;
    if (status == STATUS_OK) {
        api_tile_send_to(r, API_MVT_TYPE, bytes, false);
    } else {
        http_problem_status(r, status);
    }
    http_release(r);
}

static void finish(struct making *m, enum status status, struct str bytes)
{
    tile_cache_done(api_worker(m->r)->cache, m->key, status, bytes);
    (m->public ? on_public : on_private)(m->r, status, bytes);
}

static void on_made(void *arg, enum status status, const struct db_rows *result,
                    const struct err *e)
{
    struct making *m = arg;
    struct str bytes = {"", 0};
    unsigned char *made = NULL;
    (void)e;
    store_statement_free(&m->statement);
    if (status == STATUS_OK) {
        bytes.p = (const char *)(made = db_rows_bytes(result, 0, 0, &bytes.n));
        if (made == NULL) {
            bytes = (struct str){"", 0};
            status = db_rows_null(result, 0, 0) ? STATUS_OK : STATUS_NO_MEMORY;
        }
    }
    if (status == STATUS_OK) {
        tile_cache_put(api_worker(m->r)->cache, m->key, bytes);
    }
    finish(m, status, bytes);
    free(made);
}

static void submit(struct making *m)
{
    store_statement_init(&m->statement);
    store_layer_mvt(&m->statement, &m->tile);
    struct db_job job = {
        .sql = m->statement.sql.p, .n_params = m->statement.n, .done = on_made, .arg = m};
    struct err e;
    memcpy(job.params, m->statement.params, sizeof(job.params));
    enum status status = db_pool_submit(api_worker(m->r)->tiles, &job, &e);
    if (status != STATUS_OK) {
        store_statement_free(&m->statement);
        finish(m, status, (struct str){"", 0});
    }
}

/* What holds at an instant; without at=, now, by the minute, so that tiles can be kept. */
static bool read_at(struct http_request *r, const struct snapshot_layer *layer, const char **out)
{
    int64_t at = clock_now_us();
    char text[CLOCK_TEXT_MAX];
    at -= at % MINUTE_US;
    if (!api_query_time(r, "at", &at)) {
        return false;
    }
    *out = layer->timed ? arena_strdup(http_arena(r), clock_format(at, text)) : NULL;
    return true;
}

void api_layer_tile(struct http_request *r)
{
    struct snapshot *s = api_snapshot(r);
    const struct snapshot_layer *layer = s == NULL ? NULL : find(r, s);
    struct making *m = arena_calloc(http_arena(r), 1, sizeof(*m));
    struct str bytes;
    if (s == NULL) {
        return;
    }
    if (layer == NULL || m == NULL) {
        http_problem(r, layer == NULL ? 404 : 503, NULL);
        return;
    }
    if (!api_tile_parse(r, &m->tile.tile, NULL) || !read_at(r, layer, &m->tile.at)) {
        return;
    }
    m->r = r;
    m->public = layer->public;
    m->tile.layer_id = layer->id;
    m->tile.code = arena_strdup(http_arena(r), layer->code);
    m->tile.kind = arena_strdup(http_arena(r), layer->kind);
    m->key = arena_printf(http_arena(r), "layer %llu %s %s", (unsigned long long)s->version,
                          http_path(r), m->tile.at == NULL ? "" : m->tile.at);
    if (m->key == NULL || m->tile.code == NULL || m->tile.kind == NULL) {
        http_problem(r, 503, NULL);
    } else if (tile_cache_get(api_worker(r)->cache, m->key, &bytes)) {
        api_tile_send_to(r, API_MVT_TYPE, bytes, m->public);
    } else {
        http_hold(r);
        if (!tile_cache_wait(api_worker(r)->cache, m->key, m->public ? on_public : on_private, r)) {
            submit(m);
        }
    }
}

/* --- what there is ---------------------------------------------------------------------------- */

static void facts(struct strbuf *out, const struct snapshot_layer *layer)
{
    json_text_key(out, "group");
    strbuf_append_char(out, '{');
    json_text_field(out, "code", layer->group);
    json_text_field(out, "vi", layer->group_vi);
    json_text_field(out, "en", layer->group_en);
    strbuf_append_char(out, '}');
    json_text_field(out, "geometry", layer->kind);
    json_text_field_bool(out, "public", layer->public);
    json_text_field_int(out, "count", layer->n_features);
    json_text_field_time(out, "updated_at", layer->updated_at_us);
    json_text_field_bool(out, "dated", layer->timed);
    json_text_field_time(out, "valid_from", layer->valid_from_us);
    json_text_field_time(out, "valid_to",
                         layer->valid_to_us == INT64_MAX ? INT64_MIN : layer->valid_to_us);
    json_text_field(out, "attribution", layer->attribution);
    strbuf_printf(out, ",\"style\":%s,\"values\":%s", layer->style, layer->categories);
}

void api_layers_list(struct http_request *r, const struct snapshot *s, struct strbuf *out)
{
    for (size_t i = 0; i < s->n_layers; i++) {
        const struct snapshot_layer *layer = &s->layers[i];
        if (!layer->public && auth_user(r) == NULL) {
            continue;
        }
        strbuf_append_z(out, ",{");
        json_text_field(out, "id", layer->code);
        json_text_key(out, "title");
        strbuf_append_char(out, '{');
        json_text_field(out, "vi", layer->name_vi);
        json_text_field(out, "en", layer->name_en);
        strbuf_append_char(out, '}');
        strbuf_printf(out, ",\"tilejson\":\"/tiles/%s.json\"", layer->code);
        json_text_field(out, "kind", "vector");
        facts(out, layer);
        strbuf_append_char(out, '}');
    }
}

void api_layer_tilejson(struct http_request *r)
{
    const struct snapshot *s = api_snapshot(r);
    const struct snapshot_layer *layer = s == NULL ? NULL : find(r, s);
    struct strbuf out;
    if (s == NULL) {
        return;
    }
    if (layer == NULL) {
        http_problem(r, 404, NULL);
        return;
    }
    const char *query = http_query_string(r);
    strbuf_init(&out, 1 << 16);
    strbuf_append_z(&out, "{\"tilejson\":\"3.0.0\"");
    json_text_field(&out, "name", http_language(r) == HTTP_EN ? layer->name_en : layer->name_vi);
    json_text_key(&out, "tiles");
    strbuf_append_char(&out, '[');
    json_text_string(&out,
                     arena_printf(http_arena(r), "%s/tiles/%s/{z}/{x}/{y}.mvt%s%s", api_base_url(r),
                                  layer->code, query[0] == '\0' ? "" : "?", query));
    strbuf_append_char(&out, ']');
    json_text_field_int(&out, "minzoom", layer->min_zoom);
    json_text_field_int(&out, "maxzoom",
                        layer->min_zoom > ZOOM_DEEPEST ? layer->min_zoom : ZOOM_DEEPEST);
    if (layer->n_features > 0) {
        strbuf_printf(&out, ",\"bounds\":[%.6f,%.6f,%.6f,%.6f]", layer->box.west, layer->box.south,
                      layer->box.east, layer->box.north);
    }
    facts(&out, layer);
    strbuf_printf(&out,
                  ",\"vector_layers\":[{\"id\":\"%s\",\"fields\":%s},{\"id\":\"%s_info\","
                  "\"fields\":{\"total\":\"Number\",\"shown\":\"Number\","
                  "\"aggregated\":\"Number\",\"too_small\":\"Number\","
                  "\"later\":\"Number\",\"classes\":\"String\"}}]}",
                  layer->code, layer->fields, layer->code);
    if (layer->public) {
        http_set_header(r, "Access-Control-Allow-Origin", "*");
    }
    http_send_json(r, 200, &out);
}
