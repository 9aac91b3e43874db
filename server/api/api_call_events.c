/* /api/v1/calls/events: server-sent events to an operator's own pages. A call that came to that
 * person is told by its id only; its number is asked for, and that look recorded. No stream
 * outlives STREAM_NS, so that one whose session has ended is not kept. */
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_calls.h"
#include "server/api/event_list.h"
#include "server/base/clock.h"

#define PERSON_MAX 8 /* a worker: tabs of one person */
#define STREAM_NS  UINT64_C(1800000000000)
#define LOGIN_MAX  64

struct call_stream {
    struct event_link link; /* first */
    char login[LOGIN_MAX + 1];
};

static size_t streams_of(const struct worker *w, const char *login)
{
    size_t n = 0;
    for (const struct event_link *s = w->call_streams; s != NULL; s = s->next) {
        n += strcmp(((const struct call_stream *)s)->login, login) == 0;
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
    if (strlen(login) > LOGIN_MAX || streams_of(w, login) >= PERSON_MAX) {
        http_problem(r, 503, NULL);
        return;
    }
    struct call_stream *s = event_list_open(r, &w->call_streams, sizeof(*s));
    if (s != NULL) {
        s->link.until_ns = clock_mono_ns() + STREAM_NS;
        memcpy(s->login, login, strlen(login) + 1);
    }
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
    strbuf_init(&out, 256);
    strbuf_printf(&out, "event: %.*s\ndata: {", (int)event.n, event.p);
    if (rest.n > 0) {
        strbuf_printf(&out, "\"id\":%.*s", (int)rest.n, rest.p);
    }
    strbuf_append_z(&out, "}\n\n");
    for (struct event_link *s = w->call_streams; s != NULL && !out.failed; s = s->next) {
        if (str_equal_z(login, "*") || str_equal_z(login, ((struct call_stream *)s)->login)) {
            (void)http_stream_write(s->http, (struct str){out.p, out.n});
        }
    }
    strbuf_free(&out);
}

const struct http_route api_call_event_routes[] = {
    {HTTP_GET, "/api/v1/calls/events", get_stream,
     ABOUT(.tag = "calls", .summary = "Server-sent events: a call came to one's seat",
           .answer = "text/event-stream", .roles = CALL_TAKERS)},
};
const size_t n_api_call_event_routes =
    sizeof(api_call_event_routes) / sizeof(api_call_event_routes[0]);
