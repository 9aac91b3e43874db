/* A complaint as it is handed from stage to stage: http -> intake -> geo -> routing -> store.
 *
 * Plain data, no functions. Each stage reads what the earlier ones filled and fills its own part.
 * Texts are NUL-ended, valid UTF-8 in NFC without control characters, and borrowed from the arena
 * of whoever runs the path (a request, or an importer's batch); NULL means not given. */
#ifndef INTAKE_COMPLAINT_H
#define INTAKE_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "routing/route_deadlines.h"
#include "routing/route_types.h"

/* The most code points a field may have. */
#define COMPLAINT_DESCRIPTION_MAX 4000
#define COMPLAINT_ADDRESS_MAX     500
/* Files that it may name. */
#define COMPLAINT_ATTACHMENTS_MAX 10

/* What was said, checked but not yet judged. Made by intake_parse or by an importer. */
struct complaint_draft {
    int32_t category;        /* number in the snapshot */
    const char *description; /* required */
    const char *address;
    const char *channel; /* one of domain.md's seven */
    bool has_point;
    struct geo_point point;
    double accuracy_m;       /* < 0: not given */
    int64_t occurred_at_us;  /* INT64_MIN: not given */
    const char *attributes;  /* JSON object text */
    const char *attachments; /* ids of files that were sent before, a JSON array; NULL: none */
    struct {
        const char *name, *phone, *email;
        const char *lang; /* "vi", "en": what they read; NULL: not known */
        bool anonymous;
    } reporter;
    /* Only importers fill these. */
    int64_t received_at_us; /* INT64_MIN: now */
    int64_t closed_at_us;   /* INT64_MIN: open */
    const char *source;
    const char *source_id;
};

enum place_match {
    PLACE_NONE, /* no place could be found: kept, flagged, routed to the fallback desk */
    PLACE_COORDINATE,
    PLACE_HOUSE,
    PLACE_INTERPOLATED,
    PLACE_ALLEY,
    PLACE_STREET,
    PLACE_CROSSING,
    PLACE_LANDMARK,
    PLACE_WARD,
    PLACE_DISTRICT,
};

/* Where it is, at the instant it came in. Made by placing. */
struct complaint_place {
    bool has_point;
    struct geo_point point;
    enum place_match match;
    double confidence; /* 0..1 */
    int32_t ward;      /* boundary number in the snapshot, in force at that instant; -1 none */
    int32_t district;
};

/* What else an address may have meant. Made by placing, for whoever places it by hand. */
struct complaint_alternative {
    const char *label; /* "819/13 Quang Trung, Phường An Hội Tây" */
    struct geo_point point;
    enum place_match match;
    double confidence;
};

#define COMPLAINT_ALTERNATIVES_MAX 5

enum complaint_flag {
    COMPLAINT_OUTSIDE_CITY = 1 << 0,   /* the point lies in no unit of the city */
    COMPLAINT_UNPLACED = 1 << 1,       /* no point at all */
    COMPLAINT_LOW_CONFIDENCE = 1 << 2, /* to be placed by hand */
    COMPLAINT_UNROUTED = 1 << 3,       /* no jurisdiction covered it: the fallback desk has it */
};

/* Everything that is stored, once the path has run. */
struct complaint_record {
    int64_t id;
    char code[10]; /* tracking code, NUL-ended */
    const struct complaint_draft *draft;
    int64_t received_at_us;
    struct complaint_place place;
    unsigned flags; /* enum complaint_flag */
    /* Of an address without coordinates: what it was taken for and then the others. */
    const struct complaint_alternative *alternatives;
    size_t n_alternatives;
    const char *not_understood; /* words of the address; NULL: none */
    struct route_decision decision;
    struct route_terms terms; /* what the decision says of its deadlines */
    struct route_due due;
    const char *reason_vi, *reason_en;
    const char
        *account;       /* the decision's record, a JSON object (weighing.h); NULL: none was made */
    const char *actor;  /* 'public', 'user:LOGIN', 'key:NAME', 'import:FILE' */
    const char *client; /* whose idempotency key; NULL without one */
    const char *key;    /* Idempotency-Key; NULL without one */
    char request_hash[33]; /* hex, of the request's body; "" without a key */
};

#endif
