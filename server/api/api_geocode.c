/* Addresses to places and back: /api/v1/geocode, /api/v1/reverse. Answered from the snapshot,
 * without the database. */
#include <stdio.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_geocode.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/base/utf8.h"

#define JSON_MAX          ((size_t)1 << 20)
#define GEOCODE_LIMIT     5
#define GEOCODE_LIMIT_MAX 20
#define QUESTION_MAX      320
#define CHOICES_MAX       GEOCODE_CHOICES_MAX

#define SURE         0.85 /* a first candidate this sure needs no question */
#define CLOSE_SECOND 0.35 /* a second with less than this share of the first is no rival */

struct answer {
    const struct geo_candidate *found;
    size_t n, asked; /* so many candidates, of which so many are told */
    double metres;   /* from the point that was asked for; -1: none was */
    int64_t at_us;
    const struct geo_part *parts; /* of the text, as understood */
    size_t n_parts;
};

static void unit_json(struct strbuf *out, const char *key, const struct snapshot *s, int32_t number)
{
    json_text_key(out, key);
    if (number < 0) {
        strbuf_append_z(out, "null");
        return;
    }
    strbuf_append_char(out, '{');
    json_text_field(out, "code", s->boundaries[number].code);
    json_text_field(out, "name", s->boundaries[number].name);
    strbuf_append_char(out, '}');
}

/* Ward and district of another day: the administration before the one in force, where it differs.
 */
static void former_json(struct strbuf *out, const struct snapshot *s, struct geo_point point,
                        int64_t at_us)
{
    int64_t before = snapshot_before(s, at_us);
    json_text_key(out, "former");
    strbuf_append_char(out, '{');
    bool known = before != INT64_MIN;
    unit_json(out, "ward", s, known ? snapshot_boundary_at(s, LEVEL_WARD, point, before) : -1);
    unit_json(out, "district", s,
              known ? snapshot_boundary_at(s, LEVEL_DISTRICT, point, before) : -1);
    strbuf_append_char(out, '}');
}

static void candidate_json(struct strbuf *out, const struct snapshot *s,
                           const struct geo_candidate *c, double metres, int64_t at_us)
{
    strbuf_append_z(out, "{\"type\":\"Feature\"");
    strbuf_printf(out, ",\"geometry\":{\"type\":\"Point\",\"coordinates\":[%.7f,%.7f]}",
                  c->point.lon, c->point.lat);
    json_text_key(out, "properties");
    strbuf_append_z(out, "{\"geocoding\":{");
    json_text_field(out, "label", c->label);
    json_text_field(out, "name", c->street[0] != '\0' ? c->street : c->label);
    json_text_field(out, "housenumber", c->housenumber[0] == '\0' ? NULL : c->housenumber);
    json_text_field(out, "street", c->street[0] == '\0' ? NULL : c->street);
    if (metres >= 0) {
        json_text_key(out, "distance");
        strbuf_printf(out, "%.0f", metres);
    }
    strbuf_append_char(out, '}');
    json_text_key(out, "confidence");
    strbuf_printf(out, "%.3f", c->confidence);
    json_text_field(out, "match", geo_match_name(c->match));
    unit_json(out, "ward", s, snapshot_boundary_at(s, LEVEL_WARD, c->point, at_us));
    unit_json(out, "district", s, snapshot_boundary_at(s, LEVEL_DISTRICT, c->point, at_us));
    former_json(out, s, c->point, at_us);
    json_text_field(out, "not_understood", c->unmatched[0] == '\0' ? NULL : c->unmatched);
    strbuf_append_z(out, "}}");
}

/* What tells two candidates apart in a caller's words: their wards, else their districts, else
 * their streets. */
static bool separating(const struct snapshot *s, const struct geo_candidate *a,
                       const struct geo_candidate *b, int64_t at_us, const char *names[2])
{
    for (int level = 0; level < LEVEL_COUNT; level++) {
        int32_t x = snapshot_boundary_at(s, (enum boundary_level)level, a->point, at_us);
        int32_t y = snapshot_boundary_at(s, (enum boundary_level)level, b->point, at_us);
        if (x >= 0 && y >= 0 && x != y) {
            names[0] = s->boundaries[x].name;
            names[1] = s->boundaries[y].name;
            return strcmp(names[0], names[1]) != 0;
        }
    }
    names[0] = a->street;
    names[1] = b->street;
    return names[0][0] != '\0' && names[1][0] != '\0' && strcmp(names[0], names[1]) != 0;
}

/* The candidates close to the first, under names that tell them apart; fewer than two: no question.
 */
