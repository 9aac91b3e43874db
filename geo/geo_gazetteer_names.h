/* Private to geo_gazetteer*.c: all names, found by their words, by a beginning, or with one typing
 * error.
 *
 * Names are kept sorted by their text, so a beginning is a range. A hash table holds every name and
 * every run of words that begins one, so a reader walking along a text knows after each word
 * whether going on can help. A second table holds every name and every name with one letter taken
 * out (the deletion neighbourhood, as in SymSpell): two texts are one error apart only if they meet
 * there, and a real comparison (Damerau's distance, neighbouring letters swapped count once)
 * decides. */
#ifndef GEO_GAZETTEER_NAMES_H
#define GEO_GAZETTEER_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "geo/geo_gazetteer_words.h"
#include "server/base/str.h"

#define GAZ_NAME_NONE UINT32_MAX

enum gaz_target_kind { GAZ_STREET, GAZ_PLACE, GAZ_UNIT };

enum gaz_how {
    GAZ_HOW_NAME,
    GAZ_HOW_ALIAS,
    GAZ_HOW_INITIALS, /* no part of the error index */
    GAZ_HOW_PART, /* a distinctive part of a place's name, which nothing else bears whole; nor is
                     it */
};

struct gaz_target {
    uint32_t index; /* into the gazetteer's streets, places or units */
    uint8_t kind;   /* enum gaz_target_kind */
    uint8_t how;    /* enum gaz_how */
};

struct gaz_name {
    uint32_t text, text_n; /* in names' text */
    uint32_t target, targets;
    uint8_t words;
    uint8_t kinds; /* set: 1 << enum gaz_target_kind */
    bool initials; /* only initials or parts of names lead here */
    bool part;     /* only parts of names do */
};

struct gaz_names {
    char *text;
    struct gaz_name *name; /* sorted by text */
    struct gaz_target *target;
    struct gaz_phrase *phrase;
    struct gaz_edit *edit;
    size_t text_n, count, target_count;
    size_t phrase_size, edit_size; /* powers of two */
};

struct gaz_phrase {
    uint64_t hash;      /* 0: empty */
    uint32_t name, pad; /* GAZ_NAME_NONE: only the beginning of names */
};

/* A name on its way in. The text is canonical words joined by spaces and is borrowed until
 * gaz_names_build returns. */
struct gaz_name_row {
    const char *text;
    uint32_t n;
    struct gaz_target target;
};

/* Sorts `rows` in place. False when memory is short; then *out is empty. */
bool gaz_names_build(struct gaz_name_row *rows, size_t count, struct gaz_names *out);
void gaz_names_clear(struct gaz_names *names);
size_t gaz_names_bytes(const struct gaz_names *names);

/* Walking along words: start with 0, fold each word's hash in, look up. */
static inline uint64_t gaz_phrase_step(uint64_t phrase, uint64_t word_hash)
{
    uint64_t h = (phrase ^ word_hash) * 0xA0761D6478BD642FU;
    h = (h << 29) | (h >> 35);
    return h == 0 ? 1 : h;
}

/* Fetches what the first steps from each word will look at. */
void gaz_names_expect(const struct gaz_names *names, const struct gaz_words *words);

/* The slot of the phrase, or the free one where it would be. */
static inline struct gaz_phrase *gaz_phrase_slot(const struct gaz_names *names, uint64_t phrase)
{
    size_t mask = names->phrase_size - 1;
    size_t i = (size_t)phrase & mask;
    while (names->phrase[i].hash != 0 && names->phrase[i].hash != phrase) {
        i = (i + 1) & mask;
    }
    return &names->phrase[i];
}

/* *name is the name whose words are exactly the phrase, those from <= i < to (its text is
 * compared), or GAZ_NAME_NONE. False when no name begins so, hence none goes on. */
static inline bool gaz_names_step(const struct gaz_names *names, uint64_t phrase,
                                  const struct gaz_words *words, size_t from, size_t to,
                                  uint32_t *name)
{
    const struct gaz_phrase *slot = gaz_phrase_slot(names, phrase);
    *name = GAZ_NAME_NONE;
    if (slot->hash == 0) {
        return false;
    }
    if (slot->name != GAZ_NAME_NONE) {
        struct str text = gaz_words_text(words, from, to);
        const struct gaz_name *found = &names->name[slot->name];
        if (found->text_n == text.n && memcmp(names->text + found->text, text.p, text.n) == 0) {
            *name = slot->name;
        }
    }
    return true;
}

/* Names at distance one from text (never in a digit), at most max; text of at least 5 bytes. */
size_t gaz_names_near(const struct gaz_names *names, struct str text, uint32_t *out, size_t max);

/* The names that begin with text: first and one past the last. */
void gaz_names_range(const struct gaz_names *names, struct str text, uint32_t *first,
                     uint32_t *end);

#endif
