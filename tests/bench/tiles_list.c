#include "tests/bench/tiles_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/str.h"

#define FIELDS 9

static char *copy(char *text)
{
    char *made = strdup(text == NULL ? "" : text);
    if (made == NULL) {
        abort();
    }
    return made;
}

static void add_line(struct tiles_list *list, size_t *cap, char *line)
{
    char *fields[FIELDS] = {0};
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = strsep(&line, "\t");
    }
    if (fields[FIELDS - 1] == NULL) {
        fprintf(stderr, "bench_tiles: a line of the list is short\n");
        exit(2);
    }
    list->rows = array_grow(list->rows, cap, list->n + 1, sizeof(*list->rows));
    if (list->rows == NULL) {
        abort();
    }
    list->rows[list->n++] = (struct tiles_row){
        .path = copy(fields[0]),
        .z = (unsigned)strtoul(fields[1], NULL, 10),
        .x = (unsigned)strtoul(fields[2], NULL, 10),
        .y = (unsigned)strtoul(fields[3], NULL, 10),
        .categories = copy(fields[4]),
        .statuses = copy(fields[5]),
        .agencies = copy(fields[6]),
        .from = copy(fields[7]),
        .to = copy(fields[8]),
    };
}

void tiles_list_read(struct tiles_list *list, const char *file)
{
    FILE *in = fopen(file, "r");
    char *line = NULL;
    size_t room = 0;
    size_t cap = 0;
    *list = (struct tiles_list){0};
    if (in == NULL) {
        perror(file);
        exit(2);
    }
    for (ssize_t n = getline(&line, &room, in); n > 0; n = getline(&line, &room, in)) {
        line[strcspn(line, "\n")] = '\0';
        add_line(list, &cap, line);
    }
    free(line);
    (void)fclose(in);
    if (list->n == 0) {
        fprintf(stderr, "bench_tiles: %s has no tile\n", file);
        exit(2);
    }
}

void tiles_list_free(struct tiles_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        struct tiles_row *row = &list->rows[i];
        free(row->path);
        free(row->categories);
        free(row->statuses);
        free(row->agencies);
        free(row->from);
        free(row->to);
    }
    free(list->rows);
}

void tiles_times_add(struct tiles_times *t, uint64_t ns)
{
    t->ms = array_grow(t->ms, &t->cap, t->n + 1, sizeof(*t->ms));
    if (t->ms == NULL) {
        abort();
    }
    t->ms[t->n++] = (double)ns / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double tiles_times_quantile(struct tiles_times *t, double share)
{
    if (t->n == 0) {
        return 0;
    }
    qsort(t->ms, t->n, sizeof(*t->ms), by_size);
    size_t at = (size_t)((double)t->n * share);
    return t->ms[at < t->n ? at : t->n - 1];
}

void tiles_times_print(struct tiles_times *t)
{
    printf("%zu %.4f %.4f %.4f\n", t->n, tiles_times_quantile(t, 0.5),
           tiles_times_quantile(t, 0.99), tiles_times_quantile(t, 1));
    free(t->ms);
}
