/* Connections under watch. evhttp's timeout counts inactivity only, so a byte every now and then
 * keeps a connection for ever; and it offers no way to close one that is at work. So each
 * connection's bufferevent is made here, its buffers report what moves, and a sweep shuts down the
 * socket of whoever is too slow: evhttp then sees the end of the connection and cleans up itself.
 *
 * A watch holds a reference to its bufferevent; when evhttp lets go of it, it clears its callbacks
 * first, which is how the sweep knows that nothing happens on the connection any more. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "server/base/bug.h"
#include "server/base/clock.h"
#include "server/http/http_internal.h"

#define LINGER_S     4 /* for which what comes after a reply is thrown away */
#define LINGER_BYTES ((size_t)8 << 20)
#define FILE_RATE    16 /* bytes a millisecond that a client must take, beyond send_ms */
/* Bytes that are offered to a socket at once. Of libevent's own 16 KB, a tile takes eight turns of
 * the loop. */
#define WRITE_MAX ((size_t)1 << 20)

/* Where in a request's head the next line stands. */
enum head { HEAD_PASSED, HEAD_FIRST_LINE, HEAD_FIELDS };

struct http_watch {
    struct http_watch *next;
    struct http *http;
    struct bufferevent *bev;
    uint64_t receiving_since; /* a request has begun to arrive; 0 none */
    uint64_t sending_since;   /* a reply has begun to leave; 0 none */
    uint64_t idle_since;
    size_t received; /* bytes of the request that is arriving */
    size_t sending;  /* bytes of the reply */
    bool handling;   /* a request is being answered */
    bool stream;
    enum head head;
    bool bodiless;             /* of the request that arrives: its body is hidden from evhttp */
    struct http_request *body; /* waits for a piece of its body; NULL: nobody does */
    uint64_t body_since;       /* its first piece was asked for; 0 none */
    uint64_t body_moved;       /* the last bytes came, or were asked for */
    uint64_t linger_until;     /* 0: closed at once */
};

static bool released(const struct http_watch *w)
{
    bufferevent_event_cb on_event = NULL;
    bufferevent_getcb(w->bev, NULL, NULL, &on_event, NULL);
    return on_event == NULL;
}

void http_watch_cut(struct http_watch *w)
{
    if (!released(w)) {
        shutdown(bufferevent_getfd(w->bev), SHUT_RDWR);
    }
}

/* The path of "POST path?query HTTP/1.1". */
static struct str path_of(struct str line)
{
    struct str method = str_cut(&line, ' ');
    struct str target = str_cut(&line, ' ');
    return str_equal_z(method, "POST") ? str_cut(&target, '?') : STR("");
}

/* Renames a field, in place, to a name of the same length. */
static void hide_field(char *line, size_t n, const char *name, const char *as)
{
    size_t length = strlen(name);
    if (n > length && line[length] == ':' && strncasecmp(line, name, length) == 0) {
        memcpy(line, as, length);
    }
}

/* Looks at the lines of a request's head before evhttp does, each once: evhttp takes all whole
 * lines out after every read. Of a request whose row reads the body by pieces, what tells evhttp of
 * a body is hidden. */
static void look_at_head(struct http_watch *w, struct evbuffer *buffer)
{
    size_t at = 0;
    while (w->head != HEAD_PASSED && at < evbuffer_get_length(buffer)) {
        struct evbuffer_ptr from;
        size_t eol = 0;
        evbuffer_ptr_set(buffer, &from, at, EVBUFFER_PTR_SET);
        struct evbuffer_ptr end = evbuffer_search_eol(buffer, &from, &eol, EVBUFFER_EOL_CRLF);
        char *bytes =
            end.pos < 0 ? NULL : (char *)evbuffer_pullup(buffer, end.pos + (ev_ssize_t)eol);
        if (bytes == NULL) {
            return;
        }
        char *line = bytes + at;
        size_t n = (size_t)end.pos - at;
        at = (size_t)end.pos + eol;
        if (w->head == HEAD_FIRST_LINE) {
            w->bodiless = http_route_streams(w->http, path_of((struct str){line, n}));
            w->head = w->bodiless ? HEAD_FIELDS : HEAD_PASSED;
        } else if (n == 0) {
            w->head = HEAD_PASSED;
        } else {
            hide_field(line, n, "Content-Length", HTTP_BODY_LENGTH);
            hide_field(line, n, "Transfer-Encoding", HTTP_BODY_CODING);
        }
    }
}

