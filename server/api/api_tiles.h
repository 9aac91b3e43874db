/* Shared by the files that serve tiles. */
#ifndef API_API_TILES_H
#define API_API_TILES_H

#include "server/api/api_filter.h"
#include "server/store/store_tile.h"

#define API_MVT_TYPE       "application/vnd.mapbox-vector-tile"
#define TILE_CACHE_CONTROL "no-cache" /* kept by clients, but asked for again with its ETag */

/* {z}, {x}, {y} of the path: 404 is answered and false returned for what is no tile. A "@2x" after
 * y sets *twice where that is allowed (NULL: not). */
bool api_tile_parse(struct http_request *r, struct geo_tile *tile, bool *twice);

/* Words (q=) are looked for by the database in what people wrote: for those who may read all of it.
 * False with the problem answered. The request is resolved. */
bool api_tile_words(struct http_request *r);

/* 200 with an ETag made from the bytes, or 204 where there are none. */
void api_tile_send(struct http_request *r, const char *type, struct str bytes);
/* The same; what is not public is not for other origins and not for a proxy to keep. */
void api_tile_send_to(struct http_request *r, const char *type, struct str bytes, bool public);

/* Where this service was asked, for absolute addresses: TileJSON readers want them. */
const char *api_base_url(struct http_request *r);

/* The same with the hash known. */
struct api_tile {
    const char *type;
    struct str bytes;
    uint64_t hash;
    bool public;
    void (*done)(const void *bytes, size_t n, void *arg); /* as in http_reply */
    void *done_arg;
};
void api_tile_send_hashed(struct http_request *r, const struct api_tile *t);

/* api_heat.c: from the heat index; the filter is parsed and has no text. */
void api_heat_tile(struct http_request *r, bool points, const struct complaint_filter *filter);
struct heat_picture;
void api_heat_picture(struct http_request *r, const struct heat_picture *asked,
                      const struct complaint_filter *filter);

/* Ends a heatmap's TileJSON ("{..." in *json, taken over) with "scale": the value of the last
 * colour at each zoom, and "legend": colours and values at API_HEAT_LEGEND_ZOOM; pictures[] are of
 * zoom 0, 1 ... and live in the arena. False when it can't be told now, and nothing is answered. */
#define API_HEAT_LEGEND_ZOOM 12
bool api_heat_scales(struct http_request *r, const struct complaint_filter *filter,
                     struct heat_picture *pictures, size_t n, struct strbuf *json);
/* GET /api/v1/heat: version, second and digest of the index. */
void api_heat_state(struct http_request *r);

/* api_heatmap.c */
void api_heatmap_get(struct http_request *r);
/* As api_heat_scales, for the request's own filter and radius. */
bool api_heatmap_scales(struct http_request *r, const struct snapshot *s, struct strbuf *json);

#endif
