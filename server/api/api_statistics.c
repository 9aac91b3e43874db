/* GET /api/v1/statistics: complaints counted by unit, their rates, and what became of them between
 * two periods. From the heat index, on a compute thread; what is asked twice at once is made once,
 * and what was made is kept as long as its version is the newest.
 *
 * Open to all, as the aggregated tiles are (docs/decisions/0004-who-sees-what.md): units are larger
 * than a tile's cell. Words in the text (q=) are not counted for anybody: counts by words would
 * tell what people wrote. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_filter.h"
#include "server/app/heat.h"
#include "server/base/clock.h"
#include "server/measures/measure_text.h"
#include "server/store/store_heat.h"
#include "server/tiles/tile_cache.h"

#define ARENA_MAX       ((size_t)512 << 20)
#define TEXT_MAX        ((size_t)64 << 20)
#define HEXAGON_LEAST_M 250.0 /* no finer than streets: docs/decisions/0004 */
#define HEXAGON_MOST_M  20000.0
#define HEXAGON_M       1000.0

#define XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
static const char *const types[] = {[MEASURE_JSON] = "application/json; charset=utf-8",
                                    [MEASURE_GEOJSON] = "application/geo+json; charset=utf-8",
                                    [MEASURE_CSV] = "text/csv; charset=utf-8",
                                    [MEASURE_XLSX] = XLSX_TYPE,
                                    [MEASURE_PDF] = "application/pdf"};
static const char *const format_names[] = {[MEASURE_JSON] = "json",
                                           [MEASURE_GEOJSON] = "geojson",
                                           [MEASURE_CSV] = "csv",
                                           [MEASURE_XLSX] = "xlsx",
                                           [MEASURE_PDF] = "pdf"};

/* One answer under way, in the request's arena; what the compute thread makes, in its own. */
struct statistics {
    struct http_request *r;
    struct measure_question question;
    struct measure_answer answer;
    struct measure_text text;
    enum measure_format format;
    struct snapshot *snapshot;
    const char *key;
    struct strbuf out;
    enum status made;
    const char *statuses[16], *channels[8];
};

static bool bad(struct http_request *r, const char *field, enum fault_code code)
{
    http_problem_field(r, 400, field, code);
    return false;
}

static bool parse_by(struct statistics *s)
{
    const char *text = http_query(s->r, "by");
    if (text == NULL) {
        return bad(s->r, "by", FAULT_REQUIRED);
    }
    for (int i = 0; i < BY_N; i++) {
        if (strcmp(text, measure_by_names[i]) == 0) {
            s->question.by = (enum measure_by)i;
            return true;
        }
    }
    return bad(s->r, "by", FAULT_UNKNOWN_VALUE);
}

static bool parse_format(struct statistics *s)
{
    const char *text = http_query(s->r, "format");
    for (int i = 0; text != NULL && i < MEASURE_FORMATS; i++) {
        if (strcmp(text, format_names[i]) == 0) {
            s->format = (enum measure_format)i;
            return true;
        }
    }
    return text == NULL || bad(s->r, "format", FAULT_UNKNOWN_VALUE);
}

static bool parse_measures(struct statistics *s)
{
    struct str rest = str_of(http_query(s->r, "measure"));
    for (int i = 0; rest.n == 0 && i < MEASURE_N; i++) {
        s->text.wanted[i] = true;
    }
    while (rest.n > 0) {
        struct str name = str_trim(str_cut(&rest, ','));
        int found = measure_find(name.p, name.n);
        if (found < 0) {
            return bad(s->r, "measure", FAULT_UNKNOWN_VALUE);
        }
        s->text.wanted[found] = true;
    }
    return true;
}

static int64_t seconds_of(int64_t us)
{
    return us / 1000000 - (us % 1000000 < 0);
}

/* Both ends of both periods, or no earlier period at all. */
static bool parse_before(struct statistics *s)
{
    static const char *const names[] = {"compare_from", "compare_to", "from", "to"};
    int64_t from = INT64_MIN;
    int64_t to = INT64_MIN;
    if (!api_query_time(s->r, "compare_from", &from) || !api_query_time(s->r, "compare_to", &to)) {
        return false;
    }
    s->question.compared = from != INT64_MIN || to != INT64_MIN;
    for (int i = 0; s->question.compared && i < 4; i++) {
        if (http_query(s->r, names[i]) == NULL) {
            return bad(s->r, names[i], FAULT_REQUIRED);
        }
    }
    if (!s->question.compared) {
        return true;
    }
    if (s->question.by >= BY_DAY) {
        return bad(s->r, "compare_from", FAULT_NOT_ALLOWED);
    }
    s->question.before_from_s = seconds_of(from);
    s->question.before_to_s = seconds_of(to);
    if (s->question.before_from_s >= s->question.before_to_s) {
        return bad(s->r, "compare_to", FAULT_OUT_OF_RANGE);
    }
    return s->question.filter.from_s < s->question.filter.to_s ||
           bad(s->r, "to", FAULT_OUT_OF_RANGE);
}

