#include "server/files/file_upload.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/log.h"
#include "server/files/multipart.h"

#define VALUE_MAX 32

struct incoming {
    struct file_uploaded file;
    struct file_temp temp;
    struct file_temp made[2]; /* web and thumb */
    unsigned char head[FILE_KIND_HEAD];
    size_t n_head;
};

enum part { PART_NONE, PART_FILE, PART_PURPOSE, PART_PUBLIC, PART_TEXT, PART_EMPTY };

/* Of a form: where its name and what is in it are in the text. */
struct text_field {
    size_t name, n_name, value, n_value;
};

struct file_upload {
    struct file_store *store;
    struct multipart reader;
    enum file_upload_state state;
    enum file_fault fault;
    struct incoming *files[FILE_UPLOAD_MAX];
    size_t n_files;
    size_t at_fault; /* the file that is, if one is */
    enum part part;  /* the one that is being read */
    char value[VALUE_MAX];
    size_t n_value;
    char field[64];
    bool evidence, public;
    bool form;
    struct text_field fields[FILE_FIELDS_MAX];
    size_t n_fields;
    struct strbuf text;
};

/* ---- refusals ---- */

static bool refuse(struct file_upload *u, enum file_upload_state why)
{
    u->state = why;
    return false;
}

static bool refuse_file(struct file_upload *u, enum file_fault fault)
{
    u->fault = fault;
    return refuse(u, fault == FILE_UNREADABLE ? UPLOAD_FAILED : UPLOAD_BAD_FILE);
}

static bool fail(struct file_upload *u, const struct err *e)
{
    log_warn("files.failed", "text=\"%s\"", e->text);
    return refuse(u, e->status == STATUS_BUSY ? UPLOAD_NO_ROOM : UPLOAD_FAILED);
}

/* ---- reading ---- */

static bool begin_file(struct file_upload *u, const struct multipart_part *part)
{
    struct err e;
    unsigned char random[16];
    if (u->n_files == FILE_UPLOAD_MAX) {
        return refuse(u, UPLOAD_TOO_MANY);
    }
    struct incoming *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return refuse(u, UPLOAD_FAILED);
    }
    f->temp.fd = f->made[0].fd = f->made[1].fd = -1;
    u->at_fault = u->n_files;
    u->files[u->n_files++] = f;
    if (!file_name_take(part->filename, f->file.name)) {
        return refuse_file(u, FILE_NAME);
    }
    randombytes_buf(random, sizeof(random));
    sodium_bin2base64(f->file.id, sizeof(f->file.id), random, sizeof(random),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    u->part = PART_FILE;
    return file_temp_make(u->store, &f->temp, &e) == STATUS_OK || fail(u, &e);
}

/* A field of a form. A file field that nobody filled in comes without a name and without bytes. */
static bool begin_field(struct file_upload *u, const struct multipart_part *part)
{
    if (part->filename.p != NULL) {
        u->part = PART_EMPTY;
        return (str_equal_z(part->name, "file") && part->filename.n == 0) ||
               refuse(u, UPLOAD_BAD_FIELD);
    }
    if (u->n_fields == FILE_FIELDS_MAX) {
        return refuse(u, UPLOAD_BAD_FIELD);
    }
    struct text_field *f = &u->fields[u->n_fields++];
    *f = (struct text_field){.name = u->text.n, .n_name = part->name.n};
    strbuf_append(&u->text, part->name.p, part->name.n);
    f->value = u->text.n;
    u->part = PART_TEXT;
    return true;
}

static bool field_bytes(struct file_upload *u, const char *p, size_t n)
{
    strbuf_append(&u->text, p, n);
    u->fields[u->n_fields - 1].n_value += n;
    return !u->text.failed || refuse(u, UPLOAD_BAD_FIELD);
}

static bool on_begin(void *arg, const struct multipart_part *part)
{
    struct file_upload *u = arg;
    u->n_value = 0;
    size_t n = part->name.n < sizeof(u->field) - 1 ? part->name.n : sizeof(u->field) - 1;
    memcpy(u->field, part->name.p, n);
    u->field[n] = '\0';
    if (str_equal_z(part->name, "file") && part->filename.p != NULL &&
        (!u->form || part->filename.n > 0)) {
        return begin_file(u, part);
    }
    if (u->form) {
        return begin_field(u, part);
    }
    u->part = str_equal_z(part->name, "purpose")  ? PART_PURPOSE
              : str_equal_z(part->name, "public") ? PART_PUBLIC
                                                  : PART_NONE;
    return (u->part != PART_NONE && part->filename.p == NULL) || refuse(u, UPLOAD_BAD_FIELD);
}

