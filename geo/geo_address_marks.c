#include "geo/geo_address_marks.h"

#include <string.h>

#include "geo/geo_text.h"

#define G GEO_TEXT_GRAVE
#define A GEO_TEXT_ACUTE
#define H GEO_TEXT_HOOK
#define T GEO_TEXT_TILDE
#define D GEO_TEXT_DOT
#define C GEO_TEXT_CIRCUMFLEX
#define O GEO_TEXT_HORN
#define S GEO_TEXT_STROKE

/* In the order of the alphabet; of marks that begin alike the longer first. */
static const struct geo_mark marks[] = {
    {{"ap"}, A | C, MARK_BLOCK, 0, 1},
    {{"ben", "canh"}, C, MARK_NEAR, 0, 2},
    {{"block"}, 0, MARK_LOT, 0, 1},
    {{"can"}, C, MARK_LOT, 0, 1},
    {{"canh"}, D, MARK_NEAR, 0, 1},
    {{"cao", "toc"}, 0, MARK_ROAD, 0, 2},
    {{"cat"}, A, MARK_MEETS, 1, 1},
    {{"chan", "cau"}, C, MARK_NEAR, 0, 2},
    {{"d"}, S, MARK_STREET, 1, 1},
    {{"dai", "lo"}, D | S, MARK_ROAD, 0, 2},
    {{"dau", "cau"}, C | G | S, MARK_NEAR, 0, 2},
    {{"dist"}, 0, MARK_DISTRICT, 0, 1},
    {{"district"}, 0, MARK_DISTRICT, 0, 1},
    {{"doi", "dien"}, S | C | A, MARK_OPPOSITE, 0, 2},
    {{"dt"}, S, MARK_ROAD, 1, 1},
    {{"duong", "tinh"}, S | O | G, MARK_ROAD, 0, 2},
    {{"duong"}, S | O | G, MARK_STREET, 0, 1},
    {{"f"}, 0, MARK_WARD, 0, 1},
    {{"gan"}, C | G, MARK_NEAR, 0, 1},
    {{"giao", "cat"}, 0, MARK_MEETS, 0, 2},
    {{"giao", "lo"}, 0, MARK_MEETS, 0, 2},
    {{"giao", "voi"}, 0, MARK_MEETS, 0, 2},
    {{"giao"}, 0, MARK_MEETS, 0, 1},
    {{"goc"}, A, MARK_CORNER, 0, 1},
    {{"h"}, 0, MARK_DISTRICT, 1, 1},
    {{"hcm"}, 0, MARK_CITY, 0, 1},
    {{"hcmc"}, 0, MARK_CITY, 0, 1},
    {{"hem", "so"}, H, MARK_ALLEY, 0, 2},
    {{"hem"}, H, MARK_ALLEY, 0, 1},
    {{"hl"}, 0, MARK_ROAD, 0, 1},
    {{"ho", "chi", "minh"}, C | G, MARK_CITY, 0, 3},
    {{"huong", "lo"}, O, MARK_ROAD, 0, 2},
    {{"huyen"}, C | D, MARK_DISTRICT, 0, 1},
    {{"ke", "ben"}, C | A, MARK_NEAR, 0, 2},
    {{"ke"}, C | A, MARK_NEAR, 0, 1},
    {{"khom"}, A, MARK_BLOCK, 0, 1},
    {{"khu", "dan", "cu"}, 0, MARK_BLOCK, 1, 3},
    {{"khu", "pho"}, 0, MARK_BLOCK, 0, 2},
    {{"kiet"}, C | D, MARK_ALLEY, 0, 1},
    {{"km"}, 0, MARK_KILOMETRE, 0, 1},
    {{"kp"}, 0, MARK_BLOCK, 0, 1},
    {{"lau"}, C | G, MARK_BLOCK, 0, 1},
    {{"lien", "tinh", "lo"}, C, MARK_ROAD, 0, 3},
    {{"lo"}, C, MARK_LOT, 0, 1},
    {{"nen"}, C | G, MARK_LOT, 0, 1},
    {{"nga", "ba"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "bay"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "nam"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "sau"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "tu"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "3"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "4"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "5"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "6"}, T, MARK_JUNCTION, 0, 2},
    {{"nga", "7"}, T, MARK_JUNCTION, 0, 2},
    {{"ngach"}, A, MARK_ALLEY, 0, 1},
    {{"ngo"}, T, MARK_ALLEY, 0, 1},
    {{"nha", "so"}, G, MARK_HOUSE, 0, 2},
    {{"p"}, 0, MARK_WARD, 0, 1},
    {{"pho"}, C | A, MARK_STREET, 0, 1},
    {{"phuong"}, O | G, MARK_WARD, 0, 1},
    {{"q"}, 0, MARK_DISTRICT, 0, 1},
    {{"ql"}, 0, MARK_ROAD, 0, 1},
    {{"quan"}, C | D, MARK_DISTRICT, 0, 1},
    {{"quoc", "lo"}, C | A, MARK_ROAD, 0, 2},
    {{"road"}, 0, MARK_NOISE, 0, 1},
    {{"sai", "gon"}, G, MARK_CITY, 0, 2},
    {{"saigon"}, 0, MARK_CITY, 0, 1},
    {{"sau", "lung"}, 0, MARK_NEAR, 0, 2},
    {{"sn"}, 0, MARK_HOUSE, 0, 1},
    {{"so", "nha"}, C | A, MARK_HOUSE, 0, 2},
    {{"so"}, C | A, MARK_SO, 0, 1},
    {{"st"}, 0, MARK_NOISE, 0, 1},
    {{"str"}, 0, MARK_NOISE, 0, 1},
    {{"street"}, 0, MARK_NOISE, 0, 1},
    {{"tang"}, C | G, MARK_BLOCK, 0, 1},
    {{"thanh", "pho"}, G, MARK_TOWN, 0, 2},
    {{"thi", "tran"}, D, MARK_WARD, 0, 2},
    {{"thi", "xa"}, D, MARK_DISTRICT, 0, 2},
    {{"thon"}, C, MARK_BLOCK, 0, 1},
    {{"thua"}, H, MARK_LOT, 0, 1},
    {{"tinh", "lo"}, H, MARK_ROAD, 0, 2},
    {{"tl"}, 0, MARK_ROAD, 0, 1},
    {{"to", "dan", "pho"}, H | C, MARK_BLOCK, 0, 3},
    {{"to"}, H | C, MARK_BLOCK, 0, 1},
    {{"tp"}, 0, MARK_TOWN, 0, 1},
    {{"tphcm"}, 0, MARK_CITY, 0, 1},
    {{"truoc", "mat"}, O | A, MARK_NEAR, 0, 2},
    {{"tt"}, 0, MARK_WARD, 1, 1},
    {{"tx"}, 0, MARK_DISTRICT, 1, 1},
    {{"viet", "nam"}, C | D, MARK_CITY, 0, 2},
    {{"vietnam"}, 0, MARK_CITY, 0, 1},
    {{"vn"}, 0, MARK_CITY, 0, 1},
    {{"ward"}, 0, MARK_WARD, 0, 1},
    {{"x"}, 0, MARK_WARD, 1, 1},
    {{"xa", "lo"}, 0, MARK_ROAD, 0, 2},
    {{"xa"}, T, MARK_WARD, 0, 1},
};

