/* Attachments, shared by the files that take them and that give them out. */
#ifndef API_API_ATTACHMENTS_H
#define API_API_ATTACHMENTS_H

#include "server/api/api_auth.h"

/* GET /api/v1/attachments/{id}/{size}?code= */
void api_attachment_get(struct http_request *r);

#endif
