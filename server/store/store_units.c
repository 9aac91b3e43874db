/* What rates are taken of: area, roads and residents of each boundary. */
#include <math.h>

#include "server/store/snapshot_build.h"

/* With less, the roads are not known there: the extract does not reach the unit. */
#define ROADS_LEAST_KM 1.0

/* The newest count of the unit's time; before it, none. In order of code and id, as boundaries. */
static const char units_sql[] =
    "SELECT m.area_km2, m.road_km, p.residents, coalesce(p.approximate, false)"
    " FROM hotline.boundaries b"
    " LEFT JOIN hotline.unit_measures m ON m.boundary_id = b.id"
    " LEFT JOIN LATERAL (SELECT q.residents, q.approximate FROM hotline.populations q"
    "  WHERE q.level = b.level AND q.code = b.code"
    "   AND (upper_inf(b.valid) OR q.on_day < upper(b.valid))"
    "  ORDER BY q.on_day DESC LIMIT 1) p ON true"
    " ORDER BY b.code, b.id";

static double number_or_nan(const struct db_rows *r, size_t row, size_t column)
{
    return db_rows_double_or(r, row, column, (double)NAN);
}

enum status snapshot_load_units(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    struct db_rows *r = NULL;
    enum status status = db_sync_query(l->db, units_sql, 0, NULL, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(r) && i < s->n_boundaries; i++) {
        struct snapshot_boundary *b = &s->boundaries[i];
        b->area_km2 = number_or_nan(r, i, 0);
        b->road_km = number_or_nan(r, i, 1);
        if (b->road_km < ROADS_LEAST_KM) {
            b->road_km = (double)NAN;
        }
        b->residents = number_or_nan(r, i, 2);
        b->residents_approximate = db_rows_bool(r, i, 3);
    }
    db_rows_free(r);
    return STATUS_OK;
}
