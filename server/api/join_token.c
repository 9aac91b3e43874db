#include "server/api/join_token.h"

#include <sodium.h>
#include <string.h>

#define TEXT_VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct said {
    int64_t complaint_id, until_us;
};

#define SEALED_BYTES (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + sizeof(struct said))

static void key_of(const unsigned char tracking_key[16],
                   unsigned char key[crypto_secretbox_KEYBYTES])
{
    static const unsigned char purpose[] = "join a complaint";
    crypto_generichash(key, crypto_secretbox_KEYBYTES, purpose, sizeof(purpose), tracking_key, 16);
}

void join_token_make(const unsigned char tracking_key[16], int64_t complaint_id, int64_t now_us,
                     char out[JOIN_TOKEN_MAX])
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    unsigned char sealed[SEALED_BYTES];
    unsigned char plain[sizeof(struct said)];
    const struct said said = {complaint_id, now_us + JOIN_TOKEN_HOURS * INT64_C(3600000000)};
    memcpy(plain, &said, sizeof(said));
    key_of(tracking_key, key);
    randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
    (void)crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, plain, sizeof(plain), sealed,
                                key);
    sodium_bin2base64(out, JOIN_TOKEN_MAX, sealed, sizeof(sealed), TEXT_VARIANT);
}

bool join_token_read(const unsigned char tracking_key[16], const char *token, int64_t now_us,
                     int64_t *complaint_id)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    unsigned char sealed[SEALED_BYTES];
    unsigned char plain[sizeof(struct said)];
    struct said said;
    size_t n = 0;
    const char *end = NULL;
    if (sodium_base642bin(sealed, sizeof(sealed), token, strlen(token), NULL, &n, &end,
                          TEXT_VARIANT) != 0 ||
        n != sizeof(sealed) || *end != '\0') {
        return false;
    }
    key_of(tracking_key, key);
    if (crypto_secretbox_open_easy(plain, sealed + crypto_secretbox_NONCEBYTES,
                                   sizeof(sealed) - crypto_secretbox_NONCEBYTES, sealed,
                                   key) != 0) {
        return false;
    }
    memcpy(&said, plain, sizeof(said));
    if (said.until_us < now_us) {
        return false;
    }
    *complaint_id = said.complaint_id;
    return true;
}
