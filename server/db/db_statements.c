#include "server/db/db_statements.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"

struct entry {
    uint64_t hash;
    uint64_t used;   /* the turn when it was asked for last */
    uint64_t number; /* of its name; 0: not prepared */
    size_t n;
    char *sql;
};

struct db_statements {
    struct entry *entries;
    size_t n, max;
    uint64_t turns, names;
};

struct db_statements *db_statements_create(size_t max)
{
    BUG_IF(max < 2);
    struct db_statements *s = calloc(1, sizeof(*s));
    if (s == NULL || (s->entries = calloc(max, sizeof(*s->entries))) == NULL) {
        free(s);
        return NULL;
    }
    s->max = max;
    return s;
}

void db_statements_free(struct db_statements *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        free(s->entries[i].sql);
    }
    free(s->entries);
    free(s);
}

/* Eight bytes a step: texts have kilobytes, and every request has several. */
static uint64_t hash_of(const char *sql, size_t n)
{
    uint64_t h = n;
    uint64_t word;
    for (; n >= sizeof(word); n -= sizeof(word), sql += sizeof(word)) {
        memcpy(&word, sql, sizeof(word));
        h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
    }
    word = 0;
    memcpy(&word, sql, n);
    return (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
}

static struct entry *find(const struct db_statements *s, const char *sql, size_t n, uint64_t hash)
{
    for (size_t i = 0; i < s->n; i++) {
        struct entry *e = &s->entries[i];
        if (e->hash == hash && e->n == n && memcmp(e->sql, sql, n) == 0) {
            return e;
        }
    }
    return NULL;
}

/* A place for another text; what was there is to be forgotten. */
static struct entry *make_room(struct db_statements *s, struct db_statement *out)
{
    if (s->n < s->max) {
        return &s->entries[s->n++];
    }
    struct entry *oldest = &s->entries[0];
    for (size_t i = 1; i < s->n; i++) {
        if (s->entries[i].used < oldest->used) {
            oldest = &s->entries[i];
        }
    }
    if (oldest->number != 0) {
        snprintf(out->forget, sizeof(out->forget), "h%llu", (unsigned long long)oldest->number);
    }
    free(oldest->sql);
    return oldest;
}

void db_statements_use(struct db_statements *s, const char *sql, struct db_statement *out)
{
    size_t n = strlen(sql);
    uint64_t hash = hash_of(sql, n);
    struct entry *e = find(s, sql, n, hash);
    *out = (struct db_statement){.prepare = false};
    if (e == NULL) {
        char *copy = strdup(sql);
        if (copy != NULL) {
            e = make_room(s, out);
            *e = (struct entry){.hash = hash, .used = ++s->turns, .n = n, .sql = copy};
        }
        return;
    }
    e->used = ++s->turns;
    if (e->number == 0) {
        e->number = ++s->names;
        out->prepare = true;
    }
    snprintf(out->name, sizeof(out->name), "h%llu", (unsigned long long)e->number);
}

void db_statements_forget(struct db_statements *s, const char *sql)
{
    size_t n = strlen(sql);
    struct entry *e = find(s, sql, n, hash_of(sql, n));
    if (e != NULL) {
        e->number = 0;
    }
}

void db_statements_reset(struct db_statements *s)
{
    for (size_t i = 0; i < s->n; i++) {
        s->entries[i].number = 0;
    }
}
