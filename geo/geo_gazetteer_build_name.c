/* The keys under which streets, places and units are found. */
#include <string.h>

#include "geo/geo_address_scan.h"
#include "geo/geo_gazetteer_build.h"
#include "geo/geo_text.h"

static bool token_is(const struct geo_address *a, size_t t, const char *word)
{
    return t < a->token_count && str_equal_z(geo_address_token_key(a, t), word);
}

static bool has_digit(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9') {
            return true;
        }
    }
    return false;
}

static bool has_letter(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((s.p[i] >= 'a' && s.p[i] <= 'z') || (unsigned char)s.p[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

/* Tokens before `from` + `n` that say "alley" and its number; *from moves behind them. */
static struct gaz_key read_alley(struct gaz_builder *b, size_t *from)
{
    const struct geo_address *a = &b->address;
    bool alley = token_is(a, 0, "hem") || token_is(a, 0, "ngo") || token_is(a, 0, "ngach") ||
                 token_is(a, 0, "kiet");
    size_t number = token_is(a, 1, "so") ? 2 : 1;
    if (!alley || number + 1 >= a->token_count || !has_digit(geo_address_token_key(a, number))) {
        return (struct gaz_key){0, 0};
    }
    char text[64];
    size_t n = 0;
    size_t t = number;
    for (; t < a->token_count; t++) {
        struct str key = geo_address_token_key(a, t);
        bool suffix = t > number && (str_equal_z(key, "bis") || str_equal_z(key, "ter") ||
                                     (key.n == 1 && key.p[0] >= 'a' && key.p[0] <= 'h'));
        if ((t > number && !suffix) || n + key.n >= sizeof(text)) {
            break;
        }
        memcpy(text + n, key.p, key.n);
        n += key.n;
    }
    if (t >= a->token_count) {
        return (struct gaz_key){0, 0}; /* no street behind it */
    }
    *from = t;
    return gaz_build_key(b, (struct str){text, n});
}

static bool english_street(const struct gaz_words *w)
{
    struct str last = gaz_words_text(w, w->count - 1, w->count);
    return str_equal_z(last, "street") || str_equal_z(last, "road") || str_equal_z(last, "st") ||
           str_equal_z(last, "boulevard") || str_equal_z(last, "avenue");
}

static bool any_marks(const struct geo_address *a)
{
    for (size_t t = 0; t < a->token_count; t++) {
        if (a->tokens[t].marks != 0) {
            return true;
        }
    }
    return false;
}

bool gaz_build_street_name(struct gaz_builder *b, struct str name, struct gaz_street_name *out)
{
    *out = (struct gaz_street_name){0};
    struct str left = name;
    struct str plain = str_trim(str_cut(&left, '(')); /* "Đồng Khởi (ex Catinat)" */
    geo_address_scan(plain.n > 0 ? plain : name, &b->address);
    size_t from = 0;
    out->alley = read_alley(b, &from);
    gaz_words_read(&b->address, from, b->address.token_count, &b->words);
    struct gaz_words *w = &b->words;
    if (w->count == 0) {
        return false;
    }
    size_t end = w->count > 1 && english_street(w) ? w->count - 1 : w->count;
    struct str first = gaz_words_text(w, 0, 1);
    uint16_t marks = b->address.tokens[from].marks;
    bool duong = str_equal_z(first, "duong");
    bool pho = str_equal_z(first, "pho");
    bool short_mark =
        str_equal_z(first, "d") && (b->address.tokens[from].signs & GEO_SIGN_DOT) != 0;
    bool mark = short_mark || (duong && (marks == 0 || (marks & GEO_TEXT_GRAVE) != 0)) ||
                (pho && (marks == 0 || marks == (GEO_TEXT_CIRCUMFLEX | GEO_TEXT_ACUTE)));
    size_t begin = mark && end > 1 ? 1 : 0;
    out->key = gaz_build_key(b, gaz_words_text(w, begin, end));
    if (begin == 1 && !any_marks(&b->address)) {
        out->other = gaz_build_key(b, gaz_words_text(w, 0, end));
    }
    return true;
}

bool gaz_build_place_name(struct gaz_builder *b, struct str name, struct gaz_key *out)
{
    geo_address_scan(name, &b->address);
    gaz_words_read(&b->address, 0, b->address.token_count, &b->words);
    struct str key = gaz_words_text(&b->words, 0, b->words.count);
    if (key.n < 2 || !has_letter(key)) {
        return false;
    }
    *out = gaz_build_key(b, key);
    return true;
}

/* A word of several syllables, as no Vietnamese one is: a name that somebody made up. */
static bool made_up(struct str word)
{
    size_t syllables = 0;
    bool vowel = false;
    for (size_t i = 0; i < word.n; i++) {
        bool now = strchr("aeiouy", word.p[i]) != NULL && word.p[i] != '\0';
        syllables += now && !vowel;
        vowel = now;
    }
    return word.n >= 5 && syllables >= 2 && !has_digit(word);
}

/* Do the words from `from` on tell a place from others? */
static bool distinctive(const struct gaz_words *w, size_t from)
{
    size_t plain = 0;
    for (size_t i = from; i < w->count; i++) {
        struct str word = gaz_words_text(w, i, i + 1);
        plain += made_up(word) ? 2 : (size_t)(word.n >= 2 && !has_digit(word));
    }
    return plain >= 2 && !has_digit(gaz_words_text(w, from, from + 1));
}

void gaz_build_parts(struct gaz_builder *b, uint32_t place)
{
    const struct gaz_words *w = &b->words;
    for (size_t i = 1; i + 1 < w->count; i++) {
        if (distinctive(w, i)) {
            gaz_build_name(b, gaz_build_key(b, gaz_words_text(w, i, w->count)), GAZ_PLACE, place,
                           GAZ_HOW_PART);
        }
    }
    for (size_t i = 0; w->count > 1 && i < w->count; i++) {
        struct str word = gaz_words_text(w, i, i + 1);
        if (made_up(word)) {
            gaz_build_name(b, gaz_build_key(b, word), GAZ_PLACE, place, GAZ_HOW_PART);
        }
    }
}

/* "Phường 12" is found as 12, "Thành phố Thủ Đức" as thu duc: the mark's level is known apart. */
bool gaz_build_unit_name(struct gaz_builder *b, struct str name, struct gaz_key *out)
{
    static const char *const types[][2] = {
        {"phuong", ""}, {"xa", ""},    {"thi", "tran"},  {"dac", "khu"}, {"quan", ""},
        {"huyen", ""},  {"thi", "xa"}, {"thanh", "pho"}, {"ward", ""},   {"district", ""}};
    geo_address_scan(name, &b->address);
    size_t from = 0;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && from == 0; i++) {
        size_t words = types[i][1][0] != '\0' ? 2 : 1;
        if (token_is(&b->address, 0, types[i][0]) && words < b->address.token_count &&
            (words == 1 || token_is(&b->address, 1, types[i][1]))) {
            from = words;
        }
    }
    gaz_words_read(&b->address, from, b->address.token_count, &b->words);
    if (b->words.count == 0) {
        return false;
    }
    *out = gaz_build_key(b, gaz_words_text(&b->words, 0, b->words.count));
    return true;
}

/* "cach mang thang 8" is also kept as it is spoken, so that an error in it can be found. */
void gaz_build_spoken(struct gaz_builder *b, struct gaz_key key, uint32_t street)
{
    static const char *const months[] = {"2", "hai", "4", "tu", "8", "tam", "9", "chin"};
    struct str text = {b->keys + key.at, key.n};
    char spoken[128];
    if (text.n < 8 || text.n + 4 > sizeof(spoken) ||
        memcmp(text.p + text.n - 7, "thang ", 6) != 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i += 2) {
        if (text.p[text.n - 1] == months[i][0]) {
            size_t n = strlen(months[i + 1]);
            memcpy(spoken, text.p, text.n - 1);
            memcpy(spoken + text.n - 1, months[i + 1], n);
            gaz_build_name(b, gaz_build_key(b, (struct str){spoken, text.n - 1 + n}), GAZ_STREET,
                           street, GAZ_HOW_NAME);
        }
    }
}

struct initials {
    char text[256];
    size_t n;
};

static void put(struct initials *out, struct str s, bool space)
{
    if (out->n + s.n + 2 > sizeof(out->text)) {
        return;
    }
    if (space && out->n > 0) {
        out->text[out->n++] = ' ';
    }
    memcpy(out->text + out->n, s.p, s.n);
    out->n += s.n;
}

/* Words up to `full` as initials (spaced or not), the first kept whole where asked. */
static void add_form(struct gaz_builder *b, size_t full, unsigned form,
                     const struct gaz_target *target)
{
    bool spaced = (form & 1U) != 0;
    bool keep_first = (form & 2U) != 0;
    struct initials out = {.n = 0};
    for (size_t i = 0; i < b->words.count; i++) {
        struct str word = gaz_words_text(&b->words, i, i + 1);
        bool whole = i >= full || (keep_first && i == 0);
        put(&out, whole ? word : (struct str){word.p, 1},
            whole || spaced || (keep_first && i == 1));
    }
    gaz_build_name(b, gaz_build_key(b, (struct str){out.text, out.n}),
                   (enum gaz_target_kind)target->kind, target->index, GAZ_HOW_INITIALS);
}

void gaz_build_initials(struct gaz_builder *b, struct gaz_key key, enum gaz_target_kind kind,
                        uint32_t index)
{
    struct str left = {b->keys + key.at, key.n};
    char copy[256];
    if (left.n >= sizeof(copy) || has_digit(left)) {
        return;
    }
    memcpy(copy, left.p, left.n);
    left.p = copy; /* keys moves while growing */
    gaz_words_clear(&b->words);
    while (left.n > 0) {
        gaz_words_add(&b->words, str_cut(&left, ' '), 0);
    }
    size_t n = b->words.count;
    struct gaz_target target = {.index = index, .kind = (uint8_t)kind};
    if (n >= 3 || (n == 2 && kind == GAZ_UNIT)) {
        add_form(b, n, 0, &target); /* ntmk; gv */
    }
    if (n >= 2 && kind != GAZ_UNIT) {
        add_form(b, n - 1, 0, &target); /* ntm khai */
        add_form(b, n - 1, 1, &target); /* n t m khai */
    }
    if (n >= 3 && kind != GAZ_UNIT) {
        add_form(b, n - 1, 3, &target); /* nguyen t m khai */
    }
    if (n >= 4 && kind != GAZ_UNIT) {
        add_form(b, 2, 0, &target); /* nt minh khai */
        add_form(b, 2, 1, &target); /* n t minh khai */
    }
}
