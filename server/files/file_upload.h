/* The files of one request, from the bytes of its body to files in the store.
 *
 * feed and finish run on compute threads, one call at a time: they write to the disk, and finish
 * waits for pictures to be made anew. Nothing is kept unless every file is fine; nothing of a
 * refused or dropped upload stays. The memory it takes does not grow with what is sent. */
#ifndef FILES_FILE_UPLOAD_H
#define FILES_FILE_UPLOAD_H

#include "server/base/str.h"
#include "server/files/file_kind.h"
#include "server/files/file_name.h"
#include "server/files/file_picture.h"
#include "server/files/file_store.h"

#define FILE_UPLOAD_MAX  10 /* files in one request */
#define FILE_ID_TEXT     23
#define FILE_IMAGE_MAX   ((uint64_t)25 << 20)
#define FILE_VIDEO_MAX   ((uint64_t)150 << 20)
#define FILE_OTHER_MAX   ((uint64_t)25 << 20)  /* sound, documents */
#define FILE_REQUEST_MAX ((uint64_t)300 << 20) /* all of them */
#define FILE_FIELDS_MAX  40                    /* of a form */
#define FILE_FORM_MAX    ((size_t)256 << 10)   /* the text of all of them */

/* One that is in the store: as a whole ("original"), or an image as "web" and "thumb". */
struct file_kept {
    const char *size, *type;
    char hash[FILE_HASH_TEXT];
    uint64_t bytes;
};

struct file_uploaded {
    char id[FILE_ID_TEXT];
    char name[FILE_NAME_BYTES];
    const struct file_type *type;
    uint64_t bytes;
    char hash[FILE_HASH_TEXT];   /* of what was sent */
    struct file_picture picture; /* of images */
    struct file_kept kept[2];
    size_t n_kept;
};

enum file_upload_state {
    UPLOAD_GOES_ON,
    UPLOAD_WHOLE,     /* the last delimiter has been read */
    UPLOAD_DONE,      /* finished: all is in the store */
    UPLOAD_MALFORMED, /* no multipart/form-data */
    UPLOAD_BAD_FIELD, /* `field` is none of file, purpose, public, or has a value that is none */
    UPLOAD_TOO_MANY,  /* files */
    UPLOAD_NOTHING,   /* no file at all */
    UPLOAD_BAD_FILE,  /* `fault` says why, `file` which: counted from 0 */
    UPLOAD_BUSY,      /* the machine is: again later */
    UPLOAD_NO_ROOM,   /* the disk is full */
    UPLOAD_FAILED,    /* the disk, or whatever else is ours */
};

struct file_upload;

/* `boundary` as multipart_boundary gives it. NULL: no memory. */
struct file_upload *file_upload_create(struct file_store *s, const char *boundary);
/* Of a form that people fill in: takes fields of any name and keeps what is in them; the file field
 * may be empty, and there may be no file at all. */
struct file_upload *file_upload_create_form(struct file_store *s, const char *boundary);
/* What it has not kept is gone. */
void file_upload_free(struct file_upload *u);

enum file_upload_state file_upload_feed(struct file_upload *u, const char *p, size_t n);
/* Once whole: checks each file, makes the pictures, keeps all. */
enum file_upload_state file_upload_finish(struct file_upload *u);

enum file_upload_state file_upload_state(const struct file_upload *u);
enum file_fault file_upload_fault(const struct file_upload *u);
size_t file_upload_bad(const struct file_upload *u);        /* the file that is at fault */
const char *file_upload_field(const struct file_upload *u); /* the field that is at fault */
size_t file_upload_count(const struct file_upload *u);
const struct file_uploaded *file_upload_at(const struct file_upload *u, size_t i);
bool file_upload_evidence(const struct file_upload *u); /* purpose=evidence */
bool file_upload_public(const struct file_upload *u);   /* public=true */

/* The fields of a form, in order: whatever bytes were sent. Borrowed from the upload. */
size_t file_upload_fields(const struct file_upload *u);
struct str file_upload_field_name(const struct file_upload *u, size_t i);
struct str file_upload_field_value(const struct file_upload *u, size_t i);
/* Another id than the random one it got: for a form that may be sent twice. */
void file_upload_rename(struct file_upload *u, size_t i, const char id[FILE_ID_TEXT]);

#endif
