/* Codes (short texts) by hash: which places of a list have this code. Made once, then only read. */
#ifndef BASE_CODE_TABLE_H
#define BASE_CODE_TABLE_H

#include <stdint.h>

#include "server/base/arena.h"
#include "server/base/str.h"

struct code_table {
    struct code_slot *slots; /* open addressing; NULL: nothing in it */
    size_t n_slots;          /* a power of two, at most half of them in use */
};

/* Room for n codes, in the arena. False: no memory. */
bool code_table_init(struct code_table *t, struct arena *arena, size_t n);
/* At most n of them; several may have one code. The text must stay. */
void code_table_add(struct code_table *t, const char *code, int32_t number);

/* The numbers of a code one after the other: begin with *at = 0, until -1. Of equal codes the one
 * that was added first comes first. */
int32_t code_table_find(const struct code_table *t, struct str code, size_t *at);

#endif
