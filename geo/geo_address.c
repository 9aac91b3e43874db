#include "geo/geo_address.h"

#include <string.h>

#include "geo/geo_address_marks.h"
#include "geo/geo_address_scan.h"
#include "geo/geo_text.h"

enum { UNIT_WORDS_MAX = 4 };

struct parser {
    struct geo_address *a;
    size_t t;         /* the next token */
    bool number_seen; /* a house number was found */
    bool split;       /* the next free word begins a new part */
};

struct str geo_address_key(const struct geo_address *a, const struct geo_address_part *part)
{
    if (part->from >= part->to) {
        return (struct str){"", 0};
    }
    const struct geo_address_token *first = &a->tokens[part->from];
    const struct geo_address_token *last = &a->tokens[part->to - 1];
    return (struct str){a->key + first->key_at,
                        (size_t)(last->key_at + last->key_n - first->key_at)};
}

struct str geo_address_source(const struct geo_address *a, const struct geo_address_part *part)
{
    if (part->from >= part->to) {
        return (struct str){"", 0};
    }
    const struct geo_address_token *first = &a->tokens[part->from];
    const struct geo_address_token *last = &a->tokens[part->to - 1];
    return (struct str){a->text + first->text_at,
                        (size_t)(last->text_at + last->text_n - first->text_at)};
}

const struct geo_address_part *geo_address_find(const struct geo_address *a,
                                                enum geo_address_kind kind)
{
    for (size_t i = 0; i < a->part_count; i++) {
        if (a->parts[i].kind == kind) {
            return &a->parts[i];
        }
    }
    return NULL;
}

static bool token_has(const struct parser *p, size_t t, unsigned sign)
{
    return t < p->a->token_count && (p->a->tokens[t].signs & sign) != 0;
}

/* True where words stop belonging together: the end, a comma, a spaced dash. */
static bool stops(const struct parser *p, size_t t)
{
    return t >= p->a->token_count || token_has(p, t, GEO_SIGN_BREAK | GEO_SIGN_DASH);
}

static bool word_equals(const struct parser *p, size_t t, const char *word, size_t n)
{
    return t < p->a->token_count && p->a->tokens[t].key_n == n &&
           memcmp(p->a->key + p->a->tokens[t].key_at, word, n) == 0;
}

/* Is token t that literal? */
#define WORD_IS(p, t, literal) word_equals((p), (t), (literal), sizeof(literal) - 1)

/* Digits, and nothing else, at most `max` of them. */
static bool bare_number(const struct parser *p, size_t t, size_t max)
{
    return token_has(p, t, GEO_SIGN_DIGIT) && !token_has(p, t, GEO_SIGN_LETTER | GEO_SIGN_SLASH) &&
           p->a->tokens[t].key_n <= max &&
           memchr(geo_address_token_key(p->a, t).p, '-', p->a->tokens[t].key_n) == NULL;
}

/* Day and month, as streets are named after dates: "3/2", "30/4". */
static bool date_like(const struct parser *p, size_t t)
{
    if (!token_has(p, t, GEO_SIGN_SLASH) || token_has(p, t, GEO_SIGN_LETTER)) {
        return false;
    }
    struct str day = geo_address_token_key(p->a, t);
    struct str left = day;
    struct str first = str_cut(&left, '/');
    if (first.n > 2 || left.n > 2 || left.n == 0 || memchr(left.p, '/', left.n) != NULL) {
        return false;
    }
    int d = 0;
    int m = 0;
    for (size_t i = 0; i < first.n; i++) {
        d = d * 10 + (first.p[i] - '0');
    }
    for (size_t i = 0; i < left.n; i++) {
        m = m * 10 + (left.p[i] - '0');
    }
    return d >= 1 && d <= 31 && m >= 1 && m <= 12;
}

static void add(struct parser *p, enum geo_address_kind kind, size_t from, size_t to)
{
    if (to > from) {
        p->a->parts[p->a->part_count++] =
            (struct geo_address_part){kind, (uint8_t)from, (uint8_t)to};
    }
    p->t = to;
    p->split = false;
}

static const struct geo_address_part *last_part(const struct parser *p)
{
    return p->a->part_count > 0 ? &p->a->parts[p->a->part_count - 1] : NULL;
}

static bool last_is(const struct parser *p, enum geo_address_kind kind)
{
    const struct geo_address_part *last = last_part(p);
    return last != NULL && last->kind == kind;
}

