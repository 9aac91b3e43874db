/* bench_replay DATABASE-URL
 *
 * Replays every stored complaint under the published rules and under a draft in which noise goes to
 * another agency, as the service does for an administrator, on two threads. Prints
 * "complaints moved load_ms replay_ms"; exits 1 where the complaints replayed are not those stored.
 * The draft is gone afterwards. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/app/snapshot.h"
#include "server/base/clock.h"
#include "server/change/replay.h"
#include "server/city/city_settings.h"
#include "server/db/db_sync.h"

#define RESULT_MAX ((size_t)48 << 20)

static const char draft_sql[] =
    "WITH made AS (INSERT INTO hotline.rule_sets (state, title, author, based_on)"
    "   SELECT 'draft', 'bench', 'bench', hotline.rule_published() RETURNING id)"
    " SELECT id FROM made";

static const char copy_sql[] =
    "INSERT INTO hotline.rules (rule_set_id, code, name_vi, name_en, class, position, valid,"
    "   conditions, outcome, partners, deadline, urgent)"
    " SELECT $1::integer, code, name_vi, name_en, class, position, valid, conditions, outcome,"
    "   partners, deadline, urgent FROM hotline.rules"
    " WHERE rule_set_id = hotline.rule_published()"
    " UNION ALL SELECT $1::integer, 'bench-noise', 'x', 'x', 'special', 0, daterange(NULL, NULL),"
    "   '{category tieng-on}', 'agency ' || (SELECT code FROM hotline.agencies"
    "     WHERE fallback AND valid @> current_date LIMIT 1), '{}', '2 hours', true";

static enum status make_draft(struct db_sync *db, char id[16], struct err *e)
{
    int64_t number = 0;
    enum status status = db_sync_number(db, draft_sql, &number, e);
    (void)snprintf(id, 16, "%d", (int)number);
    const char *params[] = {id};
    return status == STATUS_OK ? db_sync_run(db, copy_sql, 1, params, NULL, e) : status;
}

static void drop_draft(struct db_sync *db, const char *id)
{
    const char *params[] = {id};
    if (db_sync_run(db, "DELETE FROM hotline.rules WHERE rule_set_id = $1", 1, params, NULL,
                    NULL) != STATUS_OK ||
        db_sync_run(db, "DELETE FROM hotline.rule_sets WHERE id = $1", 1, params, NULL, NULL) !=
            STATUS_OK) {
        fprintf(stderr, "bench_replay: the draft %s is left\n", id);
    }
}

static int64_t whole(const char *json, const char *key)
{
    const char *at = strstr(json, key);
    return at == NULL ? -1 : strtoll(at + strlen(key), NULL, 10);
}

static enum status measure(const char *url, struct db_sync *db, const char *draft, struct err *e)
{
    struct snapshot *before = NULL;
    struct snapshot *after = NULL;
    struct strbuf out;
    int64_t stored = 0;
    strbuf_init(&out, RESULT_MAX);
    uint64_t began = clock_mono_ns();
    enum status status = snapshot_load(db, &before, e);
    if (status == STATUS_OK) {
        status = snapshot_load_with_rules(db, (int32_t)strtol(draft, NULL, 10), &after, e);
    }
    uint64_t loaded = clock_mono_ns();
    if (status == STATUS_OK) {
        status = replay_run(&(struct replay_options){.database = url,
                                                     .before = before,
                                                     .after = after,
                                                     .from_us = INT64_MIN,
                                                     .to_us = INT64_MAX,
                                                     .as_of_us = INT64_MIN,
                                                     .threads = 2},
                            &out, e);
    }
    uint64_t done = clock_mono_ns();
    if (status == STATUS_OK) {
        status = db_sync_number(db, "SELECT count(*) FROM hotline.complaints", &stored, e);
    }
    if (status == STATUS_OK && whole(out.p, "\"total\":") != stored) {
        status = err_set(e, STATUS_INTERNAL, "%" PRId64 " stored, %" PRId64 " replayed", stored,
                         whole(out.p, "\"total\":"));
    }
    if (status == STATUS_OK) {
        printf("%" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64 "\n", stored,
               whole(out.p, "\"moved\":"), (loaded - began) / 1000000, (done - loaded) / 1000000);
    }
    strbuf_free(&out);
    snapshot_release(before);
    snapshot_release(after);
    return status;
}

int main(int argc, char **argv)
{
    struct db_sync *db = NULL;
    struct err e;
    char draft[16] = "";
    if (argc != 2) {
        fprintf(stderr, "usage: bench_replay DATABASE-URL\n");
        return 2;
    }
    enum status status = db_sync_connect(argv[1], DB_ROLE_OWNER, &db, &e);
    if (status == STATUS_OK) {
        status = city_settings_apply_zone(db, &e);
    }
    if (status == STATUS_OK) {
        status = make_draft(db, draft, &e);
    }
    if (status == STATUS_OK) {
        status = measure(argv[1], db, draft, &e);
    }
    if (draft[0] != '\0') {
        drop_draft(db, draft);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        fprintf(stderr, "bench_replay: %s\n", e.text);
        return 1;
    }
    return 0;
}
