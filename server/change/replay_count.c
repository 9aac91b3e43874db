#include "server/change/replay_count.h"

#include <math.h>
#include <stdlib.h>

#define HOUR_US INT64_C(3600000000)

static struct replay_slot *slot_of(const struct replay_table *t, int32_t a, int32_t b)
{
    uint64_t h = (uint64_t)(uint32_t)a * UINT64_C(0x9E3779B97F4A7C15) ^
                 (uint64_t)(uint32_t)b * UINT64_C(0xC2B2AE3D27D4EB4F);
    size_t i = (size_t)(h >> 20) & (t->cap - 1);
    while (t->slots[i].n != 0 && (t->slots[i].a != a || t->slots[i].b != b)) {
        i = (i + 1) & (t->cap - 1);
    }
    return &t->slots[i];
}

static bool table_grow(struct replay_table *t)
{
    struct replay_table bigger = {.cap = t->cap == 0 ? 256 : t->cap * 2, .used = t->used};
    bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
    if (bigger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < t->cap; i++) {
        if (t->slots[i].n != 0) {
            *slot_of(&bigger, t->slots[i].a, t->slots[i].b) = t->slots[i];
        }
    }
    free(t->slots);
    *t = bigger;
    return true;
}

static bool table_add(struct replay_table *t, int32_t a, int32_t b, int64_t n)
{
    if (t->used * 2 >= t->cap && !table_grow(t)) {
        return false;
    }
    struct replay_slot *slot = slot_of(t, a, b);
    t->used += slot->n == 0;
    *slot = (struct replay_slot){a, b, slot->n + n};
    return true;
}

bool replay_count_init(struct replay_count *c, size_t n_agencies, size_t n_categories)
{
    int64_t **const arrays[] = {&c->before, &c->after, &c->open_before, &c->open_after};
    *c = (struct replay_count){.n_agencies = n_agencies, .n_categories = n_categories};
    bool ok = (c->moved_by_category = calloc(n_categories + 1, sizeof(int64_t))) != NULL;
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        *arrays[i] = calloc(n_agencies + 1, sizeof(int64_t));
        ok = ok && *arrays[i] != NULL;
    }
    return ok;
}

void replay_count_free(struct replay_count *c)
{
    free(c->before);
    free(c->after);
    free(c->open_before);
    free(c->open_after);
    free(c->moved_by_category);
    free(c->pairs.slots);
    free(c->cells.slots);
    *c = (struct replay_count){.total = 0};
}

static void add_tables(struct replay_count *to, struct replay_table *into,
                       const struct replay_table *from)
{
    for (size_t i = 0; i < from->cap; i++) {
        const struct replay_slot *slot = &from->slots[i];
        if (slot->n != 0 && !table_add(into, slot->a, slot->b, slot->n)) {
            to->no_memory = true;
        }
    }
}

void replay_count_add(struct replay_count *to, const struct replay_count *from)
{
    to->total += from->total;
    to->moved += from->moved;
    to->desk_moved += from->desk_moved;
    to->unplaced += from->unplaced;
    to->earlier += from->earlier;
    to->later += from->later;
    to->hours += from->hours;
    to->corrected += from->corrected;
    to->corrected_before += from->corrected_before;
    to->corrected_after += from->corrected_after;
    for (size_t i = 0; i < to->n_agencies; i++) {
        to->before[i] += from->before[i];
        to->after[i] += from->after[i];
        to->open_before[i] += from->open_before[i];
        to->open_after[i] += from->open_after[i];
    }
    for (size_t i = 0; i < to->n_categories; i++) {
        to->moved_by_category[i] += from->moved_by_category[i];
    }
    add_tables(to, &to->pairs, &from->pairs);
    add_tables(to, &to->cells, &from->cells);
    for (size_t i = 0; i < from->n_samples && to->n_samples < REPLAY_SAMPLES; i++) {
        to->samples[to->n_samples++] = from->samples[i];
    }
    to->no_memory = to->no_memory || from->no_memory;
}

static void count_moved(struct replay_count *c, const struct replay_pair *p)
{
    c->moved++;
    c->moved_by_category[p->category]++;
    bool ok = table_add(&c->pairs, p->from, p->to, 1);
    if (p->has_point) {
        ok = ok && table_add(&c->cells, (int32_t)floor(p->point.lon / REPLAY_CELL),
                             (int32_t)floor(p->point.lat / REPLAY_CELL), 1);
        if (c->n_samples < REPLAY_SAMPLES) {
            c->samples[c->n_samples++] =
                (struct replay_sample){p->id, p->point, p->from, p->to, p->category};
        }
    }
    c->no_memory = c->no_memory || !ok;
}

void replay_count_pair(struct replay_count *c, const struct replay_pair *p)
{
    c->total++;
    c->unplaced += !p->has_point;
    c->before[p->from]++;
    c->after[p->to]++;
    c->open_before[p->from] += p->open;
    c->open_after[p->to] += p->open;
    if (p->from != p->to) {
        count_moved(c, p);
    } else if (p->desk_from != p->desk_to) {
        c->desk_moved++;
    }
    if (p->due_to_us != p->due_from_us) {
        c->earlier += p->due_to_us < p->due_from_us;
        c->later += p->due_to_us > p->due_from_us;
        c->hours += (p->due_to_us - p->due_from_us) / HOUR_US;
    }
    if (p->staff >= 0) {
        c->corrected++;
        c->corrected_before += p->staff == p->from;
        c->corrected_after += p->staff == p->to;
    }
}
