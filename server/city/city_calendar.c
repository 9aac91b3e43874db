#include "server/city/city_calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/city/city_csv.h"
#include "server/city/city_text.h"

#define SESSIONS_MAX 6
#define DAY_MINUTES  1440

/* ---- hours ---- */

/* "07:30" at the front; moves *p over it. -1: none. */
static int read_minute(const char **p)
{
    const char *s = *p;
    for (int i = 0; i < 5; i++) {
        bool good = i == 2 ? s[i] == ':' : s[i] >= '0' && s[i] <= '9';
        if (!good) {
            return -1;
        }
    }
    int minute = ((s[0] - '0') * 10 + (s[1] - '0')) * 60 + (s[3] - '0') * 10 + (s[4] - '0');
    *p = s + 5;
    return s[3] <= '5' && minute <= DAY_MINUTES ? minute : -1;
}

bool city_hours_read(const char *text, char out[CITY_HOURS_MAX])
{
    size_t n = (size_t)snprintf(out, CITY_HOURS_MAX, "{");
    int last = -1;
    int count = 0;
    for (const char *p = text; *p != '\0'; count++) {
        int start = read_minute(&p);
        if (start < 0 || *p++ != '-') {
            return false;
        }
        int end = read_minute(&p);
        if (end <= start || start < last || count == SESSIONS_MAX) {
            return false;
        }
        n += (size_t)snprintf(out + n, CITY_HOURS_MAX - n, "%s[%d,%d)", count > 0 ? "," : "", start,
                              end);
        last = end;
        if (*p != '\0' && *p++ != ' ') {
            return false;
        }
    }
    (void)snprintf(out + n, CITY_HOURS_MAX - n, "}");
    return count > 0;
}

/* ---- a calendar file ---- */

struct calendar_row {
    const char *kind, *date, *name_vi, *name_en, *calendar, *weekdays, *hours, *follows;
};

struct calendar_file {
    struct db_sync *db;
    int kind, date, name_vi, name_en, calendar, weekdays, hours, follows;
};

static bool read_row(const struct calendar_file *f, struct csv *csv, struct arena *arena,
                     struct calendar_row *row)
{
    const struct {
        int column;
        const char **text;
    } fields[] = {
        {f->kind, &row->kind},       {f->date, &row->date},         {f->name_vi, &row->name_vi},
        {f->name_en, &row->name_en}, {f->calendar, &row->calendar}, {f->weekdays, &row->weekdays},
        {f->hours, &row->hours},     {f->follows, &row->follows},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        *fields[i].text = city_text_clean(arena, csv_field(csv, fields[i].column));
        if (!*fields[i].text) {
            return false;
        }
    }
    if (!*row->calendar) {
        row->calendar = "city";
    }
    return true;
}

/* What is wrong with it, or NULL; `hours` gets its hours, "" without any. */
static const char *row_fault(const struct calendar_row *row, char hours[CITY_HOURS_MAX])
{
    bool holiday = strcmp(row->kind, "holiday") == 0;
    bool working = strcmp(row->kind, "working") == 0;
    bool week = strcmp(row->kind, "week") == 0;
    hours[0] = '\0';
    if (!holiday && !working && !week && strcmp(row->kind, "calendar") != 0) {
        return "kind is holiday, working, calendar or week";
    }
    if ((holiday || working) != (*row->date != '\0')) {
        return "a date is given just for a holiday and a worked day";
    }
    if (*row->date && !city_text_is_date(row->date)) {
        return "not a date, such as 2027-02-05";
    }
    if (*row->hours && !city_hours_read(row->hours, hours)) {
        return "hours are such as 07:30-11:30 13:00-17:00, one after the other";
    }
    if (*row->hours && !working && !week) {
        return "hours are given for weekdays and for worked days";
    }
    if (week && (!*row->hours || !*row->weekdays ||
                 strspn(row->weekdays, "1234567") != strlen(row->weekdays))) {
        return "a week names weekdays, such as 12345, and their hours";
    }
    if (*row->follows && strcmp(row->follows, "yes") != 0 && strcmp(row->follows, "no") != 0) {
        return "follows_city is yes or no";
    }
    return NULL;
}

static const char day_sql[] =
    "WITH new AS (INSERT INTO incoming_days VALUES ($1, $2::date) ON CONFLICT DO NOTHING RETURNING "
    "1)"
    " INSERT INTO hotline.calendar_days (calendar, day, kind, name_vi, name_en, hours)"
    " SELECT $1, $2::date, $3, $4, $5, nullif($6, '')::hotline.office_hours FROM new"
    " ON CONFLICT (calendar, day) DO UPDATE SET kind = excluded.kind, name_vi = excluded.name_vi,"
    "  name_en = excluded.name_en, hours = excluded.hours";
