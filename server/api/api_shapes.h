/* What the resources of maps that administrators change have in common: work that takes minutes is
 * done on a thread of its own (files.h, `shapes`), with a connection of its own. */
#ifndef API_API_SHAPES_H
#define API_API_SHAPES_H

#include "server/api/api_change.h"

#define SHAPES_READERS (AUTH_ADMINISTRATOR | AUTH_AUDITOR)

/* {id} as a number's text; NULL with 404 answered. */
const char *shapes_id(struct http_request *r);
/* Answers with the row of that statement, whose $1 is {id}, for those who may read. */
void shapes_show(struct http_request *r, const char *sql);

/* Runs one of STORE_GENERATION_CHECK and STORE_MAPS_SETTLE later; `id` "" where it takes none.
 * False: too much waits. */
bool shapes_later(struct worker *w, const char *sql, const char *id);

#endif