static size_t choices(const struct snapshot *s, const struct answer *a, const char **names,
                      size_t *index)
{
    const struct geo_candidate *found = a->found;
    size_t n = 0;
    for (size_t i = 1; i < a->n && n < CHOICES_MAX && found[0].confidence < SURE; i++) {
        const char *pair[2];
        if (found[i].confidence < CLOSE_SECOND * found[0].confidence ||
            !separating(s, &found[0], &found[i], a->at_us, pair)) {
            continue;
        }
        bool known = false;
        for (size_t k = 0; k < n; k++) {
            known = known || strcmp(names[k], pair[1]) == 0;
        }
        if (n == 0) {
            names[n] = pair[0];
            index[n++] = 0;
        }
        if (!known && strcmp(names[0], pair[0]) == 0) {
            names[n] = pair[1];
            index[n++] = i;
        }
    }
    return n;
}

/* "Bến Thành, Tân Định hay An Phú?" */
static void question_text(const struct http_request *r, const char *const *names, size_t n,
                          char text[QUESTION_MAX])
{
    size_t at = 0;
    for (size_t i = 0; i < n && at < QUESTION_MAX; i++) {
        const char *last = http_language(r) == HTTP_EN ? " or " : " hay ";
        const char *before = i == 0 ? "" : (i + 1 == n ? last : ", ");
        at += (size_t)snprintf(text + at, QUESTION_MAX - at, "%s%s", before, names[i]);
    }
    (void)snprintf(text + strlen(text), QUESTION_MAX - strlen(text), "?");
}

/* The one question that would settle it where the first are close, and its choices, each the number
 * of a feature; null where none would. */
