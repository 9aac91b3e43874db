#include "server/store/store_heat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"

static const char *const statuses[] = {"received", "assigned", "accepted", "in_progress",
                                       "returned", "waiting",  "extended", "referred",
                                       "resolved", "closed",   "rejected", "reopened"};
static const char *const channels[] = {"phone", "app", "web", "email", "sms", "social", "api"};
#define N_STATUSES (sizeof(statuses) / sizeof(statuses[0]))
#define N_CHANNELS (sizeof(channels) / sizeof(channels[0]))

#define CHANGES_MAX 500000 /* ids in one step; more is read anew */

static int find(const char *const *words, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_equal_z(name, words[i])) {
            return (int)i;
        }
    }
    return -1;
}

int store_heat_status(struct str name)
{
    return find(statuses, N_STATUSES, name);
}

int store_heat_channel(struct str name)
{
    return find(channels, N_CHANNELS, name);
}

const char *store_heat_status_name(unsigned status)
{
    return status < N_STATUSES ? statuses[status] : "";
}

static uint32_t clamp_s(int64_t s)
{
    return s <= 0 ? 0 : s >= GEO_HEAT_NEVER ? GEO_HEAT_NEVER : (uint32_t)s;
}

/* --- everything ------------------------------------------------------------------------------- */

#define SERVER                                                                                     \
    "(SELECT system_identifier FROM pg_control_system()) || ' ' || pg_postmaster_start_time() ||"  \
    " ' ' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"

static enum status copy_text(char *to, size_t size, const char *text, struct err *e)
{
    if (strlen(text) >= size) {
        return err_set(e, STATUS_INTERNAL, "a snapshot of %zu bytes", strlen(text));
    }
    memcpy(to, text, strlen(text) + 1);
    return STATUS_OK;
}

