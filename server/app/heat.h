/* The heat index of this process, and the thread that keeps it: it reads everything once, in
 * parallel, then follows what changes, and moves the index's clock every second.
 *
 * Until everything has been read, heat_view gives NULL: tiles are then answered with 503 and
 * Retry-After. From then on there is always a view, also while the database is away; the feed
 * catches up when it is back, or reads everything anew when it can't know what it missed. */
#ifndef APP_HEAT_H
#define APP_HEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "geo/geo_heat_index.h"
#include "server/base/err.h"
#include "server/base/str.h"

struct app;
struct heat;

enum status heat_create(struct app *app, struct heat **out, struct err *e) MUST_CHECK;
enum status heat_start(struct heat *heat, struct err *e) MUST_CHECK; /* the thread */
void heat_stop(struct heat *heat);    /* app->stopping is set; waits for the thread, if it runs */
void heat_destroy(struct heat *heat); /* once nobody holds a view */

/* Any thread. Release it as soon as the answer is made. */
struct geo_heat_view *heat_view(struct heat *heat);

struct heat_counters {
    bool ready;
    uint64_t loads, news, applied, ticks, losses, load_us, last_apply_us;
    uint64_t lag_us; /* from the news to the version that has it, of the last */
};
struct heat_counters heat_counters(struct heat *heat);
struct geo_heat_stats heat_stats(struct heat *heat);

/* What a picture's scale was found to be, for all workers, so that neighbouring tiles agree: kept
 * for a minute. 0: not known (any more). */
float heat_scale_get(struct heat *heat, const char *key);
void heat_scale_put(struct heat *heat, const char *key, float value);

/* Reads everything into an index, over several connections under one snapshot. *point is where to
 * go on from. `stop` (may be NULL) is looked at now and then. */
struct store_heat_point;
struct store_heat_start;
enum status heat_load_from(const char *database, struct geo_heat_index *index,
                           const struct store_heat_start *start, const bool *stop,
                           struct err *e) MUST_CHECK; /* at a snapshot that is held open */
enum status heat_load(const char *database, struct geo_heat_index *index,
                      struct store_heat_point *point, const bool *stop, struct err *e) MUST_CHECK;

/* One number that stands for all records in the view, in whatever order: two indexes with the same
 * number hold the same complaints in the same state. */
uint64_t heat_digest(struct geo_heat_view *view, struct err *e);

#endif
