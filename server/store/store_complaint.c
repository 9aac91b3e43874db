#include "server/store/store_complaint.h"

#include "server/base/json_text.h"
#include "server/store/store_deadline.h"

/* Microseconds as PostgreSQL reads them exactly: "@" is not accepted, so whole seconds and a
 * fraction in UTC. */
static void append_instant(struct strbuf *out, const char *key, int64_t us)
{
    if (us == INT64_MIN) {
        return;
    }
    int64_t days = us / INT64_C(86400000000);
    int64_t rest = us % INT64_C(86400000000);
    if (rest < 0) {
        rest += INT64_C(86400000000);
        days--;
    }
    /* Civil date from days since 1970: H. Hinnant, "chrono-compatible low-level date algorithms".
     */
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t day = doy - (153 * mp + 2) / 5 + 1;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = yoe + era * 400 + (month <= 2);
    int64_t second = rest / 1000000;
    json_text_key(out, key);
    strbuf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ\"", (int)year, (int)month, (int)day,
                  (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60),
                  (int)(rest % 1000000));
}

static void append_optional(struct strbuf *out, const char *key, const char *text)
{
    if (text != NULL) {
        json_text_field(out, key, text);
    }
}

static void append_place(struct strbuf *out, const struct snapshot *s,
                         const struct complaint_place *place)
{
    if (place->has_point) {
        json_text_field_number(out, "lon", place->point.lon);
        json_text_field_number(out, "lat", place->point.lat);
    }
    json_text_field(out, "place_match", place_match_name(place->match));
    json_text_field_number(out, "place_confidence", place->confidence);
    if (place->ward >= 0) {
        json_text_field_int(out, "ward_id", s->boundaries[place->ward].id);
    }
    if (place->district >= 0) {
        json_text_field_int(out, "district_id", s->boundaries[place->district].id);
    }
}

/* Kept with the history's first entry, for the staff only: it tells where the reporter may be. */
static void append_alternatives(struct strbuf *out, const struct complaint_record *record)
{
    if (record->n_alternatives == 0) {
        return;
    }
    json_text_key(out, "internal");
    strbuf_append_char(out, '{');
    json_text_field(out, "not_understood", record->not_understood);
    json_text_key(out, "alternatives");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < record->n_alternatives; i++) {
        const struct complaint_alternative *a = &record->alternatives[i];
        strbuf_append_z(out, i > 0 ? ",{" : "{");
        json_text_field(out, "label", a->label);
        json_text_field(out, "match", place_match_name(a->match));
        json_text_field_number(out, "confidence", a->confidence);
        json_text_field_number(out, "lon", a->point.lon);
        json_text_field_number(out, "lat", a->point.lat);
        strbuf_append_char(out, '}');
    }
    strbuf_append_z(out, "]}");
}

static void append_assignment(struct strbuf *out, const struct snapshot *s,
                              const struct complaint_record *record)
{
    const struct route_decision *d = &record->decision;
    json_text_field_int(out, "agency_id", s->agencies[d->agency].id);
    if (d->desk >= 0) {
        json_text_field_int(out, "desk_id", s->desks[d->desk].id);
    }
    if (d->jurisdiction >= 0) {
        json_text_field_int(out, "jurisdiction_id", s->jurisdictions[d->jurisdiction].id);
    }
    if (s->rules != NULL) {
        append_optional(out, "rule", placing_rule_code(s, d));
        json_text_field_int(out, "rule_set_id", route_rules_version(s->rules));
    }
    append_instant(out, "due_at", record->due.at_us[ROUTE_STEP_RESOLVE]);
    append_instant(out, "pass_on_due_at", record->due.at_us[ROUTE_STEP_PASS_ON]);
    append_instant(out, "accept_due_at", record->due.at_us[ROUTE_STEP_ACCEPT]);
    append_instant(out, "answer_due_at", record->due.at_us[ROUTE_STEP_ANSWER]);
    if (!store_terms_none(&record->terms)) {
        json_text_key(out, "deadline_terms");
        store_terms_json(out, s->deadlines, &record->terms);
    }
    json_text_field(out, "reason_vi", record->reason_vi);
    json_text_field(out, "reason_en", record->reason_en);
    json_text_key(out, "detail");
    strbuf_append_char(out, '{');
    json_text_field(out, "agency", s->agencies[d->agency].code);
    append_optional(out, "rule", placing_rule_code(s, d));
    append_alternatives(out, record);
    if (record->account != NULL) {
        json_text_key(out, "decision");
        strbuf_append_z(out, record->account);
    }
    strbuf_append_char(out, '}');
}

static void append_said(struct strbuf *out, const struct snapshot *s,
                        const struct complaint_draft *draft)
{
    json_text_field(out, "channel", draft->channel);
    json_text_field_int(out, "category_id", s->categories[draft->category].id);
    json_text_field(out, "description", draft->description);
    append_optional(out, "address", draft->address);
    append_instant(out, "occurred_at", draft->occurred_at_us);
    append_instant(out, "closed_at", draft->closed_at_us);
    if (draft->has_point && draft->accuracy_m >= 0) {
        json_text_field_number(out, "accuracy_m", draft->accuracy_m);
    }
    if (draft->attributes != NULL) {
        json_text_key(out, "attributes");
        strbuf_append_z(out, draft->attributes);
    }
    append_optional(out, "source", draft->source);
    append_optional(out, "source_id", draft->source_id);
    append_optional(out, "reporter_name", draft->reporter.name);
    append_optional(out, "reporter_phone", draft->reporter.phone);
    append_optional(out, "reporter_email", draft->reporter.email);
    if (draft->reporter.anonymous) {
        json_text_field_bool(out, "reporter_anonymous", true);
    }
    append_optional(out, "reporter_lang", draft->reporter.lang);
}

/* A record from the past is closed; a new one waits for its agency, or for a person to place it. */
static const char *first_status(const struct complaint_record *record)
{
    if (record->draft->closed_at_us != INT64_MIN) {
        return "closed";
    }
    return record->decision.fallback ? "received" : "assigned";
}

void store_complaint_append(struct strbuf *out, const struct snapshot *s, size_t n,
                            const struct complaint_record *record)
{
    strbuf_append_char(out, '{');
    json_text_field_int(out, "n", (int64_t)n);
    json_text_field_int(out, "id", record->id);
    json_text_field(out, "code", record->code);
    append_instant(out, "received_at", record->received_at_us);
    json_text_field(out, "status", first_status(record));
    json_text_field(out, "actor", record->actor);
    if (record->key != NULL) {
        json_text_field(out, "client", record->client);
        json_text_field(out, "key", record->key);
        json_text_field(out, "request_hash", record->request_hash);
    }
    append_said(out, s, record->draft);
    append_place(out, s, &record->place);
    if (record->flags != 0) {
        char flags[COMPLAINT_FLAGS_TEXT_MAX];
        json_text_field(out, "flags", complaint_flags_text(record->flags, flags));
    }
    append_assignment(out, s, record);
    strbuf_append_char(out, '}');
}
