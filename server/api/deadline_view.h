/* How a complaint's due times are shown, each with how it came about. */
#ifndef API_DEADLINE_VIEW_H
#define API_DEADLINE_VIEW_H

#include "server/app/snapshot.h"
#include "server/base/str.h"
#include "server/http/http.h"

/* Appends {"pass_on": {...}, "accept": ..., "answer": ..., "resolve": ...}: due, unit, amount,
 * from, calendar, skipped (why, name, from, to, days), limited, text. `stored` NULL: not stored,
 * what is computed is shown. Where what is stored is another instant than today's calendars give,
 * "due" is what is stored and "computed" the other; a step that is not counted is null. */
void deadline_view_json(struct strbuf *out, const struct snapshot *s,
                        const struct route_deadline_facts *facts, const struct route_due *stored,
                        enum http_language language);

#endif
