/* hotline export KIND */
#include <stdio.h>
#include <string.h>

#include "server/city/city_rules.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

#define TEXT_MAX ((size_t)64 << 20)

static int export_rules(const char *database, int64_t version)
{
    struct err e;
    struct db_sync *db = NULL;
    struct strbuf text;
    strbuf_init(&text, TEXT_MAX);
    enum status status = cli_connect_city(database, &db, &e);
    if (status == STATUS_OK) {
        status = city_rules_export(db, (int32_t)version, &text, &e);
    }
    db_sync_close(db);
    if (status == STATUS_OK) {
        (void)fwrite(text.p, 1, text.n, stdout);
    }
    strbuf_free(&text);
    return status == STATUS_OK ? CLI_OK : cli_fail(&e);
}

int cmd_export(int argc, char **argv)
{
    const char *database = NULL;
    int64_t version = 0;
    const struct cli_option options[] = {
        CLI_DATABASE(&database),
        {"version", CLI_WHOLE, &version, "NUMBER", "that version (default: the published one)"},
    };
    const struct cli_usage usage = {
        .command = "hotline export",
        .arguments = "rules",
        .about = "Writes the routing rules in their text form (docs/routing-rules.md).",
        .options = options,
        .n_options = sizeof options / sizeof options[0],
    };
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands != 1 || strcmp(argv[1], "rules") != 0) {
        return cli_misuse(&usage, "rules is the one kind there is");
    }
    if (version < 0 || version > INT32_MAX) {
        return cli_misuse(&usage, "no such version");
    }
    return export_rules(database, version);
}
