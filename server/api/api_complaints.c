/* /api/v1/complaints: file one, list, one by its code, its history. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/api/api_about.h"
#include "server/api/api_auth.h"
#include "server/api/api_complaints.h"
#include "server/api/api_duplicates.h"
#include "server/api/api_filter.h"
#include "server/api/api_limit.h"
#include "server/api/complaint_view.h"
#include "server/api/deadline_view.h"
#include "server/api/list_order.h"
#include "server/base/asker.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/intake/batcher.h"
#include "server/intake/intake.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_attachment.h"
#include "server/store/store_complaint.h"

#define JSON_MAX       ((size_t)8 << 20)
#define LIST_LIMIT     50
#define LIST_LIMIT_MAX 500
#define KEY_MAX        200

/* One complaint being filed, from the parsed body to the answer. In the request's arena. */
struct filing {
    struct http_request *r;
    struct snapshot *snapshot; /* a reference */
    struct complaint_draft draft;
    struct complaint_record record;
    struct intake_entry entry;
    struct complaint_source source;
};

static void refuse(const struct filing *f, int status, const struct fault_list *faults)
{
    if (f->source.refused == NULL) {
        http_problem(f->r, status, faults);
    } else {
        f->source.refused(f->source.arg, status, faults);
    }
}

static void refuse_field(const struct filing *f, int status, const char *field,
                         enum fault_code code)
{
    struct fault_list list = {.n = 0};
    fault_add(&list, field, code);
    refuse(f, status, &list);
}

static enum complaint_reader reader_of(const struct http_request *r,
                                       const struct complaint_view *view)
{
    return auth_reaches(r, view->agency, view->desk, view->category) ? READER_STAFF : READER_HOLDER;
}

static void send_view(struct http_request *r, int status, const struct complaint_view *view,
                      enum complaint_reader reader)
{
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    complaint_view_json(&out, view, reader, http_language(r));
    http_send_json(r, status, &out);
}

/* How its due times came about, by the newest snapshot; NULL where there is none yet. Who filed it
 * is not made to wait for that: it is told to those who look. */
static const char *deadlines_of(struct http_request *r, const struct db_rows *result)
{
    const struct snapshot *s = api_worker(r)->snapshot;
    struct store_clock *clock = arena_alloc(http_arena(r), sizeof(*clock));
    struct strbuf out;
    if (http_method(r) == HTTP_POST || s == NULL || s->deadlines == NULL || clock == NULL) {
        return NULL;
    }
    store_clock_read(clock, s, result, 0, STORE_COMPLAINT_CLOCK);
    strbuf_init(&out, JSON_MAX);
    deadline_view_json(&out, s, &clock->facts, &clock->stored, http_language(r));
    const char *text = out.failed ? NULL : arena_strndup(http_arena(r), out.p, out.n);
    strbuf_free(&out);
    return text;
}

/* `whole`: with what has become of it, its files among that. */
static void answer_one(struct http_request *r, int code, bool whole, enum status status,
                       const struct db_rows *result)
{
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else if (db_rows_count(result) == 0) {
        http_problem(r, 404, NULL);
    } else {
        struct complaint_view view;
        complaint_view_of_row(&view, result, 0);
        view.deadlines = deadlines_of(r, result);
        view.work = whole ? db_rows_text_or_null(result, 0, STORE_COMPLAINT_WORK) : NULL;
        send_view(r, code, &view,
                  db_rows_bool(result, 0, STORE_COMPLAINT_STAFF) ? READER_STAFF : READER_HOLDER);
    }
    http_release(r);
}

static void on_one(void *arg, enum status status, const struct db_rows *result, const struct err *e)
{
    (void)e;
    answer_one(arg, 200, true, status, result);
}

/* What was filed before with the same key, as it was answered then. */
static void on_repeated(void *arg, enum status status, const struct db_rows *result,
                        const struct err *e)
{
    (void)e;
    answer_one(arg, 200, false, status, result);
}

static void on_made(void *arg, enum status status, const struct db_rows *result,
                    const struct err *e)
{
    (void)e;
    answer_one(arg, 201, true, status, result);
}