static void question_json(struct strbuf *out, const struct http_request *r,
                          const struct snapshot *s, const struct answer *a)
{
    const char *names[CHOICES_MAX];
    size_t index[CHOICES_MAX];
    size_t n = choices(s, a, names, index);
    if (n < 2) {
        json_text_field(out, "question", NULL);
        return;
    }
    char text[QUESTION_MAX];
    question_text(r, names, n, text);
    json_text_field(out, "question", text);
    json_text_key(out, "choices");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        strbuf_append_z(out, i == 0 ? "{" : ",{");
        json_text_field(out, "label", names[i]);
        if (index[i] < a->asked) {
            json_text_field_int(out, "feature", (int64_t)index[i]);
        }
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

static void parts_json(struct strbuf *out, const struct answer *a)
{
    json_text_key(out, "parts");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < a->n_parts; i++) {
        strbuf_append_z(out, i == 0 ? "{" : ",{");
        json_text_field(out, "part", geo_part_name(a->parts[i].kind));
        json_text_field(out, "text", a->parts[i].text);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

static void send_candidates(struct http_request *r, const struct snapshot *s,
                            const struct answer *a)
{
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, "{\"type\":\"FeatureCollection\",\"geocoding\":{\"version\":\"0.1.0\"");
    json_text_field(&out, "attribution", s->city.attribution);
    strbuf_append_char(&out, '}');
    question_json(&out, r, s, a);
    parts_json(&out, a);
    json_text_key(&out, "features");
    strbuf_append_char(&out, '[');
    for (size_t i = 0; i < a->n && i < a->asked; i++) {
        if (i > 0) {
            strbuf_append_char(&out, ',');
        }
        candidate_json(&out, s, &a->found[i], a->metres, a->at_us);
    }
    strbuf_append_z(&out, "]}");
    http_send_json(r, 200, &out);
}

static bool read_query(struct http_request *r, struct geo_gazetteer_query *query, double *limit)
{
    const char *text = http_query(r, "q");
    if (!api_query_number(r, "limit", false, 1, GEOCODE_LIMIT_MAX, limit) ||
        !api_query_time(r, "at", &query->at_us)) {
        return false;
    }
    if (text == NULL || !utf8_valid(str_of(text))) {
        http_problem_field(r, 400, "q", text == NULL ? FAULT_REQUIRED : FAULT_NOT_UTF8);
        return false;
    }
    query->text = str_of(text);
    query->prefix = http_query(r, "autocomplete") != NULL;
    query->has_bias = http_query(r, "lon") != NULL && http_query(r, "lat") != NULL;
    return !query->has_bias || (api_query_number(r, "lon", true, -180, 180, &query->bias.lon) &&
                                api_query_number(r, "lat", true, -90, 90, &query->bias.lat));
}

static void get_geocode(struct http_request *r)
{
    struct snapshot *s = api_snapshot(r);
    double limit = GEOCODE_LIMIT;
    struct geo_gazetteer_query query = {.at_us = clock_now_us()};
    struct geo_candidate found[GEOCODE_LIMIT_MAX];
    if (s == NULL || !read_query(r, &query, &limit)) {
        return;
    }
    size_t asked = (size_t)limit;
    query.limit = asked < 2 ? 2 : asked; /* the second decides whether there is a question */
    size_t n = s->gazetteer == NULL
                   ? 0
                   : geo_gazetteer_find(s->gazetteer, &query, found, GEOCODE_LIMIT_MAX);
    struct geo_part parts[GEO_PARTS_MAX];
    const struct answer answer = {
        .found = found,
        .n = n,
        .asked = asked,
        .metres = -1,
        .at_us = query.at_us,
        .parts = parts,
        .n_parts = s->gazetteer == NULL
                       ? 0
                       : geo_gazetteer_parts(s->gazetteer, &query, parts, GEO_PARTS_MAX)};
    send_candidates(r, s, &answer);
}

size_t api_geocode_choices(struct http_request *r, const struct snapshot *s, const char *text,
                           struct geocode_choice out[GEOCODE_CHOICES_MAX], const char **question)
{
    struct geo_candidate found[GEOCODE_LIMIT];
    struct geo_gazetteer_query query = {
        .text = str_of(text), .at_us = clock_now_us(), .limit = GEOCODE_LIMIT};
    struct answer answer = {.found = found, .asked = GEOCODE_LIMIT, .at_us = query.at_us};
    const char *names[CHOICES_MAX] = {NULL};
    size_t index[CHOICES_MAX] = {0};
    char words[QUESTION_MAX];
    answer.n =
        s->gazetteer == NULL ? 0 : geo_gazetteer_find(s->gazetteer, &query, found, GEOCODE_LIMIT);
    size_t n = answer.n == 0 ? 0 : choices(s, &answer, names, index);
    question_text(r, names, n, words);
    *question = arena_strdup(http_arena(r), words);
    for (size_t i = 0; i < n; i++) {
        out[i] =
            (struct geocode_choice){.name = arena_strdup(http_arena(r), names[i]),
                                    .label = arena_strdup(http_arena(r), found[index[i]].label),
                                    .point = found[index[i]].point};
        n = out[i].name == NULL || out[i].label == NULL ? 0 : n;
    }
    return *question == NULL ? 0 : n;
}

static void append_name(struct geo_candidate *c, const char *name)
{
    size_t n = strlen(c->label);
    (void)snprintf(c->label + n, sizeof(c->label) - n, "%s%s", n > 0 ? ", " : "", name);
}

/* "đường Quang Trung (cách 35 m)": what lies nearest, as a caller would say it. */
static double name_nearest(const struct geo_nearest *near, bool english, struct geo_candidate *out)
{
    out->match = near->match;
    (void)snprintf(out->housenumber, sizeof(out->housenumber), "%s", near->housenumber);
    (void)snprintf(out->street, sizeof(out->street), "%s", near->street);
    if (near->metres < 5) {
        (void)snprintf(out->label, sizeof(out->label), "%s", near->name);
    } else {
        (void)snprintf(out->label, sizeof(out->label),
                       english ? "%s (%.0f m away)" : "%s (cách %.0f m)", near->name, near->metres);
    }
    return near->metres;
}

static void get_reverse(struct http_request *r)
{
    struct snapshot *s = api_snapshot(r);
    struct geo_candidate here = {.match = GEO_MATCH_WARD, .confidence = 1};
    struct geo_nearest near;
    struct answer answer = {.found = &here, .asked = 1, .metres = -1, .at_us = clock_now_us()};
    if (s == NULL || !api_query_number(r, "lon", true, -180, 180, &here.point.lon) ||
        !api_query_number(r, "lat", true, -90, 90, &here.point.lat) ||
        !api_query_time(r, "at", &answer.at_us)) {
        return;
    }
    int32_t ward = snapshot_boundary_at(s, LEVEL_WARD, here.point, answer.at_us);
    int32_t district = snapshot_boundary_at(s, LEVEL_DISTRICT, here.point, answer.at_us);
    bool known = s->gazetteer != NULL && geo_gazetteer_nearest(s->gazetteer, here.point, &near);
    if (known) {
        answer.metres = name_nearest(&near, http_language(r) == HTTP_EN, &here);
    } else if (ward < 0) {
        here.match = GEO_MATCH_DISTRICT;
    }
    if (ward >= 0) {
        append_name(&here, s->boundaries[ward].name);
    }
    if (district >= 0) {
        append_name(&here, s->boundaries[district].name);
    }
    answer.n = known || ward >= 0 || district >= 0;
    send_candidates(r, s, &answer);
}

const struct http_route api_geocode_routes[] = {
    {HTTP_GET, "/api/v1/geocode", get_geocode,
     ABOUT(.tag = "places", .summary = "Find an address or a place",
           .query = "q limit at lon lat autocomplete", .answer = "GeocodeResult")},
    {HTTP_GET, "/api/v1/reverse", get_reverse,
     ABOUT(.tag = "places", .summary = "The address of a point", .query = "lon lat at",
           .answer = "GeocodeResult")},
};
const size_t n_api_geocode_routes = sizeof(api_geocode_routes) / sizeof(api_geocode_routes[0]);
