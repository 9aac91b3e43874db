/* Statistics as a table of units and measures: what every form of them is written from. */
#ifndef MEASURES_MEASURE_TABLE_H
#define MEASURES_MEASURE_TABLE_H

#include "server/measures/measure_text.h"

/* A measure's column: smoothed values by unit. */
struct measure_column {
    enum measure measure;
    double *smoothed;
};

struct measure_table {
    const struct measure_text *t;
    struct measure_column columns[MEASURE_N];
    size_t n_columns;
    bool compared;
};

/* From the arena of `t`; false when memory is short. */
bool measure_table_make(const struct measure_text *t, struct measure_table *out);

struct measure_part measure_table_part(const struct measure_table *table, enum measure m, size_t i,
                                       bool before);
/* The earlier value as it would be over a period as long as the later one. */
double measure_table_before(const struct measure_table *table, enum measure m, size_t i);
double measure_table_surprise(const struct measure_table *table, enum measure m, size_t i);

/* A number of complaints, which needs no smoothing. */
bool measure_is_count(enum measure m);

#endif
