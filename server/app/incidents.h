/* The thread that watches for incidents: soon after complaints come in it looks at those of the
 * last minutes, and proposes an incident where a burst stands out (server/duplicates/burst.h).
 * Several services may watch one database: what they propose is one. It also hands on what becomes
 * of incidents to the workers, for those who listen to events. */
#ifndef APP_INCIDENTS_H
#define APP_INCIDENTS_H

#include "server/base/err.h"

struct app;
struct incidents;

enum status incidents_start(struct app *app, struct incidents **out, struct err *e) MUST_CHECK;
void incidents_stop(struct incidents *w); /* NULL is fine */

#endif
