/* hotline city */
#include "server/city/city_settings.h"
#include "server/city/city_summary.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

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
        status = ask_empty ? city_settings_is_empty(db, &empty, &e) : city_summary_print(db, &e);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        /* "Not empty" must not be read out of a failure: it has another code. */
        (void)cli_fail(&e);
        return ask_empty ? CLI_USAGE : CLI_FAILED;
    }
    return ask_empty && !empty ? CLI_FAILED : CLI_OK;
}
