#include "server/app/files.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/app/home.h"
#include "server/base/log.h"
#include "server/db/db_sync.h"
#include "server/files/file_picture.h"
#include "server/files/file_shape.h"
#include "server/files/file_sweep.h"

#define DISK_THREADS    2
#define PICTURE_THREADS 2
#define SHAPE_THREADS   1
#define SHAPE_QUEUE     8
#define FIRST_SWEEP_MS  (60 * 1000)
#define SWEEP_EVERY_MS  (3600 * 1000)

static void sweep_once(struct files *f)
{
    struct err e;
    struct db_sync *db = NULL;
    struct file_sweep done;
    enum status status = db_sync_connect(f->database, DB_ROLE_SERVICE, &db, &e);
    if (status == STATUS_OK) {
        status = file_sweep(db, f->store, FILE_SWEEP_AGE_S, &done, &e);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        log_warn("files.sweep_failed", "text=\"%s\"", e.text);
    } else if (done.temps + done.forgotten + done.removed > 0) {
        log_info("files.swept", "temps=%zu forgotten=%zu removed=%zu bytes=%llu", done.temps,
                 done.forgotten, done.removed, (unsigned long long)done.bytes);
    }
}

static void *sweeper_main(void *arg)
{
    struct files *f = arg;
    struct pollfd wake = {.fd = f->wake, .events = POLLIN};
    int wait_ms = FIRST_SWEEP_MS;
    while (poll(&wake, 1, wait_ms) == 0) {
        sweep_once(f);
        wait_ms = SWEEP_EVERY_MS;
    }
    return NULL;
}

enum status files_open_store(struct db_sync *db, const char *folder, struct file_store **out,
                             struct err *e)
{
    char own[PATH_MAX];
    char relative[128];
    char *mark = NULL;
    const char *wanted = folder != NULL ? folder : getenv("HOTLINE_FILES");
    enum status status = file_mark(db, &mark, e);
    if (status == STATUS_OK && (wanted == NULL || wanted[0] == '\0')) {
        snprintf(relative, sizeof(relative), ".local/files/%s", mark);
        status = home_path(relative, own, e);
        wanted = own;
    }
    if (status == STATUS_OK) {
        status = file_store_open(wanted, mark, out, e);
    }
    free(mark);
    return status;
}

enum status files_start(const char *database, const char *folder, int uploads_max,
                        struct files **out, struct err *e)
{
    struct err fault;
    struct db_sync *db = NULL;
    struct files *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for files");
    }
    *out = f;
    f->database = database;
    f->uploads_max = uploads_max;
    f->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!file_picture_find()) {
        log_warn("files.no_pictures", "hotline-picture is not beside the program");
    }
    if (!file_shape_find()) {
        log_warn("files.no_shapes", "hotline-shapes is not beside the program");
    }
    enum status status = db_sync_connect(database, DB_ROLE_SERVICE, &db, &fault);
    if (status == STATUS_OK) {
        status = files_open_store(db, folder, &f->store, &fault);
    }
    db_sync_close(db);
    size_t queue = (size_t)uploads_max + 1;
    if (status == STATUS_OK) {
        status = compute_create(DISK_THREADS, queue, &f->disk, &fault);
    }
    if (status == STATUS_OK) {
        status = compute_create(PICTURE_THREADS, queue, &f->pictures, &fault);
    }
    if (status == STATUS_OK) {
        status = compute_create(SHAPE_THREADS, SHAPE_QUEUE, &f->shapes, &fault);
    }
    if (status == STATUS_OK && pthread_create(&f->sweeper, NULL, sweeper_main, f) != 0) {
        status = err_set(&fault, STATUS_NO_MEMORY, "cannot start the sweeper thread");
    }
    if (status != STATUS_OK) {
        return err_set(e, status, "files: %s", fault.text);
    }
    f->sweeps = true;
    return STATUS_OK;
}

void files_stop(struct files *f)
{
    uint64_t one = 1;
    if (f != NULL && f->sweeps && write(f->wake, &one, sizeof(one)) == (ssize_t)sizeof(one)) {
        pthread_join(f->sweeper, NULL);
        f->sweeps = false;
    }
}

void files_end_jobs(struct files *f)
{
    if (f != NULL) {
        compute_destroy(f->disk);
        compute_destroy(f->pictures);
        compute_destroy(f->shapes);
        f->disk = f->pictures = f->shapes = NULL;
    }
}

void files_free(struct files *f)
{
    if (f == NULL) {
        return;
    }
    file_store_close(f->store);
    close(f->wake);
    free(f);
}

bool files_upload_begin(struct files *f)
{
    if (__atomic_add_fetch(&f->uploads, 1, __ATOMIC_RELAXED) > f->uploads_max) {
        files_upload_end(f);
        __atomic_add_fetch(&f->busy, 1, __ATOMIC_RELAXED);
        return false;
    }
    return true;
}

void files_upload_end(struct files *f)
{
    __atomic_sub_fetch(&f->uploads, 1, __ATOMIC_RELAXED);
}
