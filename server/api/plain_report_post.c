/* What becomes of the form of /report: its files go to the store, an address that may be in several
 * places is asked about, what others reported there is offered, and then it takes the same way into
 * the database as POST /api/v1/complaints. What was sent twice is filed once: the form's seal is
 * its key, and its files get their ids from the seal and from what is in them. */
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/api/api_complaints.h"
#include "server/api/api_limit.h"
#include "server/api/plain_report.h"
#include "server/api/upload_body.h"
#include "server/base/clock.h"
#include "server/store/store_attachment.h"

#define FORM_MAX ((size_t)256 << 10)
#define PIECE    ((size_t)16 << 10)
#define JSON_MAX ((size_t)256 << 10)

/* One form, in the request's arena. */
struct report {
    struct upload_body body; /* first; of one with files */
    struct http_request *r;
    struct strbuf text; /* of one without */
    char piece[PIECE];
    struct report_shown shown;
    bool has_point;
    struct geo_point point;
    const char *address;
};

static void show(struct report *p, int status)
{
    plain_report_send(p->r, status, &p->shown);
}

static const char *field(const struct report *p, const char *name)
{
    return plain_form_get(&p->shown.form, name);
}

static void set_field(struct report *p, const char *name, const char *value)
{
    for (size_t i = 0; i < p->shown.form.n; i++) {
        if (strcmp(p->shown.form.rows[i].name, name) == 0) {
            p->shown.form.rows[i].value = value;
        }
    }
}

/* ---- filing ---- */

static void on_refused(void *arg, int status, const struct fault_list *faults)
{
    struct report *p = arg;
    p->shown.faults = faults;
    if (faults == NULL) {
        p->shown.trouble = status == 503 ? W_BUSY : status == 429 ? W_TOO_MANY : W_TRY_AGAIN;
    } else if (status == 409) { /* the seal was used for other words: with a new one it goes */
        p->shown.trouble = W_STALE_FORM;
        p->shown.faults = NULL;
        set_field(p, "seal", "");
    }
    show(p, status);
}

static void send_away(struct http_request *r, const char *code, const char *how)
{
    http_set_header(r, "Location",
                    arena_printf(http_arena(r), "/track?code=%s&%s&lang=%s", code, how,
                                 http_language(r) == HTTP_EN ? "en" : "vi"));
    http_send(r, &(struct http_reply){.status = 303, .body = {"", 0}});
}

static void on_filed(void *arg, const char *code)
{
    struct report *p = arg;
    send_away(p->r, code, "new=1");
}

static void put(struct json_object *to, const char *name, const char *value)
{
    if (value[0] != '\0') {
        json_object_object_add(to, name, json_object_new_string(value));
    }
}

static void put_reporter(const struct report *p, struct json_object *body)
{
    struct json_object *reporter = json_object_new_object();
    put(reporter, "name", field(p, "name"));
    put(reporter, "phone", field(p, "phone"));
    put(reporter, "email", field(p, "email"));
    if (field(p, "anonymous")[0] != '\0') {
        json_object_object_add(reporter, "anonymous", json_object_new_boolean(true));
    }
    if (json_object_object_length(reporter) > 0) {
        json_object_object_add(body, "reporter", reporter);
    } else {
        json_object_put(reporter);
    }
}

/* "2026-11-27T08:30", as browsers send it, in the city's time. Anything else as it is, to be
 * refused with a reason. */
static const char *instant_of(struct http_request *r, const char *local)
{
    char now[CLOCK_TEXT_MAX];
    size_t n = strlen(local);
    if (n != 16 && n != 19) {
        return local;
    }
    clock_format(clock_now_us(), now); /* ...+07:00 */
    const char *zoned =
        arena_printf(http_arena(r), "%s%s%s", local, n == 16 ? ":00" : "", now + 19);
    return zoned == NULL ? local : zoned;
}

/* In the arena, and the object gone; NULL when memory is short. */
static const char *text_of(struct http_request *r, struct json_object *body)
{
    const char *text =
        arena_strdup(http_arena(r), json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN));
    json_object_put(body);
    return text;
}

