#include "server/city/city_demo_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/city/city_settings.h"

#define SOURCE   "demo"
#define TEXT_MAX ((size_t)1 << 20)
#define REFORM   "2025-07-01"

/* The number that city_load.c locks too. */
enum status city_demo_store_lock(struct db_sync *db, struct err *e)
{
    return db_sync_exec(db, "SELECT pg_advisory_lock(7022102202)", e);
}

enum status city_demo_store_standing(struct db_sync *db, enum city_demo_standing *out,
                                     struct city_demo_wish *wish, struct err *e)
{
    struct db_rows *rows;
    enum status status = db_sync_query(
        db,
        "SELECT EXISTS (SELECT FROM hotline.boundaries) OR EXISTS (SELECT FROM hotline.agencies),"
        " u.value IS NOT NULL AND d.value IS NOT NULL, d.value ->> 'seed',"
        " d.value ->> 'complaints', d.value ->> 'months', d.value ->> 'last_day'"
        " FROM (SELECT) one LEFT JOIN hotline.settings u ON u.key = 'city_unfinished'"
        " LEFT JOIN hotline.settings d ON d.key = 'demo'",
        0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    *out = DEMO_DATABASE_EMPTY;
    if (db_rows_bool(rows, 0, 0) && db_rows_bool(rows, 0, 1)) {
        *out = DEMO_DATABASE_UNFINISHED;
        wish->seed = strtoull(db_rows_text(rows, 0, 2), NULL, 10);
        wish->complaints = (size_t)db_rows_int(rows, 0, 3);
        wish->months = (int)db_rows_int(rows, 0, 4);
        snprintf(wish->last_day, sizeof(wish->last_day), "%s", db_rows_text(rows, 0, 5));
    } else if (db_rows_bool(rows, 0, 0)) {
        *out = DEMO_DATABASE_TAKEN;
    }
    db_rows_free(rows);
    return STATUS_OK;
}

enum status city_demo_store_wish(struct db_sync *db, const struct city_demo_wish *wish,
                                 struct err *e)
{
    char text[200];
    /* The seed as text: JSON's numbers are doubles to many readers. */
    snprintf(text, sizeof(text),
             "{\"seed\":\"%" PRIu64 "\",\"complaints\":%zu,\"months\":%d,\"last_day\":\"%s\"}",
             wish->seed, wish->complaints, wish->months, wish->last_day);
    return city_settings_put(db, "demo", text, e);
}

enum status city_demo_store_unit(struct db_sync *db, const char *level,
                                 const struct city_demo_unit *unit, const char *const valid[2],
                                 const char *geometry, struct err *e)
{
    const char *const params[] = {level,    unit->code, unit->name, unit->kind,
                                  valid[0], valid[1],   geometry};
    enum status status = db_sync_run(
        db,
        "INSERT INTO hotline.boundaries (level, code, name, kind, source, approximate, valid, geom)"
        " VALUES ($1, $2, $3, $4, '" SOURCE "', true, daterange($5::date, $6::date),"
        " public.ST_SetSRID(public.ST_GeomFromGeoJSON($7), 4326))",
        7, params, NULL, e);
    return status == STATUS_OK ? status : err_wrap(e, "%s", unit->name);
}

static const struct city_demo_unit *find_district(const struct city_demo_facts *facts,
                                                  const char *code)
{
    for (size_t i = 0; i < facts->n_districts; i++) {
        if (strcmp(facts->districts[i].code, code) == 0) {
            return &facts->districts[i];
        }
    }
    return NULL;
}

enum status city_demo_store_lineage(struct db_sync *db, const struct city_demo_facts *facts,
                                    struct err *e)
{
    enum status status = db_sync_copy_begin(
        db,
        "COPY hotline.boundary_lineage (on_day, old_level, old_code, old_name, new_level, new_code,"
        " source) FROM STDIN",
        e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < facts->n_wards; i++) {
        const struct city_demo_unit *old = find_district(facts, facts->wards[i].region);
        if (old != NULL) {
            db_sync_copy_z(db, REFORM);
            db_sync_copy_z(db, "district");
            db_sync_copy_z(db, old->code);
            db_sync_copy_z(db, old->name);
            db_sync_copy_z(db, "ward");
            db_sync_copy_z(db, facts->wards[i].code);
            db_sync_copy_z(db, SOURCE);
            db_sync_copy_row(db);
        }
    }
    return db_sync_copy_end(db, NULL, e);
}

/* --- gazetteer -------------------------------------------------------------------------------- */

static void copy_point(struct db_sync *db, struct geo_point p)
{
    char text[80];
    snprintf(text, sizeof(text), "SRID=4326;POINT(%.6f %.6f)", p.lon, p.lat);
    db_sync_copy_z(db, text);
}

enum status city_demo_store_streets(struct db_sync *db, const struct city_demo_map *map,
                                    struct err *e)
{
    enum status status = db_sync_copy_begin(
        db, "COPY hotline.gazetteer_streets (name, class, source, geom) FROM STDIN", e);
    if (status != STATUS_OK) {
        return status;
    }
    struct strbuf line;
    strbuf_init(&line, TEXT_MAX);
    for (size_t i = 0; i < map->n_streets; i++) {
        const struct city_demo_street *street = &map->streets[i];
        strbuf_reset(&line);
        strbuf_append_z(&line, "SRID=4326;LINESTRING");
        for (size_t k = 0; k < street->n; k++) {
            strbuf_printf(&line, "%c%.6f %.6f", k == 0 ? '(' : ',', street->points[k].lon,
                          street->points[k].lat);
        }
        strbuf_append_char(&line, ')');
        db_sync_copy_z(db, street->name);
        db_sync_copy_z(db, street->class);
        db_sync_copy_z(db, SOURCE);
        db_sync_copy_z(db, line.failed ? NULL : line.p); /* NULL is refused by the table */
        db_sync_copy_row(db);
    }
    strbuf_free(&line);
    return db_sync_copy_end(db, NULL, e);
}

enum status city_demo_store_addresses(struct db_sync *db, const struct city_demo_map *map,
                                      struct err *e)
{
    enum status status = db_sync_copy_begin(
        db, "COPY hotline.gazetteer_addresses (housenumber, street, source, geom) FROM STDIN", e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < map->n_addresses; i++) {
        db_sync_copy_int(db, map->addresses[i].number);
        db_sync_copy_z(db, map->streets[map->addresses[i].street].name);
        db_sync_copy_z(db, SOURCE);
        copy_point(db, map->addresses[i].point);
        db_sync_copy_row(db);
    }
    return db_sync_copy_end(db, NULL, e);
}

enum status city_demo_store_places(struct db_sync *db, const struct city_demo_map *map,
                                   struct err *e)
{
    enum status status = db_sync_copy_begin(
        db, "COPY hotline.gazetteer_places (name, name_en, kind, source, geom) FROM STDIN", e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < map->n_places; i++) {
        const struct city_demo_place *place = &map->places[i];
        db_sync_copy_z(db, place->name);
        db_sync_copy_z(db, place->name_en[0] != '\0' ? place->name_en : NULL);
        db_sync_copy_z(db, place->kind);
        db_sync_copy_z(db, SOURCE);
        copy_point(db, place->point);
        db_sync_copy_row(db);
    }
    return db_sync_copy_end(db, NULL, e);
}

/* --- jurisdictions and accounts --------------------------------------------------------------- */

enum status city_demo_store_area(struct db_sync *db, const struct city_demo_area *area,
                                 struct err *e)
{
    struct strbuf ring;
    strbuf_init(&ring, TEXT_MAX);
    strbuf_append_z(&ring, "SRID=4326;MULTIPOLYGON((");
    for (size_t i = 0; i <= area->ring.n; i++) {
        struct geo_point p = area->ring.points[i % area->ring.n];
        strbuf_printf(&ring, "%c%.6f %.6f", i == 0 ? '(' : ',', p.lon, p.lat);
    }
    strbuf_append_z(&ring, ")))");
    const char *const params[] = {area->code,  area->name,       area->agency,
                                  area->class, area->categories, ring.p};
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(
        db,
        "WITH agency AS ("
        "  SELECT id FROM hotline.agencies WHERE code = $3 AND upper_inf(valid)"
        "), desk AS ("
        "  INSERT INTO hotline.desks (agency_id, code, name)"
        "  SELECT id, $1, $2 FROM agency RETURNING id, agency_id"
        "), made AS ("
        "  INSERT INTO hotline.jurisdictions (code, name, agency_id, desk_id, class, reach,"
        "    approximate, valid, geom)"
        "  SELECT $1, $2, agency_id, id, $4, 'area', true, daterange(NULL, NULL),"
        "    $6::public.geometry FROM desk RETURNING id"
        "), named AS ("
        "  INSERT INTO hotline.jurisdiction_categories (jurisdiction_id, category_id)"
        "  SELECT made.id, c.id FROM made, hotline.categories c"
        "  WHERE c.code = ANY (string_to_array($5, ' ')) RETURNING 1"
        ") SELECT (SELECT count(*) FROM made),"
        "   (SELECT count(*) FROM named) = cardinality(string_to_array($5, ' '))",
        6, params, &rows, e);
    strbuf_free(&ring);
    if (status == STATUS_OK && db_rows_int(rows, 0, 0) != 1) {
        status = err_set(e, STATUS_NOT_FOUND, "there is no agency %s", area->agency);
    } else if (status == STATUS_OK && !db_rows_bool(rows, 0, 1)) {
        status = err_set(e, STATUS_NOT_FOUND, "not all of its categories exist");
    }
    db_rows_free(rows);
    return status == STATUS_OK ? status : err_wrap(e, "%s", area->code);
}

enum status city_demo_store_login(struct db_sync *db, const struct city_demo_login *login,
                                  struct err *e)
{
    const char *const params[] = {login->login, login->name, login->role, login->agency,
                                  login->hash};
    enum status status =
        db_sync_run(db,
                    "INSERT INTO hotline.users (login, name, role, agency_id, password_hash)"
                    " VALUES ($1, $2, $3, (SELECT id FROM hotline.agencies WHERE code = $4"
                    "   AND upper_inf(valid)), $5)",
                    5, params, NULL, e);
    return status == STATUS_OK ? status : err_wrap(e, "account %s", login->login);
}

/* --- for the complaints ----------------------------------------------------------------------- */

enum status city_demo_store_holidays(struct db_sync *db, int64_t **out, size_t *n, struct err *e)
{
    struct db_rows *rows;
    enum status status = db_sync_query(
        db, "SELECT to_char(day, 'YYYY-MM-DD') FROM hotline.calendar_days WHERE kind = 'holiday'",
        0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    size_t count = db_rows_count(rows);
    int64_t *days = calloc(count + 1, sizeof(*days));
    if (days == NULL) {
        db_rows_free(rows);
        return err_set(e, STATUS_NO_MEMORY, "%zu holidays", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!clock_parse_any(db_rows_str(rows, i, 0), &days[i])) {
            days[i] = INT64_MIN; /* no day at all */
        }
    }
    db_rows_free(rows);
    *out = days;
    *n = count;
    return STATUS_OK;
}

enum status city_demo_store_ids(struct db_sync *db, size_t n, int64_t *out, struct err *e)
{
    char count[24];
    snprintf(count, sizeof(count), "%zu", n);
    const char *const params[] = {count};
    struct db_rows *rows;
    enum status status = db_sync_query(
        db, "SELECT nextval('hotline.complaint_ids') FROM generate_series(1, $1::integer)", 1,
        params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = db_rows_int(rows, i, 0);
    }
    db_rows_free(rows);
    return STATUS_OK;
}

enum status city_demo_store_hurry(struct db_sync *db, struct err *e)
{
    return db_sync_exec(db, "SET synchronous_commit = off", e);
}

enum status city_demo_store_analyze(struct db_sync *db, struct err *e)
{
    return db_sync_exec(db, "ANALYZE", e);
}

enum status city_demo_store_ratings(struct db_sync *db, struct err *e)
{
    return db_sync_exec(
        db,
        "UPDATE hotline.complaints c SET reopened = r.mood < 5, satisfaction ="
        " CASE WHEN r.mood < CASE WHEN c.closed_at > c.due_at THEN 45 ELSE 9 END THEN 1"
        "      WHEN r.mood < CASE WHEN c.closed_at > c.due_at THEN 75 ELSE 32 END THEN 2"
        "      ELSE 3 END"
        " FROM (SELECT id, abs(hashint8(id) % 100) AS mood, abs(hashint8(id + 1) % 5) AS rates"
        "  FROM hotline.complaints) r"
        " WHERE r.id = c.id AND r.rates < 2 AND c.satisfaction IS NULL"
        " AND c.status IN ('resolved', 'closed')",
        e);
}
