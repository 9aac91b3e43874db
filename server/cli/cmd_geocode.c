/* hotline geocode TEXT... or one address a line from standard input */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_gazetteer.h"
#include "server/app/snapshot.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

#define CANDIDATES_MAX 20
#define LINE_MAX_BYTES 65536
#define JSON_MAX       ((size_t)1024 * 1024)

struct geocode_options {
    const char *database, *at;
    int64_t limit;
    bool json;
    int64_t at_us;
};

static const char *unit_name(const struct snapshot *s, int32_t boundary)
{
    return boundary >= 0 && (size_t)boundary < s->n_boundaries ? s->boundaries[boundary].name : "";
}

/* --- one shape for each kind of answer -------------------------------------------------------- */

static void append_unit(struct strbuf *out, const struct snapshot *s, const char *key,
                        int32_t boundary)
{
    json_text_key(out, key);
    if (boundary < 0 || (size_t)boundary >= s->n_boundaries) {
        strbuf_append_z(out, "null");
        return;
    }
    strbuf_append_char(out, '{');
    json_text_field(out, "code", s->boundaries[boundary].code);
    json_text_field(out, "name", s->boundaries[boundary].name);
    strbuf_append_char(out, '}');
}

/* The units over it in the administration before the one that is told. */
static void append_former(struct strbuf *out, const struct snapshot *s,
                          const struct geo_candidate *c, int64_t before)
{
    bool known = before != INT64_MIN;
    json_text_key(out, "former");
    strbuf_append_char(out, '{');
    append_unit(out, s, "ward", known ? snapshot_boundary_at(s, LEVEL_WARD, c->point, before) : -1);
    append_unit(out, s, "district",
                known ? snapshot_boundary_at(s, LEVEL_DISTRICT, c->point, before) : -1);
    strbuf_append_char(out, '}');
}

