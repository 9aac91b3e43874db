/* Clients that listen to server-sent events, in a list of their worker's: opened, written to, kept
 * awake, ended in time. What each of them hears is its resource's to say. */
#ifndef API_EVENT_LIST_H
#define API_EVENT_LIST_H

#include "server/api/api.h"

/* The first member of a resource's own stream. */
struct event_link {
    struct event_link *next;
    struct event_link **list;
    struct http_stream *http;
    uint64_t until_ns; /* then it is ended, and comes back by itself; 0: never */
};

/* Begins a stream of `size` bytes, zeroed behind its link, and says hello. NULL with the problem
 * answered: 503 where the worker has too many. */
void *event_list_open(struct http_request *r, struct event_link **list, size_t size);
/* A client that reads too slowly is cut. */
void event_list_write(struct event_link *list, struct str text);
/* Now and then: a word to each, so that nothing between takes the connection for dead; whose time
 * is over is ended, and all when the service stops. */
void event_list_idle(struct event_link **list, bool stopping);

#endif
