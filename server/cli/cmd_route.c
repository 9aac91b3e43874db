/* hotline route: one place, or CSV in and out */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_area.h"
#include "server/api/complaint_view.h"
#include "server/app/snapshot.h"
#include "server/base/clock.h"
#include "server/base/csv.h"
#include "server/city/city_text.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"
#include "server/intake/placing.h"

#define ANSWER_POOL  ((size_t)4 * 1024 * 1024)
#define NEIGHBOURS   8
#define RADIUS_MAX_M 1000.0

struct route_options {
    const char *database, *category, *at;
    double lon, lat, accuracy_m;
    bool json;
};

/* One question and its answer; the record points at the draft, so it is not copied. */
struct answer {
    struct complaint_draft draft;
    struct complaint_record record;
};

static enum status decide(const struct snapshot *s, struct arena *arena, struct answer *a,
                          struct err *e)
{
    if (!s->rules) {
        return err_set(e, STATUS_CONFLICT, "the database has no categories or agencies yet");
    }
    a->draft.has_point = true;
    a->draft.channel = a->draft.channel ? a->draft.channel : "api";
    a->record =
        (struct complaint_record){.draft = &a->draft, .received_at_us = a->draft.received_at_us};
    return placing_run(s, arena, &a->record, e);
}

/* --- text and JSON ---------------------------------------------------------------------------- */

static const char *unit_text(const struct snapshot *s, int32_t boundary)
{
    return boundary < 0 ? "-" : s->boundaries[boundary].name;
}

/* The other units of the level that the reading could as well lie in. */
static void print_neighbours(const struct snapshot *s, enum boundary_level level,
                             const struct answer *a)
{
    const struct complaint_draft *draft = &a->draft;
    int32_t own = level == LEVEL_WARD ? a->record.place.ward : a->record.place.district;
    size_t n = s->n_epochs[level];
    while (n > 0 && s->epochs[level][n - 1].from_us > draft->received_at_us) {
        n--;
    }
    if (n == 0 || !s->epochs[level][n - 1].areas || draft->accuracy_m <= 0) {
        return;
    }
    struct geo_area_near near[NEIGHBOURS];
    size_t found = geo_area_near(s->epochs[level][n - 1].areas, draft->point,
                                 fmin(draft->accuracy_m, RADIUS_MAX_M), near, NEIGHBOURS);
    for (size_t i = 0; i < found; i++) {
        int32_t boundary = s->epochs[level][n - 1].boundaries[near[i].area];
        if (boundary != own) {
            printf("  within reach: %s, %.1f m away\n", s->boundaries[boundary].name,
                   near[i].metres);
        }
    }
}

static void print_text(const struct snapshot *s, const struct answer *a)
{
    const struct route_decision *d = &a->record.decision;
    char due[CLOCK_TEXT_MAX];
    char at[CLOCK_TEXT_MAX];
    printf("at        %s\n", clock_format(a->draft.received_at_us, at));
    printf("ward      %s\n", unit_text(s, a->record.place.ward));
    print_neighbours(s, LEVEL_WARD, a);
    printf("district  %s\n", unit_text(s, a->record.place.district));
    print_neighbours(s, LEVEL_DISTRICT, a);
    printf("agency    %s (%s)\n", s->agencies[d->agency].name, s->agencies[d->agency].code);
    if (d->desk >= 0) {
        printf("desk      %s\n", s->desks[d->desk].name);
    }
    const char *rule = placing_rule_code(s, d);
    printf("rule      %s\n", rule ? rule : "fallback");
    printf("deadline  %s\n", clock_format(d->due_at_us, due));
    printf("%s\n%s\n", a->record.reason_vi, a->record.reason_en);
}

