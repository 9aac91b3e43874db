/* hotline transfer list|move|back|show */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/app/snapshot.h"
#include "server/base/clock.h"
#include "server/city/city_transfer.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

struct transfer_options {
    const char *database, *at, *reason, *deadlines;
};

static void print_item(void *context, const struct city_transfer_item *item)
{
    char due[2][CLOCK_TEXT_MAX];
    (void)context;
    cli_csv_field(true, str_of(item->complaint));
    cli_csv_field(false, str_of(item->category));
    cli_csv_field(false, str_of(item->from));
    cli_csv_field(false, str_of(item->from_name));
    cli_csv_field(false, str_of(item->to));
    cli_csv_field(false, str_of(item->to_name));
    cli_csv_field(false, str_of(clock_format(item->old_due_us, due[0])));
    cli_csv_field(false, str_of(clock_format(item->new_due_us, due[1])));
    cli_csv_field(false, str_of(item->why));
    putchar('\n');
}

static void print_progress(void *context, size_t done, size_t all)
{
    (void)context;
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%zu of %zu open complaints judged", done, all);
        if (done >= all) {
            fputc('\n', stderr);
        }
    }
}

static void print_result(const struct city_transfer_result *r, bool applied)
{
    if (applied) {
        printf("transfer %d\n", (int)r->id);
    }
    fprintf(applied ? stdout : stderr,
            "%zu open complaints: %zu %s, %zu stay with their agency (%zu of them by a person's "
            "word)\n",
            r->considered, r->moved, applied ? "moved" : "would move", r->stayed, r->by_hand);
    if (r->changed > 0) {
        printf("%zu were changed by people meanwhile and not moved: run it again for them\n",
               r->changed);
    }
}

static int run(const struct transfer_options *o, struct city_transfer *t)
{
    struct err e;
    struct db_sync *db = NULL;
    struct snapshot *s = NULL;
    struct city_transfer_result result;
    enum status status = cli_connect_city(o->database, &db, &e);
    if (status == STATUS_OK && !clock_parse_any(str_of(o->at), &t->at_us)) {
        status = err_set(&e, STATUS_INVALID, "--at is a date or an instant: %s", o->at);
    }
    if (status == STATUS_OK) {
        status = snapshot_load(db, &s, &e);
    }
    if (status == STATUS_OK && !s->rules) {
        status = err_set(&e, STATUS_INVALID, "there are no categories or no agencies");
    }
    if (status == STATUS_OK) {
        t->progress = print_progress;
        status = city_transfer_run(db, s, t, &result, &e);
    }
    snapshot_release(s);
    db_sync_close(db);
    if (status != STATUS_OK) {
        return cli_fail(&e);
    }
    print_result(&result, t->apply);
    return CLI_OK;
}

static int transfer_list(int argc, char **argv)
{
    struct transfer_options o = {0};
    struct city_transfer t = {.each = print_item, .actor = "cli"};
    const struct cli_option options[] = {
        CLI_DATABASE(&o.database),
        {"at", CLI_TEXT, &o.at, "DATE", "the day whose law judges, or an instant"},
        {"recompute", CLI_FLAG, &t.recompute, NULL, "show due times counted anew from that day"},
    };
    const struct cli_usage usage = {
        "hotline transfer list", "",
        "Which open complaints have another agency by what is in force at --at, as CSV. Changes\n"
        "nothing.",
        options, sizeof options / sizeof options[0]};
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands > 0 || !o.at) {
        return cli_misuse(&usage, operands > 0 ? "unexpected argument" : "--at is needed");
    }
    puts("complaint,category,from,from_name,to,to_name,old_deadline,new_deadline,why");
    return run(&o, &t);
}

static int transfer_move(int argc, char **argv)
{
    struct transfer_options o = {.deadlines = "keep"};
    struct city_transfer t = {.apply = true, .actor = "cli"};
    const struct cli_option options[] = {
        CLI_DATABASE(&o.database),
        {"at", CLI_TEXT, &o.at, "DATE", "the day whose law judges, or an instant"},
        {"reason", CLI_TEXT, &o.reason, "TEXT", "why, for each complaint's history"},
        {"deadlines", CLI_TEXT, &o.deadlines, "WHAT",
         "keep (as promised, the default) or recompute (count anew from --at)"},
    };
    const struct cli_usage usage = {
        "hotline transfer move", "",
        "Moves the open complaints that have another agency by what is in force at --at, all in\n"
        "one transaction. `hotline transfer back ID` undoes it.",
        options, sizeof options / sizeof options[0]};
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands > 0 || !o.at || !o.reason || !*o.reason) {
        return cli_misuse(&usage, "--at and --reason are needed, and nothing else");
    }
    t.recompute = strcmp(o.deadlines, "recompute") == 0;
    if (!t.recompute && strcmp(o.deadlines, "keep") != 0) {
        return cli_misuse(&usage, "--deadlines is keep or recompute");
    }
    t.reason = o.reason;
    return run(&o, &t);
}

static int transfer_back(int argc, char **argv)
{
    const char *database = NULL;
    const struct cli_option options[] = {CLI_DATABASE(&database)};
    const struct cli_usage usage = {
        "hotline transfer back", "ID",
        "Takes a transfer back: each complaint that nobody has touched since is what it was\n"
        "before. The others are left, counted, and listed by hotline.transfer_items.",
        options, 1};
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    char *end = NULL;
    long id = operands == 1 ? strtol(argv[1], &end, 10) : 0;
    if (id <= 0 || id > INT32_MAX || *end != '\0') {
        return cli_misuse(&usage, "the number of one transfer is needed");
    }
    struct err e;
    struct db_sync *db = NULL;
    struct city_transfer_back result;
    enum status status = cli_connect_city(database, &db, &e);
    if (status == STATUS_OK) {
        status = city_transfer_back(db, (int32_t)id, "cli", &result, &e);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        return cli_fail(&e);
    }
    printf("%zu complaints are what they were, %zu were changed by people since and are left\n",
           result.restored, result.left);
    return CLI_OK;
}

int cmd_transfer(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
        const char *about;
    } rows[] = {{"list", transfer_list, "what would move"},
                {"move", transfer_move, "move it"},
                {"back", transfer_back, "and back"}};
    bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    for (size_t i = 0; argc > 1 && i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(argv[1], rows[i].name) == 0) {
            return rows[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(help ? stdout : stderr,
            "usage: hotline transfer list|move|back ...\n\n"
            "Open complaints when boundaries, agencies or rules change.\n\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fprintf(help ? stdout : stderr, "  %-6s %s\n", rows[i].name, rows[i].about);
    }
    return help ? CLI_OK : CLI_USAGE;
}
