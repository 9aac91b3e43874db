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

/* Folds s into out (cap bytes with the closing NUL, at least 1) and returns the length. What does
 * not fit is left off at a character's end; folding never needs more than GEO_TEXT_CHAR_MAX bytes
 * per byte of s, and for Latin text never more than s.n. */
size_t geo_text_fold(struct str s, char *out, size_t cap);

#endif
