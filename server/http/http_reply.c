#define ZLIB_CONST /* next_in is const */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <zlib.h>

#include "server/base/bug.h"
#include "server/http/http_internal.h"

#define COMPRESS_MIN       1024
#define STREAM_BACKLOG_MAX (256 * 1024) /* bytes that a stream's reader may lag behind */

/* On every answer. Pages set a policy of their own, which is more open. */
#define COMMON_NAME "X-Content-Type-Options"
#define COMMON_VALUE                                                                               \
    "nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\n"                         \
    "Cross-Origin-Opener-Policy: same-origin"

/* The headers of a reply, as they are sent, but for the common ones' name. evhttp allocates and
 * prints each header by itself, which was a third of all that a small answer took; so it gets one,
 * with the ends of lines in its value. */
struct head {
    char text[3072];
    size_t n;
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

static void add_header(struct http_request *r, struct head *head, const char *name,
                       const char *value)
{
    size_t n_name = strlen(name);
    size_t n_value = strlen(value);
    char *to = head->text + head->n;
    /* evhttp looks for Connection; a line too many it refuses; more than there is room for is rare.
     */
    if (n_name + n_value + 5 > sizeof(head->text) - head->n ||
        strcasecmp(name, "Connection") == 0 || memchr(name, '\n', n_name) != NULL ||
        memchr(value, '\n', n_value) != NULL || memchr(value, '\r', n_value) != NULL) {
        evhttp_add_header(evhttp_request_get_output_headers(r->ev), name, value);
        return;
    }
    memcpy(to, "\r\n", 2);
    memcpy(to + 2, name, n_name);
    memcpy(to + 2 + n_name, ": ", 2);
    memcpy(to + 4 + n_name, value, n_value + 1);
    head->n += 4 + n_name + n_value;
}

static void begin_head(struct http_request *r, struct head *head)
{
    memcpy(head->text, COMMON_VALUE, sizeof(COMMON_VALUE));
    head->n = sizeof(COMMON_VALUE) - 1;
    bool has_policy = false;
    for (const struct http_header *h = r->headers; h != NULL; h = h->next) {
        has_policy = has_policy || strcasecmp(h->name, "Content-Security-Policy") == 0;
        add_header(r, head, h->name, h->value);
    }
    if (!has_policy) {
        add_header(r, head, "Content-Security-Policy", "default-src 'none'");
    }
    add_header(r, head, "X-Request-Id", r->id);
    if (r->http->draining) {
        add_header(r, head, "Connection", "close");
    }
}

/* To evhttp, which frees it. */
static void end_head(struct http_request *r, const struct head *head)
{
    struct evkeyval *row = malloc(sizeof(*row));
    char *key = strdup(COMMON_NAME);
    char *value = strdup(head->text);
    if (row == NULL || key == NULL || value == NULL) {
        free(row);
        free(key);
        free(value);
        return;
    }
    row->key = key;
    row->value = value;
    TAILQ_INSERT_TAIL(evhttp_request_get_output_headers(r->ev), row, next);
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

static void body_done(const struct http_reply *reply)
{
    if (reply->done != NULL) {
        reply->done(reply->body.p, reply->body.n, reply->done_arg);
    }
}

/* The body as it is; NULL without memory. Copied, or lent until it is sent. */
static struct evbuffer *plain_body(const struct http_reply *reply)
{
    struct evbuffer *body = evbuffer_new();
    bool lent = reply->done != NULL && reply->body.n > 0;
    if (body == NULL) {
        body_done(reply);
        return NULL;
    }
    int failed = lent ? evbuffer_add_reference(body, reply->body.p, reply->body.n, reply->done,
                                               reply->done_arg)
                      : evbuffer_add(body, reply->body.p, reply->body.n);
    if (failed != 0 || !lent) {
        body_done(reply);
    }
    if (failed != 0) {
        evbuffer_free(body);
        return NULL;
    }
    return body;
}

static struct evbuffer *body_of(struct http_request *r, const struct http_reply *reply,
                                struct head *head)
{
    struct evbuffer *body = NULL;
    if (reply->compress) {
        const char *accepted = http_header(r, "Accept-Encoding");
        add_header(r, head, "Vary", "Accept-Encoding");
        if (reply->body.n >= COMPRESS_MIN && accepted != NULL && strstr(accepted, "gzip") != NULL) {
            body = compressed(reply->body);
        }
        if (body != NULL) {
            add_header(r, head, "Content-Encoding", "gzip");
            body_done(reply);
            return body;
        }
    }
    return plain_body(reply);
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
static void begin_reply(struct http_request *r, struct http_reply *final, struct head *head)
{
    http_body_end(r);
    begin_head(r, head);
    add_header(r, head, "Cache-Control",
               final->cache_control == NULL ? "no-store" : final->cache_control);
    if (final->etag != NULL) {
        add_header(r, head, "ETag", final->etag);
        if ((r->method == HTTP_GET || r->method == HTTP_HEAD) &&
            etag_listed(http_header(r, "If-None-Match"), final->etag)) {
            final->status = 304;
            body_done(final);
            final->done = NULL;
            final->body = (struct str){"", 0};
        }
    }
    if (final->type != NULL && final->status != 204 && final->status != 304) {
        add_header(r, head, "Content-Type", final->type);
    }
}

/* Sends what was begun, and frees the body; without one it is 503. */
static void end_reply(struct http_request *r, int status, struct evbuffer *body,
                      const struct head *head)
{
    end_head(r, head);
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
    struct http_reply final = *reply;
    struct head head;
    if (r->ev == NULL) {
        body_done(&final);
        return; /* the deadline has answered for us */
    }
    begin_reply(r, &final, &head);
    struct evbuffer *body = body_of(r, &final, &head);
    end_reply(r, final.status, body, &head);
}

void http_send_buffer(struct http_request *r, const struct http_reply *reply, struct evbuffer *body)
{
    struct http_reply final = *reply;
    struct head head;
    begin_reply(r, &final, &head);
    if (final.status == 304) {
        evbuffer_drain(body, evbuffer_get_length(body));
    }
    end_reply(r, final.status, body, &head);
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
    struct head head;
    begin_head(r, &head);
    add_header(r, &head, "Content-Type", type);
    add_header(r, &head, "Cache-Control", "no-store");
    add_header(r, &head, "X-Accel-Buffering", "no");
    end_head(r, &head);
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
