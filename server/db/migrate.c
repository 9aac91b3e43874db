#include "server/db/migrate.h"

#include <dirent.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/str.h"

/* Any constant; the same in every version. */
#define LOCK_MIGRATIONS   "SELECT pg_advisory_lock(7022102201)"
#define UNLOCK_MIGRATIONS "SELECT pg_advisory_unlock(7022102201)"
#define FILE_BYTES_MAX    ((size_t)4 * 1024 * 1024)
#define CHECKSUM_SIZE     (crypto_hash_sha256_BYTES * 2 + 1)

struct migration {
    int number;
    char name[NAME_MAX + 1]; /* the file's */
    char checksum[CHECKSUM_SIZE];
    char *sql; /* owned */
    bool applied;
};

struct migrations {
    struct migration *rows; /* ascending by number */
    size_t n, cap;
};

/* --- the files -------------------------------------------------------------------------------- */

static int is_migration(const struct dirent *entry)
{
    const char *name = entry->d_name;
    size_t n = strlen(name);
    return n > 9 && strspn(name, "0123456789") == 4 && name[4] == '_' &&
           strcmp(name + n - 4, ".sql") == 0;
}

static enum status read_file(const char *path, char **out, size_t *size, struct err *e)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        return err_set(e, STATUS_IO, "cannot open %s", path);
    }
    struct strbuf text;
    strbuf_init(&text, FILE_BYTES_MAX);
    char block[8192];
    size_t n;
    while ((n = fread(block, 1, sizeof block, file)) > 0) {
        strbuf_append(&text, block, n);
    }
    bool broken = ferror(file) != 0;
    (void)fclose(file);
    *size = text.n;
    char *taken = broken ? NULL : strbuf_take(&text);
    strbuf_free(&text);
    if (!taken) {
        return err_set(e, STATUS_IO, "cannot read %s", path);
    }
    *out = taken;
    return STATUS_OK;
}

static enum status read_migration(const char *folder, const char *name, struct migration *out,
                                  struct err *e)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        return err_set(e, STATUS_INVALID, "path too long: %s", name);
    }
    struct migration m = {.number = (int)strtol(name, NULL, 10)};
    (void)snprintf(m.name, sizeof m.name, "%s", name);
    size_t size = 0;
    enum status status = read_file(path, &m.sql, &size, e);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)m.sql, size);
    (void)sodium_bin2hex(m.checksum, sizeof m.checksum, hash, sizeof hash);
    *out = m;
    return STATUS_OK;
}

static void migrations_clear(struct migrations *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->rows[i].sql);
    }
    free(list->rows);
    *list = (struct migrations){0};
}

static enum status add_migration(struct migrations *list, const char *folder, const char *name,
                                 struct err *e)
{
    struct migration *grown = array_grow(list->rows, &list->cap, list->n + 1, sizeof *grown);
    if (!grown) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    list->rows = grown;
    enum status status = read_migration(folder, name, &list->rows[list->n], e);
    if (status != STATUS_OK) {
        return status;
    }
    list->n++;
    if (list->n > 1 && list->rows[list->n - 2].number == list->rows[list->n - 1].number) {
        return err_set(e, STATUS_INVALID, "%s and %s have the same number",
                       list->rows[list->n - 2].name, name);
    }
    return STATUS_OK;
}

static enum status read_folder(const char *folder, struct migrations *list, struct err *e)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_migration, alphasort);
    if (n <= 0) {
        free(entries);
        return err_set(e, STATUS_NOT_FOUND, "no migrations in %s", folder);
    }
    enum status status = STATUS_OK;
    for (int i = 0; i < n; i++) {
        if (status == STATUS_OK) {
            status = add_migration(list, folder, entries[i]->d_name, e);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* --- the database ----------------------------------------------------------------------------- */

static enum status make_table(struct db_sync *db, struct err *e)
{
    return db_sync_exec(db,
                        "CREATE SCHEMA IF NOT EXISTS hotline;"
                        "CREATE TABLE IF NOT EXISTS hotline.migrations ("
                        "    number integer PRIMARY KEY CHECK (number > 0),"
                        "    name text NOT NULL,"
                        "    checksum text NOT NULL,"
                        "    applied_at timestamptz NOT NULL DEFAULT now())",
                        e);
}

static struct migration *find_migration(const struct migrations *list, int64_t number)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->rows[i].number == number) {
            return &list->rows[i];
        }
    }
    return NULL;
}

/* Marks what was applied; refuses what does not fit the files. */
static enum status compare(struct db_sync *db, const struct migrations *list, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status =
        db_sync_query(db, "SELECT number, name, checksum FROM hotline.migrations ORDER BY number",
                      0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows) && status == STATUS_OK; i++) {
        struct migration *m = find_migration(list, db_rows_int(rows, i, 0));
        const char *name = db_rows_text(rows, i, 1);
        if (!m) {
            status = err_set(e, STATUS_CONFLICT,
                             "the database is newer than this program: it has %s", name);
        } else if (strcmp(m->checksum, db_rows_text(rows, i, 2)) != 0) {
            status = err_set(e, STATUS_CONFLICT,
                             "%s was applied to this database and has changed since; migrations "
                             "that were applied are never edited, write a new one",
                             name);
        } else {
            m->applied = true;
        }
    }
    db_rows_free(rows);
    return status;
}

static enum status apply(struct db_sync *db, const struct migration *m, struct err *e)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%d", m->number);
    const char *const params[] = {number, m->name, m->checksum};
    enum status status = db_sync_begin(db, e);
    if (status == STATUS_OK) {
        status = db_sync_run(
            db, "INSERT INTO hotline.migrations (number, name, checksum) VALUES ($1, $2, $3)", 3,
            params, NULL, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_exec(db, m->sql, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, e);
    }
    if (status != STATUS_OK) {
        db_sync_rollback(db);
        return err_wrap(e, "%s", m->name);
    }
    return STATUS_OK;
}

static enum status apply_all(struct db_sync *db, const struct migrations *list, migrate_told *told,
                             void *context, struct migrate_result *result, struct err *e)
{
    enum status status = make_table(db, e);
    if (status == STATUS_OK) {
        status = compare(db, list, e);
    }
    for (size_t i = 0; i < list->n && status == STATUS_OK; i++) {
        const struct migration *m = &list->rows[i];
        if (!m->applied) {
            status = apply(db, m, e);
            if (status != STATUS_OK) {
                break;
            }
            result->applied++;
            if (told) {
                told(context, m->number, m->name);
            }
        }
        result->version = m->number;
    }
    return status;
}

enum status migrate_run(struct db_sync *db, const char *folder, migrate_told *told, void *context,
                        struct migrate_result *out, struct err *e)
{
    struct migrations list = {0};
    struct migrate_result result = {0};
    enum status status = read_folder(folder, &list, e);
    if (status == STATUS_OK) {
        status = db_sync_exec(db, LOCK_MIGRATIONS, e);
    }
    if (status == STATUS_OK) {
        status = apply_all(db, &list, told, context, &result, e);
        struct err ignored;
        if (db_sync_exec(db, UNLOCK_MIGRATIONS, &ignored) != STATUS_OK && status == STATUS_OK) {
            status = err_set(e, ignored.status, "%s", ignored.text);
        }
    }
    migrations_clear(&list);
    if (status == STATUS_OK) {
        *out = result;
    }
    return status;
}
