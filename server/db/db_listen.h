/* A blocking connection that listens for NOTIFY, for a thread of its own. */
#ifndef DB_DB_LISTEN_H
#define DB_DB_LISTEN_H

#include <stddef.h>

#include "server/base/err.h"

struct db_listen;

/* Connects as hotline_service and LISTENs on the n channels (plain names). */
enum status db_listen_open(const char *url, const char *const channels[], size_t n,
                           struct db_listen **out, struct err *e) MUST_CHECK;
void db_listen_close(struct db_listen *l); /* NULL is fine */

/* Waits up to wait_ms for notifications, or until wake_fd is readable (it is not read; -1: none),
 * and calls `told` for each. STATUS_UNAVAILABLE when the connection is lost: some may have been
 * missed. */
enum status db_listen_wait(struct db_listen *l, int wait_ms, int wake_fd,
                           void (*told)(void *arg, const char *channel, const char *payload),
                           void *arg, struct err *e) MUST_CHECK;

#endif
