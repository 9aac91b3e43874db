#include "server/city/city_agencies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/city/city_csv.h"
#include "server/city/city_text.h"

#define CODE_MAX        64
#define CODE_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

struct agency_row {
    const char *code, *name, *name_en, *kind, *fallback, *reach, *categories, *rule_class;
    const char *valid_from, *valid_to, *unit, *jurisdiction, *calendar;
    /* Filled for one unit of a pattern. */
    const char *valid; /* range as text */
    const char *boundary_id;
};

struct agency_file {
    struct db_sync *db;
    int code, name, name_en, kind, fallback, reach, categories, rule_class;
    int valid_from, valid_to, unit, jurisdiction, calendar;
};

/* --- storing one row -------------------------------------------------------------------------- */

static enum status store_agency(struct db_sync *db, const struct agency_row *row, struct err *e)
{
    const char *const params[] = {row->code, row->valid,    row->name,    row->name_en,
                                  row->kind, row->fallback, row->calendar};
    size_t n = 0;
    enum status status = db_sync_run(
        db,
        "UPDATE hotline.agencies SET name = $3, name_en = $4, kind = $5, fallback = $6 = 'yes',"
        " calendar = CASE WHEN $7 = '-' THEN calendar ELSE nullif($7, '') END"
        " WHERE code = $1 AND valid = $2::daterange",
        7, params, &n, e);
    if (status != STATUS_OK || n > 0) {
        return status;
    }
    return db_sync_run(
        db,
        "INSERT INTO hotline.agencies (code, valid, name, name_en, kind, fallback, calendar)"
        " VALUES ($1, $2::daterange, $3, $4, $5, $6 = 'yes',"
        " nullif(nullif($7, '-'), ''))",
        7, params, NULL, e);
}

/* The agency in force is the one just stored: same code, same validity. */
static const char jurisdiction_update_sql[] =
    "UPDATE hotline.jurisdictions j SET name = $4, agency_id = a.id, desk_id = NULL, class = $5,"
    "  reach = $6, boundary_id = nullif($7, '')::integer, geom = NULL"
    " FROM hotline.agencies a"
    " WHERE a.code = $3 AND a.valid = $2::daterange AND j.code = $1 AND j.valid = $2::daterange";
static const char jurisdiction_insert_sql[] =
    "INSERT INTO hotline.jurisdictions (code, valid, name, agency_id, class, reach, boundary_id)"
    " SELECT $1, $2::daterange, $4, a.id, $5, $6, nullif($7, '')::integer"
    " FROM hotline.agencies a WHERE a.code = $3 AND a.valid = $2::daterange";

static const char categories_clear_sql[] =
    "DELETE FROM hotline.jurisdiction_categories WHERE jurisdiction_id ="
    " (SELECT id FROM hotline.jurisdictions WHERE code = $1 AND valid = $2::daterange)";
static const char categories_insert_sql[] =
    "INSERT INTO hotline.jurisdiction_categories (jurisdiction_id, category_id)"
    " SELECT j.id, c.id FROM hotline.jurisdictions j, hotline.categories c"
    " WHERE j.code = $1 AND j.valid = $2::daterange AND c.code = ANY (string_to_array($3, '|'))";
static const char categories_unknown_sql[] =
    "SELECT string_agg(given, ', ') FROM unnest(string_to_array(nullif($1, ''), '|')) AS given"
    " WHERE NOT EXISTS (SELECT FROM hotline.categories c WHERE c.code = given)";

static enum status check_categories(struct db_sync *db, const char *categories, struct err *e)
{
    struct db_rows *rows = NULL;
    const char *const params[] = {categories};
    enum status status = db_sync_query(db, categories_unknown_sql, 1, params, &rows, e);
    if (status == STATUS_OK) {
        if (!db_rows_null(rows, 0, 0)) {
            status = err_set(e, STATUS_INVALID, "no such category: %s", db_rows_text(rows, 0, 0));
        }
        db_rows_free(rows);
    }
    return status;
}