static const char calendar_sql[] =
    "WITH cleared AS (DELETE FROM hotline.calendar_hours WHERE calendar = $1)"
    " INSERT INTO hotline.calendars (code, name_vi, name_en, follows_city)"
    " VALUES ($1, $2, coalesce(nullif($3, ''), $2), $4 <> 'no' AND $1 <> 'city')"
    " ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en,"
    "  follows_city = excluded.follows_city";
static const char week_sql[] =
    "INSERT INTO hotline.calendar_hours (calendar, weekday, hours)"
    " SELECT DISTINCT $1, weekday::integer, $3::hotline.office_hours"
    " FROM regexp_split_to_table($2, '') AS weekday"
    " ON CONFLICT (calendar, weekday) DO UPDATE SET hours = excluded.hours";

static enum status store_row(struct db_sync *db, const struct calendar_row *row, const char *hours,
                             size_t *made, struct err *e)
{
    if (strcmp(row->kind, "calendar") == 0) {
        const char *const params[] = {row->calendar, row->name_vi, row->name_en, row->follows};
        return db_sync_run(db, calendar_sql, 4, params, made, e);
    }
    if (strcmp(row->kind, "week") == 0) {
        const char *const params[] = {row->calendar, row->weekdays, hours};
        return db_sync_run(db, week_sql, 3, params, made, e);
    }
    const char *const params[] = {row->calendar, row->date,    row->kind,
                                  row->name_vi,  row->name_en, hours};
    return db_sync_run(db, day_sql, 6, params, made, e);
}

/* Runs within a savepoint, so that one bad row spoils no other. */
static enum status record_row(void *context, struct csv *csv, struct arena *arena,
                              struct city_report *report, struct err *e)
{
    const struct calendar_file *f = context;
    struct calendar_row row;
    char hours[CITY_HOURS_MAX];
    struct err broken;
    size_t made = 0;
    if (!read_row(f, csv, arena, &row)) {
        city_report_refuse(report, csv_line(csv), "a text is not clean UTF-8");
        return STATUS_OK;
    }
    const char *fault = row_fault(&row, hours);
    if (fault) {
        city_report_refuse(report, csv_line(csv), "%s", fault);
        return STATUS_OK;
    }
    enum status status = db_sync_exec(f->db, "SAVEPOINT calendar", e);
    if (status != STATUS_OK) {
        return status;
    }
    if (store_row(f->db, &row, hours, &made, &broken) != STATUS_OK) {
        city_report_refuse(report, csv_line(csv), "%s: %s", row.calendar, broken.text);
        return db_sync_exec(f->db, "ROLLBACK TO calendar; RELEASE calendar", e);
    }
    if (made == 0) {
        city_report_refuse(report, csv_line(csv), "%s is listed twice", row.date);
    } else {
        report->loaded++;
    }
    return db_sync_exec(f->db, "RELEASE calendar", e);
}

/* A calendar whose week is never worked would never let anything be due. */
static enum status refuse_empty_weeks(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status =
        db_sync_query(db,
                      "SELECT string_agg(code, ', ') FROM hotline.calendars c WHERE NOT EXISTS"
                      " (SELECT FROM hotline.calendar_hours h WHERE h.calendar = c.code)",
                      0, NULL, &rows, e);
    if (status == STATUS_OK && !db_rows_null(rows, 0, 0)) {
        status = err_set(e, STATUS_INVALID, "no weekday is worked in the calendar %s",
                         db_rows_text(rows, 0, 0));
    }
    db_rows_free(rows);
    return status;
}

static enum status read_calendar(struct db_sync *db, struct csv *csv, struct city_report *report,
                                 struct err *e)
{
    static const char *const required[] = {"kind"};
    struct calendar_file f = {.db = db,
                              .kind = csv_column(csv, "kind"),
                              .date = csv_column(csv, "date"),
                              .name_vi = csv_column(csv, "name_vi"),
                              .name_en = csv_column(csv, "name_en"),
                              .calendar = csv_column(csv, "calendar"),
                              .weekdays = csv_column(csv, "weekdays"),
                              .hours = csv_column(csv, "hours"),
                              .follows = csv_column(csv, "follows_city")};
    enum status status = city_csv_require(csv, report->file, required, 1, e);
    if (status == STATUS_OK) {
        status = db_sync_exec(db,
                              "CREATE TEMPORARY TABLE IF NOT EXISTS incoming_days (calendar text,"
                              " day date, PRIMARY KEY (calendar, day)) ON COMMIT DROP;"
                              " TRUNCATE incoming_days",
                              e);
    }
    if (status == STATUS_OK) {
        status = city_csv_read(csv, record_row, &f, report, e);
    }
    return status == STATUS_OK ? refuse_empty_weeks(db, e) : status;
}

