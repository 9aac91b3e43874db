/* What one thread of a replay counts, and the sum of several. */
#ifndef CHANGE_REPLAY_COUNT_H
#define CHANGE_REPLAY_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "server/base/str.h"

/* Counts by a pair of numbers: a small open-addressed table. */
struct replay_table {
    struct replay_slot {
        int32_t a, b;
        int64_t n; /* 0: free */
    } * slots;
    size_t cap, used;
};

#define REPLAY_SAMPLES 100
#define REPLAY_CELL    0.005 /* degrees: about 550 m */

/* Agencies, categories and rules are numbers below the sizes given at init. */
struct replay_count {
    int64_t total, moved, desk_moved, unplaced, earlier, later;
    int64_t hours; /* of deadlines, together: positive is later */
    int64_t corrected, corrected_before, corrected_after; /* where staff's agency was given */
    size_t n_agencies, n_categories;
    int64_t *before, *after, *open_before, *open_after; /* by agency */
    int64_t *moved_by_category;
    struct replay_table pairs, cells; /* agencies from, to; cells of the map */
    struct replay_sample {
        int64_t id;
        struct geo_point point;
        int32_t from, to, category;
    } samples[REPLAY_SAMPLES];
    size_t n_samples;
    bool no_memory;
};

bool replay_count_init(struct replay_count *c, size_t n_agencies, size_t n_categories);
void replay_count_free(struct replay_count *c);
void replay_count_add(struct replay_count *to, const struct replay_count *from);

/* One complaint, decided twice. */
struct replay_pair {
    int64_t id;
    bool has_point, open;
    struct geo_point point;
    int32_t category;
    int32_t from, to, desk_from, desk_to; /* desks by database id, 0 none */
    int64_t due_from_us, due_to_us;
    int32_t staff; /* the agency that staff chose by hand; -1 none */
};
void replay_count_pair(struct replay_count *c, const struct replay_pair *pair);

#endif
