#include "server/store/store_tile.h"

#include <stdio.h>

#define CELLS      64   /* heat cells along a side of a tile */
#define CLUSTERS   16   /* clusters along a side, below POINT_ZOOM */
#define POINTS     1024 /* from POINT_ZOOM on: only points within 1/4 pixel share a feature */
#define POINT_ZOOM 14
#define EXTENT     4096

/* Position on the Mercator square, 0..1, as the heat index has it. */
#define WORLD_X "(hotline.heat_x(c.geom) / 4294967296::float8)"
#define WORLD_Y "(hotline.heat_y(c.geom) / 4294967296::float8)"
/* Without an account places are known to a cell of 0.001 degrees only: its middle. */
#define ROUGH                                                                                      \
    "ST_SetSRID(ST_MakePoint((floor(ST_X(c.geom) / 0.001) + 0.5) * 0.001,"                         \
    " (floor(ST_Y(c.geom) / 0.001) + 0.5) * 0.001), 4326)"
#define OPEN "c.status NOT IN ('resolved', 'closed', 'rejected', 'referred')"

static void add(struct store_statement *st, const char *sql)
{
    strbuf_append_z(&st->sql, sql);
}

static void number(struct store_statement *st, struct tile_request *t, int slot, double value)
{
    snprintf(t->numbers[slot], sizeof(t->numbers[slot]), "%.12g", value);
    store_statement_param(st, t->numbers[slot]);
    add(st, "::float8");
}

/* "c.geom && box": the tile's, grown by a share of its side. */
static void add_box(struct store_statement *st, struct tile_request *t, const char *geom,
                    double margin)
{
    struct geo_box box = geo_tile_box(t->tile);
    double dx = (box.east - box.west) * margin;
    double dy = (box.north - box.south) * margin;
    strbuf_printf(&st->sql, " AND %s && ST_MakeEnvelope(", geom);
    number(st, t, 0, box.west - dx);
    add(st, ", ");
    number(st, t, 1, box.south - dy);
    add(st, ", ");
    number(st, t, 2, box.east + dx);
    add(st, ", ");
    number(st, t, 3, box.north + dy);
    add(st, ", 4326)");
}

/* Rows (i, j, ...) of complaints in a grid of `cells` per tile side; i, j may be outside 0..cells-1
 * by what the box was grown. */
static void add_grid(struct store_statement *st, struct tile_request *t, int cells,
                     const char *columns, double margin)
{
    double n = (double)(1U << t->tile.z);
    strbuf_printf(&st->sql, "(SELECT floor((" WORLD_X " * ");
    number(st, t, 4, n);
    add(st, " - ");
    number(st, t, 5, t->tile.x);
    strbuf_printf(&st->sql, ") * %d)::int AS i, floor((" WORLD_Y " * ", cells);
    number(st, t, 6, n);
    add(st, " - ");
    number(st, t, 7, t->tile.y);
    strbuf_printf(&st->sql, ") * %d)::int AS j%s FROM ", cells, columns);
    if (t->layer == TILE_COMPLAINTS && !t->exact) {
        add(st, "(SELECT " ROUGH " AS geom, c.code, c.status, c.category_id, c.channel, c.due_at,"
                " c.agency_id, c.ward_id, c.received_at, c.description FROM hotline.complaints c"
                " WHERE true");
        add_box(st, t, "c.geom", margin + 0.001 * n / 360); /* a cell may be rounded into it */
        add(st, ") c WHERE true");
    } else {
        add(st, "hotline.complaints c WHERE true");
        add_box(st, t, "c.geom", margin);
    }
    store_filter_append(st, &t->filter);
    add(st, t->due ? " AND c.closed_at IS NULL" : "");
    store_work_append(st, &t->work);
    add(st, ") c");
}

