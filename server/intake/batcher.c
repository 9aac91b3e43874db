#include "server/intake/batcher.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"
#include "server/base/log.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_attachment.h"
#include "server/store/store_complaint.h"

#define BATCHES_MAX    2 /* on their way at once */
#define BATCH_TEXT_MAX ((size_t)16 << 20)
#define IDS_LOW        400 /* ask for the next block when fewer are left */

struct intake_batcher {
    struct db_pool *writes;
    struct intake_entry *first, **last; /* waiting */
    size_t waiting;
    int batches; /* on their way */
    int64_t id_next, id_end, spare_next, spare_end;
    bool asking; /* for a block of ids */
    bool closing;
    struct intake_batcher_stats stats;
};

/* Entries that share a transaction. */
struct batch {
    struct intake_batcher *b;
    struct intake_entry *entries[STORE_BATCH_MAX];
    size_t n;
};

static void flush(struct intake_batcher *b);

static void entry_end(struct intake_entry *entry, enum status status, enum intake_outcome outcome,
                      const char *code)
{
    struct asker before = asker_swap(&entry->turn);
    entry->done(entry, status, outcome, code);
    (void)asker_swap(&before);
}

/* Statements that were answered while the batcher is being taken down still come back here. */
static void on_ids(void *arg, enum status status, const struct db_rows *result, const struct err *e)
{
    struct intake_batcher *b = arg;
    b->asking = false;
    if (status == STATUS_OK && db_rows_count(result) == 1) {
        b->spare_next = db_rows_int_or(result, 0, 0, 0);
        b->spare_end = b->spare_next + STORE_ID_BLOCK;
    } else {
        log_warn("intake.no_ids", "status=%s", status_name(e->status));
    }
    flush(b);
}

static void ask_for_ids(struct intake_batcher *b)
{
    struct err e;
    struct db_job job = {.sql = STORE_RESERVE_IDS, .done = on_ids, .arg = b};
    if (!b->asking && b->spare_next == b->spare_end) {
        b->asking = db_pool_submit(b->writes, &job, &e) == STATUS_OK;
    }
}

/* The next id, or 0 when the blocks are used up. */
static int64_t take_id(struct intake_batcher *b)
{
    if (b->id_next == b->id_end) {
        b->id_next = b->spare_next;
        b->id_end = b->spare_end;
        b->spare_next = b->spare_end = 0;
    }
    return b->id_next == b->id_end ? 0 : b->id_next++;
}

static bool number_entry(struct intake_batcher *b, struct intake_entry *entry)
{
    struct complaint_record *record = entry->record;
    if (record->id == 0) {
        record->id = take_id(b);
        if (record->id != 0) {
            tracking_code_make(entry->snapshot->tracking_key, record->id, record->code);
        }
    }
    return record->id != 0;
}

static enum intake_outcome outcome_of(struct str text)
{
    return str_equal_z(text, "created")    ? INTAKE_CREATED
           : str_equal_z(text, "mismatch") ? INTAKE_MISMATCH
                                           : INTAKE_REPEATED;
}

static void answer_row(struct batch *batch, const struct db_rows *result, size_t row)
{
    size_t n = (size_t)db_rows_int_or(result, row, 0, -1);
    BUG_IF(n >= batch->n || batch->entries[n] == NULL);
    struct intake_entry *entry = batch->entries[n];
    batch->entries[n] = NULL;
    entry_end(entry, STATUS_OK, outcome_of(db_rows_str(result, row, 1)),
              db_rows_text_or_null(result, row, 2));
}

static void batch_answer(struct batch *batch, const struct db_rows *result)
{
    for (size_t row = 0; row < db_rows_count(result); row++) {
        answer_row(batch, result, row);
    }
    for (size_t n = 0; n < batch->n; n++) {
        if (batch->entries[n] != NULL) {
            entry_end(batch->entries[n], STATUS_INTERNAL, INTAKE_CREATED, NULL);
        }
    }
}

static enum status batch_send(struct intake_batcher *b, struct intake_entry *const entries[],
                              size_t n, struct err *e);

static void batch_fail(struct batch *batch, enum status status)
{
    for (size_t n = 0; n < batch->n; n++) {
        entry_end(batch->entries[n], status, INTAKE_CREATED, NULL);
    }
}

/* Refused as a whole: back to the front of those who wait, to be tried each alone, so that only the
 * bad ones fail. */
static void batch_split(struct batch *batch)
{
    struct intake_batcher *b = batch->b;
    b->stats.splits++;
    b->stats.records -= batch->n; /* they are counted again */
    for (size_t n = batch->n; n-- > 0;) {
        struct intake_entry *entry = batch->entries[n];
        entry->alone = true;
        entry->next = b->first;
        if (b->first == NULL) {
            b->last = &entry->next;
        }
        b->first = entry;
        b->waiting++;
    }
}

static void on_stored(void *arg, enum status status, const struct db_rows *result,
                      const struct err *e)
{
    struct batch *batch = arg;
    struct intake_batcher *b = batch->b;
    bool refused =
        status == STATUS_INVALID || status == STATUS_CONFLICT || status == STATUS_INTERNAL;
    b->batches--;
    if (status == STATUS_OK) {
        batch_answer(batch, result);
    } else if (refused && batch->n > 1) {
        batch_split(batch);
    } else {
        log_warn("intake.refused", "records=%zu status=%s text=\"%s\"", batch->n,
                 status_name(status), refused ? e->text : "-");
        batch_fail(batch, refused ? STATUS_INTERNAL : status);
    }
    free(batch);
    flush(b);
}

