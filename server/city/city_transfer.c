#include "server/city/city_transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/intake/placing.h"
#include "server/store/store_deadline.h"

#define BATCH     "2000"
#define ARENA_MAX ((size_t)64 << 20)
#define TEXT_MAX  4000

/* Two at once would each judge what the other moves. */
#define LOCK_TRANSFER "SELECT CASE WHEN pg_try_advisory_xact_lock(7022102203) THEN 1 ELSE 0 END"

enum column {
    CLOCK = 0,
    ID = STORE_CLOCK_N,
    VERSION,
    CODE,
    CHANNEL,
    DESCRIPTION,
    ADDRESS,
    ATTRIBUTES,
    LON,
    LAT,
    BY_HAND,
    ENDED,
    SUCCESSOR,
    AGENCY,
    AGENCY_NAME,
    CATEGORY,
};

/* $1 the instant in microseconds. */
#define OPEN_BEFORE                                                                                \
    " FROM hotline.complaints c WHERE c.closed_at IS NULL"                                         \
    " AND c.status NOT IN ('resolved', 'closed', 'rejected')"                                      \
    " AND c.received_at < hotline.instant($1::bigint)"

static const char open_sql[] =
    "DECLARE open_complaints NO SCROLL CURSOR FOR SELECT " STORE_CLOCK_COLUMNS
    ", c.id, c.version, c.code, c.channel, c.description, c.address, c.attributes,"
    " public.ST_X(c.geom), public.ST_Y(c.geom), c.override IS NOT NULL,"
    " NOT a.valid @> hotline.city_day(hotline.instant($1::bigint)),"
    " (SELECT CASE WHEN count(*) = 1 THEN min(s.new_agency_id) END"
    "  FROM hotline.agency_successors s WHERE s.old_agency_id = c.agency_id"
    "  AND s.on_day <= hotline.city_day(hotline.instant($1::bigint))), a.code, a.name, k.code"
    " FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id"
    " JOIN hotline.categories k ON k.id = c.category_id"
    " WHERE c.closed_at IS NULL AND c.status NOT IN ('resolved', 'closed', 'rejected')"
    " AND c.received_at < hotline.instant($1::bigint) ORDER BY c.id";

static const char stage_sql[] =
    "CREATE TEMPORARY TABLE transfer_incoming (complaint_id bigint PRIMARY KEY, version integer,"
    " why text, agency_id integer, desk_id integer, jurisdiction_id integer, rule text,"
    " rule_set_id integer, unrouted boolean, pass_on_us bigint, accept_us bigint,"
    " answer_us bigint, resolve_us bigint, clock_from_us bigint, terms jsonb, reason_vi text,"
    " reason_en text) ON COMMIT DROP; GRANT SELECT ON transfer_incoming TO hotline_owner";

static const char copy_sql[] = "COPY pg_temp.transfer_incoming FROM STDIN";

struct moving {
    struct db_sync *db;
    const struct snapshot *s;
    const struct city_transfer *t;
    struct city_transfer_result *result;
    struct arena *arena; /* of one batch */
    struct store_clock clock;
    size_t all;
};

/* What a complaint becomes. */
struct move {
    struct complaint_draft draft;
    struct complaint_record record;
    const char *why;
    int32_t agency; /* number */
    bool by_successor;
    struct route_due due;
    struct route_terms terms;
    int64_t clock_from_us; /* INT64_MIN: from receipt */
};

static int32_t agency_number(const struct snapshot *s, int64_t id)
{
    for (size_t i = 0; i < s->n_agencies; i++) {
        if (s->agencies[i].id == id) {
            return (int32_t)i;
        }
    }
    return -1;
}

static void read_draft(const struct moving *m, const struct db_rows *r, size_t row,
                       struct complaint_draft *d)
{
    *d = (struct complaint_draft){
        .category = m->clock.facts.category,
        .description = db_rows_text(r, row, DESCRIPTION),
        .channel = db_rows_text(r, row, CHANNEL),
        .attributes = db_rows_text_or_null(r, row, ATTRIBUTES),
        .has_point = !db_rows_null(r, row, LON),
        .accuracy_m = -1,
        .occurred_at_us = INT64_MIN,
        .received_at_us = INT64_MIN,
        .closed_at_us = INT64_MIN,
    };
    if (d->has_point) { /* where none was found then, none is looked for now */
        d->point = (struct geo_point){db_rows_double(r, row, LON), db_rows_double(r, row, LAT)};
        d->address = db_rows_text_or_null(r, row, ADDRESS);
    }
}