static void heat(struct store_statement *st, struct tile_request *t)
{
    int unit = EXTENT / CELLS;
    strbuf_printf(&st->sql,
                  "SELECT ST_AsMVT(q, 'heat', %d, 'geom') FROM ("
                  "SELECT ST_MakePoint(i * %d + %d, j * %d + %d) AS geom, count(*)::int AS count,"
                  " (count(*) FILTER (WHERE open))::int AS open,"
                  " (count(*) FILTER (WHERE open AND due_at < now()))::int AS late,"
                  " sum(weight)::int AS weight, count(satisfaction)::int AS rated,"
                  " avg(satisfaction)::float8 AS satisfaction FROM ",
                  EXTENT, unit, unit / 2, unit, unit / 2);
    add_grid(st, t, CELLS,
             ", " OPEN " AS open, c.due_at, c.satisfaction,"
             " (SELECT CASE WHEN k.urgent THEN 3 ELSE 1 END FROM hotline.categories k"
             " WHERE k.id = c.category_id) AS weight",
             0.0);
    strbuf_printf(&st->sql, " WHERE i BETWEEN 0 AND %d AND j BETWEEN 0 AND %d GROUP BY i, j) q",
                  CELLS - 1, CELLS - 1);
}

/* Of the open ones that a feature stands for: as the list's `late` and `at_risk` say of one. */
#define DUE_COLUMNS ", c.due_at < now() AS late, c.due_at > now() AND hotline.at_risk(c) AS at_risk"
#define DUE_SUMS                                                                                   \
    ", (count(*) FILTER (WHERE late))::int AS late"                                                \
    ", (count(*) FILTER (WHERE at_risk))::int AS at_risk"

static void complaints(struct store_statement *st, struct tile_request *t)
{
    int cells = t->tile.z < POINT_ZOOM ? CLUSTERS : POINTS;
    int unit = EXTENT / cells;
    strbuf_printf(&st->sql,
                  "SELECT ST_AsMVT(q, 'complaints', %d, 'geom') FROM ("
                  "SELECT ST_MakePoint(i * %d + %d, j * %d + %d) AS geom, count(*)::int AS count,"
                  " (count(*) FILTER (WHERE open))::int AS open,"
                  " CASE WHEN count(*) = 1 THEN min(k.code) END AS category,"
                  " CASE WHEN count(*) = 1 THEN min(status) END AS status%s%s FROM ",
                  EXTENT, unit, unit / 2, unit, unit / 2,
                  t->exact ? ", CASE WHEN count(*) = 1 THEN min(c.code) END AS code" : "",
                  t->due ? DUE_SUMS : "");
    add_grid(st, t, cells,
             t->due ? ", " OPEN " AS open, c.status, c.category_id, c.code" DUE_COLUMNS
                    : ", " OPEN " AS open, c.status, c.category_id, c.code",
             0.0);
    strbuf_printf(&st->sql,
                  " JOIN hotline.categories k ON k.id = c.category_id"
                  " WHERE i BETWEEN 0 AND %d AND j BETWEEN 0 AND %d GROUP BY i, j) q",
                  cells - 1, cells - 1);
}

/* Geometry of `expression`, simplified to half a tile unit, clipped to the tile and its margin. */
static void add_shape(struct store_statement *st, struct tile_request *t, const char *expression)
{
    double tolerance = 360.0 / (double)(1U << t->tile.z) / EXTENT;
    strbuf_printf(&st->sql, "ST_AsMVTGeom(ST_Transform(ST_SimplifyPreserveTopology(%s, ",
                  expression);
    number(st, t, 8, tolerance);
    strbuf_printf(&st->sql, "), 3857), ST_TileEnvelope(%u, %u, %u), %d, 64, true) AS geom",
                  t->tile.z, t->tile.x, t->tile.y, EXTENT);
}

static void jurisdictions(struct store_statement *st, struct tile_request *t)
{
    strbuf_printf(
        &st->sql,
        "SELECT ST_AsMVT(q, 'jurisdictions', %d, 'geom') FROM ("
        "SELECT j.code, j.name, a.code AS agency, a.name AS agency_name, j.class, j.reach,"
        " j.approximate, ",
        EXTENT);
    add_shape(st, t, "coalesce(j.geom, b.geom)");
    add(st, " FROM hotline.jurisdictions j JOIN hotline.agencies a ON a.id = j.agency_id"
            " LEFT JOIN hotline.boundaries b ON b.id = j.boundary_id WHERE j.valid @> ");
    store_statement_param(st, t->day);
    add(st, "::date");
    if (t->filter.category_ids != NULL) {
        add(st, " AND (EXISTS (SELECT FROM hotline.jurisdiction_categories x"
                " WHERE x.jurisdiction_id = j.id AND x.category_id = ANY (");
        store_statement_param(st, t->filter.category_ids);
        add(st, "::int[])) OR NOT EXISTS (SELECT FROM hotline.jurisdiction_categories x"
                " WHERE x.jurisdiction_id = j.id))");
    }
    add_box(st, t, "coalesce(j.geom, b.geom)", 64.0 / EXTENT);
    add(st, ") q WHERE geom IS NOT NULL");
}

