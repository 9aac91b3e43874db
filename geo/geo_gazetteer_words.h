/* Private to geo_gazetteer*.c: the words of a name in the one form in which names are compared.
 * "Ql 1A", "Quốc lộ 1A" -> quoc lo 1a; "CMT8" -> cach mang thang 8; "3/2", "Ba Tháng Hai" ->
 * 3 thang 2; "đường 59" -> duong so 59; "ngã tư" -> nga 4; "BV" -> benh vien. */
#ifndef GEO_GAZETTEER_WORDS_H
#define GEO_GAZETTEER_WORDS_H

#include "geo/geo_address.h"

enum { GAZ_WORDS_MAX = GEO_ADDRESS_TOKENS_MAX, GAZ_WORDS_BYTES = 1024 };

struct gaz_word {
    uint16_t at, n; /* in text */
    uint8_t token;  /* of the address that it comes from */
    uint64_t hash;
};

struct gaz_words {
    char text[GAZ_WORDS_BYTES + 8]; /* joined by single spaces; a word is copied as eight bytes */
    size_t n;                       /* bytes */
    struct gaz_word word[GAZ_WORDS_MAX];
    size_t count;
};

uint64_t gaz_word_hash(const char *p, size_t n);

/* The words of tokens from <= t < to. What does not fit is left off. */
void gaz_words_read(const struct geo_address *a, size_t from, size_t to, struct gaz_words *out);
/* The same, with those of the tokens in the set freed of an input method's keys
 * (geo_address_unkey). False, and nothing written, where none has any. */
bool gaz_words_read_unkeyed(const struct geo_address *a, size_t from, size_t to, uint64_t tokens,
                            struct gaz_words *out);
void gaz_words_clear(struct gaz_words *w);
void gaz_words_add(struct gaz_words *w, struct str word, size_t token);

void gaz_words_drop_first(struct gaz_words *w);

/* Words from <= i < to as one text. */
static inline struct str gaz_words_text(const struct gaz_words *w, size_t from, size_t to)
{
    if (from >= to) {
        return STR("");
    }
    const struct gaz_word *last = &w->word[to - 1];
    return (struct str){w->text + w->word[from].at,
                        (size_t)(last->at + last->n - w->word[from].at)};
}

#endif
