#include "server/tiles/tile_picture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_key_t desk_key;
static pthread_once_t desk_once = PTHREAD_ONCE_INIT;

static void desk_end(void *arg)
{
    struct tile_desk *desk = arg;
    geo_heatmap_destroy(desk->heatmap);
    geo_png_destroy(desk->png);
    free(desk);
}

static void desk_init(void)
{
    (void)pthread_key_create(&desk_key, desk_end);
}

struct tile_desk *tile_desk(void)
{
    (void)pthread_once(&desk_once, desk_init);
    struct tile_desk *desk = pthread_getspecific(desk_key);
    if (desk != NULL || (desk = calloc(1, sizeof(*desk))) == NULL) {
        return desk;
    }
    geo_heatmap_palette(&desk->palette);
    if (geo_heatmap_create(&desk->heatmap, NULL) != STATUS_OK ||
        geo_png_create(&desk->png, NULL) != STATUS_OK || pthread_setspecific(desk_key, desk) != 0) {
        desk_end(desk);
        return NULL;
    }
    return desk;
}

enum status tile_desk_finish(struct tile_desk *desk, unsigned size, float scale_max,
                             struct strbuf *out, struct err *e)
{
    const size_t n = (size_t)size * size;
    const struct geo_image image = {desk->levels, size, size};
    if (geo_heatmap_finish(desk->heatmap, desk->field) > 0) {
        geo_heatmap_levels(desk->field, n, scale_max, desk->levels);
    } else {
        memset(desk->levels, 0, n);
    }
    return geo_png_encode_palette(desk->png, &image, &desk->palette, out, e);
}

enum status tile_picture_make(const struct tile_picture *picture, struct strbuf *out, struct err *e)
{
    struct tile_desk *desk = tile_desk();
    if (desk == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a heatmap");
    }
    enum status status = geo_heatmap_begin(desk->heatmap, picture->size, picture->radius_px, e);
    if (status == STATUS_OK) {
        geo_heatmap_add(desk->heatmap, picture->points, picture->n_points);
        status = tile_desk_finish(desk, picture->size, picture->scale_max, out, e);
    }
    return status;
}
