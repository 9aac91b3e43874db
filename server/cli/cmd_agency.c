/* hotline agency rename|merge|split|abolish */
#include <stdio.h>
#include <string.h>

#include "server/base/csv.h"
#include "server/base/json_text.h"
#include "server/city/city_reform.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

#define ARGS_MAX ((size_t)4 << 20)

struct agency_options {
    const char *database, *on, *reason, *name, *name_en, *kind, *into, *to;
    bool to_fallback;
};

static void optional(struct strbuf *out, const char *key, const char *value)
{
    if (value) {
        json_text_field(out, key, value);
    }
}

/* "a|b" as ["a","b"]; empty: null, all of them. */
static void categories_json(struct strbuf *out, struct str text)
{
    json_text_key(out, "categories");
    if (text.n == 0) {
        strbuf_append_z(out, "null");
        return;
    }
    strbuf_append_char(out, '[');
    for (bool first = true; text.n > 0; first = false) {
        if (!first) {
            strbuf_append_char(out, ',');
        }
        json_text_string_n(out, str_cut(&text, '|'));
    }
    strbuf_append_char(out, ']');
}

static enum status part_json(struct strbuf *out, struct csv *csv, struct err *e)
{
    static const char *const fields[] = {"code", "name", "name_en", "kind", "jurisdiction"};
    struct str code = csv_field(csv, csv_column(csv, "code"));
    if (code.n == 0) {
        return err_set(e, STATUS_INVALID, "line %zu: no code", csv_line(csv));
    }
    strbuf_append_char(out, '{');
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct str value = csv_field(csv, csv_column(csv, fields[i]));
        if (value.n > 0) {
            json_text_key(out, fields[i]);
            json_text_string_n(out, value);
        }
    }
    categories_json(out, csv_field(csv, csv_column(csv, "categories")));
    strbuf_append_char(out, '}');
    return STATUS_OK;
}

static enum status parts_json(struct strbuf *out, const char *path, struct err *e)
{
    struct csv *csv = NULL;
    bool more = false;
    bool first = true;
    enum status status = csv_open(path, &csv, e);
    if (status == STATUS_OK && csv_column(csv, "code") < 0) {
        status = err_set(e, STATUS_INVALID, "%s has no column code", path);
    }
    if (status == STATUS_OK) {
        status = csv_next(csv, &more, e);
    }
    json_text_key(out, "parts");
    strbuf_append_char(out, '[');
    while (status == STATUS_OK && more) {
        if (!first) {
            strbuf_append_char(out, ',');
        }
        first = false;
        status = part_json(out, csv, e);
        if (status == STATUS_OK) {
            status = csv_next(csv, &more, e);
        }
    }
    strbuf_append_char(out, ']');
    csv_close(csv);
    return status;
}

static enum status change(const struct agency_options *o, struct strbuf *args, struct err *e)
{
    struct db_sync *db = NULL;
    struct city_reform_left left;
    enum status status = args->failed ? err_set(e, STATUS_NO_MEMORY, "too much is asked at once")
                                      : cli_connect_city(o->database, &db, e);
    if (status == STATUS_OK) {
        status = city_reform_run(db, args->p, "cli", &left, e);
    }
    db_sync_close(db);
    if (status == STATUS_OK) {
        printf("done, from %s on\n", o->on);
        printf("%zu open complaints are of agencies that end then: hotline transfer list --at %s\n",
               left.open_complaints, o->on);
        printf("%zu accounts belong to them\n", left.accounts);
        if (left.rules[0] != '\0') {
            printf("rules that name them, to be changed by a new set of rules: %s\n", left.rules);
        }
    }
    return status;
}

