#include "server/change/replay_report.h"

#include <stdlib.h>

#include "server/base/json_text.h"
#include "server/store/store_replay.h"

#define MATRIX_MAX 500  /* the pairs that move most */
#define CELLS_MAX  5000 /* the cells where most moves */

static int most_first(const void *a, const void *b)
{
    const struct replay_slot *x = a;
    const struct replay_slot *y = b;
    if (x->n != y->n) {
        return x->n < y->n ? 1 : -1;
    }
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

/* The used slots, the most first; *n how many. NULL when memory is short. */
static struct replay_slot *sorted(const struct replay_table *t, size_t *n)
{
    struct replay_slot *list = calloc(t->used + 1, sizeof(*list));
    *n = 0;
    for (size_t i = 0; list != NULL && i < t->cap; i++) {
        if (t->slots[i].n != 0) {
            list[(*n)++] = t->slots[i];
        }
    }
    if (list != NULL) {
        qsort(list, *n, sizeof(*list), most_first);
    }
    return list;
}

static void begin(struct strbuf *out, size_t i)
{
    strbuf_append_z(out, i == 0 ? "{" : ",{");
}

static void agency(struct strbuf *out, const struct snapshot *s, const char *key, int32_t number)
{
    json_text_key(out, key);
    strbuf_append_char(out, '{');
    json_text_field(out, "code", s->agencies[number].code);
    json_text_field(out, "name", s->agencies[number].name);
    strbuf_append_char(out, '}');
}

static bool matrix(struct strbuf *out, const struct snapshot *s, const struct replay_count *c)
{
    size_t n = 0;
    struct replay_slot *list = sorted(&c->pairs, &n);
    json_text_field_int(out, "pairs", (int64_t)n);
    json_text_key(out, "matrix");
    strbuf_append_char(out, '[');
    for (size_t i = 0; list != NULL && i < n && i < MATRIX_MAX; i++) {
        begin(out, i);
        agency(out, s, "from", list[i].a);
        agency(out, s, "to", list[i].b);
        json_text_field_int(out, "count", list[i].n);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
    free(list);
    return list != NULL;
}

static bool cells(struct strbuf *out, const struct replay_count *c)
{
    size_t n = 0;
    struct replay_slot *list = sorted(&c->cells, &n);
    json_text_key(out, "cell_degrees");
    json_text_number(out, REPLAY_CELL);
    json_text_key(out, "cells");
    strbuf_append_char(out, '[');
    for (size_t i = 0; list != NULL && i < n && i < CELLS_MAX; i++) {
        begin(out, i);
        json_text_field_number(out, "lon", (list[i].a + 0.5) * REPLAY_CELL);
        json_text_field_number(out, "lat", (list[i].b + 0.5) * REPLAY_CELL);
        json_text_field_int(out, "count", list[i].n);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
    free(list);
    return list != NULL;
}

static void loads(struct strbuf *out, const struct snapshot *s, const struct replay_count *c)
{
    bool first = true;
    json_text_key(out, "agencies");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < c->n_agencies; i++) {
        if (c->before[i] == c->after[i] && c->before[i] == 0) {
            continue;
        }
        begin(out, first ? 0 : 1);
        first = false;
        json_text_field(out, "code", s->agencies[i].code);
        json_text_field(out, "name", s->agencies[i].name);
        json_text_field_int(out, "before", c->before[i]);
        json_text_field_int(out, "after", c->after[i]);
        json_text_field_int(out, "open_before", c->open_before[i]);
        json_text_field_int(out, "open_after", c->open_after[i]);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

static void categories(struct strbuf *out, const struct snapshot *s, const struct replay_count *c)
{
    bool first = true;
    json_text_key(out, "categories");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < c->n_categories; i++) {
        if (c->moved_by_category[i] != 0) {
            begin(out, first ? 0 : 1);
            first = false;
            json_text_field(out, "code", s->categories[i].code);
            json_text_field_int(out, "moved", c->moved_by_category[i]);
            strbuf_append_char(out, '}');
        }
    }
    strbuf_append_char(out, ']');
}

static enum status sample_codes(struct db_sync *db, const struct replay_count *c,
                                struct db_rows **rows, struct err *e)
{
    struct strbuf ids;
    strbuf_init(&ids, 1 << 14);
    strbuf_append_char(&ids, '{');
    for (size_t i = 0; i < c->n_samples; i++) {
        strbuf_printf(&ids, i == 0 ? "%lld" : ",%lld", (long long)c->samples[i].id);
    }
    strbuf_append_char(&ids, '}');
    const char *params[] = {ids.p};
    enum status status = db_sync_query(db, STORE_REPLAY_CODES, 1, params, rows, e);
    strbuf_free(&ids);
    return status;
}

static void samples(struct strbuf *out, const struct snapshot *s, const struct replay_count *c,
                    const struct db_rows *codes)
{
    json_text_key(out, "samples");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < c->n_samples; i++) {
        const struct replay_sample *x = &c->samples[i];
        begin(out, i);
        for (size_t k = 0; k < db_rows_count(codes); k++) {
            if (db_rows_int(codes, k, 0) == x->id) {
                json_text_field(out, "code", db_rows_text(codes, k, 1));
            }
        }
        json_text_field_number(out, "lon", x->point.lon);
        json_text_field_number(out, "lat", x->point.lat);
        json_text_field(out, "category", s->categories[x->category].code);
        agency(out, s, "from", x->from);
        agency(out, s, "to", x->to);
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

enum status replay_report(struct db_sync *db, const struct snapshot *s,
                          const struct replay_count *c, uint64_t ms, struct strbuf *out,
                          struct err *e)
{
    struct db_rows *codes = NULL;
    enum status status = sample_codes(db, c, &codes, e);
    if (status != STATUS_OK) {
        return status;
    }
    strbuf_append_char(out, '{');
    json_text_field_int(out, "total", c->total);
    json_text_field_int(out, "moved", c->moved);
    json_text_field_int(out, "desk_moved", c->desk_moved);
    json_text_field_int(out, "unplaced", c->unplaced);
    json_text_field_int(out, "milliseconds", (int64_t)ms);
    json_text_key(out, "deadlines");
    strbuf_append_char(out, '{');
    json_text_field_int(out, "earlier", c->earlier);
    json_text_field_int(out, "later", c->later);
    json_text_field_int(out, "hours", c->hours);
    strbuf_append_char(out, '}');
    json_text_key(out, "corrections");
    strbuf_append_char(out, '{');
    json_text_field_int(out, "total", c->corrected);
    json_text_field_int(out, "agreed_before", c->corrected_before);
    json_text_field_int(out, "agreed_after", c->corrected_after);
    strbuf_append_char(out, '}');
    bool ok = matrix(out, s, c) && cells(out, c);
    loads(out, s, c);
    categories(out, s, c);
    samples(out, s, c, codes);
    strbuf_append_char(out, '}');
    db_rows_free(codes);
    return ok && !out->failed ? STATUS_OK
                              : err_set(e, STATUS_NO_MEMORY, "no memory for a replay's result");
}
