#include "server/store/store_incident.h"

#include <stdio.h>
#include <stdlib.h>

#define REPORTS_MAX "20000"

static const char categories_sql[] =
    "SELECT k.id, k.parent_id, t.half_life_hours, t.extent_m FROM hotline.categories k"
    " LEFT JOIN hotline.duplicate_terms t ON t.category = k.code ORDER BY k.id";
static const char pairs_sql[] = "SELECT a.id, b.id, p.affinity FROM hotline.duplicate_pairs p"
                                " JOIN hotline.categories a ON a.code = p.category"
                                " JOIN hotline.categories b ON b.code = p.other";
static const char settings_sql[] =
    "SELECT s.value->>'least', s.value->>'times_usual', s.value->>'chance', s.value->>'link_m',"
    " s.value->>'margin_m', s.value->>'window_minutes'"
    " FROM hotline.settings s WHERE s.key = 'incidents'";
static const char reports_sql[] =
    "SELECT id, lon, lat, category_id FROM hotline.incident_recent(" REPORTS_MAX ")";

static int32_t number_of(const int32_t *ids, size_t n, int64_t id)
{
    size_t low = 0;
    while (low < n) { /* ascending */
        size_t middle = low + (n - low) / 2;
        if (ids[middle] == id) {
            return (int32_t)middle;
        }
        if (ids[middle] < id) {
            low = middle + 1;
        } else {
            n = middle;
        }
    }
    return -1;
}

static enum status make_terms(struct incident_ground *g, const struct db_rows *rows,
                              const struct db_rows *couples, struct err *e)
{
    size_t n = db_rows_count(rows);
    size_t n_pairs = db_rows_count(couples);
    struct likeness_category *categories = calloc(n + 1, sizeof(*categories));
    struct likeness_pair *pairs = calloc(n_pairs + 1, sizeof(*pairs));
    g->category_ids = calloc(n + 1, sizeof(*g->category_ids));
    enum status status = STATUS_OK;
    if (categories == NULL || pairs == NULL || g->category_ids == NULL) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for %zu categories", n);
    }
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        g->category_ids[i] = (int32_t)db_rows_int(rows, i, 0);
    }
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        categories[i] = (struct likeness_category){
            db_rows_null(rows, i, 1) ? -1 : number_of(g->category_ids, n, db_rows_int(rows, i, 1)),
            db_rows_double_or(rows, i, 2, 0), db_rows_double_or(rows, i, 3, 0)};
    }
    for (size_t i = 0; status == STATUS_OK && i < n_pairs; i++) {
        pairs[i] = (struct likeness_pair){number_of(g->category_ids, n, db_rows_int(couples, i, 0)),
                                          number_of(g->category_ids, n, db_rows_int(couples, i, 1)),
                                          db_rows_double(couples, i, 2)};
    }
    if (status == STATUS_OK) {
        g->n_categories = n;
        status = likeness_terms_create(categories, n, pairs, n_pairs, &g->terms, e);
    }
    free(categories);
    free(pairs);
    return status;
}

static enum status take_reports(struct incident_ground *g, const struct db_rows *rows,
                                struct err *e)
{
    size_t n = db_rows_count(rows);
    g->reports = calloc(n + 1, sizeof(*g->reports));
    if (g->reports == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for %zu reports", n);
    }
    for (size_t i = 0; i < n; i++) {
        int32_t number = number_of(g->category_ids, g->n_categories, db_rows_int(rows, i, 3));
        if (number >= 0) {
            g->reports[g->n_reports++] =
                (struct burst_report){db_rows_int(rows, i, 0),
                                      {db_rows_double(rows, i, 1), db_rows_double(rows, i, 2)},
                                      number};
        }
    }
    return STATUS_OK;
}

static enum status take_settings(struct incident_ground *g, const struct db_rows *rows,
                                 struct err *e)
{
    if (db_rows_count(rows) != 1) {
        return err_set(e, STATUS_INTERNAL, "hotline.settings has no row \"incidents\"");
    }
    g->limits = (struct burst_limits){(size_t)db_rows_int(rows, 0, 0), db_rows_double(rows, 0, 1),
                                      db_rows_double(rows, 0, 2)};
    g->link_m = db_rows_double(rows, 0, 3);
    g->margin_m = db_rows_double(rows, 0, 4);
    g->window_minutes = (int)db_rows_int(rows, 0, 5);
    return STATUS_OK;
}

enum status store_incident_ground(struct db_sync *db, struct incident_ground *out, struct err *e)
{
    struct db_rows *rows[4] = {NULL, NULL, NULL, NULL};
    const char *const statements[] = {settings_sql, categories_sql, pairs_sql, reports_sql};
    enum status status = STATUS_OK;
    *out = (struct incident_ground){0};
    for (size_t i = 0; status == STATUS_OK && i < 4; i++) {
        status = db_sync_query(db, statements[i], 0, NULL, &rows[i], e);
    }
    if (status == STATUS_OK) {
        status = take_settings(out, rows[0], e);
    }
    if (status == STATUS_OK) {
        status = make_terms(out, rows[1], rows[2], e);
    }
    if (status == STATUS_OK) {
        status = take_reports(out, rows[3], e);
    }
    for (size_t i = 0; i < 4; i++) {
        db_rows_free(rows[i]);
    }
    return status;
}

void incident_ground_free(struct incident_ground *g)
{
    likeness_terms_destroy(g->terms);
    free(g->category_ids);
    free(g->reports);
    *g = (struct incident_ground){0};
}

void incident_kinds(const struct likeness_terms *terms, const int32_t *ids, size_t n,
                    int32_t category, struct strbuf *out)
{
    const char *comma = "";
    strbuf_append_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        if ((int32_t)i == category ||
            likeness_affinity(terms, category, (int32_t)i) >= BURST_AFFINITY) {
            strbuf_printf(out, "%s%d", comma, (int)ids[i]);
            comma = ",";
        }
    }
    strbuf_append_char(out, '}');
}

enum status store_incident_usual(struct db_sync *db, const char *kinds, struct geo_box box,
                                 double *usual, struct err *e)
{
    char edges[4][32];
    const double numbers[4] = {box.west, box.south, box.east, box.north};
    struct db_rows *rows = NULL;
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(edges[i], sizeof(edges[i]), "%.9f", numbers[i]);
    }
    const char *params[] = {kinds, edges[0], edges[1], edges[2], edges[3]};
    enum status status =
        db_sync_query(db, "SELECT hotline.incident_usual($1, $2, $3, $4, $5)", 5, params, &rows, e);
    if (status == STATUS_OK) {
        *usual = db_rows_double_or(rows, 0, 0, 0);
    }
    db_rows_free(rows);
    return status;
}

enum status store_incident_propose(struct db_sync *db, const char *args, int64_t *id, struct err *e)
{
    struct db_rows *rows = NULL;
    const char *params[] = {args};
    enum status status =
        db_sync_query(db, "SELECT hotline.incident_propose($1::jsonb)", 1, params, &rows, e);
    if (status == STATUS_OK) {
        *id = db_rows_int_or(rows, 0, 0, 0);
    }
    db_rows_free(rows);
    return status;
}
