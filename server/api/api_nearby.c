/* GET /api/v1/complaints/nearby: complaints that a draft may be about too, scored
 * (server/duplicates/likeness.h). Candidates come from the heat index in memory; one statement
 * fetches their words by id.
 *
 * Staff see them with their codes, and with `phone` also what that number reported earlier (each of
 * these looks is recorded). Everybody else sees the kind, the state, the rounded place, and a token
 * to join with. What they are told depends on nothing that they may not see: the score is made from
 * the rounded place and without the words, or it could be used to feel for both. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_auth.h"
#include "server/api/api_duplicates.h"
#include "server/api/complaint_view.h"
#include "server/api/join_token.h"
#include "server/app/heat.h"
#include "server/base/asker.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/base/utf8.h"
#include "server/duplicates/candidates.h"
#include "server/intake/intake.h"
#include "server/store/store_duplicate.h"
#include "server/store/store_heat.h"

#define JSON_MAX       ((size_t)1 << 20)
#define OPEN_MAX       80 /* candidates whose words are fetched */
#define ENDED_MAX      40
#define LIMIT          5
#define LIMIT_MAX      20
#define EARLIER_MAX    20
#define LEAST          (LIKENESS_THRESHOLD / 2)     /* staff see less likely ones too */
#define LEAST_PUBLIC   (LIKENESS_THRESHOLD * 2 / 3) /* of a score without words */
#define WORDS_MAX      4000
#define SHOWN_SIGMA_M  40.0 /* what rounding a place does to how well it is known */
#define IDS_MAX        ((OPEN_MAX + ENDED_MAX) * 21 + 3)
#define ENDED_STATUSES 0x380U /* referred, resolved, closed */
#define SEES_CALLER    (AUTH_OPERATOR | AUTH_SUPERVISOR)

/* One question, in the request's arena. */
struct nearby {
    struct http_request *r;
    struct snapshot *snapshot; /* a reference */
    bool has_place;
    struct likeness_facts draft;
    struct likeness_words words;
    const char *phone;
    size_t limit;
    char ids[IDS_MAX]; /* as PostgreSQL's array text */
    size_t n_ids;
    /* Where not NULL, who is told instead of a reader of JSON. */
    void (*done)(const struct nearby_likely *rows, size_t count, void *arg);
    void *arg;
};

/* A row of the answer, scored. */
struct scored {
    size_t row;
    struct likeness likeness;
    struct geo_point point; /* as the reader is shown it */
    bool staff;
};

/* ---- the question ---- */

static bool read_words(struct nearby *n)
{
    const char *text = http_query(n->r, "q");
    if (text == NULL) {
        return true;
    }
    if (!utf8_valid(str_of(text)) || strlen(text) > WORDS_MAX) {
        http_problem_field(n->r, 400, "q",
                           utf8_valid(str_of(text)) ? FAULT_TOO_LONG : FAULT_NOT_UTF8);
        return false;
    }
    likeness_words_of(str_of(text), &n->words);
    n->draft.words = &n->words;
    return true;
}

static void take_place(struct nearby *n, const struct complaint_draft *draft, double accuracy_m)
{
    struct complaint_place place = placing_locate(n->snapshot, draft, n->draft.at_us);
    n->has_place = place.has_point;
    n->draft.point = place.point;
    n->draft.accuracy_m = likeness_accuracy_m(place_match_name(place.match), accuracy_m);
}

/* By coordinates, else by the address as it would be placed. */
static bool read_place(struct nearby *n)
{
    struct http_request *r = n->r;
    struct complaint_draft draft;
    double accuracy_m = -1;
    complaint_draft_init(&draft);
    draft.has_point = http_query(r, "lon") != NULL || http_query(r, "lat") != NULL;
    draft.address = http_query(r, "address");
    if (draft.has_point && (!api_query_number(r, "lon", true, -180, 180, &draft.point.lon) ||
                            !api_query_number(r, "lat", true, -90, 90, &draft.point.lat))) {
        return false;
    }
    if (!api_query_number(r, "accuracy_m", false, 0, 100000, &accuracy_m)) {
        return false;
    }
    if (draft.address != NULL && (!utf8_valid(str_of(draft.address)) ||
                                  utf8_count(str_of(draft.address)) > COMPLAINT_ADDRESS_MAX)) {
        http_problem_field(r, 400, "address", FAULT_TOO_LONG);
        return false;
    }
    take_place(n, &draft, accuracy_m);
    return true;
}

