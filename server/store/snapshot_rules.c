/* The rules of one set, and the features that they ask about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/arena.h"
#include "server/store/snapshot_build.h"
#include "server/store/store_rule_rows.h"

#define SQL_MAX    ((size_t)8192)
#define PARAMS_MAX (2 + 2 * ROUTE_FILTERS_MAX)

/* Which set: the one asked for, or else the one that is published. */
static enum status find_set(struct snapshot_load *l, struct err *e)
{
    struct db_rows *rows = NULL;
    char wanted[16];
    (void)snprintf(wanted, sizeof wanted, "%d", (int)l->rule_set_id);
    const char *params[] = {wanted};
    enum status status = db_sync_query(l->db,
                                       "SELECT id FROM hotline.rule_sets WHERE CASE $1::integer"
                                       " WHEN 0 THEN state = 'published' ELSE id = $1::integer END",
                                       1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (db_rows_count(rows) == 1) {
        l->rule_set_id = (int32_t)db_rows_int(rows, 0, 0);
    } else {
        status = err_set(e, STATUS_NOT_FOUND,
                         l->rule_set_id == 0 ? "no set of rules is published"
                                             : "there is no such set of rules");
    }
    db_rows_free(rows);
    return status;
}

enum status snapshot_load_rules(struct snapshot_load *l, struct err *e)
{
    struct store_rules rules = {NULL, 0};
    enum status status = find_set(l, e);
    if (status == STATUS_OK) {
        status =
            store_rules_read(l->db, l->scratch, l->s->city.timezone, l->rule_set_id, &rules, e);
    }
    l->rules = rules.rules;
    l->n_rules = rules.n;
    return status;
}

enum status snapshot_load_rule_layers(struct snapshot_load *l, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status =
        db_sync_query(l->db, "SELECT code, kind = 'polygon' FROM hotline.layers ORDER BY code", 0,
                      NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    l->n_layers = db_rows_count(rows);
    l->layers = arena_calloc(l->scratch, l->n_layers + 1, sizeof(*l->layers));
    l->no_memory = l->no_memory || l->layers == NULL;
    for (size_t i = 0; !l->no_memory && i < l->n_layers; i++) {
        l->layers[i] =
            (struct route_layer){.code = arena_strdup(l->scratch, db_rows_text(rows, i, 0)),
                                 .polygons = db_rows_bool(rows, i, 1)};
        l->no_memory = l->no_memory || l->layers[i].code == NULL;
    }
    db_rows_free(rows);
    return STATUS_OK;
}

/* ---- features ---- */

/* '{"a","b"}' */
static void array_text(const char *const *values, size_t n, struct strbuf *out)
{
    strbuf_append_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        strbuf_append_z(out, i == 0 ? "\"" : ",\"");
        for (const char *p = values[i]; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\') {
                strbuf_append_char(out, '\\');
            }
            strbuf_append_char(out, *p);
        }
        strbuf_append_char(out, '"');
    }
    strbuf_append_char(out, '}');
}

struct feature_query {
    struct strbuf sql;
    const char *params[PARAMS_MAX];
    struct strbuf lists[ROUTE_FILTERS_MAX];
    size_t n_params;
};

/* The order must not follow from when a feature was stored: nearest ones at the same distance are
 * told apart by it. */
static void make_query(struct feature_query *q, const struct route_question *question)
{
    q->params[0] = question->layer;
    q->params[1] = question->owner_attribute == NULL ? "" : question->owner_attribute;
    q->n_params = 2;
    strbuf_append_z(&q->sql,
                    "SELECT f.name, nullif(f.attributes->>$2, ''),"
                    " (extract(epoch FROM lower(f.valid)) * 1000000)::bigint,"
                    " (extract(epoch FROM upper(f.valid)) * 1000000)::bigint, ST_AsBinary(f.geom),"
                    " coalesce(f.source_id, f.id::text)"
                    " FROM hotline.layer_features f JOIN hotline.layers l ON l.id = f.layer_id"
                    " WHERE l.code = $1");
    for (size_t i = 0; i < question->n_filters; i++) {
        const struct route_filter *f = &question->filters[i];
        array_text(f->values, f->n_values, &q->lists[i]);
        q->params[q->n_params] = f->attribute;
        q->params[q->n_params + 1] = q->lists[i].p;
        strbuf_printf(&q->sql,
                      " AND %scoalesce(coalesce(f.attributes->>$%zu::text,"
                      " CASE $%zu::text WHEN 'name' THEN f.name END) = ANY ($%zu::text[]), false)",
                      f->negated ? "NOT " : "", q->n_params + 1, q->n_params + 1, q->n_params + 2);
        q->n_params += 2;
    }
    strbuf_append_z(&q->sql, " ORDER BY f.source_id COLLATE \"C\", f.name COLLATE \"C\","
                             " f.attributes::text COLLATE \"C\", ST_AsBinary(f.geom), f.valid");
}

static enum status query_features(struct snapshot_load *l, const struct route_question *question,
                                  struct db_rows **rows, struct err *e)
{
    struct feature_query q = {.n_params = 0};
    strbuf_init(&q.sql, SQL_MAX);
    for (size_t i = 0; i < ROUTE_FILTERS_MAX; i++) {
        strbuf_init(&q.lists[i], (size_t)1 << 21);
    }
    make_query(&q, question);
    bool failed = q.sql.failed;
    for (size_t i = 0; i < ROUTE_FILTERS_MAX; i++) {
        failed = failed || q.lists[i].failed;
    }
    enum status status = failed ? err_set(e, STATUS_NO_MEMORY, "no memory for a question")
                                : db_sync_query(l->db, q.sql.p, q.n_params, q.params, rows, e);
    strbuf_free(&q.sql);
    for (size_t i = 0; i < ROUTE_FILTERS_MAX; i++) {
        strbuf_free(&q.lists[i]);
    }
    return status;
}

