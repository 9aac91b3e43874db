/* UTF-8 as it arrives from people: checked, counted, normalised. libutf8proc does the Unicode. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

bool utf8_valid(struct str s);   /* shortest forms only, no surrogates, up to U+10FFFF */
size_t utf8_count(struct str s); /* code points of a valid string */
/* The longest prefix of a valid string that has at most `max` code points. */
struct str utf8_prefix(struct str s, size_t max);
/* True if it has NUL, or another control character than tab, line feed, carriage return. */
bool utf8_has_control(struct str s);
/* Canonical composition (NFC). malloc'd, NUL-ended; NULL if invalid or out of memory. */
char *utf8_nfc(struct str s);
/* In ASCII: without marks, đ as d, whatever else as a question mark. malloc'd; NULL as above. */
char *utf8_unaccented(struct str s);

#endif
