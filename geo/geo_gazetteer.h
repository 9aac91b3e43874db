/* The city's names, searched in memory: text in, places with a confidence out.
 *
 * Immutable: built once from rows that the caller read elsewhere, then searched by any number of
 * threads at once without locks (a pair of metres alone waits for the transformation, a
 * microsecond); a changed city means a new gazetteer. Nothing of the rows is kept: everything is
 * copied.
 *
 * Names are compared folded (geo_text.h), so diacritics, their form and their absence do not
 * matter. A name may also be typed with one error (a letter missing, added, wrong or two swapped;
 * never in a digit), as its initials ("NTMK", "NTM Khai"), with Telex or VNI leftovers
 * ("nguyeexn hueej"), and with the marks and dates people shorten (QL1A, CMT8, 3/2).
 *
 * Confidence (0..1) is the chance that the candidate is the place that was meant, to the precision
 * that its kind of match says. Candidates that the text cannot tell apart share it: two streets of
 * one name in two districts get about a half each, and naming the ward or district settles it.
 *
 * Bounded time: at most 512 bytes and 64 words are read (geo_address.h), at most
 * GEO_GAZETTEER_STREETS_MAX streets of one name and a fixed number of spellings are looked at. */
#ifndef GEO_GAZETTEER_H
#define GEO_GAZETTEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "server/base/err.h"
#include "server/base/str.h"

#define GEO_GAZETTEER_STREETS_MAX 64 /* of one name: the first so many are looked at */
#define GEO_GAZETTEER_UNITS_MAX   8  /* boundaries over one point, all generations together */

struct geo_gazetteer;

enum geo_gazetteer_kind {
    GEO_GAZETTEER_STREET, /* a piece of a street; pieces of one name that lie close are one street
                           */
    GEO_GAZETTEER_ALLEY, /* "Hẻm 453 Lê Văn Sỹ"; a STREET row so named is taken as one, too */
    GEO_GAZETTEER_ADDRESS, /* a house */
    GEO_GAZETTEER_PLACE,
    GEO_GAZETTEER_WARD,
    GEO_GAZETTEER_DISTRICT,
    GEO_GAZETTEER_CROSSING, /* a named junction; those of two streets are found without rows */
};

/* One row. Everything is borrowed for the call of create only. Zeroed members mean "none", but
 * ward, district and unit are -1 for none. */
struct geo_gazetteer_row {
    enum geo_gazetteer_kind kind;
    const char *name;        /* UTF-8; may be NULL for ADDRESS */
    const char *aliases;     /* separated by '|', or NULL */
    const char *housenumber; /* ADDRESS: "819/13", "14;16", "428-430"; "km 12+300": a post */
    const char *street;      /* ADDRESS: the street's name, or the alley's */
    struct geo_point point;  /* representative; inside the unit for WARD and DISTRICT */
    int32_t ward;            /* number of a ward-level boundary it lies in */
    int32_t district;        /* number of a district-level boundary it lies in */
    bool has_successor;      /* WARD: when it ended, most of it went into ... */
    int32_t successor;       /* ... the unit of this number */
    int32_t unit;            /* WARD, DISTRICT: its own number, unique over both, 0..1,000,000 */
    int64_t valid_from_us;   /* WARD, DISTRICT: in force from ... */
    int64_t valid_to_us;     /* ... until before; INT64_MAX is open */
    const struct geo_point *line; /* STREET, ALLEY: its line; NULL: only the point is known */
    size_t line_points;
    bool derived; /* ADDRESS: the source names no street, this one is told by where it lies */
};

/* Which boundaries cover a point, of every level and generation: numbers as in the WARD and
 * DISTRICT rows. Called while building only. Returns how many were written. Without it only the
 * rows' own ward and district are known, so that a street is known in those units only. */
struct geo_gazetteer_locator {
    size_t (*units_at)(void *context, struct geo_point point, int32_t *units, size_t max);
    void *context;
    const char *metric_crs; /* "EPSG:9210": reads pairs of metres typed as text; NULL: none are */
};

/* STATUS_INVALID when a row's unit is out of range or used twice, or there are over 2^31 bytes of
 * names; STATUS_NO_MEMORY. Rows with an empty name, or a point that is not finite, are left out
 * (geo_gazetteer_count tells). Free with geo_gazetteer_destroy. */
