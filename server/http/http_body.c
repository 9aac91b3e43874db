/* Bodies read by pieces. evhttp 2.1 takes a request in whole before it tells of it, so http_watch.c
 * hides the length of such a request's body: evhttp sees a request without one, hands it over and
 * stops reading. From then until the reply, the connection's callbacks are the ones below; bytes
 * are read only while somebody waits for them. */
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/base/bug.h"
#include "server/http/http_internal.h"

#define READ_AHEAD ((size_t)64 << 10) /* bytes that may wait in the connection's buffer */

static void call_back(struct http_request *r)
{
    struct http_stream_body *b = r->stream;
    void (*done)(struct http_request *, enum http_body, size_t, void *) = b->done;
    enum http_body how = b->left == 0 ? HTTP_BODY_END : b->lost ? HTTP_BODY_LOST : HTTP_BODY_MORE;
    size_t got = b->got;
    b->to = NULL;
    if (r->watch != NULL) {
        http_watch_body(r->watch, NULL);
    }
    if (b->bev != NULL && b->ours) {
        bufferevent_disable(b->bev, EV_READ);
    }
    if (how == HTTP_BODY_END) {
        http_deadline_start(r);
    }
    struct asker before = asker_swap(&b->turn);
    done(r, how, got, b->arg);
    (void)asker_swap(&before);
}

/* Moves what has come to whom it was promised; true once that is all he asked for. */
static bool take(struct http_request *r)
{
    struct http_stream_body *b = r->stream;
    size_t n = b->wanted - b->got;
    if (n > b->left) {
        n = (size_t)b->left;
    }
    if (b->bev == NULL) { /* it came in whole */
        memcpy(b->to + b->got, r->body.p + (r->body.n - b->left), n);
    } else {
        int taken = evbuffer_remove(bufferevent_get_input(b->bev), b->to + b->got, n);
        n = taken < 0 ? 0 : (size_t)taken;
    }
    b->got += n;
    b->left -= n;
    return b->got == b->wanted || b->left == 0;
}

static void on_later(evutil_socket_t fd, short events, void *arg)
{
    struct http_request *r = arg;
    (void)fd;
    (void)events;
    if (r->ev == NULL || r->stream->to == NULL) {
        return; /* answered meanwhile */
    }
    if (take(r) || r->stream->lost) {
        call_back(r);
    } else {
        bufferevent_enable(r->stream->bev, EV_READ);
    }
}

static void on_readable(struct bufferevent *bev, void *arg)
{
    struct http_request *r = arg;
    (void)bev;
    if (r->stream->to != NULL && take(r)) {
        call_back(r);
    }
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct http_request *r = arg;
    (void)bev;
    if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) != 0) {
        http_body_lose(r);
    }
}

static bool parse_length(const char *text, uint64_t *out)
{
    uint64_t n = 0;
    size_t digits = text == NULL ? 0 : strlen(text);
    if (digits == 0 || digits > 15) {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        n = n * 10 + (uint64_t)(*text - '0');
    }
    *out = n;
    return true;
}

int http_body_begin(struct http_request *r)
{
    struct http_stream_body *b = r->stream;
    if (b == NULL) { /* pipelined, or by another spelling of the path: evhttp has read it */
        b = r->stream = arena_calloc(r->arena, 1, sizeof(*b));
        if (b == NULL) {
            return 503;
        }
        b->left = r->body.n;
    } else if (http_header(r, HTTP_BODY_CODING) != NULL) {
        return 411;
    } else if (http_header(r, HTTP_BODY_LENGTH) != NULL &&
               !parse_length(http_header(r, HTTP_BODY_LENGTH), &b->left)) {
        return 400;
    }
    b->later = event_new(r->http->base, -1, 0, on_later, r);
    b->begun = b->later != NULL;
    return b->begun ? 0 : 503;
}

int64_t http_body_length(const struct http_request *r)
{
    return r->stream == NULL ? -1 : (int64_t)r->stream->left;
}

static void take_over(struct http_request *r)
{
    struct http_stream_body *b = r->stream;
    const char *expect = http_header(r, "Expect");
    bufferevent_getcb(b->bev, &b->read_cb, &b->write_cb, &b->event_cb, &b->cb_arg);
    bufferevent_setcb(b->bev, on_readable, NULL, on_event, r);
    bufferevent_setwatermark(b->bev, EV_READ, 0, READ_AHEAD);
    b->ours = true;
    if (expect != NULL && strcasecmp(expect, "100-continue") == 0 &&
        evbuffer_get_length(bufferevent_get_input(b->bev)) == 0) {
        bufferevent_enable(b->bev, EV_WRITE);
        bufferevent_write(b->bev, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    }
}

void http_body_read(struct http_request *r, char *to, size_t n,
                    void (*done)(struct http_request *r, enum http_body how, size_t got, void *arg),
                    void *arg)
{
    struct http_stream_body *b = r->stream;
    BUG_IF(b == NULL);
    BUG_IF(!b->begun || b->to != NULL || n == 0);
    b->to = to;
    b->wanted = n;
    b->got = 0;
    b->done = done;
    b->turn = *asker_now();
    b->arg = arg;
    BUG_IF(r->ev == NULL);
    if (r->watch == NULL || r->http->draining) {
        b->lost = true;
    } else {
        if (b->bev != NULL && !b->ours) {
            take_over(r);
        }
        http_watch_body(r->watch, r);
    }
    event_active(b->later, 0, 0);
}

void http_body_lose(struct http_request *r)
{
    struct http_stream_body *b = r->stream;
    b->lost = true;
    if (b->to != NULL) {
        event_active(b->later, 0, 0);
    }
}

void http_body_end(struct http_request *r)
{
    struct http_stream_body *b = r->stream;
    if (b == NULL) {
        return;
    }
    if (b->later != NULL) {
        event_free(b->later);
        b->later = NULL;
    }
    b->to = NULL;
    if (r->watch != NULL) {
        http_watch_body(r->watch, NULL);
    }
    if (b->ours) {
        bufferevent_disable(b->bev, EV_READ);
        bufferevent_setwatermark(b->bev, EV_READ, 0, 0);
        bufferevent_setcb(b->bev, b->read_cb, b->write_cb, b->event_cb, b->cb_arg);
        b->ours = false;
    }
    /* Refused before its length was read, or with bytes to come: no other request follows here. */
    if (b->bev != NULL && (!b->begun || b->left > 0 || b->lost)) {
        http_set_header(r, "Connection", "close");
        if (r->watch != NULL) {
            http_watch_linger(r->watch);
        }
    }
}