static void on_input(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
    struct http_watch *w = arg;
    if (info->n_added == 0) {
        return;
    }
    if (released(w)) {
        bufferevent_disable(w->bev, EV_READ); /* nobody will read it; the sweep closes */
        return;
    }
    if (w->body_since != 0) {
        w->body_moved = clock_mono_ns();
        return; /* bounded by who reads it */
    }
    if (w->receiving_since == 0 && !w->handling) {
        w->receiving_since = clock_mono_ns();
        w->head = info->orig_size == 0 ? HEAD_FIRST_LINE : HEAD_PASSED;
    }
    look_at_head(w, buffer);
    w->received += info->n_added;
    w->http->receiving += info->n_added;
    if (w->http->receiving > HTTP_RECEIVING_MAX && w->received > w->http->options.headers_max) {
        http_watch_cut(w);
        w->http->stats.refused_busy++;
    }
}

static void on_output(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
    struct http_watch *w = arg;
    if (evbuffer_get_length(buffer) == 0) {
        w->sending_since = 0;
        w->idle_since = clock_mono_ns();
        w->sending = 0;
    } else if (info->n_added > 0) {
        w->sending_since = w->sending_since == 0 ? clock_mono_ns() : w->sending_since;
        w->sending += info->n_added;
    }
}

struct bufferevent *http_watch_new(struct event_base *base, void *http)
{
    struct http *h = http;
    struct http_watch *w = calloc(1, sizeof(*w));
    /* CLOSE_ON_FREE: evhttp only shuts the socket down, and it closes with our reference. Closed
     * earlier, its number could be another connection's while this one's events still wait on it:
     * they would take bytes that are not theirs. */
    struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (w == NULL || bev == NULL) {
        free(w);
        if (bev != NULL) {
            bufferevent_free(bev);
        }
        return NULL;
    }
    (void)bufferevent_set_max_single_write(bev, WRITE_MAX);
    bufferevent_incref(bev);
    *w = (struct http_watch){
        .http = h, .bev = bev, .idle_since = clock_mono_ns(), .next = h->watches};
    h->watches = w;
    h->stats.connections++;
    evbuffer_add_cb(bufferevent_get_input(bev), on_input, w);
    evbuffer_add_cb(bufferevent_get_output(bev), on_output, w);
    return bev;
}

static struct http_watch *search(struct http *h, struct bufferevent *bev)
{
    struct http_watch *w = h->watches;
    while (w != NULL && w->bev != bev) {
        w = w->next;
    }
    return w;
}

struct http_watch *http_watch_find(struct http *h, struct evhttp_connection *connection)
{
    struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);
    size_t fd = (size_t)bufferevent_getfd(bev);
    if (fd >= h->n_watch_by_fd) {
        size_t cap = h->n_watch_by_fd;
        struct http_watch **grown = array_grow(h->watch_by_fd, &cap, fd + 1, sizeof(*grown));
        if (grown == NULL) {
            return search(h, bev);
        }
        for (size_t i = h->n_watch_by_fd; i < cap; i++) {
            grown[i] = NULL;
        }
        h->watch_by_fd = grown;
        h->n_watch_by_fd = cap;
    }
    /* The entry may be of an earlier connection with the same number. */
    if (h->watch_by_fd[fd] == NULL || h->watch_by_fd[fd]->bev != bev) {
        h->watch_by_fd[fd] = search(h, bev);
    }
    return h->watch_by_fd[fd];
}

static void forget_received(struct http_watch *w)
{
    w->http->receiving -= w->received;
    w->received = 0;
    w->receiving_since = 0;
}

void http_watch_request(struct http *h, struct http_watch *w)
{
    (void)h;
    forget_received(w);
    w->handling = true;
    w->head = HEAD_PASSED;
}

struct bufferevent *http_watch_bufferevent(const struct http_watch *w)
{
    return w->bev;
}

bool http_watch_bodiless(const struct http_watch *w)
{
    return w->bodiless;
}