/* As POST /api/v1/complaints takes it. */
static const char *json_of(const struct report *p)
{
    struct json_object *body = json_object_new_object();
    json_object_object_add(body, "channel", json_object_new_string("web"));
    put(body, "category", field(p, "category"));
    put(body, "description", field(p, "description"));
    put(body, "address", p->address);
    put(body, "occurred_at", instant_of(p->r, field(p, "occurred_at")));
    if (p->has_point) {
        struct json_object *location = json_object_new_object();
        json_object_object_add(location, "lon", json_object_new_double(p->point.lon));
        json_object_object_add(location, "lat", json_object_new_double(p->point.lat));
        json_object_object_add(body, "location", location);
    }
    put_reporter(p, body);
    if (p->shown.n_photos > 0) {
        struct json_object *ids = json_object_new_array();
        for (size_t i = 0; i < p->shown.n_photos; i++) {
            json_object_array_add(ids, json_object_new_string(p->shown.photos[i]));
        }
        json_object_object_add(body, "attachments", ids);
    }
    return text_of(p->r, body);
}

static void file(struct report *p)
{
    const char *body = json_of(p);
    if (body == NULL) {
        http_problem(p->r, 503, NULL);
        return;
    }
    api_complaint_file(p->r, &(struct complaint_source){.body = str_of(body),
                                                        .key = field(p, "seal"),
                                                        .refused = on_refused,
                                                        .filed = on_filed,
                                                        .arg = p});
}

/* ---- joining what others reported ---- */

static void on_not_joined(void *arg, int status, const struct fault_list *faults, const char *words)
{
    struct report *p = arg;
    p->shown.words = words;
    if (words != NULL) {
        show(p, status);
    } else {
        on_refused(p, status == 404 ? 422 : status, faults);
    }
}

static void on_joined(void *arg, const char *code)
{
    struct report *p = arg;
    send_away(p->r, code, "said=joined");
}

static void join(struct report *p)
{
    struct json_object *body = json_object_new_object();
    json_object_object_add(body, "channel", json_object_new_string("web"));
    put(body, "description", field(p, "description"));
    put_reporter(p, body);
    if (field(p, "consent")[0] != '\0') {
        json_object_object_add(body, "consent", json_object_new_boolean(true));
    }
    const char *text = text_of(p->r, body);
    if (text == NULL) {
        http_problem(p->r, 503, NULL);
        return;
    }
    api_join(p->r, &(struct join_source){.token = field(p, "join"),
                                         .body = str_of(text),
                                         .key = field(p, "seal"),
                                         .refused = on_not_joined,
                                         .joined = on_joined,
                                         .arg = p});
}

/* ---- what is asked before ---- */

static void on_likely(const struct nearby_likely *rows, size_t n, void *arg)
{
    struct report *p = arg;
    p->shown.likely = rows;
    p->shown.n_likely = n;
    if (n > 0) {
        show(p, 200);
    } else {
        file(p);
    }
}

/* "106.70,10.77|Lê Lợi, Phường Bến Thành" into the place; false for anything else. */
static bool take_place(struct report *p, const char *text)
{
    char *end;
    double lon = strtod(text, &end);
    if (*end != ',') {
        return false;
    }
    double lat = strtod(end + 1, &end);
    if (*end != '|' || !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90)) {
        return false;
    }
    p->address = end + 1;
    p->point = (struct geo_point){lon, lat};
    p->has_point = true;
    p->shown.place = text;
    return true;
}

/* The place that was chosen, as long as the address is still that one. */
static void resolve_place(struct report *p)
{
    const char *choice = field(p, "choice");
    const char *place = field(p, "place");
    const char *typed = field(p, "address");
    const char *label = strchr(place, '|');
    p->address = typed;
    p->shown.settled = strcmp(field(p, "settled"), typed) == 0 ? typed : "";
    p->shown.place = "";
    if (strcmp(choice, "typed") == 0) {
        p->shown.settled = typed;
    } else if (choice[0] != '\0') {
        if (take_place(p, choice)) {
            set_field(p, "address", p->address);
        }
    } else if (label != NULL && strcmp(label + 1, typed) == 0) {
        (void)take_place(p, place);
    }
}

/* True if a question stands on the page now. */
static bool ask_place(struct report *p, const struct snapshot *s)
{
    if (p->has_point || p->shown.settled[0] != '\0') {
        return false;
    }
    size_t n = api_geocode_choices(p->r, s, p->address, p->shown.choices, &p->shown.question);
    p->shown.n_choices = n < 2 ? 0 : n;
    return n >= 2;
}

static bool complete(struct report *p, struct fault_list *faults)
{
    static const char *const required[] = {"address", "category", "description"};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (field(p, required[i])[0] == '\0') {
            fault_add(faults, required[i], FAULT_REQUIRED);
        }
    }
    p->shown.faults = faults;
    return faults->n == 0;
}

