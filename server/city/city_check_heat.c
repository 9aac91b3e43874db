#include "server/city/city_check_heat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/app/heat.h"
#include "server/base/clock.h"
#include "server/store/store_heat.h"

#define TOLD_MAX 5

struct heat_check {
    struct db_sync *db;
    struct geo_heat_view *view;
    size_t cells, wrong;
};

static bool same(const struct db_rows *rows, size_t i, const struct geo_heat_sums *s)
{
    const uint32_t values[] = {s->count,        s->open,   s->late,     s->missed, s->rated,
                               s->satisfaction, s->weight, s->reopened, s->again};
    for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
        if (db_rows_int(rows, i, 2 + k) != (int64_t)values[k]) {
            return false;
        }
    }
    return true;
}

static void compare_cell(struct heat_check *c, const struct geo_heat_query *q,
                         const struct db_rows *rows, size_t i, unsigned zoom)
{
    unsigned shift = 32 - zoom;
    uint32_t x = (uint32_t)db_rows_int(rows, i, 0) << shift;
    uint32_t y = (uint32_t)db_rows_int(rows, i, 1) << shift;
    uint32_t last = (uint32_t)((UINT64_C(1) << shift) - 1);
    const struct geo_heat_box box = {x, y, x + last, y + last};
    struct geo_heat_sums sums = geo_heat_sum(q, &box);
    c->cells++;
    if (!same(rows, i, &sums) && c->wrong++ < TOLD_MAX) {
        printf("FAULT: heat cell %u/%" PRId64 "/%" PRId64
               " has %u complaints, PostGIS counts %" PRId64 "\n",
               zoom, db_rows_int(rows, i, 0), db_rows_int(rows, i, 1), sums.count,
               db_rows_int(rows, i, 2));
    }
}

/* Every cell that PostGIS has is compared, and that the index has no others. */
static enum status compare(struct heat_check *c, const struct geo_heat_filter *filter,
                           unsigned zoom, struct err *e)
{
    struct strbuf sql;
    struct db_rows *rows = NULL;
    struct geo_heat_query *q = NULL;
    int64_t all = 0;
    strbuf_init(&sql, 65536);
    store_heat_cells_sql(&sql, filter, zoom, geo_heat_view_now(c->view));
    enum status status = geo_heat_query_create(c->view, filter, &q, e);
    if (status == STATUS_OK) {
        status = db_sync_query(c->db, sql.p, 0, NULL, &rows, e);
    }
    strbuf_free(&sql);
    if (status == STATUS_OK) {
        for (size_t i = 0; i < db_rows_count(rows); i++) {
            compare_cell(c, q, rows, i, zoom);
            all += db_rows_int(rows, i, 2);
        }
        struct geo_heat_sums sums = geo_heat_sum(q, &geo_heat_everywhere);
        if (all != (int64_t)sums.count && c->wrong++ < TOLD_MAX) {
            printf("FAULT: the heat index has %u complaints, PostGIS %" PRId64 "\n", sums.count,
                   all);
        }
    }
    geo_heat_query_destroy(q);
    db_rows_free(rows);
    return status;
}

static enum status compare_all(struct heat_check *c, struct err *e)
{
    static const int32_t few[] = {1, 2, 3, 5, 8, 13, 21, 34};
    const int64_t now = geo_heat_view_now(c->view);
    const struct geo_heat_filter filters[] = {
        {0},
        {.statuses = STORE_HEAT_OPEN},
        {.categories = few, .n_categories = 8},
        {.channels = 0x5, .has_from = true, .from_s = now - 90 * 86400},
        {.agencies = few, .n_agencies = 8, .has_to = true, .to_s = now - 30 * 86400},
    };
    static const unsigned zooms[] = {8, 13, 16, 18};
    enum status status = STATUS_OK;
    for (size_t f = 0; f < sizeof(filters) / sizeof(filters[0]); f++) {
        for (size_t z = 0; z < sizeof(zooms) / sizeof(zooms[0]) && status == STATUS_OK; z++) {
            status = compare(c, &filters[f], zooms[z], e);
        }
    }
    return status;
}

static enum status check_index(struct heat_check *c, const char *database,
                               struct geo_heat_index *index, struct err *e)
{
    struct store_heat_start start;
    enum status status = store_heat_begin(c->db, &start, e);
    if (status == STATUS_OK) {
        status = heat_load_from(database, index, &start, NULL, e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    c->view = geo_heat_index_view(index);
    status = compare_all(c, e);
    if (status == STATUS_OK) {
        printf(
            "heat: %zu complaints, %zu cells compared with PostGIS, %zu differ; digest %016llx\n",
            geo_heat_index_stats(index).complaints, c->cells, c->wrong,
            (unsigned long long)heat_digest(c->view, e));
    }
    geo_heat_view_release(c->view);
    return status;
}

enum status city_check_heat(const char *database, struct city_check_result *out, struct err *e)
{
    const struct geo_heat_options options = {.open_statuses = STORE_HEAT_OPEN,
                                             .now_s = (uint32_t)(clock_now_us() / 1000000)};
    struct heat_check c = {0};
    struct geo_heat_index *index = NULL;
    enum status status = geo_heat_index_create(&options, &index, e);
    if (status == STATUS_OK) {
        status = db_sync_connect(database, DB_ROLE_SERVICE, &c.db, e);
    }
    if (status == STATUS_OK) {
        status = check_index(&c, database, index, e);
    }
    db_sync_close(c.db);
    geo_heat_index_destroy(index);
    out->faults += c.wrong > 0;
    return status;
}