/* Does a mark of an administrative unit at t really stand before a unit's name? "Nguyen Tri Phuong
 * P.4" has two words that could be the mark; only the one with a name behind it is. */
static bool unit_follows(const struct parser *p, size_t t, const struct geo_mark *m)
{
    size_t next = t + m->words;
    if (stops(p, next)) {
        return false;
    }
    if (token_has(p, next, GEO_SIGN_DIGIT)) {
        return bare_number(p, next, 2) || m->kind == MARK_TOWN;
    }
    if (m->words == 1 && p->a->tokens[t].key_n == 1 && p->a->tokens[next].key_n == 1) {
        return false; /* initials: "H.M. Đạt" */
    }
    const struct geo_mark *after = geo_address_mark(p->a, next);
    return after == NULL || after->kind == MARK_CITY ||
           !(after->kind == MARK_WARD || after->kind == MARK_DISTRICT ||
             after->kind == MARK_TOWN) ||
           stops(p, next + after->words);
}

/* "HCM" ends an address; "vn" within one is a slip of "văn". */
static bool city_ends(const struct parser *p, size_t t)
{
    const struct geo_mark *next = t + 1 < p->a->token_count ? geo_address_mark(p->a, t + 1) : NULL;
    return stops(p, t + 1) || (next != NULL && next->kind == MARK_CITY);
}

/* A city's name counts only behind other parts: there are streets and wards of the same names. */
static bool city_here(const struct parser *p, size_t t, const struct geo_mark *m)
{
    if (t == 0 && t + m->words < p->a->token_count) {
        return false;
    }
    if (m->words == 1 && city_ends(p, t)) {
        return true;
    }
    const struct geo_address_part *last = last_part(p);
    return token_has(p, t, GEO_SIGN_BREAK | GEO_SIGN_DASH) ||
           (last != NULL && (last->kind == GEO_ADDRESS_WARD || last->kind == GEO_ADDRESS_DISTRICT ||
                             last->kind == GEO_ADDRESS_CITY));
}

/* A mark that ends the name standing before it. */
static bool boundary(const struct parser *p, size_t t)
{
    if (p->a->relation == GEO_RELATION_CROSSING && WORD_IS(p, t, "va")) {
        return !stops(p, t + 1);
    }
    const struct geo_mark *m = t < p->a->token_count ? geo_address_mark(p->a, t) : NULL;
    if (m == NULL) {
        return false;
    }
    switch ((enum geo_mark_kind)m->kind) {
    case MARK_WARD:
    case MARK_DISTRICT:
    case MARK_TOWN:
        return unit_follows(p, t, m);
    case MARK_CITY:
        return m->words != 2 && t + m->words <= p->a->token_count &&
               ((m->words == 1 && city_ends(p, t)) || stops(p, t + 3) || WORD_IS(p, t + 3, "city"));
    case MARK_ALLEY:
    case MARK_BLOCK:
        return token_has(p, t + m->words, GEO_SIGN_DIGIT);
    case MARK_MEETS:
        return !stops(p, t + m->words) && !WORD_IS(p, t + 1, "thong");
    case MARK_OPPOSITE:
    case MARK_ROAD:
        return !stops(p, t + m->words);
    case MARK_STREET:
        return p->a->tokens[t].key_n == 5 && !stops(p, t + 1) && p->a->tokens[t].marks != 0;
    case MARK_HOUSE:
    case MARK_SO:
    case MARK_LOT:
    case MARK_NEAR:
    case MARK_JUNCTION:
    case MARK_CORNER:
    case MARK_KILOMETRE:
    case MARK_NOISE:
        break;
    }
    return m->kind == MARK_NOISE && (stops(p, t + 1) || m->word[0][2] != '\0');
}

static size_t phrase_end(const struct parser *p, size_t from, size_t max)
{
    size_t t = from + 1;
    while (t < from + max && !stops(p, t) && !boundary(p, t)) {
        t++;
    }
    return t < p->a->token_count ? t : p->a->token_count;
}

static bool take_unit(struct parser *p, const struct geo_mark *m)
{
    if (!unit_follows(p, p->t, m)) {
        return false;
    }
    size_t from = p->t + m->words;
    bool ward = m->kind == MARK_WARD;
    size_t to = bare_number(p, from, 2) ? from + 1 : phrase_end(p, from, ward ? UNIT_WORDS_MAX : 3);
    add(p, ward ? GEO_ADDRESS_WARD : GEO_ADDRESS_DISTRICT, from, to);
    return true;
}

