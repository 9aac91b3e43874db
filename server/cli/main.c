/* hotline: one program, a subcommand for each thing it does. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/cli/cli.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    {"serve", cmd_serve, "the service"},
    {"migrate", cmd_migrate, "bring the database's schema up to date"},
    {"demo", cmd_demo, "generate the demo city into the database"},
    {"import", cmd_import, "load a city's data folder, or one file of a kind"},
    {"export", cmd_export, "write the routing rules as text"},
    {"city", cmd_city, "what the database holds"},
    {"geocode", cmd_geocode, "an address to a place"},
    {"route", cmd_route, "who is responsible, and why"},
    {"check", cmd_check, "look for faults in boundaries, agencies and jurisdictions"},
    {"verify", cmd_verify, "hold the record against its hashes"},
    {"seal", cmd_seal, "seal the record of the days that have ended, print the seals"},
    {"retain", cmd_retain, "erase personal data that is over its time"},
    {"deadlines", cmd_deadlines, "due times anew after a change of calendars"},
    {"agency", cmd_agency, "merge, split, rename or abolish agencies on a day"},
    {"transfer", cmd_transfer, "open complaints at a change of law: list, move, back"},
    {"simulate", cmd_simulate, "a realistic stream of complaints against a running service"},
    {"user", cmd_user, "accounts"},
    {"files", cmd_files, "attachments' files: sweep what nobody names, check the rest"},
    {"key", cmd_key, "API keys of other systems"},
};

static void print_usage(FILE *to)
{
    fputs("usage: hotline COMMAND [options]\n\n", to);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    fputs("\nhotline COMMAND --help tells more. The database is --database URL or "
          "HOTLINE_DATABASE.\nExit codes: 0 done, 1 failed, 2 bad usage.\n",
          to);
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0) {
        fputs("hotline: no source of random numbers\n", stderr);
        return CLI_FAILED;
    }
    if (argc < 2) {
        print_usage(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return CLI_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            int code = commands[i].run(argc - 1, argv + 1);
            /* A full disk or a closed pipe must not look like success. */
            if (fflush(stdout) != 0 && code == CLI_OK) {
                fputs("hotline: cannot write the output\n", stderr);
                code = CLI_FAILED;
            }
            return code;
        }
    }
    fprintf(stderr, "hotline: there is no command %s\n", argv[1]);
    print_usage(stderr);
    return CLI_USAGE;
}
