#include "server/http/http.h"

#include <arpa/inet.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server/base/asker.h"
#include "server/base/log.h"
#include "server/http/http_internal.h"
#include "server/http/http_problem.h"

/* What came in by pieces takes its time: a picture is made anew. */
#define STREAM_DEADLINE_S 60

const unsigned http_latency_bounds_us[12] = {100,   250,   500,   1000,   2500,    5000,
                                             10000, 25000, 50000, 250000, 1000000, 0};

static void on_deadline(evutil_socket_t fd, short events, void *arg)
{
    struct http_request *r = arg;
    (void)fd;
    (void)events;
    r->http->stats.deadlines++;
    http_problem(r, 504, NULL);
}

static void set_allow(struct http_request *r, unsigned methods)
{
    char text[80] = "";
    size_t n = 0;
    for (size_t i = 0; i < HTTP_METHODS; i++) {
        if ((methods & (1U << i)) != 0) {
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n == 0 ? "" : ", ",
                                  http_method_name((enum http_method)(1U << i)));
        }
    }
    http_set_header(r, "Allow", text);
}

void http_deadline_start(struct http_request *r)
{
    static const struct timeval of_streams = {.tv_sec = STREAM_DEADLINE_S, .tv_usec = 0};
    if (event_add(r->deadline, r->stream != NULL ? &of_streams : r->http->deadline) != 0) {
        http_problem(r, 503, NULL);
    }
}

static void handle(struct http_request *r, const struct http_route *route)
{
    int refused = 0;
    r->deadline = event_new(r->http->base, -1, 0, on_deadline, r);
    if (r->deadline == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    if ((route->methods & HTTP_STREAM) != 0) {
        refused = http_body_begin(r);
    } else {
        http_deadline_start(r);
    }
    if (refused != 0) {
        http_problem(r, refused, NULL);
        return;
    }
    http_hold(r); /* the handler may answer, and look again */
    struct asker before = asker_swap(NULL);
    route->handle(r);
    (void)asker_swap(&before);
    http_release(r);
}

static void dispatch(struct http_request *r)
{
    unsigned allowed = 0;
    const struct http_route *route = http_route_find(r, &allowed);
    if (route != NULL) {
        handle(r, route);
        return;
    }
    if (allowed == 0) {
        http_problem(r, 404, NULL);
        return;
    }
    set_allow(r, allowed);
    if (r->method == HTTP_OPTIONS) {
        http_send(r, &(struct http_reply){.status = 204, .body = {"", 0}});
    } else {
        http_problem(r, 405, NULL);
    }
}

static void on_request(struct evhttp_request *ev, void *arg)
{
    struct http *h = arg;
    struct http_request *r = http_request_create(h, ev);
    if (r == NULL) {
        evhttp_send_error(ev, 503, NULL);
        return;
    }
    h->stats.requests++;
    h->stats.in_flight++;
    int refused = http_request_check(r);
    if (refused == 0 && h->stats.in_flight > h->options.requests_max) {
        h->stats.refused_busy++;
        refused = 503;
    }
    if (refused != 0) {
        http_problem(r, refused, NULL);
    } else {
        dispatch(r);
    }
}

static void on_sweep(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    http_watch_sweep(arg);
}

/* A listener of this thread's own: the kernel spreads connections over all of them. */
static enum status listen_on(struct http *h, struct err *e)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(h->options.port)};
    if (inet_pton(AF_INET, h->options.address, &at.sin_addr) != 1) {
        return err_set(e, STATUS_INVALID, "not an IPv4 address: %s", h->options.address);
    }
    unsigned flags =
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE | LEV_OPT_REUSEABLE_PORT;
    struct evconnlistener *listener = evconnlistener_new_bind(
        h->base, NULL, NULL, flags, 1024, (struct sockaddr *)(void *)&at, sizeof(at));
    if (listener == NULL) {
        return err_set(e, STATUS_IO, "cannot listen on %s port %u: %s", h->options.address,
                       h->options.port, strerrordesc_np(errno));
    }
    int one = 1;
    socklen_t size = sizeof(at);
    /* Accepted sockets inherit it; without it small answers wait for the client's delayed ACK. */
    setsockopt(evconnlistener_get_fd(listener), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)(void *)&at, &size) == 0) {
        h->port = ntohs(at.sin_port);
    }
    h->socket = evhttp_bind_listener(h->ev, listener);
    if (h->socket == NULL) {
        evconnlistener_free(listener);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a listener");
    }
    return STATUS_OK;
}

enum status http_create(struct event_base *base, const struct http_options *options,
                        struct http **out, struct err *e)
{
    struct timeval every = {.tv_sec = 0, .tv_usec = 100000};
    struct timeval deadline = {.tv_sec = options->deadline_ms / 1000,
                               .tv_usec = options->deadline_ms % 1000 * 1000};
    struct http *h = calloc(1, sizeof(*h));
    if (h == NULL || (h->ev = evhttp_new(base)) == NULL ||
        (h->sweep = event_new(base, -1, EV_PERSIST, on_sweep, h)) == NULL) {
        http_destroy(h);
        return err_set(e, STATUS_NO_MEMORY, "no memory for an HTTP server");
    }
    h->base = base;
    h->options = *options;
    h->deadline = event_base_init_common_timeout(base, &deadline);
    event_add(h->sweep, &every);
    evhttp_set_allowed_methods(h->ev, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
                                          EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE |
                                          EVHTTP_REQ_OPTIONS);
    evhttp_set_default_content_type(h->ev, NULL);
    evhttp_set_max_headers_size(h->ev, (ev_ssize_t)options->headers_max);
    /* Above body_max the request still comes in whole (to be refused in good form), but not far. */
    evhttp_set_max_body_size(h->ev, (ev_ssize_t)(options->body_max + ((size_t)16 << 20)));
    evhttp_set_timeout(h->ev, 120); /* the watch cuts earlier */
    evhttp_set_bevcb(h->ev, http_watch_new, h);
    evhttp_set_gencb(h->ev, on_request, h);
    enum status status = listen_on(h, e);
    if (status != STATUS_OK) {
        http_destroy(h);
        return status;
    }
    *out = h;
    return STATUS_OK;
}

uint16_t http_port(const struct http *h)
{
    return h->port;
}

void http_drain(struct http *h)
{
    if (h->socket != NULL) {
        evhttp_del_accept_socket(h->ev, h->socket);
        h->socket = NULL;
    }
    h->draining = true;
    http_watch_lose_bodies(h);
}

size_t http_in_flight(const struct http *h)
{
    return h->stats.in_flight;
}

bool http_drained(const struct http *h)
{
    return h->stats.in_flight == 0 && !http_watch_sending(h);
}

const struct http_stats *http_stats(const struct http *h)
{
    return &h->stats;
}

void http_destroy(struct http *h)
{
    if (h == NULL) {
        return;
    }
    if (h->ev != NULL) {
        evhttp_free(h->ev);
    }
    http_watch_free_all(h);
    if (h->sweep != NULL) {
        event_free(h->sweep);
    }
    free(h);
}
