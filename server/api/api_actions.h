/* One action on one complaint, from checked arguments to what came of it. */
#ifndef API_API_ACTIONS_H
#define API_API_ACTIONS_H

#include "server/api/action_rows.h"

/* Takes over `args` and gets its `code`; the row's due times are added where it needs them. `part`
 * tells several of one request apart; NULL: there is one. `done` is called once, before this
 * returns or later, with STATUS_OK and the outcome (change_part_done), or why there is none. */
void api_action_run(struct http_request *r, const struct action_row *row, struct json_object *args,
                    const char *part, change_part_done *done, void *arg);

/* Answers the request with what the complaint has become, or with the refusal. */
void api_action_answer(void *request, enum status status, struct json_object *outcome);

/* By its name in the body, which is checked against its fields. NULL with the problem answered. */
const struct action_row *api_action_row(struct http_request *r);

#endif