enum status store_heat_begin(struct db_sync *db, struct store_heat_start *out, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_exec(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", e);
    if (status == STATUS_OK) {
        status = db_sync_query(db,
                               "SELECT pg_current_snapshot(), " SERVER ", pg_export_snapshot(),"
                               " pg_relation_size('hotline.complaints')"
                               " / current_setting('block_size')::bigint + 1",
                               0, NULL, &rows, e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status =
        copy_text(out->point.snapshot, sizeof(out->point.snapshot), db_rows_text(rows, 0, 0), e);
    if (status == STATUS_OK) {
        status =
            copy_text(out->point.server, sizeof(out->point.server), db_rows_text(rows, 0, 1), e);
    }
    if (status == STATUS_OK) {
        status = copy_text(out->exported, sizeof(out->exported), db_rows_text(rows, 0, 2), e);
    }
    out->pages = db_rows_int(rows, 0, 3);
    db_rows_free(rows);
    return status;
}

enum status store_heat_join(struct db_sync *db, const char *exported, struct err *e)
{
    char sql[200];
    BUG_IF(strspn(exported, "0123456789ABCDEF-") != strlen(exported));
    snprintf(sql, sizeof(sql),
             "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '%s'",
             exported);
    return db_sync_exec(db, sql, e);
}

/* The columns of a record, in order. What is urgent is known by category: a join costs
 * a third more. */
#define COLUMNS                                                                                    \
    "c.id, c.geom, c.received_at, c.due_at, c.status, c.channel, c.category_id, c.agency_id,"      \
    " c.ward_id, c.satisfaction, c.closed_at > c.due_at, c.reopened"
enum {
    ID,
    GEOM,
    RECEIVED,
    DUE,
    STATUS,
    CHANNEL,
    CATEGORY,
    AGENCY,
    WARD,
    SATISFACTION,
    MISSED,
    REOPENED,
    N_COLUMNS
};

static double little_double(const unsigned char *p)
{
    uint64_t bits = 0;
    double v;
    for (int i = 7; i >= 0; i--) {
        bits = bits << 8 | p[i];
    }
    memcpy(&v, &bits, sizeof(v));
    return v;
}

/* A point as PostGIS sends it: byte order, type with a mark for the SRID, the SRID, two numbers.
 * Little-endian, as on every machine that PostgreSQL is packaged for today. */
static bool read_point(struct db_value v, struct geo_point *out)
{
    if (v.n != 25 || v.p[0] != 1 || v.p[1] != 1 || v.p[4] != 0x20) {
        return false;
    }
    *out = (struct geo_point){little_double(v.p + 9), little_double(v.p + 17)};
    return true;
}

static struct str text_of(struct db_value v)
{
    return (struct str){(const char *)v.p, v.n > 0 ? (size_t)v.n : 0};
}

static bool truth_of(struct db_value v)
{
    return v.n == 1 && v.p[0] != 0;
}

struct reading {
    store_heat_told *told;
    void *arg;
    int32_t *urgent; /* categories, ascending */
    size_t n_urgent;
    bool odd; /* something that the index has no number for */
};

static bool is_urgent(const struct reading *r, int32_t category)
{
    size_t first = 0;
    for (size_t n = r->n_urgent; n > 0;) {
        size_t half = n / 2;
        bool below = r->urgent[first + half] < category;
        first += below ? half + 1 : 0;
        n = below ? n - half - 1 : half;
    }
    return first < r->n_urgent && r->urgent[first] == category;
}

static enum status read_urgent(struct db_sync *db, struct reading *r, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(
        db, "SELECT id FROM hotline.categories WHERE urgent ORDER BY id", 0, NULL, &rows, e);
    size_t n = status == STATUS_OK ? db_rows_count(rows) : 0;
    if (status == STATUS_OK && (r->urgent = calloc(n + 1, sizeof(*r->urgent))) == NULL) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for %zu categories", n);
    }
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        r->urgent[r->n_urgent++] = (int32_t)db_rows_int(rows, i, 0);
    }
    db_rows_free(rows);
    return status;
}

static bool on_row(void *arg, const struct db_value *v)
{
    struct reading *r = arg;
    struct geo_point point;
    int status = store_heat_status(text_of(v[STATUS]));
    int channel = store_heat_channel(text_of(v[CHANNEL]));
    if (!read_point(v[GEOM], &point) || status < 0 || channel < 0) {
        r->odd = true;
        return false;
    }
    const struct geo_heat_record record = {
        .id = db_value_int64(v[ID]),
        .place = geo_heat_place_of(point),
        .received_s = clamp_s(db_value_seconds(v[RECEIVED])),
        .due_s = clamp_s(db_value_seconds(v[DUE])),
        .category = db_value_int32(v[CATEGORY]),
        .agency = db_value_int32(v[AGENCY]),
        .ward = db_value_int32(v[WARD]),
        .status = (uint8_t)status,
        .channel = (uint8_t)channel,
        .satisfaction = (uint8_t)db_value_int16(v[SATISFACTION]),
        .weight = is_urgent(r, db_value_int32(v[CATEGORY])) ? STORE_HEAT_WEIGHT_URGENT : 1,
        .missed = (STORE_HEAT_OPEN >> status & 1U) == 0 && truth_of(v[MISSED]),
        .reopened = truth_of(v[REOPENED]),
    };
    return r->told(r->arg, &record);
}

enum status store_heat_read(struct db_sync *db, int64_t first, int64_t end, store_heat_told *told,
                            void *arg, struct err *e)
{
    struct reading r = {.told = told, .arg = arg};
    char sql[600];
    snprintf(sql, sizeof(sql),
             "COPY (SELECT " COLUMNS " FROM hotline.complaints c"
             " WHERE c.ctid >= '(%" PRId64 ",0)' AND c.ctid < '(%" PRId64 ",0)'"
             " AND c.geom IS NOT NULL) TO STDOUT (FORMAT binary)",
             first, end);
    enum status status = read_urgent(db, &r, e);
    if (status == STATUS_OK) {
        status = db_sync_copy_out(db, sql, N_COLUMNS, on_row, &r, e);
    }
    free(r.urgent);
    return r.odd ? err_set(e, STATUS_INTERNAL, "a complaint of unknown place, status or channel")
                 : status;
}

/* --- what changed ----------------------------------------------------------------------------- */

#define SINCE                                                                                      \
    " FROM hotline.complaint_changes g WHERE g.xid >= pg_snapshot_xmin($1::pg_snapshot)"           \
    " AND NOT pg_visible_in_snapshot(g.xid, $1::pg_snapshot)"

static bool read_change(const struct db_rows *rows, size_t i, struct geo_heat_change *out)
{
    *out = (struct geo_heat_change){.record = {.id = db_rows_int(rows, i, 0)}};
    if (db_rows_null(rows, i, 1)) {
        out->gone = true; /* or has no place */
        return true;
    }
    struct geo_heat_record *r = &out->record;
    int status = store_heat_status(db_rows_str(rows, i, 5));
    int channel = store_heat_channel(db_rows_str(rows, i, 6));
    r->place = geo_heat_place_of(
        (struct geo_point){db_rows_double(rows, i, 1), db_rows_double(rows, i, 2)});
    r->received_s = clamp_s(db_rows_int(rows, i, 3));
    r->due_s = clamp_s(db_rows_int(rows, i, 4));
    r->status = (uint8_t)status;
    r->channel = (uint8_t)channel;
    r->category = (int32_t)db_rows_int(rows, i, 7);
    r->agency = (int32_t)db_rows_int(rows, i, 8);
    r->ward = (int32_t)db_rows_int_or(rows, i, 9, 0);
    r->satisfaction = (uint8_t)db_rows_int_or(rows, i, 10, 0);
    r->weight = db_rows_bool(rows, i, 11) ? STORE_HEAT_WEIGHT_URGENT : 1;
    r->missed = status >= 0 && (STORE_HEAT_OPEN >> status & 1U) == 0 && db_rows_bool(rows, i, 12);
    r->reopened = db_rows_bool(rows, i, 13);
    return status >= 0 && channel >= 0;
}

static enum status read_changes(struct db_sync *db, const struct store_heat_point *point,
                                struct store_heat_changes *out, struct err *e)
{
    const char *params[1] = {point->snapshot};
    struct db_rows *rows = NULL;
    /* LIMIT 1 keeps each look-up one by index, however many the planner expects. Instants beyond
     * what the index holds are brought into it here, infinities too. */
    enum status status = db_sync_query(
        db,
        "SELECT d.id, ST_X(c.geom), ST_Y(c.geom),"
        " floor(extract(epoch FROM greatest(least(c.received_at, '2106-01-01'), '1969-01-01')))"
        "::bigint,"
        " CASE WHEN c.due_at > '2106-02-07 06:28:14+00' THEN 4294967295"
        " ELSE floor(extract(epoch FROM greatest(c.due_at, '1969-01-01')))::bigint END,"
        " c.status, c.channel, c.category_id, c.agency_id, c.ward_id, c.satisfaction, c.urgent,"
        " c.missed, c.reopened FROM (SELECT DISTINCT unnest(g.ids) AS id" SINCE ") d"
        " LEFT JOIN LATERAL (SELECT c.*, k.urgent, c.closed_at > c.due_at AS missed"
        " FROM hotline.complaints c JOIN hotline.categories k ON k.id = c.category_id"
        " WHERE c.id = d.id AND c.geom IS NOT NULL LIMIT 1) c ON true",
        1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    size_t n = db_rows_count(rows);
    out->changes = calloc(n + 1, sizeof(*out->changes));
    if (out->changes == NULL) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for %zu changes", n);
    }
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        if (!read_change(rows, i, &out->changes[i])) {
            status = err_set(e, STATUS_INTERNAL, "a complaint of unknown status or channel");
        }
    }
    out->n = n;
    db_rows_free(rows);
    return status;
}

