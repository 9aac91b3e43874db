/* /api/v1/geo-uploads: a file of shapes from the body to features that wait for somebody to make a
 * layer or boundaries of them. The answer comes once the file is whole; GDAL reads it afterwards,
 * in a process apart. For administrators. */
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "geo/geo_crs.h"
#include "server/api/api_about.h"
#include "server/api/api_row.h"
#include "server/api/api_shapes.h"
#include "server/app/files.h"
#include "server/base/log.h"
#include "server/city/city_source.h"
#include "server/db/db_sync.h"
#include "server/files/file_source.h"
#include "server/files/multipart.h"
#include "server/intake/json_read.h"
#include "server/store/store_change.h"
#include "server/store/store_shape.h"

#define PIECE     ((size_t)256 << 10)
#define ROOM_MIN  ((uint64_t)3 << 30) /* the disk is not filled to the brim by what GDAL writes */
#define NAMES_MAX ((size_t)64 << 10)

struct upload {
    struct http_request *r; /* held until it is answered */
    const struct app *app;
    struct file_source *source;
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    char *piece;
    size_t got;
    bool ended; /* the body has */
    /* For the thread that reads it: */
    char id[16];
    char layer[201], crs[16];
    char words[SHAPE_WORDS_MAX];
};

static void drop(struct upload *up)
{
    file_source_free(up->source);
    free(up->piece);
    free(up);
}

/* Its request has its answer. */
static void end(struct upload *up)
{
    struct http_request *r = up->r;
    files_upload_end(up->app->files);
    drop(up);
    http_release(r);
}

/* ---- reading, on a thread that may wait ---- */

/* "1: wards (Multi Polygon)": the name; the empty one where the line is none, or has no shapes. */
static struct str layer_of(struct str line)
{
    const char *colon = memmem(line.p, line.n, ": ", 2);
    struct str name = {line.p, 0};
    if (colon != NULL) {
        name = (struct str){colon + 2, line.n - (size_t)(colon + 2 - line.p)};
        const char *open = NULL;
        for (const char *p = name.p; (p = memmem(p, name.n - (size_t)(p - name.p), " (", 2)); p++) {
            open = p;
        }
        bool shapeless =
            open != NULL && memmem(open, name.n - (size_t)(open - name.p), "(None)", 6) != NULL;
        name.n = shapeless ? 0 : open == NULL ? name.n : (size_t)(open - name.p);
    }
    return name;
}

/* Which of the layers is meant; "" or a problem's code. All names go into the words. */
static const char *choose_layer(struct upload *up, struct str list)
{
    size_t n = 0;
    bool found = false;
    char only[sizeof(up->layer)] = "";
    struct strbuf names;
    strbuf_init(&names, sizeof(up->words) - 1);
    while (list.n > 0) {
        struct str name = layer_of(str_trim(str_cut(&list, '\n')));
        if (name.n == 0 || name.n >= sizeof(only)) {
            continue;
        }
        found = found || str_equal_z(name, up->layer);
        (void)snprintf(only, sizeof(only), "%.*s", (int)name.n, name.p);
        strbuf_printf(&names, "%s%.*s", n++ == 0 ? "" : ", ", (int)name.n, name.p);
    }
    (void)snprintf(up->words, sizeof(up->words), "%s", names.p);
    strbuf_free(&names);
    if (n == 0) {
        return "no_shapes";
    }
    if (up->layer[0] != '\0') {
        return found ? "" : "no_such_layer";
    }
    (void)snprintf(up->layer, sizeof(up->layer), "%s", only);
    return n == 1 ? "" : "several_layers";
}

static const char *problem_of(enum file_shape_end end, const char *words)
{
    switch (end) {
    case SHAPE_READ:
        return strstr(words, "ERROR ") == NULL ? "" : "unreadable"; /* it went on without a part */
    case SHAPE_DAMAGED:
        return "unreadable";
    case SHAPE_COSTLY:
        return "too_costly";
    case SHAPE_LATE:
        return "too_busy";
    case SHAPE_FAILED:
        break;
    }
    return "failed";
}

static const char *find_layer(struct upload *up, const struct file_shape_kind *kind)
{
    struct file_temp list = {.fd = -1};
    struct strbuf names;
    char piece[4096];
    struct err e;
    ssize_t got = 0;
    off_t at = 0;
    if (file_temp_make(up->app->files->store, &list, &e) != STATUS_OK) {
        return "failed";
    }
    strbuf_init(&names, NAMES_MAX);
    enum file_shape_end end = file_shape_list(file_source_fd(up->source), kind, list.fd, up->words);
    const char *problem = problem_of(end, up->words);
    while (problem[0] == '\0' && (got = pread(list.fd, piece, sizeof(piece), at)) > 0) {
        at += got;
        strbuf_append(&names, piece, (size_t)got);
    }
    if (problem[0] == '\0') {
        problem = names.failed ? "too_costly" : choose_layer(up, (struct str){names.p, names.n});
    }
    strbuf_free(&names);
    file_temp_drop(up->app->files->store, &list);
    return problem;
}