static bool parse(struct statistics *s)
{
    struct complaint_filter filter;
    s->question.generation_us = clock_now_us();
    s->question.hexagon_m = HEXAGON_M;
    if (http_query(s->r, "q") != NULL) {
        return bad(s->r, "q", FAULT_NOT_ALLOWED);
    }
    if (!parse_by(s) || !parse_format(s) || !parse_measures(s) ||
        !api_query_time(s->r, "generation", &s->question.generation_us) ||
        !api_query_number(s->r, "size_m", false, HEXAGON_LEAST_M, HEXAGON_MOST_M,
                          &s->question.hexagon_m) ||
        !api_filter_parse(s->r, s->snapshot, &filter)) {
        return false;
    }
    if (!api_filter_heat(s->r, s->snapshot, &filter, &s->question.filter)) {
        http_problem(s->r, 503, NULL);
        return false;
    }
    return parse_before(s);
}

/* ---- what was asked, in words ---- */

static void note(struct statistics *s, const char *line)
{
    if (line != NULL && s->text.n_notes < MEASURE_NOTES_MAX) {
        s->text.notes[s->text.n_notes++] = line;
    }
}

static const char *category_words(const struct snapshot *s, struct str code, bool english)
{
    int32_t number = snapshot_category_find(s, code.p == NULL ? "" : code.p);
    return number < 0 ? NULL
           : english  ? s->categories[number].name_en
                      : s->categories[number].name_vi;
}

/* "Lĩnh vực: Tiếng ồn, Giao thông": codes that have a name are told by it. */
static void note_list(struct statistics *s, const char *parameter, const char *words)
{
    const char *given = http_query(s->r, parameter);
    struct str rest = str_of(given);
    const char *line = given == NULL || given[0] == '\0' ? NULL : words;
    for (int i = 0; line != NULL && rest.n > 0; i++) {
        struct str code = str_trim(str_cut(&rest, ','));
        const char *copy = arena_strndup(http_arena(s->r), code.p, code.n);
        const char *name = copy != NULL && strcmp(parameter, "category") == 0
                               ? category_words(s->snapshot, str_of(copy), s->text.english)
                               : NULL;
        line = copy == NULL ? NULL
                            : arena_printf(http_arena(s->r), "%s%s%s", line, i == 0 ? ": " : ", ",
                                           name == NULL ? copy : name);
    }
    note(s, line);
}

/* "08:30 27/11/2026" in the city's zone, from the arena. */
static const char *instant_words(struct statistics *s, int64_t us)
{
    char t[CLOCK_TEXT_MAX];
    (void)clock_format(us, t);
    return arena_printf(http_arena(s->r), "%.5s %.2s/%.2s/%.4s", t + 11, t + 8, t + 5, t);
}

static void note_period(struct statistics *s)
{
    bool english = s->text.english;
    const struct geo_heat_filter *f = &s->question.filter;
    const char *from = http_query(s->r, "from") != NULL ? instant_words(s, f->from_s * 1000000)
                       : english                        ? "the beginning"
                                                        : "đầu";
    const char *to = http_query(s->r, "to") != NULL ? instant_words(s, f->to_s * 1000000)
                     : english                      ? "now"
                                                    : "nay";
    const char *now = instant_words(s, clock_now_us());
    if (from == NULL || to == NULL || now == NULL) {
        return;
    }
    note(s, arena_printf(http_arena(s->r), english ? "Period: %s to %s" : "Kỳ: từ %s đến %s", from,
                         to));
    note(s, arena_printf(http_arena(s->r), english ? "Made at %s" : "Lập lúc %s", now));
}

static void note_question(struct statistics *s)
{
    static const struct {
        const char *parameter, *vi, *en;
    } lists[] = {{"category", "Lĩnh vực", "Categories"}, {"status", "Trạng thái", "Statuses"},
                 {"channel", "Kênh", "Channels"},        {"agency", "Đơn vị", "Agency"},
                 {"ward", "Phường, xã", "Ward"},         {"bbox", "Khung bản đồ", "Map frame"}};
    note_period(s);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        note_list(s, lists[i].parameter, s->text.english ? lists[i].en : lists[i].vi);
    }
}

static void name_words(struct statistics *s)
{
    static const char *const channels[] = {"phone", "app", "web", "email", "sms", "social", "api"};
    for (unsigned i = 0; i < 16; i++) {
        s->statuses[i] = store_heat_status_name(i);
    }
    for (int i = 0; i < 8; i++) {
        s->channels[i] = "";
    }
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        int number = store_heat_channel(str_of(channels[i]));
        if (number >= 0 && number < 8) {
            s->channels[number] = channels[i];
        }
    }
    s->question.statuses = s->statuses;
    s->question.n_statuses = 16;
    s->question.channels = s->channels;
    s->question.n_channels = 8;
}

