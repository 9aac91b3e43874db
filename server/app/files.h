/* What the service has for files: their store, threads that may wait for the disk and for pictures
 * to be made, a bound on how many uploads there are at once, and a thread that sweeps. */
#ifndef APP_FILES_H
#define APP_FILES_H

#include <pthread.h>

#include "server/app/compute.h"
#include "server/files/file_store.h"

struct files {
    struct file_store *store;
    const char *database;
    struct compute *disk;     /* one job per upload and turn */
    struct compute *pictures; /* checks, pictures made anew, fsync */
    struct compute *shapes;   /* uploaded maps read and held against what is in force: minutes */
    int uploads;              /* under way; __atomic */
    int uploads_max;
    uint64_t accepted, refused, busy; /* __atomic, for /metrics */
    int wake;                         /* eventfd: the sweeper is to stop */
    pthread_t sweeper;
    bool sweeps;
};

struct db_sync;
/* The store of that database: in `folder`; where that is NULL in HOTLINE_FILES; else in a folder of
 * the project's .local that bears the database's mark. */
enum status files_open_store(struct db_sync *db, const char *folder, struct file_store **out,
                             struct err *e) MUST_CHECK;

/* Opens the store; threads start. */
enum status files_start(const char *database, const char *folder, int uploads_max,
                        struct files **out, struct err *e) MUST_CHECK;
/* In this order: the sweeper ends; once the workers' loops have ended, their jobs; and once their
 * mailboxes are gone, all the rest. */
void files_stop(struct files *f);
void files_end_jobs(struct files *f);
void files_free(struct files *f);

/* False: too many are under way. */
bool files_upload_begin(struct files *f);
void files_upload_end(struct files *f);

#endif