void http_watch_body(struct http_watch *w, struct http_request *r)
{
    w->body = r;
    w->body_moved = clock_mono_ns();
    if (r != NULL && w->body_since == 0) {
        w->body_since = w->body_moved;
    }
}

void http_watch_linger(struct http_watch *w)
{
    w->linger_until = clock_mono_ns() + LINGER_S * UINT64_C(1000000000);
}

void http_watch_lose_bodies(struct http *h)
{
    for (struct http_watch *w = h->watches; w != NULL; w = w->next) {
        if (w->body != NULL) {
            http_body_lose(w->body);
        }
    }
}

void http_watch_reply(struct http *h, struct http_watch *w)
{
    (void)h;
    w->handling = false;
    w->bodiless = false;
    w->body_since = 0;
    w->idle_since = clock_mono_ns();
    if (evbuffer_get_length(bufferevent_get_input(w->bev)) > 0) {
        w->receiving_since = w->idle_since; /* a pipelined request is here already */
    }
}

void http_watch_stream(struct http_watch *w)
{
    w->stream = true;
}

static bool too_slow(const struct http_watch *w, uint64_t now)
{
    const struct http_options *o = &w->http->options;
    const uint64_t ms = 1000000;
    if (w->receiving_since != 0 && now - w->receiving_since > o->receive_ms * ms) {
        return true;
    }
    if (w->body != NULL &&
        (now - w->body_moved > o->receive_ms * ms || now - w->body_since > o->body_ms * ms)) {
        return true;
    }
    if (w->stream || w->handling) {
        return false; /* a stream bounds its own output; a request has its own deadline */
    }
    if (w->sending_since != 0) {
        return now - w->sending_since > (o->send_ms + w->sending / FILE_RATE) * ms;
    }
    return w->receiving_since == 0 && now - w->idle_since > o->idle_ms * ms;
}

static void watch_free(struct http_watch *w)
{
    struct http *h = w->http;
    int fd = bufferevent_getfd(w->bev);
    forget_received(w);
    for (size_t i = 0; i < h->n_watch_by_fd; i++) {
        if (fd >= 0 && (size_t)fd != i) {
            continue;
        }
        if (h->watch_by_fd[i] == w) {
            h->watch_by_fd[i] = NULL;
        }
    }
    evbuffer_remove_cb(bufferevent_get_input(w->bev), on_input, w);
    evbuffer_remove_cb(bufferevent_get_output(w->bev), on_output, w);
    bufferevent_decref(w->bev);
    h->stats.connections--;
    free(w);
}

/* True while the client may still be sending what nobody wants: closing now would make its reply
 * unreadable. evhttp has ended our half of the connection. */
static bool lingers(struct http_watch *w, uint64_t now)
{
    static _Thread_local char scrap[64 << 10];
    ssize_t n = 1;
    for (size_t most = LINGER_BYTES; now < w->linger_until && n > 0 && most > sizeof(scrap);
         most -= sizeof(scrap)) {
        n = recv(bufferevent_getfd(w->bev), scrap, sizeof(scrap), MSG_DONTWAIT);
    }
    bool open = n > 0 || (n < 0 && errno == EAGAIN);
    return now < w->linger_until && open;
}

void http_watch_sweep(struct http *h)
{
    uint64_t now = clock_mono_ns();
    struct http_watch **at = &h->watches;
    while (*at != NULL) {
        struct http_watch *w = *at;
        bool gone = released(w);
        if (gone && !lingers(w, now)) {
            *at = w->next;
            watch_free(w);
            continue;
        }
        if (!gone && too_slow(w, now)) {
            h->stats.cut_slow++;
            http_watch_cut(w);
        }
        at = &w->next;
    }
}

bool http_watch_sending(const struct http *h)
{
    for (const struct http_watch *w = h->watches; w != NULL; w = w->next) {
        if (!released(w) && evbuffer_get_length(bufferevent_get_output(w->bev)) > 0) {
            return true;
        }
    }
    return false;
}

void http_watch_free_all(struct http *h)
{
    while (h->watches != NULL) {
        struct http_watch *w = h->watches;
        h->watches = w->next;
        watch_free(w);
    }
    free(h->watch_by_fd);
    h->watch_by_fd = NULL;
    h->n_watch_by_fd = 0;
}
