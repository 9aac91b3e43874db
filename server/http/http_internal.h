/* Shared by the files of server/http only. */
#ifndef HTTP_HTTP_INTERNAL_H
#define HTTP_HTTP_INTERNAL_H

#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

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
bool http_watch_sending(const struct http *h); /* some answer is still in a buffer */
void http_watch_sweep(struct http *h);
void http_watch_free_all(struct http *h);

/* http_router.c: the row that serves the request, and its parameters filled; NULL with the methods
 * that the path has in *allowed (0: no such path). */
const struct http_route *http_route_find(struct http_request *r, unsigned *allowed);

/* http_request.c */
#define HTTP_METHODS 7
const char *http_method_name(enum http_method method);
struct http_request *http_request_create(struct http *h, struct evhttp_request *ev);
/* 0, or the status with which the request is refused before any handler sees it. */
int http_request_check(struct http_request *r);
/* Counts and logs the answered request and gives up the request's own hold. */
void http_request_finish(struct http_request *r, int status, size_t bytes);

#endif