static void submit_read(struct http_request *r, struct db_job *job)
{
    struct err e;
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

typedef void read_done(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e);

static void answer_with(struct http_request *r, const char *code, read_done *done)
{
    asker_hold(code);
    submit_read(r, &(struct db_job){.sql = STORE_COMPLAINT_BY_CODE,
                                    .n_params = 2,
                                    .params = {code, auth_actor(r)},
                                    .done = done,
                                    .arg = r});
}

void api_complaint_answer(struct http_request *r, const char *code)
{
    answer_with(r, code, on_one);
}

/* With what was stored: our own, also when it was sent twice over a broken connection. */
static void answer_filed(struct filing *f, enum intake_outcome outcome, const char *code)
{
    struct http_request *r = f->r;
    bool ours = outcome == INTAKE_CREATED || strcmp(code, f->record.code) == 0;
    if (f->source.filed != NULL) {
        f->source.filed(f->source.arg, ours ? f->record.code : code);
    } else if (!ours) {
        answer_with(r, code, f->draft.attachments == NULL ? on_repeated : on_one);
    } else {
        struct complaint_view view;
        complaint_view_of_record(&view, f->snapshot, &f->record);
        http_set_header(r, "Location",
                        arena_printf(http_arena(r), "/api/v1/complaints/%s", view.code));
        if (f->draft.attachments == NULL) {
            send_view(r, 201, &view, reader_of(r, &view));
            return;
        }
        answer_with(r, view.code, on_made); /* only the database knows what its files are */
    }
}

static void on_filed(struct intake_entry *entry, enum status status, enum intake_outcome outcome,
                     const char *code)
{
    struct filing *f = entry->arg;
    struct http_request *r = f->r;
    if (status != STATUS_OK) {
        refuse(f, http_status_of(status), NULL);
    } else if (outcome == INTAKE_MISMATCH) {
        refuse_field(f, 409, "Idempotency-Key", FAULT_ALREADY_USED);
    } else {
        answer_filed(f, outcome, code);
    }
    snapshot_release(f->snapshot);
    http_release(r);
}

/* Only people of the hotline and registered systems may say that a complaint came by phone. */
static bool channel_allowed(const struct http_request *r, const char *channel)
{
    return auth_user(r) != NULL || strcmp(channel, "web") == 0 || strcmp(channel, "app") == 0;
}

static bool take_key(struct http_request *r, struct filing *f)
{
    const char *key = f->source.key;
    const struct auth_user *user = auth_user(r);
    unsigned char hash[crypto_generichash_BYTES_MIN];
    struct str body = f->source.body;
    if (key == NULL) {
        return true;
    }
    size_t n = strlen(key);
    if (n == 0 || n > KEY_MAX ||
        strspn(key, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") != n) {
        refuse_field(f, 400, "Idempotency-Key", FAULT_MALFORMED);
        return false;
    }
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)body.p, body.n, NULL, 0);
    sodium_bin2hex(f->record.request_hash, sizeof(f->record.request_hash), hash, sizeof(hash));
    f->record.key = arena_strdup(http_arena(r), key);
    f->record.client = user == NULL ? "public" : user->actor;
    return true;
}

static bool parse_filing(struct http_request *r, struct filing *f)
{
    struct fault_list faults;
    struct err e;
    struct intake_context context = {f->snapshot, http_arena(r), clock_now_us()};
    enum status status = intake_parse(&context, f->source.body, &f->draft, &faults, &e);
    if (status == STATUS_INVALID) {
        refuse(f, 400, NULL);
        return false;
    }
    if (status != STATUS_OK) {
        refuse(f, http_status_of(status), NULL);
        return false;
    }
    if (auth_user(r) == NULL) { /* they speak for themselves */
        f->draft.reporter.lang = http_language(r) == HTTP_EN ? "en" : "vi";
    }
    if (f->draft.channel != NULL && !channel_allowed(r, f->draft.channel)) {
        fault_add(&faults, "channel", FAULT_NOT_ALLOWED);
    }
    if (faults.n > 0) {
        refuse(f, 422, &faults);
        return false;
    }
    return take_key(r, f);
}

static bool is_json(const struct http_request *r)
{
    const char *type = http_header(r, "Content-Type");
    return type != NULL && strncasecmp(type, "application/json", 16) == 0 &&
           (type[16] == '\0' || type[16] == ';' || type[16] == ' ');
}

static void give_up(struct filing *f, enum status status)
{
    refuse(f, http_status_of(status), NULL);
    snapshot_release(f->snapshot);
    http_release(f->r);
}

static void place_and_store(struct filing *f)
{
    struct err e;
    enum status status = placing_run(f->snapshot, http_arena(f->r), &f->record, &e);
    if (status == STATUS_OK) {
        status = intake_batcher_submit(api_worker(f->r)->batcher, &f->entry, &e);
    }
    if (status != STATUS_OK) {
        give_up(f, status);
    }
}

static void on_attachments(void *arg, enum status status, const struct db_rows *result,
                           const struct err *e)
{
    struct filing *f = arg;
    (void)e;
    if (status != STATUS_OK) {
        give_up(f, status);
    } else if (db_rows_count(result) > 0 && !db_rows_null(result, 0, 0)) {
        refuse_field(f, 422, "attachments", FAULT_UNKNOWN_VALUE);
        snapshot_release(f->snapshot);
        http_release(f->r);
    } else {
        place_and_store(f);
    }
}

