#include "server/base/code_table.h"

#include "server/base/bug.h"

struct code_slot {
    struct str code; /* p NULL: free */
    uint32_t hash;
    int32_t number;
};

bool code_table_init(struct code_table *t, struct arena *arena, size_t n)
{
    size_t n_slots = 8;
    while (n_slots < 2 * n + 2) {
        n_slots *= 2;
    }
    *t = (struct code_table){arena_calloc(arena, n_slots, sizeof(*t->slots)), n_slots};
    return t->slots != NULL;
}

void code_table_add(struct code_table *t, const char *code, int32_t number)
{
    struct str text = str_of(code);
    uint32_t hash = (uint32_t)str_hash(text);
    size_t tries = 0;
    size_t i = hash & (t->n_slots - 1);
    while (tries < t->n_slots && t->slots[i].code.p != NULL) {
        i = (i + 1) & (t->n_slots - 1);
        tries++;
    }
    BUG_IF(tries == t->n_slots);
    t->slots[i] = (struct code_slot){text, hash, number};
}

int32_t code_table_find(const struct code_table *t, struct str code, size_t *at)
{
    if (t->slots == NULL) {
        return -1;
    }
    uint32_t hash = (uint32_t)str_hash(code);
    for (;; ++*at) {
        const struct code_slot *slot = &t->slots[(hash + *at) & (t->n_slots - 1)];
        if (slot->code.p == NULL) {
            return -1;
        }
        if (slot->hash == hash && str_equal(slot->code, code)) {
            ++*at;
            return slot->number;
        }
    }
}
