#include "geo/geo_gazetteer_words.h"

#include <pthread.h>
#include <string.h>

#include "geo/geo_address_marks.h"
#include "geo/geo_text.h"

enum { SLOTS = 128 }; /* for some 40 words that are not always taken as they stand */

#define WORD_SEED UINT64_C(0x9E3779B97F4A7C15)

static uint64_t hash_step(uint64_t h, uint64_t chunk)
{
    h = (h ^ chunk) * UINT64_C(0xD6E8FEB86659FD93);
    return h ^ (h >> 32);
}

/* Short forms and what they stand for, as words. `behind` must follow where given. */
struct short_form {
    char from[7];
    char behind[5];
    char to[4][7];
};

static const struct short_form short_forms[] = {
    {"bv", "", {"benh", "vien"}},
    {"bvdk", "", {"benh", "vien", "da", "khoa"}},
    {"cmt", "8", {"cach", "mang", "thang", "8"}},
    {"cmt8", "", {"cach", "mang", "thang", "8"}},
    {"cmtt", "", {"cach", "mang", "thang", "8"}},
    {"cv", "", {"cong", "vien"}},
    {"dh", "", {"dai", "hoc"}},
    {"duong", "tinh", {"tinh", "lo"}},
    {"hl", "", {"huong", "lo"}},
    {"hlo", "", {"huong", "lo"}},
    {"kcn", "", {"khu", "cong", "nghiep"}},
    {"ks", "", {"khach", "san"}},
    {"nga", "ba", {"nga", "3"}},
    {"nga", "bay", {"nga", "7"}},
    {"nga", "nam", {"nga", "5"}},
    {"nga", "sau", {"nga", "6"}},
    {"nga", "tu", {"nga", "4"}},
    {"ng", "", {"nguyen"}},
    {"ql", "", {"quoc", "lo"}},
    {"tl", "", {"tinh", "lo"}},
    {"xvnt", "", {"xo", "viet", "nghe", "tinh"}},
};

uint64_t gaz_word_hash(const char *p, size_t n)
{
    uint64_t h = WORD_SEED ^ n;
    while (n > 0) {
        size_t k = n < 8 ? n : 8;
        h = hash_step(h, geo_text_head(p, k));
        p += k;
        n -= k;
    }
    return h;
}

void gaz_words_clear(struct gaz_words *w)
{
    w->n = 0;
    w->count = 0;
}

/* `head` is the word's. */
static void add_word(struct gaz_words *w, struct str word, uint64_t head, size_t token)
{
    size_t space = w->count > 0 ? 1 : 0;
    if (w->count == GAZ_WORDS_MAX || word.n == 0 || w->n + space + word.n >= GAZ_WORDS_BYTES) {
        return;
    }
    if (space != 0) {
        w->text[w->n++] = ' ';
    }
    struct gaz_word *added = &w->word[w->count++];
    added->at = (uint16_t)w->n;
    added->n = (uint16_t)word.n;
    added->token = (uint8_t)token;
    if (word.n <= sizeof(head)) {
        added->hash = hash_step(WORD_SEED ^ word.n, head);
        memcpy(w->text + w->n, &head, sizeof(head)); /* what is too much, the next one covers */
    } else {
        added->hash = gaz_word_hash(word.p, word.n);
        memcpy(w->text + w->n, word.p, word.n);
    }
    w->n += word.n;
}

void gaz_words_add(struct gaz_words *w, struct str word, size_t token)
{
    add_word(w, word, geo_text_head(word.p, word.n), token);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const struct {
    char name[6];
    char digit[3];
} months[] = {{"mot", "1"}, {"gieng", "1"}, {"hai", "2"},  {"ba", "3"},
              {"tu", "4"},  {"nam", "5"},   {"sau", "6"},  {"bay", "7"},
              {"tam", "8"}, {"chin", "9"},  {"muoi", "10"}};

static const char road_words[][6] = {"duong", "d", "dai", "dt", "thang"};

/* The words that are not always taken as they stand; made once. */
static struct {
    pthread_once_t once;
    uint64_t head[SLOTS]; /* 0: free */
} special_words = {.once = PTHREAD_ONCE_INIT};

static size_t slot_of(uint64_t head)
{
    size_t slot = (size_t)((head * WORD_SEED) >> 32) & (SLOTS - 1);
    while (special_words.head[slot] != 0 && special_words.head[slot] != head) {
        slot = (slot + 1) & (SLOTS - 1);
    }
    return slot;
}

static void add_special(const char *word)
{
    uint64_t head = geo_text_head(word, strlen(word));
    special_words.head[slot_of(head)] = head;
}

static void make_special_words(void)
{
    for (size_t i = 0; i < sizeof(short_forms) / sizeof(short_forms[0]); i++) {
        add_special(short_forms[i].from);
    }
    for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++) {
        add_special(months[i].name);
    }
    for (size_t i = 0; i < sizeof(road_words) / sizeof(road_words[0]); i++) {
        add_special(road_words[i]);
    }
}

static bool special(uint64_t head)
{
    return special_words.head[slot_of(head)] != 0;
}

/* The digit a number word stands for in the name of a month, or an empty text. */
static struct str month_digit(struct str word)
{
    for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++) {
        if (str_equal_z(word, months[i].name)) {
            return str_of(months[i].digit);
        }
    }
    return STR("");
}

/* Is the word that literal? */
#define IS(word, literal)                                                                          \
    ((word).n == sizeof(literal) - 1 && memcmp((word).p, (literal), sizeof(literal) - 1) == 0)

struct reader {
    const struct geo_address *a;
    size_t t, to;
    struct gaz_words *out;
    const struct str *plain; /* the words without an input method's keys, or NULL */
};