static enum status store_jurisdiction(struct db_sync *db, const struct agency_row *row,
                                      struct err *e)
{
    const char *code = *row->jurisdiction ? row->jurisdiction : row->code;
    const char *const params[] = {code,
                                  row->valid,
                                  row->code,
                                  row->name,
                                  *row->rule_class ? row->rule_class : "ordinary",
                                  row->reach,
                                  row->boundary_id};
    const char *const listed[] = {code, row->valid, row->categories};
    size_t n = 0;
    enum status status = check_categories(db, row->categories, e);
    if (status == STATUS_OK) {
        status = db_sync_run(db, jurisdiction_update_sql, 7, params, &n, e);
    }
    if (status == STATUS_OK && n == 0) {
        status = db_sync_run(db, jurisdiction_insert_sql, 7, params, NULL, e);
    }
    if (status == STATUS_OK && n > 0) {
        status = db_sync_run(db, categories_clear_sql, 2, params, NULL, e);
    }
    if (status == STATUS_OK && *row->categories) {
        status = db_sync_run(db, categories_insert_sql, 3, listed, NULL, e);
    }
    return status;
}

static enum status store_row(struct db_sync *db, const struct agency_row *row, struct err *e)
{
    enum status status = store_agency(db, row, e);
    if (status == STATUS_OK && *row->reach) {
        status = store_jurisdiction(db, row, e);
    }
    return status;
}

/* Stores it, or takes it back and tells why not; *stored says which. */
static enum status try_row(struct db_sync *db, const struct agency_row *row, size_t line,
                           struct city_report *report, bool *stored, struct err *e)
{
    struct err fault;
    enum status status = db_sync_exec(db, "SAVEPOINT agency", e);
    if (status != STATUS_OK) {
        return status;
    }
    *stored = store_row(db, row, &fault) == STATUS_OK;
    if (*stored) {
        return db_sync_exec(db, "RELEASE agency", e);
    }
    city_report_refuse(report, line, "%s: %s", row->code, fault.text);
    return db_sync_exec(db, "ROLLBACK TO agency; RELEASE agency", e);
}

/* --- patterns --------------------------------------------------------------------------------- */

/* The pattern with {code} and {name} put in; NULL when memory is short. */
static const char *fill_pattern(struct arena *arena, const char *pattern, const char *code,
                                const char *name)
{
    struct strbuf text;
    strbuf_init(&text, 4096);
    for (const char *p = pattern; *p;) {
        if (strncmp(p, "{code}", 6) == 0) {
            strbuf_append_z(&text, code);
            p += 6;
        } else if (strncmp(p, "{name}", 6) == 0) {
            strbuf_append_z(&text, name);
            p += 6;
        } else {
            strbuf_append_char(&text, *p++);
        }
    }
    const char *filled = text.failed ? NULL : arena_strndup(arena, text.p, text.n);
    strbuf_free(&text);
    return filled;
}

static enum status query_units(struct db_sync *db, const char *level, struct db_rows **out,
                               struct err *e)
{
    const char *const params[] = {level};
    return db_sync_query(db,
                         "SELECT b.id, b.code, b.name, b.valid FROM hotline.boundaries b"
                         " WHERE b.level = $1 AND NOT EXISTS (SELECT FROM hotline.settings s"
                         "   WHERE s.key = 'partial' AND s.value ? b.source)"
                         " ORDER BY b.valid, b.code",
                         1, params, out, e);
}

/* One pattern row being spread over the units of its level. */
struct spreading {
    struct db_sync *db;
    const struct agency_row *pattern;
    size_t line;
    struct arena *arena;
    struct city_report *report;
};

/* The i-th of the units; *stored is false if it was refused. */
static enum status store_unit(const struct spreading *s, const struct db_rows *units, size_t i,
                              bool *stored, struct err *e)
{
    char slug[CODE_MAX + 1];
    const char *name = db_rows_text(units, i, 2);
    (void)city_text_slug(db_rows_str(units, i, 1), CODE_MAX, slug);
    struct agency_row row = *s->pattern;
    row.code = fill_pattern(s->arena, s->pattern->code, slug, name);
    row.name = fill_pattern(s->arena, s->pattern->name, slug, name);
    row.name_en = fill_pattern(s->arena, s->pattern->name_en, slug, name);
    row.boundary_id = db_rows_text(units, i, 0);
    row.valid = db_rows_text(units, i, 3);
    if (!row.code || !row.name || !row.name_en) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    return try_row(s->db, &row, s->line, s->report, stored, e);
}

