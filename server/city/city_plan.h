/* What a data folder's city.json says: the city's facts, and which file plays which part. */
#ifndef CITY_CITY_PLAN_H
#define CITY_CITY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/arena.h"
#include "server/base/err.h"
#include "server/city/city_boundaries.h"
#include "server/city/city_layer_load.h"

struct json_object;

struct city_lineage_file {
    const char *path, *on_day;
};

/* Column names of a file of complaints; NULL where it has none such. */
struct city_complaint_columns {
    const char *id, *received_at, *closed_at, *category, *description, *address, *channel;
    const char *lon, *lat, *accuracy_m, *occurred_at;
    const char *reporter_name, *reporter_phone, *reporter_email;
    /* Units that the city itself noted: to compare with, never to route by. */
    const char *recorded_ward, *recorded_district;
};

struct city_complaint_file {
    const char *path;
    struct city_complaint_columns columns;
};

struct city_paths {
    const char **paths;
    size_t n;
};

struct city_plan {
    const char *name_vi, *name_en, *timezone;
    struct city_boundary_file *boundaries;
    bool *partial; /* as long as boundaries */
    size_t n_boundaries;
    struct city_lineage_file *lineage;
    size_t n_lineage;
    struct city_complaint_file *complaints;
    size_t n_complaints;
    struct city_layer_file *layers;
    size_t n_layers;
    struct city_paths osm, addresses, places, categories, agencies, calendars, populations, rules;
    struct json_object *root; /* owned */
    struct arena *arena;      /* owns everything else */
};

/* Reads FOLDER/city.json; paths come out joined with the folder, and every file named is there and
 * readable. Free with city_plan_clear. */
enum status city_plan_read(const char *folder, struct city_plan *out, struct err *e) MUST_CHECK;
void city_plan_clear(struct city_plan *plan);

#endif