static struct str key_at(const struct reader *r, size_t token)
{
    return r->plain != NULL ? r->plain[token] : geo_address_token_key(r->a, token);
}

static bool next_is(const struct reader *r, size_t ahead, const char *word)
{
    return r->t + ahead < r->to && str_equal_z(key_at(r, r->t + ahead), word);
}

static bool month_follows(const struct reader *r)
{
    return r->t + 1 < r->to && IS(key_at(r, r->t + 1), "thang");
}

static bool read_short_form(struct reader *r, struct str key)
{
    if (key.n < 2 || key.n > 5) {
        return false;
    }
    for (size_t i = 0; i < sizeof(short_forms) / sizeof(short_forms[0]); i++) {
        const struct short_form *f = &short_forms[i];
        bool behind = f->behind[0] != '\0';
        if (f->from[0] != key.p[0] || f->from[key.n] != '\0' ||
            memcmp(f->from, key.p, key.n) != 0 || (behind && !next_is(r, 1, f->behind))) {
            continue;
        }
        for (size_t k = 0; k < 4 && f->to[k][0] != '\0'; k++) {
            gaz_words_add(r->out, str_of(f->to[k]), r->t);
        }
        r->t += behind ? 2 : 1;
        return true;
    }
    return false;
}

/* "3/2" as day and month. */
static bool read_date(struct reader *r, struct str key)
{
    struct str month = key;
    struct str day = str_cut(&month, '/');
    bool plain = month.n > 0 && month.n <= 2 && day.n > 0 && day.n <= 2;
    for (size_t i = 0; plain && i < key.n; i++) {
        plain = is_digit(key.p[i]) || i == day.n;
    }
    if (!plain) {
        return false;
    }
    gaz_words_add(r->out, day, r->t);
    gaz_words_add(r->out, STR("thang"), r->t);
    gaz_words_add(r->out, month, r->t);
    r->t++;
    return true;
}

/* "tháng tám", "ba tháng hai". */
static bool read_month(struct reader *r, struct str key)
{
    if (month_follows(r) && r->t + 2 < r->to && month_digit(key).n > 0) {
        struct str month = key_at(r, r->t + 2);
        if (is_digit(month.p[0]) || month_digit(month).n > 0) {
            gaz_words_add(r->out, month_digit(key), r->t);
            r->t++;
            return true;
        }
    }
    if (IS(key, "thang") && r->t + 1 < r->to) {
        struct str digit = month_digit(key_at(r, r->t + 1));
        if (digit.n > 0) {
            gaz_words_add(r->out, key, r->t);
            gaz_words_add(r->out, digit, r->t + 1);
            r->t += 2;
            return true;
        }
    }
    return false;
}

/* "đường 59" is how people write "đường số 59"; "đại lộ Võ Văn Kiệt" is "Võ Văn Kiệt". */
static bool read_road_word(struct reader *r, struct str key)
{
    bool road =
        IS(key, "duong") || (IS(key, "d") && (r->a->tokens[r->t].signs & GEO_SIGN_DOT) != 0);
    if (road && r->t + 1 < r->to && is_digit(key_at(r, r->t + 1).p[0]) && !next_is(r, 2, "thang") &&
        (r->a->tokens[r->t + 1].signs & GEO_SIGN_SLASH) == 0) {
        gaz_words_add(r->out, STR("duong"), r->t);
        gaz_words_add(r->out, STR("so"), r->t);
        r->t++;
        return true;
    }
    if (IS(key, "dai") && next_is(r, 1, "lo") && r->t + 2 < r->to) {
        r->t += 2;
        return true;
    }
    if (IS(key, "dt") && r->t + 1 < r->to && is_digit(key_at(r, r->t + 1).p[0])) {
        gaz_words_add(r->out, STR("tinh"), r->t);
        gaz_words_add(r->out, STR("lo"), r->t);
        r->t++;
        return true;
    }
    return false;
}

static void read_words(struct reader r)
{
    const struct geo_address *a = r.a;
    (void)pthread_once(&special_words.once, make_special_words);
    gaz_words_clear(r.out);
    while (r.t < r.to) {
        struct str key = key_at(&r, r.t);
        uint64_t head = r.plain != NULL ? geo_text_head(key.p, key.n) : a->tokens[r.t].head;
        bool slash = (a->tokens[r.t].signs & GEO_SIGN_SLASH) != 0;
        if ((slash && read_date(&r, key)) ||
            (special(head) &&
             (read_road_word(&r, key) || read_month(&r, key) || read_short_form(&r, key)))) {
            continue;
        }
        add_word(r.out, key, head, r.t);
        r.t++;
    }
}

void gaz_words_read(const struct geo_address *a, size_t from, size_t to, struct gaz_words *out)
{
    read_words((struct reader){a, from, to, out, NULL});
}

bool gaz_words_read_unkeyed(const struct geo_address *a, size_t from, size_t to, uint64_t tokens,
                            struct gaz_words *out)
{
    char text[GEO_ADDRESS_TEXT_MAX + 64];
    struct str plain[GEO_ADDRESS_TOKENS_MAX];
    size_t used = 0;
    bool changed = false;
    for (size_t t = from; t < to; t++) {
        plain[t] = geo_address_token_key(a, t);
        size_t n = 0;
        if ((tokens >> t & 1U) != 0 && plain[t].n >= 2) {
            n = geo_address_unkey(plain[t], text + used);
        }
        if (n > 0) {
            plain[t] = (struct str){text + used, n};
            used += n;
            changed = true;
        }
    }
    if (changed) {
        read_words((struct reader){a, from, to, out, plain});
    }
    return changed;
}

void gaz_words_drop_first(struct gaz_words *w)
{
    if (w->count > 0) {
        memmove(w->word, w->word + 1, (w->count - 1) * sizeof(*w->word));
        w->count--;
    }
}