static enum status store_pattern(struct db_sync *db, const struct agency_row *pattern, size_t line,
                                 struct arena *arena, struct city_report *report, struct err *e)
{
    struct db_rows *units = NULL;
    enum status status = query_units(db, pattern->reach, &units, e);
    if (status != STATUS_OK) {
        return status;
    }
    const struct spreading s = {db, pattern, line, arena, report};
    bool all = true;
    size_t n = db_rows_count(units);
    for (size_t i = 0; i < n && status == STATUS_OK && all; i++) {
        status = store_unit(&s, units, i, &all, e);
    }
    db_rows_free(units);
    if (status == STATUS_OK && all) {
        report->loaded++;
        city_report_note(report, "%s: %zu agencies, one for each %s", pattern->code, n,
                         pattern->reach);
    }
    return status;
}

/* --- the file --------------------------------------------------------------------------------- */

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(text, *words) == 0) {
            return true;
        }
    }
    return false;
}

static bool date_fits(const char *text)
{
    return *text == '\0' || city_text_is_date(text);
}

/* What is wrong with it, or NULL. */
static const char *agency_fault(const struct agency_row *row, bool pattern)
{
    static const char *const reaches[] = {"", "city", "ward", "district", NULL};
    static const char *const classes[] = {"", "special", "ordinary", "fallback", NULL};
    static const char *const answers[] = {"", "yes", "no", NULL};
    size_t n = strlen(row->code);
    if (!pattern && (n == 0 || n > CODE_MAX || strspn(row->code, CODE_CHARACTERS) != n)) {
        return "a code is 1 to 64 small letters, digits or '-'";
    }
    if (!*row->name) {
        return "no name";
    }
    if (!is_one_of(row->reach, reaches)) {
        return "reach is city, ward, district or nothing";
    }
    if (!is_one_of(row->rule_class, classes)) {
        return "class is special, ordinary or fallback";
    }
    if (!is_one_of(row->fallback, answers)) {
        return "fallback is yes or no";
    }
    if (!date_fits(row->valid_from) || !date_fits(row->valid_to)) {
        return "validity is given as days, 2025-07-01";
    }
    bool of_unit = strcmp(row->reach, "ward") == 0 || strcmp(row->reach, "district") == 0;
    if (pattern && !of_unit) {
        return "a pattern has the reach ward or district";
    }
    if (!pattern && of_unit != (*row->unit != '\0')) {
        return "a unit is given just where the reach is ward or district";
    }
    return NULL;
}

static bool read_row(const struct agency_file *f, struct csv *csv, struct arena *arena,
                     struct agency_row *row)
{
    const struct {
        int column;
        const char **text;
    } fields[] = {
        {f->code, &row->code},
        {f->name, &row->name},
        {f->name_en, &row->name_en},
        {f->kind, &row->kind},
        {f->fallback, &row->fallback},
        {f->reach, &row->reach},
        {f->categories, &row->categories},
        {f->rule_class, &row->rule_class},
        {f->valid_from, &row->valid_from},
        {f->valid_to, &row->valid_to},
        {f->unit, &row->unit},
        {f->jurisdiction, &row->jurisdiction},
        {f->calendar, &row->calendar},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        *fields[i].text = city_text_clean(arena, csv_field(csv, fields[i].column));
        if (!*fields[i].text) {
            return false;
        }
    }
    if (f->calendar < 0) {
        row->calendar = "-"; /* as it is */
    }
    return true;
}

