/* Calendars, deadline steps and pause reasons into the snapshot. */
#include <string.h>

#include "server/base/arena.h"
#include "server/base/clock.h"
#include "server/store/snapshot_build.h"

/* Names and rows that a calendar has besides its own: those of the city where it follows it. */
#define OF_CALENDAR                                                                                \
    " FROM hotline.calendars c JOIN hotline.calendar_days d ON d.calendar = c.code"                \
    "  OR (c.follows_city AND d.calendar = 'city' AND NOT EXISTS (SELECT FROM"                     \
    "      hotline.calendar_days own WHERE own.calendar = c.code AND own.day = d.day))"

static const char calendars_sql[] = "SELECT code, name_vi, name_en FROM hotline.calendars"
                                    " ORDER BY code <> 'city', code";
static const char week_sql[] = "SELECT calendar, weekday - 1, lower(h), upper(h)"
                               " FROM hotline.calendar_hours, unnest(hours) AS h"
                               " ORDER BY calendar, weekday, h";
static const char days_sql[] = "SELECT c.code, d.day - date '1970-01-01', d.kind = 'working',"
                               " d.name_vi, d.name_en" OF_CALENDAR " ORDER BY c.code, d.day";
static const char day_hours_sql[] =
    "SELECT c.code, d.day - date '1970-01-01', lower(h), upper(h)" OF_CALENDAR
    " CROSS JOIN LATERAL unnest(d.hours) AS h ORDER BY c.code, d.day, h";
static const char agencies_sql[] = "SELECT calendar FROM hotline.agencies ORDER BY code, id";
static const char steps_sql[] =
    "SELECT category_id, CASE urgency WHEN 'urgent' THEN 1 WHEN 'ordinary' THEN 0 ELSE -1 END,"
    " array_position('{pass_on,accept,answer,resolve}', step) - 1, unit, amount"
    " FROM hotline.deadline_steps ORDER BY id";
static const char reasons_sql[] =
    "SELECT code, name_vi, name_en, cap_working_days FROM hotline.pause_reasons ORDER BY code";

/* The rows of all statements, and what is made of them: texts are borrowed from the rows. */
struct reading {
    struct snapshot_load *l;
    struct db_rows *calendars, *week, *days, *day_hours, *agencies, *steps, *reasons;
    struct route_deadlines_source source;
};

static void *room(struct reading *r, size_t n, size_t size)
{
    void *p = arena_calloc(r->l->scratch, n + 1, size);
    r->l->no_memory = r->l->no_memory || p == NULL;
    return p;
}

static enum status ask(struct reading *r, struct err *e)
{
    const struct {
        const char *sql;
        struct db_rows **rows;
    } statements[] = {
        {calendars_sql, &r->calendars}, {week_sql, &r->week},         {days_sql, &r->days},
        {day_hours_sql, &r->day_hours}, {agencies_sql, &r->agencies}, {steps_sql, &r->steps},
        {reasons_sql, &r->reasons},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]) && status == STATUS_OK; i++) {
        status = db_sync_query(r->l->db, statements[i].sql, 0, NULL, statements[i].rows, e);
    }
    return status;
}

/* The rows of one calendar: they are together. *n gets how many. */
static size_t rows_of(const struct db_rows *rows, const char *code, size_t *n)
{
    size_t first = 0;
    *n = 0;
    while (first < db_rows_count(rows) && strcmp(db_rows_text(rows, first, 0), code) != 0) {
        first++;
    }
    while (first + *n < db_rows_count(rows) &&
           strcmp(db_rows_text(rows, first + *n, 0), code) == 0) {
        (*n)++;
    }
    return first;
}

static const struct route_hours *hours_of(struct reading *r, const struct db_rows *rows,
                                          const char *code, size_t *n)
{
    size_t first = rows_of(rows, code, n);
    struct route_hours *hours = room(r, *n, sizeof(*hours));
    for (size_t i = 0; hours != NULL && i < *n; i++) {
        hours[i] = (struct route_hours){(int32_t)db_rows_int(rows, first + i, 1),
                                        (int32_t)db_rows_int(rows, first + i, 2),
                                        (int32_t)db_rows_int(rows, first + i, 3)};
    }
    return hours;
}

static void fill_days(struct reading *r, const char *code, struct route_calendar_row *row)
{
    size_t first = rows_of(r->days, code, &row->n_days);
    struct route_named_day *days = room(r, row->n_days, sizeof(*days));
    int32_t *off = room(r, row->n_days, sizeof(*off));
    int32_t *worked = room(r, row->n_days, sizeof(*worked));
    for (size_t i = 0; !r->l->no_memory && i < row->n_days; i++) {
        days[i] = (struct route_named_day){.day = (int32_t)db_rows_int(r->days, first + i, 1),
                                           .worked = db_rows_bool(r->days, first + i, 2),
                                           .name_vi = db_rows_text(r->days, first + i, 3),
                                           .name_en = db_rows_text(r->days, first + i, 4)};
        if (days[i].worked) {
            worked[row->source.n_working_days++] = days[i].day;
        } else {
            off[row->source.n_holidays++] = days[i].day;
        }
    }
    row->days = days;
    row->source.holidays = off;
    row->source.working_days = worked;
}

