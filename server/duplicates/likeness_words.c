/* Words for likeness.h: a text folded, without the words that say nothing, as a set of trigrams. */
#include <stdlib.h>
#include <string.h>

#include "geo/geo_text.h"
#include "server/duplicates/likeness.h"

#define FOLDED_MAX 2048 /* bytes of a folded text that are looked at */
#define WORD_MAX   48   /* bytes of a word */
#define LONGER     0.3  /* how much the longer text's length counts */

/* Folded, ascending. What stands in nearly every complaint tells none from another. */
static const char *const empty_words[] = {
    "a",     "anh", "ban",  "bi",  "cac", "can",   "cho",   "chua",  "co",    "con",    "cua",
    "cung",  "da",  "dang", "de",  "di",  "duoc",  "duong", "em",    "hien",  "khong",  "la",
    "lam",   "len", "moi",  "nay", "nen", "nguoi", "nha",   "nhieu", "nhung", "phuong", "qua",
    "quan",  "ra",  "rat",  "roi", "so",  "tai",   "the",   "thi",   "toi",   "tren",   "trong",
    "truoc", "tu",  "va",   "vao", "ve",  "vi",    "voi",
};

static int compare_words(const void *key, const void *row)
{
    return strcmp(key, *(const char *const *)row);
}

static bool says_nothing(const char *word)
{
    return bsearch(word, empty_words, sizeof(empty_words) / sizeof(empty_words[0]),
                   sizeof(empty_words[0]), compare_words) != NULL;
}

static int compare_trigrams(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x;
    uint32_t b = *(const uint32_t *)y;
    return a == b ? 0 : (a < b ? -1 : 1);
}

/* "  w", " wo", "wor", "ord", "rd ": the beginning of a word counts more than its end. */
static void add_word(const char *word, size_t n, struct likeness_words *out)
{
    unsigned char padded[WORD_MAX + 3] = {' ', ' '};
    memcpy(padded + 2, word, n);
    padded[n + 2] = ' ';
    for (size_t i = 0; i + 2 < n + 3 && out->n < LIKENESS_TRIGRAMS_MAX; i++) {
        out->trigrams[out->n++] =
            (uint32_t)padded[i] << 16 | (uint32_t)padded[i + 1] << 8 | (uint32_t)padded[i + 2];
    }
}

void likeness_words_of(struct str text, struct likeness_words *out)
{
    char folded[FOLDED_MAX];
    struct str rest = {folded, geo_text_fold(text, folded, sizeof(folded))};
    out->n = 0;
    while (rest.n > 0) {
        struct str word = str_cut(&rest, ' ');
        char z[WORD_MAX + 1];
        size_t n = word.n < WORD_MAX ? word.n : WORD_MAX;
        memcpy(z, word.p, n);
        z[n] = '\0';
        if (!says_nothing(z)) {
            add_word(z, n, out);
        }
    }
    qsort(out->trigrams, out->n, sizeof(out->trigrams[0]), compare_trigrams);
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        if (kept == 0 || out->trigrams[kept - 1] != out->trigrams[i]) {
            out->trigrams[kept++] = out->trigrams[i];
        }
    }
    out->n = kept;
}

double likeness_text(const struct likeness_words *a, const struct likeness_words *b)
{
    size_t i = 0;
    size_t k = 0;
    size_t common = 0;
    if (a->n == 0 || b->n == 0) {
        return 0;
    }
    while (i < a->n && k < b->n) {
        if (a->trigrams[i] == b->trigrams[k]) {
            common++;
            i++;
            k++;
        } else if (a->trigrams[i] < b->trigrams[k]) {
            i++;
        } else {
            k++;
        }
    }
    double fewer = (double)(a->n < b->n ? a->n : b->n);
    double more = (double)(a->n < b->n ? b->n : a->n);
    return (double)common / (fewer + LONGER * (more - fewer));
}
