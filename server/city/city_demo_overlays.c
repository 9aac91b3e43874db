/* Examples of what a city lays over its map: made from the demo city's own streets and places by
 * hashes of their names, so that the same seed gives the same ones. */
#include "server/city/city_demo_layers.h"
#include "server/city/city_layers.h"

#define SOURCE "demo"

static const struct city_layer overlays[] = {
    {.code = "planned-outages",
     .name_vi = "Cúp điện theo kế hoạch",
     .name_en = "Planned power outages",
     .group = "incidents",
     .kind = "polygon",
     .style = "{\"color\": \"#b45309\"}",
     .source = SOURCE,
     .position = 10},
    {.code = "flood-points",
     .name_vi = "Điểm ngập",
     .name_en = "Flood points",
     .group = "incidents",
     .kind = "point",
     .style = "{\"color\": \"#0369a1\", \"property\": \"cause\", \"values\":"
              " {\"mưa\": \"#0369a1\", \"triều cường\": \"#7c3aed\"}}",
     .source = SOURCE,
     .position = 20},
    {.code = "works",
     .name_vi = "Công trình trên đường",
     .name_en = "Road works",
     .group = "works",
     .kind = "line",
     .style = "{\"color\": \"#be185d\", \"width\": 3}",
     .source = SOURCE,
     .position = 10},
    {.code = "schools",
     .name_vi = "Trường học",
     .name_en = "Schools",
     .group = "facilities",
     .kind = "point",
     .style = "{\"color\": \"#15803d\"}",
     .source = SOURCE,
     .position = 10},
    {.code = "patrol-areas",
     .name_vi = "Khu vực tuần tra (nội bộ)",
     .name_en = "Patrol areas (internal)",
     .group = "works",
     .kind = "polygon",
     .style = "{\"color\": \"#4d7c0f\"}",
     .source = SOURCE,
     .secret = true,
     .position = 20},
};

/* The last day of the demo city, or of its account where it is told no other. */
#define DAY "(SELECT (value ->> 'last_day')::date FROM hotline.settings WHERE key = 'demo')"
#define ROADS                                                                                      \
    " FROM hotline.layer_features f JOIN hotline.layers r ON r.id = f.layer_id"                    \
    " AND r.code = 'roads', hotline.layers l WHERE l.code = "
#define CHANCE(n) " AND abs(hashtext(f.name || f.source_id)) % " #n " = 0"

static const char *const fills[] = {
    /* Half a day on two streets of a ward, from a week before the last day to a week after. */
    "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, valid, "
    "geom)"
    " SELECT l.id, '" SOURCE "', f.source_id, 'Cúp điện ' || f.name, jsonb_build_object("
    "  'reason', (ARRAY['Bảo trì lưới điện', 'Thay máy biến áp', 'Phát quang hành lang lưới'])"
    "   [1 + abs(hashtext(f.name)) % 3], 'customers', 40 + abs(hashtext(f.source_id)) % 900),"
    "  tstzrange(begin, begin + make_interval(hours => 3 + abs(hashtext(f.source_id)) % 6)),"
    "  public.ST_Buffer(f.geom::public.geography, 90, 'quad_segs=3')::public.geometry"
    " FROM hotline.layer_features f JOIN hotline.layers r ON r.id = f.layer_id"
    "  AND r.code = 'roads', hotline.layers l, LATERAL (SELECT ((" DAY " - 7"
    "  + abs(hashtext('day' || f.source_id)) % 15) + make_interval(hours =>"
    "  7 + abs(hashtext('hour' || f.source_id)) % 7)) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS begin) t"
    " WHERE l.code = 'planned-outages' AND f.attributes ->> 'class' IN ('residential', 'tertiary')"
    "  AND abs(hashtext(f.name || f.source_id)) % 18 = 0",
    "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, geom)"
    " SELECT l.id, '" SOURCE "', f.source_id, 'Ngập ' || f.name, jsonb_build_object("
    "  'depth_cm', 10 + abs(hashtext(f.source_id)) % 40, 'cause',"
    "  CASE WHEN abs(hashtext('c' || f.source_id)) % 3 = 0 THEN 'triều cường' ELSE 'mưa' END),"
    "  public.ST_LineInterpolatePoint(f.geom, 0.5)" ROADS
    "'flood-points' AND f.attributes ->> 'class' IN ('primary', 'secondary', 'tertiary')" CHANCE(
        14),
    "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, valid, "
    "geom)"
    " SELECT l.id, '" SOURCE "', f.source_id, 'Đào đường ' || f.name, jsonb_build_object("
    "  'owner', (ARRAY['Cấp nước', 'Thoát nước', 'Viễn thông', 'Ngầm hóa lưới điện'])"
    "   [1 + abs(hashtext(f.name)) % 4], 'permit', 'GP-' || abs(hashtext(f.source_id)) % 9000),"
    "  tstzrange((" DAY " - 20 + abs(hashtext('d' || f.source_id)) % 20)::timestamp"
    "   AT TIME ZONE 'Asia/Ho_Chi_Minh', (" DAY " + 5 + abs(hashtext('e' || f.source_id)) % 40)"
    "   ::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'),"
    "  public.ST_LineSubstring(f.geom, 0.2, 0.55)" ROADS
    "'works' AND f.attributes ->> 'class' IN ('primary', 'secondary', 'tertiary')" CHANCE(16),
    "INSERT INTO hotline.layer_features (layer_id, source, name, attributes, geom)"
    " SELECT l.id, '" SOURCE "', p.name, jsonb_build_object('kind', split_part(p.kind, '=', 2)),"
    "  p.geom FROM hotline.gazetteer_places p, hotline.layers l WHERE l.code = 'schools'"
    "  AND p.kind IN ('amenity=school', 'amenity=kindergarten', 'amenity=university',"
    "   'amenity=college')",
    "INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, geom)"
    " SELECT l.id, '" SOURCE "', j.code, j.name, jsonb_build_object('shift', 'đêm'), j.geom"
    " FROM hotline.jurisdictions j, hotline.layers l WHERE l.code = 'patrol-areas'"
    "  AND j.class = 'special' AND j.geom IS NOT NULL",
};

enum status city_demo_overlays_store(struct db_sync *db, struct err *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof overlays / sizeof overlays[0] && status == STATUS_OK; i++) {
        status = city_layer_put(db, &overlays[i], e);
    }
    for (size_t i = 0; i < sizeof fills / sizeof fills[0] && status == STATUS_OK; i++) {
        status = db_sync_exec(db, fills[i], e);
    }
    return status;
}
