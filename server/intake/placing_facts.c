/* What the rules may ask about a complaint. */
#include <json-c/json.h>
#include <string.h>

#include "geo/geo_text.h"
#include "routing/route_decide.h"
#include "server/intake/placing.h"

static size_t special_areas(const struct snapshot *s, const struct complaint_place *place,
                            int32_t out[PLACING_AREAS_MAX])
{
    if (s->special_areas == NULL || !place->has_point) {
        return 0;
    }
    size_t n = geo_area_all_at(s->special_areas, place->point, out, PLACING_AREAS_MAX);
    n = n < PLACING_AREAS_MAX ? n : PLACING_AREAS_MAX;
    for (size_t i = 0; i < n; i++) {
        out[i] = s->special_jurisdiction[out[i]]; /* ascending as the areas are */
    }
    return n;
}

/* Top-level attributes that are a text, a number or a truth value. */
static void read_attributes(struct placing_facts *f, const char *text)
{
    f->tree = text == NULL ? NULL : json_tokener_parse(text);
    if (!json_object_is_type(f->tree, json_type_object)) {
        return;
    }
    size_t n = 0;
    json_object_object_foreach(f->tree, key, value)
    {
        bool scalar = value != NULL && !json_object_is_type(value, json_type_object) &&
                      !json_object_is_type(value, json_type_array);
        if (scalar && n < PLACING_ATTRIBUTES_MAX) {
            f->attributes[n++] =
                (struct route_attribute){str_of(key), str_of(json_object_get_string(value))};
        }
    }
    f->facts.attributes = f->attributes;
    f->facts.n_attributes = n;
}

struct passing {
    const struct snapshot_question *question;
    int64_t at_us;
};

static bool in_force(void *context, int32_t feature)
{
    const struct passing *p = context;
    return p->question->valid_from_us[feature] <= p->at_us &&
           p->at_us < p->question->valid_to_us[feature];
}

static struct route_answer answer(void *context, int32_t number)
{
    struct placing_facts *f = context;
    uint64_t bit = UINT64_C(1) << (number % 64);
    if ((f->answered[number / 64] & bit) == 0) {
        const struct snapshot_question *q = &f->snapshot->questions[number];
        struct passing passing = {q, f->facts.at_us};
        struct geo_near near =
            geo_near_find(q->near, f->point, q->valid_from_us == NULL ? NULL : in_force, &passing);
        f->answers[number] = (struct route_answer){
            near.metres, near.feature, near.feature < 0 ? NULL : q->owners[near.feature]};
        f->answered[number / 64] |= bit;
    }
    return f->answers[number];
}

void placing_facts_fill(struct placing_facts *out, const struct snapshot *s,
                        const struct complaint_draft *draft, const struct complaint_place *place,
                        int64_t at_us)
{
    out->snapshot = s;
    out->tree = NULL;
    out->point = place->point;
    memset(out->answered, 0, sizeof out->answered);
    out->facts = (struct route_facts){
        .at_us = at_us,
        .category = draft->category,
        .ward = place->ward,
        .district = place->district,
        .areas = out->areas,
        .n_areas = special_areas(s, place, out->areas),
        .ask = place->has_point ? answer : NULL,
        .ask_context = out,
        .channel = str_of(draft->channel),
    };
    unsigned asks = route_rules_asks(s->rules, draft->category);
    if ((asks & ROUTE_ASKS_ATTRIBUTES) != 0) {
        read_attributes(out, draft->attributes);
    }
    if ((asks & ROUTE_ASKS_WORDS) != 0 && draft->description != NULL) {
        size_t n = geo_text_fold(str_of(draft->description), out->words, sizeof out->words);
        out->facts.words = (struct str){out->words, n};
    }
}

void placing_facts_clear(struct placing_facts *facts)
{
    json_object_put(facts->tree);
    facts->tree = NULL;
}

struct route_decision placing_route(const struct snapshot *s, const struct complaint_draft *draft,
                                    const struct complaint_place *place, int64_t at_us)
{
    struct placing_facts facts;
    placing_facts_fill(&facts, s, draft, place, at_us);
    struct route_decision decision = route_decide(s->rules, &facts.facts);
    placing_facts_clear(&facts);
    return decision;
}
