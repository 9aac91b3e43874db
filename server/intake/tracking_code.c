#include "server/intake/tracking_code.h"

#include <string.h>

#include "server/base/bug.h"

static const char alphabet[] = "0123456789AEGHKNRTV";

#define BASE      19
#define PAYLOAD   8
#define HALF_BITS 17 /* two halves of 17 bits hold 0..19^8-1 */
#define HALF_MASK ((UINT32_C(1) << HALF_BITS) - 1)
#define ROUNDS    6

static uint64_t load64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* The round function: splitmix64's finalizer over half, round and key. */
static uint32_t feistel_round(const unsigned char key[16], unsigned round, uint32_t half)
{
    uint64_t v = load64(key) + half + UINT64_C(0x9E3779B97F4A7C15) * (round + 1);
    v = (v ^ (v >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    v ^= load64(key + 8);
    v = (v ^ (v >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)(v ^ (v >> 31)) & HALF_MASK;
}

static uint64_t permute_once(const unsigned char key[16], uint64_t v)
{
    uint32_t left = (uint32_t)(v >> HALF_BITS) & HALF_MASK;
    uint32_t right = (uint32_t)v & HALF_MASK;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t next = left ^ feistel_round(key, round, right);
        left = right;
        right = next;
    }
    return (uint64_t)left << HALF_BITS | right;
}

/* Weights 1..9 are distinct and not 0 modulo 19: a wrong character or a swap changes the sum. */
static unsigned check_value(const unsigned values[PAYLOAD])
{
    unsigned sum = 0;
    for (unsigned i = 0; i < PAYLOAD; i++) {
        sum += (i + 2) * values[i];
    }
    return (BASE - sum % BASE) % BASE; /* weight 1: the whole sums to 0 */
}

void tracking_code_make(const unsigned char key[16], int64_t id, char out[TRACKING_CODE_LENGTH + 1])
{
    BUG_IF(id <= 0 || id >= TRACKING_CODE_LIMIT);
    uint64_t v = (uint64_t)id;
    do {
        v = permute_once(key, v);
    } while (v >= (uint64_t)TRACKING_CODE_LIMIT);
    unsigned values[PAYLOAD];
    for (int i = PAYLOAD - 1; i >= 0; i--) {
        values[i] = (unsigned)(v % BASE);
        v /= BASE;
        out[i] = alphabet[values[i]];
    }
    out[PAYLOAD] = alphabet[check_value(values)];
    out[TRACKING_CODE_LENGTH] = '\0';
}

bool tracking_code_read(struct str text, char out[TRACKING_CODE_LENGTH + 1])
{
    unsigned values[TRACKING_CODE_LENGTH];
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == ' ' || c == '-' || c == '.') {
            continue;
        }
        if (c >= 'a' && c <= 'z') {
            c = (char)(c - 'a' + 'A');
        }
        const char *at = c == '\0' ? NULL : strchr(alphabet, c);
        if (at == NULL || n == TRACKING_CODE_LENGTH) {
            return false;
        }
        values[n++] = (unsigned)(at - alphabet);
    }
    if (n != TRACKING_CODE_LENGTH || check_value(values) != values[PAYLOAD]) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = alphabet[values[i]];
    }
    out[n] = '\0';
    return true;
}
