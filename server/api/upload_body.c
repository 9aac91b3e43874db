/* See upload_body.h. */
#include "server/api/upload_body.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/json_text.h"

#define PIECE    ((size_t)256 << 10)
#define ROOM_MIN ((uint64_t)1 << 30) /* the disk is not filled to the brim */

static const struct upload_fault fault_rows[] = {
    [FILE_UNKNOWN] = {415, "unsupported_type",
                      "không nhận loại tệp này; hãy gửi ảnh JPEG, PNG, WebP, HEIC, video MP4, MOV, "
                      "3GP, WebM, âm thanh M4A, MP3, OGG, WebM hoặc PDF",
                      "is of a type that is not taken; send JPEG, PNG, WebP or HEIC pictures, MP4, "
                      "MOV, 3GP or WebM video, M4A, MP3, OGG or WebM sound, or PDF"},
    [FILE_EMPTY] = {422, "empty", "không có nội dung", "is empty"},
    [FILE_TOO_LARGE] = {413, "too_large",
                        "quá lớn: ảnh, âm thanh, PDF tối đa 25 MB, video tối đa 150 MB",
                        "is too large: 25 MB for pictures, sound and PDF, 150 MB for video"},
    [FILE_DAMAGED] = {422, "damaged", "bị hỏng hoặc thiếu nội dung", "is damaged or cut short"},
    [FILE_PIXELS] = {422, "too_many_pixels", "có kích thước (điểm ảnh) quá lớn",
                     "has too many pixels"},
    [FILE_HIDDEN] = {422, "hidden_content", "chứa nội dung khác ẩn bên trong",
                     "has something else hidden inside"},
    [FILE_BOMB] = {422, "too_costly", "tốn quá nhiều tài nguyên để đọc",
                   "costs too much to be read"},
    [FILE_NAME] = {422, "bad_name", "tên tệp không hợp lệ (không được chứa đường dẫn)",
                   "has a name that is none: it may not be a path"},
};

const struct upload_fault *upload_fault_of(enum file_fault fault)
{
    return &fault_rows[fault];
}

/* ---- rows ---- */

/* Its row, and [{size, sha256, ...}] of what is kept. */
static void row_json(struct strbuf *out, const struct file_uploaded *f)
{
    strbuf_append_z(out, out->n == 1 ? "{" : ",{");
    json_text_field(out, "id", f->id);
    json_text_field(out, "kind", file_group_name(f->type->group));
    json_text_field(out, "type", f->type->type);
    json_text_field(out, "name", f->name);
    json_text_field_int(out, "bytes", (int64_t)f->bytes);
    json_text_field(out, "sha256", f->hash);
    if (f->type->group == FILE_IMAGE) {
        json_text_field_int(out, "width", f->picture.width);
        json_text_field_int(out, "height", f->picture.height);
    }
    if (f->picture.has_taken) {
        json_text_field_int(out, "taken_us", f->picture.taken_us);
    }
    json_text_key(out, "files");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < f->n_kept; i++) {
        strbuf_append_z(out, i == 0 ? "{" : ",{");
        json_text_field(out, "size", f->kept[i].size);
        json_text_field(out, "sha256", f->kept[i].hash);
        json_text_field(out, "type", f->kept[i].type);
        json_text_field_int(out, "bytes", (int64_t)f->kept[i].bytes);
        strbuf_append_char(out, '}');
    }
    strbuf_append_z(out, "]}");
}

void upload_rows(const struct file_upload *u, struct strbuf *rows, struct strbuf *ids)
{
    strbuf_append_char(rows, '[');
    for (size_t i = 0; i < file_upload_count(u); i++) {
        const struct file_uploaded *f = file_upload_at(u, i);
        row_json(rows, f);
        strbuf_printf(ids, "%s%s", i == 0 ? "{" : ",", f->id);
    }
    strbuf_append_char(rows, ']');
    strbuf_append_z(ids, file_upload_count(u) == 0 ? "{}" : "}");
}

/* ---- from the body to the store ---- */

bool upload_body_fits(struct upload_body *b)
{
    struct http_request *r = b->r;
    if (!multipart_boundary(http_header(r, "Content-Type"), b->boundary)) {
        http_problem_field(r, 415, "Content-Type", FAULT_UNKNOWN_VALUE);
        return false;
    }
    if (http_body_length(r) > (int64_t)FILE_REQUEST_MAX) {
        http_problem(r, 413, NULL);
        return false;
    }
    if (file_store_room(b->files->store) < ROOM_MIN) {
        http_problem(r, 503, NULL);
        return false;
    }
    return true;
}

bool upload_body_begin(struct upload_body *b)
{
    if (!files_upload_begin(b->files)) {
        http_set_header(b->r, "Retry-After", "5");
        http_problem(b->r, 503, NULL);
        return false;
    }
    http_hold(b->r);
    return true;
}

void upload_body_end(struct upload_body *b)
{
    files_upload_end(b->files);
    file_upload_free(b->u);
    free(b->piece);
    http_release(b->r);
}

static void finished(struct upload_body *b)
{
    if (http_answered(b->r)) { /* its deadline has passed; what was kept will be swept */
        upload_body_end(b);
    } else {
        b->finished(b);
    }
}

static void work_finish(void *arg)
{
    struct upload_body *b = arg;
    (void)file_upload_finish(b->u);
}

static void on_finished(void *arg)
{
    finished(arg);
}

static void work_feed(void *arg)
{
    struct upload_body *b = arg;
    (void)file_upload_feed(b->u, b->piece, b->got);
}

static void read_more(struct upload_body *b);

static void submit(struct upload_body *b, struct compute *to, void (*work)(void *arg),
                   void (*done)(void *arg))
{
    struct compute_job job = {work, done, b, api_worker(b->r)->mailbox};
    struct err e;
    enum status status = compute_submit(to, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(b->r, status);
        upload_body_end(b);
    }
}

static void on_fed(void *arg)
{
    struct upload_body *b = arg;
    enum file_upload_state state = file_upload_state(b->u);
    if (state != UPLOAD_GOES_ON && state != UPLOAD_WHOLE) {
        finished(b);
    } else if (http_answered(b->r)) {
        upload_body_end(b);
    } else if (b->ended) {
        submit(b, b->files->pictures, work_finish, on_finished);
    } else {
        read_more(b);
    }
}

static void on_piece(struct http_request *r, enum http_body how, size_t got, void *arg)
{
    struct upload_body *b = arg;
    if (how == HTTP_BODY_LOST) {
        http_problem(r, 503, NULL); /* whoever still listens does so because the service stops */
        upload_body_end(b);
        return;
    }
    b->got = got;
    b->ended = how == HTTP_BODY_END;
    submit(b, b->files->disk, work_feed, on_fed);
}

static void read_more(struct upload_body *b)
{
    http_body_read(b->r, b->piece, PIECE, on_piece, b);
}

void upload_body_read(struct upload_body *b, struct file_upload *u)
{
    b->u = u;
    b->piece = malloc(PIECE);
    if (b->u == NULL || b->piece == NULL) {
        http_problem(b->r, 503, NULL);
        upload_body_end(b);
        return;
    }
    read_more(b);
}
