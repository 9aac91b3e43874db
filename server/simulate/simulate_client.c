#include "server/simulate/simulate_client.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "server/base/clock.h"

#define HEADERS_MAX   65536
#define BODY_MAX      (8 << 20)
#define PAUSE_MIN_MS  20
#define PAUSE_MAX_MS  500
#define LOOK_EVERY_MS 250

enum conn_state { CONN_DOWN, CONN_CONNECTING, CONN_READY, CONN_BUSY };

struct conn {
    struct simulate_client *client;
    enum conn_state state;
    struct bufferevent *bev;
    struct event *again; /* the timer of the pause before connecting again */
    unsigned pause_ms;
    struct conn *next_ready;
    struct simulate_request request; /* CONN_BUSY; its body is not kept */
    uint64_t deadline_ns;
    /* The reply's head, once it was read: bytes of it, and of the body. */
    size_t head, body;
    int status;
    bool close;
    double retry_after_s;
};

struct simulate_client {
    struct event_base *base;
    struct simulate_client_options options;
    struct sockaddr_storage address;
    socklen_t address_length;
    char host[300];
    struct conn *conns;
    struct conn *ready;
    struct event *look;
};

static void conn_connect(struct conn *c);

static void conn_pause(struct conn *c)
{
    struct timeval pause = {.tv_sec = 0, .tv_usec = (suseconds_t)c->pause_ms * 1000};
    if (c->bev != NULL) {
        bufferevent_free(c->bev);
        c->bev = NULL;
    }
    c->state = CONN_DOWN;
    c->pause_ms = c->pause_ms * 2 < PAUSE_MAX_MS ? c->pause_ms * 2 : PAUSE_MAX_MS;
    event_add(c->again, &pause);
}

static void ready_remove(struct conn *c)
{
    struct conn **at = &c->client->ready;
    while (*at != NULL && *at != c) {
        at = &(*at)->next_ready;
    }
    if (*at != NULL) {
        *at = c->next_ready;
    }
}

/* The connection is of no more use; a request on it ends without an answer. */
static void conn_lose(struct conn *c)
{
    bool busy = c->state == CONN_BUSY;
    if (c->state == CONN_READY) {
        ready_remove(c);
    }
    conn_pause(c);
    if (busy) {
        struct simulate_reply reply = {.status = 0, .retry_after_s = -1};
        c->request.done(c->request.arg, &reply);
    }
}

static void conn_make_ready(struct conn *c)
{
    c->state = CONN_READY;
    c->next_ready = c->client->ready;
    c->client->ready = c;
    c->client->options.on_ready(c->client->options.arg);
}

/* One header line of the reply. */
static void take_header(struct conn *c, struct str line)
{
    struct str value = line;
    struct str name = str_cut(&value, ':');
    char text[32];
    value = str_trim(value);
    snprintf(text, sizeof(text), "%.*s", (int)(value.n < 31 ? value.n : 31), value.p);
    if (name.n == 14 && strncasecmp(name.p, "Content-Length", 14) == 0) {
        c->body = (size_t)strtoull(text, NULL, 10);
    } else if (name.n == 11 && strncasecmp(name.p, "Retry-After", 11) == 0) {
        c->retry_after_s = strtod(text, NULL);
    } else if (name.n == 10 && strncasecmp(name.p, "Connection", 10) == 0) {
        c->close = strcasecmp(text, "close") == 0;
    }
}

