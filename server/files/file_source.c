#include "server/files/file_source.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/log.h"
#include "server/files/multipart.h"

#define HEAD 4096

struct file_source {
    struct file_store *store;
    struct multipart reader;
    enum file_source_state state;
    struct file_temp temp;
    char name[FILE_NAME_BYTES];
    char hash[FILE_HASH_TEXT];
    bool begun;
    unsigned char head[HEAD];
    size_t n_head;
    const struct file_shape_kind *kind;
};

static bool refuse(struct file_source *f, enum file_source_state why)
{
    f->state = why;
    return false;
}

static bool fail(struct file_source *f, const struct err *e)
{
    log_warn("files.failed", "text=\"%s\"", e->text);
    return refuse(f, e->status == STATUS_BUSY ? SOURCE_NO_ROOM : SOURCE_FAILED);
}

static bool on_begin(void *arg, const struct multipart_part *part)
{
    struct file_source *f = arg;
    struct err e;
    if (!str_equal_z(part->name, "file") || part->filename.p == NULL || f->begun) {
        return refuse(f, SOURCE_BAD_FIELD);
    }
    f->begun = true;
    if (!file_name_take(part->filename, f->name)) {
        return refuse(f, SOURCE_BAD_NAME);
    }
    return file_temp_make(f->store, &f->temp, &e) == STATUS_OK || fail(f, &e);
}

/* As soon as that can be told: what is of no kind is not read to its end. */
static bool know_kind(struct file_source *f)
{
    f->kind = file_shape_kind_find(f->head, f->n_head);
    return f->kind != NULL || refuse(f, SOURCE_UNKNOWN);
}

static bool on_bytes(void *arg, const char *p, size_t n)
{
    struct file_source *f = arg;
    struct err e;
    size_t room = sizeof(f->head) - f->n_head;
    size_t some = n < room ? n : room;
    memcpy(f->head + f->n_head, p, some);
    f->n_head += some;
    if (f->n_head == sizeof(f->head) && f->kind == NULL && !know_kind(f)) {
        return false;
    }
    if (file_temp_write(&f->temp, p, n, &e) != STATUS_OK) {
        return fail(f, &e);
    }
    return f->temp.size <= FILE_SOURCE_MAX || refuse(f, SOURCE_TOO_LARGE);
}

static bool on_end(void *arg)
{
    struct file_source *f = arg;
    if (f->temp.size == 0) {
        return refuse(f, SOURCE_EMPTY);
    }
    if (f->kind == NULL && !know_kind(f)) {
        return false;
    }
    file_temp_hash(&f->temp, f->hash);
    return true;
}

enum file_source_state file_source_feed(struct file_source *f, const char *p, size_t n, bool ended)
{
    if (f->state == SOURCE_GOES_ON || f->state == SOURCE_WHOLE) {
        enum multipart_state state = multipart_feed(&f->reader, p, n);
        if (state == MULTIPART_MALFORMED) {
            f->state = SOURCE_MALFORMED;
        } else if (state == MULTIPART_DONE && f->state == SOURCE_GOES_ON) {
            f->state = f->begun ? SOURCE_WHOLE : SOURCE_NOTHING;
        }
    }
    if (ended && f->state == SOURCE_GOES_ON) {
        f->state = SOURCE_MALFORMED; /* the body ended before the last delimiter */
    }
    return f->state;
}

struct file_source *file_source_create(struct file_store *s, const char *boundary)
{
    struct file_source *f = calloc(1, sizeof(*f));
    if (f != NULL) {
        const struct multipart_sink sink = {on_begin, on_bytes, on_end, f};
        f->store = s;
        f->temp.fd = -1;
        multipart_init(&f->reader, boundary, &sink);
    }
    return f;
}

void file_source_free(struct file_source *f)
{
    if (f != NULL) {
        file_temp_drop(f->store, &f->temp);
        free(f);
    }
}

enum file_source_state file_source_state(const struct file_source *f)
{
    return f->state;
}

const char *file_source_name(const struct file_source *f)
{
    return f->name;
}

uint64_t file_source_bytes(const struct file_source *f)
{
    return f->temp.size;
}

const char *file_source_hash(const struct file_source *f)
{
    return f->hash;
}

const struct file_shape_kind *file_source_kind(const struct file_source *f)
{
    return f->kind;
}

int file_source_fd(const struct file_source *f)
{
    return f->temp.fd;
}
