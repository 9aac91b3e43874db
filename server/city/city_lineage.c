#include "server/city/city_lineage.h"

#include <string.h>

#include "server/city/city_csv.h"
#include "server/city/city_file.h"
#include "server/city/city_text.h"

struct lineage_file {
    struct db_sync *db;
    int new_code, units, districts;   /* the law's lists */
    int old_name, old_parent, share;  /* shares */
    int district_code, district_name; /* main old district */
};

static const char stage_sql[] =
    "CREATE TEMPORARY TABLE incoming_lineage (line integer, old_level text, old_code text,"
    " old_name text, old_parent text, new_code text, share double precision) ON COMMIT DROP";

/* One row of the staging table. */
struct ancestor {
    const char *level, *code, *name, *parent, *share;
};

static void copy_ancestor(const struct lineage_file *f, size_t line, const struct ancestor *a,
                          const char *new_code)
{
    db_sync_copy_int(f->db, (int64_t)line);
    db_sync_copy_z(f->db, a->level);
    db_sync_copy_z(f->db, a->code);
    db_sync_copy_z(f->db, a->name);
    db_sync_copy_z(f->db, a->parent);
    db_sync_copy_z(f->db, new_code);
    db_sync_copy_z(f->db, a->share);
    db_sync_copy_row(f->db);
}

/* Cuts the part before the next comma outside parentheses. */
static struct str cut_unit(struct str *rest)
{
    int depth = 0;
    size_t i = 0;
    for (; i < rest->n; i++) {
        char c = rest->p[i];
        if (c == '(') {
            depth++;
        } else if (c == ')') {
            depth--;
        } else if (c == ',' && depth <= 0) {
            break;
        }
    }
    struct str unit = {rest->p, i};
    size_t used = i < rest->n ? i + 1 : i;
    *rest = (struct str){rest->p + used, rest->n - used};
    return str_trim(unit);
}

/* "Phường 9 (quận Tân Bình)": the name, and what is in the parentheses. */
static struct str cut_parent(struct str *unit)
{
    const char *open = memchr(unit->p, '(', unit->n);
    if (!open) {
        return (struct str){"", 0};
    }
    struct str inside = {open + 1, unit->n - (size_t)(open + 1 - unit->p)};
    const char *close = memchr(inside.p, ')', inside.n);
    if (close) {
        inside.n = (size_t)(close - inside.p);
    }
    *unit = str_trim((struct str){unit->p, (size_t)(open - unit->p)});
    return str_trim(inside);
}

static enum status record_law(void *context, struct csv *csv, struct arena *arena,
                              struct city_report *report, struct err *e)
{
    const struct lineage_file *f = context;
    const char *code = city_text_clean(arena, csv_field(csv, f->new_code));
    const char *units = city_text_clean(arena, csv_field(csv, f->units));
    const char *districts = city_text_clean(arena, csv_field(csv, f->districts));
    (void)e;
    if (!code || !units || !districts || !*code) {
        city_report_refuse(report, csv_line(csv), "no code, or a text that is not clean UTF-8");
        return STATUS_OK;
    }
    bool one_district = *districts && !strchr(districts, ',');
    struct str rest = str_of(units);
    while (rest.n > 0) {
        struct str unit = cut_unit(&rest);
        struct str parent = cut_parent(&unit);
        if (unit.n == 0) {
            continue;
        }
        struct ancestor a = {.level = "ward", .name = arena_strndup(arena, unit.p, unit.n)};
        if (parent.n > 0) {
            a.parent = arena_strndup(arena, parent.p, parent.n);
        } else if (one_district) {
            a.parent = districts;
        }
        copy_ancestor(f, csv_line(csv), &a, code);
    }
    report->loaded++;
    return STATUS_OK;
}

static enum status record_share(void *context, struct csv *csv, struct arena *arena,
                                struct city_report *report, struct err *e)
{
    const struct lineage_file *f = context;
    const char *code = city_text_clean(arena, csv_field(csv, f->new_code));
    struct ancestor a = {
        .level = "ward",
        .name = city_text_clean(arena, csv_field(csv, f->old_name)),
        .parent = city_text_clean(arena, csv_field(csv, f->old_parent)),
        .share = city_text_clean(arena, csv_field(csv, f->share)),
    };
    double share = 0;
    (void)e;
    if (!code || !a.name || !a.parent || !*code || !*a.name) {
        city_report_refuse(report, csv_line(csv), "no code or name, or a text not clean UTF-8");
    } else if (!city_text_number(csv_field(csv, f->share), &share) || share < 0 || share > 1) {
        city_report_refuse(report, csv_line(csv), "the share is not between 0 and 1");
    } else {
        copy_ancestor(f, csv_line(csv), &a, code);
        report->loaded++;
    }
    return STATUS_OK;
}

static enum status record_district(void *context, struct csv *csv, struct arena *arena,
                                   struct city_report *report, struct err *e)
{
    const struct lineage_file *f = context;
    const char *code = city_text_clean(arena, csv_field(csv, f->new_code));
    struct ancestor a = {
        .level = "district",
        .code = city_text_clean(arena, csv_field(csv, f->district_code)),
        .name = city_text_clean(arena, csv_field(csv, f->district_name)),
    };
    (void)e;
    if (!code || !a.code || !a.name || !*code || !*a.name) {
        city_report_refuse(report, csv_line(csv), "no code or name, or a text not clean UTF-8");
        return STATUS_OK;
    }
    copy_ancestor(f, csv_line(csv), &a, code);
    report->loaded++;
    return STATUS_OK;
}