/* The files that the batch's complaints name: [{n, ids}]. */
static void append_attached(struct strbuf *out, struct intake_entry *const entries[], size_t n)
{
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        const char *ids = entries[i]->record->draft->attachments;
        if (ids != NULL) {
            strbuf_printf(out, "%s{\"n\":%zu,\"ids\":%s}", out->n == 1 ? "" : ",", i, ids);
        }
    }
    strbuf_append_char(out, ']');
}

static enum status batch_send(struct intake_batcher *b, struct intake_entry *const entries[],
                              size_t n, struct err *e)
{
    struct batch *batch = calloc(1, sizeof(*batch));
    struct strbuf text;
    struct strbuf attached;
    strbuf_init(&text, BATCH_TEXT_MAX);
    strbuf_init(&attached, BATCH_TEXT_MAX);
    if (batch == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a batch");
    }
    batch->b = b;
    batch->n = n;
    memcpy(batch->entries, entries, n * sizeof(*entries));
    strbuf_append_char(&text, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            strbuf_append_char(&text, ',');
        }
        store_complaint_append(&text, entries[i]->snapshot, i, entries[i]->record);
    }
    strbuf_append_char(&text, ']');
    struct db_job job = {.sql = STORE_COMPLAINTS_CREATE,
                         .n_params = 1,
                         .params = {text.p},
                         .done = on_stored,
                         .arg = batch};
    append_attached(&attached, entries, n);
    if (attached.n > 2) {
        job.sql = STORE_COMPLAINTS_FILE;
        job.n_params = 2;
        job.params[1] = attached.p;
    }
    enum status status = text.failed || attached.failed
                             ? err_set(e, STATUS_NO_MEMORY, "no memory for a batch")
                             : db_pool_submit(b->writes, &job, e);
    strbuf_free(&text);
    strbuf_free(&attached);
    if (status != STATUS_OK) {
        free(batch);
        return status;
    }
    b->batches++;
    b->stats.batches++;
    b->stats.records += n;
    return STATUS_OK;
}

/* Takes up to a batch of waiting entries that have, or now get, an id; or one that goes alone. */
static size_t take_entries(struct intake_batcher *b, struct intake_entry *out[STORE_BATCH_MAX])
{
    size_t n = 0;
    while (n < STORE_BATCH_MAX && b->first != NULL && (n == 0 || !b->first->alone) &&
           number_entry(b, b->first)) {
        out[n++] = b->first;
        b->first = b->first->next;
        b->waiting--;
        if (out[n - 1]->alone) {
            break;
        }
    }
    if (b->first == NULL) {
        b->last = &b->first;
    }
    return n;
}

/* One batch at a time, so that the next grows meanwhile: most of a small batch's cost is its own,
 * not its rows'. (Measured: twice the complaints a second, at half the latency, of four at a time.)
 * A second one goes along only when it is full already. */
static bool may_send(const struct intake_batcher *b)
{
    return b->batches == 0 || (b->batches < BATCHES_MAX && b->waiting >= STORE_BATCH_MAX);
}

static void flush(struct intake_batcher *b)
{
    while (!b->closing && b->first != NULL && may_send(b)) {
        struct intake_entry *entries[STORE_BATCH_MAX];
        struct err e;
        size_t n = take_entries(b, entries);
        if (b->id_end - b->id_next < IDS_LOW) {
            ask_for_ids(b);
        }
        if (n == 0) {
            return; /* on_ids goes on */
        }
        enum status status = batch_send(b, entries, n, &e);
        for (size_t i = 0; status != STATUS_OK && i < n; i++) {
            entry_end(entries[i], status, INTAKE_CREATED, NULL);
        }
    }
}

enum status intake_batcher_create(struct db_pool *writes, struct intake_batcher **out,
                                  struct err *e)
{
    struct intake_batcher *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a batcher");
    }
    b->writes = writes;
    b->last = &b->first;
    *out = b;
    return STATUS_OK;
}

void intake_batcher_destroy(struct intake_batcher *b)
{
    if (b == NULL) {
        return;
    }
    b->closing = true;
    while (b->first != NULL) {
        struct intake_entry *entry = b->first;
        b->first = entry->next;
        entry_end(entry, STATUS_UNAVAILABLE, INTAKE_CREATED, NULL);
    }
    free(b);
}

enum status intake_batcher_submit(struct intake_batcher *b, struct intake_entry *entry,
                                  struct err *e)
{
    if (b->closing || b->waiting >= INTAKE_WAITING_MAX) {
        return err_set(e, STATUS_BUSY, "too many complaints wait to be stored");
    }
    entry->next = NULL;
    entry->turn = *asker_now();
    *b->last = entry;
    b->last = &entry->next;
    b->waiting++;
    flush(b);
    return STATUS_OK;
}

struct intake_batcher_stats intake_batcher_stats(const struct intake_batcher *b)
{
    struct intake_batcher_stats stats = b->stats;
    stats.waiting = b->waiting;
    return stats;
}
