#include "server/city/city_complaints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/app/snapshot.h"
#include "server/base/clock.h"
#include "server/base/utf8.h"
#include "server/city/city_complaint_batch.h"
#include "server/city/city_csv.h"
#include "server/city/city_file.h"
#include "server/city/city_text.h"
#include "server/intake/complaint.h"
#include "server/intake/placing.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_complaint.h"

#define DAY_US INT64_C(86400000000)
#define LANES  2 /* the database takes four times as long over a record as we do */

const struct city_complaint_columns city_complaints_own_columns = {
    .id = "id",
    .received_at = "received_at",
    .closed_at = "closed_at",
    .category = "category",
    .description = "description",
    .address = "address",
    .channel = "channel",
    .lon = "lon",
    .lat = "lat",
    .accuracy_m = "accuracy_m",
    .occurred_at = "occurred_at",
    .reporter_name = "reporter_name",
    .reporter_phone = "reporter_phone",
    .reporter_email = "reporter_email",
};

/* Column numbers in the file at hand; -1 where it has none such. */
struct columns {
    int id, received_at, closed_at, category, description, address, channel;
    int lon, lat, accuracy_m, occurred_at;
    int reporter_name, reporter_phone, reporter_email;
    int recorded[LEVEL_COUNT];
};

struct importer {
    struct db_sync *db;
    struct snapshot *snapshot;
    struct columns columns;
    const char *source, *actor;
    bool keep_good;
    struct city_complaint_batch *filling;
    struct city_complaint_lane *lanes[LANES]; /* all of them, or none */
    size_t next_lane;
    int64_t next_id, last_id; /* what is left of the block of numbers */
    struct city_report *report;
    size_t comparable, agreed; /* with what the city recorded */
    size_t closed_early;
    int64_t now_us; /* when the import began */
};

/* --- reading one record ----------------------------------------------------------------------- */

/* Other cities' words for the seven channels, folded to small letters; what is not here came by
 * another system. */
static const char *channel_of(struct str text)
{
    static const struct {
        const char *word, *channel;
    } words[] = {
        {"phone", "phone"},    {"call", "phone"},
        {"311", "phone"},      {"app", "app"},
        {"mobile", "app"},     {"mobile/open311", "app"},
        {"web", "web"},        {"online", "web"},
        {"website", "web"},    {"web self service", "web"},
        {"email", "email"},    {"e-mail", "email"},
        {"mail", "email"},     {"sms", "sms"},
        {"text", "sms"},       {"social", "social"},
        {"twitter", "social"}, {"facebook", "social"},
        {"zalo", "social"},    {"api", "api"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].word) == text.n && strncasecmp(words[i].word, text.p, text.n) == 0) {
            return words[i].channel;
        }
    }
    return "api";
}

/* By code, else by the exact name in either language. */
static int32_t find_category(const struct snapshot *s, const char *text)
{
    int32_t found = snapshot_category_find(s, text);
    for (size_t i = 0; i < s->n_categories && found < 0; i++) {
        if (strcmp(s->categories[i].name_vi, text) == 0 ||
            strcmp(s->categories[i].name_en, text) == 0) {
            found = (int32_t)i;
        }
    }
    return found;
}

/* Clean text of at most `max` code points in *out, NULL for an empty field. False if it isn't fit.
 */
static bool read_text(struct importer *m, struct csv *csv, int column, size_t max, const char **out)
{
    const char *text = city_text_clean(m->filling->arena, csv_field(csv, column));
    if (!text || utf8_count(str_of(text)) > max) {
        return false;
    }
    *out = *text ? text : NULL;
    return true;
}

/* A time in *out, untouched for an empty field. */
static bool read_time(struct csv *csv, int column, int64_t *out)
{
    struct str field = str_trim(csv_field(csv, column));
    return field.n == 0 || clock_parse_any(field, out);
}

