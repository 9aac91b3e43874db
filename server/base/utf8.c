#include "server/base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define HIGH_BITS 0x8080808080808080ULL

/* Length of the run of ASCII bytes at the start, eight at a time: most of what people send. */
static size_t ascii_run(struct str s)
{
    size_t i = 0;
    uint64_t eight;
    while (s.n - i >= sizeof eight) {
        memcpy(&eight, s.p + i, sizeof eight);
        if (eight & HIGH_BITS) {
            break;
        }
        i += sizeof eight;
    }
    while (i < s.n && (unsigned char)s.p[i] < 0x80U) {
        i++;
    }
    return i;
}

/* Reads the code point at offset i; returns its bytes, or 0 if there is no valid one. */
static size_t decode(struct str s, size_t i, utf8proc_int32_t *code)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s.p + i;
    utf8proc_ssize_t n = utf8proc_iterate(p, (utf8proc_ssize_t)(s.n - i), code);
    return n > 0 ? (size_t)n : 0;
}

bool utf8_valid(struct str s)
{
    size_t i = 0;
    while (i < s.n) {
        i += ascii_run((struct str){s.p + i, s.n - i});
        /* Non-ASCII text comes in words: stay here until the next ASCII byte. */
        while (i < s.n && (unsigned char)s.p[i] >= 0x80U) {
            utf8proc_int32_t code;
            size_t n = decode(s, i, &code);
            if (n == 0) {
                return false;
            }
            i += n;
        }
    }
    return true;
}

size_t utf8_count(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) {
        count += ((unsigned char)s.p[i] & 0xC0U) != 0x80U;
    }
    return count;
}

struct str utf8_prefix(struct str s, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool starts = ((unsigned char)s.p[i] & 0xC0U) != 0x80U;
        if (starts && count++ == max) {
            return (struct str){s.p, i};
        }
    }
    return s;
}

bool utf8_has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20U && c != '\t' && c != '\n' && c != '\r') || c == 0x7FU) {
            return true;
        }
        /* U+0080..U+009F, the second set of control characters. */
        if (c == 0xC2U && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xA0U) {
            return true;
        }
    }
    return false;
}

/* Code points that neither combine nor decompose under NFC, in two ranges that hold all of
 * composed Vietnamese; a text made of them is NFC already. */
static bool is_plainly_nfc(utf8proc_int32_t code)
{
    return code < 0x300 || (code >= 0x1EA0 && code <= 0x1EF9);
}

static char *copy(struct str s)
{
    char *p = malloc(s.n + 1);
    if (p) {
        if (s.n > 0) {
            memcpy(p, s.p, s.n);
        }
        p[s.n] = '\0';
    }
    return p;
}

char *utf8_nfc(struct str s)
{
    size_t i = 0;
    while (i < s.n) {
        utf8proc_int32_t code = (unsigned char)s.p[i];
        size_t n = code < 0x80 ? 1 : decode(s, i, &code);
        if (n == 0) {
            return NULL;
        }
        if (!is_plainly_nfc(code)) {
            break;
        }
        i += n;
    }
    if (i == s.n) {
        return copy(s);
    }
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &out,
                                      UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    return n < 0 ? NULL : (char *)out;
}

char *utf8_unaccented(struct str s)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &out,
                                      UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK);
    if (n < 0) {
        return NULL;
    }
    char *to = (char *)out; /* never longer than what it is made of */
    for (size_t i = 0; i < (size_t)n;) {
        utf8proc_int32_t code = 0;
        i += decode((struct str){(const char *)out, (size_t)n}, i, &code);
        *to++ = code == 0x111 ? 'd' : code == 0x110 ? 'D' : code < 0x80 ? (char)code : '?';
    }
    *to = '\0';
    return (char *)out;
}
