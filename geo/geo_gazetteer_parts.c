/* What a text was understood as, part by part: for showing, apart from finding. */
#include <string.h>

#include "geo/geo_gazetteer_read.h"

struct writer {
    const struct gaz_reading *r;
    struct geo_part *out;
    size_t n, max;
    uint64_t done; /* tokens that are told */
};

static void tell(struct writer *w, enum geo_part_kind kind, size_t from, size_t to)
{
    if (w->n == w->max || from >= to) {
        return;
    }
    const struct geo_address_part part = {GEO_ADDRESS_FREE, (uint8_t)from, (uint8_t)to};
    struct str source = geo_address_source(&w->r->address, &part);
    struct geo_part *out = &w->out[w->n++];
    size_t n = source.n < sizeof(out->text) ? source.n : sizeof(out->text) - 1;
    while (n < source.n && n > 0 && ((unsigned char)source.p[n] & 0xC0U) == 0x80U) {
        n--; /* not through a character */
    }
    memcpy(out->text, source.p, n);
    out->text[n] = '\0';
    out->kind = kind;
    out->token = (uint8_t)from;
    for (size_t t = from; t < to; t++) {
        w->done |= 1ULL << t;
    }
}

static bool is_district(const struct geo_gazetteer *g, const struct gaz_span *span)
{
    const struct gaz_name *name = &g->names.name[span->name[0]];
    for (uint32_t i = 0; i < name->targets; i++) {
        const struct gaz_target *t = &g->names.target[name->target + i];
        if (t->kind == GAZ_UNIT) {
            return g->units[t->index].district;
        }
    }
    return false;
}

/* A name that may be several things is a street where one is still looked for. */
static enum geo_part_kind kind_of(const struct writer *w, const struct gaz_span *span, bool named)
{
    bool street = (span->kinds & 1U << GAZ_STREET) != 0;
    bool place = (span->kinds & 1U << GAZ_PLACE) != 0;
    bool unit = (span->kinds & 1U << GAZ_UNIT) != 0;
    bool landmark = w->r->range[span->range].kind == GEO_ADDRESS_LANDMARK;
    if (unit && (named || (!street && !place))) {
        return is_district(w->r->g, span) ? GEO_PART_DISTRICT : GEO_PART_WARD;
    }
    return place && (landmark || !street) ? GEO_PART_PLACE : GEO_PART_STREET;
}

static void tell_spans(struct writer *w)
{
    bool named = false; /* a street or place was told */
    for (size_t i = 0; i < w->r->spans; i++) {
        const struct gaz_span *span = &w->r->span[i];
        const struct gaz_words *words = &w->r->range[span->range].words;
        enum geo_part_kind kind = kind_of(w, span, named);
        named = named || kind == GEO_PART_STREET || kind == GEO_PART_PLACE;
        tell(w, kind, words->word[span->from].token, words->word[span->to - 1].token + 1U);
    }
}

static void tell_unknown(struct writer *w)
{
    for (size_t i = 0; i < w->r->ranges; i++) {
        const struct gaz_range *range = &w->r->range[i];
        for (size_t k = 0; k < range->words.count;) {
            size_t end = k;
            while (end < range->words.count && (range->open >> end & 1U) != 0 &&
                   (w->done >> range->words.word[end].token & 1U) == 0) {
                end++;
            }
            if (end > k) {
                tell(w, GEO_PART_UNKNOWN, range->words.word[k].token,
                     range->words.word[end - 1].token + 1U);
            }
            k = end > k ? end : k + 1;
        }
    }
}

/* What was cut off a unit's name is read as names of its own. */
static size_t unit_end(const struct writer *w, const struct geo_address_part *part)
{
    size_t end = part->to;
    for (size_t i = 0; i < w->r->ranges; i++) {
        size_t first = w->r->range[i].first;
        end = first < end && w->r->range[i].end > part->from ? first : end;
    }
    return end;
}

static void tell_marked(struct writer *w)
{
    const struct geo_address *a = &w->r->address;
    for (size_t i = 0; i < a->part_count; i++) {
        const struct geo_address_part *part = &a->parts[i];
        switch (part->kind) {
        case GEO_ADDRESS_NUMBER:
            tell(w, GEO_PART_NUMBER, part->from, part->to);
            break;
        case GEO_ADDRESS_ALLEY:
            tell(w, GEO_PART_ALLEY, part->from, part->to);
            break;
        case GEO_ADDRESS_WARD:
            tell(w, GEO_PART_WARD, part->from, unit_end(w, part));
            break;
        case GEO_ADDRESS_DISTRICT:
            tell(w, GEO_PART_DISTRICT, part->from, unit_end(w, part));
            break;
        case GEO_ADDRESS_CITY:
            tell(w, GEO_PART_CITY, part->from, part->to);
            break;
        case GEO_ADDRESS_BLOCK:
            tell(w, GEO_PART_BLOCK, part->from, part->to);
            break;
        case GEO_ADDRESS_KILOMETRE:
            tell(w, GEO_PART_KILOMETRE, part->from, part->to);
            break;
        case GEO_ADDRESS_FREE:
        case GEO_ADDRESS_STREET:
        case GEO_ADDRESS_LANDMARK:
            break;
        }
    }
}

static void sort_by_place(struct geo_part *parts, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct geo_part part = parts[i];
        size_t at = i;
        for (; at > 0 && parts[at - 1].token > part.token; at--) {
            parts[at] = parts[at - 1];
        }
        parts[at] = part;
    }
}

size_t geo_gazetteer_parts(const struct geo_gazetteer *g, const struct geo_gazetteer_query *query,
                           struct geo_part *out, size_t max)
{
    struct gaz_reading r;
    gaz_read(g, query, &r);
    if (r.address.has_point || r.address.has_metric || r.address.code.n > 0) {
        return 0;
    }
    struct writer w = {.r = &r, .out = out, .max = max};
    tell_spans(&w);
    tell_marked(&w);
    tell_unknown(&w);
    sort_by_place(out, w.n);
    return w.n;
}

const char *geo_part_name(enum geo_part_kind kind)
{
    static const char *const names[] = {
        [GEO_PART_NUMBER] = "housenumber",  [GEO_PART_ALLEY] = "alley",
        [GEO_PART_STREET] = "street",       [GEO_PART_PLACE] = "place",
        [GEO_PART_WARD] = "ward",           [GEO_PART_DISTRICT] = "district",
        [GEO_PART_CITY] = "city",           [GEO_PART_BLOCK] = "block",
        [GEO_PART_KILOMETRE] = "kilometre", [GEO_PART_UNKNOWN] = "unknown",
    };
    return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}