/* What is wrong with the texts, or NULL. */
static const char *read_texts(struct importer *m, struct csv *csv, struct complaint_draft *draft)
{
    const struct columns *c = &m->columns;
    const char *category = NULL;
    if (!read_text(m, csv, c->category, 200, &category) || !category) {
        return "no category";
    }
    draft->category = find_category(m->snapshot, category);
    if (draft->category < 0) {
        return arena_printf(m->filling->arena, "no such category: %s", category);
    }
    if (!read_text(m, csv, c->description, COMPLAINT_DESCRIPTION_MAX, &draft->description)) {
        return "the description is too long or not clean UTF-8";
    }
    if (!draft->description) {
        draft->description = category; /* a record from the past may say no more than that */
    }
    if (!read_text(m, csv, c->address, COMPLAINT_ADDRESS_MAX, &draft->address)) {
        return "the address is too long or not clean UTF-8";
    }
    if (!read_text(m, csv, c->id, 200, &draft->source_id)) {
        return "the number is too long or not clean UTF-8";
    }
    if (!read_text(m, csv, c->reporter_name, 200, &draft->reporter.name) ||
        !read_text(m, csv, c->reporter_phone, 40, &draft->reporter.phone) ||
        !read_text(m, csv, c->reporter_email, 254, &draft->reporter.email)) {
        return "the reporter's name, phone or e-mail is too long or not clean UTF-8";
    }
    return NULL;
}

static const char *read_place(struct importer *m, struct csv *csv, struct complaint_draft *draft)
{
    const struct columns *c = &m->columns;
    struct str lon = str_trim(csv_field(csv, c->lon));
    struct str lat = str_trim(csv_field(csv, c->lat));
    struct str accuracy = str_trim(csv_field(csv, c->accuracy_m));
    draft->has_point = lon.n > 0 || lat.n > 0;
    if (draft->has_point && !city_text_point(lon, lat, &draft->point)) {
        return "no longitude and latitude";
    }
    draft->accuracy_m = -1;
    if (accuracy.n > 0 && (!city_text_number(accuracy, &draft->accuracy_m) ||
                           draft->accuracy_m < 0 || draft->accuracy_m > 1e6)) {
        return "the accuracy is no number of metres";
    }
    return NULL;
}

static const char *read_times(struct importer *m, struct csv *csv, struct complaint_draft *draft)
{
    const struct columns *c = &m->columns;
    draft->received_at_us = draft->closed_at_us = draft->occurred_at_us = INT64_MIN;
    if (!read_time(csv, c->received_at, &draft->received_at_us) ||
        draft->received_at_us == INT64_MIN) {
        return "no time of receipt";
    }
    if (draft->received_at_us > m->now_us + DAY_US) {
        return "the time of receipt lies in the future";
    }
    if (!read_time(csv, c->closed_at, &draft->closed_at_us)) {
        return "not a time: closed_at";
    }
    if (!read_time(csv, c->occurred_at, &draft->occurred_at_us)) {
        return "not a time: occurred_at";
    }
    if (draft->closed_at_us != INT64_MIN && draft->closed_at_us < draft->received_at_us) {
        /* Real exports have such; the record is worth more than the slip. */
        draft->closed_at_us = draft->received_at_us;
        m->closed_early++;
    }
    return NULL;
}

/* What is wrong with the record, or NULL. */
static const char *read_draft(struct importer *m, struct csv *csv, struct complaint_draft *draft)
{
    *draft = (struct complaint_draft){
        .source = m->source, .channel = channel_of(str_trim(csv_field(csv, m->columns.channel)))};
    const char *fault = read_texts(m, csv, draft);
    if (!fault) {
        fault = read_place(m, csv, draft);
    }
    return fault ? fault : read_times(m, csv, draft);
}

/* --- storing a batch -------------------------------------------------------------------------- */

