/* Between the files of server/app only. */
#ifndef APP_APP_INTERNAL_H
#define APP_APP_INTERNAL_H

#include "server/app/app.h"

/* worker.c */
enum status worker_start(struct worker *w, struct app *app, int number, struct err *e) MUST_CHECK;
void worker_drain(struct worker *w); /* any thread: ask it to finish */
void worker_join(struct worker *w);  /* waits until it has */
void worker_free(struct worker *w);
/* Any thread: hands over one reference to the snapshot. */
void worker_give_snapshot(struct worker *w, struct snapshot *s);
/* Any thread: what the database told of new complaints. */
void worker_tell(struct worker *w, const char *told);

/* Any thread: what the database told of calls. */
void worker_tell_calls(struct worker *w, const char *told);

/* keeper.c */
void *keeper_main(void *arg); /* the struct app */

#endif
