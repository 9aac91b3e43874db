#include "server/api/api_filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/utf8.h"
#include "server/intake/intake.h"
#include "server/store/store_heat.h"

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

bool api_query_flag(struct http_request *r, const char *name, bool *out)
{
    const char *text = http_query(r, name);
    *out = text != NULL && strcmp(text, "true") == 0;
    return text == NULL || *out || strcmp(text, "false") == 0 || bad(r, name, FAULT_WRONG_TYPE);
}

/* Marks what is below a marked one. */
static void mark_subtrees(const struct snapshot *s, bool *marked)
{
    for (size_t i = 0; i < s->n_categories; i++) {
        int32_t at = (int32_t)i;
        while (at >= 0 && !marked[at]) {
            at = s->categories[at].parent;
        }
        marked[i] = at >= 0;
    }
}

/* The numbers as "{1,2}". */
static const char *list_of(struct http_request *r, const int32_t *ids, size_t n)
{
    char *list = arena_alloc(http_arena(r), 12 * n + 3);
    char *p = list;
    for (size_t i = 0; p != NULL && i < n; i++) {
        char digits[12];
        char *d = digits + sizeof(digits);
        for (uint32_t left = (uint32_t)ids[i]; d == digits + sizeof(digits) || left > 0;
             left /= 10) {
            *--d = (char)('0' + left % 10);
        }
        *p++ = i == 0 ? '{' : ',';
        memcpy(p, d, (size_t)(digits + sizeof(digits) - d));
        p += digits + sizeof(digits) - d;
    }
    if (p != NULL) {
        memcpy(p, n == 0 ? "{}" : "}", n == 0 ? 3 : 2);
    }
    return list;
}

static bool parse_categories(struct http_request *r, const struct snapshot *s,
                             struct complaint_filter *filter)
{
    struct str rest = str_of(http_query(r, "category"));
    bool *marked = arena_calloc(http_arena(r), s->n_categories + 1, sizeof(*marked));
    int32_t *ids = arena_calloc(http_arena(r), s->n_categories + 1, sizeof(*ids));
    if (rest.n == 0) {
        return true;
    }
    if (marked == NULL || ids == NULL) {
        http_problem(r, 503, NULL);
        return false;
    }
    while (rest.n > 0) {
        size_t at = 0;
        int32_t number = code_table_find(&s->category_codes, str_trim(str_cut(&rest, ',')), &at);
        if (number < 0) {
            return bad(r, "category", FAULT_UNKNOWN_VALUE);
        }
        marked[number] = true;
    }
    mark_subtrees(s, marked);
    for (size_t i = 0; i < s->n_categories; i++) {
        ids[filter->n_categories] = s->categories[i].id;
        filter->n_categories += marked[i];
    }
    filter->categories = ids;
    filter->category_ids = list_of(r, ids, filter->n_categories);
    if (filter->category_ids == NULL) {
        http_problem(r, 503, NULL);
        return false;
    }
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
    struct geo_heat_box box = geo_heat_box_of(filter->box);
    const uint32_t edges[4] = {box.west, box.north, box.east, box.south};
    for (int i = 0; i < 4; i++) {
        snprintf(filter->numbers[i], sizeof(filter->numbers[i]), "%.9f",
                 v[i] + (i < 2 ? -1e-6 : 1e-6));
        snprintf(filter->places[i], sizeof(filter->places[i]), "%u", edges[i]);
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

/* --- for the heat index ----------------------------------------------------------------------- */

/* "{a,b}" as bits; words that `find` does not know want nothing. */
static unsigned bits_of(const char *list, int (*find)(struct str name))
{
    struct str rest = str_of(list);
    unsigned bits = 0;
    rest.p++;
    rest.n -= 2;
    while (rest.n > 0) {
        int bit = find(str_trim(str_cut(&rest, ',')));
        bits |= bit >= 0 ? 1U << bit : 0;
    }
    return bits;
}

/* The numbers that codes with commas between have, each once; `most` are all there are. */
static int32_t *numbers_of(struct http_request *r, const struct code_table *table,
                           const char *codes, size_t most, size_t *n)
{
    int32_t *numbers = arena_calloc(http_arena(r), most + 1, sizeof(*numbers));
    bool *had = arena_calloc(http_arena(r), most + 1, sizeof(*had));
    if (numbers == NULL || had == NULL) {
        return NULL;
    }
    for (struct str rest = str_of(codes); rest.n > 0;) {
        struct str code = str_cut(&rest, ',');
        int32_t number;
        for (size_t at = 0; (number = code_table_find(table, code, &at)) >= 0;) {
            numbers[*n] = number;
            *n += !had[number];
            had[number] = true;
        }
    }
    return numbers;
}

static const int32_t *agencies_of(struct http_request *r, const struct snapshot *s,
                                  const char *codes, size_t *n)
{
    int32_t *ids = numbers_of(r, &s->agency_codes, codes, s->n_agencies, n);
    for (size_t i = 0; ids != NULL && i < *n; i++) {
        ids[i] = s->agencies[ids[i]].id;
    }
    return ids;
}

static const int32_t *wards_of(struct http_request *r, const struct snapshot *s, const char *codes,
                               size_t *n)
{
    int32_t *ids = numbers_of(r, &s->ward_codes, codes, s->n_boundaries, n);
    for (size_t i = 0; ids != NULL && i < *n; i++) {
        ids[i] = s->boundaries[ids[i]].id;
    }
    return ids;
}

bool api_filter_heat(struct http_request *r, const struct snapshot *s,
                     const struct complaint_filter *f, struct geo_heat_filter *out)
{
    int64_t us = 0;
    bool ok = true;
    *out = (struct geo_heat_filter){.has_from = f->from != NULL, .has_to = f->to != NULL};
    out->categories = f->categories;
    out->n_categories = f->n_categories;
    if (f->agency != NULL) {
        out->agencies = agencies_of(r, s, f->agency, &out->n_agencies);
        ok = ok && out->agencies != NULL;
    }
    if (f->ward != NULL) {
        out->wards = wards_of(r, s, f->ward, &out->n_wards);
        ok = ok && out->wards != NULL;
    }
    if (f->statuses != NULL) {
        out->statuses = (uint16_t)bits_of(f->statuses, store_heat_status);
        ok = ok && out->statuses != 0;
    }
    if (f->channels != NULL) {
        out->channels = (uint8_t)bits_of(f->channels, store_heat_channel);
        ok = ok && out->channels != 0;
    }
    if (f->from != NULL && clock_parse_rfc3339(str_of(f->from), &us)) {
        out->from_s = us / 1000000 - (us % 1000000 < 0);
    }
    if (f->to != NULL && clock_parse_rfc3339(str_of(f->to), &us)) {
        out->to_s = us / 1000000 - (us % 1000000 < 0);
    }
    out->has_box = f->has_box;
    out->box = geo_heat_box_of(f->box);
    return ok;
}
