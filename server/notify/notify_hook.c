#include "server/notify/notify_hook.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/base/json_text.h"

void notify_hook_sign(const char *secret, int64_t timestamp_s, struct str body, char out[65])
{
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    char stamp[24];
    int n = snprintf(stamp, sizeof(stamp), "%lld.", (long long)timestamp_s);
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)stamp, (unsigned)n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.p, body.n);
    crypto_auth_hmacsha256_final(&state, hash);
    sodium_bin2hex(out, 65, hash, sizeof(hash));
}

/* IANA's special-purpose registry of IPv4: what is not reachable from everywhere. */
static bool public_v4(uint32_t address)
{
    static const struct {
        uint32_t net;
        int bits;
    } special[] = {
        {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
        {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0586300, 24}, {0xC0A80000, 16},
        {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4},
    };
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if ((address ^ special[i].net) >> (32 - special[i].bits) == 0) {
            return false;
        }
    }
    return true;
}

static uint32_t four(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool public_v6(const uint8_t *p)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (memcmp(p, mapped, 12) == 0 || memcmp(p, nat64, 12) == 0) {
        return public_v4(four(p + 12));
    }
    if (p[0] == 0x20 && p[1] == 0x02) { /* 6to4 */
        return public_v4(four(p + 2));
    }
    if (p[0] == 0x20 && p[1] == 0x01 && (p[2] & 0xfe) == 0) { /* protocols: Teredo, ORCHID, ... */
        return false;
    }
    if (p[0] == 0x20 && p[1] == 0x01 && p[2] == 0x0d && p[3] == 0xb8) { /* documentation */
        return false;
    }
    return (p[0] & 0xe0) == 0x20; /* 2000::/3 is what is given out */
}

bool notify_hook_address_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        return public_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        return public_v6(v6.sin6_addr.s6_addr);
    }
    return false;
}

/* Those facts that go out, with the name they have there. */
static void append_complaint(struct strbuf *out, struct json_object *facts)
{
    static const char *const names[][2] = {
        {"code", "code"},          {"status", "status"},
        {"channel", "channel"},    {"category_code", "category"},
        {"agency_code", "agency"}, {"desk_code", "desk"},
        {"ward_code", "ward"},     {"received_at", "received_at"},
        {"due_at", "due_at"}};
    strbuf_append_char(out, '{');
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct json_object *value = json_object_object_get(facts, names[i][0]);
        json_text_field(out, names[i][1], value == NULL ? NULL : json_object_get_string(value));
    }
    strbuf_append_char(out, '}');
}

bool notify_hook_body(const char *id, const char *facts, struct strbuf *out)
{
    struct json_object *f = json_tokener_parse(facts);
    if (!json_object_is_type(f, json_type_object)) {
        json_object_put(f);
        return false;
    }
    strbuf_append_char(out, '{');
    json_text_field(out, "id", id);
    json_text_field(out, "event", json_object_get_string(json_object_object_get(f, "event")));
    json_text_field(out, "at", json_object_get_string(json_object_object_get(f, "at")));
    json_text_field_int(out, "sequence",
                        json_object_get_int64(json_object_object_get(f, "sequence")));
    json_text_key(out, "complaint");
    append_complaint(out, f);
    strbuf_append_char(out, '}');
    json_object_put(f);
    return !out->failed;
}
