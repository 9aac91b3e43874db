#include "server/tiles/tile_picture.h"

#include <stdlib.h>

enum status tile_picture_finish(struct geo_heatmap *heatmap, unsigned size, float scale_max,
                                struct strbuf *out, struct err *e)
{
    size_t n = (size_t)size * size;
    struct geo_png *png = NULL;
    struct geo_palette palette;
    float *field = malloc(n * sizeof(*field));
    uint8_t *levels = calloc(n, 1);
    enum status status = STATUS_OK;
    if (field == NULL || levels == NULL) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for a heatmap");
    }
    if (status == STATUS_OK) {
        status = geo_png_create(&png, e);
    }
    if (status == STATUS_OK) {
        struct geo_image image = {levels, size, size};
        if (geo_heatmap_finish(heatmap, field) > 0) {
            geo_heatmap_levels(field, n, scale_max, levels);
        }
        geo_heatmap_palette(&palette);
        status = geo_png_encode_palette(png, &image, &palette, out, e);
    }
    geo_png_destroy(png);
    free(levels);
    free(field);
    return status;
}

enum status tile_picture_make(const struct tile_picture *picture, struct strbuf *out, struct err *e)
{
    struct geo_heatmap *heatmap = NULL;
    enum status status = geo_heatmap_create(&heatmap, e);
    if (status == STATUS_OK) {
        status = geo_heatmap_begin(heatmap, picture->size, picture->radius_px, e);
    }
    if (status == STATUS_OK) {
        geo_heatmap_add(heatmap, picture->points, picture->n_points);
        status = tile_picture_finish(heatmap, picture->size, picture->scale_max, out, e);
    }
    geo_heatmap_destroy(heatmap);
    return status;
}