/* Inside the file's one transaction a failing batch must not end it. */
static enum status send_guarded(struct importer *m, struct city_complaint_batch *batch, size_t from,
                                size_t n, struct err *e)
{
    if (m->keep_good) {
        return city_complaint_batch_send(batch, m->db, m->snapshot, from, n, e);
    }
    enum status status = db_sync_exec(m->db, "SAVEPOINT batch", e);
    if (status != STATUS_OK) {
        return status;
    }
    struct err ignored;
    status = city_complaint_batch_send(batch, m->db, m->snapshot, from, n, e);
    enum status ended = db_sync_exec(
        m->db, status == STATUS_OK ? "RELEASE batch" : "ROLLBACK TO batch; RELEASE batch",
        &ignored);
    return status == STATUS_OK && ended != STATUS_OK ? err_set(e, ended, "%s", ignored.text)
                                                     : status;
}

/* Whether a smaller part of the batch may be taken where the whole was not. */
static bool is_refusal(enum status status)
{
    return status == STATUS_INVALID || status == STATUS_CONFLICT;
}

/* Sends them; where the database refuses the lot, the halves, until the faulty record is alone. */
/* NOLINTNEXTLINE(misc-no-recursion): each call has half the records, 7 levels for a full batch */
static enum status store_entries(struct importer *m, struct city_complaint_batch *batch,
                                 size_t from, size_t n, struct err *e)
{
    struct err fault;
    enum status status = send_guarded(m, batch, from, n, &fault);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    if (!is_refusal(status)) {
        return err_set(e, status, "%s", fault.text);
    }
    if (n == 1) {
        city_report_refuse(m->report, batch->entries[from].line, "%s", fault.text);
        return STATUS_OK;
    }
    status = store_entries(m, batch, from, n / 2, e);
    return status == STATUS_OK ? store_entries(m, batch, from + n / 2, n - n / 2, e) : status;
}

static void count_batch(struct importer *m, struct city_complaint_batch *batch)
{
    m->report->loaded += batch->created;
    m->report->repeated += batch->repeated;
    city_complaint_batch_clear(batch);
}

/* What the lane stored is counted; what was refused as a whole is stored piece by piece here. */
static enum status collect_lane(struct importer *m, struct city_complaint_lane *lane,
                                struct city_complaint_batch **out, struct err *e)
{
    struct city_complaint_batch *batch = NULL;
    struct err fault;
    enum status status = city_complaint_lane_take(lane, &batch, &fault);
    if (status != STATUS_OK) {
        status = is_refusal(status) ? store_entries(m, batch, 0, batch->n, e)
                                    : err_set(e, status, "%s", fault.text);
    }
    if (batch) {
        count_batch(m, batch);
    }
    *out = batch;
    return status;
}

/* The lanes take turns: the next one's last batch, done by now or soon, is the next to fill. */
static enum status pass_on(struct importer *m, struct err *e)
{
    struct city_complaint_lane *lane = m->lanes[m->next_lane];
    struct city_complaint_batch *empty = NULL;
    enum status status = collect_lane(m, lane, &empty, e);
    if (!empty) {
        empty = city_complaint_batch_create();
    }
    if (status == STATUS_OK && !empty) {
        status = err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    if (status != STATUS_OK) {
        city_complaint_batch_destroy(empty);
        return status;
    }
    city_complaint_lane_give(lane, m->filling);
    m->filling = empty;
    m->next_lane = (m->next_lane + 1) % LANES;
    return STATUS_OK;
}

static enum status flush_batch(struct importer *m, struct err *e)
{
    if (m->filling->n == 0) {
        return STATUS_OK;
    }
    if (m->lanes[0]) {
        return pass_on(m, e);
    }
    enum status status = store_entries(m, m->filling, 0, m->filling->n, e);
    count_batch(m, m->filling);
    return status;
}

/* The last batch, and what the lanes still hold. */
static enum status flush_all(struct importer *m, struct err *e)
{
    enum status status = flush_batch(m, e);
    for (size_t i = 0; i < LANES && m->lanes[i] && status == STATUS_OK; i++) {
        struct city_complaint_batch *batch = NULL;
        status = collect_lane(m, m->lanes[i], &batch, e);
        city_complaint_batch_destroy(batch);
    }
    return status;
}

/* In one transaction there is one connection; otherwise the database's work runs beside ours. */
static enum status open_lanes(struct importer *m, struct err *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < LANES && m->keep_good && status == STATUS_OK; i++) {
        status = city_complaint_lane_create(m->db, m->snapshot, &m->lanes[i], e);
    }
    return status;
}

