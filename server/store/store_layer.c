#include "server/store/store_layer.h"

#include <stdio.h>
#include <string.h>

#define EXTENT 4096
#define BUFFER 64
#define CELLS  32 /* along a side, below STORE_LAYER_EXACT_ZOOM */

static void add(struct store_statement *st, const char *sql)
{
    strbuf_append_z(&st->sql, sql);
}

/* Roads that are drawn at this zoom; "" for all. A layer whose features have no class has none. */
static const char *road_classes(uint32_t z)
{
    return z < 8    ? "motorway|trunk"
           : z < 11 ? "motorway|motorway_link|trunk|trunk_link|primary"
           : z < 12 ? "motorway|motorway_link|trunk|trunk_link|primary|primary_link|secondary"
           : z < 13 ? "motorway|motorway_link|trunk|trunk_link|primary|primary_link|secondary|"
                      "secondary_link|tertiary|tertiary_link"
           : z < 14 ? "motorway|motorway_link|trunk|trunk_link|primary|primary_link|secondary|"
                      "secondary_link|tertiary|tertiary_link|unclassified|residential|"
                      "living_street|road|pedestrian"
                    : "";
}

/* What is of the layer, holds, and reaches into the tile; the parameters are the same each time. */
static void add_where(struct store_statement *st, struct layer_tile *t)
{
    struct geo_box box = geo_tile_box(t->tile);
    double dx = (box.east - box.west) * BUFFER / EXTENT;
    double dy = (box.north - box.south) * BUFFER / EXTENT;
    strbuf_printf(&st->sql,
                  " FROM hotline.layer_features f WHERE f.layer_id = %d AND f.geom &&"
                  " ST_MakeEnvelope(%.9f, %.9f, %.9f, %.9f, 4326)",
                  (int)t->layer_id, box.west - dx, box.south - dy, box.east + dx, box.north + dy);
    if (t->at != NULL) {
        add(st, " AND f.valid @> ");
        store_statement_param(st, t->at);
        add(st, "::timestamptz");
    }
}

/* The features to draw, and how many are left to nearer zooms. */
static void add_found(struct store_statement *st, struct layer_tile *t, const char *classes)
{
    static const char drawn[] = "coalesce(f.attributes ->> 'class' = ANY (string_to_array('%s', "
                                "'|')), true)";
    add(st, "WITH found AS MATERIALIZED (SELECT f.id, f.name, f.attributes, f.valid, f.geom");
    add_where(st, t);
    if (classes[0] != '\0') {
        add(st, " AND ");
        strbuf_printf(&st->sql, drawn, classes);
    }
    add(st, "), later AS (SELECT count(*) AS n");
    if (classes[0] == '\0') {
        add(st, " WHERE false)"); /* all of them are drawn */
        return;
    }
    add_where(st, t);
    add(st, " AND NOT ");
    strbuf_printf(&st->sql, drawn, classes);
    add(st, ")");
}

/* Geometry in the tile's units, clipped; NULL for what is too small to be seen. */
static void add_geometry(struct store_statement *st, struct layer_tile *t, const char *expression)
{
    bool point = strcmp(t->kind, "point") == 0;
    double tolerance = 360.0 / (double)(1U << t->tile.z) / EXTENT * 4;
    add(st, "ST_AsMVTGeom(ST_Transform(");
    if (point) {
        add(st, expression);
    } else {
        strbuf_printf(&st->sql, "ST_Simplify(%s, ", expression);
        strbuf_printf(&st->sql, "%.12g", tolerance);
        /* Of an area a triangle stays at least; ST_AsMVTGeom drops it where it is nothing. */
        strbuf_printf(&st->sql, ", %s)", strcmp(t->kind, "polygon") == 0 ? "false" : "true");
    }
    strbuf_printf(&st->sql, ", 3857), ST_TileEnvelope(%u, %u, %u), %d, %d, true)", t->tile.z,
                  t->tile.x, t->tile.y, EXTENT, BUFFER);
}

