#include "server/measures/measure_table.h"

bool measure_is_count(enum measure m)
{
    return m <= MEASURE_LATE;
}

struct measure_part measure_table_part(const struct measure_table *table, enum measure m, size_t i,
                                       bool before)
{
    const struct measure_unit *u = &table->t->answer->units[i];
    return measure_part_of(m, before ? &u->before : &u->now, &u->base);
}

bool measure_table_make(const struct measure_text *t, struct measure_table *out)
{
    size_t n = t->answer->n;
    struct measure_part *parts = arena_calloc(t->arena, n + 1, sizeof(*parts));
    *out = (struct measure_table){.t = t,
                                  .compared = t->question->compared && t->question->by < BY_DAY};
    for (int m = 0; m < MEASURE_N; m++) {
        if (!t->wanted[m]) {
            continue;
        }
        struct measure_column *c = &out->columns[out->n_columns++];
        c->measure = (enum measure)m;
        c->smoothed = arena_calloc(t->arena, n + 1, sizeof(*c->smoothed));
        if (parts == NULL || c->smoothed == NULL) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            parts[i] = measure_table_part(out, c->measure, i, false);
        }
        measure_smooth(c->measure, parts, n, c->smoothed);
    }
    return true;
}

double measure_table_before(const struct measure_table *table, enum measure m, size_t i)
{
    bool mean = m >= MEASURE_LATE_SHARE;
    return measure_value(measure_table_part(table, m, i, true)) *
           (mean ? 1 : table->t->answer->before_scale);
}

double measure_table_surprise(const struct measure_table *table, enum measure m, size_t i)
{
    return measure_surprise(m, measure_table_part(table, m, i, false),
                            measure_table_part(table, m, i, true), table->t->answer->before_scale);
}
