/* The loop that sends: one thread, one libcurl multi handle. Jobs are handed in and come back, each
 * exactly once, with what became of them. Whoever uses it bounds how many are under way; nothing
 * here waits for a database, and no receiver holds another up: each job has its own deadline. */
#ifndef NOTIFY_NOTIFY_SEND_H
#define NOTIFY_NOTIFY_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"
#include "server/notify/notify_config.h"

enum notify_outcome {
    NOTIFY_SENT,
    NOTIFY_FAILED,  /* this time */
    NOTIFY_REFUSED, /* trying again is useless */
    NOTIFY_DOWN,    /* not this message: whoever passes messages on cannot be reached */
};

#define NOTIFY_HEADERS_MAX 8

/* Made by notify_prepare.c, freed with notify_job_free. */
struct notify_job {
    struct notify_job *next;
    int64_t id;
    int attempt;
    enum notify_medium medium;
    char *url; /* owned, as are the next three */
    char *to;  /* the envelope's recipient; e-mail only */
    char *headers[NOTIFY_HEADERS_MAX];
    struct strbuf body;
    bool get;             /* without a body */
    bool private_allowed; /* may reach addresses of this network */
    /* The result. */
    enum notify_outcome outcome;
    char answer[128];
    /* The sender's own. */
    void *easy, *list[2];
    size_t sent;
    bool guarded; /* the address was not one to be reached */
};

void notify_job_free(struct notify_job *job);

struct notify_send;

/* `config` is borrowed; done_fd is an eventfd that is written when jobs are done. */
enum status notify_send_start(const struct notify_config *config, int done_fd,
                              struct notify_send **out, struct err *e) MUST_CHECK;
void notify_send_submit(struct notify_send *s, struct notify_job *job);
/* Those that are done, in the order in which they were; NULL: none. */
struct notify_job *notify_send_collect(struct notify_send *s);
/* Waits up to wait_ms for what is under way, gives the rest up and ends the thread. What was done
 * can still be collected; then notify_send_free. */
void notify_send_stop(struct notify_send *s, unsigned wait_ms);
void notify_send_free(struct notify_send *s);

#endif
