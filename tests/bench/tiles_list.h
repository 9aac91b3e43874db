/* The tiles that are asked for, the same for everybody, and the times that it took. */
#ifndef BENCH_TILES_LIST_H
#define BENCH_TILES_LIST_H

#include <stddef.h>
#include <stdint.h>

/* A line of tests/bench/tiles_list.sql; texts are "" where the filter does not ask. */
struct tiles_row {
    char *path;
    unsigned z, x, y;
    char *categories, *statuses, *agencies; /* PostgreSQL arrays */
    char *from, *to;
};

struct tiles_list {
    struct tiles_row *rows;
    size_t n;
};

void tiles_list_read(struct tiles_list *list, const char *file); /* ends the process if it can't */
void tiles_list_free(struct tiles_list *list);

struct tiles_times {
    double *ms;
    size_t n, cap;
};

void tiles_times_add(struct tiles_times *t, uint64_t ns);
/* Sorts. The share-th quantile, 0.5 or 0.99; 0 of none. */
double tiles_times_quantile(struct tiles_times *t, double share);
/* Prints "N P50 P99 MAX", milliseconds, and frees. */
void tiles_times_print(struct tiles_times *t);

#endif
