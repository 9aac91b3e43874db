/* The city's facts in hotline.settings, under the keys and in the shapes that city.json has them:
 *   name {"vi", "en"}, timezone "Asia/Ho_Chi_Minh", metric_crs "EPSG:9210", bbox [w, s, e, n],
 *   attribution "...", partial ["source", ...] (sources of boundaries that don't cover the city),
 *   demo_logins [{"login", "password", "role"}] (demo city only), city_unfinished true (while an
 *   import is under way). */
#ifndef CITY_CITY_SETTINGS_H
#define CITY_CITY_SETTINGS_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/db/db_sync.h"

/* `value` is JSON text. */
enum status city_settings_put(struct db_sync *db, const char *key, const char *value,
                              struct err *e) MUST_CHECK;
enum status city_settings_remove(struct db_sync *db, const char *key, struct err *e) MUST_CHECK;
/* The value as text (a JSON string without its quotes); free it. NULL where there is none. */
enum status city_settings_get(struct db_sync *db, const char *key, char **out,
                              struct err *e) MUST_CHECK;

/* Makes the city's time zone this process's (clock_set_zone) and the session's, so that dates are
 * the city's days. Without a city nothing changes. STATUS_INVALID for a zone the system lacks. */
enum status city_settings_apply_zone(struct db_sync *db, struct err *e) MUST_CHECK;

/* No boundaries and no agencies yet, or an import that never came to its end. */
enum status city_settings_is_empty(struct db_sync *db, bool *out, struct err *e) MUST_CHECK;

#endif
