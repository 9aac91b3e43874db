/* Seals: each over the rows of its day, and over the seal before. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/record/record_found.h"
#include "server/store/store_record.h"

#define WHERE_MAX 64

/* A day's rows as they come, beside the ids that the seal names: "{[1,4),[6,9)}". */
struct day_pass {
    struct verification *v;
    struct record_fold fold;
    int64_t rows;
    const char *ids;          /* what is still to come of them */
    int64_t next, end;        /* of the range under way */
    int64_t missing, foreign; /* the first id of each; 0: none */
};

static void next_range(struct day_pass *d)
{
    char *end = NULL;
    d->next = d->end = INT64_MAX;
    d->ids = d->ids == NULL ? NULL : strchr(d->ids, '[');
    if (d->ids != NULL) {
        d->next = strtoll(d->ids + 1, &end, 10);
        d->end = *end == ',' ? strtoll(end + 1, &end, 10) : d->next;
        d->ids = end;
    }
}

/* Up to (and with) that id, which is there. */
static void meet(struct day_pass *d, int64_t id)
{
    while (d->next < id) {
        if (d->missing == 0) {
            d->missing = d->next;
        }
        if (++d->next >= d->end) {
            next_range(d);
        }
    }
    if (d->next > id) {
        d->foreign = d->foreign == 0 ? id : d->foreign;
    } else if (d->next != INT64_MAX && ++d->next >= d->end) {
        next_range(d);
    }
}

static bool on_row(void *arg, const struct db_value *c)
{
    struct day_pass *d = arg;
    d->rows++;
    record_fold_add(&d->fold, c[1].p, c[1].n > 0 ? (size_t)c[1].n : 0);
    if (d->ids != NULL || d->next != INT64_MAX) {
        meet(d, db_value_int64(c[0]));
    } else if (d->foreign == 0) {
        d->foreign = db_value_int64(c[0]);
    }
    return true;
}

static bool on_head(void *arg, const struct db_value *c)
{
    struct day_pass *d = arg;
    char text[24 + 16 + 2 * RECORD_HASH + 1];
    char hex[2 * RECORD_HASH + 1] = "";
    if (c[2].n == RECORD_HASH) {
        record_hex(c[2].p, hex);
    }
    (void)snprintf(text, sizeof(text), "%lld %d %s", (long long)db_value_int64(c[0]),
                   (int)db_value_int32(c[1]), hex);
    struct record_fold one = {.begun = false};
    record_fold_add(&one, text, strlen(text));
    record_fold_add(&d->fold, one.f, RECORD_HASH);
    return true;
}

static void tell_rows(struct verification *v, const char *where, const struct record_seal *s,
                      const struct day_pass *d)
{
    if (d->missing != 0 && d->missing != INT64_MAX) {
        record_tell(v, where,
                    "history row id %lld is missing: %lld rows were sealed, there are %lld",
                    (long long)d->missing, (long long)s->history_rows, (long long)d->rows);
    } else if (d->foreign != 0) {
        record_tell(v, where, "history row id %lld was inserted after the day was sealed",
                    (long long)d->foreign);
    } else {
        record_tell(v, where, "the day's history rows are not those that were sealed");
    }
}

