#include "geo/geo_address_marks.h"

#include <pthread.h>
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
const struct geo_mark geo_address_marks[] = {
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

enum {
    MARK_COUNT = sizeof(geo_address_marks) / sizeof(geo_address_marks[0]),
    SLOTS = 256,
    KEYED_MAX = 12, /* bytes of a mark with an input method's keys: "dduwowngf" */
};

_Static_assert((int)MARK_COUNT < (int)GEO_MARK_NONE, "a token keeps its mark in a byte");

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

size_t geo_address_unkey(struct str in, char *out)
{
    size_t n = 0;
    bool had_vowel = false;
    bool letters = in.n > 0 && !is_digit(in.p[0]);
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        char before = i > 0 ? in.p[i - 1] : '\0';
        bool doubled = c == before && (c == 'a' || c == 'e' || c == 'o' || c == 'd');
        bool tone = had_vowel && strchr("sfrxjz", c) != NULL;
        if (c == 'w') {
            if (before != 'u' && before != 'o' && before != 'a' && !had_vowel) {
                out[n++] = 'u'; /* a lone w is typed for ư */
                had_vowel = true;
            }
        } else if (!doubled && !tone && !(letters && is_digit(c))) {
            out[n++] = c;
            had_vowel = had_vowel || vowel(c);
        }
    }
    /* The key for đ may come last ("dienejd"); no Vietnamese word ends in d. */
    if (had_vowel && n > 1 && out[n - 1] == 'd') {
        n--;
    }
    return n == in.n || !had_vowel ? 0 : n;
}

/* "duwowngf" is đường, "duwowng" is Dương: the tone's key (of Telex or VNI) tells. */
static bool tone_fits(struct str key, uint16_t wanted)
{
    static const struct {
        uint16_t mark;
        char keys[2];
    } tones[] = {
        {G, {'f', '2'}}, {A, {'s', '1'}}, {H, {'r', '3'}}, {T, {'x', '4'}}, {D, {'j', '5'}}};
    for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
        if ((wanted & tones[i].mark) != 0) {
            return memchr(key.p, tones[i].keys[0], key.n) != NULL ||
                   memchr(key.p, tones[i].keys[1], key.n) != NULL;
        }
    }
    return true;
}

/* The marks by their first word; made once. */
static struct {
    pthread_once_t once;
    uint64_t head[MARK_COUNT][3]; /* of the words of each */
    struct {
        uint64_t head; /* of a first word; 0: the slot is free */
        size_t first;  /* the first mark with it */
    } slot[SLOTS];
} index_of = {.once = PTHREAD_ONCE_INIT};

