#include "tests/bench/geocode_peer.h"

#include <stdio.h>
#include <string.h>

#include "geo/geo_distance.h"
#include "server/base/clock.h"

#define ASKED_MAX 200 /* it is slow: so many texts of each rewriting are enough for a rate */

static void copy_row(struct db_sync *db, const struct geocode_city *city, const char *number,
                     const char *street, struct geo_point p)
{
    const struct snapshot *s = city->snapshot;
    char text[GEOCODE_TEXT_MAX];
    int32_t ward = snapshot_boundary_at(s, LEVEL_WARD, p, GEOCODE_BEFORE);
    int32_t district = snapshot_boundary_at(s, LEVEL_DISTRICT, p, GEOCODE_BEFORE);
    int32_t now = snapshot_boundary_at(s, LEVEL_WARD, p, GEOCODE_AFTER);
    (void)snprintf(text, sizeof text, "%s %s %s %s %s", number, street,
                   geocode_unit_name(city, ward), geocode_unit_name(city, district),
                   geocode_unit_name(city, now));
    db_sync_copy_z(db, text);
    db_sync_copy_z(db, street);
    db_sync_copy_double(db, p.lon);
    db_sync_copy_double(db, p.lat);
    db_sync_copy_row(db);
}

enum status geocode_peer_prepare(struct db_sync *db, const struct geocode_city *city, struct err *e)
{
    enum status s = db_sync_exec(
        db,
        "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION IF NOT EXISTS unaccent;"
        "CREATE TEMP TABLE peer (text text, street text, lon float8, lat float8)",
        e);
    s = s != STATUS_OK ? s : db_sync_copy_begin(db, "COPY peer FROM STDIN", e);
    if (s != STATUS_OK) {
        return s;
    }
    for (size_t i = 0; i < city->n_rows; i++) {
        const struct geo_gazetteer_row *row = &city->rows[i];
        if (row->kind == GEO_GAZETTEER_STREET) {
            copy_row(db, city, "", row->name, row->point);
        } else if (row->kind == GEO_GAZETTEER_ADDRESS) {
            copy_row(db, city, row->housenumber, row->street, row->point);
        }
    }
    size_t rows = 0;
    s = db_sync_copy_end(db, &rows, e);
    return s != STATUS_OK
               ? s
               : db_sync_exec(db,
                              "UPDATE peer SET text = lower(unaccent(text));"
                              "CREATE INDEX peer_text ON peer USING gist (text gist_trgm_ops);"
                              "ANALYZE peer",
                              e);
}

static void judge(const struct geocode_city *city, const struct geocode_address *a,
                  const struct db_rows *r, struct geocode_peer_result *out)
{
    bool placed = a->number_known || a->gap <= 10;
    out->known++;
    out->placed += placed;
    if (db_rows_count(r) == 0) {
        return;
    }
    struct geo_point p = {db_rows_double(r, 0, 1), db_rows_double(r, 0, 2)};
    char key[GEOCODE_KEY_MAX];
    geocode_key(db_rows_text(r, 0, 0), key);
    bool near = geo_distance_m(p, a->point) <= 50;
    bool district =
        snapshot_boundary_at(city->snapshot, LEVEL_DISTRICT, p, GEOCODE_BEFORE) == a->district;
    out->right += geocode_same_street(city, key, a->key) && (district || near);
    out->near += placed && near;
}

enum status geocode_peer_measure(struct db_sync *db, const struct geocode_city *city,
                                 enum geocode_rewriting how, bool evaluation,
                                 struct geocode_peer_result *out, struct err *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < city->n_addresses && out->known < ASKED_MAX && s == STATUS_OK; i++) {
        const struct geocode_address *a = &city->addresses[i];
        bool drawn = geocode_hash(a->key, a->number) % 4 == 0;
        if (!a->asked || a->evaluation != evaluation || !a->street_known || !drawn) {
            continue;
        }
        char text[GEOCODE_TEXT_MAX];
        geocode_rewrite(city, a, how, text);
        const char *params[] = {text};
        struct db_rows *r = NULL;
        uint64_t began = clock_mono_ns();
        s = db_sync_query(db,
                          "SELECT street, lon, lat FROM peer"
                          " ORDER BY text <-> lower(unaccent($1)) LIMIT 1",
                          1, params, &r, e);
        out->seconds += (double)(clock_mono_ns() - began) / 1e9;
        if (s == STATUS_OK) {
            judge(city, a, r, out);
        }
        db_rows_free(r);
    }
    return s;
}
