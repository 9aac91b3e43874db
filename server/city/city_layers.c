#include "server/city/city_layers.h"

#include <stdio.h>

const struct city_layer city_standard_layers[CITY_STANDARD_LAYERS] = {
    {.code = "roads",
     .name_vi = "Đường giao thông",
     .name_en = "Roads",
     .group = "base",
     .kind = "line",
     .style = "{\"color\": \"#b07d3a\", \"width\": 2}",
     .position = 10},
    {.code = "waterways",
     .name_vi = "Sông, kênh, rạch",
     .name_en = "Rivers and canals",
     .group = "base",
     .kind = "line",
     .style = "{\"color\": \"#4a8fc7\", \"width\": 2}",
     .position = 20},
    {.code = "water",
     .name_vi = "Mặt nước",
     .name_en = "Water",
     .group = "base",
     .kind = "polygon",
     .style = "{\"color\": \"#4a8fc7\"}",
     .position = 30},
    {.code = "greens",
     .name_vi = "Công viên, cây xanh",
     .name_en = "Parks and woods",
     .group = "base",
     .kind = "polygon",
     .style = "{\"color\": \"#4f9a55\"}",
     .position = 40},
};

enum status city_layer_put(struct db_sync *db, const struct city_layer *layer, struct err *e)
{
    char min_zoom[16];
    char position[16];
    (void)snprintf(min_zoom, sizeof min_zoom, "%d", layer->min_zoom);
    (void)snprintf(position, sizeof position, "%d", layer->position);
    const char *const params[] = {layer->code,
                                  layer->name_vi,
                                  layer->name_en,
                                  layer->group,
                                  layer->kind,
                                  layer->secret ? "false" : "true",
                                  min_zoom,
                                  layer->style ? layer->style : "{}",
                                  layer->attribution ? layer->attribution : "",
                                  position,
                                  layer->source};
    enum status status = db_sync_run(
        db,
        "INSERT INTO hotline.layers (code, name_vi, name_en, group_code, kind, public, min_zoom,"
        "  style, attribution, position, source)"
        " VALUES ($1, $2, $3, $4, $5, $6::boolean, $7::integer, $8::jsonb, $9, $10::integer, $11)"
        " ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en,"
        "  group_code = excluded.group_code, kind = excluded.kind, public = excluded.public,"
        "  min_zoom = excluded.min_zoom, style = excluded.style,"
        "  attribution = excluded.attribution, position = excluded.position,"
        "  source = excluded.source, updated_at = clock_timestamp()",
        11, params, NULL, e);
    return status == STATUS_OK ? status : err_wrap(e, "layer %s", layer->code);
}

enum status city_layers_put_standard(struct db_sync *db, const char *source,
                                     const char *attribution, struct err *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < CITY_STANDARD_LAYERS && status == STATUS_OK; i++) {
        struct city_layer layer = city_standard_layers[i];
        layer.source = source;
        layer.attribution = attribution;
        status = city_layer_put(db, &layer, e);
        const char *const params[] = {layer.code, source};
        if (status == STATUS_OK) {
            status = db_sync_run(db,
                                 "DELETE FROM hotline.layer_features f USING hotline.layers l"
                                 " WHERE l.id = f.layer_id AND l.code = $1 AND f.source = $2",
                                 2, params, NULL, e);
        }
    }
    return status;
}