static bool read_question(struct nearby *n)
{
    struct http_request *r = n->r;
    double limit = LIMIT;
    const char *category = http_query(r, "category");
    n->draft.at_us = clock_now_us();
    n->draft.category = category == NULL ? -1 : snapshot_category_find(n->snapshot, category);
    n->phone = http_query(r, "phone");
    if (category != NULL && n->draft.category < 0) {
        http_problem_field(r, 400, "category", FAULT_UNKNOWN_VALUE);
        return false;
    }
    if (!api_query_number(r, "limit", false, 1, LIMIT_MAX, &limit) || !read_words(n) ||
        !read_place(n)) {
        return false;
    }
    n->limit = (size_t)limit;
    if (n->phone != NULL && !auth_is(r, SEES_CALLER)) {
        http_problem_field(r, auth_user(r) == NULL ? 401 : 403, "phone", FAULT_NOT_ALLOWED);
        return false;
    }
    if (n->phone == NULL && http_query(r, "lon") == NULL && http_query(r, "address") == NULL) {
        http_problem_field(r, 400, "lon", FAULT_REQUIRED);
        return false;
    }
    return true;
}

/* ---- candidates ---- */

static const int32_t *category_ids(struct http_request *r, const struct snapshot *s)
{
    int32_t *ids = arena_alloc(http_arena(r), (s->n_categories + 1) * sizeof(*ids));
    for (size_t i = 0; ids != NULL && i < s->n_categories; i++) {
        ids[i] = s->categories[i].id;
    }
    return ids;
}

static void append_ids(struct nearby *n, const struct candidate *found, size_t count)
{
    size_t at = strlen(n->ids);
    for (size_t i = 0; i < count; i++) {
        at += (size_t)snprintf(n->ids + at, sizeof(n->ids) - at, "%s%lld",
                               n->n_ids++ == 0 ? "" : ",", (long long)found[i].id);
    }
}

static void fail(const struct nearby *n, enum status status)
{
    if (n->done != NULL) {
        n->done(NULL, 0, n->arg); /* offered, not needed */
    } else {
        http_problem_status(n->r, status);
    }
}

/* False with the problem answered. */
static bool find_candidates(struct nearby *n)
{
    struct candidate found[OPEN_MAX];
    size_t count = 0;
    struct err e;
    struct geo_heat_view *view = heat_view(api_worker(n->r)->app->heat);
    struct candidates_ask ask = {.view = view,
                                 .terms = n->snapshot->likeness,
                                 .category_ids = category_ids(n->r, n->snapshot),
                                 .n_categories = n->snapshot->n_categories,
                                 .draft = n->draft,
                                 .least = LEAST,
                                 .statuses = STORE_HEAT_OPEN,
                                 .shown = auth_user(n->r) == NULL ? complaint_view_shown : NULL};
    if (view == NULL || ask.category_ids == NULL) {
        geo_heat_view_release(view);
        fail(n, STATUS_BUSY); /* still being read: come back */
        return false;
    }
    enum status status = candidates_find(&ask, found, OPEN_MAX, &count, &e);
    if (status == STATUS_OK) {
        append_ids(n, found, count);
        ask.statuses = ENDED_STATUSES;
        status = candidates_find(&ask, found, ENDED_MAX, &count, &e);
    }
    geo_heat_view_release(view);
    if (status != STATUS_OK) {
        fail(n, status);
        return false;
    }
    append_ids(n, found, count);
    return true;
}

/* ---- the answer ---- */

static int32_t category_number(const struct snapshot *s, int64_t id)
{
    for (size_t i = 0; i < s->n_categories; i++) {
        if (s->categories[i].id == id) {
            return (int32_t)i;
        }
    }
    return -1;
}

