#include "geo/geo_address_scan.h"

#include <string.h>

#include "geo/geo_text.h"

struct scanner {
    struct geo_address *a;
    struct geo_address_token *open; /* the word being read, or NULL */
    uint8_t pending;                /* signs for the next word */
    bool digit;                     /* the open word has one, or may have */
    const struct geo_text_letters *letters;
};

static bool ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool ascii_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool open_token(struct scanner *s, size_t at)
{
    struct geo_address *a = s->a;
    size_t space = a->token_count > 0 ? 1 : 0;
    if (a->token_count == GEO_ADDRESS_TOKENS_MAX || a->key_n + space + 1 >= GEO_ADDRESS_KEY_MAX) {
        return false;
    }
    if (space != 0) {
        a->key[a->key_n++] = ' ';
    }
    s->open = &a->tokens[a->token_count++];
    *s->open = (struct geo_address_token){
        .key_at = (uint16_t)a->key_n, .text_at = (uint16_t)at, .signs = s->pending};
    s->pending = 0;
    s->digit = false;
    return true;
}

static char last_key(const struct scanner *s)
{
    return s->open->key_n == 0 ? '\0' : s->a->key[s->open->key_at + s->open->key_n - 1];
}

static bool append(struct scanner *s, const char *bytes, size_t n)
{
    struct geo_address *a = s->a;
    if (a->key_n + n + 1 >= GEO_ADDRESS_KEY_MAX) {
        return false;
    }
    if (n == 1) {
        a->key[a->key_n] = bytes[0]; /* nearly always */
    } else {
        memcpy(a->key + a->key_n, bytes, n);
    }
    a->key_n += n;
    s->open->key_n = (uint16_t)(s->open->key_n + n);
    return true;
}

/* True when the number so far ends in a zero that leads its component: "08" becomes "8". */
static bool drops_leading_zero(const struct scanner *s)
{
    const char *key = s->a->key + s->open->key_at;
    size_t n = s->open->key_n;
    return n > 0 && key[n - 1] == '0' && (n == 1 || key[n - 2] == '/' || key[n - 2] == '-');
}

static bool append_folded(struct scanner *s, const struct geo_text_char *c)
{
    if (c->n == 1 && ascii_digit(c->bytes[0])) {
        if (s->open->key_n == 0) {
            s->open->signs |= GEO_SIGN_DIGIT;
        }
        if (drops_leading_zero(s)) {
            s->a->key_n--;
            s->open->key_n--;
        }
        s->digit = true;
        s->open->signs |= GEO_SIGN_NUMERAL;
    } else {
        s->open->signs |= GEO_SIGN_LETTER;
        s->digit = s->digit || c->n > 1;
    }
    s->open->marks |= c->marks;
    return append(s, c->bytes, c->n);
}

/* A slash or dash between two characters of a number belongs to it. */
static bool joins(const struct scanner *s, char sign, char next)
{
    if (s->open->key_n == 0) {
        return false;
    }
    char last = last_key(s);
    bool number = (s->open->signs & GEO_SIGN_DIGIT) != 0 || ascii_digit(last);
    if (sign == '-') {
        return number && ascii_digit(next);
    }
    return number && (ascii_digit(next) || ascii_letter(next));
}

static uint8_t sign_of(uint32_t c, bool spaced)
{
    switch (c) {
    case ',':
    case ';':
    case '\n':
    case '\r':
    case '(':
    case ')':
    case '[':
    case ']':
    case '|':
    case ':':
        return GEO_SIGN_BREAK;
    case '&':
    case '+':
        return GEO_SIGN_DASH;
    case '-':
    case 0x2013:
    case 0x2014:
        return spaced ? GEO_SIGN_DASH : 0;
    default:
        return 0;
    }
}

static char fold_next(const struct geo_address *a, size_t at)
{
    if (at >= a->text_n) {
        return '\0';
    }
    size_t used = 0;
    struct geo_text_char c;
    geo_text_fold_char(geo_text_decode(a->text + at, a->text_n - at, &used), &c);
    return c.n == 1 ? c.bytes[0] : '\0';
}

/* Marks that people write together with their number. P, F, Q take a bare number of one or two
 * digits only, so that house numbers such as "F12/3" stay whole. */
