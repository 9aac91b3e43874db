/* Private to geo_gazetteer*.c: the index as it lies in memory. */
#ifndef GEO_GAZETTEER_CORE_H
#define GEO_GAZETTEER_CORE_H

#include <math.h>
#include <pthread.h>

#include "geo/geo_address.h"
#include "geo/geo_crs.h"
#include "geo/geo_gazetteer.h"
#include "geo/geo_gazetteer_names.h"

/* A point in 1e-7 degrees: 1 cm, half the size of two doubles. */
struct gaz_point {
    int32_t lon, lat;
};

struct gaz_unit {
    int32_t number;    /* the caller's */
    int32_t parent;    /* index of the district a ward lies in (the latest one); -1 */
    uint32_t name;     /* in pool */
    int32_t successor; /* the caller's number of what it went into; -1 */
    bool district;     /* else a ward */
    int64_t from_us, to_us;
    struct gaz_point point;
};

/* The units over a point, as indexes into units. */
struct gaz_set {
    uint16_t unit[GEO_GAZETTEER_UNITS_MAX];
    uint16_t n;
    uint64_t sieve; /* gaz_sieve of all of them: where two have nothing in common, no unit is */
};

static inline uint64_t gaz_sieve(uint16_t unit)
{
    return UINT64_C(1) << (unit & 63U);
}

struct gaz_vertex {
    struct gaz_point at;
    uint32_t set : 31;
    uint32_t starts : 1; /* no line from the vertex before */
};

struct gaz_street {
    uint32_t name; /* in pool */
    uint32_t vertex, vertices;
    uint32_t house, houses; /* sorted by number, see gaz_house_compare */
    uint32_t alley, alleys; /* sorted by number */
    uint32_t unit, units;   /* in street_units: all that it passes */
    uint32_t middle;        /* vertex nearest to the centre of all */
    uint64_t sieve;         /* of its units, as a set's */
};

/* A house number cut for comparing: the part before its last number, that number, what follows. */
struct gaz_number {
    uint32_t prefix; /* hash of "819/" or "d"; 0 for none */
    int32_t last;
    uint32_t suffix; /* hash of "a", "bis", "-16"; 0 for none */
};

enum gaz_house_kind {
    GAZ_HOUSE_TOLD,    /* the source says number and street */
    GAZ_HOUSE_DERIVED, /* the street is told by where it lies */
    GAZ_HOUSE_MOUTH, /* no house: the mouth of the alley of that number, which lies between them */
};

struct gaz_house {
    uint32_t street;
    uint32_t text; /* the whole number, in pool */
    struct gaz_number number;
    uint32_t set;
    struct gaz_point at;
    uint32_t kind; /* enum gaz_house_kind */
};

struct gaz_alley {
    uint32_t street;
    uint32_t hash; /* of its number */
    uint32_t name; /* in pool */
    uint32_t set;
    struct gaz_point mouth;
};

struct gaz_place {
    uint32_t name; /* in pool */
    uint32_t set;
    struct gaz_point at;
    bool crossing;
};

/* Something that lies in a cell of the grid; see geo_gazetteer_near.c. */
struct gaz_near {
    uint64_t cell;
    uint32_t index, kind;
};

struct geo_gazetteer {
    struct gaz_names names;
    char *pool; /* texts, each ended in NUL */
    struct gaz_unit *units;
    struct gaz_set *sets;
    struct gaz_street *streets;
    struct gaz_vertex *vertices;
    uint16_t *street_units;
    uint32_t *street_middles; /* for each of them: the street's vertex in the middle of that part */
    struct gaz_house *houses;
    struct gaz_alley *alleys;
    struct gaz_place *places;
    struct gaz_near *nears; /* sorted by cell */
    struct geo_crs *crs;    /* for pairs of metres typed as text; NULL: none */
    pthread_mutex_t crs_lock;
    struct geo_point middle; /* of the streets: what shortened Plus Codes are near to */
    size_t pool_n, pool_cap;
    size_t unit_count, unit_cap;
    size_t set_count, set_cap;
    size_t street_count, street_cap;
    size_t vertex_count, vertex_cap;
    size_t street_unit_count, street_unit_cap;
    size_t house_count, house_cap;
    size_t alley_count, alley_cap;
    size_t place_count, place_cap;
    size_t near_count;
    size_t rows; /* taken */
};

/* Units that a text names; a place satisfies it by lying in any one. */
struct gaz_named {
    uint16_t unit[48];
    size_t n;
    uint64_t sieve; /* of all of them, as a set's; perhaps of some more */
    bool district;  /* its units are districts (or both) */
};