/* A place that is not told cannot be asked for later, as the page with the map does. */
static void decide(struct report *p)
{
    struct fault_list faults = {.n = 0};
    const struct snapshot *s = api_snapshot(p->r);
    if (s == NULL) {
        return;
    }
    resolve_place(p);
    if (!complete(p, &faults)) {
        show(p, 422);
        return;
    }
    p->shown.faults = NULL;
    if (field(p, "join")[0] != '\0') {
        join(p);
    } else if (ask_place(p, s)) {
        show(p, 200);
    } else if (field(p, "same")[0] != '\0') {
        file(p);
    } else {
        api_nearby_likely(
            p->r, &(struct nearby_draft){p->has_point, p->point, p->address, field(p, "category")},
            on_likely, p);
    }
}

static void on_form(struct report *p)
{
    bool sealed = plain_seal_good(p->r, field(p, "seal"));
    for (size_t i = 0; i < p->shown.form.n; i++) {
        if (strcmp(p->shown.form.rows[i].name, "photo") == 0 &&
            p->shown.n_photos < REPORT_PHOTOS_MAX) {
            p->shown.photos[p->shown.n_photos++] = p->shown.form.rows[i].value;
        }
    }
    if (!sealed || field(p, "website")[0] != '\0') {
        p->shown.trouble = sealed ? W_TRY_AGAIN : W_STALE_FORM;
        show(p, 422);
    } else if (p->shown.photo_error != NULL) {
        show(p, 422);
    } else {
        decide(p);
    }
}

/* ---- a form with files ---- */

static bool read_fields(struct report *p)
{
    const struct file_upload *u = p->body.u;
    for (size_t i = 0; i < file_upload_fields(u); i++) {
        if (!plain_form_add(p->r, &p->shown.form, file_upload_field_name(u, i),
                            file_upload_field_value(u, i))) {
            http_problem(p->r, 400, NULL);
            return false;
        }
    }
    return true;
}

