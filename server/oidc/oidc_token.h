/* ID tokens: signature and claims. Pure but for the clock that is given. */
#ifndef OIDC_OIDC_TOKEN_H
#define OIDC_OIDC_TOKEN_H

#include "server/oidc/oidc.h"

struct json_object;

struct oidc_expected {
    const char *issuer, *client_id, *nonce;
    int64_t now_s;
};

/* STATUS_INVALID for a token that is none, is not signed by one of these keys (a JWKS) with RS256
 * or ES256, or is not for us, now, and this attempt. */
enum status oidc_token_read(const char *token, struct json_object *jwks,
                            const struct oidc_expected *expected, struct oidc_person *out,
                            struct err *e) MUST_CHECK;

#endif
