/* What the files about complaints share. */
#ifndef API_API_COMPLAINTS_H
#define API_API_COMPLAINTS_H

#include "server/api/api.h"

/* {code} of the path, in the arena; NULL with 404 answered for what cannot be one. */
const char *api_complaint_code(struct http_request *r);
/* Reads that complaint and answers with it, as the caller may see it. */
void api_complaint_answer(struct http_request *r, const char *code);

#endif
