/* POST /api/v1/attachments and /api/v1/complaints/{code}/attachments: files from the body to the
 * store (upload_body.h), then their rows. */
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_attachments.h"
#include "server/api/api_change.h"
#include "server/api/api_complaints.h"
#include "server/api/api_limit.h"
#include "server/api/upload_body.h"
#include "server/base/json_text.h"
#include "server/intake/json_read.h"
#include "server/store/store_attachment.h"
#include "server/store/store_change.h"

#define JSON_MAX ((size_t)256 << 10)
#define ADDERS   (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD | AUTH_KEY)

struct upload {
    struct upload_body body; /* first */
    struct http_request *r;
    const char *code; /* of the complaint; NULL: of one to be filed */
    const char *ids;  /* as PostgreSQL reads an array */
    const char *key;  /* the request's Idempotency-Key, or NULL */
};

static const char *actor(const struct http_request *r)
{
    const struct auth_user *user = auth_user(r);
    return user == NULL ? "public" : user->actor;
}

/* ---- refusals ---- */

static void refuse_file(struct upload *up)
{
    const struct upload_fault *w = upload_fault_of(file_upload_fault(up->body.u));
    char field[24];
    snprintf(field, sizeof(field), "file[%zu]", file_upload_bad(up->body.u));
    __atomic_add_fetch(&up->body.files->refused, 1, __ATOMIC_RELAXED);
    http_problem_words(up->r, w->status, field, w->code,
                       http_language(up->r) == HTTP_EN ? w->en : w->vi);
}

static void too_many(struct http_request *r)
{
    http_problem_words(r, 422, "file", "too_many",
                       http_language(r) == HTTP_EN ? "are too many" : "quá nhiều tệp");
}

static void refuse(struct upload *up)
{
    struct http_request *r = up->r;
    switch (file_upload_state(up->body.u)) {
    case UPLOAD_BAD_FILE:
        refuse_file(up);
        break;
    case UPLOAD_BAD_FIELD:
        http_problem_field(r, 422, arena_strdup(http_arena(r), file_upload_field(up->body.u)),
                           FAULT_UNKNOWN_FIELD);
        break;
    case UPLOAD_TOO_MANY:
        too_many(r);
        break;
    case UPLOAD_NOTHING:
        http_problem_field(r, 422, "file", FAULT_REQUIRED);
        break;
    case UPLOAD_MALFORMED:
        http_problem_words(r, 400, "", "malformed",
                           http_language(r) == HTTP_EN ? "is no complete multipart/form-data"
                                                       : "không phải multipart/form-data trọn vẹn");
        break;
    case UPLOAD_NO_ROOM:
    case UPLOAD_BUSY:
        http_problem(r, 503, NULL);
        break;
    case UPLOAD_GOES_ON:
    case UPLOAD_WHOLE:
    case UPLOAD_DONE:
    case UPLOAD_FAILED:
        http_problem(r, 500, NULL);
        break;
    }
}

/* ---- answers ---- */

static void hint_json(struct strbuf *out, const struct file_picture *p)
{
    json_text_key(out, "location_hint");
    strbuf_append_char(out, '{');
    json_text_field_number(out, "lon", p->lon);
    json_text_field_number(out, "lat", p->lat);
    if (p->accuracy_m >= 0) {
        json_text_field_number(out, "accuracy_m", p->accuracy_m);
    }
    strbuf_append_char(out, '}');
}

static void file_json(struct strbuf *out, const struct upload *up, const struct file_uploaded *f)
{
    strbuf_append_char(out, '{');
    json_text_field(out, "id", f->id);
    json_text_field(out, "kind", file_group_name(f->type->group));
    json_text_field(out, "type", f->type->type);
    json_text_field(out, "name", f->name);
    json_text_field_int(out, "bytes", (int64_t)f->bytes);
    if (f->type->group == FILE_IMAGE) {
        json_text_field_int(out, "width", f->picture.width);
        json_text_field_int(out, "height", f->picture.height);
    }
    if (f->picture.has_taken) {
        json_text_field_time(out, "taken_at", f->picture.taken_us);
    }
    if (f->picture.has_place) {
        hint_json(out, &f->picture);
    }
    json_text_field(out, "purpose", file_upload_evidence(up->body.u) ? "evidence" : "report");
    json_text_key(out, "urls");
    strbuf_append_char(out, '{');
    for (size_t i = 0; i < f->n_kept; i++) {
        const char *code = auth_is(up->r, ~(unsigned)AUTH_KEY) ? NULL : up->code;
        json_text_key(out, f->kept[i].size);
        strbuf_printf(out, "\"/api/v1/attachments/%s/%s%s%s\"", f->id, f->kept[i].size,
                      code == NULL ? "" : "?code=", code == NULL ? "" : code);
    }
    strbuf_append_z(out, "}}");
}