/* Are the files there, and nobody else's? */
static void ask_attachments(struct filing *f)
{
    struct err e;
    struct db_job job = {.sql = STORE_ATTACHMENTS_TO_FILE,
                         .n_params = 3,
                         .params = {f->draft.attachments, f->record.client, f->record.key},
                         .done = on_attachments,
                         .arg = f};
    enum status status = db_pool_submit(api_worker(f->r)->reads, &job, &e);
    if (status != STATUS_OK) {
        give_up(f, status);
    }
}

void api_complaint_file(struct http_request *r, const struct complaint_source *source)
{
    struct snapshot *s = api_worker(r)->snapshot;
    struct filing *f = arena_calloc(http_arena(r), 1, sizeof(*f));
    const struct auth_user *user = auth_user(r);
    if (f == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    f->r = r;
    f->source = *source;
    if (s == NULL || s->rules == NULL) {
        refuse(f, 503, NULL);
        return;
    }
    if (!auth_key_allowed(r, "file")) {
        return;
    }
    if (user == NULL && !api_limit_allow(api_worker(r), http_peer(r))) {
        refuse(f, 429, NULL);
        return;
    }
    f->snapshot = s;
    if (!parse_filing(r, f)) {
        return;
    }
    f->record.draft = &f->draft;
    f->record.received_at_us = clock_now_us();
    f->record.actor = user == NULL ? "public" : user->actor;
    f->entry = (struct intake_entry){
        .record = &f->record, .snapshot = snapshot_acquire(s), .done = on_filed, .arg = f};
    http_hold(r);
    if (f->draft.attachments != NULL) {
        ask_attachments(f);
    } else {
        place_and_store(f);
    }
}

static void file_complaint(struct http_request *r)
{
    if (!is_json(r)) {
        http_problem_field(r, 415, "Content-Type", FAULT_UNKNOWN_VALUE);
        return;
    }
    api_complaint_file(r, &(struct complaint_source){.body = http_body(r),
                                                     .key = http_header(r, "Idempotency-Key")});
}

static void post_complaint(struct http_request *r)
{
    auth_resolve(r, file_complaint);
}

/* Reads {code}; answers 404 for what cannot be one. */
const char *api_complaint_code(struct http_request *r)
{
    char *code = arena_alloc(http_arena(r), TRACKING_CODE_LENGTH + 1);
    if (code == NULL || !tracking_code_read(str_of(http_parameter(r, "code")), code)) {
        http_problem(r, 404, NULL);
        return NULL;
    }
    asker_hold(code);
    return code;
}

static void show_complaint(struct http_request *r)
{
    const char *code = api_complaint_code(r);
    if (code != NULL && auth_user(r) == NULL) {
        api_follow(r, code);
    } else if (code != NULL) {
        api_complaint_answer(r, code);
    }
}

static void get_complaint(struct http_request *r)
{
    auth_resolve(r, show_complaint);
}

static void on_history(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e)
{
    struct http_request *r = arg;
    struct strbuf out;
    (void)e;
    if (status != STATUS_OK || db_rows_count(result) == 0) {
        http_problem_status(r, status == STATUS_OK ? STATUS_NOT_FOUND : status);
        http_release(r);
        return;
    }
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, "{\"history\":[");
    for (size_t row = 0; row < db_rows_count(result) && !db_rows_null(result, row, 0); row++) {
        strbuf_append_z(&out, row == 0 ? "{" : ",{");
        json_text_field_time(&out, "at", db_rows_int_or(result, row, 0, INT64_MIN));
        json_text_field(&out, "event", db_rows_text_or_null(result, row, 1));
        if (!db_rows_null(result, row, 2)) { /* who did it is not the public's business */
            json_text_field(&out, "actor", db_rows_text(result, row, 2));
        }
        json_text_key(&out, "detail");
        strbuf_append_z(&out, db_rows_text_or_null(result, row, 3));
        strbuf_append_char(&out, '}');
    }
    strbuf_append_z(&out, "]}");
    http_send_json(r, 200, &out);
    http_release(r);
}

static void show_history(struct http_request *r)
{
    const char *code = api_complaint_code(r);
    if (code != NULL) {
        submit_read(r, &(struct db_job){.sql = STORE_COMPLAINT_HISTORY,
                                        .n_params = 2,
                                        .params = {code, auth_actor(r)},
                                        .done = on_history,
                                        .arg = r});
    }
}

static void get_history(struct http_request *r)
{
    auth_resolve(r, show_history);
}