static int32_t offset_at(void *context, int64_t at_us)
{
    (void)context;
    return clock_offset_s(at_us);
}

static void fill_calendars(struct reading *r)
{
    size_t n = db_rows_count(r->calendars);
    struct route_calendar_row *rows = room(r, n, sizeof(*rows));
    for (size_t i = 0; !r->l->no_memory && i < n; i++) {
        const char *code = db_rows_text(r->calendars, i, 0);
        struct route_calendar_row *row = &rows[i];
        *row = (struct route_calendar_row){.code = code,
                                           .name_vi = db_rows_text(r->calendars, i, 1),
                                           .name_en = db_rows_text(r->calendars, i, 2)};
        row->source.utc_offset_s = clock_offset_s(clock_now_us());
        row->source.utc_offset_at = offset_at;
        row->source.week_hours = hours_of(r, r->week, code, &row->source.n_week_hours);
        row->source.day_hours = hours_of(r, r->day_hours, code, &row->source.n_day_hours);
        fill_days(r, code, row);
    }
    r->source.calendars = rows;
    r->source.n_calendars = n;
}

static int32_t calendar_number(const struct reading *r, const char *code)
{
    for (size_t i = 0; i < r->source.n_calendars; i++) {
        if (strcmp(r->source.calendars[i].code, code) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

static void fill_agencies(struct reading *r)
{
    size_t n = db_rows_count(r->agencies);
    int32_t *numbers = room(r, n, sizeof(*numbers));
    for (size_t i = 0; numbers != NULL && i < n; i++) {
        numbers[i] = db_rows_null(r->agencies, i, 0)
                         ? -1
                         : calendar_number(r, db_rows_text(r->agencies, i, 0));
    }
    r->source.agency_calendars = numbers;
    r->source.n_agencies = n;
}

static void fill_categories(struct reading *r)
{
    const struct snapshot *s = r->l->s;
    struct route_deadline_category *rows = room(r, s->n_categories, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < s->n_categories; i++) {
        rows[i] = (struct route_deadline_category){s->categories[i].parent, s->categories[i].urgent,
                                                   snapshot_category_deadline(&s->categories[i])};
    }
    r->source.categories = rows;
    r->source.n_categories = s->n_categories;
}

static enum route_deadline_kind unit_of(const char *unit)
{
    return strcmp(unit, "minutes") == 0         ? ROUTE_DEADLINE_MINUTES
           : strcmp(unit, "hours") == 0         ? ROUTE_DEADLINE_HOURS
           : strcmp(unit, "working_hours") == 0 ? ROUTE_DEADLINE_WORKING_HOURS
                                                : ROUTE_DEADLINE_WORKING_DAYS;
}

static int32_t category_number(const struct snapshot *s, int64_t id)
{
    int32_t found = -1;
    for (size_t i = 0; i < s->n_categories && found < 0; i++) {
        found = s->categories[i].id == id ? (int32_t)i : -1;
    }
    return found;
}

static void fill_steps(struct reading *r)
{
    size_t n = db_rows_count(r->steps);
    struct route_step_row *rows = room(r, n, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < n; i++) {
        rows[i] = (struct route_step_row){
            .category = db_rows_null(r->steps, i, 0)
                            ? -1
                            : category_number(r->l->s, db_rows_int(r->steps, i, 0)),
            .urgency = (int)db_rows_int(r->steps, i, 1),
            .step = (enum route_step)db_rows_int(r->steps, i, 2),
            .deadline = {unit_of(db_rows_text(r->steps, i, 3)),
                         (int32_t)db_rows_int(r->steps, i, 4)}};
    }
    r->source.steps = rows;
    r->source.n_steps = n;
}

static void fill_reasons(struct reading *r)
{
    size_t n = db_rows_count(r->reasons);
    struct route_pause_reason *rows = room(r, n, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < n; i++) {
        rows[i] = (struct route_pause_reason){
            db_rows_text(r->reasons, i, 0), db_rows_text(r->reasons, i, 1),
            db_rows_text(r->reasons, i, 2), (int32_t)db_rows_int(r->reasons, i, 3)};
    }
    r->source.reasons = rows;
    r->source.n_reasons = n;
}

static enum status build(struct reading *r, struct err *e)
{
    fill_calendars(r);
    fill_agencies(r);
    fill_categories(r);
    fill_steps(r);
    fill_reasons(r);
    if (r->l->no_memory) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for deadlines");
    }
    if (r->source.n_calendars > 0) {
        r->l->calendar =
            r->source.calendars[0].source; /* the city's: its days are in the scratch */
    }
    return route_deadlines_create(&r->source, &r->l->s->deadlines, e);
}

enum status snapshot_load_deadlines(struct snapshot_load *l, struct err *e)
{
    struct reading r = {.l = l};
    enum status status = ask(&r, e);
    if (status == STATUS_OK) {
        status = build(&r, e);
    }
    struct db_rows *const all[] = {r.calendars, r.week,  r.days,   r.day_hours,
                                   r.agencies,  r.steps, r.reasons};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        db_rows_free(all[i]);
    }
    return status;
}