static enum status verify_day(struct verification *v, const struct record_seal *s,
                              const struct db_rows *rows, size_t i, struct err *e)
{
    char sql[1024];
    char where[WHERE_MAX];
    char hex[2 * RECORD_HASH + 1];
    struct day_pass history = {.v = v, .ids = s->history_ids};
    struct day_pass audit = {.v = v, .next = INT64_MAX};
    struct day_pass heads = {.v = v};
    (void)snprintf(where, sizeof(where), "seal %s", s->day);
    next_range(&history);
    (void)snprintf(sql, sizeof(sql), STORE_VERIFY_SEALED_HISTORY, db_rows_text(rows, i, 3),
                   db_rows_text(rows, i, 4));
    enum status status = db_sync_copy_out(v->db, sql, 2, on_row, &history, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (history.next != INT64_MAX) {
        history.missing = history.missing == 0 ? history.next : history.missing;
    }
    record_fold_hex(&history.fold, hex);
    if (history.rows != s->history_rows || strcmp(hex, s->history_fold) != 0) {
        tell_rows(v, where, s, &history);
    }
    (void)snprintf(sql, sizeof(sql), STORE_VERIFY_SEALED_AUDIT, db_rows_text(rows, i, 3),
                   db_rows_text(rows, i, 4));
    status = db_sync_copy_out(v->db, sql, 2, on_row, &audit, e);
    record_fold_hex(&audit.fold, hex);
    if (status == STATUS_OK && (audit.rows != s->audit_rows || strcmp(hex, s->audit_fold) != 0)) {
        record_tell(v, where,
                    "the log's rows are not those that were sealed: %lld were, there are "
                    "%lld",
                    (long long)s->audit_rows, (long long)audit.rows);
    }
    if (status == STATUS_OK) {
        (void)snprintf(sql, sizeof(sql), STORE_VERIFY_SEALED_HEADS, s->day);
        status = db_sync_copy_out(v->db, sql, 3, on_head, &heads, e);
        record_fold_hex(&heads.fold, hex);
        if (status == STATUS_OK && strcmp(hex, s->heads_hash) != 0) {
            record_tell(v, where, "its list of complaints was changed");
        }
    }
    return status;
}

static void verify_seal(struct verification *v, const struct record_seal *s,
                        const struct record_seal *before)
{
    char where[WHERE_MAX];
    char hex[2 * RECORD_HASH + 1];
    (void)snprintf(where, sizeof(where), "seal %s", s->day);
    record_seal_hash(s, hex);
    if (strcmp(hex, s->hash) != 0) {
        record_tell(v, where, "was changed");
    } else if (strcmp(s->prev, before == NULL ? "" : before->hash) != 0) {
        record_tell(v, where,
                    before == NULL ? "is the first there is, but was chained to an earlier one"
                                   : "was chained to another seal than the one before it");
    } else if (before != NULL && before->to_us != s->from_us) {
        record_tell(v, where, "does not begin where the seal before it ends");
    }
}

enum status record_verify_seals(struct verification *v, struct err *e)
{
    struct db_rows *rows = NULL;
    struct record_seal seal = {.day = ""};
    struct record_seal before;
    enum status status = db_sync_query(v->db, STORE_VERIFY_SEALS, 0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows) && status == STATUS_OK; i++) {
        before = seal;
        seal = (struct record_seal){.day = db_rows_text(rows, i, 0),
                                    .from_us = db_rows_int(rows, i, 1),
                                    .to_us = db_rows_int(rows, i, 2),
                                    .history_rows = db_rows_int(rows, i, 5),
                                    .history_ids = db_rows_text(rows, i, 6),
                                    .history_fold = db_rows_text(rows, i, 7),
                                    .heads_hash = db_rows_text(rows, i, 8),
                                    .audit_rows = db_rows_int(rows, i, 9),
                                    .audit_last = db_rows_int(rows, i, 10),
                                    .audit_fold = db_rows_text(rows, i, 11),
                                    .prev = db_rows_text(rows, i, 12),
                                    .hash = db_rows_text(rows, i, 13)};
        verify_seal(v, &seal, i == 0 ? NULL : &before);
        status = verify_day(v, &seal, rows, i, e);
        v->result->seals++;
    }
    db_rows_free(rows);
    return status;
}

/* ---- published ones ---- */

static const char *line_of_day(const struct db_rows *rows, const char *day, size_t n)
{
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        if (strncmp(db_rows_text(rows, i, 0), day, n) == 0) {
            return db_rows_text(rows, i, 0);
        }
    }
    return NULL;
}

static void compare(struct verification *v, const struct db_rows *rows, char *line)
{
    char where[WHERE_MAX];
    line[strcspn(line, "\r\n")] = '\0';
    size_t n = strcspn(line, " ");
    if (line[0] == '\0' || line[0] == '#') {
        return;
    }
    const char *stored = line_of_day(rows, line, n);
    (void)snprintf(where, sizeof(where), "seal %.*s", n > 20 ? 20 : (int)n, line);
    if (stored == NULL) {
        record_tell(v, where, "was published and is no longer there");
    } else if (strcmp(stored, line) != 0) {
        record_tell(v, where, "is not the one that was published");
    }
}

enum status record_verify_published(struct db_sync *db, const char *path,
                                    const struct record_options *options,
                                    struct record_result *result, struct err *e)
{
    struct verification v = {.db = db, .options = options, .result = result};
    struct db_rows *rows = NULL;
    char line[256];
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL) {
        return err_set(e, STATUS_IO, "%s: %s", path, strerrordesc_np(errno));
    }
    enum status status = db_sync_query(db, STORE_SEAL_LINES, 0, NULL, &rows, e);
    while (status == STATUS_OK && fgets(line, sizeof(line), file) != NULL) {
        compare(&v, rows, line);
    }
    db_rows_free(rows);
    if (file != stdin) {
        (void)fclose(file);
    }
    return status;
}
