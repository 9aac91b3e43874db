/* /api/v1/transfer-preview: which open complaints would move, from whom to whom, and why. Judged on
 * a compute thread by the very code that moves them, with a connection of its own; one at a time.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/app/compute.h"
#include "server/base/clock.h"
#include "server/base/csv.h"
#include "server/base/json_text.h"
#include "server/city/city_transfer.h"
#include "server/db/db_sync.h"

#define ANSWER_MAX ((size_t)64 << 20)
#define ITEMS_MAX  500  /* in the JSON; the CSV has all */
#define FLOWS_MAX  4000 /* from one agency to another; what is beyond is in the totals only */

/* How many go from one agency to another for one reason. */
struct flow {
    const char *from, *from_name, *to, *to_name, *why;
    size_t n;
};

struct preview {
    struct http_request *r;
    const char *database;
    int64_t at_us;
    bool recompute, csv;
    enum status status;
    struct city_transfer_result result;
    struct arena *arena; /* of the flows' words */
    struct flow flows[FLOWS_MAX];
    size_t n_flows, n_items;
    struct strbuf items;
};

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void count_flow(struct preview *p, const struct city_transfer_item *item)
{
    for (size_t i = 0; i < p->n_flows; i++) {
        struct flow *f = &p->flows[i];
        if (strcmp(f->to, item->to) == 0 && strcmp(f->from, item->from) == 0 &&
            strcmp(f->why, item->why) == 0) {
            f->n++;
            return;
        }
    }
    if (p->n_flows < FLOWS_MAX) {
        const struct flow f = {.from = arena_strdup(p->arena, item->from),
                               .from_name = arena_strdup(p->arena, item->from_name),
                               .to = arena_strdup(p->arena, item->to),
                               .to_name = arena_strdup(p->arena, item->to_name),
                               .why = arena_strdup(p->arena, item->why),
                               .n = 1};
        if (f.from && f.from_name && f.to && f.to_name && f.why) {
            p->flows[p->n_flows++] = f;
        }
    }
}

/* A field of CSV, quoted; what a spreadsheet would take for a formula is made a text. */
static void csv_text(struct strbuf *out, const char *text, char end)
{
    strbuf_append_char(out, '"');
    if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL) {
        strbuf_append_char(out, '\'');
    }
    for (const char *c = text; *c != '\0'; c++) {
        strbuf_append_z(out, *c == '"' ? "\"\"" : (char[]){*c, '\0'});
    }
    strbuf_append_char(out, '"');
    strbuf_append_char(out, end);
}

static void item_csv(struct strbuf *out, const struct city_transfer_item *item)
{
    char before[CLOCK_TEXT_MAX];
    char after[CLOCK_TEXT_MAX];
    const char *const fields[] = {item->complaint,
                                  item->category,
                                  item->from,
                                  item->from_name,
                                  item->to,
                                  item->to_name,
                                  clock_format(item->old_due_us, before),
                                  clock_format(item->new_due_us, after),
                                  item->why};
    size_t n = sizeof(fields) / sizeof(fields[0]);
    for (size_t i = 0; i < n; i++) {
        csv_text(out, fields[i], i + 1 == n ? '\n' : ',');
    }
}

static void item_json(struct strbuf *out, const struct city_transfer_item *item)
{
    strbuf_append_z(out, out->n == 0 ? "{" : ",{");
    json_text_field(out, "complaint", item->complaint);
    json_text_field(out, "category", item->category);
    json_text_field(out, "from", item->from);
    json_text_field(out, "from_name", item->from_name);
    json_text_field(out, "to", item->to);
    json_text_field(out, "to_name", item->to_name);
    json_text_field(out, "why", item->why);
    json_text_field_time(out, "old_deadline", item->old_due_us);
    json_text_field_time(out, "new_deadline", item->new_due_us);
    strbuf_append_char(out, '}');
}

static void each(void *context, const struct city_transfer_item *item)
{
    struct preview *p = context;
    count_flow(p, item);
    if (p->csv) {
        item_csv(&p->items, item);
    } else if (p->n_items++ < ITEMS_MAX) {
        item_json(&p->items, item);
    }
}

static void work(void *arg)
{
    struct preview *p = arg;
    struct db_sync *db = NULL;
    struct snapshot *s = NULL; /* of its own: an agency may have ended a moment ago */
    struct err e;
    const struct city_transfer t = {
        .at_us = p->at_us, .recompute = p->recompute, .actor = "", .each = each, .context = p};
    if (pthread_mutex_trylock(&one_at_a_time) != 0) {
        p->status = STATUS_BUSY;
        return;
    }
    p->status = db_sync_connect(p->database, DB_ROLE_SERVICE, &db, &e);
    if (p->status == STATUS_OK) {
        p->status = snapshot_load(db, &s, &e);
    }
    if (p->status == STATUS_OK) {
        p->status = city_transfer_run(db, s, &t, &p->result, &e);
    }
    snapshot_release(s);
    db_sync_close(db);
    pthread_mutex_unlock(&one_at_a_time);
}

