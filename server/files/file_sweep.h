/* The store of files held against the tables: what nobody names goes, what somebody names must be
 * there. */
#ifndef FILES_FILE_SWEEP_H
#define FILES_FILE_SWEEP_H

#include <stdbool.h>

#include "server/files/file_store.h"

struct db_sync;

/* A file is put in the store before its row is written: one this young may be about to be named. */
#define FILE_SWEEP_AGE_S 3600

struct file_sweep {
    size_t temps;     /* left by crashes */
    size_t forgotten; /* uploads that nobody attached in time */
    size_t removed;   /* files that no row names */
    uint64_t bytes;   /* of these */
};
/* Removes what nobody names and is older than `age_s`. Harmless at any time, and beside others. */
enum status file_sweep(struct db_sync *db, struct file_store *s, int64_t age_s,
                       struct file_sweep *out, struct err *e) MUST_CHECK;

struct file_check {
    size_t files;   /* that rows name */
    size_t missing; /* of these */
    size_t damaged; /* of another length, or, if asked, another content */
    size_t strays;  /* that no row names, old enough to be swept */
};
/* Each fault is printed by `tell` ("missing", hash). `deep` reads every file. */
enum status file_check(struct db_sync *db, struct file_store *s, bool deep,
                       void (*tell)(const char *what, const char *hash), struct file_check *out,
                       struct err *e) MUST_CHECK;

/* The mark of this database's store; free() it. */
enum status file_mark(struct db_sync *db, char **out, struct err *e) MUST_CHECK;

#endif
