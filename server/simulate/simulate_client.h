/* A small HTTP/1.1 client on an event loop: a fixed number of kept-alive connections to one server,
 * one request at a time on each. It knows no complaints.
 *
 * Connections that fail or are closed come back by themselves, with a growing pause. Replies must
 * have a Content-Length, as the service's have. Nothing here is thread-safe. */
#ifndef SIMULATE_SIMULATE_CLIENT_H
#define SIMULATE_SIMULATE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/err.h"
#include "server/base/str.h"

struct event_base;
struct simulate_client;

struct simulate_client_options {
    const char *url; /* http://HOST[:PORT][/] */
    const char *key; /* sent as Authorization: Bearer; NULL for none */
    int connections;
    unsigned timeout_ms; /* of a request; then its connection is closed */
    /* A connection has become free: on the loop, never from inside simulate_client_send. */
    void (*on_ready)(void *arg);
    void *arg;
};

struct simulate_reply {
    int status; /* 0: no answer, the connection was lost or the time was over */
    struct str body;
    double retry_after_s; /* < 0: not said */
};

struct simulate_request {
    const char *path;
    const char *idempotency_key; /* NULL for none */
    struct str body;             /* JSON, copied; empty makes it a GET */
    /* Exactly once, never from inside simulate_client_send, unless the client is destroyed before.
     */
    void (*done)(void *arg, const struct simulate_reply *reply);
    void *arg;
};

/* Resolves the host (blocking) and starts connecting. STATUS_INVALID for a URL it cannot use. */
enum status simulate_client_create(struct event_base *base,
                                   const struct simulate_client_options *options,
                                   struct simulate_client **out, struct err *e) MUST_CHECK;
void simulate_client_destroy(struct simulate_client *c); /* NULL is fine; calls nobody back */

/* False when no connection is free. */
bool simulate_client_send(struct simulate_client *c, const struct simulate_request *request);
bool simulate_client_has_ready(const struct simulate_client *c);

#endif