/* ---- deadline steps ---- */

struct step_file {
    struct db_sync *db;
    int category, urgency, step, unit, amount;
};

static const char step_sql[] =
    "INSERT INTO hotline.deadline_steps (category_id, urgency, step, unit, amount)"
    " SELECT c.id, coalesce(nullif($2, ''), 'any'), $3, $4, $5::integer"
    " FROM (VALUES (nullif($1, ''))) AS given(category)"
    " LEFT JOIN hotline.categories c ON c.code = given.category"
    " WHERE given.category IS NULL OR c.id IS NOT NULL"
    " ON CONFLICT (category_id, urgency, step) DO UPDATE SET unit = excluded.unit,"
    "  amount = excluded.amount";

static enum status record_step(void *context, struct csv *csv, struct arena *arena,
                               struct city_report *report, struct err *e)
{
    const struct step_file *f = context;
    const char *const params[] = {city_text_clean(arena, csv_field(csv, f->category)),
                                  city_text_clean(arena, csv_field(csv, f->urgency)),
                                  city_text_clean(arena, csv_field(csv, f->step)),
                                  city_text_clean(arena, csv_field(csv, f->unit)),
                                  city_text_clean(arena, csv_field(csv, f->amount))};
    struct err broken;
    size_t made = 0;
    for (size_t i = 0; i < 5; i++) {
        if (!params[i]) {
            city_report_refuse(report, csv_line(csv), "a text is not clean UTF-8");
            return STATUS_OK;
        }
    }
    enum status status = db_sync_exec(f->db, "SAVEPOINT step", e);
    if (status != STATUS_OK) {
        return status;
    }
    if (db_sync_run(f->db, step_sql, 5, params, &made, &broken) != STATUS_OK) {
        city_report_refuse(report, csv_line(csv),
                           "not a step (pass_on, accept, answer, resolve), a unit (minutes, hours,"
                           " working_hours, working_days) and a number: %s",
                           broken.text);
        return db_sync_exec(f->db, "ROLLBACK TO step; RELEASE step", e);
    }
    if (made == 0) {
        city_report_refuse(report, csv_line(csv), "no such category: %s", params[0]);
    } else {
        report->loaded++;
    }
    return db_sync_exec(f->db, "RELEASE step", e);
}

static enum status read_steps(struct db_sync *db, struct csv *csv, struct city_report *report,
                              struct err *e)
{
    static const char *const required[] = {"step", "unit", "amount"};
    struct step_file f = {.db = db,
                          .category = csv_column(csv, "category"),
                          .urgency = csv_column(csv, "urgency"),
                          .step = csv_column(csv, "step"),
                          .unit = csv_column(csv, "unit"),
                          .amount = csv_column(csv, "amount")};
    enum status status = city_csv_require(csv, report->file, required, 3, e);
    return status == STATUS_OK ? city_csv_read(csv, record_step, &f, report, e) : status;
}

/* ---- a file ---- */

typedef enum status read_file(struct db_sync *db, struct csv *csv, struct city_report *report,
                              struct err *e);

static enum status load(struct db_sync *db, const char *path, read_file *read, bool keep_good,
                        struct city_report *report, struct err *e)
{
    struct csv *csv = NULL;
    enum status status = csv_open(path, &csv, e);
    if (status == STATUS_OK) {
        status = read(db, csv, report, e);
    }
    csv_close(csv);
    if (status == STATUS_OK) {
        status = city_report_verdict(report, keep_good, e);
    }
    city_report_end(report);
    return status;
}

enum status city_calendar_load(struct db_sync *db, const char *path, bool keep_good,
                               struct city_report *report, struct err *e)
{
    city_report_begin(report, path, "calendar rows");
    return load(db, path, read_calendar, keep_good, report, e);
}

enum status city_deadlines_load(struct db_sync *db, const char *path, bool keep_good,
                                struct city_report *report, struct err *e)
{
    city_report_begin(report, path, "deadline steps");
    return load(db, path, read_steps, keep_good, report, e);
}
