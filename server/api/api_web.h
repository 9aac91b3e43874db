/* What other pages share with the built ones. */
#ifndef API_API_WEB_H
#define API_API_WEB_H

#include "server/api/api.h"

/* Sets the strict policy that every page has. */
void api_web_policy(struct http_request *r);
/* The address of the pages' style sheet; as long as the pages are loaded. */
const char *api_web_style(void);

#endif