static bool take_city(struct parser *p, const struct geo_mark *m)
{
    if (!city_here(p, p->t, m)) {
        return false;
    }
    size_t to = p->t + m->words;
    if (WORD_IS(p, to, "city")) {
        to++;
    }
    add(p, GEO_ADDRESS_CITY, p->t, to);
    return true;
}

static bool take_town(struct parser *p, const struct geo_mark *m)
{
    size_t next = p->t + m->words;
    if (next < p->a->token_count) {
        const struct geo_mark *city = geo_address_mark(p->a, next);
        if (city != NULL && city->kind == MARK_CITY) {
            add(p, GEO_ADDRESS_CITY, p->t, next + city->words);
            return true;
        }
    }
    return take_unit(p, m);
}

/* "bis", "ter", or a letter standing apart, which belong to the number before them. */
static size_t number_end(const struct parser *p, size_t t)
{
    if (stops(p, t)) {
        return t;
    }
    if (WORD_IS(p, t, "bis") || WORD_IS(p, t, "ter")) {
        return t + 1;
    }
    char c = geo_address_token_key(p->a, t).p[0];
    bool letter = p->a->tokens[t].key_n == 1 && c >= 'a' && c <= 'h';
    if (letter && !token_has(p, t, GEO_SIGN_DOT) && !stops(p, t + 1) &&
        p->a->tokens[t + 1].key_n > 1 && p->a->tokens[t].marks == 0) {
        return t + 1;
    }
    return t;
}

static void take_number(struct parser *p, size_t from, size_t number)
{
    p->number_seen = true;
    add(p, GEO_ADDRESS_NUMBER, from, number_end(p, number + 1));
}

static bool take_house(struct parser *p, const struct geo_mark *m)
{
    size_t number = p->t + m->words;
    if (number >= p->a->token_count || !token_has(p, number, GEO_SIGN_NUMERAL)) {
        return false;
    }
    take_number(p, number, number);
    return true;
}

/* Words that may be a street's name stand right before: "Bùi Viện số 22". */
static bool name_before(const struct parser *p)
{
    const struct geo_address_part *last = last_part(p);
    if (last == NULL || last->to != p->t || WORD_IS(p, last->from, "so")) {
        return false;
    }
    int words = last->to - last->from;
    if (last->kind == GEO_ADDRESS_WARD) {
        return words == UNIT_WORDS_MAX; /* of a ward's name and a street's */
    }
    bool behind_unit = p->a->part_count > 1 &&
                       (last[-1].kind == GEO_ADDRESS_WARD || last[-1].kind == GEO_ADDRESS_DISTRICT);
    return (last->kind == GEO_ADDRESS_FREE || last->kind == GEO_ADDRESS_STREET) &&
           (words >= 2 || behind_unit);
}

/* "số 10": a house where a street follows or stands before, a street where neither does. */
static bool take_so(struct parser *p)
{
    size_t number = p->t + 1;
    if (number >= p->a->token_count || !token_has(p, number, GEO_SIGN_NUMERAL)) {
        return false;
    }
    bool street_follows = number + 1 < p->a->token_count;
    if (street_follows) {
        const struct geo_mark *m = geo_address_mark(p->a, number + 1);
        street_follows =
            m == NULL || !(m->kind == MARK_WARD || m->kind == MARK_DISTRICT ||
                           m->kind == MARK_TOWN || m->kind == MARK_CITY || m->kind == MARK_BLOCK);
    }
    if (!p->number_seen && (street_follows || name_before(p))) {
        take_number(p, number, number);
    } else {
        add(p, GEO_ADDRESS_STREET, p->t, number + 1);
    }
    return true;
}

/* Typed without diacritics and right behind a single free word, what looks like a mark is part of
 * a name: "kinh duong vuong", "huong lo 2" with an error in it. */
static bool inside_name(const struct parser *p)
{
    const struct geo_address_part *last = last_part(p);
    return last != NULL && last->kind == GEO_ADDRESS_FREE && last->to == p->t &&
           last->to - last->from == 1 && p->a->tokens[p->t].marks == 0 &&
           !token_has(p, p->t, GEO_SIGN_BREAK | GEO_SIGN_DASH | GEO_SIGN_DOT) &&
           (p->a->part_count == 1 || last[-1].kind == GEO_ADDRESS_NUMBER);
}