/* The same file of the same form has the same id, and nobody can guess it. */
static void name_files(struct report *p, const unsigned char *key, size_t n_key)
{
    struct file_upload *u = p->body.u;
    const char *seal = field(p, "seal");
    for (size_t i = 0; i < file_upload_count(u); i++) {
        unsigned char raw[16];
        char id[FILE_ID_TEXT];
        crypto_generichash_state state;
        crypto_generichash_init(&state, key, n_key, sizeof(raw));
        crypto_generichash_update(&state, (const unsigned char *)&i, sizeof(i));
        crypto_generichash_update(&state, (const unsigned char *)seal, strlen(seal));
        crypto_generichash_update(&state, (const unsigned char *)file_upload_at(u, i)->hash,
                                  strlen(file_upload_at(u, i)->hash));
        crypto_generichash_final(&state, raw, sizeof(raw));
        sodium_bin2base64(id, sizeof(id), raw, sizeof(raw),
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        file_upload_rename(u, i, id);
    }
}

static void on_created(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e)
{
    struct report *p = arg;
    (void)result;
    (void)e;
    if (status == STATUS_OK) {
        for (size_t i = 0; i < file_upload_count(p->body.u); i++) {
            p->shown.photos[p->shown.n_photos++] =
                arena_strdup(http_arena(p->r), file_upload_at(p->body.u, i)->id);
        }
        on_form(p);
    } else {
        http_problem_status(p->r, status);
    }
    upload_body_end(&p->body);
}

static void create_rows(struct report *p)
{
    struct strbuf rows;
    struct strbuf ids;
    struct err e;
    const struct snapshot *s = api_worker(p->r)->snapshot;
    enum status status = STATUS_NO_MEMORY;
    if (s != NULL && plain_seal_good(p->r, field(p, "seal"))) {
        name_files(p, s->tracking_key, sizeof(s->tracking_key));
    }
    strbuf_init(&rows, JSON_MAX);
    strbuf_init(&ids, JSON_MAX);
    upload_rows(p->body.u, &rows, &ids);
    if (!rows.failed) {
        struct db_job job = {.sql = STORE_ATTACHMENTS_CREATE,
                             .n_params = 4,
                             .params = {rows.p, "public", NULL, NULL},
                             .done = on_created,
                             .arg = p};
        status = db_pool_submit(api_worker(p->r)->reads, &job, &e);
    }
    strbuf_free(&rows);
    strbuf_free(&ids);
    if (status != STATUS_OK) {
        http_problem_status(p->r, status);
        upload_body_end(&p->body);
    }
}

/* What is wrong with the files, for people; NULL: nothing that they could mend. */
static const char *photo_words(const struct report *p)
{
    const struct file_upload *u = p->body.u;
    bool en = http_language(p->r) == HTTP_EN;
    if (file_upload_state(u) == UPLOAD_TOO_MANY) {
        return plain_word(W_ATTACH_HINT, http_language(p->r));
    }
    if (file_upload_state(u) != UPLOAD_BAD_FILE) {
        return NULL;
    }
    const struct upload_fault *fault = upload_fault_of(file_upload_fault(u));
    const char *name = file_upload_at(u, file_upload_bad(u))->name;
    return arena_printf(http_arena(p->r), "%s %s", name, en ? fault->en : fault->vi);
}

static void on_body(struct upload_body *body)
{
    struct report *p = (struct report *)body;
    enum file_upload_state state = file_upload_state(body->u);
    if (!read_fields(p)) {
        upload_body_end(body);
    } else if (state == UPLOAD_DONE && file_upload_count(body->u) > 0) {
        create_rows(p);
    } else {
        p->shown.photo_error = photo_words(p);
        if (state == UPLOAD_DONE || p->shown.photo_error != NULL) {
            on_form(p);
        } else {
            bool busy = state == UPLOAD_BUSY || state == UPLOAD_NO_ROOM;
            p->shown.trouble = busy ? W_BUSY : W_TRY_AGAIN;
            show(p, busy ? 503 : 400);
        }
        upload_body_end(body);
    }
}

static void on_may(void *arg, enum status status, const struct db_rows *result, const struct err *e)
{
    struct report *p = arg;
    (void)e;
    if (status == STATUS_OK && db_rows_count(result) == 1 &&
        strcmp(db_rows_text(result, 0, 0), "ok") == 0) {
        upload_body_read(&p->body, file_upload_create_form(p->body.files->store, p->body.boundary));
        return;
    }
    http_problem_status(p->r, status == STATUS_OK ? STATUS_BUSY : status);
    upload_body_end(&p->body);
}

static void read_multipart(struct report *p)
{
    struct err e;
    p->body =
        (struct upload_body){.r = p->r, .files = api_worker(p->r)->app->files, .finished = on_body};
    if (!upload_body_fits(&p->body)) {
        return;
    }
    if (!api_limit_allow(api_worker(p->r), http_peer(p->r))) {
        http_problem(p->r, 429, NULL);
        return;
    }
    if (!upload_body_begin(&p->body)) {
        return;
    }
    struct db_job job = {.sql = STORE_ATTACHMENTS_MAY,
                         .n_params = 2,
                         .params = {"public", NULL},
                         .done = on_may,
                         .arg = p};
    enum status status = db_pool_submit(api_worker(p->r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(p->r, status);
        upload_body_end(&p->body);
    }
}

/* ---- a form without ---- */

static void on_piece(struct http_request *r, enum http_body how, size_t got, void *arg)
{
    struct report *p = arg;
    strbuf_append(&p->text, p->piece, got);
    if (how == HTTP_BODY_MORE && !p->text.failed) {
        http_body_read(r, p->piece, PIECE, on_piece, p);
        return;
    }
    if (how == HTTP_BODY_LOST || p->text.failed) {
        http_problem(r, how == HTTP_BODY_LOST ? 503 : 413, NULL);
    } else if (!plain_form_parse(r, (struct str){p->text.p, p->text.n}, &p->shown.form)) {
        http_problem(r, 400, NULL);
    } else {
        on_form(p);
    }
    strbuf_free(&p->text);
    http_release(r);
}

void plain_report_post(struct http_request *r)
{
    static const char coded[] = "application/x-www-form-urlencoded";
    const char *type = http_header(r, "Content-Type");
    struct report *p = arena_calloc(http_arena(r), 1, sizeof(*p));
    if (p == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    p->r = r;
    p->shown.trouble = W_COUNT;
    if (!plain_form_from_here(r)) {
        http_problem(r, 403, NULL);
    } else if (type != NULL && strncasecmp(type, coded, sizeof(coded) - 1) == 0) {
        strbuf_init(&p->text, FORM_MAX);
        http_hold(r);
        http_body_read(r, p->piece, PIECE, on_piece, p);
    } else {
        read_multipart(p);
    }
}