static size_t slot_of(uint64_t head)
{
    return (size_t)((head * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (SLOTS - 1);
}

static void index_marks(void)
{
    for (size_t i = 0; i < MARK_COUNT; i++) {
        for (size_t w = 0; w < 3; w++) {
            index_of.head[i][w] =
                geo_text_head(geo_address_marks[i].word[w], strlen(geo_address_marks[i].word[w]));
        }
        uint64_t head = index_of.head[i][0];
        if (i > 0 && head == index_of.head[i - 1][0]) {
            continue; /* reached from the one before */
        }
        size_t slot = slot_of(head);
        while (index_of.slot[slot].head != 0) {
            slot = (slot + 1) & (SLOTS - 1);
        }
        index_of.slot[slot].head = head;
        index_of.slot[slot].first = i;
    }
}

static bool same_word(const struct geo_address *a, size_t token, uint64_t head, bool unkeyed)
{
    char plain[KEYED_MAX];
    struct str key = geo_address_token_key(a, token);
    size_t n = unkeyed && key.n <= KEYED_MAX ? geo_address_unkey(key, plain) : 0;
    if (n > 0) {
        return n <= 8 && geo_text_head(plain, n) == head;
    }
    return key.n <= 8 && a->tokens[token].head == head;
}

/* The first word is that mark's; is the rest? */
static bool matches(const struct geo_address *a, size_t token, size_t mark, bool unkeyed)
{
    const struct geo_mark *m = &geo_address_marks[mark];
    uint16_t typed = a->tokens[token].marks;
    if ((unkeyed && !tone_fits(geo_address_token_key(a, token), m->marks)) ||
        (typed != 0 && m->marks != 0 && typed != m->marks)) {
        return false;
    }
    for (size_t w = 1; w < m->words; w++) {
        if (token + w >= a->token_count ||
            !same_word(a, token + w, index_of.head[mark][w], unkeyed) ||
            (a->tokens[token + w].signs & (GEO_SIGN_BREAK | GEO_SIGN_DASH)) != 0) {
            return false;
        }
    }
    const struct geo_address_token *last = &a->tokens[token + m->words - 1];
    return m->needs_dot == 0 || (last->signs & GEO_SIGN_DOT) != 0;
}

/* The mark that begins at the token with the first of those with its first word, `first`. */
static size_t mark_from(const struct geo_address *a, size_t token, size_t first, bool unkeyed)
{
    uint64_t head = index_of.head[first][0];
    for (size_t i = first; i < MARK_COUNT && index_of.head[i][0] == head; i++) {
        if (matches(a, token, i, unkeyed)) {
            return i;
        }
    }
    return GEO_MARK_NONE;
}

/* The mark that begins at the token, whose word is of n bytes with that head. */
static inline size_t mark_at(const struct geo_address *a, size_t token, size_t n, uint64_t head,
                             bool unkeyed)
{
    if (n - 1 > 7) {
        return GEO_MARK_NONE; /* none is empty, or so long */
    }
    size_t slot = slot_of(head);
    while (index_of.slot[slot].head != head) {
        if (index_of.slot[slot].head == 0) {
            return GEO_MARK_NONE;
        }
        slot = (slot + 1) & (SLOTS - 1);
    }
    return mark_from(a, token, index_of.slot[slot].first, unkeyed);
}

/* No word of Vietnamese holds what this one holds: w, f, j, z, a doubled letter, a tone's key at
 * its end, a digit behind letters. A mark of one letter is never guessed so. */
static bool looks_keyed(const struct geo_address_token *t, struct str key)
{
    if (t->marks != 0 || key.n < 3 || key.n > KEYED_MAX || is_digit(key.p[0])) {
        return false;
    }
    char last = key.p[key.n - 1];
    if (last == 's' || last == 'r' || last == 'x') {
        return true;
    }
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (c == 'w' || c == 'f' || c == 'j' || c == 'z' || is_digit(c) ||
            (i > 0 && c == key.p[i - 1])) {
            return true;
        }
    }
    return false;
}

static size_t keyed_mark_at(const struct geo_address *a, size_t token)
{
    char plain[KEYED_MAX];
    struct str key = geo_address_token_key(a, token);
    if (!looks_keyed(&a->tokens[token], key)) {
        return GEO_MARK_NONE;
    }
    size_t n = geo_address_unkey(key, plain);
    struct str word = n > 0 ? (struct str){plain, n} : key;
    return word.n >= 2 ? mark_at(a, token, word.n, geo_text_head(word.p, word.n), true)
                       : GEO_MARK_NONE;
}

void geo_address_find_marks(struct geo_address *a)
{
    (void)pthread_once(&index_of.once, index_marks);
    for (size_t t = 0; t < a->token_count; t++) {
        struct geo_address_token *token = &a->tokens[t];
        bool initial = token->key_n == 1 && t > 0 && token[-1].key_n == 1 &&
                       (token[-1].signs & GEO_SIGN_LETTER) != 0 &&
                       (token->signs & GEO_SIGN_BREAK) == 0;
        size_t mark = initial ? GEO_MARK_NONE : mark_at(a, t, token->key_n, token->head, false);
        if (mark == GEO_MARK_NONE && token->marks == 0) {
            mark = keyed_mark_at(a, t);
        }
        token->mark = (uint8_t)mark;
    }
}
