/* The text form of rules: whatever is read is written, reads back, and is then written the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_rule_text.h"

#define ARENA_MAX ((size_t)64 << 20)
#define TEXT_MAX  ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_all(const struct route_rule *rules, size_t n, struct strbuf *out)
{
    for (size_t i = 0; i < n; i++) {
        route_rule_write(&rules[i], out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create(ARENA_MAX);
    struct route_rule *rules = NULL;
    struct route_rule *again = NULL;
    size_t n = 0;
    size_t m = 0;
    struct err e;
    struct strbuf first;
    struct strbuf second;
    strbuf_init(&first, TEXT_MAX);
    strbuf_init(&second, TEXT_MAX);
    if (arena && route_rules_read(arena, (struct str){(const char *)data, size}, &rules, &n, &e) ==
                     STATUS_OK) {
        write_all(rules, n, &first);
        if (route_rules_read(arena, (struct str){first.p, first.n}, &again, &m, &e) != STATUS_OK) {
            fprintf(stderr, "does not read back: %s\n%s\n", e.text, first.p);
            abort();
        }
        write_all(again, m, &second);
        if (n != m || first.n != second.n || memcmp(first.p, second.p, first.n) != 0) {
            fprintf(stderr, "reads back differently:\n%s\n----\n%s\n", first.p, second.p);
            abort();
        }
    }
    strbuf_free(&first);
    strbuf_free(&second);
    arena_destroy(arena);
    return 0;
}