static size_t glued_mark(const char *key, size_t n)
{
    size_t digit = 1;
    while (digit < n && !ascii_digit(key[digit])) {
        digit++;
    }
    if (digit >= n || digit > 6) {
        return 0;
    }
    static const char *const marks[] = {"phuong", "quan", "hem", "ngo", "ngach", "kiet",
                                        "duong",  "so",   "ql",  "tl",  "hl",    "km",
                                        "kp",     "p",    "f",   "q"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        size_t k = strlen(marks[i]);
        if (k != digit || memcmp(key, marks[i], k) != 0) {
            continue;
        }
        bool bare = n <= k + 2 && (n == k + 1 || ascii_digit(key[k + 1]));
        if (k > 1 || bare) {
            return k;
        }
    }
    return 0;
}

/* Splits the last word in two when it is a mark with its number. */
static void split_glued(struct geo_address *a)
{
    struct geo_address_token *t = &a->tokens[a->token_count - 1];
    if ((t->signs & GEO_SIGN_LETTER) == 0 || (t->signs & GEO_SIGN_DIGIT) != 0) {
        return;
    }
    size_t k = glued_mark(a->key + t->key_at, t->key_n);
    if (k == 0 || a->token_count == GEO_ADDRESS_TOKENS_MAX || a->key_n + 2 >= GEO_ADDRESS_KEY_MAX) {
        return;
    }
    size_t zeros = 0;
    while (k + zeros + 1 < t->key_n && a->key[t->key_at + k + zeros] == '0' &&
           ascii_digit(a->key[t->key_at + k + zeros + 1])) {
        zeros++;
    }
    size_t rest = t->key_n - k - zeros;
    struct geo_address_token *tail = t + 1;
    *tail = *t;
    memmove(a->key + t->key_at + k + 1, a->key + t->key_at + k + zeros, rest);
    a->key[t->key_at + k] = ' ';
    t->key_n = (uint16_t)k;
    t->signs = (uint8_t)(t->signs & (GEO_SIGN_BREAK | GEO_SIGN_DASH)) | GEO_SIGN_LETTER;
    tail->key_at = (uint16_t)(t->key_at + k + 1);
    tail->key_n = (uint16_t)rest;
    tail->signs = (uint8_t)((tail->signs & (GEO_SIGN_SLASH | GEO_SIGN_DOT)) | GEO_SIGN_DIGIT |
                            GEO_SIGN_NUMERAL | GEO_SIGN_GLUED);
    tail->marks = 0;
    a->key_n = (size_t)tail->key_at + rest;
    a->token_count++;
}

/* The end of a word. */
static void close_token(struct scanner *s)
{
    if (s->open != NULL && s->digit) {
        split_glued(s->a);
    }
    s->open = NULL;
}

/* Handles a character that is no letter and no digit; `at` is behind it. */
static bool scan_sign(struct scanner *s, uint32_t c, size_t before, size_t at)
{
    struct geo_address *a = s->a;
    if (c == '/' || c == '\\' || c == '-') {
        char sign = c == '-' ? '-' : '/';
        if (s->open != NULL && joins(s, sign, fold_next(a, at))) {
            s->open->signs |= sign == '/' ? GEO_SIGN_SLASH : 0;
            return append(s, &sign, 1);
        }
    }
    if (s->open != NULL && c == '.') {
        s->open->signs |= GEO_SIGN_DOT;
    }
    bool spaced =
        (before > 0 && a->text[before - 1] == ' ') || (at < a->text_n && a->text[at] == ' ');
    s->pending |= sign_of(c, spaced);
    close_token(s);
    return true;
}

static bool unit_letter(char c)
{
    return c == 'p' || c == 'f' || c == 'q';
}

/* "P2Q8": the second letter begins a unit of its own. */
static bool unit_ends(const struct scanner *s, const struct geo_text_char *c, size_t at)
{
    if (s->open == NULL || c->n != 1 || !unit_letter(c->bytes[0]) || s->open->key_n < 2 ||
        s->open->key_n > 3) {
        return false;
    }
    const char *key = s->a->key + s->open->key_at;
    return unit_letter(key[0]) && ascii_digit(key[1]) && ascii_digit(key[s->open->key_n - 1]) &&
           ascii_digit(fold_next(s->a, at));
}

static bool scan_digit(struct scanner *s, size_t at)
{
    struct geo_address *a = s->a;
    if ((s->open == NULL && !open_token(s, at)) || a->key_n + 2 >= GEO_ADDRESS_KEY_MAX) {
        return false;
    }
    s->open->signs |= s->open->key_n == 0 ? GEO_SIGN_DIGIT | GEO_SIGN_NUMERAL : GEO_SIGN_NUMERAL;
    if (drops_leading_zero(s)) {
        a->key_n--;
        s->open->key_n--;
    }
    s->digit = true;
    a->key[a->key_n++] = a->text[at];
    s->open->key_n++;
    s->open->text_n = (uint16_t)(at + 1 - s->open->text_at);
    return true;
}

