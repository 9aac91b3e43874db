/* Which complaints may be the same as a draft, out of all: a walk over the heat index
 * (geo/geo_heat_index.h) around the draft's place. No database: their words, and how well their
 * places are known, are not in the index, so what is answered is those that could reach a score.
 *
 * Pure over the view; any thread. */
#ifndef DUPLICATES_CANDIDATES_H
#define DUPLICATES_CANDIDATES_H

#include "geo/geo_heat_index.h"
#include "server/duplicates/likeness.h"

struct candidates_ask {
    struct geo_heat_view *view;
    const struct likeness_terms *terms;
    const int32_t *category_ids; /* the database's, by category number */
    size_t n_categories;
    struct likeness_facts draft; /* words are not looked at */
    double least;                /* the score to be reached, above 0 */
    uint16_t statuses;           /* bits, as the index numbers them */
    /* Where a complaint is said to be; NULL: where it is. What is found then depends on that alone,
     * so that whoever may not know the place cannot feel for it. */
    struct geo_point (*shown)(struct geo_point point);
};

struct candidate {
    int64_t id;
    double at_most; /* the score that its words may bring it to, if its place is known well */
};

/* The best of them, best first; returns how many, at most `cap`. STATUS_NO_MEMORY is the only
 * failure. */
enum status candidates_find(const struct candidates_ask *ask, struct candidate *out, size_t cap,
                            size_t *n, struct err *e) MUST_CHECK;

#endif
