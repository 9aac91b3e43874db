/* hotline check */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/app/files.h"
#include "server/app/snapshot.h"
#include "server/base/log.h"
#include "server/change/check.h"
#include "server/city/city_check.h"
#include "server/city/city_check_heat.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"
#include "server/files/file_sweep.h"
#include "server/store/store_attachment.h"

#define FINDINGS_MAX ((size_t)64 << 20)

static const char *member(struct json_object *of, const char *name)
{
    return json_object_get_string(json_object_object_get(of, name));
}

/* One finding of the rules' check: errors are faults, all else is worth a look. */
static void print_finding(struct json_object *finding, struct city_check_result *result)
{
    const char *severity = member(finding, "severity");
    bool fault = severity != NULL && strcmp(severity, "error") == 0;
    printf("%s: rules: %s %s\n", fault ? "FAULT" : "note",
           member(json_object_object_get(finding, "text"), "en"),
           member(json_object_object_get(finding, "mend"), "en"));
    result->faults += fault;
    result->notes += !fault;
}

static bool tell_progress(void *arg, int64_t done, int64_t total)
{
    (void)arg;
    fprintf(stderr, "\rtrying the rules: %3d %% ", (int)(done * 100 / (total > 0 ? total : 1)));
    return true;
}

/* What docs/changing-rules.md says that a check finds, in the published rules. */
static enum status check_published(struct db_sync *db, const struct snapshot *s,
                                   struct city_check_result *result, struct err *e)
{
    bool watched = isatty(STDERR_FILENO) != 0;
    struct strbuf text;
    struct check_options options = {.db = db, .set = s, .progress = watched ? tell_progress : NULL};
    strbuf_init(&text, FINDINGS_MAX);
    enum status status = check_run(&options, &text, e);
    if (watched) {
        fputs("\r                          \r", stderr);
    }
    struct json_object *answer = status == STATUS_OK ? json_tokener_parse(text.p) : NULL;
    struct json_object *list = json_object_object_get(answer, "findings");
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        print_finding(json_object_array_get_idx(list, i), result);
    }
    json_object_put(answer);
    strbuf_free(&text);
    return status;
}

/* The rules as the service would load them, then what is wrong with them. */
static enum status check_rules(struct db_sync *db, struct city_check_result *result, struct err *e)
{
    struct err fault;
    struct snapshot *s = NULL;
    enum status status = snapshot_load(db, &s, &fault);
    if (status != STATUS_OK) {
        printf("FAULT: the service would not start: %s\n", fault.text);
        result->faults++;
        return status == STATUS_UNAVAILABLE ? err_set(e, status, "%s", fault.text) : STATUS_OK;
    }
    if (!s->rules) {
        printf("FAULT: there are no categories or no agencies\n");
        result->faults++;
    } else {
        printf("%zu rules and %zu jurisdictions over %zu categories and %zu agencies load\n",
               route_rules_n_rules(s->rules), route_rules_n_jurisdictions(s->rules),
               s->n_categories, s->n_agencies);
        status = check_published(db, s, result, e);
    }
    snapshot_release(s);
    return status;
}

static enum status check_heat(const char *url, struct city_check_result *result, struct err *e)
{
    const char *database = cli_database_url(url, e);
    return database == NULL ? e->status : city_check_heat(database, result, e);
}

static void tell_file(const char *what, const char *hash)
{
    printf("FAULT: file %s is %s\n", hash, what);
}

/* The files of attachments that there must be. A store that cannot be opened here is a note: this
 * may be another machine. */
static enum status check_files(struct db_sync *db, const char *folder,
                               struct city_check_result *result, struct err *e)
{
    struct err fault;
    struct file_store *store = NULL;
    struct file_check found = {.files = 0};
    int64_t rows = 0;
    enum status status = db_sync_number(db, STORE_FILES_COUNT, &rows, e);
    if (status != STATUS_OK || rows == 0) {
        return status;
    }
    if (files_open_store(db, folder, &store, &fault) != STATUS_OK) {
        printf("note: attachments were not looked at: %s\n", fault.text);
        result->notes++;
        return STATUS_OK;
    }
    status = file_check(db, store, false, tell_file, &found, e);
    file_store_close(store);
    if (status == STATUS_OK) {
        printf("%zu files of attachments, %zu that nobody names\n", found.files, found.strays);
        result->faults += found.missing + found.damaged;
        result->notes += found.strays > 0;
    }
    return status;
}

int cmd_check(int argc, char **argv)
{
    const char *url = NULL;
    const char *files = NULL;
    const struct cli_option options[] = {
        CLI_DATABASE(&url),
        {"files", CLI_TEXT, &files, "FOLDER", "where attachments lie (as the service has it)"},
    };
    const struct cli_usage usage = {
        .command = "hotline check",
        .arguments = "",
        .about = "Looks for faults in boundaries, agencies, jurisdictions, categories and rules. "
                 "Exits 1 if\n"
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
        status = check_rules(db, &result, &e);
    }
    if (status == STATUS_OK) {
        status = check_files(db, files, &result, &e);
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
