/* How many complaints one address may file without saying who it is: a token bucket per address
 * and worker, in a fixed table. An address that falls out of a full table starts afresh. */
#ifndef API_API_LIMIT_H
#define API_API_LIMIT_H

#include <stdbool.h>

struct worker;

/* True, and one token less, if `peer` may file now. */
bool api_limit_allow(struct worker *w, const char *peer);

#endif
