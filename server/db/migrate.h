/* Brings a database's schema up to date by the numbered files of sql/.
 *
 * Forward only: each NNNN_name.sql runs once, in a transaction of its own together with its row in
 * hotline.migrations, its number inserted first. Two runs at once are safe: the second waits for
 * the first and then finds nothing to do. A file that was applied and has changed since, a number
 * that occurs twice, or a database that is newer than the files is refused before anything runs. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"
#include "server/db/db_sync.h"

/* Called after each migration was committed; may be NULL. */
typedef void migrate_told(void *context, int number, const char *name);

struct migrate_result {
    size_t applied;
    int version; /* the highest number now applied */
};

/* `db` must be logged in as one who may create roles and extensions, without a SET ROLE. `folder`
 * is sql/ of the project's home. */
enum status migrate_run(struct db_sync *db, const char *folder, migrate_told *told, void *context,
                        struct migrate_result *out, struct err *e) MUST_CHECK;

#endif
