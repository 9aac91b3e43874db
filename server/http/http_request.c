#include <ctype.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "server/base/bug.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/utf8.h"
#include "server/http/http_internal.h"

#define ARENA_MAX ((size_t)4 << 20)

static void make_id(char out[17])
{
    static _Thread_local uint64_t next;
    if (next == 0 && getrandom(&next, sizeof(next), 0) != (ssize_t)sizeof(next)) {
        next = clock_mono_ns();
    }
    next = next * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t v = next ^ (next >> 29);
    for (int i = 15; i >= 0; i--) {
        out[i] = "0123456789abcdef"[v & 15];
        v >>= 4;
    }
    out[16] = '\0';
}

static enum http_method method_of(struct evhttp_request *ev)
{
    enum evhttp_cmd_type command = evhttp_request_get_command(ev);
    if (command == EVHTTP_REQ_HEAD) {
        return HTTP_HEAD;
    }
    if (command == EVHTTP_REQ_POST) {
        return HTTP_POST;
    }
    if (command == EVHTTP_REQ_PUT) {
        return HTTP_PUT;
    }
    if (command == EVHTTP_REQ_PATCH) {
        return HTTP_PATCH;
    }
    if (command == EVHTTP_REQ_DELETE) {
        return HTTP_DELETE;
    }
    return command == EVHTTP_REQ_OPTIONS ? HTTP_OPTIONS : HTTP_GET;
}

static const char *decoded_path(struct http_request *r, const struct evhttp_uri *uri)
{
    const char *raw = evhttp_uri_get_path(uri);
    size_t n = 0;
    char *decoded = evhttp_uridecode(raw == NULL || raw[0] == '\0' ? "/" : raw, 0, &n);
    const char *path = NULL;
    if (decoded != NULL && strlen(decoded) == n && utf8_valid((struct str){decoded, n})) {
        path = arena_strndup(r->arena, decoded, n);
    }
    free(decoded);
    return path;
}

struct http_request *http_request_create(struct http *h, struct evhttp_request *ev)
{
    struct arena *arena = arena_create(ARENA_MAX);
    struct http_request *r = arena == NULL ? NULL : arena_calloc(arena, 1, sizeof(*r));
    if (r == NULL) {
        arena_destroy(arena);
        return NULL;
    }
    r->http = h;
    r->ev = ev;
    r->arena = arena;
    r->holds = 1;
    r->started_ns = clock_mono_ns();
    r->method = method_of(ev);
    make_id(r->id);
    TAILQ_INIT(&r->query);
    struct evbuffer *input = evhttp_request_get_input_buffer(ev);
    r->body.n = evbuffer_get_length(input);
    r->body.p = r->body.n == 0 ? "" : (const char *)evbuffer_pullup(input, -1);
    r->watch = http_watch_find(h, evhttp_request_get_connection(ev));
    if (r->watch != NULL) {
        http_watch_request(h, r->watch);
    }
    if (r->watch != NULL && http_watch_bodiless(r->watch)) {
        r->stream = arena_calloc(arena, 1, sizeof(*r->stream));
        if (r->stream == NULL) {
            http_watch_cut(r->watch);
        } else {
            r->stream->bev = http_watch_bufferevent(r->watch);
        }
    }
    return r;
}

/* Counts a header, as evhttp keeps every line of it. */
static int count_header(const struct http_request *r, const char *name)
{
    int n = 0;
    for (const struct evkeyval *row = evhttp_request_get_input_headers(r->ev)->tqh_first;
         row != NULL; row = row->next.tqe_next) {
        n += strcasecmp(row->key, name) == 0;
    }
    return n;
}

int http_request_check(struct http_request *r)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(r->ev);
    r->path = "";
    r->query_string = "";
    if (uri == NULL || (r->path = decoded_path(r, uri)) == NULL) {
        r->path = "";
        return 400;
    }
    const char *query = evhttp_uri_get_query(uri);
    if (query != NULL) {
        r->query_string = arena_strdup(r->arena, query);
        if (r->query_string == NULL || evhttp_parse_query_str(query, &r->query) != 0) {
            return 400;
        }
    }
    /* Two lengths are how requests are smuggled past a proxy. */
    bool chunked = count_header(r, "Transfer-Encoding") + count_header(r, HTTP_BODY_CODING) > 0;
    int lengths = count_header(r, "Content-Length");
    if (r->stream != NULL) {
        lengths += count_header(r, HTTP_BODY_LENGTH);
    }
    if (lengths > 1 || (chunked && lengths > 0) || count_header(r, "Host") != 1) {
        http_set_header(r, "Connection", "close");
        return 400;
    }
    if (r->body.p == NULL) {
        return 503;
    }
    return r->body.n > r->http->options.body_max ? 413 : 0;
}

