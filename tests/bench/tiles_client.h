/* A client for measuring: one kept-alive connection, one request at a time, nothing in between. */
#ifndef BENCH_TILES_CLIENT_H
#define BENCH_TILES_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct tiles_client {
    int fd;
    char *buffer; /* the last answer, whole */
    size_t cap;
    char host[64];
};

struct tiles_answer {
    int status;
    const unsigned char *body; /* until the next request */
    size_t n;
    char etag[80]; /* "" without */
};

/* `base` is http://ADDRESS:PORT. Ends the process when nobody listens there. */
void tiles_client_open(struct tiles_client *c, const char *base);
void tiles_client_close(struct tiles_client *c);
/* `body` NULL: GET; else POST of JSON. Ends the process when the connection breaks. */
struct tiles_answer tiles_client_ask(struct tiles_client *c, const char *path, const char *body);

#endif
