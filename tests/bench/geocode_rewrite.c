#include "tests/bench/geocode_rewrite.h"

#include <stdio.h>
#include <string.h>

#include "geo/geo_text.h"

const char *geocode_rewriting_name(enum geocode_rewriting how)
{
    static const char *const names[] = {"clean",      "no diacritics", "abbreviated", "one error",
                                        "Telex keys", "reordered",     "new wards"};
    return names[how];
}

/* Letters without their marks, everything else as it was. */
static void strip(const char *in, char out[GEOCODE_TEXT_MAX])
{
    struct str s = str_of(in);
    size_t n = 0;
    size_t used = 0;
    for (size_t i = 0; i < s.n && n + GEO_TEXT_CHAR_MAX < GEOCODE_TEXT_MAX; i += used) {
        struct geo_text_char c;
        geo_text_fold_char(geo_text_decode(s.p + i, s.n - i, &used), &c);
        if (c.n > 0) {
            memcpy(out + n, c.bytes, c.n);
            n += c.n;
        } else if (c.separator != 0) {
            out[n++] = s.p[i];
        }
    }
    out[n] = '\0';
}

static char tone_key(unsigned marks)
{
    static const struct {
        unsigned mark;
        char key;
    } tones[] = {{GEO_TEXT_ACUTE, 's'},
                 {GEO_TEXT_GRAVE, 'f'},
                 {GEO_TEXT_HOOK, 'r'},
                 {GEO_TEXT_TILDE, 'x'},
                 {GEO_TEXT_DOT, 'j'}};
    for (size_t i = 0; i < sizeof tones / sizeof tones[0]; i++) {
        if ((marks & tones[i].mark) != 0) {
            return tones[i].key;
        }
    }
    return '\0';
}

static size_t telex_letter(const struct geo_text_char *c, char *out)
{
    size_t n = 0;
    out[n++] = c->bytes[0];
    if ((c->marks & (GEO_TEXT_CIRCUMFLEX | GEO_TEXT_STROKE)) != 0) {
        out[n++] = c->bytes[0];
    } else if ((c->marks & (GEO_TEXT_HORN | GEO_TEXT_BREVE)) != 0) {
        out[n++] = 'w';
    }
    return n;
}

/* "Nguyễn" as the keys that type it: nguyeenx. The tone comes last, as taught. */
static void telex(const char *in, char out[GEOCODE_TEXT_MAX])
{
    struct str s = str_of(in);
    size_t n = 0;
    size_t used = 0;
    char tone = '\0';
    for (size_t i = 0; i < s.n && n + GEO_TEXT_CHAR_MAX + 2 < GEOCODE_TEXT_MAX; i += used) {
        struct geo_text_char c;
        geo_text_fold_char(geo_text_decode(s.p + i, s.n - i, &used), &c);
        if (c.separator != 0) {
            if (tone != '\0') {
                out[n++] = tone;
            }
            tone = '\0';
            out[n++] = s.p[i];
            continue;
        }
        n += c.n > 0 ? telex_letter(&c, out + n) : 0;
        tone = tone_key(c.marks) != '\0' ? tone_key(c.marks) : tone;
    }
    if (tone != '\0') {
        out[n++] = tone;
    }
    out[n] = '\0';
}

