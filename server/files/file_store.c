#include "server/files/file_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define MARK_MAX   128
#define PATH_MAX_  80 /* "ab/cd/" and a hash */
#define READ_BYTES ((size_t)128 << 10)

struct file_store {
    int dir; /* all paths below are relative to it */
};

static enum status failed(struct err *e, const char *what, const char *path)
{
    int why = errno;
    return err_set(e, why == ENOSPC || why == EDQUOT ? STATUS_BUSY : STATUS_IO, "cannot %s %s: %s",
                   what, path, strerrordesc_np(why));
}

static bool is_hash(const char *hash)
{
    return hash != NULL && strlen(hash) == FILE_HASH_TEXT - 1 &&
           strspn(hash, "0123456789abcdef") == FILE_HASH_TEXT - 1;
}

static void path_of(const char *hash, char out[PATH_MAX_])
{
    snprintf(out, PATH_MAX_, "%.2s/%.2s/%s", hash, hash + 2, hash);
}

/* ---- opening ---- */

static enum status make_folders(const char *folder, struct err *e)
{
    char path[4096];
    size_t n = strlen(folder);
    if (n == 0 || n >= sizeof(path)) {
        return err_set(e, STATUS_INVALID, "not a folder for files: %s", folder);
    }
    memcpy(path, folder, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        char was = path[i];
        path[i] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return failed(e, "make", path);
        }
        path[i] = was;
    }
    return STATUS_OK;
}

static enum status check_mark(struct file_store *s, const char *folder, const char *mark,
                              struct err *e)
{
    char has[MARK_MAX] = "";
    int fd = openat(s->dir, "MARK", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0) {
        size_t n = strlen(mark);
        bool done = write(fd, mark, n) == (ssize_t)n && fsync(fd) == 0;
        close(fd);
        return done && fsync(s->dir) == 0 ? STATUS_OK : failed(e, "write", folder);
    }
    fd = openat(s->dir, "MARK", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, has, sizeof(has) - 1);
    if (fd >= 0) {
        close(fd);
    }
    if (n < 0) {
        return failed(e, "read the mark of", folder);
    }
    /* Empty: made by another process at this moment, or by a crash then. */
    return n == 0 || strcmp(has, mark) == 0
               ? STATUS_OK
               : err_set(e, STATUS_CONFLICT, "the files in %s belong to another database", folder);
}

enum status file_store_open(const char *folder, const char *mark, struct file_store **out,
                            struct err *e)
{
    enum status status = make_folders(folder, e);
    struct file_store *s = status == STATUS_OK ? calloc(1, sizeof(*s)) : NULL;
    if (s == NULL) {
        return status != STATUS_OK ? status : err_set(e, STATUS_NO_MEMORY, "no memory for a store");
    }
    s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir < 0 || (mkdirat(s->dir, "tmp", 0700) != 0 && errno != EEXIST)) {
        status = failed(e, "open", folder);
    } else {
        status = check_mark(s, folder, mark, e);
    }
    if (status != STATUS_OK) {
        file_store_close(s);
        return status;
    }
    file_store_clear_temps(s);
    *out = s;
    return STATUS_OK;
}

void file_store_close(struct file_store *s)
{
    if (s != NULL && s->dir >= 0) {
        close(s->dir);
    }
    free(s);
}

uint64_t file_store_room(const struct file_store *s)
{
    struct statvfs v;
    return fstatvfs(s->dir, &v) == 0 ? (uint64_t)v.f_bavail * v.f_frsize : 0;
}

/* ---- files without a name ---- */

