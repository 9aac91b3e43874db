/* What the service knows by heart: boundaries of every generation, categories, agencies, rules,
 * gazetteer. Immutable once loaded and counted: whoever works with one holds a reference, and a
 * newer one is swapped in whole when the database says that something changed. Thread-safe.
 *
 * "Number" means a position in one of the arrays here; ids are the database's. */
#ifndef APP_SNAPSHOT_H
#define APP_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_area.h"
#include "geo/geo_gazetteer.h"
#include "geo/geo_near.h"
#include "geo/geo_types.h"
#include "routing/route_deadlines.h"
#include "routing/route_rules.h"
#include "server/base/code_table.h"
#include "server/base/err.h"
#include "server/duplicates/likeness.h"

enum boundary_level { LEVEL_WARD, LEVEL_DISTRICT, LEVEL_COUNT };

struct snapshot_boundary {
    int32_t id;
    enum boundary_level level;
    const char *code, *name, *kind;
    int64_t valid_from_us, valid_to_us; /* INT64_MIN / INT64_MAX where open */
    bool approximate;
    double area_km2, road_km, residents; /* NaN where not known */
    bool residents_approximate;
};

struct snapshot_category {
    int32_t id;
    int32_t parent; /* number, -1 at the top */
    const char *code, *name_vi, *name_en, *keywords;
    bool urgent, active;
    int32_t deadline_hours, deadline_working_days; /* at most one is > 0; none: its parent's */
};

struct snapshot_agency {
    int32_t id;
    const char *code, *name, *name_en, *kind;
};

struct snapshot_desk {
    int32_t id, agency;
    const char *code, *name;
};

struct snapshot_jurisdiction {
    int32_t id;
    const char *code, *name;
};

/* Tiles further away are drawn from this zoom's. */
#define SNAPSHOT_LEVEL_MIN 5

struct geo_coverage_level;

/* The boundaries of one level that are in force together, from from_us to the next epoch's. */
struct snapshot_epoch {
    int64_t from_us;
    char from_day[11];          /* "2025-07-01", its day in the city; "" before all others */
    struct geo_area_set *areas; /* NULL where none is in force */
    const int32_t *boundaries;  /* area number -> boundary number, in order of code */
    /* By zoom, from SNAPSHOT_LEVEL_MIN to GEO_COVERAGE_FULL_ZOOM; NULL unless loaded for maps. */
    struct geo_coverage_level **levels;
    struct geo_point *labels; /* of each area: a point surely inside */
};

struct snapshot_city {
    const char *name_vi, *name_en, *timezone, *metric_crs, *attribution;
    const char *map_style; /* the address of an outside style; "" for the map's own */
    struct geo_box box;
    bool approximate; /* some boundary is not the official line */
};

/* An imported layer of the map; its features stay in the database. */
struct snapshot_layer {
    int32_t id;
    const char *code, *name_vi, *name_en, *kind;
    const char *group, *group_vi, *group_en;
    const char *style;       /* a JSON object */
    const char *attribution; /* "" for none */
    const char *fields;      /* of its features, as TileJSON has them */
    const char *categories;  /* JSON: the values of class or kind, or null */
    int64_t n_features, updated_at_us;
    int64_t valid_from_us, valid_to_us; /* of all of them; INT64_MIN / INT64_MAX where open */
    struct geo_box box;
    int min_zoom;
    bool public; /* else only for those who are logged in */
    bool timed;  /* some feature holds for a while only */
};

/* The features that one question of the rules is about (route_rules_question), by number. */
struct snapshot_question {
    struct geo_near_set *near;
    size_t n_features;
    const char **names, **owners; /* owners: NULL where no rule asks for them, or it has none */
    int64_t *valid_from_us, *valid_to_us; /* NULL where every feature holds always */
};

struct snapshot {
    int references; /* through snapshot_acquire and snapshot_release only */
    uint64_t version;
    struct snapshot_city city;
    struct snapshot_boundary *boundaries;
    size_t n_boundaries;
    struct snapshot_epoch *epochs[LEVEL_COUNT];
    size_t n_epochs[LEVEL_COUNT];
    struct snapshot_category *categories;
    size_t n_categories;
    struct snapshot_agency *agencies;
    size_t n_agencies;
    struct snapshot_desk *desks;
    size_t n_desks;
    struct snapshot_jurisdiction *jurisdictions;
    size_t n_jurisdictions;
    struct geo_area_set *special_areas; /* jurisdictions with a polygon of their own; may be NULL */
    const int32_t *special_jurisdiction; /* area number -> jurisdiction number */
    struct snapshot_layer *layers;       /* in the order that they are listed in */
    size_t n_layers;
    struct route_rules *rules;
    struct route_deadlines *deadlines;
    struct snapshot_question *questions; /* route_rules_n_questions of them */
    size_t n_questions;
    uint64_t *rule_failures;         /* per rule, of this snapshot: placing_count_failures */
    struct likeness_terms *likeness; /* by category number */
    struct geo_gazetteer *gazetteer; /* NULL where there is nothing in it */
    uint64_t gazetteer_build_us;
    unsigned char tracking_key[16];
    /* Numbers by code; agencies and wards may have had several rows of one code. */
    struct code_table category_codes, agency_codes, ward_codes;
    struct arena *arena; /* owns the texts and arrays */
};

struct db_sync;

/* Reads everything through a blocking connection, in one repeatable-read transaction. The caller
 * owns the one reference. A database without categories or agencies gives a snapshot whose `rules`
 * is NULL: the service then says that it is not ready. */
enum status snapshot_load(struct db_sync *db, struct snapshot **out, struct err *e) MUST_CHECK;

/* The same, but routing by that set of rules (a draft, an older version) instead of the published
 * one. STATUS_NOT_FOUND when there is none such. */
enum status snapshot_load_with_rules(struct db_sync *db, int32_t rule_set_id, struct snapshot **out,
                                     struct err *e) MUST_CHECK;
/* As snapshot_load, with what tiles of boundaries are drawn from: about half a second more for a
 * city. */
enum status snapshot_load_with_maps(struct db_sync *db, struct snapshot **out,
                                    struct err *e) MUST_CHECK;

struct snapshot *snapshot_acquire(struct snapshot *s);
void snapshot_release(struct snapshot *s); /* NULL is fine; the last one frees */

/* The last instant before the administration in force at at_us began; INT64_MIN: it is the first
 * that is known. */
int64_t snapshot_before(const struct snapshot *s, int64_t at_us);
/* The boundary of that level that covers the point at that instant, or -1. */
int32_t snapshot_boundary_at(const struct snapshot *s, enum boundary_level level,
                             struct geo_point point, int64_t at_us);
/* Its own deadline; INHERIT where it has none. */
struct route_deadline snapshot_category_deadline(const struct snapshot_category *category);
/* The number of the category with that code, or -1. */
int32_t snapshot_category_find(const struct snapshot *s, const char *code);

#endif
