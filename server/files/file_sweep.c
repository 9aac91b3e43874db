#include "server/files/file_sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/str.h"
#include "server/db/db_sync.h"
#include "server/store/store_attachment.h"

#define BATCH 500

/* Marks in `named` which of these files some row names. */
static enum status ask_named(struct db_sync *db, const struct file_entry *files, size_t n,
                             bool *named, struct err *e)
{
    struct strbuf list;
    struct db_rows *rows = NULL;
    strbuf_init(&list, BATCH * (FILE_HASH_TEXT + 2));
    strbuf_append_char(&list, '{');
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(&list, "%s%s", i == 0 ? "" : ",", files[i].hash);
        named[i] = false;
    }
    strbuf_append_char(&list, '}');
    const char *const params[] = {list.p};
    enum status status = list.failed ? err_set(e, STATUS_NO_MEMORY, "no memory for a list of files")
                                     : db_sync_query(db, STORE_FILES_NAMED, 1, params, &rows, e);
    strbuf_free(&list);
    for (size_t row = 0; status == STATUS_OK && row < db_rows_count(rows); row++) {
        for (size_t i = 0; i < n; i++) {
            named[i] = named[i] || str_equal_z(db_rows_str(rows, row, 0), files[i].hash);
        }
    }
    db_rows_free(rows);
    return status;
}

/* Calls `each` for every file that no row names and that is older than `age_s`. */
static enum status each_stray(struct db_sync *db, struct file_store *s, int64_t age_s,
                              void (*each)(void *arg, const struct file_entry *file), void *arg,
                              struct err *e)
{
    struct file_entry *files = malloc(BATCH * sizeof(*files));
    char past[FILE_HASH_TEXT] = "";
    enum status status =
        files == NULL ? err_set(e, STATUS_NO_MEMORY, "no memory for a list of files") : STATUS_OK;
    for (size_t n = BATCH; status == STATUS_OK && n == BATCH;) {
        bool named[BATCH];
        status = file_store_list(s, past, files, BATCH, &n, e);
        if (status != STATUS_OK || n == 0) {
            break;
        }
        memcpy(past, files[n - 1].hash, sizeof(past));
        status = ask_named(db, files, n, named, e);
        for (size_t i = 0; i < n && status == STATUS_OK; i++) {
            if (!named[i] && files[i].age_s >= age_s) {
                each(arg, &files[i]);
            }
        }
    }
    free(files);
    return status;
}

struct sweeping {
    struct file_store *store;
    int64_t age_s;
    struct file_sweep *out;
};

/* Between the question and this, somebody may have put the same content there again and written its
 * row: then it is young, and stays. */
static void remove_stray(void *arg, const struct file_entry *file)
{
    struct sweeping *sweep = arg;
    if (file_store_remove(sweep->store, file->hash, sweep->age_s)) {
        sweep->out->removed++;
        sweep->out->bytes += file->size;
    }
}

enum status file_sweep(struct db_sync *db, struct file_store *s, int64_t age_s,
                       struct file_sweep *out, struct err *e)
{
    int64_t forgotten = 0;
    *out = (struct file_sweep){.temps = file_store_clear_temps(s)};
    enum status status = db_sync_number(db, STORE_ATTACHMENTS_FORGET, &forgotten, e);
    if (status != STATUS_OK) {
        return status;
    }
    out->forgotten = (size_t)forgotten;
    struct sweeping sweep = {s, age_s, out};
    return each_stray(db, s, age_s, remove_stray, &sweep, e);
}

static void count_stray(void *arg, const struct file_entry *file)
{
    struct file_check *out = arg;
    (void)file;
    out->strays++;
}

static void check_one(struct file_store *s, const char *hash, uint64_t bytes, bool deep,
                      void (*tell)(const char *what, const char *hash), struct file_check *out)
{
    uint64_t size = 0;
    int fd = file_store_open_file(s, hash, &size);
    out->files++;
    if (fd < 0) {
        out->missing++;
        tell("missing", hash);
        return;
    }
    close(fd);
    if (size != bytes || (deep && !file_store_intact(s, hash))) {
        out->damaged++;
        tell("damaged", hash);
    }
}

enum status file_check(struct db_sync *db, struct file_store *s, bool deep,
                       void (*tell)(const char *what, const char *hash), struct file_check *out,
                       struct err *e)
{
    char past[FILE_HASH_TEXT] = "";
    size_t n = 1;
    *out = (struct file_check){.files = 0};
    while (n > 0) {
        struct db_rows *rows = NULL;
        const char *const params[] = {past};
        enum status status = db_sync_query(db, STORE_FILES_AFTER, 1, params, &rows, e);
        if (status != STATUS_OK) {
            return status;
        }
        n = db_rows_count(rows);
        for (size_t row = 0; row < n; row++) {
            struct str hash = db_rows_str(rows, row, 0);
            if (hash.n == FILE_HASH_TEXT - 1) {
                memcpy(past, hash.p, hash.n);
                past[hash.n] = '\0';
                check_one(s, past, (uint64_t)db_rows_int(rows, row, 1), deep, tell, out);
            }
        }
        db_rows_free(rows);
    }
    return each_stray(db, s, FILE_SWEEP_AGE_S, count_stray, out, e);
}

enum status file_mark(struct db_sync *db, char **out, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, STORE_FILES_MARK, 0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    struct str mark = db_rows_count(rows) == 0 ? STR("") : db_rows_str(rows, 0, 0);
    char *copy = mark.n == 0 ? NULL : strndup(mark.p, mark.n);
    db_rows_free(rows);
    if (copy == NULL) {
        return err_set(e, STATUS_NOT_FOUND, "the database has no mark for its files");
    }
    *out = copy;
    return STATUS_OK;
}
