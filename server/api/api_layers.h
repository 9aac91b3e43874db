/* The imported layers' part of /tiles: called by api_tiles.c, after auth_resolve. A layer that is
 * not public does not exist for those who are not logged in. */
#ifndef API_API_LAYERS_H
#define API_API_LAYERS_H

#include "server/api/api.h"
#include "server/base/str.h"

/* Answer the request, with 404 where there is no such layer. */
void api_layer_tile(struct http_request *r);
void api_layer_tilejson(struct http_request *r);
/* Appends the layers' entries of tiles.json, each with a comma before it. */
void api_layers_list(struct http_request *r, const struct snapshot *s, struct strbuf *out);

#endif
