/* The action `place`: a person says where a complaint is, and the rules say anew whose it is.
 * What is done with it is hotline.act_place (sql/0042_place.sql). */
#ifndef API_ACTION_PLACE_H
#define API_ACTION_PLACE_H

#include "server/api/action_rows.h"

/* Is the `location` of these arguments {lon, lat} and nothing else? True without one. False with
 * 422 answered. */
bool action_place_read(struct http_request *r, struct json_object *args);

/* The `prepare` of the action: adds `outside`, or the units, the decision and its reason; where
 * another agency is responsible than has it, `to`, its terms and its due times. */
void action_place(struct action_clock *a);

#endif
