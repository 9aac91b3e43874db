/* hotline check */
#include <stdio.h>

#include "server/app/snapshot.h"
#include "server/base/log.h"
#include "server/city/city_check.h"
#include "server/city/city_check_heat.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

/* The rules as the service would load them. */
static enum status check_rules(struct db_sync *db, struct city_check_result *result)
{
    struct err fault;
    struct snapshot *s = NULL;
    enum status status = snapshot_load(db, &s, &fault);
    if (status != STATUS_OK) {
        printf("FAULT: the service would not start: %s\n", fault.text);
        result->faults++;
    } else if (!s->rules) {
        printf("FAULT: there are no categories or no agencies\n");
        result->faults++;
    } else {
        printf("%zu rules over %zu categories and %zu agencies load\n",
               route_rules_n_jurisdictions(s->rules), s->n_categories, s->n_agencies);
    }
    snapshot_release(s);
    return status == STATUS_UNAVAILABLE ? status : STATUS_OK;
}

static enum status check_heat(const char *url, struct city_check_result *result, struct err *e)
{
    const char *database = cli_database_url(url, e);
    return database == NULL ? e->status : city_check_heat(database, result, e);
}

int cmd_check(int argc, char **argv)
{
    const char *url = NULL;
    const struct cli_option options[] = {CLI_DATABASE(&url)};
    const struct cli_usage usage = {
        .command = "hotline check",
        .arguments = "",
        .about =
            "Looks for faults in boundaries, agencies, jurisdictions and categories. Exits 1 if\n"
            "there is one that would send complaints wrong; notes alone leave it 0.",
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
    struct city_check_result result = {0};
    enum status status = cli_connect_city(url, &db, &e);
    if (status == STATUS_OK) {
        status = city_check_run(db, &result, &e);
    }
    if (status == STATUS_OK) {
        status = check_rules(db, &result);
    }
    if (status == STATUS_OK) {
        log_set_level(LOG_LEVEL_WARN);
        status = check_heat(url, &result, &e);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        return cli_fail(&e);
    }
    printf("%zu faults, %zu notes\n", result.faults, result.notes);
    return result.faults > 0 ? CLI_FAILED : CLI_OK;
}
