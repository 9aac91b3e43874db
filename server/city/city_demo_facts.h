/* The facts that the demo city is made from, read from the CSV files of server/city/demo/: real
 * names, codes and rough centres of the city's units, well-known street names, and the proportions
 * of what people complain about. Everything is owned by the facts' arena. */
#ifndef CITY_CITY_DEMO_FACTS_H
#define CITY_CITY_DEMO_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "server/base/arena.h"
#include "server/base/err.h"

struct city_demo_unit {
    const char *code, *name, *kind;
    struct geo_point centre;
    /* The former district of a ward; "BD" or "VT" in the two former provinces that joined. */
    const char *region;
    double area_km2;
};

struct city_demo_ring {
    struct geo_point *points;
    size_t n;
};

struct city_demo_street_name {
    const char *name, *class;
    const char *regions; /* separated by spaces */
};

struct city_demo_landmark {
    const char *name, *name_en, *kind;
    struct geo_point point;
};

#define DEMO_PROFILE_MAX 24

/* Relative weights: by hour (24), by weekday from Monday (7) or by month from January (12). */
struct city_demo_profile {
    const char *kind, *name;
    double weights[DEMO_PROFILE_MAX];
    size_t n;
};

enum city_demo_spread { DEMO_AT_HOME, DEMO_ON_ROAD, DEMO_NOWHERE };

/* What a description is made from. */
struct city_demo_text {
    const char *text; /* with {words} to be filled in */
    size_t category;  /* number in facts->categories */
};

/* One field's part in the year, and when and where it happens. */
struct city_demo_mix {
    const char *field; /* the code of a category; its texts are of it or of those below it */
    double share;      /* relative to the others' */
    const struct city_demo_profile *hour, *week, *season;
    enum city_demo_spread spread;
    struct city_demo_text *texts; /* at least one */
    size_t n_texts;
};

struct city_demo_channel {
    const char *name;
    double share;
};

/* A jurisdiction with a polygon of its own. */
struct city_demo_area {
    const char *code, *name, *agency, *class;
    const char *categories; /* codes separated by spaces; "": all */
    struct city_demo_ring ring;
};

struct city_demo_list {
    const char **texts;
    size_t n;
};

struct city_demo_facts {
    struct arena *arena;
    struct city_demo_unit *wards, *districts; /* in order of the file */
    size_t n_wards, n_districts;
    struct city_demo_ring *outline;
    size_t n_outline;
    struct city_demo_street_name *street_names;
    size_t n_street_names;
    struct city_demo_landmark *landmarks;
    size_t n_landmarks;
    struct city_demo_profile *profiles;
    size_t n_profiles;
    struct city_demo_channel *channels;
    size_t n_channels;
    struct city_demo_mix *mix;
    size_t n_mix;
    struct city_demo_list categories; /* codes that the texts name */
    struct city_demo_list endings;    /* what a description may end in */
    struct city_demo_list families, middles, givens, schools;
    struct city_demo_area *areas;
    size_t n_areas;
};

/* `folder` is server/city/demo. STATUS_INVALID names the file and line. Free with
 * city_demo_facts_destroy. */
enum status city_demo_facts_load(const char *folder, struct city_demo_facts **out,
                                 struct err *e) MUST_CHECK;
void city_demo_facts_destroy(struct city_demo_facts *facts); /* NULL is fine */

/* True if the point is inside the city's outline. */
bool city_demo_facts_inside(const struct city_demo_facts *facts, struct geo_point point);
/* The ward whose centre is nearest: the one whose cell the point lies in. */
size_t city_demo_facts_nearest(const struct city_demo_facts *facts, struct geo_point point);

#endif
