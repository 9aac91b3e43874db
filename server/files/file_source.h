/* One uploaded file of shapes, from the bytes of a request's body to a temporary file on the disk.
 * For compute threads, one call at a time; the memory it takes does not grow with what is sent, and
 * nothing of it stays once it is freed. */
#ifndef FILES_FILE_SOURCE_H
#define FILES_FILE_SOURCE_H

#include "server/base/str.h"
#include "server/files/file_name.h"
#include "server/files/file_shape.h"
#include "server/files/file_store.h"

#define FILE_SOURCE_MAX ((uint64_t)200 << 20)

enum file_source_state {
    SOURCE_GOES_ON,
    SOURCE_WHOLE,
    SOURCE_MALFORMED, /* no multipart/form-data */
    SOURCE_BAD_FIELD, /* a part that is not `file`, or a second one */
    SOURCE_NOTHING,   /* no file */
    SOURCE_BAD_NAME,
    SOURCE_UNKNOWN, /* no kind that is taken */
    SOURCE_EMPTY,
    SOURCE_TOO_LARGE,
    SOURCE_NO_ROOM,
    SOURCE_FAILED,
};

struct file_source;

/* `boundary` as multipart_boundary gives it. NULL: no memory. */
struct file_source *file_source_create(struct file_store *s, const char *boundary);
void file_source_free(struct file_source *f); /* NULL is fine; the file is gone */

/* `ended`: these are the last bytes. */
enum file_source_state file_source_feed(struct file_source *f, const char *p, size_t n, bool ended);
enum file_source_state file_source_state(const struct file_source *f);

/* Once whole. */
const char *file_source_name(const struct file_source *f);
uint64_t file_source_bytes(const struct file_source *f);
const char *file_source_hash(const struct file_source *f);
const struct file_shape_kind *file_source_kind(const struct file_source *f);
int file_source_fd(const struct file_source *f); /* stays its own */

#endif