static bool take_lot(struct parser *p)
{
    size_t name = p->t + 1;
    if (stops(p, name) || inside_name(p)) {
        return false;
    }
    struct str key = geo_address_token_key(p->a, name);
    if (!token_has(p, name, GEO_SIGN_NUMERAL) && key.n != 1) {
        return false;
    }
    if (p->number_seen) {
        add(p, GEO_ADDRESS_BLOCK, p->t, name + 1);
    } else {
        take_number(p, p->t, name);
    }
    return true;
}

static bool take_alley(struct parser *p, const struct geo_mark *m)
{
    size_t number = p->t + m->words;
    if (stops(p, number) || !token_has(p, number, GEO_SIGN_NUMERAL)) {
        return false;
    }
    add(p, GEO_ADDRESS_ALLEY, number, number_end(p, number + 1));
    return true;
}

/* The end of a street's name that begins with a number: "3/2", "3 tháng 2", "59". */
static size_t numbered_name_end(const struct parser *p, size_t from)
{
    if (WORD_IS(p, from + 1, "thang") && !stops(p, from + 2)) {
        return from + 3;
    }
    return from + 1;
}

/* "Đ.P. Phú" is no street mark before a name. */
static bool initials(const struct parser *p, size_t t)
{
    return p->a->tokens[t].key_n == 1 && p->a->tokens[t + 1].key_n == 1 &&
           !token_has(p, t + 1, GEO_SIGN_DIGIT);
}

static bool take_street(struct parser *p)
{
    size_t from = p->t + 1;
    if (stops(p, from) || initials(p, p->t) || inside_name(p)) {
        return false;
    }
    if (WORD_IS(p, from, "so") && from + 1 < p->a->token_count &&
        token_has(p, from + 1, GEO_SIGN_NUMERAL)) {
        add(p, GEO_ADDRESS_STREET, from, from + 2);
    } else if (token_has(p, from, GEO_SIGN_DIGIT)) {
        add(p, GEO_ADDRESS_STREET, from, numbered_name_end(p, from));
    } else {
        add(p, GEO_ADDRESS_STREET, from, phrase_end(p, from, 8));
    }
    return true;
}

static bool take_road(struct parser *p, const struct geo_mark *m)
{
    size_t name = p->t + m->words;
    if (stops(p, name)) {
        return false;
    }
    if (token_has(p, name, GEO_SIGN_NUMERAL)) {
        add(p, GEO_ADDRESS_STREET, p->t, number_end(p, name + 1));
    } else {
        add(p, GEO_ADDRESS_STREET, p->t, phrase_end(p, name, 6));
    }
    return true;
}

static bool take_block(struct parser *p, const struct geo_mark *m)
{
    size_t name = p->t + m->words;
    if (stops(p, name)) {
        return false;
    }
    if (token_has(p, name, GEO_SIGN_NUMERAL)) {
        add(p, GEO_ADDRESS_BLOCK, p->t, name + 1);
        return true;
    }
    if (m->word[0][0] != 'a' && m->words == 1) {
        return false; /* only hamlets have names of words */
    }
    add(p, GEO_ADDRESS_BLOCK, p->t, phrase_end(p, name, 3));
    return true;
}

static bool at_start(const struct parser *p)
{
    return p->t == 0 || token_has(p, p->t, GEO_SIGN_BREAK | GEO_SIGN_DASH);
}

/* "đối diện", "gần": what follows is a landmark, or an address of its own. */
static bool take_relation(struct parser *p, const struct geo_mark *m)
{
    size_t name = p->t + m->words;
    bool clear = m->words > 1 || at_start(p) || p->a->tokens[p->t].marks == m->marks;
    if (!clear || stops(p, name)) {
        return false;
    }
    p->a->relation = m->kind == MARK_OPPOSITE ? GEO_RELATION_OPPOSITE : GEO_RELATION_NEAR;
    const struct geo_mark *next = geo_address_mark(p->a, name);
    bool address = token_has(p, name, GEO_SIGN_DIGIT) ||
                   (next != NULL && next->kind != MARK_JUNCTION && next->kind != MARK_CITY);
    bool bridge = m->words == 2 && strcmp(m->word[1], "cau") == 0;
    if (address && !bridge) {
        p->t = name;
        p->split = true;
    } else {
        size_t from = bridge ? p->t + 1 : name; /* a bridge's name begins with "cầu" */
        add(p, GEO_ADDRESS_LANDMARK, from, phrase_end(p, from, 8));
    }
    return true;
}