enum status geo_gazetteer_create(const struct geo_gazetteer_row *rows, size_t count,
                                 const struct geo_gazetteer_locator *locator,
                                 struct geo_gazetteer **out, struct err *e) MUST_CHECK;
void geo_gazetteer_destroy(struct geo_gazetteer *g); /* NULL is fine */
size_t geo_gazetteer_bytes(const struct geo_gazetteer *g);
size_t geo_gazetteer_count(const struct geo_gazetteer *g); /* rows that were taken */

enum geo_match {
    GEO_MATCH_HOUSE,        /* the house's own point */
    GEO_MATCH_INTERPOLATED, /* between near known neighbours on its side of the street, or the same
                               number with another suffix */
    GEO_MATCH_ALLEY,        /* the alley's mouth */
    GEO_MATCH_STREET,       /* the middle of the street, of its part in the named unit, or of where
                               numbers far from the one given hint at */
    GEO_MATCH_CROSSING,
    GEO_MATCH_PLACE,
    GEO_MATCH_WARD,
    GEO_MATCH_DISTRICT,
    GEO_MATCH_COORDINATE, /* the text was a pair of coordinates */
};

struct geo_gazetteer_query {
    struct str text;
    bool has_bias;         /* prefer what lies near ... */
    struct geo_point bias; /* ... this point, within a few kilometres */
    int64_t at_us;         /* components are given as in force at that instant */
    size_t limit;          /* at most so many candidates; 0: as many as fit */
    bool prefix;           /* the last word may be unfinished (autocomplete) */
};

struct geo_candidate {
    struct geo_point point;
    double confidence; /* 0..1 */
    enum geo_match match;
    /* "819/13 Quang Trung, Phường 12, Quận Gò Vấp"; of a ward that is no more at that instant:
     * "Phường 12, Quận Gò Vấp → Phường An Hội Tây" */
    char label[256];
    char housenumber[32]; /* as understood; empty: none was given */
    char street[128];     /* the street's or place's own name; empty for units */
    int32_t ward;         /* boundary it lies in, in force at at_us, else the named one; -1 */
    int32_t district;
    char unmatched[128]; /* words that were not understood, as typed, separated by "; " */
};

/* Fills `out` with the best candidates, most confident first, and returns how many: 0 is an honest
 * "not found". Never allocates; uses about 45 KB of stack. */
size_t geo_gazetteer_find(const struct geo_gazetteer *g, const struct geo_gazetteer_query *query,
                          struct geo_candidate *out, size_t max);

/* The text as it was understood, for showing to whoever typed it: its parts in their order. */
enum geo_part_kind {
    GEO_PART_NUMBER,
    GEO_PART_ALLEY,
    GEO_PART_STREET,
    GEO_PART_PLACE,
    GEO_PART_WARD,
    GEO_PART_DISTRICT,
    GEO_PART_CITY,
    GEO_PART_BLOCK, /* khu phố, ấp, tổ, tầng */
    GEO_PART_KILOMETRE,
    GEO_PART_UNKNOWN, /* words that no name explains */
};

#define GEO_PARTS_MAX 24

struct geo_part {
    enum geo_part_kind kind;
    char text[96]; /* as it was typed, without its mark */
    uint8_t token; /* where it begins, in words */
};

/* Returns how many; none for a pair of coordinates. Bounds and stack as geo_gazetteer_find. */
size_t geo_gazetteer_parts(const struct geo_gazetteer *g, const struct geo_gazetteer_query *query,
                           struct geo_part *out, size_t max);
const char *geo_part_name(enum geo_part_kind kind); /* "housenumber", "street", ... */

/* The nearest thing worth telling: a house within 40 m, else a street or alley within 120 m, else a
 * place within 200 m. */
struct geo_nearest {
    enum geo_match match; /* HOUSE, STREET, PLACE, CROSSING */
    struct geo_point point;
    double metres;
    char name[192];       /* "12 Lê Lợi", "đường Quang Trung", "Bệnh viện Chợ Rẫy" */
    char housenumber[32]; /* empty: none */
    char street[128];     /* empty: none */
};

/* False where nothing is near. Looks at nine cells of a grid, some hundreds of things at most. */
bool geo_gazetteer_nearest(const struct geo_gazetteer *g, struct geo_point point,
                           struct geo_nearest *out);

/* "house", "interpolated", ...: the names used outside. */
const char *geo_match_name(enum geo_match match);

#endif
