/* What feeds the heat index: all complaints at a snapshot, and what changed from one snapshot to a
 * later one. Blocking connections; docs/decisions/0007-heat-feed.md says why nothing is missed or
 * doubled. */
#ifndef STORE_STORE_HEAT_H
#define STORE_STORE_HEAT_H

#include <stdbool.h>

#include "geo/geo_heat_index.h"
#include "server/db/db_sync.h"
#include "server/store/store_filter.h"

/* Statuses and channels as the index numbers them; -1 for other words. */
int store_heat_status(struct str name);
int store_heat_channel(struct str name);
const char *store_heat_status_name(unsigned status); /* "" for other numbers */
#define STORE_HEAT_OPEN 0x87fU /* all but referred, resolved, closed, rejected */

#define STORE_HEAT_WEIGHT_URGENT 3 /* of an urgent category's complaints; others weigh 1 */

/* Which transactions have been seen: pg_snapshot's text. And what would make it meaningless:
 * another server, another time line, a restart (which may have lost what was not synced, and gives
 * its numbers again). */
#define STORE_HEAT_SNAPSHOT_MAX 16384
struct store_heat_point {
    char snapshot[STORE_HEAT_SNAPSHOT_MAX];
    char server[160];
};

/* --- everything ------------------------------------------------------------------------------- */

/* Opens a repeatable-read transaction that others can join. `exported` names it for them. */
struct store_heat_start {
    struct store_heat_point point;
    char exported[64];
    int64_t pages; /* of the table: rows are on pages below */
};
enum status store_heat_begin(struct db_sync *db, struct store_heat_start *out,
                             struct err *e) MUST_CHECK;
enum status store_heat_join(struct db_sync *db, const char *exported, struct err *e) MUST_CHECK;

/* Calls `told` for every placed complaint on the pages [first, end); false ends it. */
typedef bool store_heat_told(void *arg, const struct geo_heat_record *record);
enum status store_heat_read(struct db_sync *db, int64_t first, int64_t end, store_heat_told *told,
                            void *arg, struct err *e) MUST_CHECK;

/* --- what changed ----------------------------------------------------------------------------- */

struct store_heat_changes {
    struct geo_heat_change *changes; /* owned: free() */
    size_t n;
    bool everything; /* too much to tell, or too long ago: read all anew (point is as before) */
};
/* From *point to now; moves it. */
enum status store_heat_changed(struct db_sync *db, struct store_heat_point *point,
                               struct store_heat_changes *out, struct err *e) MUST_CHECK;

/* Throws away what no follower should need any more. */
enum status store_heat_prune(struct db_sync *db, struct err *e) MUST_CHECK;

/* --- comparing -------------------------------------------------------------------------------- */

/* Rows (x, y, count, open, late, missed, rated, satisfaction, weight, reopened,
 * again): cells of a zoom in a box, under a filter, late at now_s. The same definitions in SQL, for
 * checks. `sql` is appended to. */
void store_heat_cells_sql(struct strbuf *sql, const struct geo_heat_filter *filter,
                          unsigned cell_zoom, uint32_t now_s);

#endif