/* A person gave it to an agency that has ended: to the one that followed it, if just one did. */
static void follow_successor(const struct moving *m, const struct db_rows *r, size_t row,
                             struct move *move)
{
    int32_t number =
        db_rows_null(r, row, SUCCESSOR) ? -1 : agency_number(m->s, db_rows_int(r, row, SUCCESSOR));
    if (number < 0) {
        return;
    }
    const char *from = db_rows_text(r, row, AGENCY_NAME);
    const char *to = m->s->agencies[number].name;
    move->agency = number;
    move->by_successor = true;
    move->record.reason_vi = arena_printf(
        m->arena, "Người phân tuyến đã giao %s; đơn vị này đã được %s kế thừa.", from, to);
    move->record.reason_en =
        arena_printf(m->arena, "Given by hand to %s, which %s has succeeded.", from, to);
}

/* Its due times: as promised, by the calendar of the agency that promised them; or anew. */
static void set_due(const struct moving *m, struct move *move)
{
    const struct route_deadlines *d = m->s->deadlines;
    struct route_deadline_facts facts = m->clock.facts;
    if (m->t->recompute) {
        facts.agency = move->agency;
        facts.clock_from_us = m->t->at_us;
        facts.terms = move->by_successor ? ROUTE_TERMS_NONE : move->record.terms;
        move->due = route_deadlines_due(d, &facts);
        move->terms = facts.terms;
        move->clock_from_us = facts.clock_from_us;
        return;
    }
    int32_t before = route_deadlines_agency_calendar(d, facts.agency);
    move->due = m->clock.stored;
    move->terms = facts.terms;
    if (facts.terms.calendar < 0 && before != route_deadlines_agency_calendar(d, move->agency)) {
        move->terms.calendar = before;
    }
    move->clock_from_us =
        facts.clock_from_us == facts.received_us ? INT64_MIN : facts.clock_from_us;
}

/* True if it moves. */
static enum status judge(struct moving *m, const struct db_rows *r, size_t row, struct move *move,
                         bool *moves, struct err *e)
{
    bool by_hand = db_rows_bool(r, row, BY_HAND);
    bool ended = db_rows_bool(r, row, ENDED);
    memset(move, 0, sizeof *move);
    store_clock_read(&m->clock, m->s, r, row, CLOCK);
    *moves = false;
    if (by_hand && !ended) {
        m->result->by_hand++;
        return STATUS_OK;
    }
    read_draft(m, r, row, &move->draft);
    move->record.draft = &move->draft;
    move->record.received_at_us = m->t->at_us;
    enum status status = placing_run(m->s, m->arena, &move->record, e);
    if (status != STATUS_OK) {
        return status;
    }
    move->agency = move->record.decision.agency;
    if (by_hand) {
        follow_successor(m, r, row, move);
    }
    if (!move->record.reason_vi || !move->record.reason_en) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for the reason of a transfer");
    }
    move->why = ended ? "ended" : "rules";
    *moves = move->agency != m->clock.facts.agency;
    if (*moves) {
        set_due(m, move);
    }
    return STATUS_OK;
}

static void copy_us(struct db_sync *db, int64_t us)
{
    if (us == INT64_MIN) {
        db_sync_copy_z(db, NULL);
    } else {
        db_sync_copy_int(db, us);
    }
}

static void copy_id(struct db_sync *db, bool known, int64_t id)
{
    copy_us(db, known ? id : INT64_MIN);
}

static void copy_terms(const struct moving *m, const struct move *move)
{
    struct strbuf text;
    strbuf_init(&text, TEXT_MAX);
    store_terms_json(&text, m->s->deadlines, &move->terms);
    db_sync_copy_z(m->db, store_terms_none(&move->terms) || text.failed ? NULL : text.p);
    strbuf_free(&text);
}