/* --- one record through the path -------------------------------------------------------------- */

static enum status take_id(struct importer *m, int64_t *id, struct err *e)
{
    if (m->next_id > m->last_id) {
        int64_t first = 0;
        enum status status = db_sync_number(m->db, STORE_RESERVE_IDS, &first, e);
        if (status != STATUS_OK) {
            return status;
        }
        m->next_id = first;
        m->last_id = first + STORE_ID_BLOCK - 1;
    }
    if (m->next_id >= TRACKING_CODE_LIMIT) {
        return err_set(e, STATUS_INTERNAL, "there are no tracking codes left");
    }
    *id = m->next_id++;
    return STATUS_OK;
}

static bool unit_is_known(const struct snapshot *s, enum boundary_level level, struct str code)
{
    for (size_t i = 0; i < s->n_boundaries; i++) {
        if (s->boundaries[i].level == level && str_equal_z(code, s->boundaries[i].code)) {
            return true;
        }
    }
    return false;
}

/* Holds the unit found against the one that the city recorded. */
static void compare_recorded(struct importer *m, struct csv *csv,
                             const struct complaint_record *record)
{
    const struct snapshot *s = m->snapshot;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        struct str recorded = str_trim(csv_field(csv, m->columns.recorded[level]));
        if (recorded.n == 0 || !record->draft->has_point ||
            !unit_is_known(s, (enum boundary_level)level, recorded)) {
            continue;
        }
        int32_t found = level == LEVEL_WARD ? record->place.ward : record->place.district;
        m->comparable++;
        m->agreed += found >= 0 && str_equal_z(recorded, s->boundaries[found].code);
    }
}