/* PROJ knows it, and it is one of metres. */
static bool crs_fits(struct upload *up)
{
    struct geo_crs *crs = NULL;
    struct err e = {.text = ""};
    bool known = up->crs[0] == '\0' || geo_crs_create(up->crs, &crs, &e) == STATUS_OK;
    (void)snprintf(up->words, sizeof(up->words), "%s", e.text);
    geo_crs_destroy(crs);
    return known;
}

/* GDAL's lines into the database; "" or a problem's code. */
static const char *load(struct upload *up, struct db_sync *db, int fd)
{
    struct err e = {.text = ""};
    enum status status = db_sync_begin(db, &e);
    if (status == STATUS_OK) {
        status = city_source_load(db, up->id, fd, up->crs[0] == '\0' ? NULL : up->crs, &e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, &e);
    }
    if (status == STATUS_OK) {
        return "";
    }
    db_sync_rollback(db);
    (void)snprintf(up->words, sizeof(up->words), "%s", e.text);
    return status == STATUS_BUSY ? "too_many" : status == STATUS_INVALID ? "unreadable" : "failed";
}

static const char *read_shapes(struct upload *up, struct db_sync *db)
{
    struct file_store *store = up->app->files->store;
    const struct file_shape_kind *kind = file_source_kind(up->source);
    struct file_temp lines = {.fd = -1};
    struct err e;
    const char *problem = kind->layers ? find_layer(up, kind) : "";
    if (!kind->layers) {
        up->layer[0] = '\0';
    }
    if (problem[0] == '\0' && !crs_fits(up)) {
        problem = "bad_crs";
    }
    if (problem[0] != '\0') {
        return problem;
    }
    if (file_temp_make(store, &lines, &e) != STATUS_OK) {
        return "failed";
    }
    enum file_shape_end end = file_shape_read(file_source_fd(up->source), kind, up->layer,
                                              up->crs[0] != '\0', lines.fd, up->words);
    problem = problem_of(end, up->words);
    if (problem[0] == '\0') {
        problem = load(up, db, lines.fd);
    }
    file_temp_drop(store, &lines);
    return problem;
}

static void work_read(void *arg)
{
    struct upload *up = arg;
    struct db_sync *db = NULL;
    struct db_rows *rows = NULL;
    struct err e = {.text = ""};
    if (db_sync_connect(up->app->options.database, DB_ROLE_SERVICE, &db, &e) != STATUS_OK) {
        log_warn("geo_upload.lost", "id=%s text=\"%s\"", up->id, e.text);
        return; /* after a quarter of an hour it has failed */
    }
    bool stopping = __atomic_load_n(&up->app->stopping, __ATOMIC_ACQUIRE);
    const char *problem = stopping ? "stopped" : read_shapes(up, db);
    if (problem[0] == '\0') {
        up->words[0] = '\0';
    }
    const char *const params[] = {up->id, problem, up->words};
    enum status status = db_sync_query(db, STORE_UPLOAD_SETTLE, 3, params, &rows, &e);
    db_rows_free(rows);
    db_sync_close(db);
    log_info("geo_upload.ended", "id=%s problem=%s status=%s", up->id, problem,
             status_name(status));
}

static void on_read(void *arg)
{
    drop(arg);
}

/* ---- its row ---- */

/* `repeated`: it was read, or is being read, when it was sent first. */
static void answer(struct upload *up, struct json_object *made, bool repeated)
{
    struct http_request *r = up->r;
    struct compute_job job = {work_read, on_read, up, api_worker(r)->mailbox};
    struct strbuf out;
    struct err e;
    (void)snprintf(up->id, sizeof(up->id), "%d",
                   json_object_get_int(json_object_object_get(made, "id")));
    free(up->piece);
    up->piece = NULL;
    files_upload_end(up->app->files);
    const char *id = arena_strdup(http_arena(r), up->id);
    if (!repeated && compute_submit(up->app->files->shapes, &job, &e) != STATUS_OK) {
        http_set_header(r, "Retry-After", "60");
        http_problem(r, 503, NULL); /* the row is `reading` until it has failed by its age */
        drop(up);
    } else {
        strbuf_init(&out, 4096);
        strbuf_append_z(&out, json_object_to_json_string_ext(made, JSON_C_TO_STRING_PLAIN));
        http_set_header(r, "Location", arena_printf(http_arena(r), "/api/v1/geo-uploads/%s", id));
        http_send_json(r, 202, &out);
        if (repeated) {
            drop(up);
        }
    }
    http_release(r);
}

