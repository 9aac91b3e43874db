#include "server/api/deadline_view.h"

#include "routing/route_date.h"
#include "server/base/json_text.h"
#include "server/store/store_deadline.h"

#define SENTENCE_MAX 16000

static void day_field(struct strbuf *out, const char *key, int32_t day)
{
    struct route_date d = route_date_of_day(day);
    json_text_key(out, key);
    strbuf_printf(out, "\"%04d-%02d-%02d\"", (int)d.year, (int)d.month, (int)d.day);
}

static void skip_json(struct strbuf *out, const struct route_skip *skip,
                      enum http_language language)
{
    static const char *const whys[] = {[ROUTE_SKIP_WEEKEND] = "weekend",
                                       [ROUTE_SKIP_HOLIDAY] = "holiday",
                                       [ROUTE_SKIP_PAUSED] = "paused",
                                       [ROUTE_SKIP_WORKED] = "worked"};
    strbuf_append_char(out, '{');
    json_text_field(out, "why", whys[skip->why]);
    if (skip->why != ROUTE_SKIP_WEEKEND) {
        json_text_field(out, "name", language == HTTP_EN ? skip->name_en : skip->name_vi);
    }
    if (skip->why == ROUTE_SKIP_PAUSED) {
        json_text_field_time(out, "from", skip->from_us);
        json_text_field_time(out, "to", skip->to_us);
    } else {
        day_field(out, "from", skip->first_day);
        day_field(out, "to", skip->last_day);
    }
    json_text_field_int(out, "days", skip->days);
    strbuf_append_char(out, '}');
}

/* Days that were counted although the week does not work them are told apart from skipped ones. */
static void skips_json(struct strbuf *out, const char *key, const struct route_due_reason *why,
                       bool worked, enum http_language language)
{
    bool first = true;
    json_text_key(out, key);
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < why->n_skips; i++) {
        if ((why->skips[i].why == ROUTE_SKIP_WORKED) != worked) {
            continue;
        }
        if (!first) {
            strbuf_append_char(out, ',');
        }
        first = false;
        skip_json(out, &why->skips[i], language);
    }
    strbuf_append_char(out, ']');
}

static void step_json(struct strbuf *out, const struct snapshot *s, enum route_step step,
                      const struct route_due_reason *why, enum http_language language)
{
    const struct route_calendar_row *row =
        why->calendar < 0 ? NULL : route_deadlines_calendar(s->deadlines, why->calendar);
    bool committed = why->deadline.kind == ROUTE_DEADLINE_INHERIT;
    json_text_field_bool(out, "committed", committed);
    json_text_field(out, "unit", committed ? NULL : store_deadline_unit(why->deadline.kind));
    json_text_field_int(out, "amount", why->deadline.value);
    json_text_field_time(out, "from", why->from_us);
    json_text_key(out, "calendar");
    if (row == NULL) {
        strbuf_append_z(out, "null");
    } else {
        strbuf_append_char(out, '{');
        json_text_field(out, "code", row->code);
        json_text_field(out, "name", language == HTTP_EN ? row->name_en : row->name_vi);
        strbuf_append_char(out, '}');
    }
    skips_json(out, "skipped", why, false, language);
    skips_json(out, "worked_instead", why, true, language);
    json_text_field_bool(out, "office_hours_only", why->outside_hours);
    json_text_field_bool(out, "limited_by_next_step", why->limited);
    struct strbuf text;
    strbuf_init(&text, SENTENCE_MAX);
    route_deadlines_sentence(s->deadlines, step, why, language == HTTP_EN, &text);
    json_text_key(out, "text");
    json_text_string_n(out, text.failed ? STR("") : (struct str){text.p, text.n});
    strbuf_free(&text);
}

void deadline_view_json(struct strbuf *out, const struct snapshot *s,
                        const struct route_deadline_facts *facts, const struct route_due *stored,
                        enum http_language language)
{
    strbuf_append_char(out, '{');
    for (int step = 0; step < ROUTE_STEPS; step++) {
        struct route_due_reason why;
        json_text_key(out, route_step_names[step]);
        if (stored != NULL && stored->at_us[step] == INT64_MIN) {
            strbuf_append_z(out, "null");
            continue;
        }
        route_deadlines_explain(s->deadlines, facts, (enum route_step)step, &why);
        strbuf_append_char(out, '{');
        json_text_field_time(out, "due", stored == NULL ? why.due_us : stored->at_us[step]);
        if (stored != NULL && stored->at_us[step] != why.due_us) {
            json_text_field_time(out, "computed", why.due_us);
        }
        step_json(out, s, (enum route_step)step, &why, language);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, '}');
}