static void score(const struct nearby *n, const struct db_rows *rows, size_t row,
                  struct scored *out)
{
    struct likeness_words words;
    struct geo_point point = {db_rows_double_or(rows, row, NEARBY_LON, 0),
                              db_rows_double_or(rows, row, NEARBY_LAT, 0)};
    double accuracy_m = likeness_accuracy_m(db_rows_text(rows, row, NEARBY_MATCH),
                                            db_rows_double_or(rows, row, NEARBY_ACCURACY_M, -1));
    out->row = row;
    out->staff = db_rows_bool(rows, row, NEARBY_SEEN);
    out->point = out->staff ? point : complaint_view_shown(point);
    struct likeness_facts facts = {
        .category = category_number(n->snapshot, db_rows_int(rows, row, NEARBY_CATEGORY_ID)),
        .point = out->point,
        .accuracy_m = out->staff ? accuracy_m : hypot(accuracy_m, SHOWN_SIGMA_M),
        .at_us = db_rows_int(rows, row, NEARBY_RECEIVED_US)};
    if (out->staff && n->draft.words != NULL) {
        likeness_words_of(db_rows_str(rows, row, NEARBY_DESCRIPTION), &words);
        facts.words = &words;
    }
    out->likeness = likeness_of(n->snapshot->likeness, &n->draft, &facts);
}

static int best_first(const void *x, const void *y)
{
    const struct scored *a = x;
    const struct scored *b = y;
    if (a->likeness.score != b->likeness.score) {
        return a->likeness.score > b->likeness.score ? -1 : 1;
    }
    return a->row < b->row ? -1 : 1;
}

static double rounded(double value, double step)
{
    return round(value / step) * step;
}

static void place_json(struct strbuf *out, const struct db_rows *rows, const struct scored *s)
{
    const struct complaint_view view = {
        .has_point = !db_rows_null(rows, s->row, NEARBY_LON),
        .point = s->point,
        .confidence = db_rows_double_or(rows, s->row, NEARBY_CONFIDENCE, 0),
        .match = db_rows_text_or_null(rows, s->row, NEARBY_MATCH),
        .ward = db_rows_text_or_null(rows, s->row, NEARBY_WARD),
        .ward_name = db_rows_text_or_null(rows, s->row, NEARBY_WARD_NAME),
        .district = db_rows_text_or_null(rows, s->row, NEARBY_DISTRICT),
        .district_name = db_rows_text_or_null(rows, s->row, NEARBY_DISTRICT_NAME)};
    json_text_key(out, "place");
    complaint_view_place_json(out, &view);
}

static void likeness_json(struct strbuf *out, const struct scored *s)
{
    const struct likeness *l = &s->likeness;
    json_text_field_number(out, "score", rounded(l->score, 0.001));
    json_text_field_bool(out, "likely", !s->staff || l->score >= LIKENESS_THRESHOLD);
    json_text_field_number(out, "distance_m", rounded(l->distance_m, s->staff ? 1 : 10));
    if (s->staff) {
        json_text_key(out, "because");
        strbuf_append_char(out, '{');
        json_text_field_number(out, "nearness", rounded(l->nearness, 0.001));
        json_text_field_number(out, "freshness", rounded(l->freshness, 0.001));
        json_text_field_number(out, "affinity", rounded(l->affinity, 0.001));
        json_text_field_number(out, "wording", rounded(l->wording, 0.001));
        strbuf_append_char(out, '}');
    }
}

/* Only for staff: which one it is, its words, whose it is. */
static void staff_json(struct strbuf *out, const struct db_rows *rows, size_t row)
{
    json_text_field(out, "code", db_rows_text(rows, row, NEARBY_CODE));
    json_text_field_int(out, "version", db_rows_int(rows, row, NEARBY_VERSION));
    json_text_field(out, "description", db_rows_text(rows, row, NEARBY_DESCRIPTION));
    json_text_key(out, "agency");
    strbuf_append_char(out, '{');
    json_text_field(out, "code", db_rows_text(rows, row, NEARBY_AGENCY));
    json_text_field(out, "name", db_rows_text(rows, row, NEARBY_AGENCY_NAME));
    strbuf_append_char(out, '}');
    json_text_field_bool(out, "same_caller", db_rows_bool(rows, row, NEARBY_OF_CALLER));
}