/* One error in a letter of the street's name. */
static void misspell(const struct geocode_address *a, char out[GEOCODE_TEXT_MAX])
{
    char plain[GEOCODE_TEXT_MAX];
    size_t letters[GEOCODE_TEXT_MAX];
    size_t n = 0;
    strip(a->street, plain);
    size_t length = strlen(plain);
    size_t skip = strncmp(plain, "duong ", 6) == 0 ? 6 : 0;
    for (size_t i = skip; i < length; i++) {
        if (plain[i] >= 'a' && plain[i] <= 'z') {
            letters[n++] = i;
        }
    }
    memcpy(out, plain, length + 1);
    if (n < 4) {
        return; /* nothing that could be told from another name */
    }
    uint64_t h = geocode_hash(a->number, a->street);
    size_t at = letters[1 + (h >> 8) % (n - 2)];
    bool pair = plain[at + 1] >= 'a' && plain[at + 1] <= 'z' && plain[at + 1] != plain[at];
    switch (h >> 4 & 3U) {
    case 0:
        memmove(out + at, plain + at + 1, length - at);
        break;
    case 1:
        memmove(out + at + 1, plain + at, length - at + 1);
        break;
    case 2:
        if (pair) {
            out[at] = plain[at + 1];
            out[at + 1] = plain[at];
            break;
        }
        out[at] = plain[at] == 'e' ? 'r' : 'e';
        break;
    default:
        out[at] = plain[at] == 'o' ? 'p' : 'o';
        break;
    }
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void short_unit(const char *name, char *out, size_t cap)
{
    static const char *const forms[][2] = {{"Phường ", "P."},    {"Quận ", "Q."},
                                           {"Huyện ", "H."},     {"Thành phố ", "TP."},
                                           {"Thị trấn ", "TT."}, {"Xã ", "X."}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (begins(name, forms[i][0])) {
            (void)snprintf(out, cap, "%s%s", forms[i][1], name + strlen(forms[i][0]));
            return;
        }
    }
    (void)snprintf(out, cap, "%s", name);
}

/* "Nguyễn Thị Minh Khai" as "N.T.M. Khai" for a third of the names of three words and more. */
static void short_street(const struct geocode_address *a, char out[GEOCODE_TEXT_MAX])
{
    if (strcmp(a->key, "cach mang thang 8") == 0) {
        (void)snprintf(out, GEOCODE_TEXT_MAX, "CMT8");
        return;
    }
    size_t spaces = 0;
    bool digits = false;
    for (const char *p = a->street; *p != '\0'; p++) {
        spaces += *p == ' ';
        digits = digits || (*p >= '0' && *p <= '9');
    }
    const char *name = begins(a->street, "Đường ") ? a->street + strlen("Đường ") : a->street;
    if (spaces < 2 || digits || name != a->street || begins(a->street, "Hẻm") ||
        geocode_hash(a->number, a->street) / 16 % 3 != 0) {
        (void)snprintf(out, GEOCODE_TEXT_MAX, "%s%s", name != a->street ? "Đ." : "", name);
        return;
    }
    size_t n = 0;
    const char *word = name;
    for (const char *space = strchr(word, ' '); space != NULL; space = strchr(word, ' ')) {
        size_t used = 0;
        (void)geo_text_decode(word, strlen(word), &used);
        memcpy(out + n, word, used);
        n += used;
        out[n++] = '.';
        word = space + 1;
    }
    (void)snprintf(out + n, GEOCODE_TEXT_MAX - n, " %s", word);
}

void geocode_rewrite(const struct geocode_city *city, const struct geocode_address *a,
                     enum geocode_rewriting how, char out[GEOCODE_TEXT_MAX])
{
    const char *district = geocode_unit_name(city, a->district);
    const char *ward = geocode_unit_name(city, a->ward);
    uint64_t h = geocode_hash(a->number, a->key);
    char clean[GEOCODE_TEXT_MAX];
    char street[GEOCODE_TEXT_MAX];
    char small[2][128];
    if ((h >> 3 & 1U) != 0) {
        ward = "";
    }
    const char *comma = ward[0] != '\0' ? ", " : "";
    (void)snprintf(clean, sizeof clean, "%s %s%s%s, %s", a->number, a->street, comma, ward,
                   district);
    switch (how) {
    case GEOCODE_PLAIN:
        strip(clean, out);
        return;
    case GEOCODE_ABBREVIATED:
        short_street(a, street);
        short_unit(ward, small[0], sizeof small[0]);
        short_unit(district, small[1], sizeof small[1]);
        (void)snprintf(out, GEOCODE_TEXT_MAX, "%s %s%s%s, %s", a->number, street, comma, small[0],
                       small[1]);
        return;
    case GEOCODE_ERROR:
        misspell(a, street);
        (void)snprintf(out, GEOCODE_TEXT_MAX, "%s %s%s%s, %s", a->number, street, comma, ward,
                       district);
        return;
    case GEOCODE_TELEX:
        telex(clean, out);
        return;
    case GEOCODE_REORDERED:
        if ((h >> 5 & 1U) != 0) {
            (void)snprintf(out, GEOCODE_TEXT_MAX, "%s %s %s số %s", district, ward, a->street,
                           a->number);
        } else {
            (void)snprintf(out, GEOCODE_TEXT_MAX, "%s %s %s %s", a->street, a->number, district,
                           ward);
        }
        return;
    case GEOCODE_NEW_WARD:
        (void)snprintf(out, GEOCODE_TEXT_MAX, "%s %s, %s", a->number, a->street,
                       geocode_unit_name(city, a->new_ward));
        return;
    case GEOCODE_CLEAN:
    case GEOCODE_REWRITINGS:
        break;
    }
    (void)snprintf(out, GEOCODE_TEXT_MAX, "%s", clean);
}
