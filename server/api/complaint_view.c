#include "server/api/complaint_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "server/base/json_text.h"
#include "server/base/mask.h"
#include "server/intake/placing.h"

/* Public places are moved to the middle of a cell of about 110 m. */
#define PUBLIC_GRID 0.001
#define MASKED_MAX  ((size_t)256 << 10)

void complaint_view_of_row(struct complaint_view *v, const struct db_rows *r, size_t row)
{
    *v = (struct complaint_view){
        .code = db_rows_text_or_null(r, row, 0),
        .status = db_rows_text_or_null(r, row, 1),
        .channel = db_rows_text_or_null(r, row, 2),
        .category = db_rows_text_or_null(r, row, 3),
        .category_vi = db_rows_text_or_null(r, row, 4),
        .category_en = db_rows_text_or_null(r, row, 5),
        .description = db_rows_text_or_null(r, row, 6),
        .address = db_rows_text_or_null(r, row, 7),
        .attributes = db_rows_text_or_null(r, row, 8),
        .received_at_us = db_rows_int_or(r, row, 10, INT64_MIN),
        .occurred_at_us = db_rows_int_or(r, row, 11, INT64_MIN),
        .updated_at_us = db_rows_int_or(r, row, 12, INT64_MIN),
        .closed_at_us = db_rows_int_or(r, row, 13, INT64_MIN),
        .has_point = !db_rows_null(r, row, 14),
        .point = {db_rows_double_or(r, row, 14, 0), db_rows_double_or(r, row, 15, 0)},
        .accuracy_m = db_rows_double_or(r, row, 16, -1),
        .confidence = db_rows_double_or(r, row, 17, 0),
        .match = db_rows_text_or_null(r, row, 18),
        .ward = db_rows_text_or_null(r, row, 19),
        .ward_name = db_rows_text_or_null(r, row, 20),
        .district = db_rows_text_or_null(r, row, 21),
        .district_name = db_rows_text_or_null(r, row, 22),
        .agency = db_rows_text_or_null(r, row, 23),
        .agency_name = db_rows_text_or_null(r, row, 24),
        .desk = db_rows_text_or_null(r, row, 25),
        .desk_name = db_rows_text_or_null(r, row, 26),
        .due_at_us = db_rows_int_or(r, row, 27, INT64_MIN),
        .rule = db_rows_text_or_null(r, row, 28),
        .reason_vi = db_rows_text_or_null(r, row, 29),
        .reason_en = db_rows_text_or_null(r, row, 30),
        .version = (int32_t)db_rows_int(r, row, 32),
        .override_by = db_rows_text_or_null(r, row, 33),
        .override_at_us = db_rows_int_or(r, row, 34, INT64_MIN),
        .override_reason = db_rows_text_or_null(r, row, 35),
        .override_agency = db_rows_text_or_null(r, row, 36),
    };
    struct str flags = db_rows_str(r, row, 9);
    snprintf(v->flags, sizeof(v->flags), "%.*s", (int)flags.n, flags.p);
}

