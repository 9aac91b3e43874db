/* What makes two complaints alike, into the snapshot. */
#include "server/base/arena.h"
#include "server/store/snapshot_build.h"

/* By category number: rows of categories that there are not do nothing. */
static void read_terms(const struct snapshot *s, const struct db_rows *rows,
                       struct likeness_category *categories)
{
    for (size_t i = 0; i < s->n_categories; i++) {
        categories[i].parent = s->categories[i].parent;
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        int32_t number = snapshot_category_find(s, db_rows_text(rows, i, 0));
        if (number >= 0) {
            categories[number].half_life_h = db_rows_double_or(rows, i, 1, 0);
            categories[number].extent_m = db_rows_double_or(rows, i, 2, 0);
        }
    }
}

static size_t read_pairs(const struct snapshot *s, const struct db_rows *rows,
                         struct likeness_pair *pairs)
{
    size_t n = 0;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        int32_t a = snapshot_category_find(s, db_rows_text(rows, i, 0));
        int32_t b = snapshot_category_find(s, db_rows_text(rows, i, 1));
        if (a >= 0 && b >= 0) {
            pairs[n++] = (struct likeness_pair){a, b, db_rows_double(rows, i, 2)};
        }
    }
    return n;
}

enum status snapshot_load_likeness(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    struct db_rows *terms = NULL;
    struct db_rows *couples = NULL;
    enum status status = db_sync_query(
        l->db, "SELECT category, half_life_hours, extent_m FROM hotline.duplicate_terms", 0, NULL,
        &terms, e);
    if (status == STATUS_OK) {
        status =
            db_sync_query(l->db, "SELECT category, other, affinity FROM hotline.duplicate_pairs", 0,
                          NULL, &couples, e);
    }
    struct likeness_category *categories =
        arena_calloc(l->scratch, s->n_categories + 1, sizeof(*categories));
    struct likeness_pair *pairs =
        arena_calloc(l->scratch, db_rows_count(couples) + 1, sizeof(*pairs));
    if (status == STATUS_OK && (categories == NULL || pairs == NULL)) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for the terms of likeness");
    }
    if (status == STATUS_OK) {
        read_terms(s, terms, categories);
        size_t n = read_pairs(s, couples, pairs);
        status = likeness_terms_create(categories, s->n_categories, pairs, n, &s->likeness, e);
    }
    db_rows_free(terms);
    db_rows_free(couples);
    return status;
}
