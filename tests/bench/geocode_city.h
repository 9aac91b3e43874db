/* What the geocoder's benchmark asks, and what it may know: the loaded city's addresses that name a
 * street, split without looking at them, and a gazetteer that holds one half only.
 *
 * The rule of the split (seed GEOCODE_SEED, FNV-1a, 64 bits, mixed once more): the canonical street
 * name decides between tuning and evaluation, so no street is in both; number and street together
 * decide whether an address is in the index or is asked for, so an address that the source has
 * twice never answers itself. Addresses whose source names no street are in the index under the one
 * that they lie at, except where they are an asked address once more (its number within 200 m). */
#ifndef TESTS_BENCH_GEOCODE_CITY_H
#define TESTS_BENCH_GEOCODE_CITY_H

#include "geo/geo_gazetteer.h"
#include "server/app/snapshot.h"
#include "server/db/db_sync.h"

#define GEOCODE_SEED    "hotline-1022-split-1"
#define GEOCODE_KEY_MAX 160
#define GEOCODE_BEFORE  INT64_C(1751302799000000) /* the last second before the reform */
#define GEOCODE_AFTER   INT64_C(1751302800000000)
#define GEOCODE_NO_GAP  1000000

struct geocode_address {
    char number[64], street[160]; /* as the source has them, the street without ", P.12, ..." */
    char key[GEOCODE_KEY_MAX];    /* canonical name of the street, without "hẻm N" */
    struct geo_point point;
    int32_t ward, district, new_ward; /* boundaries it lies in; -1 none */
    bool derived;                     /* the source names no street: never asked */
    bool left_out;     /* derived, and a copy of one that is asked: not in the index */
    bool asked;        /* else in the index */
    bool evaluation;   /* else for tuning */
    bool street_known; /* that street is in the gazetteer, in that district */
    bool number_known; /* the number itself is in the index ... */
    int32_t gap;       /* ... else between its neighbours; GEOCODE_NO_GAP */
    double near_m;     /* the nearer of what is known lies so far off */
};

/* How an address is kept from answering itself. */
enum geocode_split {
    GEOCODE_HALVES,     /* one half is in the index, the other is asked */
    GEOCODE_ONE_BY_ONE, /* all are in the index, and each is taken out while it is asked: see
                           geocode_single.h */
};

struct geocode_city {
    enum geocode_split split;
    struct snapshot *snapshot;
    struct db_rows *streets, *places;
    struct geo_gazetteer_row *rows; /* units, streets, places, indexed addresses */
    size_t n_rows;
    struct geo_point *points; /* the streets' lines */
    struct geocode_address *addresses;
    size_t n_addresses;
    uint64_t *known; /* sorted: hash of street and district */
    size_t n_known;
    struct geo_gazetteer *gazetteer;
    double build_s;
};

enum status geocode_city_load(struct db_sync *db, enum geocode_split split,
                              struct geocode_city *out, struct err *e) MUST_CHECK;
void geocode_city_clear(struct geocode_city *city);

/* The canonical name of a street: marks, alley and short forms resolved. */
void geocode_key(const char *street, char out[GEOCODE_KEY_MAX]);
uint64_t geocode_hash(const char *a, const char *b);
const char *geocode_unit_name(const struct geocode_city *city, int32_t unit); /* "" for none */
bool geocode_street_known(const struct geocode_city *city, const char *key, int32_t district);
/* The last number of a house and how long what stands before it is: 13 and "819/". */
int32_t geocode_last_number(const char *number, size_t *prefix);
/* The street shown under that canonical name bears the other as well. */
bool geocode_same_street(const struct geocode_city *city, const char *shown, const char *key);

#endif
