/* Coordinates typed as text. */
#include <math.h>
#include <string.h>

#include "geo/geo_address.h"

enum { NUMBERS_MAX = 6 };

struct reader {
    struct str s;
    size_t at;
    double numbers[NUMBERS_MAX]; /* in the order of the text */
    bool fraction[NUMBERS_MAX];  /* written with a decimal point */
    bool degree;                 /* a degree sign was seen */
    size_t count;
    char hemisphere[2]; /* N, S, E, W after (or before) each value; '\0' none */
    size_t hemispheres;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One plain decimal number, no exponent: at most 3 digits before the point and 15 after. */
static bool read_number(struct reader *r)
{
    bool negative = false;
    if (r->s.p[r->at] == '-' || r->s.p[r->at] == '+') {
        negative = r->s.p[r->at] == '-';
        r->at++;
    }
    double value = 0;
    double scale = 1;
    size_t whole = 0;
    size_t after = 0;
    for (; r->at < r->s.n && is_digit(r->s.p[r->at]); r->at++, whole++) {
        value = value * 10 + (r->s.p[r->at] - '0');
    }
    if (r->at + 1 < r->s.n && r->s.p[r->at] == '.' && is_digit(r->s.p[r->at + 1])) {
        for (r->at++; r->at < r->s.n && is_digit(r->s.p[r->at]); r->at++, after++) {
            scale /= 10;
            value += (r->s.p[r->at] - '0') * scale;
        }
    }
    if (whole == 0 || whole > 3 || after > 15 || r->count == NUMBERS_MAX) {
        return false;
    }
    r->fraction[r->count] = after > 0;
    r->numbers[r->count++] = negative ? -value : value;
    return true;
}

/* Degree, minute and second signs, spaces, commas and semicolons stand between numbers. */
static size_t separator_length(const struct reader *r)
{
    static const char *const signs[] = {"°",  "º", "′", "″", "’",  "”", "'",
                                        "\"", ",", ";", " ", "\t", "(", ")"};
    struct str left = {r->s.p + r->at, r->s.n - r->at};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t k = 0;
        while (signs[i][k] != '\0' && k < left.n && left.p[k] == signs[i][k]) {
            k++;
        }
        if (signs[i][k] == '\0') {
            return k;
        }
    }
    return 0;
}

static bool read_hemisphere(struct reader *r)
{
    char c = (char)(r->s.p[r->at] & ~0x20);
    if ((c != 'N' && c != 'S' && c != 'E' && c != 'W') || r->hemispheres == 2) {
        return false;
    }
    r->hemisphere[r->hemispheres++] = c;
    r->at++;
    return true;
}

static bool read_all(struct reader *r)
{
    while (r->at < r->s.n) {
        char c = r->s.p[r->at];
        size_t skip = separator_length(r);
        if (skip > 0) {
            r->degree = r->degree || skip > 1;
            r->at += skip;
        } else if (is_digit(c) || ((c == '-' || c == '+') && r->at + 1 < r->s.n)) {
            if (!read_number(r)) {
                return false;
            }
        } else if (!read_hemisphere(r)) {
            return false;
        }
    }
    return true;
}

/* Degrees, minutes, seconds into degrees; false when minutes or seconds are out of range. */
static bool join(const double *part, size_t n, double *out)
{
    double sign = part[0] < 0 ? -1 : 1;
    double value = fabs(part[0]);
    double scale = 60;
    for (size_t i = 1; i < n; i++, scale *= 60) {
        if (part[i] < 0 || part[i] >= 60) {
            return false;
        }
        value += part[i] / scale;
    }
    *out = sign * value;
    return true;
}

static void apply_hemisphere(char h, double *value, bool *is_lon)
{
    *is_lon = h == 'E' || h == 'W';
    if (h == 'S' || h == 'W') {
        *value = -*value;
    }
}

static bool place(double first, double second, bool first_is_lon, struct geo_point *out)
{
    struct geo_point p =
        first_is_lon ? (struct geo_point){first, second} : (struct geo_point){second, first};
    if (fabs(p.lon) > 180 || fabs(p.lat) > 90) {
        return false;
    }
    *out = p;
    return true;
}

bool geo_address_read_point(struct str text, struct geo_point *out)
{
    struct reader r = {.s = text};
    if (text.n == 0 || text.n > 80 || !read_all(&r)) {
        return false;
    }
    if (r.count != 2 && r.count != 4 && r.count != 6) {
        return false;
    }
    /* Two bare integers are "12 3", not a place. */
    if (r.count == 2 && r.hemispheres != 2 && !r.degree && !(r.fraction[0] && r.fraction[1])) {
        return false;
    }
    if (r.count > 2 && r.hemispheres != 2 && !r.degree) {
        return false;
    }
    double first = 0;
    double second = 0;
    size_t half = r.count / 2;
    if (!join(r.numbers, half, &first) || !join(r.numbers + half, half, &second)) {
        return false;
    }
    bool first_is_lon = fabs(first) > 90;
    if (r.hemispheres == 2) {
        bool second_is_lon = false;
        apply_hemisphere(r.hemisphere[0], &first, &first_is_lon);
        apply_hemisphere(r.hemisphere[1], &second, &second_is_lon);
        if (first_is_lon == second_is_lon) {
            return false;
        }
    }
    return place(first, second, first_is_lon, out);
}