static enum status changed(struct db_sync *db, struct store_heat_point *point,
                           struct store_heat_changes *out, struct err *e)
{
    const char *params[1] = {point->snapshot};
    struct db_rows *rows = NULL;
    struct store_heat_point now = {0};
    enum status status = db_sync_query(
        db,
        "SELECT pg_current_snapshot(), " SERVER ","
        " (SELECT xid FROM hotline.complaint_changes_pruned) >= pg_snapshot_xmin($1::pg_snapshot),"
        " coalesce(bool_or(g.ids IS NULL), false), coalesce(sum(cardinality(g.ids)), 0)" SINCE,
        1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    status = copy_text(now.snapshot, sizeof(now.snapshot), db_rows_text(rows, 0, 0), e);
    if (status == STATUS_OK) {
        status = copy_text(now.server, sizeof(now.server), db_rows_text(rows, 0, 1), e);
    }
    int64_t ids = db_rows_int(rows, 0, 4);
    out->everything = db_rows_bool(rows, 0, 2) || db_rows_bool(rows, 0, 3) || ids > CHANGES_MAX ||
                      strcmp(now.server, point->server) != 0;
    db_rows_free(rows);
    if (status != STATUS_OK || out->everything) {
        return status;
    }
    if (ids > 0) {
        status = read_changes(db, point, out, e);
    }
    if (status == STATUS_OK) {
        *point = now;
    }
    return status;
}

enum status store_heat_changed(struct db_sync *db, struct store_heat_point *point,
                               struct store_heat_changes *out, struct err *e)
{
    *out = (struct store_heat_changes){0};
    enum status status = db_sync_exec(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", e);
    if (status == STATUS_OK) {
        status = changed(db, point, out, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, e);
    } else {
        db_sync_rollback(db);
    }
    if (status != STATUS_OK) {
        free(out->changes);
        out->changes = NULL;
        out->n = 0;
    }
    return status;
}

enum status store_heat_prune(struct db_sync *db, struct err *e)
{
    return db_sync_run(db, "SELECT hotline.complaint_changes_prune('1 hour')", 0, NULL, NULL, e);
}

/* --- comparing -------------------------------------------------------------------------------- */

static void append_ids(struct strbuf *sql, const char *column, const int32_t *ids, size_t n)
{
    if (ids == NULL) {
        return;
    }
    strbuf_printf(sql, " AND %s = ANY ('{", column);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(sql, "%s%d", i == 0 ? "" : ",", ids[i]);
    }
    strbuf_append_z(sql, "}'::int[])");
}

static void append_words(struct strbuf *sql, const char *column, unsigned bits,
                         const char *const *words, size_t n)
{
    if (bits == 0) {
        return;
    }
    strbuf_printf(sql, " AND %s = ANY ('{", column);
    for (size_t i = 0, k = 0; i < n; i++) {
        if ((bits >> i & 1U) != 0) {
            strbuf_printf(sql, "%s%s", k++ == 0 ? "" : ",", words[i]);
        }
    }
    strbuf_append_z(sql, "}'::text[])");
}

void store_heat_cells_sql(struct strbuf *sql, const struct geo_heat_filter *f, unsigned cell_zoom,
                          uint32_t now_s)
{
    strbuf_printf(
        sql,
        "SELECT hotline.heat_x(c.geom) >> %u, hotline.heat_y(c.geom) >> %u, count(*),"
        " count(*) FILTER (WHERE o.open), count(*) FILTER (WHERE o.open AND c.due_at <"
        " to_timestamp(%u)), count(*) FILTER (WHERE NOT o.open AND c.closed_at > c.due_at),"
        " count(c.satisfaction), coalesce(sum(c.satisfaction), 0),"
        " sum(CASE WHEN k.urgent THEN %d ELSE 1 END), count(*) FILTER (WHERE c.reopened),"
        " count(*) FILTER (WHERE c.reopened AND o.open)"
        " FROM hotline.complaints c JOIN hotline.categories k ON k.id = c.category_id,"
        " LATERAL (SELECT c.status NOT IN ('referred', 'resolved', 'closed', 'rejected') AS open) o"
        " WHERE c.geom IS NOT NULL",
        32 - cell_zoom, 32 - cell_zoom, now_s, STORE_HEAT_WEIGHT_URGENT);
    append_ids(sql, "c.category_id", f->categories, f->n_categories);
    append_ids(sql, "c.agency_id", f->agencies, f->n_agencies);
    append_ids(sql, "c.ward_id", f->wards, f->n_wards);
    append_words(sql, "c.status", f->statuses, statuses, N_STATUSES);
    append_words(sql, "c.channel", f->channels, channels, N_CHANNELS);
    if (f->has_from) {
        strbuf_printf(sql, " AND c.received_at >= to_timestamp(%" PRId64 ")", f->from_s);
    }
    if (f->has_to) {
        strbuf_printf(sql, " AND c.received_at < to_timestamp(%" PRId64 ")", f->to_s);
    }
    if (f->has_box) {
        strbuf_printf(sql,
                      " AND hotline.heat_x(c.geom) BETWEEN %u AND %u"
                      " AND hotline.heat_y(c.geom) BETWEEN %u AND %u",
                      f->box.west, f->box.east, f->box.north, f->box.south);
    }
    strbuf_append_z(sql, " GROUP BY 1, 2");
}
