#include "server/city/city_categories.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/city/city_csv.h"
#include "server/city/city_text.h"

#define CODE_MAX        32
#define DERIVED_DAYS    "5"
#define SAME_SLUG_MAX   99
#define DEADLINE_MAX    10000
#define CODE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* --- the tree from CSV ------------------------------------------------------------------------ */

struct category_file {
    struct db_sync *db;
    int code, parent, name_vi, name_en, keywords, urgent, hours, days;
};

struct category_row {
    const char *code, *parent, *name_vi, *name_en, *keywords, *urgent, *hours, *days;
};

/* Empty, or a whole number from 1. */
static bool deadline_fits(const char *text)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    return *text == '\0' || (*end == '\0' && value > 0 && value <= DEADLINE_MAX);
}

/* What is wrong with it, or NULL. */
static const char *category_fault(const struct category_row *row)
{
    if (!row->code || !row->parent || !row->name_vi || !row->name_en || !row->keywords ||
        !row->urgent || !row->hours || !row->days) {
        return "a text is not clean UTF-8";
    }
    size_t n = strlen(row->code);
    if (n == 0 || n > CODE_MAX || strspn(row->code, CODE_CHARACTERS) != n) {
        return "a code is 1 to 32 letters, digits, '-' or '_'";
    }
    if (!*row->name_vi || !*row->name_en) {
        return "a name is missing";
    }
    if (!deadline_fits(row->hours) || !deadline_fits(row->days) || (*row->hours && *row->days)) {
        return "a deadline is in hours or in working days, not both, a number from 1";
    }
    if (*row->urgent && strcmp(row->urgent, "yes") != 0 && strcmp(row->urgent, "no") != 0) {
        return "urgent is yes or no";
    }
    return NULL;
}

static const char category_sql[] =
    "INSERT INTO hotline.categories (code, parent_id, name_vi, name_en, keywords, urgent,"
    "  deadline_hours, deadline_working_days, position)"
    " SELECT $1, p.id, $3, $4, $5, $6 = 'yes', nullif($7, '')::integer, nullif($8, '')::integer,"
    "  $9::integer"
    " FROM (VALUES (nullif($2, ''))) AS given(parent)"
    " LEFT JOIN hotline.categories p ON p.code = given.parent"
    " WHERE given.parent IS NULL OR p.id IS NOT NULL"
    " ON CONFLICT (code) DO UPDATE SET parent_id = excluded.parent_id,"
    "  name_vi = excluded.name_vi, name_en = excluded.name_en, keywords = excluded.keywords,"
    "  urgent = excluded.urgent, deadline_hours = excluded.deadline_hours,"
    "  deadline_working_days = excluded.deadline_working_days, position = excluded.position,"
    "  active = true";

static enum status record_category(void *context, struct csv *csv, struct arena *arena,
                                   struct city_report *report, struct err *e)
{
    const struct category_file *f = context;
    struct category_row row = {
        .code = city_text_clean(arena, csv_field(csv, f->code)),
        .parent = city_text_clean(arena, csv_field(csv, f->parent)),
        .name_vi = city_text_clean(arena, csv_field(csv, f->name_vi)),
        .name_en = city_text_clean(arena, csv_field(csv, f->name_en)),
        .keywords = city_text_clean(arena, csv_field(csv, f->keywords)),
        .urgent = city_text_clean(arena, csv_field(csv, f->urgent)),
        .hours = city_text_clean(arena, csv_field(csv, f->hours)),
        .days = city_text_clean(arena, csv_field(csv, f->days)),
    };
    const char *fault = category_fault(&row);
    if (fault) {
        city_report_refuse(report, csv_line(csv), "%s", fault);
        return STATUS_OK;
    }
    char position[24];
    (void)snprintf(position, sizeof position, "%zu", report->in);
    const char *const params[] = {row.code,   row.parent, row.name_vi, row.name_en, row.keywords,
                                  row.urgent, row.hours,  row.days,    position};
    size_t made = 0;
    enum status status = db_sync_exec(f->db, "SAVEPOINT category", e);
    if (status != STATUS_OK) {
        return status;
    }
    struct err fault_of_row;
    if (db_sync_run(f->db, category_sql, 9, params, &made, &fault_of_row) != STATUS_OK) {
        city_report_refuse(report, csv_line(csv), "%s", fault_of_row.text);
        return db_sync_exec(f->db, "ROLLBACK TO category; RELEASE category", e);
    }
    if (made == 0) {
        city_report_refuse(report, csv_line(csv), "no category %s, its parent, so far", row.parent);
    } else {
        report->loaded++;
    }
    return db_sync_exec(f->db, "RELEASE category", e);
}

