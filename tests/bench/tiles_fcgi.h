/* MapServer by FastCGI: started with a listening socket as its standard input, asked for one
 * picture at a time on a kept connection, started again when it crashes. */
#ifndef BENCH_TILES_FCGI_H
#define BENCH_TILES_FCGI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tiles_fcgi {
    const char *config; /* MapServer's own configuration file */
    char socket[100];
    int listener, fd;
    pid_t child;
    size_t crashes;
};

/* Ends the process when mapserv can't be started. */
void tiles_fcgi_open(struct tiles_fcgi *f, const char *config);
void tiles_fcgi_close(struct tiles_fcgi *f);
/* One request. True when a PNG came; false when it crashed, hung (60 s), or answered otherwise. */
bool tiles_fcgi_ask(struct tiles_fcgi *f, const char *query);

#endif