/* Fewer classes the further one is away. */
static const char *street_classes(uint32_t z)
{
    return z < 10   ? "motorway|trunk"
           : z < 12 ? "motorway|trunk|primary"
           : z < 14 ? "motorway|trunk|primary|secondary|tertiary"
                    : "";
}

static void streets(struct store_statement *st, struct tile_request *t)
{
    const char *classes = street_classes(t->tile.z);
    strbuf_printf(&st->sql,
                  "SELECT ST_AsMVT(q, 'streets', %d, 'geom') FROM (SELECT s.name, s.class, ",
                  EXTENT);
    add_shape(st, t, "s.geom");
    add(st, " FROM hotline.gazetteer_streets s WHERE true");
    if (classes[0] != '\0') {
        strbuf_printf(&st->sql, " AND s.class = ANY (string_to_array('%s', '|'))", classes);
    }
    add_box(st, t, "s.geom", 64.0 / EXTENT);
    add(st, ") q WHERE geom IS NOT NULL");
}

static void places(struct store_statement *st, struct tile_request *t)
{
    strbuf_printf(&st->sql,
                  "SELECT ST_AsMVT(q, 'places', %d, 'geom') FROM (SELECT p.name, p.kind,"
                  " ST_AsMVTGeom(ST_Transform(p.geom, 3857), ST_TileEnvelope(%u, %u, %u), %d, 64,"
                  " true) AS geom FROM hotline.gazetteer_places p WHERE %s",
                  EXTENT, t->tile.z, t->tile.x, t->tile.y, EXTENT,
                  t->tile.z < POINT_ZOOM ? "false" : "true");
    add_box(st, t, "p.geom", 64.0 / EXTENT);
    add(st, ") q WHERE geom IS NOT NULL");
}

void store_tile_mvt(struct store_statement *st, struct tile_request *t)
{
    switch (t->layer) {
    case TILE_COMPLAINTS:
        complaints(st, t);
        break;
    case TILE_HEAT:
        heat(st, t);
        break;
    case TILE_WARDS:
    case TILE_DISTRICTS:
        break; /* drawn from the snapshot: tile_boundaries.h */
    case TILE_JURISDICTIONS:
        jurisdictions(st, t);
        break;
    case TILE_STREETS:
        streets(st, t);
        break;
    case TILE_PLACES:
    case TILE_LAYERS:
        places(st, t);
        break;
    }
}

void store_tile_heat_pixels(struct store_statement *st, struct tile_request *t, unsigned size,
                            double margin)
{
    add(st, "SELECT i, j, count(*) FROM ");
    add_grid(st, t, (int)size, "", margin / size);
    strbuf_printf(&st->sql, " WHERE i BETWEEN %d AND %d AND j BETWEEN %d AND %d GROUP BY i, j",
                  (int)-margin, (int)(size + margin), (int)-margin, (int)(size + margin));
}

void store_tile_heat_scale(struct store_statement *st, struct tile_request *t, double side_m)
{
    double cells = 2 * 20037508.342789244 / side_m;
    add(st, "SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY n) FROM (SELECT count(*) AS n"
            " FROM hotline.complaints c WHERE c.geom IS NOT NULL");
    store_filter_append(st, &t->filter);
    add(st, " GROUP BY floor(" WORLD_X " * ");
    number(st, t, 0, cells);
    add(st, "), floor(" WORLD_Y " * ");
    number(st, t, 1, cells);
    add(st, ")) q");
}