enum { GAZ_NAMED_MAX = 4 };

struct gaz_context {
    struct gaz_named named[GAZ_NAMED_MAX];
    size_t n;
};

static inline bool gaz_set_meets(const struct gaz_set *set, const struct gaz_named *named)
{
    if ((set->sieve & named->sieve) == 0) {
        return false;
    }
    for (size_t i = 0; i < set->n; i++) {
        for (size_t k = 0; k < named->n; k++) {
            if (set->unit[i] == named->unit[k]) {
                return true;
            }
        }
    }
    return false;
}

/* How many of the context's names the set satisfies. */
static inline size_t gaz_set_score(const struct gaz_set *set, const struct gaz_context *context)
{
    size_t score = 0;
    for (size_t i = 0; i < context->n; i++) {
        score += gaz_set_meets(set, &context->named[i]);
    }
    return score;
}

static inline struct geo_point gaz_point_out(struct gaz_point p)
{
    return (struct geo_point){p.lon / 1e7, p.lat / 1e7};
}

#define GAZ_METRES_PER_UNIT 0.0111319491 /* of 1e-7 degrees of latitude */

/* cos as its series: off by under 3e-5 even at the poles: a query takes thousands of these. */
static inline double gaz_parallel_scale(int32_t lat)
{
    double x = lat * (M_PI / 180 / 1e7);
    double x2 = x * x;
    return 1 - x2 / 2 * (1 - x2 / 12 * (1 - x2 / 30 * (1 - x2 / 56)));
}

/* Square metres between two points a few kilometres apart, on a plane at the latitude of a, whose
 * scale it is. */
static inline double gaz_distance2_at(struct gaz_point a, struct gaz_point b, double scale)
{
    double x = ((double)b.lon - a.lon) * GAZ_METRES_PER_UNIT * scale;
    double y = ((double)b.lat - a.lat) * GAZ_METRES_PER_UNIT;
    return x * x + y * y;
}

static inline double gaz_distance(struct gaz_point a, struct gaz_point b)
{
    return sqrt(gaz_distance2_at(a, b, gaz_parallel_scale(a.lat)));
}

static inline bool gaz_within(struct gaz_point a, struct gaz_point b, double metres)
{
    return gaz_distance2_at(a, b, gaz_parallel_scale(a.lat)) <= metres * metres;
}

/* Canonical text of a house number: folded, no spaces. Returns the length; out is NUL-ended. */
size_t gaz_number_text(struct str in, char *out, size_t cap);
struct gaz_number gaz_number_read(struct str s); /* canonical */
/* "12", "12+300", "12.3" as the number of a kilometre post: "km24600", twice the metres, so that
 * all posts stand on one side. Returns the length; 0 where it is none. */
size_t gaz_kilometre_text(struct str in, char *out, size_t cap);
uint32_t gaz_number_hash(struct str s); /* of a whole canonical one; never 0 but for none */
int gaz_house_compare(const void *a, const void *b);

struct gaz_spot {
    struct gaz_point at;
    uint32_t set;
    enum geo_match match;
    double precision; /* factor of confidence: how sure the point is, given the street */
    bool numbered;    /* the number was of use: the point is not just the street's middle */
    bool derived;     /* by a house whose street nobody told */
};

/* Where on the street the number is; canonical may be empty (the street itself). `alley` is the
 * number of the alley named apart from the house, canonical, or empty. */
void gaz_house_find(const struct geo_gazetteer *g, uint32_t street, struct str number,
                    struct str alley, const struct gaz_context *context, struct gaz_spot *out);

/* The units over the known thing nearest to the point; false where none is near. */
bool gaz_near_set(const struct geo_gazetteer *g, struct geo_point point, uint32_t *set);

/* How many of the context's names the street passes at all. */
size_t gaz_street_score(const struct geo_gazetteer *g, uint32_t street,
                        const struct gaz_context *context);

/* The middle of the part of a street that satisfies most of the context, of which the street passes
 * `score`. */
void gaz_street_middle(const struct geo_gazetteer *g, uint32_t street,
                       const struct gaz_context *context, size_t score, struct gaz_spot *out);

/* Where two streets come closest; false when that is over 60 m, or they are one. Looks at no more
 * pairs of lines than *tests, which it takes what it used from. */
bool gaz_street_crossing(const struct geo_gazetteer *g, uint32_t a, uint32_t b, size_t *tests,
                         struct gaz_spot *out);

#endif