static void send(struct http_request *r, enum measure_format format, struct str bytes)
{
    uint64_t h = UINT64_C(14695981039346656037);
    char etag[24];
    for (size_t i = 0; i < bytes.n; i++) {
        h = (h ^ (unsigned char)bytes.p[i]) * UINT64_C(1099511628211);
    }
    snprintf(etag, sizeof(etag), "\"%016llx\"", (unsigned long long)h);
    http_set_header(r, "Access-Control-Allow-Origin", "*");
    http_set_header(r, "Vary", "Accept-Language");
    if (format >= MEASURE_CSV) {
        http_set_header(r, "Content-Disposition",
                        arena_printf(http_arena(r), "attachment; filename=\"statistics.%s\"",
                                     format_names[format]));
    }
    http_send(r, &(struct http_reply){.status = 200,
                                      .type = types[format],
                                      .body = bytes,
                                      .etag = etag,
                                      .cache_control = "no-cache",
                                      .compress = true});
}

static void on_joined(void *arg, enum status status, struct str bytes)
{
    struct statistics *s = arg;
    if (status == STATUS_OK) {
        send(s->r, s->format, bytes);
    } else if (status == STATUS_NOT_FOUND) {
        http_problem_field(s->r, 400, "generation", FAULT_OUT_OF_RANGE);
    } else if (status == STATUS_INVALID) {
        http_problem_field(s->r, 400, s->question.by == BY_HEXAGON ? "size_m" : "from",
                           FAULT_OUT_OF_RANGE);
    } else {
        http_problem_status(s->r, status);
    }
    http_release(s->r);
}

static void make(void *arg)
{
    struct statistics *s = arg;
    struct arena *arena = arena_create(ARENA_MAX);
    struct err e;
    s->made =
        arena == NULL ? STATUS_NO_MEMORY : measure_units_count(&s->question, arena, &s->answer, &e);
    if (s->made == STATUS_OK) {
        s->text.question = &s->question;
        s->text.answer = &s->answer;
        s->text.arena = arena;
        measure_text_write(&s->text, s->format, &s->out);
        s->made = s->out.failed ? STATUS_NO_MEMORY : STATUS_OK;
    }
    arena_destroy(arena);
}

static void on_made(void *arg)
{
    struct statistics *s = arg;
    struct tile_cache *cache = api_worker(s->r)->cache;
    struct str bytes = {s->out.p, s->out.n};
    struct strbuf out = s->out; /* the request may be gone after the answer */
    geo_heat_view_release(s->question.view);
    snapshot_release(s->snapshot);
    if (s->made == STATUS_OK) {
        tile_cache_put(cache, s->key, bytes);
    }
    tile_cache_done(cache, s->key, s->made, bytes);
    on_joined(s, s->made, bytes);
    strbuf_free(&out);
}

static void start(struct statistics *s)
{
    struct worker *w = api_worker(s->r);
    const struct compute_job job = {make, on_made, s, w->mailbox};
    struct err e;
    strbuf_init(&s->out, TEXT_MAX);
    enum status status = compute_submit(w->app->compute, &job, &e);
    if (status != STATUS_OK) {
        s->made = status;
        on_made(s);
    }
}

/* What the bytes depend on. The view's second too: without a bound a series ends now. */
static const char *key_of(struct statistics *s)
{
    return arena_printf(http_arena(s->r), "statistics %llu %llu %lld %d %d %s",
                        (unsigned long long)geo_heat_view_version(s->question.view),
                        (unsigned long long)s->snapshot->version,
                        (long long)(s->question.generation_us / INT64_C(86400000000)),
                        s->question.by >= BY_DAY ? (int)(geo_heat_view_now(s->question.view) / 60)
                                                 : 0,
                        http_language(s->r) == HTTP_EN, http_query_string(s->r));
}

static void get_statistics(struct http_request *r)
{
    struct statistics *s = arena_calloc(http_arena(r), 1, sizeof(*s));
    struct tile_cache *cache = api_worker(r)->cache;
    struct str bytes;
    if (s == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    s->r = r;
    s->snapshot = api_snapshot(r);
    if (s->snapshot == NULL || !parse(s)) {
        return;
    }
    name_words(s);
    s->text.english = http_language(r) == HTTP_EN;
    if (s->format >= MEASURE_XLSX) {
        note_question(s);
    }
    s->question.snapshot = s->snapshot;
    s->question.view = heat_view(api_worker(r)->app->heat);
    s->key = s->question.view == NULL ? NULL : key_of(s);
    if (s->key == NULL || tile_cache_get(cache, s->key, &bytes)) {
        if (s->key == NULL) {
            http_problem(r, 503, NULL);
        } else {
            send(r, s->format, bytes);
        }
        geo_heat_view_release(s->question.view);
        return;
    }
    http_hold(r);
    if (tile_cache_wait(cache, s->key, on_joined, s)) {
        geo_heat_view_release(s->question.view);
        return;
    }
    (void)snapshot_acquire(s->snapshot);
    start(s);
}

const struct http_route api_statistics_routes[] = {
    {HTTP_GET, "/api/v1/statistics", get_statistics,
     ABOUT(.tag = "measures", .summary = "Counts and rates by unit and time",
           .query = "by generation size_m measure category status channel agency ward from to bbox "
                    "compare_from compare_to format",
           .answer = "Statistics")},
};
const size_t n_api_statistics_routes =
    sizeof(api_statistics_routes) / sizeof(api_statistics_routes[0]);
