/* Between the rows and the snapshot: used by store_snapshot.c and snapshot_build.c only. */
#ifndef STORE_SNAPSHOT_BUILD_H
#define STORE_SNAPSHOT_BUILD_H

#include "server/app/snapshot.h"
#include "server/db/db_sync.h"

enum snapshot_gazetteer {
    SNAPSHOT_STREETS,
    SNAPSHOT_ADDRESSES,
    SNAPSHOT_PLACES,
    SNAPSHOT_GAZETTEERS
};

/* What is at hand while a snapshot is made. */
struct snapshot_load {
    struct db_sync *db;
    struct snapshot *s;
    struct arena *scratch; /* gone when the snapshot is made */
    bool no_memory;
    bool maps;                             /* levels of boundaries are wanted */
    struct route_calendar_source calendar; /* the city's */
    int32_t *boundary_ids, *category_ids, *agency_ids, *desk_ids; /* by number */
    struct geo_area_source *shapes;                               /* of the boundaries */
    struct route_agency *agencies;
    struct route_desk *desks;
    struct route_jurisdiction *jurisdictions;
    struct geo_area_source *special_shapes;
    int32_t rule_set_id;
    struct route_rule *rules;
    size_t n_rules;
    struct route_layer *layers; /* that rules may ask about */
    size_t n_layers;
    int32_t *special_jurisdiction;
    size_t n_special;
    struct db_rows *old_wards; /* new code, names of old wards that have no polygon of their own */
    struct db_rows *went_into; /* old ward's code, code of the new one that has most of it */
    struct db_rows *gazetteer_rows[SNAPSHOT_GAZETTEERS]; /* name, aliases, wkb, number, street */
};

/* Rules, and what they ask about: snapshot_rules.c. The set is l->rule_set_id, 0 the published. */
enum status snapshot_load_rules(struct snapshot_load *l, struct err *e) MUST_CHECK;
enum status snapshot_load_rule_layers(struct snapshot_load *l, struct err *e) MUST_CHECK;
enum status snapshot_load_questions(struct snapshot_load *l, struct err *e) MUST_CHECK;
const struct route_unit *snapshot_route_units(struct snapshot_load *l);

/* The list of imported layers: snapshot_layers.c. */
enum status snapshot_load_layers(struct snapshot_load *l, struct err *e) MUST_CHECK;
/* After the boundaries. In store_units.c. */
enum status snapshot_load_units(struct snapshot_load *l, struct err *e) MUST_CHECK;

enum status snapshot_build_epochs(struct snapshot_load *l, struct err *e) MUST_CHECK;
/* Calendars, steps and pause reasons: store_deadlines.c. After categories and agencies. */
enum status snapshot_load_deadlines(struct snapshot_load *l, struct err *e) MUST_CHECK;
/* What makes two complaints alike: store_likeness.c. After the categories. */
enum status snapshot_load_likeness(struct snapshot_load *l, struct err *e) MUST_CHECK;
/* The epoch's levels and labels: snapshot_levels.c. */
enum status snapshot_build_levels(struct snapshot_load *l, const struct geo_area_source *sources,
                                  size_t n, struct snapshot_epoch *epoch, struct err *e) MUST_CHECK;
enum status snapshot_build_rules(struct snapshot_load *l, struct err *e) MUST_CHECK;
enum status snapshot_build_gazetteer(struct snapshot_load *l, struct err *e) MUST_CHECK;

#endif
