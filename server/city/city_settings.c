#include "server/city/city_settings.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"

enum status city_settings_put(struct db_sync *db, const char *key, const char *value, struct err *e)
{
    const char *const params[] = {key, value};
    return db_sync_run(db,
                       "INSERT INTO hotline.settings (key, value) VALUES ($1, $2::jsonb)"
                       " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                       2, params, NULL, e);
}

enum status city_settings_remove(struct db_sync *db, const char *key, struct err *e)
{
    const char *const params[] = {key};
    return db_sync_run(db, "DELETE FROM hotline.settings WHERE key = $1", 1, params, NULL, e);
}

enum status city_settings_get(struct db_sync *db, const char *key, char **out, struct err *e)
{
    const char *const params[] = {key};
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(
        db, "SELECT value #>> '{}' FROM hotline.settings WHERE key = $1", 1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    char *found = NULL;
    if (db_rows_count(rows) == 1) {
        found = strdup(db_rows_text(rows, 0, 0));
        if (!found) {
            status = err_set(e, STATUS_NO_MEMORY, "out of memory");
        }
    }
    db_rows_free(rows);
    if (status == STATUS_OK) {
        *out = found;
    }
    return status;
}

enum status city_settings_apply_zone(struct db_sync *db, struct err *e)
{
    char *zone = NULL;
    enum status status = city_settings_get(db, "timezone", &zone, e);
    if (status != STATUS_OK || !zone) {
        return status;
    }
    if (!clock_set_zone(zone)) {
        status =
            err_set(e, STATUS_INVALID, "this system has no time zone %s (package tzdata)", zone);
    } else {
        const char *const params[] = {zone};
        status = db_sync_run(db, "SELECT pg_catalog.set_config('timezone', $1, false)", 1, params,
                             NULL, e);
    }
    free(zone);
    return status;
}

enum status city_settings_is_empty(struct db_sync *db, bool *out, struct err *e)
{
    int64_t filled = 0;
    enum status status = db_sync_number(
        db,
        "SELECT ((EXISTS (SELECT FROM hotline.boundaries) OR EXISTS (SELECT FROM hotline.agencies))"
        " AND NOT EXISTS (SELECT FROM hotline.settings WHERE key = 'city_unfinished'))::integer",
        &filled, e);
    if (status == STATUS_OK) {
        *out = filled == 0;
    }
    return status;
}
