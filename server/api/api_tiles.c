/* /tiles: the list of layers, TileJSON, vector tiles. */
#include "server/api/api_tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_auth.h"
#include "server/api/api_layers.h"
#include "server/api/list_order.h"
#include "server/base/asker.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/tiles/tile_boundaries.h"
#include "server/tiles/tile_cache.h"

#define BOUNDARY_TILE_MAX ((size_t)16 << 20)

struct layer {
    const char *name;
    enum tile_layer id;
    const char *vi, *en;
    bool raster;
    bool of_complaints; /* changes at any moment; takes the filters */
    bool dated;         /* takes at= */
    const char *fields; /* of its features, for TileJSON */
};

static const struct layer layers[] = {
    {"heat", TILE_HEAT, "Mật độ phản ánh (ô)", "Complaint density (cells)", false, true, false,
     "\"count\":\"Number\",\"open\":\"Number\",\"late\":\"Number\",\"weight\":\"Number\",\"rated\":"
     "\"Number\","
     "\"satisfaction\":\"Number\""},
    {"heatmap", TILE_HEAT, "Bản đồ nhiệt", "Heatmap", true, true, false, ""},
    {"complaints", TILE_COMPLAINTS, "Phản ánh", "Complaints", false, true, false,
     "\"count\":\"Number\",\"open\":\"Number\",\"category\":\"String\",\"status\":\"String\","
     "\"code\":\"String\",\"late\":\"Number\",\"at_risk\":\"Number\""},
    {"wards", TILE_WARDS, "Phường, xã", "Wards", false, false, true,
     "\"code\":\"String\",\"name\":\"String\",\"kind\":\"String\",\"approximate\":\"Boolean\""},
    {"districts", TILE_DISTRICTS, "Quận, huyện", "Districts", false, false, true,
     "\"code\":\"String\",\"name\":\"String\",\"kind\":\"String\",\"approximate\":\"Boolean\""},
    {"jurisdictions", TILE_JURISDICTIONS, "Địa bàn", "Jurisdictions", false, false, true,
     "\"code\":\"String\",\"name\":\"String\",\"agency\":\"String\",\"agency_name\":\"String\","
     "\"class\":\"String\",\"reach\":\"String\",\"approximate\":\"Boolean\""},
    {"streets", TILE_STREETS, "Đường", "Streets", false, false, false,
     "\"name\":\"String\",\"class\":\"String\""},
    {"places", TILE_PLACES, "Địa điểm", "Places", false, false, false,
     "\"name\":\"String\",\"kind\":\"String\""},
};
#define N_LAYERS (sizeof(layers) / sizeof(layers[0]))

static const struct layer *layer_find(const char *name)
{
    for (size_t i = 0; i < N_LAYERS; i++) {
        if (strcmp(layers[i].name, name) == 0) {
            return &layers[i];
        }
    }
    return NULL;
}