static bool take_junction(struct parser *p, const struct geo_mark *m)
{
    if (stops(p, p->t + m->words)) {
        return false;
    }
    p->a->relation = GEO_RELATION_CROSSING;
    add(p, GEO_ADDRESS_FREE, p->t, phrase_end(p, p->t, 8));
    return true;
}

static bool take_corner(struct parser *p)
{
    bool clear = at_start(p) || p->a->tokens[p->t].marks == GEO_TEXT_ACUTE;
    if (!clear || stops(p, p->t + 1)) {
        return false;
    }
    p->a->relation = GEO_RELATION_CROSSING;
    p->t++;
    p->split = true;
    return true;
}

static bool take_meets(struct parser *p, const struct geo_mark *m)
{
    const struct geo_address_part *last = last_part(p);
    if (last == NULL || (last->kind != GEO_ADDRESS_FREE && last->kind != GEO_ADDRESS_STREET) ||
        last->to != p->t || !boundary(p, p->t)) {
        return false;
    }
    p->a->relation = GEO_RELATION_CROSSING;
    p->t += m->words;
    p->split = true;
    return true;
}

static bool take_kilometre(struct parser *p)
{
    if (!token_has(p, p->t + 1, GEO_SIGN_DIGIT)) {
        return false;
    }
    size_t to = p->t + 2; /* "12+300", "12.3" */
    bool more = token_has(p, to, GEO_SIGN_DASH) || token_has(p, p->t + 1, GEO_SIGN_DOT);
    to += more && bare_number(p, to, 3) && bare_number(p, p->t + 1, 5) ? 1 : 0;
    add(p, GEO_ADDRESS_KILOMETRE, p->t + 1, to);
    return true;
}

static bool take_mark(struct parser *p)
{
    const struct geo_mark *m = geo_address_mark(p->a, p->t);
    if (m == NULL) {
        return false;
    }
    switch ((enum geo_mark_kind)m->kind) {
    case MARK_HOUSE:
        return take_house(p, m);
    case MARK_SO:
        return take_so(p);
    case MARK_LOT:
        return take_lot(p);
    case MARK_ALLEY:
        return take_alley(p, m);
    case MARK_STREET:
        return take_street(p);
    case MARK_ROAD:
        return take_road(p, m);
    case MARK_WARD:
    case MARK_DISTRICT:
        return take_unit(p, m);
    case MARK_TOWN:
        return take_town(p, m);
    case MARK_CITY:
        return take_city(p, m);
    case MARK_BLOCK:
        return take_block(p, m);
    case MARK_OPPOSITE:
    case MARK_NEAR:
        return take_relation(p, m);
    case MARK_JUNCTION:
        return take_junction(p, m);
    case MARK_CORNER:
        return take_corner(p);
    case MARK_MEETS:
        return take_meets(p, m);
    case MARK_KILOMETRE:
        return take_kilometre(p);
    case MARK_NOISE:
        break;
    }
    if (m->kind == MARK_NOISE && boundary(p, p->t) && p->t > 0) {
        p->t += 1;
        p->split = true;
        return true;
    }
    return false;
}

/* An alley or a marked street right behind a number shows that it is a house. */
static bool road_follows(const struct parser *p, size_t t)
{
    const struct geo_mark *m = t < p->a->token_count ? geo_address_mark(p->a, t) : NULL;
    return m != NULL && (m->kind == MARK_ALLEY || m->kind == MARK_STREET || m->kind == MARK_ROAD);
}

