/* The filters that are the same everywhere (lists, tiles, heatmaps), as conditions of a statement
 * over hotline.complaints c. Values always travel as parameters. */
#ifndef STORE_STORE_FILTER_H
#define STORE_STORE_FILTER_H

#include <stdbool.h>

#include "geo/geo_types.h"
#include "server/base/str.h"
#include "server/db/db_pool.h"

/* NULL (or has_box false): not asked for. Lists are PostgreSQL array texts, "{1,2}". */
struct complaint_filter {
    const char *category_ids;  /* subtrees already spread out: "{1,2}" */
    const int32_t *categories; /* the same in numbers */
    size_t n_categories;
    const char *statuses;
    const char *channels;
    const char *agency;    /* codes, with commas between */
    const char *ward;      /* codes, with commas between */
    const char *from, *to; /* RFC 3339; [from, to) */
    const char *text;      /* in the description */
    bool has_box;
    struct geo_box box;
    char numbers[4][32]; /* a box a little wider than it, as texts */
    char places[4][16];  /* its edges as the heat index numbers them: west, north, east, south */
};

/* What else those who work on complaints may ask for. */
struct complaint_work {
    bool late, at_risk;
    const char *mine;  /* an actor: given to that person, or filed by them; NULL: not asked for */
    const char *desk;  /* a code; NULL */
    const char *tasks; /* the code of an agency that has an open sub-task; NULL */
};

/* A statement under construction with its parameters. */
struct store_statement {
    struct strbuf sql;
    const char *params[DB_PARAMS_MAX];
    int n;
};

void store_statement_init(struct store_statement *st);
void store_statement_free(struct store_statement *st);
/* Appends "$k" for a parameter; the text must live until the statement is submitted. */
void store_statement_param(struct store_statement *st, const char *value);

/* Appends " AND ..." for what the filter asks. */
void store_filter_append(struct store_statement *st, const struct complaint_filter *filter);
/* The same for what those ask who work on them. */
void store_work_append(struct store_statement *st, const struct complaint_work *work);

#endif