static void on_begun(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct upload *up = arg;
    (void)e;
    struct json_object *outcome = status == STATUS_OK && db_rows_count(result) == 1
                                      ? json_read(db_rows_str(result, 0, 0))
                                      : NULL;
    struct json_object *made = json_object_object_get(outcome, "answer");
    if (made != NULL && !http_answered(up->r)) {
        answer(up, made, json_object_get_boolean(json_object_object_get(outcome, "repeated")));
    } else {
        if (outcome == NULL) {
            http_problem_status(up->r, status == STATUS_OK ? STATUS_INTERNAL : status);
        } else if (made == NULL) {
            change_refuse(up->r, outcome);
        }
        end(up);
    }
    json_object_put(outcome);
}

static void make_row(struct upload *up)
{
    struct change_key key;
    struct err e;
    if (compute_full(up->app->files->shapes)) {
        http_set_header(up->r, "Retry-After", "60");
        http_problem(up->r, 503, NULL);
        end(up);
        return;
    }
    struct json_object *args = json_object_new_object();
    change_arg_text(args, "name", file_source_name(up->source));
    change_arg_text(args, "format", file_source_kind(up->source)->name);
    change_arg_int(args, "bytes", (int64_t)file_source_bytes(up->source));
    change_arg_text(args, "sha256", file_source_hash(up->source));
    change_arg_text(args, "source_layer", up->layer);
    change_arg_text(args, "crs", up->crs);
    const char *text = json_object_to_json_string_ext(args, JSON_C_TO_STRING_PLAIN);
    change_key_take(up->r, NULL, &key);
    change_key_content(up->r, str_of(text), &key);
    struct db_job job = {.sql = STORE_PERFORM,
                         .n_params = 5,
                         .params = {auth_actor(up->r), key.key, key.hash, "geo.upload", text},
                         .done = on_begun,
                         .arg = up};
    enum status status = db_pool_submit(api_worker(up->r)->reads, &job, &e);
    json_object_put(args);
    if (status != STATUS_OK) {
        http_problem_status(up->r, status);
        end(up);
    }
}

/* ---- from the body to the disk ---- */

struct source_words {
    int status;
    const char *field, *code, *vi, *en;
};

static const struct source_words source_rows[] = {
    [SOURCE_MALFORMED] = {400, "", "malformed", "không phải multipart/form-data trọn vẹn",
                          "is no complete multipart/form-data"},
    [SOURCE_BAD_FIELD] = {422, "file", "too_many", "chỉ gửi một tệp, trong trường file",
                          "must be one file, in the field file"},
    [SOURCE_NOTHING] = {422, "file", "required", "bắt buộc phải có", "is required"},
    [SOURCE_BAD_NAME] = {422, "file", "bad_name",
                         "tên tệp không hợp lệ (không được chứa đường dẫn)",
                         "has a name that is none: it may not be a path"},
    [SOURCE_UNKNOWN] = {415, "file", "unsupported_type",
                        "không nhận loại tệp này; hãy gửi GeoJSON, shapefile nén zip, GeoPackage, "
                        "FlatGeobuf, KML hoặc CSV",
                        "is of a type that is not taken; send GeoJSON, a zipped shapefile, "
                        "GeoPackage, FlatGeobuf, KML or CSV"},
    [SOURCE_EMPTY] = {422, "file", "empty", "không có nội dung", "is empty"},
    [SOURCE_TOO_LARGE] = {413, "file", "too_large", "quá lớn: tối đa 200 MB",
                          "is too large: 200 MB at most"},
};

static void refuse(struct upload *up)
{
    enum file_source_state state = file_source_state(up->source);
    const struct source_words *w = &source_rows[state < SOURCE_NO_ROOM ? state : SOURCE_MALFORMED];
    if (state == SOURCE_NO_ROOM) {
        http_problem(up->r, 503, NULL);
    } else if (state == SOURCE_FAILED) {
        http_problem(up->r, 500, NULL);
    } else {
        http_problem_words(up->r, w->status, w->field, w->code,
                           http_language(up->r) == HTTP_EN ? w->en : w->vi);
    }
}

static void work_feed(void *arg)
{
    struct upload *up = arg;
    (void)file_source_feed(up->source, up->piece, up->got, up->ended);
}

static void read_more(struct upload *up);

static void on_fed(void *arg)
{
    struct upload *up = arg;
    enum file_source_state state = file_source_state(up->source);
    if (http_answered(up->r)) {
        end(up);
    } else if (state != SOURCE_GOES_ON && state != SOURCE_WHOLE) {
        refuse(up);
        end(up);
    } else if (up->ended) {
        make_row(up);
    } else {
        read_more(up);
    }
}

