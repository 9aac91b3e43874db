#include "server/city/city_gazetteer.h"

#include "server/city/city_csv.h"
#include "server/city/city_file.h"
#include "server/city/city_text.h"

struct gazetteer_file {
    struct db_sync *db;
    const char *source;
    int first, second, third, lon, lat; /* columns; the three texts in the table's order */
};

struct gazetteer_kind {
    const char *what;
    const char *required[3];
    const char *columns[3]; /* of the file, in the table's order */
    const char *clear, *copy;
    city_csv_record *record;
};

static void copy_point(struct db_sync *db, struct geo_point point, struct arena *arena)
{
    db_sync_copy_z(db, arena_printf(arena, "SRID=4326;POINT(%.17g %.17g)", point.lon, point.lat));
    db_sync_copy_row(db);
}

/* NULL for an empty text. */
static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static bool read_fields(const struct gazetteer_file *f, struct csv *csv, struct arena *arena,
                        const char *texts[3], struct geo_point *point, struct city_report *report)
{
    texts[0] = city_text_clean(arena, csv_field(csv, f->first));
    texts[1] = city_text_clean(arena, csv_field(csv, f->second));
    texts[2] = city_text_clean(arena, csv_field(csv, f->third));
    if (!texts[0] || !texts[1] || !texts[2]) {
        city_report_refuse(report, csv_line(csv), "a text is not clean UTF-8");
        return false;
    }
    if (!city_text_point(csv_field(csv, f->lon), csv_field(csv, f->lat), point)) {
        city_report_refuse(report, csv_line(csv), "no longitude and latitude");
        return false;
    }
    return true;
}

static enum status record_address(void *context, struct csv *csv, struct arena *arena,
                                  struct city_report *report, struct err *e)
{
    const struct gazetteer_file *f = context;
    const char *texts[3];
    struct geo_point point;
    (void)e;
    if (!read_fields(f, csv, arena, texts, &point, report)) {
        return STATUS_OK;
    }
    if (!*texts[0]) {
        city_report_refuse(report, csv_line(csv), "no house number");
        return STATUS_OK;
    }
    db_sync_copy_z(f->db, texts[0]);
    db_sync_copy_z(f->db, or_null(texts[1]));
    db_sync_copy_z(f->db, or_null(texts[2]));
    db_sync_copy_z(f->db, f->source);
    copy_point(f->db, point, arena);
    report->loaded++;
    return STATUS_OK;
}

static enum status record_place(void *context, struct csv *csv, struct arena *arena,
                                struct city_report *report, struct err *e)
{
    const struct gazetteer_file *f = context;
    const char *texts[3];
    struct geo_point point;
    (void)e;
    if (str_trim(csv_field(csv, f->first)).n == 0) {
        report->skipped++;
        report->skipped_because = "without a name";
        return STATUS_OK;
    }
    if (!read_fields(f, csv, arena, texts, &point, report)) {
        return STATUS_OK;
    }
    db_sync_copy_z(f->db, texts[0]);
    db_sync_copy_z(f->db, or_null(texts[1]));
    db_sync_copy_z(f->db, texts[2]);
    db_sync_copy_z(f->db, f->source);
    copy_point(f->db, point, arena);
    report->loaded++;
    return STATUS_OK;
}

static const struct gazetteer_kind addresses = {
    .what = "addresses",
    .required = {"housenumber", "lon", "lat"},
    .columns = {"housenumber", "street", "name"},
    .clear = "DELETE FROM hotline.gazetteer_addresses WHERE source = $1",
    .copy = "COPY hotline.gazetteer_addresses (housenumber, street, name, source, geom) FROM STDIN",
    .record = record_address,
};
static const struct gazetteer_kind places = {
    .what = "places",
    .required = {"name", "lon", "lat"},
    .columns = {"name", "name_en", "kind"},
    .clear = "DELETE FROM hotline.gazetteer_places WHERE source = $1",
    .copy = "COPY hotline.gazetteer_places (name, name_en, kind, source, geom) FROM STDIN",
    .record = record_place,
};

static enum status load_open(struct db_sync *db, struct csv *csv, const char *path,
                             const struct gazetteer_kind *kind, struct city_report *report,
                             struct err *e)
{
    struct gazetteer_file f = {
        .db = db,
        .source = city_file_base(path),
        .first = csv_column(csv, kind->columns[0]),
        .second = csv_column(csv, kind->columns[1]),
        .third = csv_column(csv, kind->columns[2]),
        .lon = csv_column(csv, "lon"),
        .lat = csv_column(csv, "lat"),
    };
    const char *const params[] = {f.source};
    enum status status = city_csv_require(csv, report->file, kind->required, 3, e);
    if (status == STATUS_OK) {
        status = db_sync_run(db, kind->clear, 1, params, NULL, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_copy_begin(db, kind->copy, e);
    }
    if (status == STATUS_OK) {
        status = city_csv_read(csv, kind->record, &f, report, e);
        struct err copied;
        enum status ended = db_sync_copy_end(db, NULL, &copied);
        if (status == STATUS_OK && ended != STATUS_OK) {
            status = err_set(e, ended, "%s: %s", report->file, copied.text);
        }
    }
    return status;
}

static enum status load(struct db_sync *db, const char *path, const struct gazetteer_kind *kind,
                        bool keep_good, struct city_report *report, struct err *e)
{
    struct csv *csv = NULL;
    city_report_begin(report, path, kind->what);
    enum status status = csv_open(path, &csv, e);
    if (status == STATUS_OK) {
        status = load_open(db, csv, path, kind, report, e);
    }
    csv_close(csv);
    if (status == STATUS_OK) {
        status = city_report_verdict(report, keep_good, e);
    }
    city_report_end(report);
    return status;
}

enum status city_gazetteer_derive(struct db_sync *db, int64_t *changed, struct err *e)
{
    return db_sync_number(db, "SELECT hotline.gazetteer_derive_streets()", changed, e);
}

enum status city_addresses_load(struct db_sync *db, const char *path, bool keep_good,
                                struct city_report *report, struct err *e)
{
    int64_t changed = 0;
    enum status status = load(db, path, &addresses, keep_good, report, e);
    return status == STATUS_OK ? city_gazetteer_derive(db, &changed, e) : status;
}

enum status city_places_load(struct db_sync *db, const char *path, bool keep_good,
                             struct city_report *report, struct err *e)
{
    return load(db, path, &places, keep_good, report, e);
}