static enum status record_complaint(void *context, struct csv *csv, struct arena *unused,
                                    struct city_report *report, struct err *e)
{
    struct importer *m = context;
    struct city_complaint_entry *entry = &m->filling->entries[m->filling->n];
    (void)unused; /* the record lives longer: until its batch is stored */
    const char *fault = read_draft(m, csv, &entry->draft);
    if (fault) {
        city_report_refuse(report, csv_line(csv), "%s", fault);
        return STATUS_OK;
    }
    entry->line = csv_line(csv);
    entry->record = (struct complaint_record){
        .draft = &entry->draft, .received_at_us = entry->draft.received_at_us, .actor = m->actor};
    enum status status = take_id(m, &entry->record.id, e);
    if (status != STATUS_OK) {
        return status;
    }
    tracking_code_make(m->snapshot->tracking_key, entry->record.id, entry->record.code);
    status = placing_run(m->snapshot, m->filling->arena, &entry->record, e);
    if (status != STATUS_OK) {
        return status;
    }
    compare_recorded(m, csv, &entry->record);
    m->filling->n++;
    return m->filling->n == STORE_BATCH_MAX ? flush_batch(m, e) : STATUS_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

static int find_column(const struct csv *csv, const char *name)
{
    return name ? csv_column(csv, name) : -1;
}

static enum status find_columns(const struct csv *csv, const struct city_complaint_file *file,
                                const char *shown, struct columns *out, struct err *e)
{
    const struct city_complaint_columns *names = &file->columns;
    const char *const required[] = {names->received_at, names->category};
    enum status status = city_csv_require(csv, shown, required, 2, e);
    if (status != STATUS_OK) {
        return status;
    }
    *out = (struct columns){
        .id = find_column(csv, names->id),
        .received_at = find_column(csv, names->received_at),
        .closed_at = find_column(csv, names->closed_at),
        .category = find_column(csv, names->category),
        .description = find_column(csv, names->description),
        .address = find_column(csv, names->address),
        .channel = find_column(csv, names->channel),
        .lon = find_column(csv, names->lon),
        .lat = find_column(csv, names->lat),
        .accuracy_m = find_column(csv, names->accuracy_m),
        .occurred_at = find_column(csv, names->occurred_at),
        .reporter_name = find_column(csv, names->reporter_name),
        .reporter_phone = find_column(csv, names->reporter_phone),
        .reporter_email = find_column(csv, names->reporter_email),
        .recorded = {find_column(csv, names->recorded_ward),
                     find_column(csv, names->recorded_district)},
    };
    return STATUS_OK;
}

static enum status import_open(struct importer *m, struct csv *csv,
                               const struct city_complaint_file *file, struct err *e)
{
    struct city_report *report = m->report;
    enum status status = find_columns(csv, file, report->file, &m->columns, e);
    if (status == STATUS_OK) {
        status = snapshot_load(m->db, &m->snapshot, e);
    }
    if (status == STATUS_OK && !m->snapshot->rules) {
        status = err_set(e, STATUS_CONFLICT,
                         "the database has no categories or agencies yet: load a city first");
    }
    if (status == STATUS_OK) {
        status = open_lanes(m, e);
    }
    if (status == STATUS_OK && !m->keep_good) {
        status = db_sync_begin(m->db, e);
    }
    if (status == STATUS_OK) {
        status = city_csv_read(csv, record_complaint, m, report, e);
    }
    if (status == STATUS_OK) {
        status = flush_all(m, e);
    }
    if (status == STATUS_OK) {
        status = city_report_verdict(report, m->keep_good, e);
    }
    if (status == STATUS_OK && !m->keep_good) {
        status = db_sync_commit(m->db, e);
    }
    db_sync_rollback(m->db);
    if (status != STATUS_OK && !m->keep_good) {
        report->loaded = 0;
    }
    return status;
}

static void tell(struct importer *m)
{
    if (m->closed_early > 0) {
        city_report_note(m->report,
                         "%zu were closed before they were received: taken as closed at once",
                         m->closed_early);
    }
    if (m->comparable > 0) {
        city_report_note(
            m->report, "%zu have a recorded unit and a place to compare, %zu agree: %.2f %%",
            m->comparable, m->agreed, 100.0 * (double)m->agreed / (double)m->comparable);
    }
    city_report_end(m->report);
}

enum status city_complaints_load(struct db_sync *db, const struct city_complaint_file *file,
                                 bool keep_good, struct err *e)
{
    struct city_report report;
    struct csv *csv = NULL;
    char *actor = NULL;
    struct importer m = {
        .db = db, .keep_good = keep_good, .report = &report, .now_us = clock_now_us()};
    city_report_begin(&report, file->path, "complaints");
    m.source = report.file;
    m.filling = city_complaint_batch_create();
    m.last_id = -1;
    enum status status = STATUS_OK;
    if (!m.filling || asprintf(&actor, "import:%s", m.source) < 0) {
        status = err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    m.actor = actor;
    if (status == STATUS_OK) {
        status = csv_open(file->path, &csv, e);
    }
    if (status == STATUS_OK) {
        status = import_open(&m, csv, file, e);
        tell(&m);
    }
    csv_close(csv);
    for (size_t i = 0; i < LANES; i++) {
        city_complaint_lane_destroy(m.lanes[i]);
    }
    snapshot_release(m.snapshot);
    city_complaint_batch_destroy(m.filling);
    free(actor);
    return status;
}