const char *http_method_name(enum http_method method)
{
    static const char *const names[HTTP_METHODS] = {"GET",   "HEAD",   "POST",   "PUT",
                                                    "PATCH", "DELETE", "OPTIONS"};
    return names[__builtin_ctz((unsigned)method)];
}

static size_t latency_bucket(uint64_t us)
{
    size_t i = 0;
    while (http_latency_bounds_us[i] != 0 && us > http_latency_bounds_us[i]) {
        i++;
    }
    return i;
}

void http_request_finish(struct http_request *r, int status, size_t bytes)
{
    struct http_stats *stats = &r->http->stats;
    uint64_t us = (clock_mono_ns() - r->started_ns) / 1000;
    char path[256];
    r->status = status;
    stats->by_class[status / 100 < 6 ? status / 100 : 5]++;
    stats->latency_us_sum += us;
    stats->latency_buckets[latency_bucket(us)]++;
    stats->in_flight--;
    if (r->deadline != NULL) {
        event_free(r->deadline);
        r->deadline = NULL;
    }
    /* What changes something is told always, what only looks when debugging. */
    bool looks = (r->method & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS)) != 0;
    enum log_level level = looks ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
    if (log_wanted(level)) {
        log_write(level, "http.request", "id=%s method=%s path=%s status=%d bytes=%zu us=%llu",
                  r->id, http_method_name(r->method),
                  log_quote(r->path, strlen(r->path), path, sizeof(path)), status, bytes,
                  (unsigned long long)us);
    }
    if (status >= 500 &&
        status != 503) { /* busy is counted; a full queue must not fill the log too */
        log_warn("http.failed", "id=%s path=%s status=%d us=%llu", r->id,
                 log_quote(r->path, strlen(r->path), path, sizeof(path)), status,
                 (unsigned long long)us);
    }
    http_release(r);
}

void http_hold(struct http_request *r)
{
    r->holds++;
}

void http_release(struct http_request *r)
{
    BUG_IF(r->holds <= 0);
    if (--r->holds == 0) {
        evhttp_clear_headers(&r->query);
        arena_destroy(r->arena);
    }
}

bool http_answered(const struct http_request *r)
{
    return r->ev == NULL;
}

void *http_context(const struct http_request *r)
{
    return r->http->options.context;
}

enum http_method http_method(const struct http_request *r)
{
    return r->method;
}

const char *http_path(const struct http_request *r)
{
    return r->path;
}

const char *http_id(const struct http_request *r)
{
    return r->id;
}

struct arena *http_arena(struct http_request *r)
{
    return r->arena;
}

const char *http_header(const struct http_request *r, const char *name)
{
    return r->ev == NULL ? NULL : evhttp_find_header(evhttp_request_get_input_headers(r->ev), name);
}

/* The first of vi and en in the header wins: browsers list the preferred language first. */
enum http_language http_language(const struct http_request *r)
{
    const char *asked = http_query(r, "lang");
    const char *at = asked != NULL ? asked : http_header(r, "Accept-Language");
    while (at != NULL && *at != '\0') {
        at += strspn(at, " ,");
        if (strncasecmp(at, "en", 2) == 0) {
            return HTTP_EN;
        }
        if (strncasecmp(at, "vi", 2) == 0) {
            return HTTP_VI;
        }
        at += strcspn(at, ",");
    }
    return HTTP_VI;
}

const char *http_peer(const struct http_request *r)
{
    char *address = NULL;
    ev_uint16_t port = 0;
    if (r->ev != NULL) {
        evhttp_connection_get_peer(evhttp_request_get_connection(r->ev), &address, &port);
    }
    return address == NULL ? "" : address;
}

const char *http_parameter(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_parameters; i++) {
        if (strcmp(r->names[i], name) == 0) {
            return r->values[i];
        }
    }
    BUG("a handler asks for a parameter that its pattern does not have");
}

const char *http_query(const struct http_request *r, const char *name)
{
    const char *value = evhttp_find_header(&r->query, name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

const char *http_query_string(const struct http_request *r)
{
    return r->query_string;
}

const char *http_cookie(struct http_request *r, const char *name)
{
    struct str rest = str_of(http_header(r, "Cookie"));
    while (rest.n > 0) {
        struct str pair = str_trim(str_cut(&rest, ';'));
        struct str key = str_cut(&pair, '=');
        if (str_equal_z(key, name)) {
            return arena_strndup(r->arena, pair.p, pair.n);
        }
    }
    return NULL;
}

struct str http_body(const struct http_request *r)
{
    return r->body;
}

void http_set_user(struct http_request *r, const void *user)
{
    r->user = user;
}

const void *http_user(const struct http_request *r)
{
    return r->user;
}
