#include "server/intake/placing.h"

#include <stdio.h>
#include <string.h>

#include "routing/route_decide.h"
#include "routing/route_explain.h"
#include "server/base/str.h"
#include "server/intake/weighing.h"

#define ACCOUNT_MAX 16384 /* bytes of a decision's record */
#define REASON_MAX  2000  /* bytes of one sentence */

const char *place_match_name(enum place_match match)
{
    static const char *const names[] = {
        [PLACE_NONE] = "none",         [PLACE_COORDINATE] = "coordinate",
        [PLACE_HOUSE] = "house",       [PLACE_INTERPOLATED] = "interpolated",
        [PLACE_ALLEY] = "alley",       [PLACE_STREET] = "street",
        [PLACE_CROSSING] = "crossing", [PLACE_LANDMARK] = "place",
        [PLACE_WARD] = "ward",         [PLACE_DISTRICT] = "district",
    };
    return names[match];
}

const char *complaint_flags_text(unsigned flags, char out[COMPLAINT_FLAGS_TEXT_MAX])
{
    static const struct {
        enum complaint_flag flag;
        const char *name;
    } rows[] = {
        {COMPLAINT_OUTSIDE_CITY, "outside_city"},
        {COMPLAINT_UNPLACED, "unplaced"},
        {COMPLAINT_LOW_CONFIDENCE, "low_confidence"},
        {COMPLAINT_UNROUTED, "unrouted"},
    };
    size_t n = 0;
    out[n++] = '{';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((flags & (unsigned)rows[i].flag) != 0) {
            n += (size_t)snprintf(out + n, COMPLAINT_FLAGS_TEXT_MAX - n, "%s%s", n == 1 ? "" : ",",
                                  rows[i].name);
        }
    }
    snprintf(out + n, COMPLAINT_FLAGS_TEXT_MAX - n, "}");
    return out;
}

static enum place_match match_of(enum geo_match match)
{
    static const enum place_match matches[] = {
        [GEO_MATCH_HOUSE] = PLACE_HOUSE,
        [GEO_MATCH_INTERPOLATED] = PLACE_INTERPOLATED,
        [GEO_MATCH_ALLEY] = PLACE_ALLEY,
        [GEO_MATCH_STREET] = PLACE_STREET,
        [GEO_MATCH_CROSSING] = PLACE_CROSSING,
        [GEO_MATCH_PLACE] = PLACE_LANDMARK,
        [GEO_MATCH_WARD] = PLACE_WARD,
        [GEO_MATCH_DISTRICT] = PLACE_DISTRICT,
        [GEO_MATCH_COORDINATE] = PLACE_COORDINATE,
    };
    return matches[match];
}

/* The best candidate for the address, if the gazetteer has any. */
static bool locate_address(const struct snapshot *s, const char *address, int64_t at_us,
                           struct complaint_place *place)
{
    struct geo_candidate best;
    struct geo_gazetteer_query query = {.text = str_of(address), .at_us = at_us, .limit = 1};
    if (s->gazetteer == NULL || address == NULL ||
        geo_gazetteer_find(s->gazetteer, &query, &best, 1) == 0) {
        return false;
    }
    place->has_point = true;
    place->point = best.point;
    place->match = match_of(best.match);
    place->confidence = best.confidence;
    return true;
}

struct complaint_place placing_locate(const struct snapshot *s, const struct complaint_draft *draft,
                                      int64_t at_us)
{
    struct complaint_place place = {.match = PLACE_NONE, .ward = -1, .district = -1};
    if (draft->has_point) {
        place.has_point = true;
        place.point = draft->point;
        place.match = PLACE_COORDINATE;
        place.confidence = 1;
    } else if (!locate_address(s, draft->address, at_us, &place)) {
        return place;
    }
    place.ward = snapshot_boundary_at(s, LEVEL_WARD, place.point, at_us);
    place.district = snapshot_boundary_at(s, LEVEL_DISTRICT, place.point, at_us);
    return place;
}

const char *placing_rule_code(const struct snapshot *s, const struct route_decision *decision)
{
    return decision->rule >= 0           ? route_rules_rule(s->rules, decision->rule)->code
           : decision->jurisdiction >= 0 ? s->jurisdictions[decision->jurisdiction].code
                                         : NULL;
}

const char *placing_runner_up_code(const struct snapshot *s, const struct route_decision *decision)
{
    return decision->runner_up_rule >= 0
               ? route_rules_rule(s->rules, decision->runner_up_rule)->code
           : decision->runner_up >= 0 ? s->jurisdictions[decision->runner_up].code
                                      : NULL;
}

void placing_deadlines(const struct snapshot *s, struct complaint_record *record)
{
    const struct route_rule *rule =
        record->decision.rule < 0 ? NULL : route_rules_rule(s->rules, record->decision.rule);
    record->terms = ROUTE_TERMS_NONE;
    if (rule != NULL) {
        record->terms.steps[ROUTE_STEP_RESOLVE] = rule->deadline;
        record->terms.urgent =
            rule->urgency == ROUTE_URGENCY_OF_CATEGORY ? -1 : record->decision.urgent;
    }
    struct route_deadline_facts facts = {.category = record->draft->category,
                                         .agency = record->decision.agency,
                                         .received_us = record->received_at_us,
                                         .clock_from_us = record->received_at_us,
                                         .terms = record->terms};
    record->due = route_deadlines_due(s->deadlines, &facts);
    record->decision.due_at_us = record->due.at_us[ROUTE_STEP_RESOLVE];
    record->decision.pass_on_due_us = record->due.at_us[ROUTE_STEP_PASS_ON];
}

