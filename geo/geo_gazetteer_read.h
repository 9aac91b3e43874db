/* Private to geo_gazetteer*.c: a text understood with the gazetteer's names. */
#ifndef GEO_GAZETTEER_READ_H
#define GEO_GAZETTEER_READ_H

#include "geo/geo_gazetteer_core.h"

enum { GAZ_RANGES_MAX = 8, GAZ_SPANS_MAX = 24, GAZ_CHOICES_MAX = 12 };

/* A run of words that names something; several names where a typing error or an unfinished word
 * leaves a choice. */
struct gaz_span {
    uint32_t name[GAZ_CHOICES_MAX];
    uint8_t names;
    uint8_t kinds;    /* of all of them */
    uint8_t range;    /* of the reading */
    uint8_t from, to; /* words of the range */
    double quality;   /* 1: as written; less for an error or initials */
};

/* Words that belong together, to be covered with names. */
struct gaz_range {
    struct gaz_words words;
    enum geo_address_kind kind;
    uint8_t first, end; /* tokens of the address */
    uint64_t open;      /* set of words that no name covers, noise apart */
};

struct gaz_reading {
    const struct geo_gazetteer *g;
    struct geo_address address;
    struct gaz_range range[GAZ_RANGES_MAX];
    size_t ranges;
    struct gaz_span span[GAZ_SPANS_MAX]; /* in the order of the text */
    size_t spans;
    struct gaz_context context; /* units named by a mark: "P.12", "Q. Gò Vấp" */
    char number[64], alley[64]; /* canonical; empty: none */
    size_t number_n, alley_n;
    const char *lot; /* "Lô": the number begins with this word, folded, of `lot_n` bytes; or NULL */
    size_t lot_n;
    bool kilometre;  /* the number is a kilometre post's ... */
    struct str post; /* ... written so */
};

void gaz_read(const struct geo_gazetteer *g, const struct geo_gazetteer_query *query,
              struct gaz_reading *r);

/* Adds the units that a name leads to as a condition; false when it leads to none or there are too
 * many conditions. */
bool gaz_context_add(const struct geo_gazetteer *g, const uint32_t *names, size_t n,
                     struct gaz_context *context);

#endif
