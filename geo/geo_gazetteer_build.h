/* Private to geo_gazetteer*.c: making a gazetteer out of rows, in steps. Nothing here is used once
 * it is built. */
#ifndef GEO_GAZETTEER_BUILD_H
#define GEO_GAZETTEER_BUILD_H

#include "geo/geo_gazetteer_core.h"

/* A canonical name in `keys`. */
struct gaz_key {
    uint32_t at, n;
};

struct gaz_key_row {
    struct gaz_key key;
    struct gaz_target target;
};

/* A piece of a street, before pieces of one name are put together. */
struct gaz_piece {
    struct gaz_key key;
    uint32_t row;
    uint32_t street; /* once known */
    struct geo_box box;
};

/* A house or an alley, waiting for the street that it belongs to. */
struct gaz_dependent {
    struct gaz_key key;    /* of the street */
    struct gaz_key number; /* canonical */
    uint32_t row;
    uint32_t street; /* UINT32_MAX: none yet */
    bool alley;
};

struct gaz_builder {
    struct geo_gazetteer *g;
    const struct geo_gazetteer_row *rows;
    size_t count;
    const struct geo_gazetteer_locator *locator;
    struct geo_address address; /* scratch: the name being read */
    struct gaz_words words;     /* scratch */
    char *keys;
    struct gaz_key_row *names;
    struct gaz_piece *pieces;
    struct gaz_dependent *dependents;
    uint32_t *set_slots; /* hash table over sets */
    int32_t *unit_index; /* by the caller's number; -1 none */
    size_t keys_n, keys_cap;
    size_t name_count, name_cap;
    size_t piece_count, piece_cap;
    size_t dependent_count, dependent_cap;
    size_t set_slots_n, unit_index_n;
    bool failed; /* memory was short: every later step does nothing */
};

/* geo_gazetteer_build.c */
uint32_t gaz_build_text(struct gaz_builder *b, const char *text); /* into the pool */
struct gaz_key gaz_build_key(struct gaz_builder *b, struct str canonical);
void gaz_build_name(struct gaz_builder *b, struct gaz_key key, enum gaz_target_kind kind,
                    uint32_t index, enum gaz_how how);
uint32_t gaz_build_set(struct gaz_builder *b, struct geo_point p,
                       const struct geo_gazetteer_row *row);
struct gaz_point gaz_build_point(struct geo_point p);
bool gaz_build_point_ok(struct geo_point p);

/* geo_gazetteer_build_street.c: rows of streets, alleys and houses into streets. */
void gaz_build_read_streets(struct gaz_builder *b);
void gaz_build_streets(struct gaz_builder *b);

/* geo_gazetteer_near.c; false when memory is short. */
bool gaz_build_near(struct geo_gazetteer *g);

/* geo_gazetteer_build_name.c: the keys under which a thing is found. */
struct gaz_street_name {
    struct gaz_key key;
    struct gaz_key other; /* where a bare "duong" may be the mark or part of the name; n 0: none */
    struct gaz_key alley; /* "453" of "Hẻm 453 Lê Văn Sỹ"; n 0: none */
};
/* False when the name has no words. */
bool gaz_build_street_name(struct gaz_builder *b, struct str name, struct gaz_street_name *out);
bool gaz_build_place_name(struct gaz_builder *b, struct str name, struct gaz_key *out);
/* The parts by which the place just named is called as well: "Landmark 81" of "The Landmark 81",
 * "Chợ Rẫy" of "Bệnh viện Chợ Rẫy", "Takashimaya". Of b->words. */
void gaz_build_parts(struct gaz_builder *b, uint32_t place);
bool gaz_build_unit_name(struct gaz_builder *b, struct str name, struct gaz_key *out);
void gaz_build_initials(struct gaz_builder *b, struct gaz_key key, enum gaz_target_kind kind,
                        uint32_t index);

void gaz_build_spoken(struct gaz_builder *b, struct gaz_key key, uint32_t street);

#endif