static void copy_move(const struct moving *m, const struct db_rows *r, size_t row,
                      const struct move *move)
{
    const struct route_decision *d = &move->record.decision;
    const struct snapshot *s = m->s;
    bool ruled = !move->by_successor;
    db_sync_copy_int(m->db, db_rows_int(r, row, ID));
    db_sync_copy_int(m->db, db_rows_int(r, row, VERSION));
    db_sync_copy_z(m->db, move->why);
    db_sync_copy_int(m->db, s->agencies[move->agency].id);
    copy_id(m->db, ruled && d->desk >= 0, ruled && d->desk >= 0 ? s->desks[d->desk].id : 0);
    copy_id(m->db, ruled && d->jurisdiction >= 0,
            ruled && d->jurisdiction >= 0 ? s->jurisdictions[d->jurisdiction].id : 0);
    db_sync_copy_z(m->db, ruled ? placing_rule_code(s, d) : NULL);
    db_sync_copy_int(m->db, route_rules_version(s->rules));
    db_sync_copy_z(m->db, ruled && d->fallback ? "t" : "f");
    for (int step = 0; step < ROUTE_STEPS; step++) {
        copy_us(m->db, move->due.at_us[step]);
    }
    copy_us(m->db, move->clock_from_us);
    copy_terms(m, move);
    db_sync_copy_z(m->db, move->record.reason_vi);
    db_sync_copy_z(m->db, move->record.reason_en);
    db_sync_copy_row(m->db);
}

static void tell(const struct moving *m, const struct db_rows *r, size_t row,
                 const struct move *move)
{
    const struct snapshot_agency *to = &m->s->agencies[move->agency];
    const struct city_transfer_item item = {
        .complaint = db_rows_text(r, row, CODE),
        .category = db_rows_text(r, row, CATEGORY),
        .from = db_rows_text(r, row, AGENCY),
        .from_name = db_rows_text(r, row, AGENCY_NAME),
        .to = to->code,
        .to_name = to->name,
        .why = move->why,
        .old_due_us = m->clock.stored.at_us[ROUTE_STEP_RESOLVE],
        .new_due_us = move->due.at_us[ROUTE_STEP_RESOLVE],
    };
    if (m->t->each) {
        m->t->each(m->t->context, &item);
    }
}

