/* hotline migrate */
#include <stdio.h>

#include "server/app/home.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"
#include "server/db/migrate.h"

static void tell(void *context, int number, const char *name)
{
    (void)context;
    (void)number;
    printf("applied %s\n", name);
    (void)fflush(stdout);
}

int cmd_migrate(int argc, char **argv)
{
    const char *url = NULL;
    const struct cli_option options[] = {CLI_DATABASE(&url)};
    const struct cli_usage usage = {
        .command = "hotline migrate",
        .arguments = "",
        .about =
            "Brings the database's schema up to date by the project's sql/ files. May be run\n"
            "again at any time, and by several at once. The login must be one that may create\n"
            "roles and extensions.",
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
    char folder[PATH_MAX];
    struct migrate_result result = {0};
    enum status status = home_path("sql", folder, &e);
    if (status == STATUS_OK) {
        status = cli_connect(url, NULL, &db, &e);
    }
    if (status == STATUS_OK) {
        status = migrate_run(db, folder, tell, NULL, &result, &e);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        return cli_fail(&e);
    }
    if (result.applied == 0) {
        printf("the schema is up to date (version %d)\n", result.version);
    } else {
        printf("the schema is now at version %d\n", result.version);
    }
    return CLI_OK;
}
