/* What the subcommands of `hotline` share: exit codes, options as rows, the database to use.
 *
 * A subcommand is one file cmd_NAME.c with one function, listed in main.c. argv[0] is its name.
 * Each has --help, printed from its rows; text for people goes to standard error, results to
 * standard output. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/err.h"
#include "server/base/str.h"

#define CLI_OK     0
#define CLI_FAILED 1
#define CLI_USAGE  2

int cmd_serve(int argc, char **argv);
int cmd_migrate(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_city(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_route(int argc, char **argv);
int cmd_geocode(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_seal(int argc, char **argv);
int cmd_retain(int argc, char **argv);
int cmd_deadlines(int argc, char **argv);
int cmd_agency(int argc, char **argv);
int cmd_transfer(int argc, char **argv);
int cmd_simulate(int argc, char **argv);
int cmd_user(int argc, char **argv);
int cmd_key(int argc, char **argv);
int cmd_files(int argc, char **argv);

enum cli_kind {
    CLI_FLAG,   /* value is a bool *, set to true */
    CLI_TEXT,   /* const char **, borrowed from argv */
    CLI_NUMBER, /* double *, finite */
    CLI_WHOLE,  /* int64_t *, in decimal */
};

struct cli_option {
    const char *name; /* without the dashes */
    enum cli_kind kind;
    void *value;
    const char *metavar; /* "N", "URL"; NULL for flags */
    const char *help;
};

/* The row that every command with a database has. */
#define CLI_DATABASE(variable)                                                                     \
    {                                                                                              \
        "database", CLI_TEXT, variable, "URL", "the database (default: env HOTLINE_DATABASE)"      \
    }

struct cli_usage {
    const char *command;   /* "hotline import city" */
    const char *arguments; /* "FOLDER", or "" */
    const char *about;     /* a few lines, without the last line break */
    const struct cli_option *options;
    size_t n_options;
};

/* Reads `--name value`, `--name=value` and flags, in any place; "--" ends them; "-" is an operand.
 * Operands are moved to argv[1].. and counted in *operands. Returns -1 to go on; otherwise the exit
 * code: 0 after --help, 2 after a complaint about the usage. */
int cli_parse(const struct cli_usage *usage, int argc, char **argv, int *operands);
/* Says what is wrong with the usage and how to get help; returns CLI_USAGE. */
int cli_misuse(const struct cli_usage *usage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Prints "hotline: TEXT" and returns CLI_FAILED. */
int cli_fail(const struct err *e);

struct db_sync;
/* Connects to `url`, or where that is NULL to HOTLINE_DATABASE; `role` as db_sync_connect has it.
 */
enum status cli_connect(const char *url, const char *role, struct db_sync **out,
                        struct err *e) MUST_CHECK;
/* The same address as text, borrowed; NULL with *e set where none is given. */
const char *cli_database_url(const char *url, struct err *e);

/* One field of a CSV line on standard output, quoted where it must be; a comma before all but the
 * first. */
void cli_csv_field(bool first, struct str text);

/* Connects as the owner and makes the city's time zone this process's own. */
enum status cli_connect_city(const char *url, struct db_sync **out, struct err *e) MUST_CHECK;

#endif
