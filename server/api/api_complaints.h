/* What the files about complaints share. */
#ifndef API_API_COMPLAINTS_H
#define API_API_COMPLAINTS_H

#include "server/api/api.h"

/* {code} of the path, in the arena; NULL with 404 answered for what cannot be one. */
const char *api_complaint_code(struct http_request *r);
/* Reads that complaint and answers with it, as the caller may see it. */
void api_complaint_answer(struct http_request *r, const char *code);

/* Where a complaint that is filed comes from, and how whoever sent it is answered. */
struct complaint_source {
    struct str body; /* JSON, borrowed for the length of the request */
    const char *key; /* of idempotency; NULL: none */
    /* NULL: with a problem, with the complaint. `code` is what was made, now or the first time. */
    void (*refused)(void *arg, int status, const struct fault_list *faults);
    void (*filed)(void *arg, const char *code);
    void *arg;
};

/* Checks it, places it, stores it, answers the request. After auth_resolve. */
void api_complaint_file(struct http_request *r, const struct complaint_source *source);

#endif