static int run(const char *kind, const struct agency_options *o, int operands, char **argv)
{
    struct strbuf args;
    struct err e;
    enum status status = STATUS_OK;
    strbuf_init(&args, ARGS_MAX);
    strbuf_append_char(&args, '{');
    json_text_field(&args, "change", kind);
    json_text_field(&args, "on", o->on);
    json_text_field(&args, "reason", o->reason);
    json_text_field(&args, "agency", argv[1]);
    json_text_key(&args, "agencies");
    strbuf_append_char(&args, '[');
    for (int i = 1; i <= operands; i++) {
        strbuf_append_z(&args, i > 1 ? "," : "");
        json_text_string(&args, argv[i]);
    }
    strbuf_append_char(&args, ']');
    optional(&args, "name", o->name);
    optional(&args, "name_en", o->name_en);
    optional(&args, "kind", o->kind);
    optional(&args, "to", o->to);
    if (strcmp(kind, "split") != 0) {
        optional(&args, "into", o->into);
    } else {
        status = parts_json(&args, o->into, &e);
    }
    json_text_field_bool(&args, "to_fallback", o->to_fallback);
    strbuf_append_char(&args, '}');
    if (status == STATUS_OK) {
        status = change(o, &args, &e);
    }
    strbuf_free(&args);
    return status == STATUS_OK ? CLI_OK : cli_fail(&e);
}

struct agency_kind {
    const char *name, *arguments, *about;
    int most; /* operands */
    bool needs_name, needs_into;
};

static const struct agency_kind kinds[] = {
    {"rename", "CODE", "The agency has another name from --on on; its code stays.", 1, true, false},
    {"merge", "CODE...",
     "The agencies end on --on, and all that they have goes on under --into: an agency that is\n"
     "there, or a new one (--name).",
     64, false, true},
    {"split", "CODE",
     "The agency ends on --on, and --into, a CSV file, says who has what then:\n"
     "code,name,name_en,kind,jurisdiction,categories. Without a jurisdiction a row is for each,\n"
     "without categories (a|b) for all. Nothing may be left over or go to two.",
     1, false, true},
    {"abolish", "CODE",
     "The agency ends on --on. --to takes what it has; or --to-fallback: whoever else covers it,\n"
     "and the fallback agency.",
     1, false, false},
};

static int one_kind(const struct agency_kind *kind, int argc, char **argv)
{
    struct agency_options o = {0};
    const struct cli_option options[] = {
        CLI_DATABASE(&o.database),
        {"on", CLI_TEXT, &o.on, "DATE", "the first day on which it is so"},
        {"reason", CLI_TEXT, &o.reason, "TEXT", "the decision that says so"},
        {"name", CLI_TEXT, &o.name, "NAME", "the new name"},
        {"name-en", CLI_TEXT, &o.name_en, "NAME", "in English"},
        {"kind", CLI_TEXT, &o.kind, "KIND", "ward, district, utility, department, board"},
        {"into", CLI_TEXT, &o.into, "CODE|FILE", "who follows; of a split, a file"},
        {"to", CLI_TEXT, &o.to, "CODE", "who takes what an abolished agency has"},
        {"to-fallback", CLI_FLAG, &o.to_fallback, NULL, "nobody does by name"},
    };
    char command[48];
    (void)snprintf(command, sizeof command, "hotline agency %s", kind->name);
    const struct cli_usage usage = {command, kind->arguments, kind->about, options,
                                    sizeof options / sizeof options[0]};
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands < 1 || operands > kind->most) {
        return cli_misuse(&usage, "an agency's code is needed");
    }
    if (!o.on || !o.reason || (kind->needs_name && !o.name) || (kind->needs_into && !o.into)) {
        return cli_misuse(&usage, "--on and --reason%s are needed",
                          kind->needs_name   ? " and --name"
                          : kind->needs_into ? " and --into"
                                             : "");
    }
    return run(kind->name, &o, operands, argv);
}

int cmd_agency(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(argv[1], kinds[i].name) == 0) {
            return one_kind(&kinds[i], argc - 1, argv + 1);
        }
    }
    bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    FILE *to = help ? stdout : stderr;
    fputs("usage: hotline agency CHANGE CODE... --on DATE --reason TEXT [options]\n\n", to);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        fprintf(to, "  %-8s %s\n", kinds[i].name, kinds[i].arguments);
    }
    fputs("\nWhat would leave a hole is refused. hotline agency CHANGE --help tells more.\n", to);
    return help ? CLI_OK : CLI_USAGE;
}
