/* Private to geo_address*.c and geo_gazetteer_read.c: the words that mark the parts of an address.
 */
#ifndef GEO_ADDRESS_MARKS_H
#define GEO_ADDRESS_MARKS_H

#include "geo/geo_address.h"

enum geo_mark_kind {
    MARK_HOUSE,  /* số nhà */
    MARK_SO,     /* số: of a house or of a street */
    MARK_LOT,    /* lô, căn, nền: a house's number with letters */
    MARK_ALLEY,  /* hẻm, ngõ */
    MARK_STREET, /* đường, phố: no part of the name */
    MARK_ROAD,   /* quốc lộ, hương lộ: part of the name */
    MARK_WARD,
    MARK_DISTRICT,
    MARK_TOWN,     /* thành phố: the city itself, or a district-level one */
    MARK_CITY,     /* a name of the city or country */
    MARK_BLOCK,    /* khu phố, ấp, tổ */
    MARK_OPPOSITE, /* đối diện */
    MARK_NEAR,     /* gần */
    MARK_JUNCTION, /* ngã tư: part of the name */
    MARK_CORNER,   /* góc */
    MARK_MEETS,    /* giao */
    MARK_KILOMETRE,
    MARK_NOISE, /* street, road: English words behind a name */
};

struct geo_mark {
    char word[3][9];   /* folded; unused ones empty */
    uint16_t marks;    /* diacritics of the first word; a word typed with others is another word */
    uint8_t kind;      /* enum geo_mark_kind */
    uint8_t needs_dot; /* an abbreviation too short to be taken without its full stop */
    uint8_t words;
};

/* What a leftover of the Telex or VNI input method would have become without its keys: "nguyeexn",
 * "nguye64n" -> nguyen. Returns the length, 0 when nothing changes. out holds at least in.n bytes.
 */
size_t geo_address_unkey(struct str in, char *out);

/* Looks every word up, as it is and, where it can't be a word, without an input method's keys; to
 * be called once the words are cut. */
void geo_address_find_marks(struct geo_address *a);

enum { GEO_MARK_NONE = UINT8_MAX };

extern const struct geo_mark geo_address_marks[]; /* a token's `mark` is an index into it */

/* The longest mark that begins at `token` (which must be one), or NULL. */
static inline const struct geo_mark *geo_address_mark(const struct geo_address *a, size_t token)
{
    uint8_t mark = a->tokens[token].mark;
    return mark != GEO_MARK_NONE ? &geo_address_marks[mark] : NULL;
}

#endif
