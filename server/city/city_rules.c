#include "server/city/city_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_rule_text.h"
#include "server/app/snapshot.h"
#include "server/base/arena.h"
#include "server/base/utf8.h"
#include "server/city/city_file.h"
#include "server/store/store_rule_rows.h"

#define FILE_MAX  ((size_t)16 << 20)
#define ARENA_MAX ((size_t)256 << 20)

/* ---- reading the file ---- */

static enum status read_stream(FILE *in, const char *path, struct strbuf *text, struct err *e)
{
    char chunk[65536];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, in)) > 0) {
        strbuf_append(text, chunk, n);
    }
    if (ferror(in)) {
        return err_set(e, STATUS_IO, "%s: %s", path, strerrordesc_np(errno));
    }
    if (text->failed) {
        return err_set(e, STATUS_INVALID, "%s: over %zu MiB of rules", path, FILE_MAX >> 20);
    }
    return utf8_valid((struct str){text->p, text->n})
               ? STATUS_OK
               : err_set(e, STATUS_INVALID, "%s: not UTF-8", path);
}

static enum status read_file(const char *path, struct strbuf *text, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "rb");
    if (!in) {
        return err_set(e, STATUS_IO, "%s: %s", path, strerrordesc_np(errno));
    }
    enum status status = read_stream(in, path, text, e);
    if (!standard) {
        (void)fclose(in);
    }
    return status;
}

/* ---- storing a draft ---- */

static void write_outcomes(const struct route_outcome *list, size_t n, struct strbuf *out)
{
    for (size_t i = 0; i < n; i++) {
        strbuf_append_z(out, i == 0 ? "" : "\n");
        route_outcome_write(&list[i], out);
    }
}