static city_csv_record *recognise(struct lineage_file *f, const struct csv *csv)
{
    if ((f->units = csv_column(csv, "former_units")) >= 0 &&
        (f->new_code = csv_column(csv, "code")) >= 0) {
        f->districts = csv_column(csv, "former_districts");
        return record_law;
    }
    if ((f->share = csv_column(csv, "frac_of_old")) >= 0 &&
        (f->old_name = csv_column(csv, "old_ward")) >= 0 &&
        (f->new_code = csv_column(csv, "new_ward_code")) >= 0) {
        f->old_parent = csv_column(csv, "district_code");
        return record_share;
    }
    if ((f->new_code = csv_column(csv, "ward_code")) >= 0 &&
        (f->district_code = csv_column(csv, "district_code")) >= 0 &&
        (f->district_name = csv_column(csv, "district_name")) >= 0) {
        return record_district;
    }
    return NULL;
}

static enum status stage(struct db_sync *db, struct csv *csv, struct city_report *report,
                         struct err *e)
{
    struct lineage_file f = {.db = db};
    city_csv_record *record = recognise(&f, csv);
    if (!record) {
        return err_set(e, STATUS_INVALID, "%s: its columns are none of a lineage file's",
                       report->file);
    }
    enum status status = db_sync_exec(db, stage_sql, e);
    if (status == STATUS_OK) {
        status = db_sync_copy_begin(
            db,
            "COPY incoming_lineage (line, old_level, old_code, old_name, old_parent, new_code,"
            " share) FROM STDIN",
            e);
    }
    if (status == STATUS_OK) {
        status = city_csv_read(csv, record, &f, report, e);
        struct err copied;
        enum status ended = db_sync_copy_end(db, NULL, &copied);
        if (status == STATUS_OK && ended != STATUS_OK) {
            status = err_set(e, ended, "%s: %s", report->file, copied.text);
        }
    }
    return status;
}

/* Rows that name a new unit which does not hold on that day. */
static enum status refuse_unknown(struct db_sync *db, const char *on_day,
                                  struct city_report *report, struct err *e)
{
    const char *const params[] = {on_day};
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(
        db,
        "DELETE FROM incoming_lineage i WHERE NOT EXISTS (SELECT FROM hotline.boundaries b"
        " WHERE b.level = 'ward' AND b.code = i.new_code AND b.valid @> $1::date)"
        " RETURNING line, new_code",
        1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t last = 0;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        int64_t line = db_rows_int(rows, i, 0);
        if (line != last) { /* a line of the law's lists has several rows */
            city_report_refuse(report, (size_t)line, "no ward %s holds on %s",
                               db_rows_text(rows, i, 1), on_day);
            report->loaded--;
            last = line;
        }
    }
    db_rows_free(rows);
    return STATUS_OK;
}

/* The old units' codes are looked up where only name and district are given. */
static const char insert_sql[] =
    "INSERT INTO hotline.boundary_lineage (on_day, old_level, old_code, old_name, old_parent,"
    "  new_level, new_code, share, source)"
    " SELECT $1::date, i.old_level, coalesce(i.old_code, ("
    "   SELECT min(b.code) FROM hotline.boundaries b WHERE b.level = i.old_level"
    "     AND b.name = i.old_name AND b.parent_code = i.old_parent"
    "     AND b.valid @> ($1::date - 1) AND NOT b.valid @> $1::date)),"
    "   i.old_name, i.old_parent, 'ward', i.new_code, i.share, $2"
    " FROM incoming_lineage i ORDER BY i.line";

static enum status merge(struct db_sync *db, const char *on_day, const char *source, struct err *e)
{
    const char *const params[] = {on_day, source};
    enum status status = db_sync_run(db, "DELETE FROM hotline.boundary_lineage WHERE source = $1",
                                     1, &source, NULL, e);
    if (status == STATUS_OK) {
        status = db_sync_run(db, insert_sql, 2, params, NULL, e);
    }
    return status == STATUS_OK ? db_sync_exec(db, "DROP TABLE incoming_lineage", e) : status;
}

enum status city_lineage_load(struct db_sync *db, const char *path, const char *on_day,
                              bool keep_good, struct city_report *report, struct err *e)
{
    struct csv *csv = NULL;
    city_report_begin(report, path, "lineage rows");
    enum status status =
        city_text_is_date(on_day)
            ? csv_open(path, &csv, e)
            : err_set(e, STATUS_INVALID, "%s: no date of reform: %s", path, on_day);
    if (status == STATUS_OK) {
        status = stage(db, csv, report, e);
    }
    csv_close(csv);
    if (status == STATUS_OK) {
        status = refuse_unknown(db, on_day, report, e);
    }
    if (status == STATUS_OK) {
        status = city_report_verdict(report, keep_good, e);
    }
    if (status == STATUS_OK) {
        status = merge(db, on_day, city_file_base(path), e);
    }
    city_report_end(report);
    return status;
}