static enum status print_json(const struct snapshot *s, const struct answer *a, struct err *e)
{
    struct complaint_view view;
    struct strbuf out;
    complaint_view_of_record(&view, s, &a->record);
    strbuf_init(&out, ANSWER_POOL);
    strbuf_append_z(&out, "{\"place\":");
    complaint_view_place_json(&out, &view);
    strbuf_append_z(&out, ",\"assignment\":");
    complaint_view_assignment_json(&out, &view, READER_HOLDER, HTTP_VI);
    if (a->record.account) {
        strbuf_append_z(&out, ",\"decision\":");
        strbuf_append_z(&out, a->record.account);
    }
    strbuf_append_char(&out, '}');
    if (out.failed) {
        strbuf_free(&out);
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    printf("%s\n", out.p);
    strbuf_free(&out);
    return STATUS_OK;
}

/* --- CSV -------------------------------------------------------------------------------------- */

struct route_columns {
    int lon, lat, category, at, accuracy_m, description, channel, attributes;
};

static const char *const csv_added[] = {
    "ward", "ward_name", "district", "district_name", "agency",    "agency_name", "desk",
    "rule", "runner_up", "deadline", "reason_vi",     "reason_en", "error"};
#define CSV_ADDED (sizeof csv_added / sizeof csv_added[0])

/* What is wrong with the question, or NULL. */
static const char *read_question(const struct snapshot *s, const struct csv *csv,
                                 const struct route_columns *c, int64_t now_us,
                                 struct complaint_draft *draft)
{
    char code[64];
    struct str category = str_trim(csv_field(csv, c->category));
    struct str at = str_trim(csv_field(csv, c->at));
    struct str accuracy = str_trim(csv_field(csv, c->accuracy_m));
    *draft = (struct complaint_draft){.received_at_us = now_us,
                                      .accuracy_m = -1,
                                      .occurred_at_us = INT64_MIN,
                                      .closed_at_us = INT64_MIN};
    if (!city_text_point(csv_field(csv, c->lon), csv_field(csv, c->lat), &draft->point)) {
        return "no longitude and latitude";
    }
    if (category.n == 0 || category.n >= sizeof code) {
        return "no category";
    }
    memcpy(code, category.p, category.n);
    code[category.n] = '\0';
    draft->category = snapshot_category_find(s, code);
    if (draft->category < 0) {
        return "no such category";
    }
    if (at.n > 0 && !clock_parse_any(at, &draft->received_at_us)) {
        return "not a time";
    }
    if (accuracy.n > 0 && !city_text_number(accuracy, &draft->accuracy_m)) {
        return "the accuracy is not a number";
    }
    return NULL;
}

/* What rules may ask for besides; false when memory is short. */
static bool read_words(const struct csv *csv, const struct route_columns *c, struct arena *arena,
                       struct complaint_draft *draft)
{
    const struct {
        int column;
        const char **slot;
    } texts[] = {{c->description, &draft->description},
                 {c->channel, &draft->channel},
                 {c->attributes, &draft->attributes}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct str text = csv_field(csv, texts[i].column);
        *texts[i].slot = text.n > 0 ? arena_strndup(arena, text.p, text.n) : NULL;
        if (text.n > 0 && !*texts[i].slot) {
            return false;
        }
    }
    return true;
}

static void write_unit(const struct snapshot *s, int32_t boundary)
{
    cli_csv_field(false, str_of(boundary < 0 ? "" : s->boundaries[boundary].code));
    cli_csv_field(false, str_of(boundary < 0 ? "" : s->boundaries[boundary].name));
}

static void write_answer(const struct snapshot *s, const struct answer *a)
{
    const struct route_decision *d = &a->record.decision;
    char due[CLOCK_TEXT_MAX];
    write_unit(s, a->record.place.ward);
    write_unit(s, a->record.place.district);
    cli_csv_field(false, str_of(s->agencies[d->agency].code));
    cli_csv_field(false, str_of(s->agencies[d->agency].name));
    const char *rule = placing_rule_code(s, d);
    cli_csv_field(false, str_of(d->desk < 0 ? "" : s->desks[d->desk].code));
    cli_csv_field(false, str_of(rule ? rule : "fallback"));
    cli_csv_field(false, str_of(placing_runner_up_code(s, d)));
    cli_csv_field(false, str_of(clock_format(d->due_at_us, due)));
    cli_csv_field(false, str_of(a->record.reason_vi));
    cli_csv_field(false, str_of(a->record.reason_en));
    cli_csv_field(false, str_of(""));
}

static void write_header(const struct csv *csv)
{
    for (size_t i = 0; i < csv_columns(csv); i++) {
        cli_csv_field(i == 0, csv_column_name(csv, i));
    }
    for (size_t i = 0; i < CSV_ADDED; i++) {
        cli_csv_field(false, str_of(csv_added[i]));
    }
    putchar('\n');
}

static enum status route_record(const struct snapshot *s, const struct csv *csv,
                                const struct route_columns *c, struct arena *arena, struct err *e)
{
    struct answer a;
    for (size_t i = 0; i < csv_columns(csv); i++) {
        cli_csv_field(i == 0, csv_field(csv, (int)i));
    }
    const char *fault = read_question(s, csv, c, clock_now_us(), &a.draft);
    if (!fault && !read_words(csv, c, arena, &a.draft)) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    if (fault) {
        for (size_t i = 0; i + 1 < CSV_ADDED; i++) {
            cli_csv_field(false, str_of(""));
        }
        cli_csv_field(false, str_of(fault));
    } else {
        enum status status = decide(s, arena, &a, e);
        if (status != STATUS_OK) {
            return status;
        }
        write_answer(s, &a);
    }
    putchar('\n');
    return STATUS_OK;
}

static enum status route_csv(const struct snapshot *s, struct csv *csv, struct arena *arena,
                             struct err *e)
{
    const struct route_columns c = {
        .lon = csv_column(csv, "lon"),
        .lat = csv_column(csv, "lat"),
        .category = csv_column(csv, "category"),
        .at = csv_column(csv, "at"),
        .accuracy_m = csv_column(csv, "accuracy_m"),
        .description = csv_column(csv, "description"),
        .channel = csv_column(csv, "channel"),
        .attributes = csv_column(csv, "attributes"),
    };
    if (c.lon < 0 || c.lat < 0 || c.category < 0) {
        return err_set(e, STATUS_INVALID, "the columns lon, lat and category are needed");
    }
    write_header(csv);
    enum status status = STATUS_OK;
    bool more = true;
    while (status == STATUS_OK && more) {
        status = csv_next(csv, &more, e);
        if (status == STATUS_OK && more) {
            status = route_record(s, csv, &c, arena, e);
            arena_clear(arena);
        }
    }
    return status;
}

static enum status route_input(const struct snapshot *s, struct arena *arena, struct err *e)
{
    struct csv *csv = NULL;
    enum status status = csv_open("-", &csv, e);
    if (status == STATUS_OK) {
        status = route_csv(s, csv, arena, e);
    }
    csv_close(csv);
    return status;
}

/* --- the command ------------------------------------------------------------------------------ */

static enum status route_one(const struct snapshot *s, const struct route_options *o,
                             struct arena *arena, struct err *e)
{
    struct answer a = {.draft = {.point = {o->lon, o->lat},
                                 .accuracy_m = o->accuracy_m,
                                 .received_at_us = clock_now_us(),
                                 .occurred_at_us = INT64_MIN,
                                 .closed_at_us = INT64_MIN}};
    a.draft.category = snapshot_category_find(s, o->category);
    if (a.draft.category < 0) {
        return err_set(e, STATUS_NOT_FOUND, "no such category: %s", o->category);
    }
    if (o->at && !clock_parse_any(str_of(o->at), &a.draft.received_at_us)) {
        return err_set(e, STATUS_INVALID, "--at: not a time: %s", o->at);
    }
    enum status status = decide(s, arena, &a, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (o->json) {
        return print_json(s, &a, e);
    }
    print_text(s, &a);
    return STATUS_OK;
}

static int run(const struct route_options *o, bool input)
{
    struct err e;
    struct db_sync *db = NULL;
    struct snapshot *s = NULL;
    struct arena *arena = arena_create(ANSWER_POOL);
    enum status status = arena ? cli_connect_city(o->database, &db, &e)
                               : err_set(&e, STATUS_NO_MEMORY, "out of memory");
    if (status == STATUS_OK) {
        status = snapshot_load(db, &s, &e);
    }
    db_sync_close(db);
    if (status == STATUS_OK) {
        status = input ? route_input(s, arena, &e) : route_one(s, o, arena, &e);
    }
    snapshot_release(s);
    arena_destroy(arena);
    return status == STATUS_OK ? CLI_OK : cli_fail(&e);
}

int cmd_route(int argc, char **argv)
{
    struct route_options o = {.lon = NAN, .lat = NAN, .accuracy_m = -1};
    const struct cli_option options[] = {
        CLI_DATABASE(&o.database),
        {"lon", CLI_NUMBER, &o.lon, "DEGREES", "longitude, WGS 84"},
        {"lat", CLI_NUMBER, &o.lat, "DEGREES", "latitude"},
        {"category", CLI_TEXT, &o.category, "CODE", "what it is about"},
        {"at", CLI_TEXT, &o.at, "TIME", "as things stood then (default: now)"},
        {"accuracy", CLI_NUMBER, &o.accuracy_m, "METRES", "also tell the units within that reach"},
        {"json", CLI_FLAG, &o.json, NULL, "as the service answers it"},
    };
    const struct cli_usage usage = {
        .command = "hotline route",
        .arguments = "[-]",
        .about =
            "Who is responsible for a place and a category, and why. With - reads CSV with the\n"
            "columns lon, lat, category and, if wanted, at, accuracy_m, description, channel and\n"
            "attributes (JSON) from standard input, and writes its rows with the answer's\n"
            "columns added.",
        .options = options,
        .n_options = sizeof options / sizeof options[0],
    };
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    bool input = operands == 1 && strcmp(argv[1], "-") == 0;
    if (operands > 0 && !input) {
        return cli_misuse(&usage, "unexpected: %s", argv[1]);
    }
    if (!input && (isnan(o.lon) || isnan(o.lat) || !o.category)) {
        return cli_misuse(&usage, "--lon, --lat and --category are needed, or -");
    }
    if (!input && (fabs(o.lon) > 180 || fabs(o.lat) > 90)) {
        return cli_misuse(&usage, "no such longitude and latitude");
    }
    return run(&o, input);
}