/* Digits only: no sign, no blank, no leading zero that would give a tile two names. */
static bool parse_coordinate(const char *text, uint32_t *out)
{
    size_t n = strlen(text);
    if (n == 0 || n > 8 || strspn(text, "0123456789") != n || (n > 1 && text[0] == '0')) {
        return false;
    }
    *out = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

bool api_tile_parse(struct http_request *r, struct geo_tile *tile, bool *twice)
{
    const char *y = http_parameter(r, "y");
    const char *at = strchr(y, '@');
    if (at != NULL && twice != NULL && strcmp(at, "@2x") == 0) {
        *twice = true;
        y = arena_strndup(http_arena(r), y, (size_t)(at - y));
    }
    if (y == NULL || !parse_coordinate(http_parameter(r, "z"), &tile->z) ||
        !parse_coordinate(http_parameter(r, "x"), &tile->x) || !parse_coordinate(y, &tile->y) ||
        !geo_tile_valid(*tile)) {
        http_problem(r, 404, NULL);
        return false;
    }
    return true;
}

bool api_tile_words(struct http_request *r)
{
    if (!auth_reaches_all(r)) {
        http_problem(r, auth_user(r) == NULL ? 401 : 403, NULL);
        return false;
    }
    return true;
}

void api_tile_send(struct http_request *r, const char *type, struct str bytes)
{
    api_tile_send_to(r, type, bytes, true);
}

void api_tile_send_to(struct http_request *r, const char *type, struct str bytes, bool public)
{
    const struct api_tile tile = {type, bytes, str_hash(bytes), public, NULL, NULL};
    api_tile_send_hashed(r, &tile);
}

void api_tile_send_hashed(struct http_request *r, const struct api_tile *t)
{
    char etag[19] = "\"0123456789abcdef\"";
    for (int i = 0; i < 16; i++) {
        etag[1 + i] = "0123456789abcdef"[t->hash >> (60 - 4 * i) & 15];
    }
    if (t->public) {
        http_set_header(r, "Access-Control-Allow-Origin", "*");
    }
    http_send(r, &(struct http_reply){.status = t->bytes.n == 0 ? 204 : 200,
                                      .type = t->type,
                                      .body = t->bytes,
                                      .done = t->done,
                                      .done_arg = t->done_arg,
                                      .etag = etag,
                                      .cache_control =
                                          t->public ? TILE_CACHE_CONTROL : "private, no-cache",
                                      .compress = strcmp(t->type, API_MVT_TYPE) == 0});
}

/* One vector tile under way, in the request's arena. */
struct making {
    struct http_request *r;
    const struct layer *layer;
    struct tile_request tile;
    struct store_statement statement;
    const char *key;
    bool own; /* points of an agency's people: their own complaints, found by PostgreSQL for them */
};

static void on_joined(void *arg, enum status status, struct str bytes)
{
    struct http_request *r = arg;
    if (status == STATUS_OK) {
        api_tile_send_to(r, API_MVT_TYPE, bytes, auth_user(r) == NULL);
    } else {
        http_problem_status(r, status);
    }
    http_release(r);
}

static void on_made(void *arg, enum status status, const struct db_rows *result,
                    const struct err *e)
{
    struct making *m = arg;
    struct tile_cache *cache = api_worker(m->r)->cache;
    struct str bytes = {"", 0};
    unsigned char *made = NULL;
    (void)e;
    store_statement_free(&m->statement);
    if (status == STATUS_OK) {
        bytes.p = (const char *)(made = db_rows_bytes(result, 0, 0, &bytes.n));
        if (made == NULL && !db_rows_null(result, 0, 0)) {
            status = STATUS_NO_MEMORY;
        }
        if (status == STATUS_OK && !m->layer->of_complaints) {
            tile_cache_put(cache, m->key, bytes);
        }
    }
    tile_cache_done(cache, m->key, status, bytes);
    on_joined(m->r, status, bytes);
    free(made);
}

static void submit(struct making *m)
{
    struct db_job job = {.sql = m->statement.sql.p,
                         .n_params = m->statement.n,
                         .done = on_made,
                         .arg = m,
                         .asker = m->own ? NULL : ASKER_SERVICE};
    struct err e;
    memcpy(job.params, m->statement.params, sizeof(job.params));
    enum status status = db_pool_submit(api_worker(m->r)->tiles, &job, &e);
    if (status != STATUS_OK) {
        store_statement_free(&m->statement);
        tile_cache_done(api_worker(m->r)->cache, m->key, status, (struct str){"", 0});
        on_joined(m->r, status, (struct str){"", 0});
    }
}

/* The day whose boundaries are shown: today's in the city unless at= says another. */
static const char *day_of(struct http_request *r)
{
    int64_t at = clock_now_us();
    char text[CLOCK_TEXT_MAX];
    return api_query_time(r, "at", &at) ? arena_strndup(http_arena(r), clock_format(at, text), 10)
                                        : NULL;
}

/* due= of complaints, and what lists know of for those who work on them. */
static bool parse_work(struct http_request *r, struct tile_request *t)
{
    if (!api_query_flag(r, "due", &t->due) || !list_work_parse(r, &t->work)) {
        return false;
    }
    t->due = t->due || t->work.late || t->work.at_risk;
    if (t->due && !t->exact) {
        http_problem(r, 401, NULL);
        return false;
    }
    return true;
}

/* Only the database knows it. */
static bool of_work(const struct tile_request *t)
{
    return t->due || t->work.mine != NULL || t->work.desk != NULL || t->work.tasks != NULL;
}

static void make_tile(struct http_request *r)
{
    const struct layer *layer = layer_find(http_parameter(r, "layer"));
    struct snapshot *s = api_snapshot(r);
    struct making *m = arena_calloc(http_arena(r), 1, sizeof(*m));
    struct tile_cache *cache = api_worker(r)->cache;
    struct str bytes;
    if (layer == NULL || s == NULL || m == NULL || !api_tile_parse(r, &m->tile.tile, NULL) ||
        !api_filter_parse(r, s, &m->tile.filter) || (m->tile.day = day_of(r)) == NULL) {
        return;
    }
    m->r = r;
    m->layer = layer;
    m->tile.layer = m->layer->id;
    bool points = layer->id == TILE_COMPLAINTS;
    m->own = points && auth_user(r) != NULL && !auth_reaches_all(r);
    m->tile.exact = points && auth_user(r) != NULL;
    if (points && !parse_work(r, &m->tile)) {
        return;
    }
    if (layer->of_complaints && m->tile.filter.text == NULL && !m->own && !of_work(&m->tile) &&
        !(points && m->tile.filter.has_box && !m->tile.exact)) {
        api_heat_tile(r, points, &m->tile.filter);
        return;
    }
    if (layer->of_complaints && m->tile.filter.text != NULL && !m->own && !api_tile_words(r)) {
        return;
    }
    m->key = arena_printf(http_arena(r), "%llu %d %s %s %s %s", (unsigned long long)s->version,
                          m->tile.exact, m->own || m->tile.work.mine ? auth_user(r)->actor : "",
                          http_path(r), m->layer->dated ? m->tile.day : "", http_query_string(r));
    if (m->key == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    if (!m->layer->of_complaints && tile_cache_get(cache, m->key, &bytes)) {
        api_tile_send(r, API_MVT_TYPE, bytes);
        return;
    }
    http_hold(r);
    if (!tile_cache_wait(cache, m->key, on_joined, r)) {
        store_statement_init(&m->statement);
        store_tile_mvt(&m->statement, &m->tile);
        submit(m);
    }
}

/* Wards and districts are drawn at once, from what the service knows by heart. */
static void draw_boundaries(struct http_request *r, const struct layer *layer)
{
    struct snapshot *s = api_snapshot(r);
    struct geo_tile tile;
    struct strbuf out;
    struct err e;
    const char *day = NULL;
    int64_t at = 0;
    if (s == NULL || !api_tile_parse(r, &tile, NULL) || (day = day_of(r)) == NULL ||
        !clock_parse_any(str_of(day), &at)) {
        return;
    }
    const char *key = arena_printf(http_arena(r), "%llu %s %s", (unsigned long long)s->version,
                                   http_path(r), day);
    struct tile_cache *cache = api_worker(r)->cache;
    struct str bytes;
    if (key != NULL && tile_cache_get(cache, key, &bytes)) {
        api_tile_send(r, API_MVT_TYPE, bytes);
        return;
    }
    strbuf_init(&out, BOUNDARY_TILE_MAX);
    const struct tile_boundaries wish = {layer->id == TILE_WARDS ? LEVEL_WARD : LEVEL_DISTRICT, at,
                                         tile, layer->name};
    enum status status = tile_boundaries_draw(s, &wish, &out, &e);
    if (status == STATUS_OK && key != NULL) {
        tile_cache_put(cache, key, (struct str){out.p, out.n});
    }
    if (status == STATUS_OK) {
        api_tile_send(r, API_MVT_TYPE, (struct str){out.p, out.n});
    } else {
        http_problem_status(r, status);
    }
    strbuf_free(&out);
}

static void get_tile(struct http_request *r)
{
    const struct layer *layer = layer_find(http_parameter(r, "layer"));
    if (layer == NULL) {
        auth_resolve(r, api_layer_tile);
    } else if (layer->raster) {
        http_problem(r, 404, NULL);
    } else if (layer->id == TILE_WARDS || layer->id == TILE_DISTRICTS) {
        draw_boundaries(r, layer);
    } else if (layer->id == TILE_COMPLAINTS || http_query(r, "q") != NULL) {
        auth_resolve(r, make_tile);
    } else {
        make_tile(r); /* the same for everybody */
    }
}

const char *api_base_url(struct http_request *r)
{
    const char *scheme = http_header(r, "X-Forwarded-Proto");
    const char *host = http_header(r, "Host");
    bool https = scheme != NULL && strcmp(scheme, "https") == 0;
    bool plain = host != NULL && strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789.-:[]") == strlen(host);
    return arena_printf(http_arena(r), "%s://%s", https ? "https" : "http",
                        plain ? host : "localhost");
}

static void tilejson(struct strbuf *out, struct http_request *r, const struct snapshot *s,
                     const struct layer *layer)
{
    const char *query = http_query_string(r);
    strbuf_append_z(out, "{\"tilejson\":\"3.0.0\"");
    json_text_field(out, "name", http_language(r) == HTTP_EN ? layer->en : layer->vi);
    json_text_field(out, "attribution", s->city.attribution);
    json_text_key(out, "tiles");
    strbuf_append_char(out, '[');
    json_text_string(out, arena_printf(http_arena(r), "%s/tiles/%s/{z}/{x}/{y}.%s%s%s",
                                       api_base_url(r), layer->name, layer->raster ? "png" : "mvt",
                                       query[0] == '\0' ? "" : "?", query));
    strbuf_append_char(out, ']');
    json_text_field_int(out, "minzoom", 0);
    json_text_field_int(out, "maxzoom", layer->of_complaints ? 20 : 16);
    strbuf_printf(out, ",\"bounds\":[%.6f,%.6f,%.6f,%.6f]", s->city.box.west, s->city.box.south,
                  s->city.box.east, s->city.box.north);
    if (layer->dated) {
        json_text_field_bool(out, "approximate", s->city.approximate);
    }
    if (!layer->raster) {
        strbuf_printf(out, ",\"vector_layers\":[{\"id\":\"%s\",\"fields\":{%s}}", layer->name,
                      layer->fields);
        if (layer->id == TILE_WARDS || layer->id == TILE_DISTRICTS) {
            strbuf_printf(out, ",{\"id\":\"%s_label\",\"fields\":{%s}}", layer->name,
                          layer->fields);
        }
        strbuf_append_char(out, ']');
    }
    strbuf_append_char(out, '}');
}

static void get_tilejson(struct http_request *r)
{
    const struct layer *layer = layer_find(http_parameter(r, "layer"));
    struct strbuf out;
    if (layer == NULL) {
        auth_resolve(r, api_layer_tilejson);
        return;
    }
    const struct snapshot *s = api_snapshot(r);
    if (s != NULL) {
        strbuf_init(&out, 1 << 16);
        tilejson(&out, r, s, layer);
        http_set_header(r, "Access-Control-Allow-Origin", "*");
        if (layer->raster && !out.failed) {
            out.n--; /* before the last brace */
            if (api_heatmap_scales(r, s, &out)) {
                return;
            }
            strbuf_append_char(&out, '}');
        }
        http_send_json(r, 200, &out);
    }
}

static void send_layers(struct http_request *r)
{
    const struct snapshot *s = api_snapshot(r);
    struct strbuf out;
    if (s == NULL) {
        return;
    }
    strbuf_init(&out, 1 << 16);
    strbuf_append_z(&out, "{\"layers\":[");
    for (size_t i = 0; i < N_LAYERS; i++) {
        strbuf_append_z(&out, i == 0 ? "{" : ",{");
        json_text_field(&out, "id", layers[i].name);
        json_text_key(&out, "title");
        strbuf_append_char(&out, '{');
        json_text_field(&out, "vi", layers[i].vi);
        json_text_field(&out, "en", layers[i].en);
        strbuf_append_char(&out, '}');
        strbuf_printf(&out, ",\"tilejson\":\"/tiles/%s.json\"", layers[i].name);
        json_text_field(&out, "kind", layers[i].raster ? "raster" : "vector");
        if (layers[i].dated) {
            json_text_field_bool(&out, "approximate", s->city.approximate);
        }
        strbuf_append_char(&out, '}');
    }
    api_layers_list(r, s, &out);
    strbuf_append_z(&out, "]}");
    http_send_json(r, 200, &out);
}

static void get_layers(struct http_request *r)
{
    auth_resolve(r, send_layers); /* who is logged in sees more of them */
}

const struct http_route api_tile_routes[] = {
    {HTTP_GET, "/tiles.json", get_layers,
     ABOUT(.tag = "tiles", .summary = "The layers there are", .answer = "TileLayers")},
    {HTTP_GET, "/tiles/{layer}.json", get_tilejson,
     ABOUT(.tag = "tiles", .summary = "A layer's TileJSON", .query = "at", .answer = "TileJson")},
    {HTTP_GET, "/api/v1/heat", api_heat_state,
     ABOUT(.tag = "tiles", .summary = "How new the map of complaints is", .answer = "HeatState")},
    {HTTP_GET, "/tiles/heatmap/{z}/{x}/{y}.png", api_heatmap_get,
     ABOUT(.tag = "tiles", .summary = "A heatmap's picture",
           .query = "category status channel agency ward from to bbox q radius_m weight",
           .answer = "image/png")},
    {HTTP_GET, "/tiles/{layer}/{z}/{x}/{y}.mvt", get_tile,
     ABOUT(.tag = "tiles", .summary = "A vector tile",
           .query = "category status channel agency ward from to bbox q at due late at_risk mine "
                    "desk tasks",
           .answer = "application/vnd.mapbox-vector-tile")},
};
const size_t n_api_tile_routes = sizeof(api_tile_routes) / sizeof(api_tile_routes[0]);
