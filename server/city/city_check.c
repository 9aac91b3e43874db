#include "server/city/city_check.h"

#include <stdbool.h>
#include <stdio.h>

struct check {
    const char *title;
    bool fault;
    const char *sql; /* one text column, one row for each finding */
};

/* A generation is the boundaries of one level and one validity. Areas are on the ellipsoid. A gap
 * is a hole in the union of a generation; a hole that is really another city's stays one to know
 * of. Sources listed under the setting "partial" are not expected to cover the city. */
static const struct check checks[] = {
    {"no fallback agency", true,
     "SELECT format('from %s to %s nobody takes what no jurisdiction covers',"
     "    coalesce(lower(missing)::text, 'ever'), coalesce(upper(missing)::text, 'ever'))"
     " FROM unnest(datemultirange(daterange(NULL, NULL)) - coalesce("
     "    (SELECT range_agg(valid) FROM hotline.agencies WHERE fallback), '{}')) AS missing"},
    {"jurisdiction without its agency", true,
     "SELECT format('%s holds %s, its agency %s %s', j.code, j.valid, a.code, a.valid)"
     " FROM hotline.jurisdictions j JOIN hotline.agencies a ON a.id = j.agency_id"
     " WHERE NOT a.valid @> j.valid ORDER BY 1"},
    {"jurisdiction of a unit that does not hold", true,
     "SELECT format('%s holds %s, its unit %s %s', j.code, j.valid, b.code, b.valid)"
     " FROM hotline.jurisdictions j JOIN hotline.boundaries b ON b.id = j.boundary_id"
     " WHERE NOT b.valid @> j.valid ORDER BY 1"},
    {"jurisdiction whose desk does not hold", false,
     "SELECT format('%s holds %s, its desk %s %s', j.code, j.valid, d.code, d.valid)"
     " FROM hotline.jurisdictions j JOIN hotline.desks d ON d.id = j.desk_id"
     " WHERE NOT d.valid @> j.valid ORDER BY 1"},
    {"overlapping boundaries", false,
     "WITH pairs AS ("
     "  SELECT a.level, a.valid * b.valid AS valid, a.name AS one, b.name AS other,"
     "    public.ST_Area(public.ST_CollectionExtract("
     "      public.ST_Intersection(a.geom, b.geom), 3)::public.geography) AS m2"
     "  FROM hotline.boundaries a JOIN hotline.boundaries b"
     "    ON b.level = a.level AND b.id > a.id AND b.valid && a.valid"
     "    AND public.ST_Intersects(a.geom, b.geom)"
     "    AND NOT public.ST_Touches(a.geom, b.geom)"
     ") SELECT format('%ss %s: %s pairs overlap, %s m2 in all; the most %s and %s, %s m2', level,"
     "    valid, count(*), round(sum(m2)::numeric, 1), (array_agg(one ORDER BY m2 DESC))[1],"
     "    (array_agg(other ORDER BY m2 DESC))[1], round(max(m2)::numeric, 1))"
     " FROM pairs WHERE m2 > 0 GROUP BY level, valid ORDER BY level, valid"},
    {"gaps between boundaries", false,
     "WITH whole AS ("
     "  SELECT level, valid, public.ST_Union(geom) AS geom FROM hotline.boundaries b"
     "  WHERE NOT EXISTS (SELECT FROM hotline.settings s"
     "    WHERE s.key = 'partial' AND s.value ? b.source)"
     "  GROUP BY level, valid"
     "), holes AS ("
     "  SELECT level, valid, public.ST_MakePolygon(public.ST_InteriorRingN(part.geom, n)) AS geom"
     "  FROM whole, public.ST_Dump(whole.geom) AS part,"
     "    generate_series(1, public.ST_NumInteriorRings(part.geom)) AS n"
     ") SELECT format('%ss %s: %s gaps, %s m2 in all; the largest %s m2 near %s', level, valid,"
     "    count(*), round(sum(public.ST_Area(geom::public.geography))::numeric, 1),"
     "    round(max(public.ST_Area(geom::public.geography))::numeric, 1),"
     "    (array_agg(public.ST_AsText(public.ST_PointOnSurface(geom), 5)"
     "       ORDER BY public.ST_Area(geom) DESC))[1])"
     " FROM holes GROUP BY level, valid ORDER BY level, valid"},
    {"unit that no jurisdiction names", false,
     "SELECT format('%ss %s, %s: %s of %s units, such as %s', b.level, b.valid, b.source, count(*),"
     "    (SELECT count(*) FROM hotline.boundaries o WHERE o.level = b.level AND o.valid = b.valid"
     "       AND o.source = b.source), min(b.name))"
     " FROM hotline.boundaries b WHERE NOT EXISTS"
     "    (SELECT FROM hotline.jurisdictions j WHERE j.boundary_id = b.id)"
     " GROUP BY b.level, b.valid, b.source ORDER BY 1"},
    {"agency that has expired", false,
     "SELECT format('%s (%s): until %s, with %s jurisdictions', min(kind), valid, upper(valid),"
     "    (SELECT count(*) FROM hotline.jurisdictions j JOIN hotline.agencies x"
     "       ON x.id = j.agency_id WHERE x.valid = a.valid AND j.valid @> current_date))"
     "  || format('; %s agencies, such as %s', count(*), min(name))"
     " FROM hotline.agencies a WHERE upper(valid) <= current_date GROUP BY valid ORDER BY 1"},
    {"agency without a jurisdiction", false,
     "SELECT format('%s (%s)', a.name, a.code) FROM hotline.agencies a"
     " WHERE NOT a.fallback AND NOT EXISTS"
     "    (SELECT FROM hotline.jurisdictions j WHERE j.agency_id = a.id) ORDER BY 1"},
    {"category that only the fallback takes today", false,
     "WITH RECURSIVE covered AS ("
     "  SELECT c.id FROM hotline.categories c WHERE EXISTS ("
     "    SELECT FROM hotline.jurisdictions j"
     "    LEFT JOIN hotline.jurisdiction_categories jc ON jc.jurisdiction_id = j.id"
     "    WHERE j.valid @> current_date AND (jc.category_id = c.id OR jc.category_id IS NULL))"
     "  UNION SELECT c.id FROM hotline.categories c JOIN covered p ON c.parent_id = p.id"
     ") SELECT format('%s (%s)', c.name_vi, c.code) FROM hotline.categories c"
     " WHERE c.active AND NOT EXISTS (SELECT FROM covered WHERE covered.id = c.id)"
     "   AND NOT EXISTS (SELECT FROM hotline.categories child"
     "     JOIN covered ON covered.id = child.id WHERE child.parent_id = c.id)"
     " ORDER BY c.position, c.code"},
    {"calendar", false,
     "SELECT format('no public holidays are listed for %s%s', y,"
     "   CASE WHEN c.code = 'city' THEN '' ELSE ' in ' || c.code END)"
     " FROM hotline.calendars c, generate_series(extract(year FROM current_date)::integer,"
     "   extract(year FROM current_date)::integer + 1) AS y"
     " WHERE c.code = 'city' AND NOT EXISTS (SELECT FROM hotline.calendar_days d"
     "    WHERE d.calendar = c.code AND extract(year FROM d.day) = y) ORDER BY y"},
    {"gap in the calendar", true,
     "SELECT format('no public holidays are listed for %s, but for years before and after it', y)"
     " FROM (SELECT min(day) AS a, max(day) AS b FROM hotline.calendar_days"
     "   WHERE calendar = 'city') span, generate_series(extract(year FROM a)::integer,"
     "   extract(year FROM b)::integer) AS y WHERE NOT EXISTS (SELECT FROM hotline.calendar_days d"
     "   WHERE d.calendar = 'city' AND extract(year FROM d.day) = y) ORDER BY y"},
    {"agency ends", true,
     "SELECT format('%s has ended on %s without a successor; it has %s open complaints', a.code,"
     "   upper(a.valid), count(*)) FROM hotline.agencies a"
     " JOIN hotline.complaints c ON c.agency_id = a.id AND c.closed_at IS NULL"
     "   AND c.status NOT IN ('resolved', 'closed', 'rejected')"
     " WHERE upper(a.valid) <= current_date AND NOT EXISTS (SELECT FROM hotline.agency_successors s"
     "   WHERE s.old_agency_id = a.id) GROUP BY a.id ORDER BY a.code"},
    {"agency will end", false,
     "SELECT format('%s ends on %s%s; it has %s open complaints: hotline transfer list --at %s',"
     "   a.code, upper(a.valid), CASE WHEN EXISTS (SELECT FROM hotline.agency_successors s"
     "     WHERE s.old_agency_id = a.id AND s.new_agency_id IS NOT NULL) THEN ''"
     "     ELSE ' without a successor' END, count(*), upper(a.valid)) FROM hotline.agencies a"
     " JOIN hotline.complaints c ON c.agency_id = a.id AND c.closed_at IS NULL"
     " WHERE upper(a.valid) > current_date GROUP BY a.id ORDER BY a.code"},
    {"transfer", false,
     "SELECT format('transfer %s has been running since %s', id, made_at) FROM hotline.transfers"
     " WHERE state = 'running'"},
};

static enum status run_check(struct db_sync *db, const struct check *check,
                             struct city_check_result *result, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, check->sql, 0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return err_wrap(e, "%s", check->title);
    }
    size_t n = db_rows_count(rows);
    for (size_t i = 0; i < n; i++) {
        printf("%s: %s: %s\n", check->fault ? "FAULT" : "note", check->title,
               db_rows_text(rows, i, 0));
    }
    if (check->fault) {
        result->faults += n;
    } else {
        result->notes += n;
    }
    db_rows_free(rows);
    return STATUS_OK;
}

enum status city_check_run(struct db_sync *db, struct city_check_result *out, struct err *e)
{
    struct city_check_result result = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && status == STATUS_OK; i++) {
        status = run_check(db, &checks[i], &result, e);
    }
    if (status == STATUS_OK) {
        *out = result;
    }
    return status;
}