struct listing {
    struct http_request *r;
    size_t limit;
    enum complaint_reader reader;
    const struct list_order *order;
    struct store_statement statement;
};

static void on_list(void *arg, enum status status, const struct db_rows *result,
                    const struct err *e)
{
    struct listing *l = arg;
    struct http_request *r = l->r;
    struct strbuf out;
    (void)e;
    store_statement_free(&l->statement);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
        return;
    }
    size_t n = db_rows_count(result) > l->limit ? l->limit : db_rows_count(result);
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, "{\"complaints\":[");
    for (size_t row = 0; row < n; row++) {
        struct complaint_view view;
        complaint_view_of_row(&view, result, row);
        if (row > 0) {
            strbuf_append_char(&out, ',');
        }
        complaint_view_json(&out, &view, l->reader, http_language(r));
    }
    strbuf_append_char(&out, ']');
    json_text_key(&out, "next");
    if (db_rows_count(result) > n) {
        list_order_next(l->order, &out, result, n - 1);
    } else {
        strbuf_append_z(&out, "null");
    }
    strbuf_append_char(&out, '}');
    http_send_json(r, 200, &out);
    http_release(r);
}

static void list_complaints(struct http_request *r)
{
    struct snapshot *s = api_snapshot(r);
    struct listing *l = arena_calloc(http_arena(r), 1, sizeof(*l));
    struct complaint_filter filter;
    double limit = LIST_LIMIT;
    if (s == NULL || l == NULL || !api_filter_parse(r, s, &filter) ||
        !api_query_number(r, "limit", false, 1, LIST_LIMIT_MAX, &limit) ||
        (l->order = list_order_of(r)) == NULL) {
        return;
    }
    const struct auth_user *user = auth_user(r);
    l->r = r;
    l->limit = (size_t)limit;
    bool public = user == NULL || (user->role == AUTH_KEY && !auth_key_may(r, "read"));
    l->reader = public ? READER_PUBLIC : READER_STAFF;
    if (!public && user->agency != NULL && !list_of_tasks(r)) {
        filter.agency = user->agency; /* their own, whatever they ask for */
    }
    if (public) {
        filter.text = NULL; /* words may tell who; the public cannot search them */
    }
    store_statement_init(&l->statement);
    const char *agency = filter.agency; /* of one, by the index in the list's order */
    if (agency != NULL && strchr(agency, ',') != NULL) {
        agency = NULL;
    } else {
        filter.agency = NULL;
    }
    strbuf_append_z(&l->statement.sql,
                    agency == NULL ? STORE_COMPLAINT_LIST : STORE_COMPLAINT_LIST_OF);
    store_filter_append(&l->statement, &filter);
    if (!list_filter_append(r, &l->statement) || !list_order_cursor(r, l->order, &l->statement)) {
        store_statement_free(&l->statement);
        return;
    }
    list_order_end(l->order, &l->statement, agency, l->limit + 1);
    struct db_job job = {.sql = l->statement.sql.p,
                         .n_params = l->statement.n,
                         .done = on_list,
                         .arg = l,
                         .plan_each = filter.has_box || filter.text != NULL ||
                                      filter.from != NULL || filter.to != NULL,
                         .asker = public ? ASKER_SERVICE : NULL};
    memcpy(job.params, l->statement.params, sizeof(job.params));
    struct err e;
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        store_statement_free(&l->statement);
        http_problem_status(r, status);
        http_release(r);
    }
}

static void get_complaints(struct http_request *r)
{
    auth_resolve(r, list_complaints);
}

const struct http_route api_complaint_routes[] = {
    {HTTP_POST, "/api/v1/complaints", post_complaint,
     ABOUT(.tag = "complaints", .summary = "File a complaint", .body = "NewComplaint",
           .answer = "Complaint", .status = 201)},
    {HTTP_GET, "/api/v1/complaints", get_complaints,
     ABOUT(.tag = "complaints",
           .summary = "List complaints, newest first, as the asker may see them",
           .query = "category status channel agency ward from to bbox q limit cursor order late "
                    "at_risk mine desk tasks",
           .answer = "ComplaintList")},
    {HTTP_GET, "/api/v1/complaints/{code}", get_complaint,
     ABOUT(.tag = "complaints", .summary = "One complaint; its code is the key to it",
           .answer = "Complaint")},
    {HTTP_GET, "/api/v1/complaints/{code}/history", get_history,
     ABOUT(.tag = "complaints", .summary = "What happened to a complaint", .answer = "History")},
};
const size_t n_api_complaint_routes =
    sizeof(api_complaint_routes) / sizeof(api_complaint_routes[0]);
