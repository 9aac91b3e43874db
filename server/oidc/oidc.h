/* Logging in with an OpenID Connect provider: authorization code with PKCE, state and nonce; the
 * provider's keys from its JWKS; RS256 and ES256 signatures held against them.
 *
 * Everything here waits for the provider: only on compute threads. Nothing is kept between calls. A
 * provider is reached over https (http only on this machine), within OIDC_TIMEOUT_MS a question. */
#ifndef OIDC_OIDC_H
#define OIDC_OIDC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"

#define OIDC_TIMEOUT_MS  2500
#define OIDC_ADDRESS_MAX 2048

struct oidc_provider {
    const char *issuer; /* without a slash at its end unless the provider says so */
    const char *client_id, *client_secret;
    const char *redirect; /* our own address that it sends people back to */
};

/* What is random about one log-in: hexadecimal, drawn by the caller and kept until it is over. */
struct oidc_attempt {
    char state[65], nonce[65], verifier[65];
};

struct oidc_person {
    char subject[300];
    char email[255]; /* "" unless the provider says that it was verified */
};

/* Where to send the browser. STATUS_UNAVAILABLE when the provider cannot be asked, STATUS_INVALID
 * when it is not what it says it is. */
enum status oidc_begin(const struct oidc_provider *p, const struct oidc_attempt *a,
                       char out[OIDC_ADDRESS_MAX], struct err *e) MUST_CHECK;

/* Who came back with that code. */
enum status oidc_finish(const struct oidc_provider *p, const struct oidc_attempt *a,
                        const char *code, struct oidc_person *out, struct err *e) MUST_CHECK;

#endif