static void answer(struct upload *up)
{
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, "{\"attachments\":[");
    for (size_t i = 0; i < file_upload_count(up->body.u); i++) {
        strbuf_append_z(&out, i == 0 ? "" : ",");
        file_json(&out, up, file_upload_at(up->body.u, i));
    }
    strbuf_append_z(&out, "]}");
    __atomic_add_fetch(&up->body.files->accepted, file_upload_count(up->body.u), __ATOMIC_RELAXED);
    http_send_json(up->r, 201, &out);
}

/* ---- attaching ---- */

static void on_attached(void *arg, enum status status, const struct db_rows *result,
                        const struct err *e)
{
    struct upload *up = arg;
    (void)e;
    if (status == STATUS_CONFLICT || status == STATUS_INVALID) {
        too_many(up->r);
    } else if (status != STATUS_OK || db_rows_count(result) == 0) {
        http_problem_status(up->r, status == STATUS_OK ? STATUS_INTERNAL : status);
    } else {
        struct json_object *made = json_read(db_rows_str(result, 0, 0));
        const char *outcome = json_object_get_string(json_object_object_get(made, "outcome"));
        if (outcome != NULL && strcmp(outcome, "done") == 0) {
            answer(up);
        } else {
            change_refuse(up->r, made);
        }
        json_object_put(made);
    }
    upload_body_end(&up->body);
}

