/* hotline files sweep|check */
#include <stdio.h>
#include <string.h>

#include "server/app/files.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"
#include "server/files/file_sweep.h"

static void print_fault(const char *what, const char *hash)
{
    printf("%s %s\n", what, hash);
}

static enum status sweep(struct db_sync *db, struct file_store *s, int64_t age_minutes,
                         struct err *e)
{
    struct file_sweep done;
    enum status status = file_sweep(db, s, age_minutes * 60, &done, e);
    if (status == STATUS_OK) {
        printf("%zu uploads forgotten, %zu files removed (%llu bytes), %zu left by crashes\n",
               done.forgotten, done.removed, (unsigned long long)done.bytes, done.temps);
    }
    return status;
}

static enum status check(struct db_sync *db, struct file_store *s, bool deep, bool *whole,
                         struct err *e)
{
    struct file_check found;
    enum status status = file_check(db, s, deep, print_fault, &found, e);
    if (status == STATUS_OK) {
        *whole = found.missing + found.damaged == 0;
        printf("%zu files: %zu missing, %zu damaged; %zu that nobody names\n", found.files,
               found.missing, found.damaged, found.strays);
    }
    return status;
}

int cmd_files(int argc, char **argv)
{
    const char *database = NULL;
    const char *folder = NULL;
    int64_t age = FILE_SWEEP_AGE_S / 60;
    bool deep = false;
    const struct cli_option options[] = {
        CLI_DATABASE(&database),
        {"files", CLI_TEXT, &folder, "FOLDER", "where attachments lie (as the service has it)"},
        {"age-minutes", CLI_WHOLE, &age, "N", "sweep: leave what is younger (60)"},
        {"deep", CLI_FLAG, &deep, NULL, "check: read every file, not only its length"},
    };
    const struct cli_usage usage = {
        "hotline files", "sweep|check",
        "sweep removes uploads that nobody attached in time and files that no row names; the\n"
        "service does so by itself, every hour. check says which files are missing or damaged.",
        options, sizeof options / sizeof options[0]};
    struct err e;
    struct db_sync *db = NULL;
    struct file_store *store = NULL;
    bool whole = true;
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    bool sweeps = operands == 1 && strcmp(argv[1], "sweep") == 0;
    if (operands != 1 || age < 0 || (!sweeps && strcmp(argv[1], "check") != 0)) {
        return cli_misuse(&usage, "it is: hotline files sweep, or: hotline files check");
    }
    enum status status = cli_connect(database, DB_ROLE_SERVICE, &db, &e);
    if (status == STATUS_OK) {
        status = files_open_store(db, folder, &store, &e);
    }
    if (status == STATUS_OK) {
        status = sweeps ? sweep(db, store, age, &e) : check(db, store, deep, &whole, &e);
    }
    file_store_close(store);
    db_sync_close(db);
    return status != STATUS_OK ? cli_fail(&e) : whole ? CLI_OK : CLI_FAILED;
}
