/* HTTP for one event loop: the only folder that knows evhttp.
 *
 * What it guarantees to those above:
 *   - a handler sees only requests that are whole, small enough, and not ambiguous (a Host, one
 *     Content-Length); rows marked HTTP_STREAM get theirs before the body, and read it by pieces;
 *   - every request is answered exactly once: by its handler, or, past its deadline, with 504 here;
 *     a reply that comes after that is dropped;
 *   - a request lives until it is answered AND everyone who holds it has let go, so a late callback
 *     never finds freed memory;
 *   - clients that send or read too slowly, or not at all, are cut.
 * One struct http per thread; nothing here is thread-safe. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/arena.h"
#include "server/base/err.h"
#include "server/base/str.h"

struct event_base;
struct http;

enum http_method {
    HTTP_GET = 1 << 0,
    HTTP_HEAD = 1 << 1,
    HTTP_POST = 1 << 2,
    HTTP_PUT = 1 << 3,
    HTTP_PATCH = 1 << 4,
    HTTP_DELETE = 1 << 5,
    HTTP_OPTIONS = 1 << 6,
    HTTP_STREAM = 1 << 16, /* of a row: its handler reads the body itself, see http_body_read */
};

enum http_language { HTTP_VI, HTTP_EN };

struct http_request;
struct api_about;

/* One row per resource. `pattern` is a path in which {name} stands for one segment; a segment may
 * also end in literal text: {y}.mvt. GET rows answer HEAD too. */
struct http_route {
    unsigned methods;
    const char *pattern;
    void (*handle)(struct http_request *r);
    const struct api_about *about; /* for the API's description: server/api/api_about.h */
};

struct http_options {
    const char *address;
    uint16_t port; /* 0: any free one, see http_port */
    const struct http_route *routes;
    size_t n_routes;
    void *context;   /* http_context gives it to handlers */
    size_t body_max; /* bytes; more is 413 */
    size_t headers_max;
    size_t requests_max;  /* under way at once; more is 503 */
    unsigned deadline_ms; /* from the whole request to the reply */
    unsigned receive_ms;  /* from a request's first byte to its last */
    unsigned body_ms;     /* for a body that is read by pieces */
    unsigned send_ms;     /* for a reply to leave */
    unsigned idle_ms;     /* a kept-alive connection without a request */
};

enum status http_create(struct event_base *base, const struct http_options *options,
                        struct http **out, struct err *e) MUST_CHECK;
uint16_t http_port(const struct http *h);
/* Stops accepting; what is under way goes on, except bodies that are still coming in (they are
 * lost), and connections close after their reply. */
void http_drain(struct http *h);
size_t http_in_flight(const struct http *h); /* requests not yet answered, streams left out */
bool http_drained(const struct http *h);     /* none of them, and every answer has left */
void http_destroy(struct http *h);           /* once drained, or to give up */

/* What a handler may ask. Texts live as long as the request. */
void *http_context(const struct http_request *r);
enum http_method http_method(const struct http_request *r);
const char *http_path(const struct http_request *r);
const char *http_id(const struct http_request *r); /* of the request, for logs and X-Request-Id */
struct arena *http_arena(struct http_request *r);
enum http_language http_language(const struct http_request *r); /* by Accept-Language; else vi */
const char *http_header(const struct http_request *r, const char *name);    /* NULL: absent */
const char *http_peer(const struct http_request *r);                        /* address */
const char *http_parameter(const struct http_request *r, const char *name); /* of the pattern */
const char *http_query(const struct http_request *r, const char *name); /* decoded; NULL: absent */
const char *http_query_string(const struct http_request *r);            /* raw, "" without one */
const char *http_cookie(struct http_request *r, const char *name);
struct str http_body(const struct http_request *r);
/* A slot for whoever authenticates and for those who ask. */
void http_set_user(struct http_request *r, const void *user);
const void *http_user(const struct http_request *r);

/* Across a wait: hold before, let go in the callback. */
void http_hold(struct http_request *r);
void http_release(struct http_request *r);
bool http_answered(const struct http_request *r);

/* The body of a row marked HTTP_STREAM. It is never in memory as a whole: what nobody asks for
 * stays with the client (TCP holds it back). The handler may answer at any time; what is unread
 * then is thrown away and the connection closes. The deadline to answer begins once the body has
 * ended. */
enum http_body {
    HTTP_BODY_MORE, /* `got` is all that was asked for */
    HTTP_BODY_END,  /* the last bytes, maybe none */
    HTTP_BODY_LOST, /* the client has gone, is too slow, or the service stops: answer, and let go */
};
/* As the client announced it; -1 where it did not (a chunked body), which such rows refuse. */
int64_t http_body_length(const struct http_request *r);
/* Reads the next n bytes into `to`, fewer only at the end, and calls back once, never from inside.
 * One at a time. The request must be held meanwhile. A client may take body_ms for all of it, and
 * receive_ms without a byte. */
void http_body_read(struct http_request *r, char *to, size_t n,
                    void (*done)(struct http_request *r, enum http_body how, size_t got, void *arg),
                    void *arg);

struct http_reply {
    int status;
    const char *type; /* Content-Type; NULL without a body */
    struct str body;  /* copied, unless there is `done` */
    /* Called when the body's bytes, which stay where they are, are no longer needed. */
    void (*done)(const void *bytes, size_t n, void *arg);
    void *done_arg;
    const char *etag;          /* with quotes; If-None-Match then gives 304 */
    const char *cache_control; /* NULL: no-store */
    bool compress;             /* gzip where the client takes it and it is worth it */
};
/* Adds a header to the reply to come; both texts are copied. */
void http_set_header(struct http_request *r, const char *name, const char *value);
bool http_has_header(const struct http_request *r, const char *name); /* set so far */
void http_send(struct http_request *r, const struct http_reply *reply);
void http_send_json(struct http_request *r, int status, struct strbuf *json); /* frees json */

/* A file is sent from the disk as the client takes it, never read as a whole; or the one part of it
 * that Range asks for. */
struct http_file {
    int fd; /* taken over, whatever happens */
    uint64_t size;
    const char *type;
    const char *etag; /* with quotes */
    const char *cache_control;
};
void http_send_file(struct http_request *r, const struct http_file *file);

/* Server-sent events. http_stream_start answers the request; write returns false once the client
 * is gone or reads too slowly (it is then cut): stop writing and call http_stream_end. on_close
 * tells when the client leaves by itself; the stream must not be touched after it returns. */
struct http_stream;
struct http_stream *http_stream_start(struct http_request *r, const char *type,
                                      void (*on_close)(struct http_stream *s, void *arg),
                                      void *arg);
bool http_stream_write(struct http_stream *s, struct str text);
void http_stream_end(struct http_stream *s);

struct http_stats {
    uint64_t requests;
    uint64_t by_class[6]; /* answers 1xx..5xx at [1]..[5] */
    uint64_t refused_busy, cut_slow, deadlines;
    size_t connections, in_flight, streams;
    uint64_t latency_us_sum;
    uint64_t latency_buckets[12]; /* cumulative counts are made when shown */
};
const struct http_stats *http_stats(const struct http *h);
extern const unsigned http_latency_bounds_us[12]; /* upper bounds; the last is "no bound" (0) */

#endif
