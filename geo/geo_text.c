#include "geo/geo_text.h"

#include <pthread.h>
#include <string.h>
#include <utf8proc.h>

enum {
    G = GEO_TEXT_GRAVE,
    A = GEO_TEXT_ACUTE,
    H = GEO_TEXT_HOOK,
    T = GEO_TEXT_TILDE,
    D = GEO_TEXT_DOT,
    C = GEO_TEXT_CIRCUMFLEX,
    B = GEO_TEXT_BREVE,
    O = GEO_TEXT_HORN,
};

/* The Vietnamese letters U+1EA0..U+1EF9 come in pairs, capital then small: one row a pair. */
static const struct {
    char base;
    uint8_t marks;
} vietnamese[] = {
    {'a', D},     {'a', H},     {'a', A | C}, {'a', G | C}, {'a', H | C}, {'a', T | C},
    {'a', D | C}, {'a', A | B}, {'a', G | B}, {'a', H | B}, {'a', T | B}, {'a', D | B},
    {'e', D},     {'e', H},     {'e', T},     {'e', A | C}, {'e', G | C}, {'e', H | C},
    {'e', T | C}, {'e', D | C}, {'i', H},     {'i', D},     {'o', D},     {'o', H},
    {'o', A | C}, {'o', G | C}, {'o', H | C}, {'o', T | C}, {'o', D | C}, {'o', A | O},
    {'o', G | O}, {'o', H | O}, {'o', T | O}, {'o', D | O}, {'u', D},     {'u', H},
    {'u', A | O}, {'u', G | O}, {'u', H | O}, {'u', T | O}, {'u', D | O}, {'y', G},
    {'y', D},     {'y', H},     {'y', T},
};

_Static_assert(sizeof(vietnamese) / sizeof(vietnamese[0]) == 45, "U+1EA0..U+1EF9 are 45 pairs");

/* Letters of U+00E0..U+00FF; the capitals lie 32 below. '\0' is none. */
static const char latin1_base[] = "aaaaaaaceeeeiiiidnooooo\0ouuuuyty";

static uint16_t latin1_marks(uint32_t small)
{
    switch (small) {
    case 0xE0:
    case 0xE8:
    case 0xEC:
    case 0xF2:
    case 0xF9:
        return GEO_TEXT_GRAVE;
    case 0xE1:
    case 0xE9:
    case 0xED:
    case 0xF3:
    case 0xFA:
    case 0xFD:
        return GEO_TEXT_ACUTE;
    case 0xE3:
    case 0xF5:
        return GEO_TEXT_TILDE;
    case 0xE2:
    case 0xEA:
    case 0xF4:
        return GEO_TEXT_CIRCUMFLEX;
    case 0xF0:
        return GEO_TEXT_STROKE;
    default:
        return 0;
    }
}

static uint16_t combining_marks(uint32_t c)
{
    switch (c) {
    case 0x300:
    case 0x340:
        return GEO_TEXT_GRAVE;
    case 0x301:
    case 0x341:
        return GEO_TEXT_ACUTE;
    case 0x302:
        return GEO_TEXT_CIRCUMFLEX;
    case 0x303:
        return GEO_TEXT_TILDE;
    case 0x306:
        return GEO_TEXT_BREVE;
    case 0x309:
        return GEO_TEXT_HOOK;
    case 0x31B:
        return GEO_TEXT_HORN;
    case 0x323:
        return GEO_TEXT_DOT;
    case 0x335:
    case 0x336:
        return GEO_TEXT_STROKE;
    default:
        return 0;
    }
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0U) == 0x80U;
}

static uint32_t low_bits(char c)
{
    return (unsigned char)c & 0x3FU;
}

uint32_t geo_text_decode(const char *p, size_t n, size_t *used)
{
    unsigned char c = (unsigned char)p[0];
    *used = 1;
    if (c < 0x80) {
        return c;
    }
    /* Vietnamese letters have two bytes or three; what remains is left to utf8proc. */
    if (c >= 0xC2 && c <= 0xDF && n >= 2 && continues(p[1])) {
        *used = 2;
        return (uint32_t)(c & 0x1FU) << 6 | low_bits(p[1]);
    }
    if (c > 0xE0 && c < 0xED && n >= 3 && continues(p[1]) && continues(p[2])) {
        *used = 3;
        return (uint32_t)(c & 0x0FU) << 12 | low_bits(p[1]) << 6 | low_bits(p[2]);
    }
    utf8proc_int32_t code = 0;
    utf8proc_ssize_t got =
        utf8proc_iterate((const utf8proc_uint8_t *)p, n > 4 ? 4 : (utf8proc_ssize_t)n, &code);
    if (got < 1 || code < 0) {
        return 0xFFFD;
    }
    *used = (size_t)got;
    return (uint32_t)code;
}

static void letter(struct geo_text_char *out, char base, uint16_t marks)
{
    out->bytes[0] = base;
    out->n = 1;
    out->separator = 0;
    out->marks = marks;
}

static char ascii_fold(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        return (char)c;
    }
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : '\0';
}