void complaint_view_of_record(struct complaint_view *v, const struct snapshot *s,
                              const struct complaint_record *record)
{
    const struct complaint_draft *draft = record->draft;
    const struct snapshot_category *category = &s->categories[draft->category];
    const struct complaint_place *place = &record->place;
    const struct route_decision *d = &record->decision;
    const struct snapshot_boundary *ward = place->ward < 0 ? NULL : &s->boundaries[place->ward];
    const struct snapshot_boundary *district =
        place->district < 0 ? NULL : &s->boundaries[place->district];
    const struct snapshot_desk *desk = d->desk < 0 ? NULL : &s->desks[d->desk];
    *v = (struct complaint_view){
        .code = record->code,
        .status = d->fallback ? "received" : "assigned",
        .channel = draft->channel,
        .category = category->code,
        .category_vi = category->name_vi,
        .category_en = category->name_en,
        .description = draft->description,
        .address = draft->address,
        .attributes = draft->attributes,
        .received_at_us = record->received_at_us,
        .occurred_at_us = draft->occurred_at_us,
        .updated_at_us = record->received_at_us,
        .closed_at_us = draft->closed_at_us,
        .has_point = place->has_point,
        .point = place->point,
        .accuracy_m = draft->accuracy_m,
        .confidence = place->confidence,
        .match = place_match_name(place->match),
        .ward = ward == NULL ? NULL : ward->code,
        .ward_name = ward == NULL ? NULL : ward->name,
        .district = district == NULL ? NULL : district->code,
        .district_name = district == NULL ? NULL : district->name,
        .agency = s->agencies[d->agency].code,
        .agency_name = s->agencies[d->agency].name,
        .desk = desk == NULL ? NULL : desk->code,
        .desk_name = desk == NULL ? NULL : desk->name,
        .due_at_us = d->due_at_us,
        .rule = placing_rule_code(s, d),
        .reason_vi = record->reason_vi,
        .reason_en = record->reason_en,
        .version = 1,
    };
    complaint_flags_text(record->flags, v->flags);
}

static void named(struct strbuf *out, const char *key, const char *code, const char *name)
{
    json_text_key(out, key);
    if (code == NULL) {
        strbuf_append_z(out, "null");
        return;
    }
    strbuf_append_char(out, '{');
    json_text_field(out, "code", code);
    json_text_field(out, "name", name);
    strbuf_append_char(out, '}');
}

struct geo_point complaint_view_shown(struct geo_point point)
{
    return (struct geo_point){(floor(point.lon / PUBLIC_GRID) + 0.5) * PUBLIC_GRID,
                              (floor(point.lat / PUBLIC_GRID) + 0.5) * PUBLIC_GRID};
}

void complaint_view_place_json(struct strbuf *out, const struct complaint_view *v)
{
    strbuf_append_char(out, '{');
    named(out, "ward", v->ward, v->ward_name);
    named(out, "district", v->district, v->district_name);
    json_text_field_number(out, "lon", v->has_point ? v->point.lon : (double)NAN);
    json_text_field_number(out, "lat", v->has_point ? v->point.lat : (double)NAN);
    json_text_field_number(out, "confidence", round(v->confidence * 1000) / 1000);
    json_text_field(out, "match", v->match);
    strbuf_append_char(out, '}');
}

/* The rules' reason stays; that somebody decided otherwise is said after it. */
static void reason_json(struct strbuf *out, const struct complaint_view *v,
                        enum http_language language)
{
    const char *reason = language == HTTP_EN ? v->reason_en : v->reason_vi;
    struct strbuf text;
    if (v->override_by == NULL) {
        json_text_field(out, "reason", reason);
        return;
    }
    strbuf_init(&text, 1 << 16);
    strbuf_printf(&text,
                  language == HTTP_EN ? "%s Staff then passed it on to %s by hand."
                                      : "%s Sau đó cán bộ đã chuyển lại cho %s.",
                  reason, v->agency_name);
    json_text_field(out, "reason", text.failed ? reason : text.p);
    strbuf_free(&text);
}

static void override_json(struct strbuf *out, const struct complaint_view *v)
{
    json_text_key(out, "override");
    if (v->override_by == NULL) {
        strbuf_append_z(out, "null");
        return;
    }
    strbuf_append_char(out, '{');
    json_text_field(out, "by", v->override_by);
    json_text_field_time(out, "at", v->override_at_us);
    json_text_field(out, "reason", v->override_reason);
    json_text_field(out, "agency", v->override_agency);
    strbuf_append_char(out, '}');
}