/* A token to join with; false for what has ended: that is reported anew. */
static bool token_of(const struct nearby *n, const struct db_rows *rows, size_t row,
                     char token[JOIN_TOKEN_MAX])
{
    const int status = store_heat_status(db_rows_str(rows, row, NEARBY_STATUS));
    join_token_make(n->snapshot->tracking_key, db_rows_int(rows, row, NEARBY_ID), clock_now_us(),
                    token);
    return status >= 0 && (ENDED_STATUSES >> (unsigned)status & 1U) == 0;
}

static void public_json(struct strbuf *out, const struct nearby *n, const struct db_rows *rows,
                        size_t row)
{
    char token[JOIN_TOKEN_MAX];
    json_text_field(out, "join", token_of(n, rows, row, token) ? token : NULL);
    json_text_field(out, "description", NULL);
}

static void item_json(struct strbuf *out, const struct nearby *n, const struct db_rows *rows,
                      const struct scored *s, bool with_score)
{
    bool english = http_language(n->r) == HTTP_EN;
    strbuf_append_z(out, out->p[out->n - 1] == '[' ? "{" : ",{");
    if (s->staff) {
        staff_json(out, rows, s->row);
    } else {
        public_json(out, n, rows, s->row);
    }
    json_text_key(out, "category");
    strbuf_append_char(out, '{');
    json_text_field(out, "code", db_rows_text(rows, s->row, NEARBY_CATEGORY));
    json_text_field(out, "name",
                    db_rows_text(rows, s->row, english ? NEARBY_CATEGORY_EN : NEARBY_CATEGORY_VI));
    strbuf_append_char(out, '}');
    json_text_field(out, "status", db_rows_text(rows, s->row, NEARBY_STATUS));
    json_text_field_time(out, "received_at",
                         db_rows_int_or(rows, s->row, NEARBY_RECEIVED_US, INT64_MIN));
    place_json(out, rows, s);
    json_text_field_int(
        out, "reporters",
        db_rows_int(rows, s->row, s->staff ? NEARBY_REPORTERS : NEARBY_REPORTERS_PUBLIC));
    if (with_score) {
        likeness_json(out, s);
    }
    strbuf_append_char(out, '}');
}

/* Those that are told, best first, at the front; answers how many. */
static size_t best_of(struct nearby *n, const struct db_rows *rows, struct scored *scored)
{
    size_t count = db_rows_count(rows);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        score(n, rows, i, &scored[i]);
    }
    qsort(scored, count, sizeof(*scored), best_first);
    for (size_t i = 0; n->has_place && i < count && kept < n->limit; i++) {
        double least = scored[i].staff ? LEAST : LEAST_PUBLIC;
        if (scored[i].likeness.score >= least && !db_rows_null(rows, scored[i].row, NEARBY_LON)) {
            scored[kept++] = scored[i];
        }
    }
    return kept;
}

static void tell_likely(struct nearby *n, const struct db_rows *rows, struct scored *scored)
{
    struct nearby_likely likely[NEARBY_LIKELY_MAX];
    size_t count = best_of(n, rows, scored);
    for (size_t i = 0; i < count; i++) {
        size_t row = scored[i].row;
        likely[i] = (struct nearby_likely){
            .category_vi = db_rows_text(rows, row, NEARBY_CATEGORY_VI),
            .category_en = db_rows_text(rows, row, NEARBY_CATEGORY_EN),
            .status = db_rows_text(rows, row, NEARBY_STATUS),
            .ward = db_rows_text_or_null(rows, row, NEARBY_WARD_NAME),
            .district = db_rows_text_or_null(rows, row, NEARBY_DISTRICT_NAME),
            .received_us = db_rows_int_or(rows, row, NEARBY_RECEIVED_US, INT64_MIN),
            .reporters = db_rows_int(rows, row, NEARBY_REPORTERS_PUBLIC),
            .distance_m = rounded(scored[i].likeness.distance_m, 10)};
        if (!token_of(n, rows, row, likely[i].join)) {
            likely[i].join[0] = '\0';
        }
    }
    n->done(likely, count, n->arg);
}

