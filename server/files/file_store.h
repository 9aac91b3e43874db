/* Files by content: each lies under the SHA-256 of its bytes, FOLDER/ab/cd/abcd..., so the same
 * bytes are kept once and a name never comes from outside.
 *
 * A file is written under FOLDER/tmp, made durable, and only then gets its name: under a name there
 * is always the whole file. What a crash leaves in tmp is known by its lock, which died with the
 * process, and goes when the store is opened or swept.
 *
 * The folder bears the mark of one database (FOLDER/MARK): another's rows would not know these
 * files, and sweeping would take them for rubbish. Thread-safe; several processes may share a
 * folder. */
#ifndef FILES_FILE_STORE_H
#define FILES_FILE_STORE_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"

#define FILE_HASH_TEXT 65 /* SHA-256 in hex, and NUL */

struct file_store;

/* Makes the folder if there is none. STATUS_CONFLICT: it bears another mark. */
enum status file_store_open(const char *folder, const char *mark, struct file_store **out,
                            struct err *e) MUST_CHECK;
void file_store_close(struct file_store *s);
/* Bytes that the disk still has for it. */
uint64_t file_store_room(const struct file_store *s);

/* A file that has no name yet. */
struct file_temp {
    int fd; /* -1: none */
    char path[64];
    uint64_t size;
    crypto_hash_sha256_state hash;
};
enum status file_temp_make(struct file_store *s, struct file_temp *t, struct err *e) MUST_CHECK;
enum status file_temp_write(struct file_temp *t, const char *p, size_t n, struct err *e) MUST_CHECK;
/* Somebody else has written it through its fd: reads it, for its size and hash. */
enum status file_temp_reread(struct file_temp *t, struct err *e) MUST_CHECK;
/* Its hash; no more may be written then. */
void file_temp_hash(struct file_temp *t, char hash[FILE_HASH_TEXT]);
/* Gives it its name, durably. It is no temporary any more, then or on failure. */
enum status file_store_keep(struct file_store *s, struct file_temp *t, const char *hash,
                            struct err *e) MUST_CHECK;
void file_temp_drop(struct file_store *s, struct file_temp *t);

/* A file to read, -1 where there is none or `hash` is no hash. The caller closes it. */
int file_store_open_file(const struct file_store *s, const char *hash, uint64_t *size);

/* Calls `each` with every file there is, in order of their hashes, up to `most` after `past` ("" to
 * begin); `age_s` is since it was last put there. Answers how many. Not while another thread calls
 * it.
 */
struct file_entry {
    char hash[FILE_HASH_TEXT];
    uint64_t size;
    int64_t age_s;
};
enum status file_store_list(struct file_store *s, const char *past, struct file_entry *out,
                            size_t most, size_t *n, struct err *e) MUST_CHECK;
/* Removes a file unless it was put there again within `age_s`. While this is done, nothing is kept.
 */
bool file_store_remove(struct file_store *s, const char *hash, int64_t age_s);
/* What crashed processes left in tmp; answers how many. */
size_t file_store_clear_temps(struct file_store *s);
/* True if the content is what the name says. */
bool file_store_intact(const struct file_store *s, const char *hash);

#endif
