#include "server/api/api_filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/utf8.h"
#include "server/intake/intake.h"

#define LIST_MAX 16384

static bool bad(struct http_request *r, const char *name, enum fault_code code)
{
    http_problem_field(r, 400, name, code);
    return false;
}

bool api_query_number(struct http_request *r, const char *name, bool required, double least,
                      double most, double *out)
{
    const char *text = http_query(r, name);
    char *end = NULL;
    if (text == NULL) {
        return !required || bad(r, name, FAULT_REQUIRED);
    }
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value)) {
        return bad(r, name, FAULT_WRONG_TYPE);
    }
    if (value < least || value > most) {
        return bad(r, name, FAULT_OUT_OF_RANGE);
    }
    *out = value;
    return true;
}

bool api_query_time(struct http_request *r, const char *name, int64_t *us)
{
    const char *text = http_query(r, name);
    if (text == NULL) {
        return true;
    }
    /* A "+" that the client left unescaped arrives as a space. */
    char *copy = arena_strdup(http_arena(r), text);
    char *space = copy == NULL ? NULL : strrchr(copy, ' ');
    if (space != NULL && strchr(copy, 'T') != NULL) {
        *space = '+';
    }
    return (copy != NULL && clock_parse_any(str_of(copy), us)) || bad(r, name, FAULT_NOT_A_TIME);
}

/* Marks the category and everything below it. */
static void mark_subtree(const struct snapshot *s, int32_t top, bool *marked)
{
    for (size_t i = 0; i < s->n_categories; i++) {
        int32_t at = (int32_t)i;
        while (at >= 0 && at != top) {
            at = s->categories[at].parent;
        }
        marked[i] = marked[i] || at == top;
    }
}

static bool parse_categories(struct http_request *r, const struct snapshot *s,
                             struct complaint_filter *filter)
{
    struct str rest = str_of(http_query(r, "category"));
    bool *marked = arena_calloc(http_arena(r), s->n_categories + 1, sizeof(*marked));
    struct strbuf list;
    if (rest.n == 0 || marked == NULL) {
        return true;
    }
    while (rest.n > 0) {
        struct str code = str_trim(str_cut(&rest, ','));
        const char *z = arena_strndup(http_arena(r), code.p, code.n);
        int32_t number = z == NULL ? -1 : snapshot_category_find(s, z);
        if (number < 0) {
            return bad(r, "category", FAULT_UNKNOWN_VALUE);
        }
        mark_subtree(s, number, marked);
    }
    strbuf_init(&list, LIST_MAX);
    for (size_t i = 0; i < s->n_categories; i++) {
        if (marked[i]) {
            strbuf_printf(&list, "%c%d", list.n == 0 ? '{' : ',', s->categories[i].id);
        }
    }
    strbuf_append_char(&list, '}');
    filter->category_ids = arena_strndup(http_arena(r), list.p, list.n);
    strbuf_free(&list);
    return true;
}

static bool known_status(struct str name)
{
    static const char *const statuses[] = {"received", "assigned", "accepted", "in_progress",
                                           "returned", "waiting",  "extended", "referred",
                                           "resolved", "closed",   "rejected", "reopened"};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (str_equal_z(name, statuses[i])) {
            return true;
        }
    }
    return false;
}

static bool known_channel(struct str name)
{
    return intake_channel(name) != NULL;
}

/* A comma list of known words as an array text. The group words open and done stand for several. */
static bool parse_words(struct http_request *r, const char *name, bool (*known)(struct str name),
                        const char **out)
{
    const char *text = http_query(r, name);
    struct str rest = str_of(text);
    if (text == NULL) {
        return true;
    }
    if (strcmp(text, "open") == 0) {
        *out = "{received,assigned,accepted,in_progress,returned,waiting,extended,reopened}";
        return true;
    }
    if (strcmp(text, "done") == 0) {
        *out = "{resolved,closed,rejected,referred}";
        return true;
    }
    while (rest.n > 0) {
        if (!known(str_trim(str_cut(&rest, ',')))) {
            return bad(r, name, FAULT_UNKNOWN_VALUE);
        }
    }
    *out = arena_printf(http_arena(r), "{%s}", text); /* known words only: nothing to escape */
    return true;
}

static bool parse_times(struct http_request *r, struct complaint_filter *filter)
{
    int64_t from = INT64_MIN;
    int64_t to = INT64_MIN;
    char text[CLOCK_TEXT_MAX];
    if (!api_query_time(r, "from", &from) || !api_query_time(r, "to", &to)) {
        return false;
    }
    if (from != INT64_MIN) {
        filter->from = arena_strdup(http_arena(r), clock_format(from, text));
    }
    if (to != INT64_MIN) {
        filter->to = arena_strdup(http_arena(r), clock_format(to, text));
    }
    return true;
}

static bool parse_box(struct http_request *r, struct complaint_filter *filter)
{
    const char *text = http_query(r, "bbox");
    double v[4];
    if (text == NULL) {
        return true;
    }
    for (int i = 0; i < 4; i++) {
        char *end = NULL;
        v[i] = strtod(text, &end);
        if (end == text || *end != (i < 3 ? ',' : '\0') || !isfinite(v[i])) {
            return bad(r, "bbox", FAULT_MALFORMED);
        }
        text = end + 1;
    }
    if (v[0] > v[2] || v[1] > v[3] || fabs(v[1]) > 90 || fabs(v[3]) > 90 || fabs(v[0]) > 180 ||
        fabs(v[2]) > 180) {
        return bad(r, "bbox", FAULT_OUT_OF_RANGE);
    }
    filter->has_box = true;
    filter->box = (struct geo_box){v[0], v[1], v[2], v[3]};
    for (int i = 0; i < 4; i++) {
        snprintf(filter->numbers[i], sizeof(filter->numbers[i]), "%.9f", v[i]);
    }
    return true;
}

bool api_filter_parse(struct http_request *r, const struct snapshot *s,
                      struct complaint_filter *filter)
{
    *filter = (struct complaint_filter){.agency = http_query(r, "agency"),
                                        .ward = http_query(r, "ward"),
                                        .text = http_query(r, "q")};
    if ((filter->text != NULL && !utf8_valid(str_of(filter->text))) ||
        (filter->agency != NULL && !utf8_valid(str_of(filter->agency))) ||
        (filter->ward != NULL && !utf8_valid(str_of(filter->ward)))) {
        return bad(r, filter->text != NULL ? "q" : "agency", FAULT_NOT_UTF8);
    }
    return parse_categories(r, s, filter) &&
           parse_words(r, "status", known_status, &filter->statuses) &&
           parse_words(r, "channel", known_channel, &filter->channels) && parse_times(r, filter) &&
           parse_box(r, filter);
}
