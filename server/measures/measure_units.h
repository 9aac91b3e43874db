/* Complaints counted by units: wards and districts of any generation, hexagons, agencies,
 * categories, channels, statuses, days, weeks, months. By place each complaint is counted where its
 * coordinates are, whatever unit it was filed under. Runs on a compute thread. */
#ifndef MEASURES_MEASURE_UNITS_H
#define MEASURES_MEASURE_UNITS_H

#include "geo/geo_heat_index.h"
#include "geo/geo_hex.h"
#include "server/app/snapshot.h"
#include "server/base/arena.h"
#include "server/measures/measure_rates.h"

enum measure_by {
    BY_WARD,
    BY_DISTRICT,
    BY_HEXAGON,
    BY_AGENCY,
    BY_CATEGORY,
    BY_CHANNEL,
    BY_STATUS,
    BY_DAY,
    BY_WEEK,
    BY_MONTH,
    BY_N
};
extern const char *const measure_by_names[BY_N];

#define MEASURE_HEXAGONS_MAX ((size_t)1 << 20)
#define MEASURE_STEPS_MAX    4000 /* of a series */

/* What is asked. Everything is borrowed while it runs. */
struct measure_question {
    enum measure_by by;
    const struct snapshot *snapshot;
    struct geo_heat_view *view;
    struct geo_heat_filter filter;
    int64_t generation_us; /* boundaries in force then */
    double hexagon_m;
    bool compared;
    int64_t before_from_s, before_to_s; /* the earlier period */
    /* In words of the statuses and channels: by the index's numbers. */
    const char *const *statuses, *const *channels;
    size_t n_statuses, n_channels;
};

struct measure_unit {
    const char *code, *name, *name_en, *kind; /* "" where there is none */
    struct measure_base base;
    bool approximate; /* the residents are estimated */
    struct geo_hex hex;
    struct geo_heat_sums now, before;
};

struct measure_answer {
    struct measure_unit *units;
    size_t n;
    struct geo_heat_sums total, total_before; /* of the filtered whole, outside of units too */
    struct geo_hex_grid grid;
    int64_t generation_from_us, generation_to_us;
    double before_scale; /* length of the later period by the earlier one's; 1 where open */
};

/* Allocates from the arena. STATUS_NOT_FOUND where no boundary of the level is in force,
 * STATUS_INVALID where a series or grid is too fine. */
enum status measure_units_count(const struct measure_question *q, struct arena *arena,
                                struct measure_answer *out, struct err *e) MUST_CHECK;

#endif
