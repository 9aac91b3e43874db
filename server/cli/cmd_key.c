/* hotline key add|list|revoke */
#include <stdio.h>
#include <string.h>

#include "server/city/city_accounts.h"
#include "server/city/city_text.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

static enum status list_keys(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = city_keys_list(db, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *until = db_rows_text(rows, i, 3);
        printf("%s\t%s\t%s\t%s\tmade %s%s%s\n", db_rows_text(rows, i, 0), db_rows_text(rows, i, 1),
               db_rows_text(rows, i, 4), db_rows_text(rows, i, 5), db_rows_text(rows, i, 2),
               *until ? "\texpires " : "", until);
    }
    db_rows_free(rows);
    return STATUS_OK;
}

static enum status add_key(struct db_sync *db, const struct city_key *wanted, struct err *e)
{
    char key[CITY_KEY_SIZE];
    enum status status = city_key_add(db, wanted, key, e);
    if (status == STATUS_OK) {
        (void)fprintf(stderr, "The key of %s, shown this once:\n", wanted->name);
        printf("%s\n", key);
    }
    return status;
}

int cmd_key(int argc, char **argv)
{
    const char *url = NULL;
    struct city_key key = {.scopes = "file"};
    const struct cli_option options[] = {
        CLI_DATABASE(&url),
        {"expires", CLI_TEXT, &key.expires_on, "DATE",
         "add: the first day that it no longer holds"},
        {"may", CLI_TEXT, &key.scopes, "LIST", "add: of file, read, calls (file)"},
        {"agency", CLI_TEXT, &key.agency, "CODE", "add: reads that agency's complaints only"},
    };
    const struct cli_usage usage = {
        .command = "hotline key",
        .arguments = "add NAME | list | revoke NAME",
        .about =
            "API keys of other systems (Authorization: Bearer KEY). A key is shown once, when\n"
            "it is made; only its hash is stored.",
        .options = options,
        .n_options = sizeof options / sizeof options[0],
    };
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    bool list = operands == 1 && strcmp(argv[1], "list") == 0;
    bool add = operands == 2 && strcmp(argv[1], "add") == 0;
    bool revoke = operands == 2 && strcmp(argv[1], "revoke") == 0;
    if (!list && !add && !revoke) {
        return cli_misuse(&usage, "say add NAME, list or revoke NAME");
    }
    if (key.expires_on && !city_text_is_date(key.expires_on)) {
        return cli_misuse(&usage, "--expires: not a date: %s", key.expires_on);
    }
    key.name = argv[2];
    struct err e;
    struct db_sync *db = NULL;
    enum status status = cli_connect_city(url, &db, &e);
    if (status == STATUS_OK) {
        status = list  ? list_keys(db, &e)
                 : add ? add_key(db, &key, &e)
                       : city_key_revoke(db, argv[2], &e);
    }
    db_sync_close(db);
    return status == STATUS_OK ? CLI_OK : cli_fail(&e);
}