static uint64_t most_bytes(enum file_group group)
{
    return group == FILE_IMAGE   ? FILE_IMAGE_MAX
           : group == FILE_VIDEO ? FILE_VIDEO_MAX
                                 : FILE_OTHER_MAX;
}

/* Its type, as soon as that can be told: what is of none is not read to its end. */
static bool know_type(struct file_upload *u, struct incoming *f)
{
    f->file.type = file_kind_find(f->head, f->n_head);
    return f->file.type != NULL || refuse_file(u, FILE_UNKNOWN);
}

static bool file_bytes(struct file_upload *u, struct incoming *f, const char *p, size_t n)
{
    struct err e;
    size_t room = sizeof(f->head) - f->n_head;
    size_t some = n < room ? n : room;
    memcpy(f->head + f->n_head, p, some);
    f->n_head += some;
    if (f->n_head == sizeof(f->head) && f->file.type == NULL && !know_type(u, f)) {
        return false;
    }
    if (file_temp_write(&f->temp, p, n, &e) != STATUS_OK) {
        return fail(u, &e);
    }
    uint64_t most = f->file.type == NULL ? FILE_OTHER_MAX : most_bytes(f->file.type->group);
    return f->temp.size <= most || refuse_file(u, FILE_TOO_LARGE);
}

static bool on_bytes(void *arg, const char *p, size_t n)
{
    struct file_upload *u = arg;
    if (u->part == PART_FILE) {
        return file_bytes(u, u->files[u->n_files - 1], p, n);
    }
    if (u->part == PART_TEXT) {
        return field_bytes(u, p, n);
    }
    if (u->part == PART_EMPTY || n > sizeof(u->value) - u->n_value) {
        return refuse(u, UPLOAD_BAD_FIELD);
    }
    memcpy(u->value + u->n_value, p, n);
    u->n_value += n;
    return true;
}

static bool end_file(struct file_upload *u)
{
    struct incoming *f = u->files[u->n_files - 1];
    if (f->temp.size == 0) {
        return refuse_file(u, FILE_EMPTY);
    }
    if (f->file.type == NULL && !know_type(u, f)) {
        return false;
    }
    f->file.bytes = f->temp.size;
    file_temp_hash(&f->temp, f->file.hash);
    return true;
}

static bool on_end(void *arg)
{
    struct file_upload *u = arg;
    struct str value = {u->value, u->n_value};
    if (u->part == PART_FILE) {
        return end_file(u);
    }
    if (u->form) {
        return true;
    }
    if (u->part == PART_PURPOSE) {
        u->evidence = str_equal_z(value, "evidence");
        return u->evidence || str_equal_z(value, "report") || refuse(u, UPLOAD_BAD_FIELD);
    }
    u->public = str_equal_z(value, "true");
    return u->public || str_equal_z(value, "false") || refuse(u, UPLOAD_BAD_FIELD);
}

enum file_upload_state file_upload_feed(struct file_upload *u, const char *p, size_t n)
{
    if (u->state != UPLOAD_GOES_ON && u->state != UPLOAD_WHOLE) {
        return u->state;
    }
    enum multipart_state state = multipart_feed(&u->reader, p, n);
    if (state == MULTIPART_MALFORMED) {
        u->state = UPLOAD_MALFORMED;
    } else if (state == MULTIPART_DONE && u->state == UPLOAD_GOES_ON) {
        u->state = u->n_files == 0 && !u->form ? UPLOAD_NOTHING : UPLOAD_WHOLE;
    }
    return u->state;
}

/* ---- finishing ---- */

static bool make_pictures(struct file_upload *u, struct incoming *f)
{
    static const char *const sizes[] = {"web", "thumb"};
    struct err e;
    for (size_t i = 0; i < 2; i++) {
        if (file_temp_make(u->store, &f->made[i], &e) != STATUS_OK) {
            return fail(u, &e);
        }
    }
    switch (file_picture_make(f->temp.fd, f->file.type->type, f->made[0].fd, f->made[1].fd,
                              &f->file.picture)) {
    case PICTURE_MADE:
        break;
    case PICTURE_DAMAGED:
        return refuse_file(u, FILE_DAMAGED);
    case PICTURE_TOO_LARGE:
        return refuse_file(u, FILE_PIXELS);
    case PICTURE_COSTLY:
        return refuse_file(u, FILE_BOMB);
    case PICTURE_LATE:
        return refuse(u, UPLOAD_BUSY);
    case PICTURE_FAILED:
        return refuse(u, UPLOAD_FAILED);
    }
    for (size_t i = 0; i < 2; i++) {
        struct file_kept *k = &f->file.kept[i];
        if (file_temp_reread(&f->made[i], &e) != STATUS_OK) {
            return fail(u, &e);
        }
        k->size = sizes[i];
        k->type = "image/jpeg";
        k->bytes = f->made[i].size;
        file_temp_hash(&f->made[i], k->hash);
    }
    f->file.n_kept = 2;
    return true;
}

