#define ZLIB_CONST /* next_in is const */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "server/base/bug.h"
#include "server/http/http_internal.h"

#define COMPRESS_MIN       1024
#define STREAM_BACKLOG_MAX (256 * 1024) /* bytes that a stream's reader may lag behind */

/* On every answer. Pages set a policy of their own, which is more open. */
static const struct {
    const char *name, *value;
} common_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

void http_set_header(struct http_request *r, const char *name, const char *value)
{
    struct http_header *h = arena_alloc(r->arena, sizeof(*h));
    if (h == NULL) {
        return;
    }
    *h = (struct http_header){r->headers, arena_strdup(r->arena, name),
                              arena_strdup(r->arena, value)};
    if (h->name != NULL && h->value != NULL) {
        r->headers = h;
    }
}

bool http_has_header(const struct http_request *r, const char *name)
{
    const struct http_header *h = r->headers;
    while (h != NULL && strcasecmp(h->name, name) != 0) {
        h = h->next;
    }
    return h != NULL;
}

static void put_headers(struct http_request *r)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(r->ev);
    for (size_t i = 0; i < sizeof(common_headers) / sizeof(common_headers[0]); i++) {
        evhttp_add_header(out, common_headers[i].name, common_headers[i].value);
    }
    bool has_policy = false;
    for (const struct http_header *h = r->headers; h != NULL; h = h->next) {
        has_policy = has_policy || strcasecmp(h->name, "Content-Security-Policy") == 0;
        evhttp_add_header(out, h->name, h->value);
    }
    if (!has_policy) {
        evhttp_add_header(out, "Content-Security-Policy", "default-src 'none'");
    }
    evhttp_add_header(out, "X-Request-Id", r->id);
    if (r->http->draining) {
        evhttp_add_header(out, "Connection", "close");
    }
}

/* True if `list` ("W/"abc", "def"" or *) names the tag. */
static bool etag_listed(const char *list, const char *etag)
{
    const char *found = list == NULL ? NULL : strstr(list, etag);
    return found != NULL || (list != NULL && strcmp(list, "*") == 0);
}

/* gzip, or NULL where it isn't smaller. */
static struct evbuffer *compressed(struct str body)
{
    z_stream z = {.next_in = (const unsigned char *)body.p, .avail_in = (uInt)body.n};
    if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return NULL;
    }
    struct evbuffer *out = evbuffer_new();
    struct evbuffer_iovec space;
    size_t bound = deflateBound(&z, (uLong)body.n);
    if (out == NULL || evbuffer_reserve_space(out, (ev_ssize_t)bound, &space, 1) != 1) {
        goto fail;
    }
    z.next_out = space.iov_base;
    z.avail_out = (uInt)bound;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END || z.total_out >= body.n) {
        goto fail;
    }
    space.iov_len = z.total_out;
    evbuffer_commit_space(out, &space, 1);
    deflateEnd(&z);
    return out;
fail:
    deflateEnd(&z);
    if (out != NULL) {
        evbuffer_free(out);
    }
    return NULL;
}

static struct evbuffer *body_of(struct http_request *r, const struct http_reply *reply)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(r->ev);
    struct evbuffer *body = NULL;
    if (reply->compress) {
        const char *accepted = http_header(r, "Accept-Encoding");
        evhttp_add_header(out, "Vary", "Accept-Encoding");
        if (reply->body.n >= COMPRESS_MIN && accepted != NULL && strstr(accepted, "gzip") != NULL) {
            body = compressed(reply->body);
        }
        if (body != NULL) {
            evhttp_add_header(out, "Content-Encoding", "gzip");
            return body;
        }
    }
    body = evbuffer_new();
    if (body != NULL && evbuffer_add(body, reply->body.p, reply->body.n) != 0) {
        evbuffer_free(body);
        body = NULL;
    }
    return body;
}

/* evhttp would answer HEAD with Content-Length 0; the length of the GET is what HEAD is for. */
static void drop_body_of_head(struct http_request *r, struct evbuffer *body)
{
    char length[24];
    snprintf(length, sizeof(length), "%zu", evbuffer_get_length(body));
    evhttp_add_header(evhttp_request_get_output_headers(r->ev), "Content-Length", length);
    evbuffer_drain(body, evbuffer_get_length(body));
}

/* All headers but those of the body; the status may become 304. */
static void begin_reply(struct http_request *r, struct http_reply *final)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(r->ev);
    http_body_end(r);
    put_headers(r);
    evhttp_add_header(out, "Cache-Control",
                      final->cache_control == NULL ? "no-store" : final->cache_control);
    if (final->etag != NULL) {
        evhttp_add_header(out, "ETag", final->etag);
        if ((r->method == HTTP_GET || r->method == HTTP_HEAD) &&
            etag_listed(http_header(r, "If-None-Match"), final->etag)) {
            final->status = 304;
            final->body = (struct str){"", 0};
        }
    }
    if (final->type != NULL && final->status != 204 && final->status != 304) {
        evhttp_add_header(out, "Content-Type", final->type);
    }
}

