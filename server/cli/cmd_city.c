/* hotline city */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/city/city_settings.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

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
                      "SELECT 'agencies', count(*) FROM hotline.agencies UNION ALL"
                      " SELECT 'jurisdictions', count(*) FROM hotline.jurisdictions UNION ALL"
                      " SELECT 'categories', count(*) FROM hotline.categories UNION ALL"
                      " SELECT 'calendar days', count(*) FROM hotline.calendar_days UNION ALL"
                      " SELECT 'lineage rows', count(*) FROM hotline.boundary_lineage UNION ALL"
                      " SELECT 'street lines', count(*) FROM hotline.gazetteer_streets UNION ALL"
                      " SELECT 'addresses', count(*) FROM hotline.gazetteer_addresses UNION ALL"
                      " SELECT 'places', count(*) FROM hotline.gazetteer_places UNION ALL"
                      " SELECT 'complaints', count(*) FROM hotline.complaints",
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

static enum status print_summary(struct db_sync *db, struct err *e)
{
    enum status status = print_name(db, e);
    if (status == STATUS_OK) {
        status = print_boundaries(db, e);
    }
    return status == STATUS_OK ? print_counts(db, e) : status;
}

int cmd_city(int argc, char **argv)
{
    const char *url = NULL;
    bool ask_empty = false;
    const struct cli_option options[] = {
        {"is-empty", CLI_FLAG, &ask_empty, NULL,
         "say nothing; exit 0 if there is no city, or only part of one, else 1"},
        CLI_DATABASE(&url),
    };
    const struct cli_usage usage = {
        .command = "hotline city",
        .arguments = "",
        .about = "What the database holds: the city, its boundaries and how many of everything.",
        .options = options,
        .n_options = sizeof options / sizeof options[0],
    };
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands > 0) {
        return cli_misuse(&usage, "unexpected: %s", argv[1]);
    }
    struct err e;
    struct db_sync *db = NULL;
    bool empty = false;
    enum status status = cli_connect_city(url, &db, &e);
    if (status == STATUS_OK) {
        status = ask_empty ? city_settings_is_empty(db, &empty, &e) : print_summary(db, &e);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        /* "Not empty" must not be read out of a failure: it has another code. */
        (void)cli_fail(&e);
        return ask_empty ? CLI_USAGE : CLI_FAILED;
    }
    return ask_empty && !empty ? CLI_FAILED : CLI_OK;
}
