/* What the auditor reads: the security log, looks at persons; and the seals of the record, which
 * everybody may read and keep. */
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_row.h"
#include "server/base/clock.h"
#include "server/base/str.h"
#include "server/db/db_rows.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_person.h"
#include "server/store/store_record.h"

#define READERS (AUTH_AUDITOR | AUTH_ADMINISTRATOR)
#define CUSTODIANS                                                                                 \
    (AUTH_LEADER | AUTH_SUPERVISOR | AUTH_ADMINISTRATOR | AUTH_AUDITOR | AUTH_AGENCY_STAFF |       \
     AUTH_AGENCY_HEAD)
#define LIMIT     50
#define LIMIT_MAX 500
#define TEXT_MAX  ((size_t)16 << 20)

/* What both lists are asked with. */
struct page {
    const char *from, *to, *before, *most;
};

static bool read_time(struct http_request *r, const char *name, const char **out)
{
    int64_t us = INT64_MIN;
    char text[CLOCK_TEXT_MAX];
    if (!api_query_time(r, name, &us)) {
        return false;
    }
    *out = us == INT64_MIN ? NULL : arena_strdup(http_arena(r), clock_format(us, text));
    return true;
}

static bool read_page(struct http_request *r, struct page *p)
{
    double limit = LIMIT;
    p->before = http_query(r, "cursor");
    if (p->before != NULL) {
        size_t n = strlen(p->before);
        if (n == 0 || n > 18 || strspn(p->before, "0123456789") != n) {
            http_problem_field(r, 400, "cursor", FAULT_MALFORMED);
            return false;
        }
    }
    if (!read_time(r, "from", &p->from) || !read_time(r, "to", &p->to) ||
        !api_query_number(r, "limit", false, 1, LIMIT_MAX, &limit)) {
        return false;
    }
    p->most = arena_printf(http_arena(r), "%d", (int)limit);
    return true;
}

static const char *text_of(struct http_request *r, const char *name)
{
    const char *text = http_query(r, name);
    return text == NULL ? "" : text;
}

static void list_audit(struct http_request *r)
{
    struct page p;
    if (change_allowed(r, READERS) && read_page(r, &p)) {
        api_row_send(r, &(struct db_job){.sql = STORE_AUDIT,
                                         .n_params = 8,
                                         .params = {auth_user(r)->actor, text_of(r, "event"),
                                                    text_of(r, "actor"), text_of(r, "subject"),
                                                    p.from, p.to, p.before, p.most}});
    }
}

static void list_looks(struct http_request *r)
{
    struct page p;
    const char *asked = http_query(r, "complaint");
    char code[TRACKING_CODE_LENGTH + 1] = "";
    if (!change_allowed(r, READERS) || !read_page(r, &p)) {
        return;
    }
    if (asked != NULL && *asked != '\0' && !tracking_code_read(str_of(asked), code)) {
        http_problem_field(r, 400, "complaint", FAULT_MALFORMED);
        return;
    }
    api_row_send(r, &(struct db_job){.sql = STORE_LOOKS,
                                     .n_params = 7,
                                     .params = {auth_user(r)->actor, text_of(r, "viewer"), code,
                                                p.from, p.to, p.before, p.most}});
}

#define CUSTODY_DAYS 90

/* Of complaints received in the last 90 days, unless the address says otherwise; a year at most. */
static void show_custody(struct http_request *r)
{
    const int64_t day_us = INT64_C(86400000000);
    int64_t to = clock_now_us();
    int64_t from = INT64_MIN;
    char text[2][CLOCK_TEXT_MAX];
    if (!change_allowed(r, CUSTODIANS) || !api_query_time(r, "to", &to) ||
        !api_query_time(r, "from", &from)) {
        return;
    }
    from = from == INT64_MIN ? to - CUSTODY_DAYS * day_us : from;
    if (from >= to || to - from > 366 * day_us) {
        http_problem_field(r, 400, "from", FAULT_OUT_OF_RANGE);
        return;
    }
    api_row_send(r, &(struct db_job){.sql = STORE_CUSTODY,
                                     .n_params = 3,
                                     .params = {auth_user(r)->actor, clock_format(from, text[0]),
                                                clock_format(to, text[1])}});
}

static void on_seals(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct http_request *r = arg;
    struct strbuf out;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
        return;
    }
    strbuf_init(&out, TEXT_MAX);
    for (size_t row = 0; row < db_rows_count(result); row++) {
        strbuf_append_z(&out, db_rows_text(result, row, 0));
        strbuf_append_char(&out, '\n');
    }
    if (out.failed) {
        http_problem(r, 503, NULL);
    } else {
        http_send(r, &(struct http_reply){.status = 200,
                                          .type = "text/plain; charset=utf-8",
                                          .body = {out.n == 0 ? "" : out.p, out.n},
                                          .compress = true});
    }
    strbuf_free(&out);
    http_release(r);
}

static void get_seals(struct http_request *r)
{
    struct err e;
    struct db_job job = {.sql = STORE_SEAL_LINES, .done = on_seals, .arg = r};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

static void get_audit(struct http_request *r)
{
    auth_resolve(r, list_audit);
}

static void get_looks(struct http_request *r)
{
    auth_resolve(r, list_looks);
}

static void get_custody(struct http_request *r)
{
    auth_resolve(r, show_custody);
}

const struct http_route api_record_routes[] = {
    {HTTP_GET, "/api/v1/audit", get_audit,
     ABOUT(.tag = "record", .summary = "The security log, newest first",
           .query = "event actor subject from to cursor limit", .answer = "AuditLog",
           .roles = READERS)},
    {HTTP_GET, "/api/v1/looks", get_looks,
     ABOUT(.tag = "record", .summary = "Looks at reporters, newest first",
           .query = "viewer complaint from to cursor limit", .answer = "Looks", .roles = READERS)},
    {HTTP_GET, "/api/v1/statistics/custody", get_custody,
     ABOUT(.tag = "record",
           .summary =
               "How long each agency held complaints received in a period, by the clock and in "
               "working time",
           .query = "from to", .answer = "CustodyStatistics", .roles = CUSTODIANS)},
    {HTTP_GET, "/api/v1/record/seals", get_seals,
     ABOUT(.tag = "record", .summary = "The seals of the record, a line a day, to keep elsewhere",
           .answer = "text/plain")},
};
const size_t n_api_record_routes = sizeof(api_record_routes) / sizeof(api_record_routes[0]);