/* Latin letters that Vietnamese uses outside the U+1EA0 block. */
static bool fold_vietnamese(uint32_t c, struct geo_text_char *out)
{
    switch (c) {
    case 0x102:
    case 0x103:
        letter(out, 'a', GEO_TEXT_BREVE);
        return true;
    case 0x110:
    case 0x111:
    case 0x189:
    case 0x256:
        letter(out, 'd', GEO_TEXT_STROKE);
        return true;
    case 0x128:
    case 0x129:
        letter(out, 'i', GEO_TEXT_TILDE);
        return true;
    case 0x168:
    case 0x169:
        letter(out, 'u', GEO_TEXT_TILDE);
        return true;
    case 0x1A0:
    case 0x1A1:
        letter(out, 'o', GEO_TEXT_HORN);
        return true;
    case 0x1AF:
    case 0x1B0:
        letter(out, 'u', GEO_TEXT_HORN);
        return true;
    default:
        return false;
    }
}

static bool keeps(utf8proc_category_t category)
{
    switch ((int)category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_MC:
        return true;
    default:
        return false;
    }
}

static bool vanishes(utf8proc_category_t category)
{
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME ||
           category == UTF8PROC_CATEGORY_CF;
}

/* Everything else: Unicode's own decomposition, keeping letters and digits. */
static void fold_other(uint32_t c, struct geo_text_char *out)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    if (vanishes(category) || !keeps(category)) {
        out->separator = !vanishes(category);
        return;
    }
    utf8proc_int32_t parts[32];
    int boundary = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        (utf8proc_int32_t)c, parts, 32,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK, &boundary);
    for (utf8proc_ssize_t i = 0; i < n && i < 32 && out->n + 4 <= GEO_TEXT_CHAR_MAX; i++) {
        if (parts[i] < 0x80) {
            char a = ascii_fold((uint32_t)parts[i]);
            if (a != '\0') {
                out->bytes[out->n++] = a;
            }
        } else if (keeps(utf8proc_category(parts[i]))) {
            utf8proc_uint8_t utf8[4];
            utf8proc_ssize_t k = utf8proc_encode_char(parts[i], utf8);
            memcpy(out->bytes + out->n, utf8, (size_t)k);
            out->n = (uint8_t)(out->n + k);
        }
    }
    out->separator = out->n == 0;
}

void geo_text_fold_char(uint32_t c, struct geo_text_char *out)
{
    out->n = 0;
    out->separator = 0;
    out->marks = 0;
    if (c < 0x80) {
        char a = ascii_fold(c);
        out->bytes[0] = a;
        out->n = a != '\0';
        out->separator = a == '\0';
    } else if (c >= 0x1EA0 && c <= 0x1EF9) {
        letter(out, vietnamese[(c - 0x1EA0) / 2].base, vietnamese[(c - 0x1EA0) / 2].marks);
    } else if (c >= 0xC0 && c <= 0xFF && c != 0xDF) {
        uint32_t small = c | 0x20;
        char base = latin1_base[small - 0xE0];
        if (base != '\0') {
            letter(out, base, latin1_marks(small));
        } else {
            out->separator = 1;
        }
    } else if (c >= 0x300 && c <= 0x36F) {
        out->marks = combining_marks(c);
    } else if (!fold_vietnamese(c, out)) {
        fold_other(c, out);
    }
}

static struct geo_text_letters letters;
static pthread_once_t letters_once = PTHREAD_ONCE_INIT;

static void fold_letters(struct geo_text_letter *out, size_t n, uint32_t first)
{
    for (size_t i = 0; i < n; i++) {
        struct geo_text_char c;
        geo_text_fold_char(first + (uint32_t)i, &c);
        bool plain = c.n == 1 && c.bytes[0] >= 'a' && c.bytes[0] <= 'z';
        out[i] = (struct geo_text_letter){c.marks, plain ? c.bytes[0] : '\0'};
    }
}

static void make_letters(void)
{
    for (int c = 'a'; c <= 'z'; c++) {
        letters.one[c] = (char)c;
        letters.one[c - 32] = (char)c;
    }
    fold_letters(letters.two, sizeof(letters.two) / sizeof(letters.two[0]), 0x80);
    fold_letters(letters.three, sizeof(letters.three) / sizeof(letters.three[0]), 0x1E80);
}

const struct geo_text_letters *geo_text_letters(void)
{
    (void)pthread_once(&letters_once, make_letters);
    return &letters;
}

size_t geo_text_fold(struct str s, char *out, size_t cap)
{
    size_t n = 0;
    bool gap = false;
    size_t used = 0;
    for (size_t i = 0; i < s.n; i += used) {
        struct geo_text_char folded;
        geo_text_fold_char(geo_text_decode(s.p + i, s.n - i, &used), &folded);
        if (folded.separator != 0) {
            gap = true;
            continue;
        }
        if (folded.n == 0) {
            continue;
        }
        size_t space = gap && n > 0 ? 1 : 0;
        if (n + space + folded.n >= cap) {
            break;
        }
        if (space != 0) {
            out[n++] = ' ';
        }
        memcpy(out + n, folded.bytes, folded.n);
        n += folded.n;
        gap = false;
    }
    out[n] = '\0';
    return n;
}