static const char *unit_name(const struct snapshot *s, int32_t boundary)
{
    return boundary < 0 ? NULL : s->boundaries[boundary].name;
}

enum status placing_explain(const struct snapshot *s, struct arena *arena,
                            struct complaint_record *record, struct err *e)
{
    const struct complaint_place *place = &record->place;
    struct route_facts facts = {.at_us = record->received_at_us,
                                .category = record->draft->category};
    struct route_explain_names names;
    const char *texts[2] = {NULL, NULL};
    route_explain_fill(s->rules, &facts, &record->decision, &names);
    names.place = !place->has_point                        ? ROUTE_PLACE_UNKNOWN
                  : place->ward < 0 && place->district < 0 ? ROUTE_PLACE_OUTSIDE
                                                           : ROUTE_PLACE_KNOWN;
    names.ward = unit_name(s, place->ward);
    names.district = unit_name(s, place->district);
    for (int i = 0; i < 2; i++) {
        struct strbuf text;
        strbuf_init(&text, REASON_MAX);
        route_explain(i == 0 ? ROUTE_LANGUAGE_VI : ROUTE_LANGUAGE_EN, &record->decision, &names,
                      &text);
        texts[i] = text.failed ? NULL : arena_strndup(arena, text.p, text.n);
        strbuf_free(&text);
        if (texts[i] == NULL) {
            return err_set(e, STATUS_NO_MEMORY, "no memory for the reason of a decision");
        }
    }
    record->reason_vi = texts[0];
    record->reason_en = texts[1];
    return STATUS_OK;
}

/* What the address was taken for and what else it may mean, most likely first. */
static enum status note_alternatives(const struct snapshot *s, struct arena *arena,
                                     struct complaint_record *record, struct err *e)
{
    const struct complaint_draft *draft = record->draft;
    struct geo_candidate found[COMPLAINT_ALTERNATIVES_MAX];
    record->alternatives = NULL;
    record->n_alternatives = 0;
    record->not_understood = NULL;
    if (draft->has_point || draft->address == NULL || s->gazetteer == NULL) {
        return STATUS_OK;
    }
    struct geo_gazetteer_query query = {.text = str_of(draft->address),
                                        .at_us = record->received_at_us};
    size_t n = geo_gazetteer_find(s->gazetteer, &query, found, COMPLAINT_ALTERNATIVES_MAX);
    struct complaint_alternative *list = n == 0 ? NULL : arena_calloc(arena, n, sizeof(*list));
    for (size_t i = 0; list != NULL && i < n; i++) {
        list[i] = (struct complaint_alternative){.label = arena_printf(arena, "%s", found[i].label),
                                                 .point = found[i].point,
                                                 .match = match_of(found[i].match),
                                                 .confidence = found[i].confidence};
        if (list[i].label == NULL) {
            list = NULL;
        }
    }
    if (n > 0 && list == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    record->alternatives = list;
    record->n_alternatives = n;
    if (n > 0 && found[0].unmatched[0] != '\0') {
        record->not_understood = arena_printf(arena, "%s", found[0].unmatched);
    }
    return STATUS_OK;
}

static enum status keep_account(const struct snapshot *s, struct arena *arena,
                                struct complaint_record *record, struct placing_facts *facts,
                                struct err *e)
{
    struct strbuf text;
    strbuf_init(&text, ACCOUNT_MAX);
    weighing_record_json(&text, s, record, facts);
    record->account = text.failed ? NULL : arena_strndup(arena, text.p, text.n);
    strbuf_free(&text);
    return record->account == NULL ? err_set(e, STATUS_NO_MEMORY, "no memory for a decision")
                                   : STATUS_OK;
}

enum status placing_run(const struct snapshot *s, struct arena *arena,
                        struct complaint_record *record, struct err *e)
{
    const struct complaint_draft *draft = record->draft;
    struct complaint_place place = placing_locate(s, draft, record->received_at_us);
    struct placing_facts facts;
    record->place = place;
    placing_facts_fill(&facts, s, draft, &place, record->received_at_us);
    record->decision = route_decide(s->rules, &facts.facts);
    placing_deadlines(s, record);
    record->flags = 0;
    if (!place.has_point) {
        record->flags |= COMPLAINT_UNPLACED;
    } else if (place.ward < 0 && place.district < 0) {
        record->flags |= COMPLAINT_OUTSIDE_CITY;
    }
    if (place.has_point && place.confidence < PLACING_LOW_CONFIDENCE) {
        record->flags |= COMPLAINT_LOW_CONFIDENCE;
    }
    if (record->decision.fallback) {
        record->flags |= COMPLAINT_UNROUTED;
    }
    weighing_count_failures(s, &record->decision);
    enum status status = note_alternatives(s, arena, record, e);
    if (status == STATUS_OK) {
        status = placing_explain(s, arena, record, e);
    }
    if (status == STATUS_OK) {
        status = keep_account(s, arena, record, &facts, e);
    }
    placing_facts_clear(&facts);
    return status;
}