void complaint_view_assignment_json(struct strbuf *out, const struct complaint_view *v,
                                    enum complaint_reader reader, enum http_language language)
{
    strbuf_append_char(out, '{');
    named(out, "agency", v->agency, v->agency_name);
    named(out, "desk", v->desk, v->desk_name);
    json_text_field_time(out, "deadline", v->due_at_us);
    json_text_field(out, "rule", v->rule);
    reason_json(out, v, language);
    if (reader == READER_STAFF) {
        override_json(out, v);
    }
    strbuf_append_char(out, '}');
}

/* "{a,b}" as ["a","b"]; the words need no escaping. */
static void flags_json(struct strbuf *out, const char *flags)
{
    struct str rest = str_of(flags);
    rest = rest.n < 2 ? STR("") : (struct str){rest.p + 1, rest.n - 2};
    json_text_key(out, "flags");
    strbuf_append_char(out, '[');
    for (bool first = true; rest.n > 0; first = false) {
        if (!first) {
            strbuf_append_char(out, ',');
        }
        json_text_string_n(out, str_cut(&rest, ','));
    }
    strbuf_append_char(out, ']');
}

/* Whoever holds a code may have it from somebody: numbers and addresses in the words are masked. */
static void masked_field(struct strbuf *out, const char *name, const char *text)
{
    struct strbuf masked;
    strbuf_init(&masked, MASKED_MAX);
    mask_contacts(&masked, str_of(text));
    json_text_field(out, name, masked.failed ? NULL : masked.n == 0 ? "" : masked.p);
    strbuf_free(&masked);
}

static void words_json(struct strbuf *out, const struct complaint_view *v, bool staff)
{
    if (staff || v->description == NULL) {
        json_text_field(out, "description", v->description);
    } else {
        masked_field(out, "description", v->description);
    }
    json_text_field(out, "address", v->address);
    json_text_key(out, "attributes");
    strbuf_append_z(out, v->attributes == NULL ? "{}" : v->attributes);
    json_text_field_time(out, "occurred_at", v->occurred_at_us);
    if (v->accuracy_m >= 0) {
        json_text_field_number(out, "accuracy_m", v->accuracy_m);
    }
    flags_json(out, v->flags);
}

/* The object's fields among ours. */
static void work_json(struct strbuf *out, const char *work)
{
    size_t n = strlen(work);
    if (n > 2) {
        strbuf_append_char(out, ',');
        strbuf_append(out, work + 1, n - 2);
    }
}

void complaint_view_json(struct strbuf *out, const struct complaint_view *view,
                         enum complaint_reader reader, enum http_language language)
{
    struct complaint_view v = *view;
    strbuf_append_char(out, '{');
    if (reader != READER_PUBLIC) {
        json_text_field(out, "code", v.code);
    } else {
        v.point = complaint_view_shown(v.point);
    }
    json_text_field(out, "status", v.status);
    if (reader == READER_STAFF) {
        json_text_field_int(out, "version", v.version);
    }
    json_text_field(out, "channel", v.channel);
    json_text_key(out, "category");
    strbuf_append_char(out, '{');
    json_text_field(out, "code", v.category);
    json_text_field(out, "name", language == HTTP_EN ? v.category_en : v.category_vi);
    strbuf_append_char(out, '}');
    json_text_field_time(out, "received_at", v.received_at_us);
    json_text_field_time(out, "updated_at", v.updated_at_us);
    json_text_field_time(out, "closed_at", v.closed_at_us);
    if (reader != READER_PUBLIC) {
        words_json(out, &v, reader == READER_STAFF);
    }
    json_text_key(out, "place");
    complaint_view_place_json(out, &v);
    if (v.deadlines != NULL && reader != READER_PUBLIC) {
        json_text_key(out, "deadlines");
        strbuf_append_z(out, v.deadlines);
    }
    json_text_key(out, "assignment");
    complaint_view_assignment_json(out, &v, reader, language);
    if (v.work != NULL && reader != READER_PUBLIC) {
        work_json(out, v.work);
    }
    strbuf_append_char(out, '}');
}