/* Six or seven digits, perhaps a fraction behind a point or a comma. */
static bool read_metres(struct str *left, double *out)
{
    size_t at = 0;
    double value = 0;
    double scale = 1;
    while (at < left->n && is_digit(left->p[at])) {
        value = value * 10 + (left->p[at++] - '0');
    }
    bool whole = at == 6 || at == 7;
    if (whole && at + 1 < left->n && (left->p[at] == '.' || left->p[at] == ',') &&
        is_digit(left->p[at + 1])) {
        for (at++; at < left->n && is_digit(left->p[at]); at++) {
            scale /= 10;
            value += (left->p[at] - '0') * scale;
        }
    }
    *out = value;
    *left = (struct str){left->p + at, left->n - at};
    return whole;
}

bool geo_address_read_metric(struct str text, double *east, double *north)
{
    double value[2] = {0, 0};
    if (text.n > 60) {
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        size_t skip = 0;
        while (skip < text.n && text.p[skip] != '\0' &&
               strchr(" \t,;:=XYxyENen", text.p[skip]) != NULL) {
            skip++;
        }
        text = (struct str){text.p + skip, text.n - skip};
        if ((i == 1 && skip == 0) || !read_metres(&text, &value[i])) {
            return false;
        }
    }
    double low = fmin(value[0], value[1]);
    double high = fmax(value[0], value[1]);
    text = str_trim(text);
    if (!(text.n == 0 || str_equal_z(text, "m")) || low < 200000 || low > 850000 || high < 850000 ||
        high > 2700000) {
        return false;
    }
    *east = low;
    *north = high;
    return true;
}

enum {
    CODE_WHOLE = 8, /* signs before the plus */
    CODE_SHORT = 4, /* the same without the square of a degree */
    CODE_BEHIND_MAX = 3,
    CODE_BASE = 20,
};

/* What a sign of a code is worth, -1: none. */
static int code_value(char c)
{
    static const char signs[] = "23456789CFGHJMPQRVWX";
    char upper = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    const char *found = upper == '\0' ? NULL : strchr(signs, upper);
    return found == NULL ? -1 : (int)(found - signs);
}

/* "QPG2+Q9": only signs of the alphabet, of which one at least is a letter. */
static bool is_code(struct str word)
{
    const char *plus = word.n == 0 ? NULL : memchr(word.p, '+', word.n);
    size_t before = plus == NULL ? 0 : (size_t)(plus - word.p);
    size_t behind = plus == NULL ? 0 : word.n - before - 1;
    bool letter = false;
    if ((before != CODE_WHOLE && before != CODE_SHORT) || behind == 1 || behind > CODE_BEHIND_MAX) {
        return false;
    }
    for (size_t i = 0; i < word.n; i++) {
        if (i != before && code_value(word.p[i]) < 0) {
            return false;
        }
        letter = letter || (i != before && !is_digit(word.p[i]));
    }
    return letter;
}

struct str geo_address_find_code(struct str text)
{
    while (text.n > 0) {
        struct str word = str_trim(str_cut(&text, ' '));
        if (word.n > 0 && word.p[word.n - 1] == ',') {
            word.n--;
        }
        if (is_code(word)) {
            return word;
        }
    }
    return (struct str){"", 0};
}

/* Of the values that lie whole degrees apart the one nearest to the other. */
static double nearest_degree(double value, double near)
{
    return value + round(near - value);
}

bool geo_address_read_code(struct str code, struct geo_point near, struct geo_point *out)
{
    if (!is_code(code)) {
        return false;
    }
    bool whole = code.p[CODE_SHORT] != '+';
    double size = whole ? CODE_BASE : 1.0 / CODE_BASE; /* of a square, in degrees */
    double lat = whole ? -90 : 0;
    double lon = whole ? -180 : 0;
    size_t pairs = 0;
    for (size_t i = 0; i < code.n && (code.p[i] != '+' || ++i < code.n); pairs++) {
        if (pairs == (whole ? 5U : 3U)) { /* a last sign divides by five and four */
            int sign = code_value(code.p[i]);
            int row = sign / 4;
            int column = sign % 4;
            lat += row * (size * CODE_BASE / 5);
            lon += column * (size * CODE_BASE / 4);
            *out = (struct geo_point){lon + size * CODE_BASE / 8, lat + size * CODE_BASE / 10};
            break;
        }
        lat += code_value(code.p[i]) * size;
        lon += code_value(code.p[i + 1]) * size;
        *out = (struct geo_point){lon + size / 2, lat + size / 2};
        size /= CODE_BASE;
        i += 2;
    }
    if (!whole) {
        out->lon = nearest_degree(out->lon, near.lon);
        out->lat = nearest_degree(out->lat, near.lat);
    }
    return fabs(out->lat) <= 90 && fabs(out->lon) <= 180;
}
