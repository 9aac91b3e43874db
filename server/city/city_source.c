#include "server/city/city_source.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/city/city_layer_shape.h"
#include "server/intake/json_read.h"

#define READ_BYTES ((size_t)256 << 10)

struct source {
    struct db_sync *db;
    const char *upload;
    struct geo_crs *crs;
    struct strbuf line, wkt;
    size_t n;
};

/* As text, or NULL where there is none that could be stored. */
static const char *clean_id(struct json_object *id)
{
    return id != NULL && json_read_clean(id) ? json_object_get_string(id) : NULL;
}

static void copy_feature(struct source *s, struct json_object *feature)
{
    struct json_object *properties = json_object_object_get(feature, "properties");
    const char *fault = NULL;
    enum city_shape shape = CITY_SHAPE_POINT;
    strbuf_reset(&s->wkt);
    bool shaped = city_layer_shape(json_object_object_get(feature, "geometry"), s->crs, &s->wkt,
                                   &shape, &fault);
    bool kept = json_object_is_type(properties, json_type_object) && json_read_clean(properties);
    if (properties != NULL && !kept) {
        fault = "a property is not clean text";
    }
    s->n++;
    db_sync_copy_z(s->db, s->upload);
    db_sync_copy_int(s->db, (int64_t)s->n);
    db_sync_copy_z(s->db, clean_id(json_object_object_get(feature, "id")));
    db_sync_copy_z(s->db,
                   kept ? json_object_to_json_string_ext(
                              properties, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                        : "{}");
    db_sync_copy_z(s->db, shaped ? city_shape_names[shape] : NULL);
    db_sync_copy_z(s->db, shaped ? s->wkt.p : NULL);
    db_sync_copy_z(s->db, !shaped || (properties != NULL && !kept) ? fault : NULL);
    db_sync_copy_row(s->db);
}

static enum status take_line(struct source *s, struct err *e)
{
    struct str text = str_trim((struct str){s->line.p, s->line.n});
    if (text.n == 0) {
        return STATUS_OK;
    }
    if (s->n == CITY_SOURCE_FEATURES) {
        return err_set(e, STATUS_BUSY, "more than %zu features", CITY_SOURCE_FEATURES);
    }
    struct json_object *feature = json_read(text);
    if (!json_object_is_type(feature, json_type_object)) {
        json_object_put(feature);
        return err_set(e, STATUS_INVALID, "feature %zu is nested too deeply, or no text", s->n + 1);
    }
    copy_feature(s, feature);
    json_object_put(feature);
    return STATUS_OK;
}

static enum status take_piece(struct source *s, struct str piece, struct err *e)
{
    enum status status = STATUS_OK;
    while (piece.n > 0 && status == STATUS_OK) {
        const char *end = memchr(piece.p, '\n', piece.n);
        size_t n = end == NULL ? piece.n : (size_t)(end - piece.p);
        strbuf_append(&s->line, piece.p, n);
        if (s->line.failed) {
            return err_set(e, STATUS_BUSY, "feature %zu is too large", s->n + 1);
        }
        if (end != NULL) {
            status = take_line(s, e);
            strbuf_reset(&s->line);
            n++;
        }
        piece = (struct str){piece.p + n, piece.n - n};
    }
    return status;
}

static enum status take_all(struct source *s, int fd, struct err *e)
{
    char *piece = malloc(READ_BYTES);
    enum status status = STATUS_OK;
    ssize_t got = 0;
    off_t at = 0;
    if (piece == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    while (status == STATUS_OK && (got = pread(fd, piece, READ_BYTES, at)) > 0) {
        at += got;
        status = take_piece(s, (struct str){piece, (size_t)got}, e);
    }
    if (status == STATUS_OK) {
        status = got < 0 ? err_set(e, STATUS_IO, "cannot read what GDAL wrote") : take_line(s, e);
    }
    free(piece);
    return status;
}

enum status city_source_load(struct db_sync *db, const char *upload, int fd, const char *crs,
                             struct err *e)
{
    struct source s = {.db = db, .upload = upload};
    strbuf_init(&s.line, CITY_SOURCE_LINE);
    strbuf_init(&s.wkt, CITY_SOURCE_LINE);
    enum status status = crs == NULL ? STATUS_OK : geo_crs_create(crs, &s.crs, e);
    if (status == STATUS_OK) {
        status = db_sync_copy_begin(db,
                                    "COPY hotline.geo_upload_features (upload_id, number,"
                                    " source_id, properties, kind, geom, fault) FROM STDIN",
                                    e);
    }
    if (status == STATUS_OK) {
        status = take_all(&s, fd, e); /* on failure the caller's rollback ends the COPY */
    }
    if (status == STATUS_OK) {
        status = db_sync_copy_end(db, NULL, e);
    }
    geo_crs_destroy(s.crs);
    strbuf_free(&s.line);
    strbuf_free(&s.wkt);
    return status;
}
