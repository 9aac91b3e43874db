/* Reading a Vietnamese address: what a person typed, cut into its parts by the words and signs that
 * mark them. It knows the language (hẻm, đường, P., Q., ngã tư, đối diện, ...), not the city: names
 * are told from one another by the gazetteer (geo_gazetteer.h), which reads the parts made here.
 *
 * With or without commas and diacritics, NFC or NFD. Only the first GEO_ADDRESS_TEXT_MAX bytes and
 * GEO_ADDRESS_TOKENS_MAX words are read; `cut` says when there was more. The time is linear in that
 * bound. Any bytes at all are safe. No allocation; the struct is about 5 KB, and everything
 * returned borrows from it. */
#ifndef GEO_ADDRESS_H
#define GEO_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "server/base/str.h"

#define GEO_ADDRESS_TEXT_MAX   512 /* bytes of the text that are read */
#define GEO_ADDRESS_TOKENS_MAX 64  /* words */
#define GEO_ADDRESS_KEY_MAX    (GEO_ADDRESS_TEXT_MAX + 64)
#define GEO_ADDRESS_PARTS_MAX  GEO_ADDRESS_TOKENS_MAX

enum geo_address_kind {
    GEO_ADDRESS_FREE,   /* words with no mark: a street, a place, a unit, or not understood */
    GEO_ADDRESS_NUMBER, /* house: 819/13, 15/2/7/4, 12a, 14-16, lo b5, d17/39 */
    GEO_ADDRESS_ALLEY,  /* after hẻm, ngõ, ngách, kiệt: its number */
    GEO_ADDRESS_STREET, /* after đường, phố, quốc lộ ...; quốc lộ, số and the like are kept */
    GEO_ADDRESS_WARD,     /* after P., phường, xã, thị trấn */
    GEO_ADDRESS_DISTRICT, /* after Q., quận, huyện, thị xã, TP. */
    GEO_ADDRESS_CITY,     /* the city itself, the country, a post code */
    GEO_ADDRESS_BLOCK,    /* khu phố 3, ấp 2, tổ 5, tầng 2 */
    GEO_ADDRESS_LANDMARK, /* what a relation refers to: "đối diện bệnh viện Chợ Rẫy" */
    GEO_ADDRESS_KILOMETRE,
};

enum geo_address_relation {
    GEO_RELATION_AT,
    GEO_RELATION_OPPOSITE, /* đối diện */
    GEO_RELATION_NEAR,     /* gần, cạnh, kế, sau lưng, trước mặt, chân cầu */
    GEO_RELATION_CROSSING, /* ngã tư A - B, A giao B, góc A B: see geo_address_crossing */
};

enum geo_address_sign {
    GEO_SIGN_BREAK = 1,     /* a comma, semicolon, line end or bracket stands before the word */
    GEO_SIGN_DASH = 2,      /* " - ", "&" or "+" stands before it */
    GEO_SIGN_DOT = 4,       /* a full stop follows it: "P." */
    GEO_SIGN_DIGIT = 8,     /* it begins with a digit */
    GEO_SIGN_LETTER = 16,   /* it has a letter */
    GEO_SIGN_SLASH = 32,    /* it has a slash */
    GEO_SIGN_GLUED = 64,    /* it was cut off the word before it: "Q1" */
    GEO_SIGN_NUMERAL = 128, /* it has a digit somewhere */
};

struct geo_address_token {
    uint16_t key_at, key_n;   /* in `key` */
    uint16_t text_at, text_n; /* in `text` */
    uint16_t marks;           /* set of enum geo_text_mark */
    uint8_t signs;            /* set of enum geo_address_sign */
    uint8_t mark;             /* private to geo_address*.c: the word as a mark */
    uint64_t head;            /* of the folded word: geo_text_head */
};

struct geo_address_part {
    enum geo_address_kind kind;
    uint8_t from, to; /* tokens from <= t < to */
};

struct geo_address {
    char text[GEO_ADDRESS_TEXT_MAX + 1]; /* the text that was read, as it came */
    /* the words folded, one space apart; slashes kept inside numbers. Eight bytes more than are
     * written, so that a word can be read as eight bytes. */
    char key[GEO_ADDRESS_KEY_MAX + 8];
    size_t text_n, key_n;
    struct geo_address_token tokens[GEO_ADDRESS_TOKENS_MAX];
    size_t token_count;
    struct geo_address_part parts[GEO_ADDRESS_PARTS_MAX]; /* in the order of the text */
    size_t part_count;
    enum geo_address_relation relation;
    bool has_point;         /* the text is a pair of coordinates ... */
    struct geo_point point; /* ... namely this, inside the world */
    bool has_metric;        /* the text is a pair in metres, as of VN-2000 ... */
    double east, north;     /* ... namely this; whose system it is the text does not say */
    struct str code; /* a Plus Code ("7P28QPG2+Q9", "QPG2+Q9 Quận 1"), in `text`; or empty */
    bool cut;        /* the text was longer than what is read */
};

void geo_address_parse(struct str text, struct geo_address *out);

/* The folded words of a part ("quang trung", "819/13"); empty for an empty part. */
struct str geo_address_key(const struct geo_address *a, const struct geo_address_part *part);
/* The part as it was typed. */
struct str geo_address_source(const struct geo_address *a, const struct geo_address_part *part);
/* The first part of that kind, or NULL. */
const struct geo_address_part *geo_address_find(const struct geo_address *a,
                                                enum geo_address_kind kind);
static inline struct str geo_address_token_key(const struct geo_address *a, size_t token)
{
    return (struct str){a->key + a->tokens[token].key_at, a->tokens[token].key_n};
}

/* Coordinates typed as text: decimal degrees ("10.7769, 106.7009", "106.7009 10.7769") or degrees,
 * minutes, seconds with or without N/S/E/W (B/N/Đ/T are not read), in either order: the value over
 * 90 is the longitude; where both could be latitudes the first is. False for anything else. */
bool geo_address_read_point(struct str text, struct geo_point *out);

/* A pair in metres as the cadastre writes it: "603184.744 1191951.471", "X=1191951,471;
 * Y=603184,744". Six or seven digits before the point; the larger is the northing. */
bool geo_address_read_metric(struct str text, double *east, double *north);

/* The first word of the text that is an Open Location Code ("Plus Code"), whole or without its
 * first four signs; empty where none is. */
struct str geo_address_find_code(struct str text);
/* The middle of its square; of a shortened one the square nearest to `near`. */
bool geo_address_read_code(struct str code, struct geo_point near, struct geo_point *out);

#endif
