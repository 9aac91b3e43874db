#include "server/api/event_list.h"

#include <stdlib.h>

#include "server/base/clock.h"

#define STREAMS_MAX 2000 /* a worker, of all kinds */

static void forget(struct event_link *gone)
{
    struct event_link **at = gone->list;
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

void *event_list_open(struct http_request *r, struct event_link **list, size_t size)
{
    bool room = http_stats(api_worker(r)->http)->streams < STREAMS_MAX;
    struct event_link *s = room ? calloc(1, size) : NULL;
    if (s != NULL) {
        s->http = http_stream_start(r, "text/event-stream; charset=utf-8", on_close, s);
    }
    if (s == NULL || s->http == NULL) {
        free(s);
        http_problem(r, 503, NULL);
        return NULL;
    }
    s->list = list;
    s->next = *list;
    *list = s;
    (void)http_stream_write(s->http, STR("retry: 2000\n\nevent: hello\ndata: {}\n\n"));
    return s;
}

/* A cut client's on_close comes later, from the loop. */
void event_list_write(struct event_link *list, struct str text)
{
    for (struct event_link *s = list; s != NULL; s = s->next) {
        (void)http_stream_write(s->http, text);
    }
}

void event_list_idle(struct event_link **list, bool stopping)
{
    uint64_t now = clock_mono_ns();
    struct event_link *next;
    for (struct event_link *s = *list; s != NULL; s = next) {
        next = s->next;
        if (stopping || (s->until_ns != 0 && now >= s->until_ns)) {
            http_stream_end(s->http);
            forget(s);
        } else {
            (void)http_stream_write(s->http, STR(": still here\n\n"));
        }
    }
}
