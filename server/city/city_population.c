#include "server/city/city_population.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "server/app/home.h"
#include "server/city/city_csv.h"
#include "server/city/city_file.h"
#include "server/city/city_text.h"

#define RESIDENTS_MAX 2e9

struct population_file {
    struct db_sync *db;
    const char *source; /* of rows that name none */
    bool only_known;    /* pass over units that the city has not */
    int level, code, residents, on_day, approximate, source_column;
};

static enum status unit_known(struct db_sync *db, const char *level, const char *code, bool *known,
                              struct err *e)
{
    const char *const params[] = {level, code};
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(
        db, "SELECT EXISTS (SELECT FROM hotline.boundaries WHERE level = $1 AND code = $2)", 2,
        params, &rows, e);
    if (status == STATUS_OK) {
        *known = db_rows_bool(rows, 0, 0);
        db_rows_free(rows);
    }
    return status;
}

/* NULL, or why the record is refused. */
static const char *fault_of(const struct population_file *f, const struct csv *csv,
                            const char *level, const char *code, const char *on_day)
{
    double residents = 0;
    if (!level || (strcmp(level, "ward") != 0 && strcmp(level, "district") != 0)) {
        return "level is ward or district";
    }
    if (!code || !*code) {
        return "no code";
    }
    if (!on_day || !city_text_is_date(on_day)) {
        return "on_day is not a date";
    }
    if (!city_text_number(csv_field(csv, f->residents), &residents) || residents < 0 ||
        residents > RESIDENTS_MAX || residents != floor(residents)) {
        return "residents is not a whole number";
    }
    return NULL;
}

static enum status record_population(void *context, struct csv *csv, struct arena *arena,
                                     struct city_report *report, struct err *e)
{
    const struct population_file *f = context;
    const char *source = city_text_clean(arena, csv_field(csv, f->source_column));
    const char *approximate = city_text_clean(arena, csv_field(csv, f->approximate));
    const char *const params[] = {
        city_text_clean(arena, csv_field(csv, f->level)),
        city_text_clean(arena, csv_field(csv, f->code)),
        city_text_clean(arena, csv_field(csv, f->on_day)),
        city_text_clean(arena, csv_field(csv, f->residents)),
        approximate && (strcmp(approximate, "true") == 0 || strcmp(approximate, "1") == 0)
            ? "true"
            : "false",
        source && *source && strcmp(source, "estimate") != 0 ? source : f->source,
    };
    const char *fault = fault_of(f, csv, params[0], params[1], params[2]);
    bool known = false;
    if (fault) {
        city_report_refuse(report, csv_line(csv), "%s", fault);
        return STATUS_OK;
    }
    enum status status = unit_known(f->db, params[0], params[1], &known, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (!known && f->only_known) {
        report->skipped++;
        report->skipped_because = "no such unit in this city";
        return STATUS_OK;
    }
    if (!known) {
        city_report_refuse(report, csv_line(csv), "no %s has the code %s", params[0], params[1]);
        return STATUS_OK;
    }
    report->loaded++;
    return db_sync_run(f->db,
                       "INSERT INTO hotline.populations (level, code, on_day, residents,"
                       " approximate, source) VALUES ($1, $2, $3::date, $4::bigint, $5, $6)"
                       " ON CONFLICT (level, code, on_day) DO UPDATE SET residents ="
                       " excluded.residents, approximate = excluded.approximate,"
                       " source = excluded.source",
                       6, params, NULL, e);
}

static enum status load(struct db_sync *db, const char *path, bool keep_good, bool only_known,
                        struct city_report *report, struct err *e)
{
    static const char *const required[] = {"level", "code", "residents", "on_day"};
    struct csv *csv = NULL;
    city_report_begin(report, path, "populations");
    enum status status = csv_open(path, &csv, e);
    if (status == STATUS_OK) {
        status = city_csv_require(csv, report->file, required, 4, e);
    }
    if (status == STATUS_OK) {
        struct population_file f = {.db = db,
                                    .source = city_file_base(path),
                                    .only_known = only_known,
                                    .level = csv_column(csv, "level"),
                                    .code = csv_column(csv, "code"),
                                    .residents = csv_column(csv, "residents"),
                                    .on_day = csv_column(csv, "on_day"),
                                    .approximate = csv_column(csv, "approximate"),
                                    .source_column = csv_column(csv, "source")};
        status = city_csv_read(csv, record_population, &f, report, e);
    }
    csv_close(csv);
    if (status == STATUS_OK) {
        status = city_report_verdict(report, keep_good, e);
    }
    city_report_end(report);
    return status;
}

enum status city_population_load(struct db_sync *db, const char *path, bool keep_good,
                                 struct city_report *report, struct err *e)
{
    return load(db, path, keep_good, false, report, e);
}

enum status city_population_load_default(struct db_sync *db, struct err *e)
{
    struct city_report report;
    char path[PATH_MAX];
    enum status status = home_path(CITY_DEFAULT_POPULATION, path, e);
    return status == STATUS_OK ? load(db, path, false, true, &report, e) : status;
}

enum status city_population_measure(struct db_sync *db, struct err *e)
{
    return db_sync_exec(db, "SELECT hotline.measure_units()", e);
}