/* True once the head is there and understood; false to wait, or with the connection lost. */
static bool read_head(struct conn *c, struct evbuffer *input)
{
    struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
    if (end.pos < 0) {
        if (evbuffer_get_length(input) > HEADERS_MAX) {
            conn_lose(c);
        }
        return false;
    }
    size_t n = (size_t)end.pos + 4;
    const char *text = (const char *)evbuffer_pullup(input, (ev_ssize_t)n);
    if (text == NULL || n < 16 || memcmp(text, "HTTP/1.", 7) != 0) {
        conn_lose(c);
        return false;
    }
    c->head = n;
    c->body = SIZE_MAX;
    c->close = false;
    c->retry_after_s = -1;
    c->status = (int)strtol(text + 9, NULL, 10);
    struct str rest = {text, n};
    while (rest.n > 0) {
        take_header(c, str_trim(str_cut(&rest, '\n')));
    }
    if (c->body > BODY_MAX) {
        conn_lose(c);
        return false;
    }
    return true;
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct conn *c = arg;
    struct evbuffer *input = bufferevent_get_input(bev);
    if (c->state != CONN_BUSY) {
        conn_lose(c); /* it speaks without having been asked */
        return;
    }
    if ((c->head == 0 && !read_head(c, input)) || evbuffer_get_length(input) < c->head + c->body) {
        return;
    }
    evbuffer_drain(input, c->head);
    struct simulate_reply reply = {.status = c->status, .retry_after_s = c->retry_after_s};
    reply.body.n = c->body;
    reply.body.p = c->body == 0 ? "" : (char *)evbuffer_pullup(input, (ev_ssize_t)c->body);
    c->pause_ms = PAUSE_MIN_MS;
    /* Not ready yet: what `done` sends goes to another connection. */
    c->request.done(c->request.arg, &reply);
    if (c->close) {
        conn_pause(c);
        return;
    }
    evbuffer_drain(input, c->body);
    conn_make_ready(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct conn *c = arg;
    if ((what & BEV_EVENT_CONNECTED) != 0) {
        int on = 1;
        (void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        conn_make_ready(c);
        return;
    }
    conn_lose(c);
}

static void conn_connect(struct conn *c)
{
    struct simulate_client *client = c->client;
    c->bev = bufferevent_socket_new(client->base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (c->bev == NULL) {
        conn_pause(c);
        return;
    }
    bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
    c->state = CONN_CONNECTING;
    c->deadline_ns = clock_mono_ns() + (uint64_t)client->options.timeout_ms * 1000000;
    /* A failure comes to on_event, perhaps from inside: then bev is another one, or NULL. */
    (void)bufferevent_socket_connect(c->bev, (struct sockaddr *)&client->address,
                                     (int)client->address_length);
}

static void on_again(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    conn_connect(arg);
}

/* Ends what takes too long. */
static void on_look(evutil_socket_t fd, short events, void *arg)
{
    struct simulate_client *client = arg;
    uint64_t now = clock_mono_ns();
    (void)fd;
    (void)events;
    for (int i = 0; i < client->options.connections; i++) {
        struct conn *c = &client->conns[i];
        if ((c->state == CONN_BUSY || c->state == CONN_CONNECTING) && c->deadline_ns <= now) {
            conn_lose(c);
        }
    }
}

static enum status resolve(struct simulate_client *client, const char *url, struct err *e)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[256] = "";
    char port[8] = "80";
    if (strncmp(url, "http://", 7) != 0) {
        return err_set(e, STATUS_INVALID, "not an address of the form http://HOST:PORT: %s", url);
    }
    struct str rest = str_of(url + 7);
    struct str authority = str_cut(&rest, '/');
    bool bracket = authority.n > 0 && authority.p[0] == '[';
    struct str name = str_cut(&authority, bracket ? ']' : ':');
    if (bracket) {
        name.p++;
        name.n--;
        (void)str_cut(&authority, ':');
    }
    if (rest.n > 0 || name.n == 0 || name.n >= sizeof(host) || authority.n >= sizeof(port)) {
        return err_set(e, STATUS_INVALID, "not an address of the form http://HOST:PORT: %s", url);
    }
    memcpy(host, name.p, name.n);
    if (authority.n > 0) {
        snprintf(port, sizeof(port), "%.*s", (int)authority.n, authority.p);
    }
    int code = getaddrinfo(host, port, &hints, &found);
    if (code != 0) {
        return err_set(e, STATUS_INVALID, "%s: %s", url, gai_strerror(code));
    }
    memcpy(&client->address, found->ai_addr, found->ai_addrlen);
    client->address_length = found->ai_addrlen;
    freeaddrinfo(found);
    snprintf(client->host, sizeof(client->host), bracket ? "[%s]:%s" : "%s:%s", host, port);
    return STATUS_OK;
}

enum status simulate_client_create(struct event_base *base,
                                   const struct simulate_client_options *options,
                                   struct simulate_client **out, struct err *e)
{
    const struct timeval every = {.tv_sec = 0, .tv_usec = LOOK_EVERY_MS * 1000};
    struct simulate_client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a client");
    }
    client->base = base;
    client->options = *options;
    enum status status = resolve(client, options->url, e);
    if (status != STATUS_OK) {
        free(client);
        return status;
    }
    client->conns = calloc((size_t)options->connections, sizeof(*client->conns));
    client->look = event_new(base, -1, EV_PERSIST, on_look, client);
    bool made =
        client->conns != NULL && client->look != NULL && event_add(client->look, &every) == 0;
    for (int i = 0; made && i < options->connections; i++) {
        struct conn *c = &client->conns[i];
        c->client = client;
        c->pause_ms = PAUSE_MIN_MS;
        c->again = evtimer_new(base, on_again, c);
        made = c->again != NULL;
    }
    if (!made) {
        simulate_client_destroy(client);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a client");
    }
    for (int i = 0; i < options->connections; i++) {
        conn_connect(&client->conns[i]);
    }
    *out = client;
    return STATUS_OK;
}

void simulate_client_destroy(struct simulate_client *client)
{
    if (client == NULL) {
        return;
    }
    for (int i = 0; client->conns != NULL && i < client->options.connections; i++) {
        if (client->conns[i].bev != NULL) {
            bufferevent_free(client->conns[i].bev);
        }
        if (client->conns[i].again != NULL) {
            event_free(client->conns[i].again);
        }
    }
    if (client->look != NULL) {
        event_free(client->look);
    }
    free(client->conns);
    free(client);
}

bool simulate_client_has_ready(const struct simulate_client *client)
{
    return client->ready != NULL;
}

bool simulate_client_send(struct simulate_client *client, const struct simulate_request *request)
{
    struct conn *c = client->ready;
    if (c == NULL) {
        return false;
    }
    client->ready = c->next_ready;
    c->state = CONN_BUSY;
    c->head = 0;
    c->request = *request;
    c->request.body = (struct str){NULL, 0};
    c->deadline_ns = clock_mono_ns() + (uint64_t)client->options.timeout_ms * 1000000;
    struct evbuffer *out = bufferevent_get_output(c->bev);
    const char *key = client->options.key;
    evbuffer_add_printf(out, "%s %s HTTP/1.1\r\nHost: %s\r\n", request->body.n > 0 ? "POST" : "GET",
                        request->path, client->host);
    if (key != NULL) {
        evbuffer_add_printf(out, "Authorization: Bearer %s\r\n", key);
    }
    if (request->idempotency_key != NULL) {
        evbuffer_add_printf(out, "Idempotency-Key: %s\r\n", request->idempotency_key);
    }
    if (request->body.n > 0) {
        evbuffer_add_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                            request->body.n);
    }
    evbuffer_add(out, "\r\n", 2);
    if (request->body.n > 0) {
        evbuffer_add(out, request->body.p, request->body.n);
    }
    return true;
}