static void on_piece(struct http_request *r, enum http_body how, size_t got, void *arg)
{
    struct upload *up = arg;
    struct err e;
    struct compute_job job = {work_feed, on_fed, up, api_worker(r)->mailbox};
    up->got = got;
    up->ended = how == HTTP_BODY_END;
    enum status status =
        how == HTTP_BODY_LOST ? STATUS_UNAVAILABLE : compute_submit(up->app->files->disk, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        end(up);
    }
}

static void read_more(struct upload *up)
{
    http_body_read(up->r, up->piece, PIECE, on_piece, up);
}

/* ---- may they? ---- */

/* ?layer= and ?crs=. False with the problem answered. */
static bool read_query(struct http_request *r, struct upload *up)
{
    const char *layer = http_query(r, "layer");
    const char *crs = http_query(r, "crs");
    if (layer != NULL && (strlen(layer) >= sizeof(up->layer) || layer[0] == '-')) {
        http_problem_field(r, 422, "layer", FAULT_UNKNOWN_VALUE);
        return false;
    }
    if (crs != NULL && crs[0] != '\0' &&
        (strncmp(crs, "EPSG:", 5) != 0 || strlen(crs) > 11 ||
         strspn(crs + 5, "0123456789") != strlen(crs + 5))) {
        http_problem_field(r, 422, "crs", FAULT_UNKNOWN_VALUE);
        return false;
    }
    (void)snprintf(up->layer, sizeof(up->layer), "%s", layer == NULL ? "" : layer);
    (void)snprintf(up->crs, sizeof(up->crs), "%s", crs == NULL ? "" : crs);
    return true;
}

/* What can be told from the head alone. */
static bool fits(struct http_request *r, struct upload *up)
{
    if (!multipart_boundary(http_header(r, "Content-Type"), up->boundary)) {
        http_problem_field(r, 415, "Content-Type", FAULT_UNKNOWN_VALUE);
        return false;
    }
    if (http_body_length(r) > (int64_t)FILE_SOURCE_MAX + (int64_t)PIECE) {
        http_problem(r, 413, NULL);
        return false;
    }
    if (file_store_room(up->app->files->store) < ROOM_MIN || !files_upload_begin(up->app->files)) {
        http_set_header(r, "Retry-After", "60");
        http_problem(r, 503, NULL);
        return false;
    }
    return true;
}

static void begin(struct http_request *r)
{
    if (!change_allowed(r, AUTH_ADMINISTRATOR)) {
        return;
    }
    struct upload *up = calloc(1, sizeof(*up));
    if (up == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    up->r = r;
    up->app = api_worker(r)->app;
    if (!change_key_good(r) || !read_query(r, up) || !fits(r, up)) {
        drop(up);
        return;
    }
    http_hold(r);
    up->source = file_source_create(up->app->files->store, up->boundary);
    up->piece = malloc(PIECE);
    if (up->source == NULL || up->piece == NULL) {
        http_problem(r, 503, NULL);
        end(up);
        return;
    }
    read_more(up);
}

/* ---- looking ---- */

static void list(struct http_request *r)
{
    if (change_allowed(r, SHAPES_READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_UPLOADS});
    }
}

static void show(struct http_request *r)
{
    shapes_show(r, STORE_UPLOAD);
}

static void show_map(struct http_request *r)
{
    shapes_show(r, STORE_UPLOAD_MAP);
}

static void post_upload(struct http_request *r)
{
    auth_resolve(r, begin);
}

static void get_uploads(struct http_request *r)
{
    auth_resolve(r, list);
}

static void get_upload(struct http_request *r)
{
    auth_resolve(r, show);
}

static void get_map(struct http_request *r)
{
    auth_resolve(r, show_map);
}

const struct http_route api_upload_routes[] = {
    {HTTP_POST | HTTP_STREAM, "/api/v1/geo-uploads", post_upload,
     ABOUT(.tag = "maps", .summary = "Send a file of shapes, to make a layer or boundaries of it",
           .query = "layer crs", .body = "multipart/form-data", .answer = "UploadBegun",
           .status = 202, .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/geo-uploads", get_uploads,
     ABOUT(.tag = "maps", .summary = "Files of shapes, newest first", .answer = "UploadList",
           .roles = SHAPES_READERS)},
    {HTTP_GET, "/api/v1/geo-uploads/{id}", get_upload,
     ABOUT(.tag = "maps", .summary = "What is in one: columns, kinds, what is broken",
           .id = "upload", .answer = "Upload", .roles = SHAPES_READERS)},
    {HTTP_GET, "/api/v1/geo-uploads/{id}/map", get_map,
     ABOUT(.tag = "maps", .summary = "Its shapes as GeoJSON, simplified", .id = "upload",
           .answer = "Features", .roles = SHAPES_READERS)},
};
const size_t n_api_upload_routes = sizeof(api_upload_routes) / sizeof(api_upload_routes[0]);
