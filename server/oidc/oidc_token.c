#include "server/oidc/oidc_token.h"

#include <json-c/json.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/base/str.h"

#define PART_MAX     8192
#define RSA_BITS_MIN 2048
#define SLACK_S      60 /* clocks differ */

struct bytes {
    unsigned char p[PART_MAX];
    size_t n;
};

static bool decode(struct str text, struct bytes *out)
{
    return sodium_base642bin(out->p, sizeof(out->p) - 1, text.p, text.n, NULL, &out->n, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

static const char *text_in(struct json_object *object, const char *name)
{
    struct json_object *value = json_object_object_get(object, name);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static struct json_object *decode_object(struct str text)
{
    struct bytes bytes;
    if (!decode(text, &bytes)) {
        return NULL;
    }
    bytes.p[bytes.n] = '\0';
    struct json_object *object = json_tokener_parse((const char *)bytes.p);
    if (!json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        return NULL;
    }
    return object;
}

/* --- keys ------------------------------------------------------------------------------------- */

static EVP_PKEY *key_of_params(const char *kind, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *rsa_key(struct json_object *jwk)
{
    struct bytes n;
    struct bytes e;
    EVP_PKEY *key = NULL;
    if (!decode(str_of(text_in(jwk, "n")), &n) || !decode(str_of(text_in(jwk, "e")), &e)) {
        return NULL;
    }
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *modulus = BN_bin2bn(n.p, (int)n.n, NULL);
    BIGNUM *exponent = BN_bin2bn(e.p, (int)e.n, NULL);
    if (build != NULL && modulus != NULL && exponent != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
        key = key_of_params("RSA", build);
    }
    BN_free(modulus);
    BN_free(exponent);
    OSSL_PARAM_BLD_free(build);
    if (key != NULL && EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static EVP_PKEY *ec_key(struct json_object *jwk)
{
    struct bytes x;
    struct bytes y;
    unsigned char point[65] = {4};
    EVP_PKEY *key = NULL;
    if (strcmp(text_in(jwk, "crv"), "P-256") != 0 || !decode(str_of(text_in(jwk, "x")), &x) ||
        !decode(str_of(text_in(jwk, "y")), &y) || x.n != 32 || y.n != 32) {
        return NULL;
    }
    memcpy(point + 1, x.p, 32);
    memcpy(point + 33, y.p, 32);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (build != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) ==
            1) {
        key = key_of_params("EC", build);
    }
    OSSL_PARAM_BLD_free(build);
    return key;
}

/* --- the signature ---------------------------------------------------------------------------- */

/* A JWS has the two numbers side by side; libcrypto wants them as DER. */
static bool ecdsa_der(const struct bytes *raw, unsigned char *out, size_t *n)
{
    ECDSA_SIG *signature = raw->n == 64 ? ECDSA_SIG_new() : NULL;
    BIGNUM *r = BN_bin2bn(raw->p, 32, NULL);
    BIGNUM *s = BN_bin2bn(raw->p + 32, 32, NULL);
    if (signature == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(signature);
        return false;
    }
    int size = i2d_ECDSA_SIG(signature, NULL);
    bool fits = size > 0 && (size_t)size <= *n;
    if (fits) {
        *n = (size_t)i2d_ECDSA_SIG(signature, &out);
    }
    ECDSA_SIG_free(signature);
    return fits;
}

static bool signed_by(EVP_PKEY *key, bool rsa, struct str text, const struct bytes *signature)
{
    unsigned char der[128];
    size_t n = sizeof(der);
    const unsigned char *p = signature->p;
    if (!rsa && !ecdsa_der(signature, der, &n)) {
        return false;
    }
    if (rsa) {
        n = signature->n;
    } else {
        p = der;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(context, p, n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* Some key of the set that fits the header and has signed it. */
static bool signed_by_one(struct json_object *jwks, struct json_object *header, struct str text,
                          const struct bytes *signature)
{
    struct json_object *keys = json_object_object_get(jwks, "keys");
    bool rsa = strcmp(text_in(header, "alg"), "RS256") == 0;
    const char *kid = text_in(header, "kid");
    if ((!rsa && strcmp(text_in(header, "alg"), "ES256") != 0) ||
        !json_object_is_type(keys, json_type_array)) {
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        struct json_object *jwk = json_object_array_get_idx(keys, i);
        if (strcmp(text_in(jwk, "kty"), rsa ? "RSA" : "EC") != 0 ||
            strcmp(text_in(jwk, "use"), "enc") == 0 ||
            (kid[0] != '\0' && strcmp(text_in(jwk, "kid"), kid) != 0)) {
            continue;
        }
        EVP_PKEY *key = rsa ? rsa_key(jwk) : ec_key(jwk);
        bool good = key != NULL && signed_by(key, rsa, text, signature);
        EVP_PKEY_free(key);
        if (good) {
            return true;
        }
    }
    return false;
}

/* --- the claims ------------------------------------------------------------------------------- */

/* For us alone, or for us among others and issued to us. */
static bool for_us(struct json_object *claims, const char *client)
{
    struct json_object *aud = json_object_object_get(claims, "aud");
    if (json_object_is_type(aud, json_type_string)) {
        return strcmp(json_object_get_string(aud), client) == 0;
    }
    bool found = false;
    size_t n = json_object_is_type(aud, json_type_array) ? json_object_array_length(aud) : 0;
    for (size_t i = 0; i < n; i++) {
        const char *one = json_object_get_string(json_object_array_get_idx(aud, i));
        found = found || (one != NULL && strcmp(one, client) == 0);
    }
    return found && (n == 1 || strcmp(text_in(claims, "azp"), client) == 0);
}

static const char *claims_fault(struct json_object *claims, const struct oidc_expected *x)
{
    struct json_object *exp = json_object_object_get(claims, "exp");
    struct json_object *iat = json_object_object_get(claims, "iat");
    const char *nonce = text_in(claims, "nonce");
    if (strcmp(text_in(claims, "iss"), x->issuer) != 0) {
        return "another issuer's";
    }
    if (!for_us(claims, x->client_id)) {
        return "for somebody else";
    }
    if (exp == NULL || json_object_get_int64(exp) < x->now_s - SLACK_S) {
        return "expired";
    }
    if (iat != NULL && json_object_get_int64(iat) > x->now_s + SLACK_S) {
        return "from the future";
    }
    if (strlen(nonce) != strlen(x->nonce) || sodium_memcmp(nonce, x->nonce, strlen(nonce)) != 0) {
        return "of another attempt";
    }
    return text_in(claims, "sub")[0] == '\0' ? "about nobody" : NULL;
}

static enum status take_person(struct json_object *claims, const struct oidc_expected *x,
                               struct oidc_person *out, struct err *e)
{
    struct json_object *verified = json_object_object_get(claims, "email_verified");
    const char *email = json_object_get_boolean(verified) ? text_in(claims, "email") : "";
    int n =
        snprintf(out->subject, sizeof(out->subject), "%s|%s", x->issuer, text_in(claims, "sub"));
    int m = snprintf(out->email, sizeof(out->email), "%s", email);
    if (n < 0 || m < 0 || (size_t)n >= sizeof(out->subject) || (size_t)m >= sizeof(out->email)) {
        return err_set(e, STATUS_INVALID, "the token's subject is too long");
    }
    return STATUS_OK;
}

enum status oidc_token_read(const char *token, struct json_object *jwks,
                            const struct oidc_expected *expected, struct oidc_person *out,
                            struct err *e)
{
    struct str rest = str_of(token);
    struct str header_text = str_cut(&rest, '.');
    struct str claims_text = str_cut(&rest, '.');
    struct str signed_text = {token, header_text.n + 1 + claims_text.n};
    struct bytes signature;
    if (header_text.n == 0 || claims_text.n == 0 || rest.n == 0 || !decode(rest, &signature)) {
        return err_set(e, STATUS_INVALID, "not a token");
    }
    struct json_object *header = decode_object(header_text);
    struct json_object *claims = decode_object(claims_text);
    enum status status = STATUS_OK;
    const char *fault = NULL;
    if (header == NULL || claims == NULL || !signed_by_one(jwks, header, signed_text, &signature)) {
        status = err_set(e, STATUS_INVALID, "the token is not signed by the provider");
    } else if ((fault = claims_fault(claims, expected)) != NULL) {
        status = err_set(e, STATUS_INVALID, "the token is %s", fault);
    } else {
        status = take_person(claims, expected, out, e);
    }
    json_object_put(header);
    json_object_put(claims);
    return status;
}
