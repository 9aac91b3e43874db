#include "server/city/city_osm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/app/home.h"
#include "server/city/city_file.h"
#include "server/city/city_gazetteer.h"
#include "server/city/city_osm_layers.h"
#include "server/city/city_program.h"

/* --- running osm2pgsql ------------------------------------------------------------------------ */

/* This process's environment with the database's parts on top, so that no password is among the
 * arguments. The array is malloc'd, its strings are borrowed. */
static char **merge_environment(char **parts)
{
    size_t n = 0;
    size_t m = 0;
    while (environ[n]) {
        n++;
    }
    while (parts[m]) {
        m++;
    }
    char **merged = malloc((n + m + 1) * sizeof *merged);
    if (!merged) {
        return NULL;
    }
    memcpy(merged, parts, m * sizeof *merged); /* the first of two equal names is the one found */
    memcpy(merged + m, environ, n * sizeof *merged);
    merged[m + n] = NULL;
    return merged;
}

static enum status run_osm2pgsql(const char *path, const char *style, char **environment,
                                 struct err *e)
{
    char program[] = "osm2pgsql";
    char output[] = "--output=flex";
    char create[] = "--create";
    char quiet[] = "--log-progress=false";
    char *style_option = NULL;
    char *input = strdup(path);
    if (!input || asprintf(&style_option, "--style=%s", style) < 0) {
        free(input);
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    const char *name = "";
    for (char **one = environment; *one; one++) {
        if (strncmp(*one, "PGDATABASE=", 11) == 0) {
            name = *one + 11;
            break;
        }
    }
    char *database = NULL;
    enum status status = STATUS_OK;
    if (asprintf(&database, "--database=%s", name) < 0) {
        database = NULL;
        status = err_set(e, STATUS_NO_MEMORY, "out of memory");
    } else {
        char *const arguments[] = {program,      output,   create, quiet,
                                   style_option, database, input,  NULL};
        status = city_program_run(arguments, environment, path, e);
    }
    free(database);
    free(style_option);
    free(input);
    return status;
}

/* --- staging ---------------------------------------------------------------------------------- */

enum status city_osm_stage(struct db_sync *db, const char *path, struct err *e)
{
    char style[PATH_MAX];
    char **parts = NULL;
    enum status status = home_path("server/city/osm.lua", style, e);
    if (status == STATUS_OK) {
        status = db_sync_environment(db, &parts, e);
    }
    char **environment = status == STATUS_OK ? merge_environment(parts) : NULL;
    if (status == STATUS_OK && !environment) {
        status = err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    if (status == STATUS_OK) {
        /* osm2pgsql logs in anew and works as who logs in, so the schema is that one's. */
        status = db_sync_exec(db,
                              "RESET ROLE; DROP SCHEMA IF EXISTS hotline_osm CASCADE;"
                              "CREATE SCHEMA hotline_osm",
                              e);
    }
    if (status == STATUS_OK) {
        status = run_osm2pgsql(path, style, environment, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_exec(db,
                              "GRANT USAGE ON SCHEMA hotline_osm TO hotline_owner;"
                              "GRANT SELECT ON ALL TABLES IN SCHEMA hotline_osm TO hotline_owner;"
                              "SET ROLE hotline_owner",
                              e);
    }
    free(environment);
    free(parts);
    return status;
}

void city_osm_unstage(struct db_sync *db)
{
    struct err ignored;
    (void)!db_sync_exec(db, "RESET ROLE; DROP SCHEMA IF EXISTS hotline_osm CASCADE", &ignored);
    (void)!db_sync_exec(db, "SET ROLE hotline_owner", &ignored);
}

/* --- into the gazetteer ----------------------------------------------------------------------- */

static const char clear_sql[][80] = {
    "DELETE FROM hotline.gazetteer_streets WHERE source = $1",
    "DELETE FROM hotline.gazetteer_addresses WHERE source = $1",
    "DELETE FROM hotline.gazetteer_places WHERE source = $1",
};

/* Names in NFC; a name that is nothing but blanks is none. */
static const char streets_sql[] =
    "INSERT INTO hotline.gazetteer_streets (name, aliases, class, source, geom)"
    " SELECT btrim(normalize(s.name)), coalesce(string_to_array(normalize(s.aliases), E'\\n'), "
    "'{}'),"
    "   s.class, $1, s.geom"
    " FROM hotline_osm.streets s"
    " WHERE btrim(s.name) <> '' AND public.ST_NPoints(s.geom) >= 2 ORDER BY s.way_id";
/* About 33 m: a building's middle and its address node are the same address. */
static const char addresses_sql[] =
    "INSERT INTO hotline.gazetteer_addresses (housenumber, street, name, source, geom)"
    " SELECT btrim(normalize(a.housenumber)), nullif(btrim(normalize(a.street)), ''),"
    "   nullif(btrim(normalize(a.name)), ''), $1, a.geom"
    " FROM hotline_osm.addresses a"
    " WHERE btrim(a.housenumber) <> '' AND public.GeometryType(a.geom) = 'POINT'"
    "   AND NOT EXISTS (SELECT FROM hotline.gazetteer_addresses h"
    "     WHERE h.housenumber = btrim(normalize(a.housenumber)) AND h.source <> $1"
    "       AND public.ST_DWithin(h.geom, a.geom, 0.0003))"
    " ORDER BY a.osm_type, a.osm_id";
static const char places_sql[] =
    "INSERT INTO hotline.gazetteer_places (name, name_en, aliases, kind, source, geom)"
    " SELECT btrim(normalize(p.name)), nullif(btrim(p.name_en), ''),"
    "   coalesce(string_to_array(normalize(p.aliases), E'\\n'), '{}'), p.kind, $1, p.geom"
    " FROM hotline_osm.places p"
    " WHERE btrim(p.name) <> '' AND public.GeometryType(p.geom) = 'POINT'"
    "   AND NOT EXISTS (SELECT FROM hotline.gazetteer_places h"
    "     WHERE h.name = btrim(normalize(p.name)) AND h.source <> $1"
    "       AND public.ST_DWithin(h.geom, p.geom, 0.001))"
    " ORDER BY p.osm_type, p.osm_id";

enum status city_osm_merge(struct db_sync *db, const char *path, struct city_report *report,
                           struct err *e)
{
    static const char *const inserts[] = {streets_sql, addresses_sql, places_sql};
    const char *const params[] = {city_file_base(path)};
    size_t counts[3] = {0};
    int64_t in = 0;
    city_report_begin(report, path, "streets, addresses and places");
    enum status status = db_sync_number(db,
                                        "SELECT (SELECT count(*) FROM hotline_osm.streets)"
                                        " + (SELECT count(*) FROM hotline_osm.addresses)"
                                        " + (SELECT count(*) FROM hotline_osm.places)",
                                        &in, e);
    for (size_t i = 0; i < 3 && status == STATUS_OK; i++) {
        status = db_sync_run(db, clear_sql[i], 1, params, NULL, e);
    }
    for (size_t i = 0; i < 3 && status == STATUS_OK; i++) {
        status = db_sync_run(db, inserts[i], 1, params, &counts[i], e);
    }
    int64_t derived = 0;
    if (status == STATUS_OK) {
        status = city_gazetteer_derive(db, &derived, e);
    }
    if (status != STATUS_OK) {
        return err_wrap(e, "%s", report->file);
    }
    report->in = (size_t)in;
    report->loaded = counts[0] + counts[1] + counts[2];
    report->skipped = report->in - report->loaded;
    report->skipped_because = "known from another file, or without a name";
    city_report_note(report,
                     "%zu streets, %zu further addresses, %zu further places; the street of %lld "
                     "addresses told by where they lie",
                     counts[0], counts[1], counts[2], (long long)derived);
    city_report_end(report);
    return city_osm_layers_merge(db, path, e);
}
