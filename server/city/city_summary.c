#include "server/city/city_summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static enum status print_name(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(
        db,
        "SELECT coalesce((SELECT value ->> 'vi' FROM hotline.settings WHERE key = 'name'), ''),"
        " coalesce((SELECT value #>> '{}' FROM hotline.settings WHERE key = 'timezone'), ''),"
        " EXISTS (SELECT FROM hotline.settings WHERE key = 'city_unfinished')",
        0, NULL, &rows, e);
    if (status == STATUS_OK) {
        const char *name = db_rows_text(rows, 0, 0);
        printf("%s (%s)\n", *name ? name : "no city", db_rows_text(rows, 0, 1));
        if (db_rows_bool(rows, 0, 2)) {
            printf("its loading has not come to its end: run the import again\n");
        }
        db_rows_free(rows);
    }
    return status;
}

static enum status print_boundaries(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(
        db,
        "SELECT level, coalesce(lower(valid)::text, '...'), coalesce(upper(valid)::text, '...'),"
        "  count(*), source, bool_or(approximate)"
        " FROM hotline.boundaries GROUP BY level, valid, source ORDER BY level, valid, source",
        0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        printf("%8s %ss from %s to %s, %s%s\n", db_rows_text(rows, i, 3), db_rows_text(rows, i, 0),
               db_rows_text(rows, i, 1), db_rows_text(rows, i, 2), db_rows_text(rows, i, 4),
               db_rows_bool(rows, i, 5) ? " (approximate, not the official lines)" : "");
    }
    db_rows_free(rows);
    return STATUS_OK;
}

static enum status print_counts(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status =
        db_sync_query(db,
                      "VALUES ('agencies', (SELECT count(*) FROM hotline.agencies)),"
                      " ('jurisdictions', (SELECT count(*) FROM hotline.jurisdictions)),"
                      " ('categories', (SELECT count(*) FROM hotline.categories)),"
                      " ('calendar days', (SELECT count(*) FROM hotline.calendar_days)),"
                      " ('lineage rows', (SELECT count(*) FROM hotline.boundary_lineage)),"
                      " ('street lines', (SELECT count(*) FROM hotline.gazetteer_streets)),"
                      " ('addresses', (SELECT count(*) FROM hotline.gazetteer_addresses)),"
                      " ('places', (SELECT count(*) FROM hotline.gazetteer_places)),"
                      " ('complaints', (SELECT count(*) FROM hotline.complaints))",
                      0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        printf("%8" PRId64 " %s\n", db_rows_int(rows, i, 1), db_rows_text(rows, i, 0));
    }
    db_rows_free(rows);
    return STATUS_OK;
}

enum status city_summary_print(struct db_sync *db, struct err *e)
{
    enum status status = print_name(db, e);
    if (status == STATUS_OK) {
        status = print_boundaries(db, e);
    }
    return status == STATUS_OK ? print_counts(db, e) : status;
}