/* A word such as "819/13", "d17/39" or "a15" that stands where a house number stands. */
static bool take_unmarked_number(struct parser *p)
{
    const struct geo_address *a = p->a;
    struct str key = geo_address_token_key(a, p->t);
    bool digit = token_has(p, p->t, GEO_SIGN_DIGIT);
    if (!token_has(p, p->t, GEO_SIGN_NUMERAL)) {
        return false;
    }
    if (digit && WORD_IS(p, p->t + 1, "thang") && !stops(p, p->t + 1) && !stops(p, p->t + 2)) {
        add(p, GEO_ADDRESS_STREET, p->t, p->t + 3);
        return true;
    }
    bool ends = stops(p, p->t + 1) || boundary(p, p->t + 1);
    if (date_like(p, p->t) && (p->number_seen || (ends && !road_follows(p, p->t + 1)))) {
        add(p, GEO_ADDRESS_STREET, p->t, p->t + 1);
        return true;
    }
    if (bare_number(p, p->t, 6) && key.n >= 5) {
        add(p, GEO_ADDRESS_CITY, p->t, p->t + 1); /* a post code */
        return true;
    }
    bool slashed = token_has(p, p->t, GEO_SIGN_SLASH);
    bool again = last_is(p, GEO_ADDRESS_NUMBER) && at_start(p) && digit;
    bool fresh = !p->number_seen && (at_start(p) || !last_is(p, GEO_ADDRESS_FREE) || slashed);
    if (!again && !(fresh && (digit || slashed || (!ends && key.n <= 5)))) {
        return false;
    }
    take_number(p, p->t, p->t);
    return true;
}

static void take_free(struct parser *p)
{
    struct geo_address *a = p->a;
    if (a->relation == GEO_RELATION_CROSSING && a->part_count > 0 && boundary(p, p->t) &&
        WORD_IS(p, p->t, "va")) {
        p->t++; /* "góc A và B" */
        p->split = true;
        return;
    }
    bool joined = a->part_count > 0 && !p->split && !stops(p, p->t) &&
                  a->parts[a->part_count - 1].kind == GEO_ADDRESS_FREE &&
                  a->parts[a->part_count - 1].to == p->t;
    if (joined) {
        a->parts[a->part_count - 1].to++;
        p->t++;
    } else {
        add(p, GEO_ADDRESS_FREE, p->t, p->t + 1);
    }
}

/* Names not marked as streets are streets right behind a house number or an alley. */
static void name_streets(struct geo_address *a)
{
    bool dash = false;
    size_t names = 0;
    for (size_t i = 0; i < a->part_count; i++) {
        struct geo_address_part *part = &a->parts[i];
        if (part->kind != GEO_ADDRESS_FREE && part->kind != GEO_ADDRESS_STREET) {
            continue;
        }
        names++;
        dash = dash || (names == 2 && (a->tokens[part->from].signs & GEO_SIGN_DASH) != 0);
        enum geo_address_kind before = i > 0 ? a->parts[i - 1].kind : GEO_ADDRESS_FREE;
        if (part->kind == GEO_ADDRESS_FREE &&
            (before == GEO_ADDRESS_NUMBER || before == GEO_ADDRESS_ALLEY ||
             before == GEO_ADDRESS_KILOMETRE)) {
            part->kind = GEO_ADDRESS_STREET;
        }
    }
    if (dash && a->relation == GEO_RELATION_AT && geo_address_find(a, GEO_ADDRESS_NUMBER) == NULL) {
        a->relation = GEO_RELATION_CROSSING;
    }
}

/* A word that begins with two letters: no pair of coordinates has one. */
static bool has_word(const struct geo_address *a)
{
    for (size_t t = 0; t < a->token_count; t++) {
        struct str key = geo_address_token_key(a, t);
        bool letters = (a->tokens[t].signs & GEO_SIGN_DIGIT) == 0 && key.n > 1;
        if (letters && key.p[1] >= 'a' && key.p[1] <= 'z') {
            return true;
        }
    }
    return false;
}

void geo_address_parse(struct str text, struct geo_address *out)
{
    out->part_count = 0;
    out->relation = GEO_RELATION_AT;
    out->point = (struct geo_point){0, 0};
    out->east = 0;
    out->north = 0;
    geo_address_scan(text, out);
    bool plus = memchr(out->text, '+', out->text_n) != NULL;
    out->code = plus ? geo_address_find_code((struct str){out->text, out->text_n}) : STR("");
    if (has_word(out)) {
        out->has_point = false;
        out->has_metric = false;
    } else {
        out->has_point = geo_address_read_point(str_trim(text), &out->point);
        out->has_metric =
            !out->has_point && geo_address_read_metric(str_trim(text), &out->east, &out->north);
    }
    if (out->has_point || out->has_metric) {
        return;
    }
    geo_address_find_marks(out);
    struct parser p = {.a = out};
    while (p.t < out->token_count) {
        if (!take_mark(&p) && !take_unmarked_number(&p)) {
            take_free(&p);
        }
    }
    name_streets(out);
}
