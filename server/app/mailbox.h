/* How other threads hand work to an event loop: a call that will run on the loop's thread.
 * Posting is thread-safe and never blocks for long; calls run in the order of posting. */
#ifndef APP_MAILBOX_H
#define APP_MAILBOX_H

#include "server/base/err.h"

struct event_base;
struct mailbox;

enum status mailbox_create(struct event_base *base, struct mailbox **out, struct err *e) MUST_CHECK;
/* Only once nobody posts any more. Calls still waiting are run. */
void mailbox_destroy(struct mailbox *m);

void mailbox_post(struct mailbox *m, void (*call)(void *arg), void *arg);

#endif