static bool check_file(struct file_upload *u, struct incoming *f)
{
    enum file_fault fault = file_kind_check(f->temp.fd, f->temp.size, f->file.type);
    if (fault != FILE_FINE) {
        return refuse_file(u, fault);
    }
    if (f->file.type->group == FILE_IMAGE) {
        return make_pictures(u, f);
    }
    struct file_kept *k = &f->file.kept[0];
    k->size = "original";
    k->type = f->file.type->type;
    k->bytes = f->file.bytes;
    memcpy(k->hash, f->file.hash, sizeof(k->hash));
    f->file.n_kept = 1;
    return true;
}

static bool keep_file(struct file_upload *u, struct incoming *f)
{
    struct err e;
    bool image = f->file.type->group == FILE_IMAGE;
    for (size_t i = 0; i < f->file.n_kept; i++) {
        struct file_temp *t = image ? &f->made[i] : &f->temp;
        if (file_store_keep(u->store, t, f->file.kept[i].hash, &e) != STATUS_OK) {
            return fail(u, &e);
        }
    }
    file_temp_drop(u->store, &f->temp); /* an image's original is not kept: it tells too much */
    return true;
}

enum file_upload_state file_upload_finish(struct file_upload *u)
{
    if (u->state == UPLOAD_GOES_ON) {
        u->state = UPLOAD_MALFORMED; /* the body ended before the last delimiter */
    }
    for (size_t i = 0; i < u->n_files && u->state == UPLOAD_WHOLE; i++) {
        u->at_fault = i;
        (void)check_file(u, u->files[i]);
    }
    for (size_t i = 0; i < u->n_files && u->state == UPLOAD_WHOLE; i++) {
        (void)keep_file(u, u->files[i]);
    }
    if (u->state == UPLOAD_WHOLE) {
        u->state = UPLOAD_DONE;
    }
    return u->state;
}

/* ---- the rest ---- */

struct file_upload *file_upload_create(struct file_store *s, const char *boundary)
{
    struct file_upload *u = calloc(1, sizeof(*u));
    if (u != NULL) {
        const struct multipart_sink sink = {on_begin, on_bytes, on_end, u};
        u->store = s;
        multipart_init(&u->reader, boundary, &sink);
        strbuf_init(&u->text, FILE_FORM_MAX);
    }
    return u;
}

struct file_upload *file_upload_create_form(struct file_store *s, const char *boundary)
{
    struct file_upload *u = file_upload_create(s, boundary);
    if (u != NULL) {
        u->form = true;
    }
    return u;
}

void file_upload_free(struct file_upload *u)
{
    for (size_t i = 0; u != NULL && i < u->n_files; i++) {
        struct incoming *f = u->files[i];
        file_temp_drop(u->store, &f->temp);
        file_temp_drop(u->store, &f->made[0]);
        file_temp_drop(u->store, &f->made[1]);
        free(f);
    }
    if (u != NULL) {
        strbuf_free(&u->text);
    }
    free(u);
}

enum file_upload_state file_upload_state(const struct file_upload *u)
{
    return u->state;
}

enum file_fault file_upload_fault(const struct file_upload *u)
{
    return u->fault;
}

size_t file_upload_bad(const struct file_upload *u)
{
    return u->at_fault;
}

const char *file_upload_field(const struct file_upload *u)
{
    return u->field;
}

size_t file_upload_count(const struct file_upload *u)
{
    return u->n_files;
}

const struct file_uploaded *file_upload_at(const struct file_upload *u, size_t i)
{
    return &u->files[i]->file;
}

bool file_upload_evidence(const struct file_upload *u)
{
    return u->evidence;
}

bool file_upload_public(const struct file_upload *u)
{
    return u->public;
}

size_t file_upload_fields(const struct file_upload *u)
{
    return u->n_fields;
}

struct str file_upload_field_name(const struct file_upload *u, size_t i)
{
    return (struct str){u->text.p + u->fields[i].name, u->fields[i].n_name};
}

struct str file_upload_field_value(const struct file_upload *u, size_t i)
{
    return (struct str){u->text.p + u->fields[i].value, u->fields[i].n_value};
}

void file_upload_rename(struct file_upload *u, size_t i, const char id[FILE_ID_TEXT])
{
    memcpy(u->files[i]->file.id, id, FILE_ID_TEXT);
}
