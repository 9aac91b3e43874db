/* hotline verify, hotline seal */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/cli.h"
#include "server/db/db_sync.h"
#include "server/intake/tracking_code.h"
#include "server/record/record_verify.h"
#include "server/store/store_record.h"

#define TOLD_MAX 100

static void print_progress(void *arg, int64_t done, int64_t about)
{
    (void)arg;
    if (about > 0) {
        fprintf(stderr, "\r%lld of %lld rows (%lld %%)", (long long)done, (long long)about,
                (long long)(done > about ? 100 : done * 100 / about));
    }
}

static void print_found(void *arg, const char *where, const char *what)
{
    int *told = arg;
    if ((*told)++ < TOLD_MAX) {
        printf("BROKEN: %s: %s\n", where, what);
    }
}

static int verify(struct db_sync *db, const char *code, const char *seals)
{
    struct err e;
    struct record_result result = {0};
    int told = 0;
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const struct record_options options = {.code = code,
                                           .progress = terminal ? print_progress : NULL,
                                           .found = print_found,
                                           .arg = &told};
    enum status status = record_verify(db, &options, &result, &e);
    if (terminal) {
        fputs("\r\033[K", stderr);
    }
    if (status == STATUS_OK && seals != NULL) {
        status = record_verify_published(db, seals, &options, &result, &e);
    }
    if (status != STATUS_OK) {
        return cli_fail(&e);
    }
    if (told > TOLD_MAX) {
        printf("... and %d more\n", told - TOLD_MAX);
    }
    printf(
        "%lld rows of %lld complaints (%lld redacted), %lld of the log, %lld seals: %lld broken\n",
        (long long)result.history_rows, (long long)result.complaints, (long long)result.redacted,
        (long long)result.audit_rows, (long long)result.seals, (long long)result.broken);
    return result.broken > 0 ? CLI_FAILED : CLI_OK;
}

int cmd_verify(int argc, char **argv)
{
    const char *url = NULL;
    const char *seals = NULL;
    const struct cli_option options[] = {
        CLI_DATABASE(&url),
        {"seals", CLI_TEXT, &seals, "FILE", "seals that were published (hotline seal --print)"}};
    const struct cli_usage usage = {
        "hotline verify", "[CODE]",
        "Holds the record against its hashes: every complaint's history, or that of CODE alone, "
        "the\n"
        "log, and the seals of all days. Names each broken link and exits 1 if there is one.",
        options, sizeof options / sizeof options[0]};
    char code[TRACKING_CODE_LENGTH + 1];
    int operands = 0;
    struct err e;
    struct db_sync *db = NULL;
    int exit_code = cli_parse(&usage, argc, argv, &operands);
    if (exit_code >= 0) {
        return exit_code;
    }
    if (operands > 1 || (operands == 1 && !tracking_code_read(str_of(argv[1]), code))) {
        return cli_misuse(&usage, "it takes one tracking code, or none for everything");
    }
    if (cli_connect(url, DB_ROLE_OWNER, &db, &e) != STATUS_OK) {
        return cli_fail(&e);
    }
    exit_code = verify(db, operands == 1 ? code : NULL, seals);
    db_sync_close(db);
    return exit_code;
}

static enum status seal_days(struct db_sync *db, struct err *e)
{
    /* The first call notes who writes at this moment, the second waits for them. */
    for (int idle = 0; idle < 2;) {
        struct db_rows *rows = NULL;
        enum status status = db_sync_query(db, STORE_SEAL, 0, NULL, &rows, e);
        if (status != STATUS_OK) {
            return status;
        }
        if (db_rows_null(rows, 0, 0)) {
            idle++;
        } else {
            idle = 0;
            fprintf(stderr, "sealed %s\n", db_rows_text(rows, 0, 0));
        }
        db_rows_free(rows);
    }
    return STATUS_OK;
}

static enum status print_seals(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, STORE_SEAL_LINES, 0, NULL, &rows, e);
    for (size_t i = 0; status == STATUS_OK && i < db_rows_count(rows); i++) {
        puts(db_rows_text(rows, i, 0));
    }
    db_rows_free(rows);
    return status;
}

int cmd_seal(int argc, char **argv)
{
    const char *url = NULL;
    bool print = false;
    const struct cli_option options[] = {
        CLI_DATABASE(&url),
        {"print", CLI_FLAG, &print, NULL,
         "print all seals, a line a day: day, rows of history, rows of the log, hash"}};
    const struct cli_usage usage = {"hotline seal", "",
                                    "Seals the record of the days that have ended; the service "
                                    "does so by itself. Publish what\n"
                                    "--print prints where nobody can change it: `hotline verify "
                                    "--seals` holds it against what\n"
                                    "is stored.",
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
    enum status status = cli_connect(url, DB_ROLE_OWNER, &db, &e);
    if (status == STATUS_OK) {
        status = seal_days(db, &e);
    }
    if (status == STATUS_OK && print) {
        status = print_seals(db, &e);
    }
    db_sync_close(db);
    return status == STATUS_OK ? CLI_OK : cli_fail(&e);
}