static enum status read_categories(struct db_sync *db, struct csv *csv, struct city_report *report,
                                   struct err *e)
{
    static const char *const required[] = {"code", "name_vi", "name_en"};
    struct category_file f = {
        .db = db,
        .code = csv_column(csv, "code"),
        .parent = csv_column(csv, "parent"),
        .name_vi = csv_column(csv, "name_vi"),
        .name_en = csv_column(csv, "name_en"),
        .keywords = csv_column(csv, "keywords"),
        .urgent = csv_column(csv, "urgent"),
        .hours = csv_column(csv, "deadline_hours"),
        .days = csv_column(csv, "deadline_working_days"),
    };
    enum status status = city_csv_require(csv, report->file, required, 3, e);
    return status == STATUS_OK ? city_csv_read(csv, record_category, &f, report, e) : status;
}

enum status city_categories_load(struct db_sync *db, const char *path, bool keep_good,
                                 struct city_report *report, struct err *e)
{
    struct csv *csv = NULL;
    city_report_begin(report, path, "categories");
    enum status status = csv_open(path, &csv, e);
    if (status == STATUS_OK) {
        status = read_categories(db, csv, report, e);
    }
    csv_close(csv);
    if (status == STATUS_OK) {
        status = city_report_verdict(report, keep_good, e);
    }
    city_report_end(report);
    return status;
}

/* --- from the records themselves -------------------------------------------------------------- */

struct distinct {
    char **names; /* ascending */
    size_t n, cap;
    int column;
};

/* Where the name is, or where it belongs. */
static size_t distinct_seat(const struct distinct *d, const char *name, bool *found)
{
    size_t low = 0;
    size_t high = d->n;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(d->names[middle], name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static enum status record_value(void *context, struct csv *csv, struct arena *arena,
                                struct city_report *report, struct err *e)
{
    struct distinct *d = context;
    (void)report;
    const char *name = city_text_clean(arena, csv_field(csv, d->column));
    if (!name || !*name) {
        return STATUS_OK; /* the record itself is refused when it is imported */
    }
    bool found = false;
    size_t seat = distinct_seat(d, name, &found);
    if (found) {
        return STATUS_OK;
    }
    char **grown = array_grow(d->names, &d->cap, d->n + 1, sizeof *grown);
    char *copy = grown ? strdup(name) : NULL;
    d->names = grown ? grown : d->names;
    if (!copy) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    memmove(d->names + seat + 1, d->names + seat, (d->n - seat) * sizeof *d->names);
    d->names[seat] = copy;
    d->n++;
    return STATUS_OK;
}

/* A code for the name that no category has yet; nothing is done if one has that very name. */
static enum status derive_one(struct db_sync *db, const char *name, struct city_report *report,
                              struct err *e)
{
    char slug[CODE_MAX + 1];
    if (city_text_slug(str_of(name), CODE_MAX - 3, slug) == 0) {
        (void)snprintf(slug, sizeof slug, "loai");
    }
    for (int i = 1; i <= SAME_SLUG_MAX; i++) {
        char code[CODE_MAX + 8];
        if (i == 1) {
            (void)snprintf(code, sizeof code, "%s", slug);
        } else {
            (void)snprintf(code, sizeof code, "%s-%d", slug, i);
        }
        const char *const params[] = {code, name};
        size_t made = 0;
        enum status status = db_sync_run(
            db,
            "INSERT INTO hotline.categories (code, name_vi, name_en, deadline_working_days)"
            " SELECT $1, $2, $2, " DERIVED_DAYS " WHERE NOT EXISTS (SELECT FROM hotline.categories"
            "   WHERE code = $1 AND name_en <> $2)"
            " ON CONFLICT (code) DO UPDATE SET active = true",
            2, params, &made, e);
        if (status != STATUS_OK || made > 0) {
            report->loaded += made;
            return status;
        }
    }
    return err_set(e, STATUS_INVALID, "too many categories are named like %s", name);
}

enum status city_categories_derive(struct db_sync *db, const char *path, const char *column,
                                   struct city_report *report, struct err *e)
{
    struct csv *csv = NULL;
    struct distinct d = {0};
    struct city_report reading;
    city_report_begin(&reading, path, "records, looking for categories");
    enum status status = csv_open(path, &csv, e);
    if (status == STATUS_OK) {
        d.column = csv_column(csv, column);
        status = d.column < 0 ? err_set(e, STATUS_INVALID, "%s has no column %s", path, column)
                              : city_csv_read(csv, record_value, &d, &reading, e);
    }
    csv_close(csv);
    for (size_t i = 0; i < d.n; i++) {
        if (status == STATUS_OK) {
            report->in++;
            status = derive_one(db, d.names[i], report, e);
        }
        free(d.names[i]);
    }
    free(d.names);
    return status;
}