/* Each feature by itself, with all of its attributes. */
static void add_exact(struct store_statement *st, struct layer_tile *t)
{
    add(st, ", made AS MATERIALIZED (SELECT id, name, attributes, valid, 1 AS count, ");
    add_geometry(st, t, "geom");
    add(st, " AS geom FROM found)");
}

/* What is of one class and has its middle in one cell, together; a single one keeps its own. */
static void add_grouped(struct store_statement *st, struct layer_tile *t)
{
    struct geo_box box = geo_tile_box(t->tile);
    add(st, ", made AS MATERIALIZED (SELECT min(id) AS id, CASE WHEN count(*) = 1 OR"
            "  min(name) = max(name) THEN min(name) ELSE '' END AS name,"
            " CASE WHEN count(*) = 1 THEN (array_agg(attributes))[1]"
            "  ELSE jsonb_strip_nulls(jsonb_build_object('class', class, 'kind', kind)) END"
            "  AS attributes,"
            " CASE WHEN count(*) = 1 THEN (array_agg(valid))[1] ELSE tstzrange(NULL, NULL) END"
            "  AS valid, count(*) AS count, ");
    add_geometry(st, t,
                 strcmp(t->kind, "point") == 0 ? "ST_Centroid(ST_Collect(geom))"
                                               : "ST_Collect(geom)");
    add(st, " AS geom FROM (SELECT *, attributes ->> 'class' AS class,"
            " attributes ->> 'kind' AS kind,"
            " floor(((ST_XMin(geom) + ST_XMax(geom)) / 2 - ");
    strbuf_printf(&st->sql, "%.12g", box.west);
    add(st, ") * ");
    strbuf_printf(&st->sql, "%.12g", CELLS / (box.east - box.west));
    add(st, ") AS i, floor(((ST_YMin(geom) + ST_YMax(geom)) / 2 - ");
    strbuf_printf(&st->sql, "%.12g", box.south);
    add(st, ") * ");
    strbuf_printf(&st->sql, "%.12g", CELLS / (box.north - box.south));
    add(st, ") AS j FROM found) q GROUP BY class, kind, greatest(-1, least(i, 32)),"
            " greatest(-1, least(j, 32)))");
}

/* The layer, and what the tile has to say of itself. */
static void add_tile(struct store_statement *st, struct layer_tile *t, const char *classes)
{
    strbuf_printf(
        &st->sql,
        " SELECT (SELECT ST_AsMVT(q, '%s', %d, 'geom', 'id') FROM (SELECT id, name,"
        "  attributes - '{name,id,count,valid_from,valid_to}'::text[] AS attributes, count::int,"
        "  lower(valid)::text AS valid_from, upper(valid)::text AS valid_to, geom"
        "  FROM made WHERE geom IS NOT NULL ORDER BY id) q)"
        " || (SELECT ST_AsMVT(i, '%s_info', %d, 'geom') FROM (SELECT"
        "  (coalesce(sum(count), 0) + (SELECT n FROM later))::int AS total,"
        "  (sum(count) FILTER (WHERE geom IS NOT NULL AND count = 1))::int AS shown,"
        "  (sum(count) FILTER (WHERE geom IS NOT NULL AND count > 1))::int AS aggregated,"
        "  (sum(count) FILTER (WHERE geom IS NULL))::int AS too_small,"
        "  nullif((SELECT n FROM later), 0)::int AS later, nullif('%s', '') AS classes,"
        "  ST_MakePoint(%d, %d) AS geom FROM made"
        "  HAVING count(*) > 0 OR (SELECT n FROM later) > 0) i)",
        t->code, EXTENT, t->code, EXTENT, classes, EXTENT / 2, EXTENT / 2);
}

void store_layer_mvt(struct store_statement *st, struct layer_tile *t)
{
    const char *classes = strcmp(t->kind, "line") == 0 ? road_classes(t->tile.z) : "";
    add_found(st, t, classes);
    if (t->tile.z < STORE_LAYER_EXACT_ZOOM) {
        add_grouped(st, t);
    } else {
        add_exact(st, t);
    }
    add_tile(st, t, classes);
}