/* Sends what was begun, and frees the body; without one it is 503. */
static void end_reply(struct http_request *r, int status, struct evbuffer *body)
{
    size_t bytes = body == NULL ? 0 : evbuffer_get_length(body);
    if (body != NULL && r->method == HTTP_HEAD && status != 204 && status != 304) {
        drop_body_of_head(r, body);
    }
    struct evhttp_request *ev = r->ev;
    if (r->watch != NULL) {
        http_watch_reply(r->http, r->watch);
    }
    r->ev = NULL;
    evhttp_send_reply(ev, body == NULL ? 503 : status, NULL, body);
    if (body != NULL) {
        evbuffer_free(body);
    }
    http_request_finish(r, status, bytes);
}

void http_send(struct http_request *r, const struct http_reply *reply)
{
    if (r->ev == NULL) {
        return; /* the deadline has answered for us */
    }
    struct http_reply final = *reply;
    begin_reply(r, &final);
    end_reply(r, final.status, body_of(r, &final));
}

void http_send_buffer(struct http_request *r, const struct http_reply *reply, struct evbuffer *body)
{
    struct http_reply final = *reply;
    begin_reply(r, &final);
    if (final.status == 304) {
        evbuffer_drain(body, evbuffer_get_length(body));
    }
    end_reply(r, final.status, body);
}

void http_send_json(struct http_request *r, int status, struct strbuf *json)
{
    bool failed = json->failed;
    http_send(r, &(struct http_reply){.status = failed ? 500 : status,
                                      .type = "application/json",
                                      .body = {failed ? "{}" : json->p, failed ? 2 : json->n},
                                      .compress = true});
    strbuf_free(json);
}

struct http_stream {
    struct http *http;
    struct evhttp_request *ev;
    struct http_watch *watch;
    void (*on_close)(struct http_stream *s, void *arg);
    void *arg;
};

static void on_stream_close(struct evhttp_connection *connection, void *arg)
{
    struct http_stream *s = arg;
    (void)connection;
    s->http->stats.streams--;
    s->on_close(s, s->arg);
    if (evhttp_request_get_connection(s->ev) == NULL) {
        evhttp_send_reply_end(s->ev); /* detached from its connection: this frees it */
    }
    free(s);
}

struct http_stream *http_stream_start(struct http_request *r, const char *type,
                                      void (*on_close)(struct http_stream *s, void *arg), void *arg)
{
    struct http_stream *s = calloc(1, sizeof(*s));
    if (s == NULL || r->ev == NULL || r->watch == NULL) {
        free(s);
        return NULL;
    }
    *s = (struct http_stream){r->http, r->ev, r->watch, on_close, arg};
    put_headers(r);
    struct evkeyvalq *out = evhttp_request_get_output_headers(r->ev);
    evhttp_add_header(out, "Content-Type", type);
    evhttp_add_header(out, "Cache-Control", "no-store");
    evhttp_add_header(out, "X-Accel-Buffering", "no");
    evhttp_connection_set_closecb(evhttp_request_get_connection(r->ev), on_stream_close, s);
    http_watch_stream(r->watch);
    r->ev = NULL;
    r->http->stats.streams++;
    evhttp_send_reply_start(s->ev, 200, NULL);
    http_request_finish(r, 200, 0);
    return s;
}

bool http_stream_write(struct http_stream *s, struct str text)
{
    struct bufferevent *bev =
        evhttp_connection_get_bufferevent(evhttp_request_get_connection(s->ev));
    if (evbuffer_get_length(bufferevent_get_output(bev)) + text.n > STREAM_BACKLOG_MAX) {
        http_watch_cut(s->watch); /* its close callback follows */
        s->http->stats.cut_slow++;
        return false;
    }
    struct evbuffer *chunk = evbuffer_new();
    if (chunk == NULL || evbuffer_add(chunk, text.p, text.n) != 0) {
        if (chunk != NULL) {
            evbuffer_free(chunk);
        }
        return false;
    }
    evhttp_send_reply_chunk(s->ev, chunk);
    evbuffer_free(chunk);
    return true;
}

void http_stream_end(struct http_stream *s)
{
    evhttp_connection_set_closecb(evhttp_request_get_connection(s->ev), NULL, NULL);
    s->http->stats.streams--;
    evhttp_send_reply_end(s->ev);
    free(s);
}