static void answer(struct nearby *n, const struct db_rows *rows, struct scored *scored)
{
    size_t count = db_rows_count(rows);
    size_t told = 0;
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, "{\"complaints\":[");
    for (size_t i = best_of(n, rows, scored); i > told; told++) {
        item_json(&out, n, rows, &scored[told], true);
    }
    strbuf_append_char(&out, ']');
    if (n->phone != NULL) {
        told = 0;
        json_text_key(&out, "earlier");
        strbuf_append_char(&out, '[');
        for (size_t row = 0; row < count && told < EARLIER_MAX; row++) {
            struct scored s;
            if (db_rows_bool(rows, row, NEARBY_OF_CALLER)) {
                score(n, rows, row, &s);
                item_json(&out, n, rows, &s, false);
                told++;
            }
        }
        strbuf_append_char(&out, ']');
    }
    json_text_field_number(&out, "threshold", LIKENESS_THRESHOLD);
    strbuf_append_char(&out, '}');
    http_send_json(n->r, 200, &out);
}

static void on_rows(void *arg, enum status status, const struct db_rows *rows, const struct err *e)
{
    struct nearby *n = arg;
    (void)e;
    struct scored *scored =
        arena_calloc(http_arena(n->r), db_rows_count(rows) + 1, sizeof(*scored));
    if (status != STATUS_OK || scored == NULL) {
        fail(n, scored == NULL ? STATUS_NO_MEMORY : status);
    } else if (n->done != NULL) {
        tell_likely(n, rows, scored);
    } else {
        answer(n, rows, scored);
    }
    snapshot_release(n->snapshot);
    http_release(n->r);
}

static void find(struct nearby *n)
{
    struct http_request *r = n->r;
    const struct auth_user *user = auth_user(r);
    struct err e;
    n->ids[0] = '{';
    if (n->has_place && !find_candidates(n)) {
        return;
    }
    size_t at = strlen(n->ids);
    n->ids[at] = '}';
    (void)snapshot_acquire(n->snapshot);
    http_hold(r);
    struct db_job job = {.sql = STORE_NEARBY,
                         .n_params = 3,
                         .params = {n->ids, n->phone, user == NULL ? "public" : user->actor},
                         .done = on_rows,
                         .arg = n,
                         .asker = ASKER_SERVICE}; /* others' are told as anybody is told them */
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        fail(n, status);
        snapshot_release(n->snapshot);
        http_release(r);
    }
}

static void look(struct http_request *r)
{
    struct snapshot *s = api_snapshot(r);
    struct nearby *n = arena_calloc(http_arena(r), 1, sizeof(*n));
    if (s == NULL || n == NULL) {
        return;
    }
    n->r = r;
    n->snapshot = s;
    if (read_question(n)) {
        find(n);
    }
}

void api_nearby_likely(struct http_request *r, const struct nearby_draft *draft,
                       void (*done)(const struct nearby_likely *rows, size_t n, void *arg),
                       void *arg)
{
    struct snapshot *s = api_worker(r)->snapshot;
    struct nearby *n = arena_calloc(http_arena(r), 1, sizeof(*n));
    struct complaint_draft place;
    if (s == NULL || n == NULL) {
        done(NULL, 0, arg);
        return;
    }
    *n = (struct nearby){
        .r = r, .snapshot = s, .limit = NEARBY_LIKELY_MAX, .done = done, .arg = arg};
    complaint_draft_init(&place);
    place.has_point = draft->has_point;
    place.point = draft->point;
    place.address = draft->address;
    n->draft.at_us = clock_now_us();
    n->draft.category = snapshot_category_find(s, draft->category);
    take_place(n, &place, -1);
    if (!n->has_place || n->draft.category < 0) {
        done(NULL, 0, arg);
        return;
    }
    find(n);
}

static void get_nearby(struct http_request *r)
{
    auth_resolve(r, look);
}

const struct http_route api_nearby_routes[] = {
    {HTTP_GET, "/api/v1/complaints/nearby", get_nearby,
     ABOUT(.tag = "duplicates",
           .summary = "Complaints that a draft may be about too, the likeliest first",
           .query = "lon lat accuracy_m address one_category q phone limit", .answer = "Nearby")},
};
const size_t n_api_nearby_routes = sizeof(api_nearby_routes) / sizeof(api_nearby_routes[0]);
