#include "server/db/db_listen.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct db_listen {
    PGconn *pg;
};

static enum status lost(struct db_listen *l, struct err *e)
{
    const char *text = PQerrorMessage(l->pg);
    return err_set(e, STATUS_UNAVAILABLE, "listening: %.*s", (int)strcspn(text, "\n"), text);
}

enum status db_listen_open(const char *url, const char *const channels[], size_t n,
                           struct db_listen **out, struct err *e)
{
    const char *keys[] = {"dbname", "options", "application_name", "connect_timeout", NULL};
    const char *values[] = {url, "-c role=hotline_service", "hotline-listen", "5", NULL};
    struct db_listen *l = calloc(1, sizeof(*l));
    if (l == NULL || (l->pg = PQconnectdbParams(keys, values, 1)) == NULL) {
        free(l);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a connection");
    }
    enum status status = PQstatus(l->pg) == CONNECTION_OK ? STATUS_OK : lost(l, e);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        char sql[80];
        snprintf(sql, sizeof(sql), "LISTEN %s", channels[i]);
        PGresult *r = PQexec(l->pg, sql);
        if (PQresultStatus(r) != PGRES_COMMAND_OK) {
            status = lost(l, e);
        }
        PQclear(r);
    }
    if (status != STATUS_OK) {
        db_listen_close(l);
        return status;
    }
    *out = l;
    return STATUS_OK;
}

void db_listen_close(struct db_listen *l)
{
    if (l != NULL) {
        PQfinish(l->pg);
        free(l);
    }
}

enum status db_listen_wait(struct db_listen *l, int wait_ms, int wake_fd,
                           void (*told)(void *arg, const char *channel, const char *payload),
                           void *arg, struct err *e)
{
    struct pollfd fds[2] = {{.fd = PQsocket(l->pg), .events = POLLIN},
                            {.fd = wake_fd, .events = POLLIN}};
    if (poll(fds, 2, wait_ms) > 0 && fds[0].revents != 0 && PQconsumeInput(l->pg) != 1) {
        return lost(l, e);
    }
    PGnotify *note;
    while ((note = PQnotifies(l->pg)) != NULL) {
        told(arg, note->relname, note->extra);
        PQfreemem(note);
    }
    return PQstatus(l->pg) == CONNECTION_OK ? STATUS_OK : lost(l, e);
}