/* The unit of that code whose validity holds the row's. */
static enum status find_unit(struct db_sync *db, struct agency_row *row, struct arena *arena,
                             bool *found, struct err *e)
{
    const char *const params[] = {row->reach, row->unit, row->valid};
    struct db_rows *rows = NULL;
    enum status status =
        db_sync_query(db,
                      "SELECT id FROM hotline.boundaries WHERE level = $1 AND code = $2"
                      " AND valid @> $3::daterange",
                      3, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    *found = db_rows_count(rows) == 1;
    if (*found) {
        row->boundary_id = arena_strdup(arena, db_rows_text(rows, 0, 0));
    }
    db_rows_free(rows);
    return STATUS_OK;
}

static enum status record_agency(void *context, struct csv *csv, struct arena *arena,
                                 struct city_report *report, struct err *e)
{
    const struct agency_file *f = context;
    size_t line = csv_line(csv);
    struct agency_row row = {0};
    if (!read_row(f, csv, arena, &row)) {
        city_report_refuse(report, line, "a text is not clean UTF-8");
        return STATUS_OK;
    }
    bool pattern = strstr(row.code, "{code}") != NULL;
    const char *fault = agency_fault(&row, pattern);
    if (fault) {
        city_report_refuse(report, line, "%s", fault);
        return STATUS_OK;
    }
    if (pattern) {
        return store_pattern(f->db, &row, line, arena, report, e);
    }
    row.boundary_id = "";
    row.valid = arena_printf(arena, "[%s,%s)", row.valid_from, row.valid_to);
    bool found = true;
    enum status status = STATUS_OK;
    if (*row.unit) {
        status = find_unit(f->db, &row, arena, &found, e);
    }
    if (status == STATUS_OK && !found) {
        city_report_refuse(report, line, "no %s %s holds all that time", row.reach, row.unit);
        return STATUS_OK;
    }
    bool stored = false;
    if (status == STATUS_OK) {
        status = try_row(f->db, &row, line, report, &stored, e);
    }
    report->loaded += stored;
    return status;
}

static enum status read_agencies(struct db_sync *db, struct csv *csv, struct city_report *report,
                                 struct err *e)
{
    static const char *const required[] = {"code", "name"};
    struct agency_file f = {
        .db = db,
        .code = csv_column(csv, "code"),
        .name = csv_column(csv, "name"),
        .name_en = csv_column(csv, "name_en"),
        .kind = csv_column(csv, "kind"),
        .fallback = csv_column(csv, "fallback"),
        .reach = csv_column(csv, "reach"),
        .categories = csv_column(csv, "categories"),
        .rule_class = csv_column(csv, "class"),
        .valid_from = csv_column(csv, "valid_from"),
        .valid_to = csv_column(csv, "valid_to"),
        .unit = csv_column(csv, "unit"),
        .jurisdiction = csv_column(csv, "jurisdiction"),
        .calendar = csv_column(csv, "calendar"),
    };
    enum status status = city_csv_require(csv, report->file, required, 2, e);
    return status == STATUS_OK ? city_csv_read(csv, record_agency, &f, report, e) : status;
}

enum status city_agencies_load(struct db_sync *db, const char *path, bool keep_good,
                               struct city_report *report, struct err *e)
{
    struct csv *csv = NULL;
    city_report_begin(report, path, "agency rows");
    enum status status = csv_open(path, &csv, e);
    if (status == STATUS_OK) {
        status = read_agencies(db, csv, report, e);
    }
    csv_close(csv);
    if (status == STATUS_OK) {
        status = city_report_verdict(report, keep_good, e);
    }
    city_report_end(report);
    return status;
}

/* --- for a city without any ------------------------------------------------------------------- */

enum status city_agencies_derive(struct db_sync *db, const char *city_name,
                                 struct city_report *report, struct err *e)
{
    const struct agency_row fallback = {
        .code = "city",
        .name = city_name,
        .name_en = city_name,
        .kind = "department",
        .fallback = "yes",
        .reach = "",
        .categories = "",
        .rule_class = "",
        .jurisdiction = "",
        .valid = "[,)",
        .boundary_id = "",
    };
    const struct agency_row patterns[] = {
        {.code = "district-{code}",
         .name = "District {name}",
         .name_en = "District {name}",
         .kind = "district",
         .fallback = "no",
         .reach = "district",
         .categories = "",
         .rule_class = "",
         .jurisdiction = ""},
        {.code = "ward-{code}",
         .name = "Ward {name}",
         .name_en = "Ward {name}",
         .kind = "ward",
         .fallback = "no",
         .reach = "ward",
         .categories = "",
         .rule_class = "",
         .jurisdiction = ""},
    };
    struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
    if (!arena) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    bool stored = false;
    enum status status = try_row(db, &fallback, 0, report, &stored, e);
    report->in++;
    report->loaded += stored;
    for (size_t i = 0; i < 2 && status == STATUS_OK; i++) {
        report->in++;
        status = store_pattern(db, &patterns[i], 0, arena, report, e);
    }
    arena_destroy(arena);
    return status;
}