enum { MARK_COUNT = sizeof(marks) / sizeof(marks[0]) };

_Static_assert(MARK_COUNT < UINT8_MAX, "a token keeps its mark in a byte");

static bool word_is(const struct geo_address *a, size_t token, const char *word)
{
    struct str key = geo_address_token_key(a, token);
    return strncmp(word, key.p, key.n) == 0 && word[key.n] == '\0';
}

static bool matches(const struct geo_address *a, size_t token, const struct geo_mark *m)
{
    const struct geo_address_token *first = &a->tokens[token];
    if (!word_is(a, token, m->word[0]) ||
        (first->marks != 0 && m->marks != 0 && first->marks != m->marks)) {
        return false;
    }
    for (size_t w = 1; w < m->words; w++) {
        if (token + w >= a->token_count || !word_is(a, token + w, m->word[w]) ||
            (a->tokens[token + w].signs & (GEO_SIGN_BREAK | GEO_SIGN_DASH)) != 0) {
            return false;
        }
    }
    const struct geo_address_token *last = &a->tokens[token + m->words - 1];
    return m->needs_dot == 0 || (last->signs & GEO_SIGN_DOT) != 0;
}

/* The first mark that begins with this letter or a later one. */
static size_t first_mark(char c)
{
    size_t low = 0;
    size_t high = MARK_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (marks[middle].word[0][0] < c) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t mark_at(const struct geo_address *a, size_t token)
{
    struct str key = geo_address_token_key(a, token);
    if (key.n == 0 || key.n > 8) {
        return MARK_COUNT;
    }
    char c = key.p[0];
    for (size_t i = first_mark(c); i < MARK_COUNT && marks[i].word[0][0] == c; i++) {
        if (matches(a, token, &marks[i])) {
            return i;
        }
    }
    return MARK_COUNT;
}

void geo_address_find_marks(struct geo_address *a)
{
    for (size_t t = 0; t < a->token_count; t++) {
        a->tokens[t].mark = (uint8_t)mark_at(a, t);
    }
}

const struct geo_mark *geo_address_mark(const struct geo_address *a, size_t token)
{
    return a->tokens[token].mark < MARK_COUNT ? &marks[a->tokens[token].mark] : NULL;
}