static enum status judge_batch(struct moving *m, const struct db_rows *r, struct err *e)
{
    enum status status = STATUS_OK;
    if (m->t->apply) {
        status = db_sync_copy_begin(m->db, copy_sql, e);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (size_t row = 0; row < db_rows_count(r) && status == STATUS_OK; row++) {
        struct move move;
        bool moves = false;
        status = judge(m, r, row, &move, &moves, e);
        if (status == STATUS_OK && moves) {
            tell(m, r, row, &move);
            m->result->moved++;
            if (m->t->apply) {
                copy_move(m, r, row, &move);
            }
        }
    }
    struct err copying;
    if (m->t->apply && db_sync_copy_end(m->db, NULL, &copying) != STATUS_OK &&
        status == STATUS_OK) {
        status = err_set(e, copying.status, "%s", copying.text);
    }
    return status;
}

static enum status judge_all(struct moving *m, struct err *e)
{
    for (;;) {
        struct db_rows *r = NULL;
        enum status status =
            db_sync_query(m->db, "FETCH " BATCH " FROM open_complaints", 0, NULL, &r, e);
        if (status != STATUS_OK) {
            return status;
        }
        size_t n = db_rows_count(r);
        m->arena = arena_create(ARENA_MAX);
        status = m->arena ? judge_batch(m, r, e)
                          : err_set(e, STATUS_NO_MEMORY, "no memory for a transfer");
        arena_destroy(m->arena);
        db_rows_free(r);
        m->result->considered += n;
        if (status != STATUS_OK || n == 0) {
            return status;
        }
        if (m->t->progress) {
            m->t->progress(m->t->context, m->result->considered, m->all);
        }
    }
}

static enum status begin(struct moving *m, const char *at, struct err *e)
{
    int64_t free_to_go = 0;
    struct db_rows *r = NULL;
    const char *const params[] = {at};
    enum status status = db_sync_begin(m->db, e);
    if (status == STATUS_OK && m->t->apply) {
        status = db_sync_number(m->db, LOCK_TRANSFER, &free_to_go, e);
        if (status == STATUS_OK && !free_to_go) {
            return err_set(e, STATUS_BUSY, "another transfer is under way");
        }
        if (status == STATUS_OK) {
            status = db_sync_exec(m->db, stage_sql, e);
        }
    }
    if (status == STATUS_OK) {
        status = db_sync_query(m->db, "SELECT count(*)" OPEN_BEFORE, 1, params, &r, e);
    }
    if (status == STATUS_OK) {
        m->all = (size_t)db_rows_int(r, 0, 0);
        db_rows_free(r);
        status = db_sync_run(m->db, open_sql, 1, params, NULL, e);
    }
    return status;
}

/* The row of this transfer, made if there is none yet. */
static enum status take_row(struct moving *m, const char *at, struct err *e)
{
    const struct city_transfer *t = m->t;
    const char *const params[] = {at, t->reason, t->recompute ? "recompute" : "keep", t->actor};
    struct db_rows *r = NULL;
    m->result->id = t->id;
    if (t->id != 0) {
        return STATUS_OK;
    }
    enum status status =
        db_sync_query(m->db,
                      "INSERT INTO hotline.transfers (at, reason, deadlines, made_at, made_by)"
                      " VALUES (hotline.instant($1::bigint), $2, $3, clock_timestamp(), $4)"
                      " RETURNING id",
                      4, params, &r, e);
    if (status == STATUS_OK) {
        m->result->id = (int32_t)db_rows_int(r, 0, 0);
        db_rows_free(r);
    }
    return status;
}

static enum status apply(struct moving *m, struct err *e)
{
    char id[16];
    char considered[24];
    (void)snprintf(id, sizeof id, "%" PRId32, m->result->id);
    (void)snprintf(considered, sizeof considered, "%zu", m->result->considered);
    const char *const params[] = {id, considered};
    struct db_rows *r = NULL;
    enum status status =
        db_sync_exec(m->db, "CLOSE open_complaints; ANALYZE pg_temp.transfer_incoming", e);
    if (status == STATUS_OK) {
        status = db_sync_query(m->db,
                               "SELECT moved, changed_meanwhile FROM"
                               " hotline.transfer_apply($1::integer, $2::integer,"
                               " clock_timestamp())",
                               2, params, &r, e);
    }
    if (status == STATUS_OK) {
        m->result->moved = (size_t)db_rows_int(r, 0, 0);
        m->result->changed = (size_t)db_rows_int(r, 0, 1);
        db_rows_free(r);
        status = db_sync_commit(m->db, e);
    }
    return status;
}

enum status city_transfer_run(struct db_sync *db, const struct snapshot *s,
                              const struct city_transfer *t, struct city_transfer_result *out,
                              struct err *e)
{
    struct moving *m = calloc(1, sizeof *m);
    char at[24];
    if (!m) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a transfer");
    }
    *out = (struct city_transfer_result){0};
    *m = (struct moving){.db = db, .s = s, .t = t, .result = out};
    (void)snprintf(at, sizeof at, "%" PRId64, t->at_us);
    enum status status = begin(m, at, e);
    if (status == STATUS_OK && t->apply) {
        status = take_row(m, at, e);
    }
    if (status == STATUS_OK) {
        status = judge_all(m, e);
    }
    if (status == STATUS_OK && t->apply) {
        status = apply(m, e);
    }
    out->stayed = out->considered - out->moved - out->changed;
    db_sync_rollback(db); /* harmless after a commit; looking changes nothing */
    free(m);
    return status;
}

enum status city_transfer_back(struct db_sync *db, int32_t id, const char *actor,
                               struct city_transfer_back *out, struct err *e)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%" PRId32, id);
    const char *const params[] = {text, actor};
    struct db_rows *r = NULL;
    enum status status =
        db_sync_query(db,
                      "SELECT restored, left_alone FROM hotline.transfer_back($1::integer,"
                      " clock_timestamp(), $2)",
                      2, params, &r, e);
    if (status == STATUS_OK) {
        *out =
            (struct city_transfer_back){(size_t)db_rows_int(r, 0, 0), (size_t)db_rows_int(r, 0, 1)};
        db_rows_free(r);
    }
    return status;
}
