/* /api/v1/calls/events: server-sent events to an operator's own pages. A call that came to that
 * person is told by its id only; its number is asked for, and that look recorded. No stream
 * outlives STREAM_NS, so that one whose session has ended is not kept. */
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_calls.h"
#include "server/base/clock.h"

#define STREAMS_MAX 2000 /* a worker, of both kinds */
#define PERSON_MAX  8    /* a worker: tabs of one person */
#define STREAM_NS   UINT64_C(1800000000000)
#define LOGIN_MAX   64

/* In the worker's list. */
struct call_stream {
    struct call_stream *next;
    struct worker *w;
    struct http_stream *http;
    uint64_t began_ns;
    char login[LOGIN_MAX + 1];
};

static void forget(struct call_stream *gone)
{
    struct call_stream **at = &gone->w->call_streams;
    while (*at != gone) {
        at = &(*at)->next;
    }
    *at = gone->next;
    free(gone);
}

static void on_close(struct http_stream *http, void *arg)
{
    (void)http;
    forget(arg);
}

static size_t streams_of(const struct worker *w, const char *login)
{
    size_t n = 0;
    for (const struct call_stream *s = w->call_streams; s != NULL; s = s->next) {
        n += strcmp(s->login, login) == 0;
    }
    return n;
}

static void open_stream(struct http_request *r)
{
    struct worker *w = api_worker(r);
    if (!change_allowed(r, CALL_TAKERS)) {
        return;
    }
    const char *login = auth_user(r)->login;
    if (strlen(login) > LOGIN_MAX || http_stats(w->http)->streams >= STREAMS_MAX ||
        streams_of(w, login) >= PERSON_MAX) {
        http_problem(r, 503, NULL);
        return;
    }
    struct call_stream *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    s->w = w;
    s->began_ns = clock_mono_ns();
    memcpy(s->login, login, strlen(login) + 1);
    s->http = http_stream_start(r, "text/event-stream; charset=utf-8", on_close, s);
    if (s->http == NULL) {
        free(s);
        http_problem(r, 503, NULL);
        return;
    }
    s->next = w->call_streams;
    w->call_streams = s;
    (void)http_stream_write(s->http, STR("retry: 2000\n\nevent: hello\ndata: {}\n\n"));
}

static void get_stream(struct http_request *r)
{
    auth_resolve(r, open_stream);
}

/* "LOGIN call ID", "LOGIN seat", "* inbound"; "* hello" when something may have been missed. */
void api_calls_tell(struct worker *w, const char *told)
{
    struct str rest = str_of(told);
    struct str login = str_cut(&rest, ' ');
    struct str event = str_cut(&rest, ' ');
    struct strbuf out;
    struct call_stream *next;
    strbuf_init(&out, 256);
    strbuf_printf(&out, "event: %.*s\ndata: {", (int)event.n, event.p);
    if (rest.n > 0) {
        strbuf_printf(&out, "\"id\":%.*s", (int)rest.n, rest.p);
    }
    strbuf_append_z(&out, "}\n\n");
    for (struct call_stream *s = w->call_streams; s != NULL && !out.failed; s = next) {
        next = s->next;
        if (str_equal_z(login, "*") || str_equal_z(login, s->login)) {
            (void)http_stream_write(s->http, (struct str){out.p, out.n});
        }
    }
    strbuf_free(&out);
}

void api_calls_idle(struct worker *w, bool stopping)
{
    uint64_t now = clock_mono_ns();
    struct call_stream *next;
    for (struct call_stream *s = w->call_streams; s != NULL; s = next) {
        next = s->next;
        if (stopping || now - s->began_ns > STREAM_NS) {
            http_stream_end(s->http);
            forget(s);
        } else {
            (void)http_stream_write(s->http, STR(": still here\n\n"));
        }
    }
}

const struct http_route api_call_event_routes[] = {
    {HTTP_GET, "/api/v1/calls/events", get_stream,
     ABOUT(.tag = "calls", .summary = "Server-sent events: a call came to one's seat",
           .answer = "text/event-stream", .roles = CALL_TAKERS)},
};
const size_t n_api_call_event_routes =
    sizeof(api_call_event_routes) / sizeof(api_call_event_routes[0]);
