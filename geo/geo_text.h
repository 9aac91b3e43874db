/* Vietnamese text as people type it, folded so that equal names become equal bytes.
 *
 * Folding: lower case, no tone and no vowel marks, đ and the look-alike ð become d, composed and
 * decomposed text alike (hence old and new tone placement alike, since the tone goes), full-width
 * forms as the plain ones, every run of anything that is neither letter nor digit a single space,
 * none at the ends. Letters of other scripts are kept. Bytes that are not UTF-8 separate words.
 *
 * Nothing here allocates or keeps state; every function may be called from any thread. */
#ifndef GEO_TEXT_H
#define GEO_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "server/base/str.h"

/* Marks seen while folding, a set per word: "phường" is GRAVE | HORN, "Phương" only HORN. */
enum geo_text_mark {
    GEO_TEXT_GRAVE = 1,       /* à */
    GEO_TEXT_ACUTE = 2,       /* á */
    GEO_TEXT_HOOK = 4,        /* ả */
    GEO_TEXT_TILDE = 8,       /* ã */
    GEO_TEXT_DOT = 16,        /* ạ */
    GEO_TEXT_CIRCUMFLEX = 32, /* â */
    GEO_TEXT_BREVE = 64,      /* ă */
    GEO_TEXT_HORN = 128,      /* ơ */
    GEO_TEXT_STROKE = 256,    /* đ */
};

/* One folded character takes at most this many bytes. */
#define GEO_TEXT_CHAR_MAX 16

/* What one code point folds to. */
struct geo_text_char {
    char bytes[GEO_TEXT_CHAR_MAX]; /* not ended in NUL */
    uint8_t n;                     /* 0: the character vanishes (a mark, a zero-width one) */
    uint8_t separator;             /* 1: it ends a word; n is 0 */
    uint16_t marks;                /* set of enum geo_text_mark */
};

/* Reads one code point; *used is 1..4. A byte that starts no valid sequence gives U+FFFD and 1.
 * n must be at least 1. */
uint32_t geo_text_decode(const char *p, size_t n, size_t *used);

void geo_text_fold_char(uint32_t code_point, struct geo_text_char *out);

/* The letters of two and three bytes that texts here are full of, folded once for all: Latin as far
 * as U+024F and U+1E80..U+1EFF. `base` is the plain letter, '\0' where the character is no letter
 * or becomes several. */
struct geo_text_letter {
    uint16_t marks;
    char base;
};

struct geo_text_letters {
    char one[0x100]; /* by byte: the small letter of a plain one, '\0' for any other byte */
    struct geo_text_letter two[0x250 - 0x80];
    struct geo_text_letter three[0x80];
};

const struct geo_text_letters *geo_text_letters(void); /* made at the first call */

/* The letter at p, or NULL for what is none of them; *used is its bytes. */
static inline const struct geo_text_letter *geo_text_letter(const struct geo_text_letters *letters,
                                                            const char *p, size_t n, size_t *used)
{
    unsigned char first = (unsigned char)p[0];
    unsigned char second = n > 1 ? (unsigned char)p[1] : 0;
    const struct geo_text_letter *letter = NULL;
    if (first >= 0xC3 && first <= 0xC8 && (second & 0xC0U) == 0x80U) {
        letter = &letters->two[((first & 0x1FU) << 6 | (second & 0x3FU)) - 0x80U];
        *used = 2;
    } else if (first == 0xE1 && (second & 0xFEU) == 0xBAU && n > 2 &&
               ((unsigned char)p[2] & 0xC0U) == 0x80U) {
        letter = &letters->three[(second & 1U) << 6 | ((unsigned char)p[2] & 0x3FU)];
        *used = 3;
    }
    return letter != NULL && letter->base != '\0' ? letter : NULL;
}

/* The first eight bytes as one number, what is missing as zero: words of no more are equal where
 * their heads are. */
static inline uint64_t geo_text_head(const char *p, size_t n)
{
    uint64_t head = 0;
    if (n >= 8) {
        memcpy(&head, p, 8);
    } else if (n >= 4) {
        uint32_t low = 0;
        uint32_t high = 0;
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        head = low | (uint64_t)high << 8 * (n - 4);
    } else if (n > 0) {
        uint64_t middle = (unsigned char)p[n / 2];
        uint64_t last = (unsigned char)p[n - 1];
        head = (unsigned char)p[0] | middle << 8 * (n / 2) | last << 8 * (n - 1);
    }
    return head;
}

/* The same of a word with at least eight bytes to be read at p, whatever stands behind it. */
static inline uint64_t geo_text_head_padded(const char *p, size_t n)
{
    uint64_t head = 0;
    memcpy(&head, p, sizeof(head));
    return n >= sizeof(head) ? head : head & ((UINT64_C(1) << 8 * n) - 1);
}

/* Folds s into out (cap bytes with the closing NUL, at least 1) and returns the length. What does
 * not fit is left off at a character's end; folding never needs more than GEO_TEXT_CHAR_MAX bytes
 * per byte of s, and for Latin text never more than s.n. */
size_t geo_text_fold(struct str s, char *out, size_t cap);

#endif