static void attach_by_holder(struct upload *up)
{
    struct err e;
    struct db_job job = {.sql = STORE_ATTACH_BY_HOLDER,
                         .n_params = 3,
                         .params = {up->code, up->ids, actor(up->r)},
                         .done = on_attached,
                         .arg = up};
    enum status status = db_pool_submit(api_worker(up->r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(up->r, status);
        upload_body_end(&up->body);
    }
}

/* Under the request's key, or one of its own: the pool sends a statement again when a connection is
 * lost. */
static void attach_by_staff(struct upload *up)
{
    unsigned char random[16];
    char key[4 + 2 * sizeof(random) + 1] = "own:";
    struct json_object *args = json_object_new_object();
    struct json_object *ids = json_object_new_array();
    struct err e;
    if (up->key == NULL) {
        randombytes_buf(random, sizeof(random));
    } else {
        memcpy(key, "upl:", 4);
        crypto_generichash(random, sizeof(random), (const unsigned char *)up->key, strlen(up->key),
                           NULL, 0);
    }
    sodium_bin2hex(key + 4, sizeof(key) - 4, random, sizeof(random));
    for (size_t i = 0; i < file_upload_count(up->body.u); i++) {
        json_object_array_add(ids, json_object_new_string(file_upload_at(up->body.u, i)->id));
    }
    json_object_object_add(args, "ids", ids);
    change_arg_text(args, "code", up->code);
    change_arg_text(args, "purpose", file_upload_evidence(up->body.u) ? "evidence" : "report");
    json_object_object_add(args, "public", json_object_new_boolean(file_upload_public(up->body.u)));
    const char *text = json_object_to_json_string_ext(args, JSON_C_TO_STRING_PLAIN);
    struct db_job job = {.sql = STORE_PERFORM,
                         .n_params = 5,
                         .params = {actor(up->r), key, text, "complaint.attach", text},
                         .done = on_attached,
                         .arg = up};
    enum status status = db_pool_submit(api_worker(up->r)->reads, &job, &e);
    json_object_put(args);
    if (status != STATUS_OK) {
        http_problem_status(up->r, status);
        upload_body_end(&up->body);
    }
}

static void on_created(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e)
{
    struct upload *up = arg;
    const char *refused = status == STATUS_OK ? db_rows_text_or_null(result, 0, 0) : NULL;
    (void)e;
    if (refused != NULL) {
        struct json_object *refusal = json_read(str_of(refused));
        change_refuse(up->r, refusal);
        json_object_put(refusal);
        upload_body_end(&up->body);
    } else if (status != STATUS_OK) {
        http_problem_status(up->r, status);
        upload_body_end(&up->body);
    } else if (up->code == NULL) {
        answer(up);
        upload_body_end(&up->body);
    } else if (auth_is(up->r, ~(unsigned)AUTH_KEY)) {
        attach_by_staff(up);
    } else {
        attach_by_holder(up);
    }
}

/* A request that is sent again with its key gets the ids that it got first: they are made of who
 * asks, the key, and what is in each file, under a secret of the service. The rows are then there
 * already, and attaching what is attached does nothing. */
static void name_by_key(struct upload *up)
{
    const struct snapshot *s = api_worker(up->r)->snapshot;
    const char *who = actor(up->r);
    for (size_t i = 0; i < file_upload_count(up->body.u); i++) {
        const struct file_uploaded *f = file_upload_at(up->body.u, i);
        unsigned char raw[16];
        char id[FILE_ID_TEXT];
        crypto_generichash_state state;
        crypto_generichash_init(&state, s->tracking_key, sizeof(s->tracking_key), sizeof(raw));
        crypto_generichash_update(&state, (const unsigned char *)&i, sizeof(i));
        crypto_generichash_update(&state, (const unsigned char *)who, strlen(who) + 1);
        crypto_generichash_update(&state, (const unsigned char *)up->key, strlen(up->key) + 1);
        crypto_generichash_update(&state, (const unsigned char *)f->hash, strlen(f->hash));
        crypto_generichash_final(&state, raw, sizeof(raw));
        sodium_bin2base64(id, sizeof(id), raw, sizeof(raw),
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        file_upload_rename(up->body.u, i, id);
    }
}

/* Which files, under which names, to whom, as what. */
static void take_key(struct upload *up, struct str ids, struct change_key *key)
{
    struct strbuf what;
    strbuf_init(&what, JSON_MAX);
    strbuf_append(&what, ids.p, ids.n);
    for (size_t i = 0; i < file_upload_count(up->body.u); i++) {
        strbuf_append_char(&what, '\n');
        strbuf_append_z(&what, file_upload_at(up->body.u, i)->name);
    }
    strbuf_printf(&what, "\n%d %d", file_upload_evidence(up->body.u),
                  file_upload_public(up->body.u));
    change_key_take(up->r, "files", key);
    change_key_content(up->r, (struct str){what.p, what.n}, key);
    strbuf_free(&what);
}

/* The files are in the store; now their rows. */
static void create_rows(struct upload *up)
{
    if (up->key != NULL) {
        name_by_key(up);
    }
    struct change_key key;
    struct strbuf rows;
    struct strbuf ids;
    struct err e;
    strbuf_init(&rows, JSON_MAX);
    strbuf_init(&ids, JSON_MAX);
    upload_rows(up->body.u, &rows, &ids);
    up->ids = arena_strndup(http_arena(up->r), ids.p, ids.n);
    enum status status = STATUS_NO_MEMORY;
    if (!rows.failed && !ids.failed && up->ids != NULL) {
        take_key(up, (struct str){ids.p, ids.n}, &key);
        struct db_job job = {
            .sql = STORE_ATTACHMENTS_CREATE,
            .n_params = 4,
            .params = {rows.p, actor(up->r), up->key == NULL ? NULL : key.key, key.hash},
            .done = on_created,
            .arg = up};
        status = db_pool_submit(api_worker(up->r)->reads, &job, &e);
    }
    strbuf_free(&rows);
    strbuf_free(&ids);
    if (status != STATUS_OK) {
        http_problem_status(up->r, status);
        upload_body_end(&up->body);
    }
}

static void on_finished(struct upload_body *body)
{
    struct upload *up = (struct upload *)body;
    if (file_upload_state(up->body.u) != UPLOAD_DONE) {
        refuse(up);
        upload_body_end(&up->body);
    } else if (file_upload_evidence(up->body.u) && !auth_is(up->r, ADDERS & ~(unsigned)AUTH_KEY)) {
        http_problem_field(up->r, 422, "purpose", FAULT_NOT_ALLOWED);
        upload_body_end(&up->body);
    } else if (file_upload_public(up->body.u) && !auth_is(up->r, ADDERS & ~(unsigned)AUTH_KEY)) {
        http_problem_field(up->r, 422, "public", FAULT_NOT_ALLOWED);
        upload_body_end(&up->body);
    } else {
        create_rows(up);
    }
}

/* ---- may they? ---- */

static void refuse_before(struct http_request *r, const char *why)
{
    if (strcmp(why, "full") == 0) {
        http_set_header(r, "Retry-After", "600");
        http_problem(r, 503, NULL);
    } else if (strcmp(why, "ended") == 0) {
        http_problem_words(r, 409, "", "ended",
                           http_language(r) == HTTP_EN ? "the complaint has ended"
                                                       : "phản ánh đã kết thúc");
    } else if (strcmp(why, "too_many") == 0) {
        too_many(r);
    } else {
        http_problem(r, 404, NULL);
    }
}

static void on_may(void *arg, enum status status, const struct db_rows *result, const struct err *e)
{
    struct upload *up = arg;
    (void)e;
    const char *may =
        status == STATUS_OK && db_rows_count(result) == 1 ? db_rows_text(result, 0, 0) : "";
    if (status != STATUS_OK) {
        http_problem_status(up->r, status);
    } else if (strcmp(may, "ok") != 0) {
        refuse_before(up->r, may);
    } else {
        upload_body_read(&up->body, file_upload_create(up->body.files->store, up->body.boundary));
        return;
    }
    upload_body_end(&up->body);
}

/* What can be told from the head alone. */
static bool fits(struct http_request *r, struct upload *up)
{
    if (!upload_body_fits(&up->body)) {
        return false;
    }
    if (auth_user(r) == NULL && !api_limit_allow(api_worker(r), http_peer(r))) {
        http_problem(r, 429, NULL);
        return false;
    }
    /* Who brings messages sends their files, too: an operator files them (api_inbound.c). */
    bool brings = up->code == NULL && auth_key_may(r, "calls");
    if ((!brings && !auth_key_allowed(r, "file")) || !change_key_good(r)) {
        return false;
    }
    up->key = http_header(r, "Idempotency-Key");
    if (up->key != NULL && api_worker(r)->snapshot == NULL) {
        http_problem(r, 503, NULL);
        return false;
    }
    if (up->code != NULL && auth_user(r) != NULL && !auth_is(r, ADDERS)) {
        http_problem(r, 403, NULL);
        return false;
    }
    return true;
}

static void begin(struct http_request *r, const char *code)
{
    struct upload *up = arena_calloc(http_arena(r), 1, sizeof(*up));
    struct err e;
    if (up == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    up->r = r;
    up->code = code;
    up->body =
        (struct upload_body){.r = r, .files = api_worker(r)->app->files, .finished = on_finished};
    if (!fits(r, up) || !upload_body_begin(&up->body)) {
        return;
    }
    struct db_job job = {.sql = STORE_ATTACHMENTS_MAY,
                         .n_params = 2,
                         .params = {actor(r), code},
                         .done = on_may,
                         .arg = up};
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        upload_body_end(&up->body);
    }
}

static void upload_alone(struct http_request *r)
{
    begin(r, NULL);
}

static void upload_to_complaint(struct http_request *r)
{
    const char *code = api_complaint_code(r);
    if (code != NULL) {
        begin(r, code);
    }
}

static void post_alone(struct http_request *r)
{
    auth_resolve(r, upload_alone);
}

static void post_to_complaint(struct http_request *r)
{
    auth_resolve(r, upload_to_complaint);
}

const struct http_route api_attachment_routes[] = {
    {HTTP_POST | HTTP_STREAM, "/api/v1/attachments", post_alone,
     ABOUT(.tag = "attachments", .summary = "Send files, to name them when a complaint is filed",
           .body = "multipart/form-data", .answer = "AttachmentList", .status = 201)},
    {HTTP_POST | HTTP_STREAM, "/api/v1/complaints/{code}/attachments", post_to_complaint,
     ABOUT(.tag = "attachments", .summary = "Add files to a complaint",
           .body = "multipart/form-data", .answer = "AttachmentList", .status = 201)},
    {HTTP_GET, "/api/v1/attachments/{attachment}/{size}", api_attachment_get,
     ABOUT(.tag = "attachments", .summary = "One file: web, thumb or original", .query = "code",
           .answer = "application/octet-stream")},
};
const size_t n_api_attachment_routes =
    sizeof(api_attachment_routes) / sizeof(api_attachment_routes[0]);
