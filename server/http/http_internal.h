/* Shared by the files of server/http only. */
#ifndef HTTP_HTTP_INTERNAL_H
#define HTTP_HTTP_INTERNAL_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "server/base/asker.h"
#include "server/http/http.h"

#define HTTP_PARAMETERS_MAX 4
#define HTTP_RECEIVING_MAX  ((size_t)256 << 20) /* bytes of unfinished requests, a thread */

struct http_watch;

struct http {
    struct event_base *base;
    struct http_options options;
    struct evhttp *ev;
    struct evhttp_bound_socket *socket;
    struct event *sweep;            /* every tenth of a second: slow clients, closed ones */
    const struct timeval *deadline; /* common timeout of all requests */
    struct http_watch *watches;     /* one per connection */
    struct http_watch **watch_by_fd;
    size_t n_watch_by_fd;
    size_t receiving; /* bytes of requests that are not whole yet */
    struct http_stats stats;
    uint16_t port;
    bool draining;
};

/* A body that is read by pieces. While it comes in, its connection's callbacks are http_body.c's.
 */
struct http_stream_body {
    struct bufferevent *bev;               /* NULL: the body is whole, in the request */
    bufferevent_data_cb read_cb, write_cb; /* evhttp's, to be put back */
    bufferevent_event_cb event_cb;
    void *cb_arg;
    struct event *later; /* calls back from the loop */
    uint64_t left;       /* bytes that were not given out yet */
    bool begun;          /* its length is known */
    bool ours;           /* the callbacks are */
    bool lost;           /* nothing will come any more */
    char *to;            /* the read under way; NULL: none */
    size_t wanted, got;
    struct asker turn; /* who waits for it */
    void (*done)(struct http_request *r, enum http_body how, size_t got, void *arg);
    void *arg;
};

struct http_header {
    struct http_header *next;
    const char *name, *value;
};

struct http_request {
    struct http *http;
    struct evhttp_request *ev; /* NULL once answered */
    struct arena *arena;
    struct event *deadline;
    struct http_watch *watch; /* its connection, while ev is not NULL */
    char id[17];
    enum http_method method;
    const char *path; /* decoded */
    struct evkeyvalq query;
    const char *query_string;
    const char *names[HTTP_PARAMETERS_MAX], *values[HTTP_PARAMETERS_MAX];
    size_t n_parameters;
    struct str body;
    struct http_stream_body *stream; /* of a row that reads its body by pieces; else NULL */
    const void *user;
    struct http_header *headers;
    uint64_t started_ns;
    int holds; /* its own until answered, and one per http_hold */
    int status;
    bool streaming;
};

/* http_watch.c: connections, and cutting the slow ones. */
struct bufferevent *http_watch_new(struct event_base *base, void *http);
struct http_watch *http_watch_find(struct http *h, struct evhttp_connection *connection);
void http_watch_request(struct http *h, struct http_watch *w); /* a whole request has arrived */
void http_watch_reply(struct http *h, struct http_watch *w);   /* its reply is on the way */
void http_watch_stream(struct http_watch *w);                  /* it has become a stream */
void http_watch_cut(struct http_watch *w);                     /* ends the connection, safely */
struct bufferevent *http_watch_bufferevent(const struct http_watch *w);
bool http_watch_bodiless(const struct http_watch *w); /* the request's body was kept from evhttp */
/* A piece of the request's body is awaited (or not any more). */
void http_watch_body(struct http_watch *w, struct http_request *r);
/* Its reply closes the connection: what still comes in is thrown away for a while, so that the
 * client gets to read the reply. */
void http_watch_linger(struct http_watch *w);
void http_watch_lose_bodies(struct http *h);
bool http_watch_sending(const struct http *h); /* some answer is still in a buffer */
void http_watch_sweep(struct http *h);
void http_watch_free_all(struct http *h);

/* http_router.c: the row that serves the request, and its parameters filled; NULL with the methods
 * that the path has in *allowed (0: no such path). */
const struct http_route *http_route_find(struct http_request *r, unsigned *allowed);

/* True if a POST to that path goes to a row that reads its body by pieces. */
bool http_route_streams(const struct http *h, struct str path);

/* http_body.c: bodies read by pieces. */
#define HTTP_BODY_LENGTH                                                                           \
    "X-Stream-Bytes" /* what Content-Length becomes, to keep it from evhttp                        \
                      */
#define HTTP_BODY_CODING "X-Stream-Encoding"
/* The request has a body that is still to come; 0, or the status with which it is refused. */
int http_body_begin(struct http_request *r);
void http_body_lose(struct http_request *r); /* calls back, with HTTP_BODY_LOST */
/* Before the reply: gives the connection back to evhttp. */
void http_body_end(struct http_request *r);
void http_deadline_start(struct http_request *r);

/* http_reply.c: http_send with a body that is taken over. The request is not answered yet. */
struct evbuffer;
void http_send_buffer(struct http_request *r, const struct http_reply *reply,
                      struct evbuffer *body);

/* http_request.c */
#define HTTP_METHODS 7
const char *http_method_name(enum http_method method);
struct http_request *http_request_create(struct http *h, struct evhttp_request *ev);
/* 0, or the status with which the request is refused before any handler sees it. */
int http_request_check(struct http_request *r);
/* Counts and logs the answered request and gives up the request's own hold. */
void http_request_finish(struct http_request *r, int status, size_t bytes);

#endif