enum status file_temp_make(struct file_store *s, struct file_temp *t, struct err *e)
{
    unsigned char random[12];
    char name[2 * sizeof(random) + 1];
    randombytes_buf(random, sizeof(random));
    sodium_bin2hex(name, sizeof(name), random, sizeof(random));
    *t = (struct file_temp){.fd = -1};
    snprintf(t->path, sizeof(t->path), "tmp/%s", name);
    t->fd = openat(s->dir, t->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (t->fd < 0) {
        return failed(e, "make", t->path);
    }
    if (flock(t->fd, LOCK_EX | LOCK_NB) != 0) { /* says: its writer lives */
        enum status status = failed(e, "lock", t->path);
        file_temp_drop(s, t);
        return status;
    }
    crypto_hash_sha256_init(&t->hash);
    return STATUS_OK;
}

enum status file_temp_write(struct file_temp *t, const char *p, size_t n, struct err *e)
{
    crypto_hash_sha256_update(&t->hash, (const unsigned char *)p, n);
    while (n > 0) {
        ssize_t written = write(t->fd, p, n);
        if (written < 0 && errno != EINTR) {
            return failed(e, "write", t->path);
        }
        size_t some = written < 0 ? 0 : (size_t)written;
        p += some;
        n -= some;
        t->size += some;
    }
    return STATUS_OK;
}

enum status file_temp_reread(struct file_temp *t, struct err *e)
{
    char *bytes = malloc(READ_BYTES);
    enum status status = STATUS_OK;
    ssize_t n = 1;
    if (bytes == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory to read a file");
    }
    crypto_hash_sha256_init(&t->hash);
    for (t->size = 0; n > 0; t->size += n > 0 ? (uint64_t)n : 0) {
        n = pread(t->fd, bytes, READ_BYTES, (off_t)t->size);
        if (n < 0) {
            status = failed(e, "read", t->path);
        } else {
            crypto_hash_sha256_update(&t->hash, (const unsigned char *)bytes, (size_t)n);
        }
    }
    free(bytes);
    return status;
}

void file_temp_hash(struct file_temp *t, char hash[FILE_HASH_TEXT])
{
    unsigned char raw[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&t->hash, raw);
    sodium_bin2hex(hash, FILE_HASH_TEXT, raw, sizeof(raw));
}

void file_temp_drop(struct file_store *s, struct file_temp *t)
{
    if (t->fd >= 0) {
        unlinkat(s->dir, t->path, 0);
        close(t->fd);
        t->fd = -1;
    }
}

/* ---- names ---- */

/* Held while a file gets its name (shared) or loses it (alone); -1 where that fails. */
static int lock(const struct file_store *s, int how)
{
    int fd = openat(s->dir, "LOCK", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, how) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Makes a folder and its entry durable; harmless when it is there. */
static bool make_folder(const struct file_store *s, const char *path, const char *parent)
{
    if (mkdirat(s->dir, path, 0700) != 0) {
        return errno == EEXIST;
    }
    int fd = openat(s->dir, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

static bool name_it(const struct file_store *s, const struct file_temp *t, const char *hash)
{
    char path[PATH_MAX_];
    char outer[3];
    char inner[6];
    snprintf(outer, sizeof(outer), "%.2s", hash);
    snprintf(inner, sizeof(inner), "%.2s/%.2s", hash, hash + 2);
    path_of(hash, path);
    if (!make_folder(s, outer, ".") || !make_folder(s, inner, outer) ||
        renameat(s->dir, t->path, s->dir, path) != 0) {
        return false;
    }
    int fd = openat(s->dir, inner, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

enum status file_store_keep(struct file_store *s, struct file_temp *t, const char *hash,
                            struct err *e)
{
    enum status status = STATUS_OK;
    int held = -1;
    if (fsync(t->fd) != 0) {
        status = failed(e, "write", t->path);
    } else if ((held = lock(s, LOCK_SH)) < 0) {
        status = failed(e, "lock", "the store");
    } else if (futimens(t->fd, NULL) != 0 || !name_it(s, t, hash)) {
        status = failed(e, "keep", hash);
    }
    if (held >= 0) {
        close(held);
    }
    if (status != STATUS_OK) {
        file_temp_drop(s, t);
        return status;
    }
    close(t->fd);
    t->fd = -1;
    return STATUS_OK;
}

int file_store_open_file(const struct file_store *s, const char *hash, uint64_t *size)
{
    char path[PATH_MAX_];
    struct stat st;
    if (!is_hash(hash)) {
        return -1;
    }
    path_of(hash, path);
    int fd = openat(s->dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        return -1;
    }
    if (fd >= 0) {
        *size = (uint64_t)st.st_size;
    }
    return fd;
}

/* ---- keeping house ---- */

static int by_hash(const void *a, const void *b)
{
    return strcmp(((const struct file_entry *)a)->hash, ((const struct file_entry *)b)->hash);
}

struct listing {
    const char *past;
    struct file_entry *rows; /* all of one inner folder */
    size_t n, cap;
};

static bool list_folder(const struct file_store *s, const char *path, struct listing *l)
{
    int fd = openat(s->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    bool fine = true;
    if (dir == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return errno == ENOENT;
    }
    for (struct dirent *d = readdir(dir); d != NULL && fine; d = readdir(dir)) {
        struct stat st;
        if (!is_hash(d->d_name) || strcmp(d->d_name, l->past) <= 0 ||
            fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        if (l->n == l->cap) {
            size_t cap = l->cap == 0 ? 64 : 2 * l->cap;
            struct file_entry *grown = realloc(l->rows, cap * sizeof(*grown));
            if (grown == NULL) {
                fine = false;
                break;
            }
            l->rows = grown;
            l->cap = cap;
        }
        struct file_entry *row = &l->rows[l->n++];
        memcpy(row->hash, d->d_name, FILE_HASH_TEXT);
        row->size = (uint64_t)st.st_size;
        row->age_s = (int64_t)(time(NULL) - st.st_mtim.tv_sec);
    }
    closedir(dir);
    return fine;
}

enum status file_store_list(struct file_store *s, const char *past, struct file_entry *out,
                            size_t most, size_t *n, struct err *e)
{
    struct listing l = {.past = past};
    unsigned first =
        past[0] == '\0'
            ? 0
            : (unsigned)strtoul((char[]){past[0], past[1], past[2], past[3], 0}, NULL, 16);
    bool fine = true;
    *n = 0;
    for (unsigned i = first; i < 0x10000 && *n < most && fine; i++) {
        char path[6];
        char outer[3];
        snprintf(outer, sizeof(outer), "%02x", i >> 8);
        snprintf(path, sizeof(path), "%02x/%02x", i >> 8, i & 0xff);
        if ((i & 0xff) == 0 && faccessat(s->dir, outer, F_OK, 0) != 0) {
            i |= 0xff; /* no such outer folder */
            continue;
        }
        l.n = 0;
        fine = list_folder(s, path, &l);
        if (l.n > 1) {
            qsort(l.rows, l.n, sizeof(*l.rows), by_hash);
        }
        for (size_t k = 0; k < l.n && *n < most && fine; k++) {
            out[(*n)++] = l.rows[k];
        }
    }
    free(l.rows);
    return fine ? STATUS_OK : failed(e, "list", "the store");
}

bool file_store_remove(struct file_store *s, const char *hash, int64_t age_s)
{
    char path[PATH_MAX_];
    struct stat st;
    int held = is_hash(hash) ? lock(s, LOCK_EX) : -1;
    bool removed = false;
    if (held < 0) {
        return false;
    }
    path_of(hash, path);
    if (fstatat(s->dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        time(NULL) - st.st_mtim.tv_sec >= age_s) {
        removed = unlinkat(s->dir, path, 0) == 0;
    }
    close(held);
    return removed;
}

size_t file_store_clear_temps(struct file_store *s)
{
    size_t cleared = 0;
    int fd = openat(s->dir, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return 0;
    }
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        int file = d->d_name[0] == '.' ? -1 : openat(fd, d->d_name, O_RDONLY | O_CLOEXEC);
        if (file < 0) {
            continue;
        }
        struct stat st;
        /* A moment may pass between making one and locking it. */
        if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &st) == 0 &&
            (st.st_size > 0 || time(NULL) - st.st_mtim.tv_sec > 10)) {
            cleared += unlinkat(fd, d->d_name, 0) == 0;
        }
        close(file);
    }
    closedir(dir);
    return cleared;
}

bool file_store_intact(const struct file_store *s, const char *hash)
{
    struct file_temp t = {.fd = -1};
    char is[FILE_HASH_TEXT] = "";
    uint64_t size = 0;
    t.fd = file_store_open_file(s, hash, &size);
    if (t.fd < 0) {
        return false;
    }
    bool intact = file_temp_reread(&t, NULL) == STATUS_OK;
    if (intact) {
        file_temp_hash(&t, is);
    }
    close(t.fd);
    return intact && strcmp(is, hash) == 0;
}
