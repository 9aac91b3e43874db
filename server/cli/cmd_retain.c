/* hotline retain */
#include <inttypes.h>
#include <stdio.h>

#include "server/cli/cli.h"
#include "server/db/db_sync.h"
#include "server/store/store_notify.h"
#include "server/store/store_record.h"

static int retain(struct db_sync *db, bool dry)
{
    struct err e;
    int64_t sums[STORE_RETAIN_COLUMNS] = {0};
    for (bool more = true; more;) {
        const char *const params[] = {dry ? "t" : "f", STORE_RETAIN_MOST};
        struct db_rows *rows = NULL;
        if (db_sync_query(db, STORE_RETAIN, 2, params, &rows, &e) != STATUS_OK) {
            return cli_fail(&e);
        }
        more = false;
        for (size_t i = 0; i < STORE_RETAIN_COLUMNS; i++) {
            int64_t n = db_rows_int(rows, 0, i);
            sums[i] += n;
            more = more || (n > 0 && !dry);
        }
        db_rows_free(rows);
    }
    int64_t pruned = 0;
    for (bool more = !dry; more;) {
        const char *const params[] = {STORE_NOTICES_PRUNE_MOST};
        struct db_rows *rows = NULL;
        if (db_sync_query(db, STORE_NOTICES_PRUNE, 1, params, &rows, &e) != STATUS_OK) {
            return cli_fail(&e);
        }
        more = db_rows_int(rows, 0, 0) > 0;
        pruned += db_rows_int(rows, 0, 0);
        db_rows_free(rows);
    }
    printf("%" PRId64 " contacts and %" PRId64 " files of %" PRId64 " complaints, %" PRId64
           " senders, %" PRId64 " messages, %" PRId64 " looks %serased\n",
           sums[1], sums[3], sums[0], sums[2], sums[4], sums[5], dry ? "would be " : "");
    if (pruned > 0) {
        printf("%" PRId64 " rows of what was sent long ago pruned\n", pruned);
    }
    return CLI_OK;
}

int cmd_retain(int argc, char **argv)
{
    const char *url = NULL;
    bool dry = false;
    const struct cli_option options[] = {
        CLI_DATABASE(&url),
        {"dry-run", CLI_FLAG, &dry, NULL, "count what is over its time; erase nothing"}};
    const struct cli_usage usage = {
        "hotline retain", "",
        "Erases personal data that is over its time (the setting `retention`), except where a\n"
        "complaint is held for the law, and what was sent long ago (`notify`, keep_days). The\n"
        "service does so by itself every hour.",
        options, sizeof options / sizeof options[0]};
    int operands = 0;
    struct err e;
    struct db_sync *db = NULL;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands > 0) {
        return cli_misuse(&usage, "unexpected: %s", argv[1]);
    }
    if (cli_connect(url, DB_ROLE_OWNER, &db, &e) != STATUS_OK) {
        return cli_fail(&e);
    }
    code = retain(db, dry);
    db_sync_close(db);
    return code;
}