static void write_conditions(const struct route_rule *rule, struct strbuf *out)
{
    for (size_t i = 0; i < rule->n_conditions; i++) {
        strbuf_append_z(out, i == 0 ? "" : "\n");
        route_condition_write(&rule->conditions[i], out);
    }
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static enum status store_rule(struct db_sync *db, const char *set, const struct route_rule *rule,
                              struct err *e)
{
    struct strbuf conditions;
    struct strbuf outcome;
    struct strbuf partners;
    struct strbuf deadline;
    char position[16];
    strbuf_init(&conditions, FILE_MAX);
    strbuf_init(&outcome, FILE_MAX);
    strbuf_init(&partners, FILE_MAX);
    strbuf_init(&deadline, 64);
    write_conditions(rule, &conditions);
    route_outcome_write(&rule->outcome, &outcome);
    write_outcomes(rule->partners, rule->n_partners, &partners);
    if (rule->deadline.kind != ROUTE_DEADLINE_INHERIT) {
        route_deadline_write(rule->deadline, &deadline);
    }
    (void)snprintf(position, sizeof position, "%d", (int)rule->position);
    const char *const urgent[] = {NULL, "true", "false"};
    const char *const params[] = {set,
                                  rule->code,
                                  rule->name_vi,
                                  rule->name_en,
                                  route_class_name(rule->rule_class),
                                  position,
                                  or_empty(rule->valid_from),
                                  or_empty(rule->valid_to),
                                  conditions.p,
                                  outcome.p,
                                  partners.p,
                                  deadline.n > 0 ? deadline.p : NULL,
                                  urgent[rule->urgency],
                                  or_empty(rule->author),
                                  or_empty(rule->reason)};
    bool failed = conditions.failed || outcome.failed || partners.failed;
    enum status status =
        failed ? err_set(e, STATUS_NO_MEMORY, "no memory for rules")
               : db_sync_run(db,
                             "INSERT INTO hotline.rules (rule_set_id, code, name_vi, name_en,"
                             " class, position, valid, conditions, outcome, partners, deadline,"
                             " urgent, author, reason) VALUES ($1, $2, $3, $4, $5, $6,"
                             " daterange(nullif($7, '')::date, nullif($8, '')::date),"
                             " string_to_array($9, E'\\n'), $10, string_to_array($11, E'\\n'),"
                             " $12, $13, $14, $15)",
                             15, params, NULL, e);
    strbuf_free(&conditions);
    strbuf_free(&outcome);
    strbuf_free(&partners);
    strbuf_free(&deadline);
    return status;
}

static enum status store_draft(struct db_sync *db, const char *title,
                               const struct route_rule *rules, size_t n, int32_t *id, struct err *e)
{
    char author[300];
    char set[16];
    struct db_rows *rows = NULL;
    (void)snprintf(author, sizeof author, "import:%.200s", title);
    const char *const params[] = {title, author};
    enum status status =
        db_sync_query(db,
                      "INSERT INTO hotline.rule_sets (title, author, based_on) SELECT $1, $2, id"
                      " FROM hotline.rule_sets WHERE state = 'published' RETURNING id",
                      2, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    status = db_rows_count(rows) == 1 ? STATUS_OK
                                      : err_set(e, STATUS_CONFLICT, "no set of rules is published");
    *id = status == STATUS_OK ? (int32_t)db_rows_int(rows, 0, 0) : 0;
    db_rows_free(rows);
    (void)snprintf(set, sizeof set, "%d", (int)*id);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        status = store_rule(db, set, &rules[i], e);
        if (status != STATUS_OK) {
            return err_wrap(e, "rule %s", rules[i].code);
        }
    }
    return status;
}

static enum status drop_draft(struct db_sync *db, int32_t id, struct err *e)
{
    char set[16];
    (void)snprintf(set, sizeof set, "%d", (int)id);
    const char *const params[] = {set};
    return db_sync_run(db, "DELETE FROM hotline.rule_sets WHERE id = $1 AND state = 'draft'", 1,
                       params, NULL, e);
}

/* ---- checking and publishing ---- */

/* Where the rule named in the refusal begins in the text; 0 where none is. */
static size_t line_of(struct str text, const char *refusal)
{
    char code[80] = "";
    size_t line = 0;
    if (strncmp(refusal, "rule ", 5) == 0) {
        size_t n = strcspn(refusal + 5, " :");
        (void)snprintf(code, sizeof code, "%.*s", (int)(n < 70 ? n : 70), refusal + 5);
    }
    while (*code && text.n > 0) {
        struct str at = str_trim(str_cut(&text, '\n'));
        line++;
        if (at.n > 5 && memcmp(at.p, "rule ", 5) == 0 &&
            str_equal_z(str_trim((struct str){at.p + 5, at.n - 5}), code)) {
            return line;
        }
    }
    return 0;
}

static enum status check_draft(struct db_sync *db, int32_t id, struct str text, struct err *e)
{
    struct snapshot *s = NULL;
    enum status status = snapshot_load_with_rules(db, id, &s, e);
    if (status == STATUS_OK && !s->rules) {
        status = err_set(e, STATUS_CONFLICT, "the city has no categories or agencies yet");
    }
    if (status != STATUS_OK) {
        size_t line = line_of(text, e->text);
        status = line > 0 ? err_wrap(e, "line %zu", line) : status;
    }
    snapshot_release(s);
    return status;
}

/* Do the two sets say something else? */
#define OF_RULES                                                                                   \
    "SELECT r.code, r.name_vi, r.name_en, r.class, r.position, r.valid, r.conditions, r.outcome,"  \
    " r.partners, r.deadline, r.urgent, r.author, r.reason FROM hotline.rules r"                   \
    " JOIN hotline.rule_sets s ON s.id = r.rule_set_id WHERE "
static const char differs_sql[] =
    "WITH a AS (" OF_RULES "s.id = $1::integer), b AS (" OF_RULES "s.state = 'published')"
    " SELECT EXISTS (TABLE a EXCEPT TABLE b)"
    " OR EXISTS (TABLE b EXCEPT TABLE a)";

static enum status publish(struct db_sync *db, int32_t id, const char *title, bool *published,
                           struct err *e)
{
    char set[16];
    struct db_rows *rows = NULL;
    (void)snprintf(set, sizeof set, "%d", (int)id);
    const char *const params[] = {set, title};
    enum status status = db_sync_query(db, differs_sql, 1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    *published = db_rows_bool(rows, 0, 0);
    db_rows_free(rows);
    return *published ? db_sync_run(db, "SELECT hotline.rule_set_publish($1, 'import:' || $2, '')",
                                    2, params, NULL, e)
                      : drop_draft(db, id, e);
}

/* True if what is published came from a file, or is the empty set of the beginning. */
static enum status published_by_import(struct db_sync *db, bool *out, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status =
        db_sync_query(db,
                      "SELECT author = 'hotline' OR author LIKE 'import:%' FROM hotline.rule_sets"
                      " WHERE state = 'published'",
                      0, NULL, &rows, e);
    if (status == STATUS_OK) {
        *out = db_rows_count(rows) == 1 && db_rows_bool(rows, 0, 0);
        db_rows_free(rows);
    }
    return status;
}

/* ---- the file ---- */

static enum status check_and_publish(struct db_sync *db, const struct city_rules_wish *wish,
                                     int32_t id, struct str text, size_t n, struct err *e)
{
    const char *title = city_file_base(wish->path);
    struct err ignored;
    bool published = false;
    enum status status = check_draft(db, id, text, e);
    if (status == STATUS_OK && !wish->draft) {
        status = db_sync_begin(db, e);
        if (status == STATUS_OK) {
            status = publish(db, id, title, &published, e);
        }
        if (status == STATUS_OK) {
            status = db_sync_commit(db, e);
        }
        db_sync_rollback(db);
    }
    if (status != STATUS_OK) {
        (void)!drop_draft(db, id, &ignored);
        return status;
    }
    (void)fprintf(stderr,
                  wish->draft ? "%s: %zu rules: draft %d\n"
                  : published ? "%s: %zu rules: published as version %d\n"
                              : "%s: %zu rules: they are published already\n",
                  title, n, (int)id);
    return STATUS_OK;
}

static enum status load_text(struct db_sync *db, const struct city_rules_wish *wish,
                             struct str text, struct err *e)
{
    struct arena *arena = arena_create(ARENA_MAX);
    struct route_rule *rules = NULL;
    size_t n = 0;
    int32_t id = 0;
    if (!arena) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    enum status status = route_rules_read(arena, text, &rules, &n, e);
    if (status == STATUS_OK) {
        status = db_sync_begin(db, e);
    }
    if (status == STATUS_OK) {
        const char *title = wish->title != NULL ? wish->title : city_file_base(wish->path);
        status = store_draft(db, title, rules, n, &id, e);
        if (status == STATUS_OK) {
            status = db_sync_commit(db, e);
        }
        db_sync_rollback(db);
    }
    if (status == STATUS_OK) {
        status = check_and_publish(db, wish, id, text, n, e);
    }
    arena_destroy(arena);
    return status;
}

enum status city_rules_load(struct db_sync *db, const struct city_rules_wish *wish, struct err *e)
{
    bool imported = true;
    struct strbuf text;
    enum status status =
        wish->only_over_imported ? published_by_import(db, &imported, e) : STATUS_OK;
    if (status != STATUS_OK || !imported) {
        return status;
    }
    strbuf_init(&text, FILE_MAX);
    status = read_file(wish->path, &text, e);
    if (status == STATUS_OK) {
        status = load_text(db, wish, (struct str){text.p, text.n}, e);
        if (status != STATUS_OK) {
            status = err_wrap(e, "%s", city_file_base(wish->path));
        }
    }
    strbuf_free(&text);
    return status;
}

/* ---- export ---- */

static enum status find_version(struct db_sync *db, int32_t *id, struct err *e)
{
    char wanted[16];
    struct db_rows *rows = NULL;
    (void)snprintf(wanted, sizeof wanted, "%d", (int)*id);
    const char *const params[] = {wanted};
    enum status status = db_sync_query(db,
                                       "SELECT id FROM hotline.rule_sets WHERE CASE $1::integer"
                                       " WHEN 0 THEN state = 'published' ELSE id = $1::integer END",
                                       1, params, &rows, e);
    if (status == STATUS_OK) {
        if (db_rows_count(rows) == 1) {
            *id = (int32_t)db_rows_int(rows, 0, 0);
        } else {
            status = err_set(e, STATUS_NOT_FOUND, "there is no such set of rules");
        }
        db_rows_free(rows);
    }
    return status;
}

enum status city_rules_export(struct db_sync *db, int32_t rule_set_id, struct strbuf *out,
                              struct err *e)
{
    struct arena *arena = arena_create(ARENA_MAX);
    struct store_rules rules = {NULL, 0};
    if (!arena) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    enum status status = find_version(db, &rule_set_id, e);
    if (status == STATUS_OK) {
        status = store_rules_read(db, arena, "UTC", rule_set_id, &rules, e);
    }
    for (size_t i = 0; status == STATUS_OK && i < rules.n; i++) {
        strbuf_append_z(out, i == 0 ? "" : "\n");
        route_rule_write(&rules.rules[i], out);
    }
    arena_destroy(arena);
    return status == STATUS_OK && out->failed ? err_set(e, STATUS_NO_MEMORY, "too many rules")
                                              : status;
}