static void append_parts(struct strbuf *out, const struct snapshot *s, int64_t at_us,
                         struct str text)
{
    struct geo_part parts[GEO_PARTS_MAX];
    const struct geo_gazetteer_query query = {.text = text, .at_us = at_us};
    size_t n = s->gazetteer ? geo_gazetteer_parts(s->gazetteer, &query, parts, GEO_PARTS_MAX) : 0;
    json_text_key(out, "parts");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        strbuf_append_z(out, i > 0 ? ",{" : "{");
        json_text_field(out, "part", geo_part_name(parts[i].kind));
        json_text_field(out, "text", parts[i].text);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

/* One line: {"query": ..., "parts": [...], "candidates": [...]} */
static enum status print_json(const struct snapshot *s, int64_t at_us, struct str text,
                              const struct geo_candidate *found, size_t n, struct err *e)
{
    int64_t before = snapshot_before(s, at_us);
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    strbuf_append_char(&out, '{');
    json_text_key(&out, "query");
    json_text_string_n(&out, text);
    append_parts(&out, s, at_us, text);
    json_text_key(&out, "candidates");
    strbuf_append_char(&out, '[');
    for (size_t i = 0; i < n; i++) {
        strbuf_append_z(&out, i > 0 ? ",{" : "{");
        json_text_field(&out, "label", found[i].label);
        json_text_field(&out, "match", geo_match_name(found[i].match));
        json_text_field_number(&out, "confidence", found[i].confidence);
        json_text_field_number(&out, "lon", found[i].point.lon);
        json_text_field_number(&out, "lat", found[i].point.lat);
        json_text_field(&out, "housenumber", found[i].housenumber);
        json_text_field(&out, "street", found[i].street);
        append_unit(&out, s, "ward", found[i].ward);
        append_unit(&out, s, "district", found[i].district);
        append_former(&out, s, &found[i], before);
        json_text_field(&out, "unmatched", found[i].unmatched);
        strbuf_append_char(&out, '}');
    }
    strbuf_append_z(&out, "]}");
    bool failed = out.failed;
    if (!failed) {
        printf("%s\n", out.p);
    }
    strbuf_free(&out);
    return failed ? err_set(e, STATUS_NO_MEMORY, "out of memory") : STATUS_OK;
}

static void print_text(const struct snapshot *s, const struct geo_candidate *found, size_t n)
{
    if (n == 0) {
        printf("không tìm thấy / not found\n");
    }
    for (size_t i = 0; i < n; i++) {
        const struct geo_candidate *c = &found[i];
        printf("%.2f %-12s %.6f %.6f  %s", c->confidence, geo_match_name(c->match), c->point.lon,
               c->point.lat, c->label);
        const char *ward = unit_name(s, c->ward);
        const char *district = unit_name(s, c->district);
        printf(" [%s%s%s]", ward, *ward && *district ? ", " : "", district);
        if (c->unmatched[0] != '\0') {
            printf(" (not understood: %s)", c->unmatched);
        }
        putchar('\n');
    }
}

/* The best one as a line of CSV. */
static void print_line(const struct snapshot *s, struct str text, const struct geo_candidate *found,
                       size_t n)
{
    char number[64];
    cli_csv_field(true, text);
    if (n == 0) {
        printf(",,,0,none,,,\n");
        return;
    }
    (void)snprintf(number, sizeof number, "%.7f,%.7f,%.3f,%s", found->point.lon, found->point.lat,
                   found->confidence, geo_match_name(found->match));
    printf(",%s", number);
    cli_csv_field(false, str_of(found->label));
    cli_csv_field(false, str_of(unit_name(s, found->ward)));
    cli_csv_field(false, str_of(unit_name(s, found->district)));
    putchar('\n');
}

/* --- asking ----------------------------------------------------------------------------------- */

static size_t find(const struct snapshot *s, const struct geocode_options *o, struct str text,
                   size_t limit, struct geo_candidate found[CANDIDATES_MAX])
{
    const struct geo_gazetteer_query query = {.text = text, .at_us = o->at_us, .limit = limit};
    return s->gazetteer ? geo_gazetteer_find(s->gazetteer, &query, found, limit) : 0;
}

static enum status geocode_text(const struct snapshot *s, const struct geocode_options *o,
                                struct str text, struct err *e)
{
    static struct geo_candidate found[CANDIDATES_MAX]; /* 12 KB; one question at a time */
    size_t n = find(s, o, text, (size_t)o->limit, found);
    if (o->json) {
        return print_json(s, o->at_us, text, found, n, e);
    }
    print_text(s, found, n);
    return STATUS_OK;
}

/* What did not fit of the line just read is passed over: a line is one question, however long. */
static void end_line(const char *line)
{
    if (strchr(line, '\n') == NULL) {
        for (int c = getchar(); c != '\n' && c != EOF;) {
            c = getchar();
        }
    }
}

static enum status geocode_lines(const struct snapshot *s, const struct geocode_options *o,
                                 struct err *e)
{
    static struct geo_candidate found[CANDIDATES_MAX];
    char *line = malloc(LINE_MAX_BYTES);
    enum status status = line ? STATUS_OK : err_set(e, STATUS_NO_MEMORY, "out of memory");
    if (status == STATUS_OK && !o->json) {
        printf("query,lon,lat,confidence,match,label,ward,district\n");
    }
    while (status == STATUS_OK && fgets(line, LINE_MAX_BYTES, stdin)) {
        end_line(line);
        struct str text = str_trim(str_of(line));
        if (o->json) {
            size_t n = find(s, o, text, (size_t)o->limit, found);
            status = print_json(s, o->at_us, text, found, n, e);
        } else {
            print_line(s, text, found, find(s, o, text, 1, found));
        }
    }
    free(line);
    return status;
}

static int run(const struct geocode_options *o, const char *text)
{
    struct err e;
    struct db_sync *db = NULL;
    struct snapshot *s = NULL;
    struct geocode_options with_time = *o;
    enum status status = cli_connect_city(o->database, &db, &e);
    with_time.at_us = clock_now_us();
    if (status == STATUS_OK && o->at && !clock_parse_any(str_of(o->at), &with_time.at_us)) {
        status = err_set(&e, STATUS_INVALID, "--at: not a time: %s", o->at);
    }
    if (status == STATUS_OK) {
        status = snapshot_load(db, &s, &e);
    }
    db_sync_close(db);
    if (status == STATUS_OK) {
        status = strcmp(text, "-") == 0 ? geocode_lines(s, &with_time, &e)
                                        : geocode_text(s, &with_time, str_of(text), &e);
    }
    snapshot_release(s);
    return status == STATUS_OK ? CLI_OK : cli_fail(&e);
}

int cmd_geocode(int argc, char **argv)
{
    struct geocode_options o = {.limit = 5};
    const struct cli_option options[] = {
        CLI_DATABASE(&o.database),
        {"at", CLI_TEXT, &o.at, "DATE", "wards and districts as in force then (default: now)"},
        {"limit", CLI_WHOLE, &o.limit, "N", "at most so many candidates, 1 to 20 (default 5)"},
        {"json", CLI_FLAG, &o.json, NULL, "one JSON object a line"},
    };
    const struct cli_usage usage = {
        .command = "hotline geocode",
        .arguments = "TEXT | -",
        .about = "An address, crossing, landmark or ward to a place. With - reads one a line from\n"
                 "standard input and writes the best candidate of each as CSV.",
        .options = options,
        .n_options = sizeof options / sizeof options[0],
    };
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands != 1) {
        return cli_misuse(&usage, "one text is needed (in quotes), or -");
    }
    if (o.limit < 1 || o.limit > CANDIDATES_MAX) {
        return cli_misuse(&usage, "--limit is 1 to %d", CANDIDATES_MAX);
    }
    return run(&o, argv[1]);
}
