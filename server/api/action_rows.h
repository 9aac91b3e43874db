/* What the API takes for each action on a complaint: its fields, who may ask at all, and what only
 * the service can add, which is when it will be due. What an action does, and from which status, is
 * the database's (hotline.transitions in sql/0018_workflow.sql): two locks that are fitted
 * separately. */
#ifndef API_ACTION_ROWS_H
#define API_ACTION_ROWS_H

#include "server/api/api_auth.h"
#include "server/api/api_change.h"
#include "server/store/store_deadline.h"

struct json_object;

/* What a `prepare` works with. */
struct action_clock {
    struct snapshot *snapshot;
    struct store_clock *clock; /* what the complaint's row says; may be changed */
    struct json_object *args;  /* the checked body; gets the due times */
    struct arena *arena;
    const struct db_rows *row; /* STORE_COMPLAINT_CLOCK_BY_CODE */
};

/* Adds at_us and *_due_us as the clock's facts have them. */
void action_add_due(struct action_clock *a, int64_t at_us);

struct action_row {
    const char *name;     /* as the body and hotline.transitions have it */
    const char *performs; /* in hotline.actions */
    unsigned roles;
    const struct change_field *fields;
    size_t n_fields;
    /* Adds at_us and *_due_us to the arguments. NULL: the clock does not change. */
    void (*prepare)(struct action_clock *a);
};

/* NULL: there is none of that name. */
const struct action_row *action_row_find(const char *name);
/* In order; NULL past the last. */
const struct action_row *action_row_at(size_t i);
/* Of all rows together. */
unsigned action_roles(void);

/* Reads what is neither text nor number: `until` as an instant, of a day its last second, and
 * `location`. False with 422 answered. */
bool action_args_read(struct http_request *r, struct json_object *args);

/* What the holder of a code may do; the names above are for staff. */
extern const struct action_row action_rating, action_reopening;

#endif