static void flows_json(struct strbuf *out, const struct preview *p)
{
    json_text_key(out, "flows");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < p->n_flows; i++) {
        const struct flow *f = &p->flows[i];
        strbuf_append_z(out, i == 0 ? "{" : ",{");
        json_text_field(out, "from", f->from);
        json_text_field(out, "from_name", f->from_name);
        json_text_field(out, "to", f->to);
        json_text_field(out, "to_name", f->to_name);
        json_text_field(out, "why", f->why);
        json_text_field_int(out, "complaints", (int64_t)f->n);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

static void send_json(struct preview *p)
{
    struct strbuf out;
    strbuf_init(&out, ANSWER_MAX);
    strbuf_append_char(&out, '{');
    json_text_field_time(&out, "at", p->at_us);
    json_text_field_int(&out, "considered", (int64_t)p->result.considered);
    json_text_field_int(&out, "moved", (int64_t)p->result.moved);
    json_text_field_int(&out, "stayed", (int64_t)p->result.stayed);
    json_text_field_int(&out, "by_hand", (int64_t)p->result.by_hand);
    flows_json(&out, p);
    json_text_key(&out, "items");
    strbuf_append_char(&out, '[');
    strbuf_append(&out, p->items.p, p->items.n);
    strbuf_append_z(&out, "]}");
    http_send_json(p->r, 200, &out);
}

static void send_csv(struct preview *p)
{
    http_set_header(p->r, "Content-Disposition", "attachment; filename=\"transfer.csv\"");
    http_send(p->r, &(struct http_reply){.status = 200,
                                         .type = "text/csv; charset=utf-8",
                                         .body = {p->items.p, p->items.n},
                                         .compress = true});
}

static void answer(void *arg)
{
    struct preview *p = arg;
    struct http_request *r = p->r;
    if (!http_answered(r)) {
        if (p->status != STATUS_OK || p->items.failed) {
            http_problem_status(r, p->status != STATUS_OK ? p->status : STATUS_NO_MEMORY);
        } else if (p->csv) {
            send_csv(p);
        } else {
            send_json(p);
        }
    }
    strbuf_free(&p->items);
    arena_destroy(p->arena);
    free(p);
    http_release(r);
}

/* False with the problem answered. */
static bool read_query(struct http_request *r, struct preview *p)
{
    const char *deadlines = http_query(r, "deadlines");
    const char *format = http_query(r, "format");
    p->at_us = clock_now_us();
    if (!api_query_time(r, "at", &p->at_us)) {
        return false;
    }
    p->recompute = deadlines != NULL && strcmp(deadlines, "recompute") == 0;
    p->csv = format != NULL && strcmp(format, "csv") == 0;
    const char *wrong = deadlines != NULL && !p->recompute && strcmp(deadlines, "keep") != 0
                            ? "deadlines"
                        : format != NULL && !p->csv && strcmp(format, "json") != 0 ? "format"
                                                                                   : NULL;
    if (wrong != NULL) {
        http_problem_field(r, 400, wrong, FAULT_UNKNOWN_VALUE);
    }
    return wrong == NULL;
}

static void preview(struct http_request *r)
{
    struct worker *w = api_worker(r);
    struct snapshot *s = change_allowed(r, AUTH_ADMINISTRATOR) ? api_snapshot(r) : NULL;
    struct preview *p = s == NULL ? NULL : calloc(1, sizeof(*p));
    struct err e;
    if (p == NULL) {
        if (s != NULL) {
            http_problem(r, 503, NULL);
        }
        return;
    }
    p->arena = arena_create(ANSWER_MAX);
    if (p->arena == NULL || !read_query(r, p)) {
        if (p->arena == NULL) {
            http_problem(r, 503, NULL);
        }
        arena_destroy(p->arena);
        free(p);
        return;
    }
    p->r = r;
    p->database = w->app->options.database;
    strbuf_init(&p->items, ANSWER_MAX);
    if (p->csv) {
        strbuf_append_z(&p->items, "complaint,category,from,from_name,to,to_name,old_deadline,"
                                   "new_deadline,why\n");
    }
    http_hold(r);
    struct compute_job job = {.work = work, .done = answer, .arg = p, .reply_to = w->mailbox};
    enum status status = compute_submit(w->app->compute, &job, &e);
    if (status != STATUS_OK) {
        p->status = status;
        answer(p);
    }
}

static void get_preview(struct http_request *r)
{
    auth_resolve(r, preview);
}

const struct http_route api_transfer_preview_routes[] = {
    {HTTP_GET, "/api/v1/transfer-preview", get_preview,
     ABOUT(.tag = "transfers", .summary = "Which open complaints would move at a change of law",
           .query = "at deadlines format", .answer = "TransferPreview",
           .roles = AUTH_ADMINISTRATOR)},
};
const size_t n_api_transfer_preview_routes =
    sizeof(api_transfer_preview_routes) / sizeof(api_transfer_preview_routes[0]);