static const char *kept_text(struct snapshot_load *l, const struct db_rows *rows, size_t row,
                             size_t column)
{
    if (db_rows_null(rows, row, column)) {
        return NULL;
    }
    struct str value = db_rows_str(rows, row, column);
    const char *copy = arena_strndup(l->s->arena, value.p, value.n);
    l->no_memory = l->no_memory || copy == NULL;
    return copy;
}

static void keep_validity(struct snapshot_load *l, const struct db_rows *rows,
                          struct snapshot_question *q)
{
    bool dated = false;
    for (size_t i = 0; i < q->n_features; i++) {
        dated = dated || !db_rows_null(rows, i, 2) || !db_rows_null(rows, i, 3);
    }
    if (!dated) {
        return;
    }
    q->valid_from_us = arena_calloc(l->s->arena, q->n_features, sizeof(*q->valid_from_us));
    q->valid_to_us = arena_calloc(l->s->arena, q->n_features, sizeof(*q->valid_to_us));
    if (q->valid_from_us == NULL || q->valid_to_us == NULL) {
        l->no_memory = true;
        return;
    }
    for (size_t i = 0; i < q->n_features; i++) {
        q->valid_from_us[i] = db_rows_null(rows, i, 2) ? INT64_MIN : db_rows_int(rows, i, 2);
        q->valid_to_us[i] = db_rows_null(rows, i, 3) ? INT64_MAX : db_rows_int(rows, i, 3);
    }
}

/* Names the feature by its number in its source, where the index knows only its place. */
static enum status name_feature(const struct route_question *question, const struct db_rows *rows,
                                struct err *e)
{
    unsigned long i = strtoul(e->text + strcspn(e->text, "0123456789"), NULL, 10);
    return err_wrap(e, "layer %s: %s", question->layer,
                    i < db_rows_count(rows) ? db_rows_text(rows, i, 5) : "");
}

static enum status index_features(const struct route_question *question, const struct db_rows *rows,
                                  struct snapshot_question *q, struct err *e)
{
    size_t n = q->n_features;
    struct geo_near_source *sources = calloc(n + 1, sizeof(*sources));
    unsigned char **bytes = calloc(n + 1, sizeof(*bytes));
    enum status status = sources == NULL || bytes == NULL
                             ? err_set(e, STATUS_NO_MEMORY, "no memory for features")
                             : STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        bytes[i] = db_rows_bytes(rows, i, 4, &sources[i].wkb_size);
        sources[i].wkb = bytes[i];
    }
    if (status == STATUS_OK) {
        status = geo_near_create(sources, n, question->inside ? 0 : question->reach_m, &q->near, e);
        if (status == STATUS_INVALID) {
            status = name_feature(question, rows, e);
        }
    }
    for (size_t i = 0; bytes != NULL && i < n; i++) {
        free(bytes[i]);
    }
    free(bytes);
    free(sources);
    return status;
}

static enum status load_question(struct snapshot_load *l, int32_t number, struct err *e)
{
    const struct route_question *question = route_rules_question(l->s->rules, number);
    struct snapshot_question *q = &l->s->questions[number];
    struct db_rows *rows = NULL;
    enum status status = query_features(l, question, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    q->n_features = db_rows_count(rows);
    q->names = arena_calloc(l->s->arena, q->n_features + 1, sizeof(*q->names));
    q->owners = arena_calloc(l->s->arena, q->n_features + 1, sizeof(*q->owners));
    l->no_memory = l->no_memory || q->names == NULL || q->owners == NULL;
    for (size_t i = 0; !l->no_memory && i < q->n_features; i++) {
        q->names[i] = kept_text(l, rows, i, 0);
        q->owners[i] = kept_text(l, rows, i, 1);
    }
    keep_validity(l, rows, q);
    status = index_features(question, rows, q, e);
    db_rows_free(rows);
    return status;
}

enum status snapshot_load_questions(struct snapshot_load *l, struct err *e)
{
    struct snapshot *s = l->s;
    if (s->rules == NULL) {
        return STATUS_OK;
    }
    size_t n = route_rules_n_questions(s->rules);
    s->questions = arena_calloc(s->arena, n + 1, sizeof(*s->questions));
    s->rule_failures =
        arena_calloc(s->arena, route_rules_n_rules(s->rules) + 1, sizeof(*s->rule_failures));
    if (s->questions == NULL || s->rule_failures == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    s->n_questions = n;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        status = load_question(l, (int32_t)i, e);
    }
    return status;
}

const struct route_unit *snapshot_route_units(struct snapshot_load *l)
{
    const struct snapshot *s = l->s;
    struct route_unit *units = arena_calloc(l->scratch, s->n_boundaries + 1, sizeof(*units));
    l->no_memory = l->no_memory || units == NULL;
    for (size_t i = 0; units != NULL && i < s->n_boundaries; i++) {
        units[i].level =
            s->boundaries[i].level == LEVEL_WARD ? ROUTE_REACH_WARD : ROUTE_REACH_DISTRICT;
        units[i].code = s->boundaries[i].code;
    }
    return units;
}
