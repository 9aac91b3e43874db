/* Changes that people make: the one door they go through (sql/0008_actions.sql), and what is read
 * before and after. */
#ifndef STORE_STORE_CHANGE_H
#define STORE_STORE_CHANGE_H

/* $1 actor, $2 key, $3 hash of the request, $4 action, $5 arguments (JSON object) -> the outcome as
 * JSON. Safe to repeat: the same key does it once. */
#define STORE_PERFORM "SELECT hotline.perform($1, $2, $3, $4, $5::jsonb)"

#endif