/* Whatever it is but a plain digit or a space; *at goes behind it. */
static bool scan_char(struct scanner *s, size_t *at)
{
    struct geo_address *a = s->a;
    size_t used = 1;
    unsigned char first = (unsigned char)a->text[*at];
    if (first < 0x80 && !ascii_letter((char)(first | 0x20U))) {
        (*at)++;
        return scan_sign(s, first, *at - 1, *at);
    }
    uint32_t code = first < 0x80 ? first : geo_text_decode(a->text + *at, a->text_n - *at, &used);
    struct geo_text_char c;
    geo_text_fold_char(code, &c);
    size_t before = *at;
    *at += used;
    if (c.separator != 0) {
        return scan_sign(s, code, before, *at);
    }
    if (c.n == 0) {
        if (s->open != NULL) {
            s->open->marks |= c.marks;
            s->open->text_n = (uint16_t)(*at - s->open->text_at);
        }
        return true;
    }
    if (unit_ends(s, &c, *at)) {
        close_token(s);
    }
    if (s->open == NULL && !open_token(s, before)) {
        return false;
    }
    if (!append_folded(s, &c)) {
        return false;
    }
    s->open->text_n = (uint16_t)(*at - s->open->text_at);
    return true;
}

/* Letters that begin a word or stand behind a letter, nearly all of a text: as many as there are.
 * Returns their bytes. */
static size_t scan_letters(struct scanner *s, size_t at)
{
    struct geo_address *a = s->a;
    if ((s->open != NULL && (s->open->key_n == 0 || !ascii_letter(last_key(s)))) ||
        a->key_n + (a->text_n - at) + 4 > GEO_ADDRESS_KEY_MAX) {
        return 0; /* or so little room that every letter has to look for it */
    }
    const char *from = a->text + at;
    const char *end = a->text + a->text_n; /* a NUL stands there, which is no letter */
    const char *p = from;
    char *first = a->key + a->key_n + (s->open == NULL && a->token_count > 0 ? 1 : 0);
    char *key = first;
    uint16_t marks = 0;
    for (size_t used = 1;; p += used) {
        char base = s->letters->one[(unsigned char)*p];
        used = 1;
        if (base == '\0') {
            const struct geo_text_letter *letter =
                (unsigned char)*p < 0xC3 ? NULL
                                         : geo_text_letter(s->letters, p, (size_t)(end - p), &used);
            if (letter == NULL) {
                break;
            }
            base = letter->base;
            marks |= letter->marks;
        }
        *key++ = base;
    }
    if (key == first || (s->open == NULL && !open_token(s, at))) {
        return 0;
    }
    struct geo_address_token *open = s->open;
    size_t n = (size_t)(key - first);
    a->key_n += n;
    open->key_n = (uint16_t)(open->key_n + n);
    open->text_n = (uint16_t)((size_t)(p - a->text) - open->text_at);
    open->marks |= marks;
    open->signs |= GEO_SIGN_LETTER;
    return (size_t)(p - from);
}

void geo_address_scan(struct str text, struct geo_address *out)
{
    size_t n = text.n;
    out->cut = n > GEO_ADDRESS_TEXT_MAX;
    if (out->cut) {
        n = GEO_ADDRESS_TEXT_MAX;
        while (n > 0 && ((unsigned char)text.p[n] & 0xC0U) == 0x80U) {
            n--; /* not through a character */
        }
    }
    if (n > 0) {
        memcpy(out->text, text.p, n);
    }
    out->text[n] = '\0';
    out->text_n = n;
    out->key_n = 0;
    out->token_count = 0;
    struct scanner s = {.a = out, .letters = geo_text_letters()};
    size_t at = 0;
    while (at < n) {
        char c = out->text[at];
        if (s.letters->one[(unsigned char)c] != '\0' || (unsigned char)c >= 0xC3) {
            at += scan_letters(&s, at);
            if (at == n) {
                break;
            }
            c = out->text[at];
        }
        if (c == ' ') {
            close_token(&s);
            at++;
        } else if (ascii_digit(c) ? !scan_digit(&s, at++) : !scan_char(&s, &at)) {
            out->cut = true;
            break;
        }
    }
    close_token(&s);
    while (out->token_count > 0 && out->tokens[out->token_count - 1].key_n == 0) {
        out->token_count--; /* opened, but nothing of it fitted */
    }
    for (size_t t = 0; t < out->token_count; t++) {
        struct geo_address_token *token = &out->tokens[t];
        token->head = geo_text_head_padded(out->key + token->key_at, token->key_n);
    }
    out->key[out->key_n] = '\0';
}
