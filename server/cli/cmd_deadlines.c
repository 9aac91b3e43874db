/* hotline deadlines recompute */
#include <stdio.h>
#include <string.h>

#include "server/app/snapshot.h"
#include "server/base/clock.h"
#include "server/city/city_recompute.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

static void print_change(void *context, const char *complaint, const struct route_due *before,
                         const struct route_due *after)
{
    (void)context;
    for (int step = 0; step < ROUTE_STEPS; step++) {
        char text[2][CLOCK_TEXT_MAX];
        if (before->at_us[step] != after->at_us[step]) {
            cli_csv_field(true, str_of(complaint));
            cli_csv_field(false, str_of(route_step_names[step]));
            cli_csv_field(false, str_of(clock_format(before->at_us[step], text[0])));
            cli_csv_field(false, str_of(clock_format(after->at_us[step], text[1])));
            putchar('\n');
        }
    }
}

static int recompute(const char *database, struct city_recompute *c)
{
    struct err e;
    struct db_sync *db = NULL;
    struct snapshot *s = NULL;
    struct city_recompute_result result;
    enum status status = cli_connect_city(database, &db, &e);
    if (status == STATUS_OK) {
        status = snapshot_load(db, &s, &e);
    }
    if (status == STATUS_OK) {
        if (!c->apply) {
            puts("complaint,step,before,after");
            c->each = print_change;
        }
        status = city_recompute_run(db, s, c, &result, &e);
    }
    snapshot_release(s);
    db_sync_close(db);
    if (status != STATUS_OK) {
        return cli_fail(&e);
    }
    fprintf(c->apply ? stdout : stderr, "%zu open complaints: the due times of %zu %s\n",
            result.considered, result.changed, c->apply ? "changed" : "would change");
    return CLI_OK;
}

int cmd_deadlines(int argc, char **argv)
{
    const char *database = NULL;
    bool dry_run = false;
    struct city_recompute c = {.actor = "cli", .reason = "calendar"};
    const struct cli_option options[] = {
        CLI_DATABASE(&database),
        {"reason", CLI_TEXT, &c.reason, "TEXT", "why, for each complaint's history"},
        {"dry-run", CLI_FLAG, &dry_run, NULL, "list what would change, as CSV; change nothing"},
    };
    const struct cli_usage usage = {
        "hotline deadlines", "recompute",
        "After a change of calendars, of deadline steps or of an agency's calendar: the due times\n"
        "of open complaints anew, in one transaction, each with a history row.",
        options, sizeof options / sizeof options[0]};
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands != 1 || strcmp(argv[1], "recompute") != 0 || !*c.reason) {
        return cli_misuse(&usage, "it is: hotline deadlines recompute");
    }
    c.apply = !dry_run;
    return recompute(database, &c);
}
