#include "server/cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/city/city_settings.h"
#include "server/db/db_sync.h"

static void print_help(const struct cli_usage *usage)
{
    printf("usage: %s%s%s%s\n\n%s\n\n", usage->command, *usage->arguments ? " " : "",
           usage->arguments, usage->n_options > 0 ? " [options]" : "", usage->about);
    for (size_t i = 0; i < usage->n_options; i++) {
        const struct cli_option *o = &usage->options[i];
        char left[64];
        (void)snprintf(left, sizeof left, "--%s%s%s", o->name, o->metavar ? " " : "",
                       o->metavar ? o->metavar : "");
        printf("  %-22s %s\n", left, o->help);
    }
    printf("  %-22s %s\n", "--help", "this text");
}

int cli_misuse(const struct cli_usage *usage, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", usage->command);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\nTry: %s --help\n", usage->command);
    va_end(arguments);
    return CLI_USAGE;
}

int cli_fail(const struct err *e)
{
    fprintf(stderr, "hotline: %s\n", e->text);
    return CLI_FAILED;
}

static bool read_number(const char *text, double *out)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}

static bool read_whole(const char *text, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0) {
        return false;
    }
    *out = (int64_t)value;
    return true;
}

static bool take_value(const struct cli_option *o, const char *text)
{
    switch (o->kind) {
    case CLI_TEXT: {
        const char **target = o->value;
        *target = text;
        return true;
    }
    case CLI_NUMBER:
        return read_number(text, o->value);
    case CLI_WHOLE:
        return read_whole(text, o->value);
    case CLI_FLAG:
        break;
    }
    return false;
}

static const struct cli_option *find_option(const struct cli_usage *usage, struct str name)
{
    for (size_t i = 0; i < usage->n_options; i++) {
        if (str_equal_z(name, usage->options[i].name)) {
            return &usage->options[i];
        }
    }
    return NULL;
}

/* One "--option" at argv[*i]; moves *i over its value. -1 to go on. */
static int parse_option(const struct cli_usage *usage, int argc, char **argv, int *i)
{
    struct str rest = str_of(argv[*i] + 2);
    bool joined = memchr(rest.p, '=', rest.n) != NULL;
    struct str name = str_cut(&rest, '=');
    const struct cli_option *o = find_option(usage, name);
    if (!o) {
        return cli_misuse(usage, "there is no --%.*s", (int)name.n, name.p);
    }
    if (o->kind == CLI_FLAG) {
        if (joined) {
            return cli_misuse(usage, "--%s takes no value", o->name);
        }
        bool *flag = o->value;
        *flag = true;
        return -1;
    }
    const char *value = joined ? rest.p : *i + 1 < argc ? argv[++*i] : NULL;
    if (!value) {
        return cli_misuse(usage, "--%s needs a value", o->name);
    }
    if (!take_value(o, value)) {
        return cli_misuse(usage, "--%s: not a number: %s", o->name, value);
    }
    return -1;
}

int cli_parse(const struct cli_usage *usage, int argc, char **argv, int *operands)
{
    int kept = 0;
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[++kept] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(usage);
            return CLI_OK;
        } else if (argv[i][1] != '-') {
            return cli_misuse(usage, "there is no %s", argv[i]);
        } else {
            int code = parse_option(usage, argc, argv, &i);
            if (code >= 0) {
                return code;
            }
        }
    }
    *operands = kept;
    return -1;
}

const char *cli_database_url(const char *url, struct err *e)
{
    const char *found = url ? url : getenv("HOTLINE_DATABASE");
    if (!found || !*found) {
        (void)err_set(e, STATUS_INVALID, "no database given: --database URL or HOTLINE_DATABASE");
        return NULL;
    }
    return found;
}

enum status cli_connect(const char *url, const char *role, struct db_sync **out, struct err *e)
{
    const char *found = cli_database_url(url, e);
    return found ? db_sync_connect(found, role, out, e) : STATUS_INVALID;
}

void cli_csv_field(bool first, struct str text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        quoted = quoted || c == ',' || c == '"' || c == '\n' || c == '\r';
    }
    if (!first) {
        putchar(',');
    }
    if (!quoted) {
        (void)fwrite(text.p, 1, text.n, stdout); /* a failure is told when main flushes */
        return;
    }
    putchar('"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') {
            putchar('"');
        }
        putchar(text.p[i]);
    }
    putchar('"');
}

enum status cli_connect_city(const char *url, struct db_sync **out, struct err *e)
{
    struct db_sync *db = NULL;
    enum status status = cli_connect(url, DB_ROLE_OWNER, &db, e);
    if (status == STATUS_OK) {
        status = city_settings_apply_zone(db, e);
    }
    if (status != STATUS_OK) {
        db_sync_close(db);
        return status;
    }
    *out = db;
    return STATUS_OK;
}
