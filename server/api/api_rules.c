/* /api/v1/rule-sets, /api/v1/rule-jobs: the safe change of rules. What each step needs is settled
 * in sql/0013_rule_changes.sql; here stand who may ask, the bodies, and the rows of routes. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_row.h"
#include "server/api/api_rules.h"
#include "server/base/clock.h"
#include "server/store/store_rule_sets.h"

#define READERS   (AUTH_ADMINISTRATOR | AUTH_SUPERVISOR | AUTH_LEADER | AUTH_AUDITOR)
#define EDITORS   AUTH_ADMINISTRATOR
#define APPROVERS (AUTH_ADMINISTRATOR | AUTH_SUPERVISOR)
#define WHY_MAX   1000
#define TEXT_MAX  ((size_t)8 << 20)
#define N(rows)   (sizeof(rows) / sizeof((rows)[0]))

/* ---- reading ---- */

/* {set} or {job}: a number, or (a set to be read) "published". NULL with 404 answered. */
static const char *number_parameter(struct http_request *r, const char *name, bool published)
{
    const char *text = http_parameter(r, name);
    size_t n = strlen(text);
    if ((n > 0 && n < 10 && strspn(text, "0123456789") == n) ||
        (published && strcmp(text, "published") == 0)) {
        return text;
    }
    http_problem(r, 404, NULL);
    return NULL;
}

static void list_sets(struct http_request *r)
{
    if (change_allowed(r, READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_RULE_SETS});
    }
}

static void show_set(struct http_request *r)
{
    const char *set = change_allowed(r, READERS) ? number_parameter(r, "set", true) : NULL;
    if (set != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_RULE_SET,
                                         .n_params = 2,
                                         .params = {set, auth_user(r)->actor}});
    }
}

static void list_rules(struct http_request *r)
{
    const char *set = change_allowed(r, READERS) ? number_parameter(r, "set", true) : NULL;
    if (set != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_RULES, .n_params = 1, .params = {set}});
    }
}

static void show_rule(struct http_request *r)
{
    const char *set = change_allowed(r, READERS) ? number_parameter(r, "set", true) : NULL;
    if (set != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_RULE,
                                         .n_params = 2,
                                         .params = {set, http_parameter(r, "code")}});
    }
}

static void show_job(struct http_request *r)
{
    const char *job = change_allowed(r, READERS) ? number_parameter(r, "job", false) : NULL;
    if (job != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_RULE_JOB, .n_params = 1, .params = {job}});
    }
}

static void show_vocabulary(struct http_request *r)
{
    if (change_allowed(r, READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_RULE_VOCABULARY});
    }
}

static void list_offers(struct http_request *r)
{
    if (change_allowed(r, READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_RULE_OFFERS});
    }
}

static void on_text(void *arg, enum status status, const struct db_rows *result,
                    const struct err *e)
{
    struct http_request *r = arg;
    struct strbuf out;
    (void)e;
    strbuf_init(&out, TEXT_MAX);
    if (status != STATUS_OK || db_rows_count(result) == 0) {
        http_problem_status(r, status == STATUS_OK ? STATUS_NOT_FOUND : status);
    } else if (!api_rules_write_text(r, db_rows_str(result, 0, 0), &out)) {
        http_problem(r, 500, NULL);
    } else {
        http_send(r, &(struct http_reply){.status = 200,
                                          .type = "text/plain; charset=utf-8",
                                          .body = {out.p, out.n},
                                          .compress = true});
    }
    strbuf_free(&out);
    http_release(r);
}

static void show_text(struct http_request *r)
{
    const char *set = change_allowed(r, READERS) ? number_parameter(r, "set", true) : NULL;
    struct db_job job = {
        .sql = STORE_RULES, .n_params = 1, .params = {set}, .done = on_text, .arg = r};
    struct err e;
    if (set == NULL) {
        return;
    }
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

static void show_route(struct http_request *r)
{
    const char *set = change_allowed(r, READERS) ? number_parameter(r, "set", true) : NULL;
    if (set != NULL) {
        api_rule_route(r, set);
    }
}

/* ---- changing ---- */

/* The body with {set} in it; NULL when the request is answered. */
static struct json_object *body_of_set(struct http_request *r, unsigned roles,
                                       const struct change_field *fields, size_t n)
{
    const char *set = change_allowed(r, roles) ? number_parameter(r, "set", false) : NULL;
    struct json_object *body = set == NULL ? NULL : change_body(r, fields, n);
    if (body != NULL) {
        change_arg_text(body, "set", set);
    }
    return body;
}

static void make_draft(struct http_request *r)
{
    static const struct change_field fields[] = {{"title", CHANGE_LINE, true, 200},
                                                 {"reason", CHANGE_TEXT, false, WHY_MAX},
                                                 {"from", CHANGE_WHOLE, false, INT32_MAX}};
    if (change_allowed(r, EDITORS)) {
        struct json_object *body = change_body(r, fields, N(fields));
        if (body != NULL) {
            change_perform(r, "rule_set.draft", body, 201, NULL);
        }
    }
}

/* The steps that need no more than a revision and a reason. */
static const struct step {
    const char *verb, *action;
    unsigned roles;
    bool needs_reason;
} steps[] = {
    {"approve", "rule_set.approve", APPROVERS, true},
    {"publish", "rule_set.publish", EDITORS, true},
    {"reopen", "rule_set.reopen", EDITORS, true},
    {"discard", "rule_set.discard", EDITORS, false},
};

static void take_step(struct http_request *r)
{
    const char *verb = http_parameter(r, "verb");
    const struct step *step = NULL;
    for (size_t i = 0; i < N(steps); i++) {
        step = strcmp(steps[i].verb, verb) == 0 ? &steps[i] : step;
    }
    if (step == NULL) {
        http_problem(r, 404, NULL);
        return;
    }
    const struct change_field fields[] = {{"revision", CHANGE_WHOLE, true, INT32_MAX},
                                          {"why", CHANGE_TEXT, step->needs_reason, WHY_MAX}};
    struct json_object *body = body_of_set(r, step->roles, fields, N(fields));
    if (body != NULL) {
        change_perform(r, step->action, body, 200, NULL);
    }
}

static void roll_back(struct http_request *r)
{
    static const struct change_field fields[] = {{"current", CHANGE_WHOLE, true, INT32_MAX},
                                                 {"why", CHANGE_TEXT, true, WHY_MAX}};
    struct json_object *body = body_of_set(r, APPROVERS, fields, N(fields));
    if (body != NULL) {
        change_perform(r, "rule_set.roll_back", body, 200, NULL);
    }
}

static void rebase(struct http_request *r)
{
    static const struct change_field fields[] = {{"revision", CHANGE_WHOLE, true, INT32_MAX},
                                                 {"keep", CHANGE_CODE, false, 16},
                                                 {"why", CHANGE_TEXT, false, WHY_MAX}};
    struct json_object *body = body_of_set(r, EDITORS, fields, N(fields));
    const char *keep =
        body == NULL ? NULL : json_object_get_string(json_object_object_get(body, "keep"));
    if (keep != NULL && strcmp(keep, "draft") != 0 && strcmp(keep, "published") != 0) {
        json_object_put(body);
        http_problem_field(r, 422, "keep", FAULT_UNKNOWN_VALUE);
    } else if (body != NULL) {
        change_perform(r, "rule_set.rebase", body, 200, NULL);
    }
}

/* True if every element is a text; else answers. */
static bool all_texts(struct http_request *r, struct json_object *body, const char *name)
{
    struct json_object *list = json_object_object_get(body, name);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_string)) {
            http_problem_field(r, 422, name, FAULT_WRONG_TYPE);
            return false;
        }
    }
    return true;
}

static void acknowledge(struct http_request *r)
{
    static const struct change_field fields[] = {{"revision", CHANGE_WHOLE, true, INT32_MAX},
                                                 {"findings", CHANGE_LIST, true, 500},
                                                 {"why", CHANGE_TEXT, true, WHY_MAX}};
    struct json_object *body = body_of_set(r, EDITORS, fields, N(fields));
    if (body == NULL || !all_texts(r, body, "findings")) {
        json_object_put(body);
        return;
    }
    change_perform(r, "rule_set.acknowledge", body, 200, NULL);
}

static void reorder(struct http_request *r)
{
    static const struct change_field fields[] = {{"revision", CHANGE_WHOLE, true, INT32_MAX},
                                                 {"codes", CHANGE_LIST, true, 20000},
                                                 {"why", CHANGE_TEXT, false, WHY_MAX}};
    struct json_object *body = body_of_set(r, EDITORS, fields, N(fields));
    if (body == NULL || !all_texts(r, body, "codes")) {
        json_object_put(body);
        return;
    }
    change_perform(r, "rules.reorder", body, 200, NULL);
}

static void put_one(struct http_request *r, bool is_new)
{
    const char *set = change_allowed(r, EDITORS) ? number_parameter(r, "set", false) : NULL;
    struct json_object *args =
        set == NULL ? NULL : api_rule_body(r, is_new ? NULL : http_parameter(r, "code"));
    if (args != NULL) {
        change_arg_text(args, "set", set);
        json_object_object_add(args, "new", json_object_new_boolean(is_new));
        change_perform(r, "rule.put", args, is_new ? 201 : 200, NULL);
    }
}

static void add_rule(struct http_request *r)
{
    put_one(r, true);
}

static void change_rule(struct http_request *r)
{
    put_one(r, false);
}

static void replace_text(struct http_request *r)
{
    static const struct change_field fields[] = {{"revision", CHANGE_WHOLE, true, INT32_MAX},
                                                 {"text", CHANGE_TEXT, true, 1 << 20},
                                                 {"why", CHANGE_TEXT, false, WHY_MAX}};
    struct json_object *body = body_of_set(r, EDITORS, fields, N(fields));
    if (body != NULL && (body = api_rules_read_text(r, body)) != NULL) {
        change_perform(r, "rules.replace", body, 200, NULL);
    }
}

/* A DELETE has no body: ?revision=&why= */
static void remove_rule(struct http_request *r)
{
    const char *set = change_allowed(r, EDITORS) ? number_parameter(r, "set", false) : NULL;
    double revision = 0;
    if (set == NULL || !api_query_number(r, "revision", true, 0, INT32_MAX, &revision)) {
        return;
    }
    struct json_object *args = json_object_new_object();
    change_arg_text(args, "set", set);
    change_arg_text(args, "code", http_parameter(r, "code"));
    change_arg_text(args, "why", http_query(r, "why"));
    change_arg_int(args, "revision", (int64_t)revision);
    change_perform(r, "rule.remove", args, 200, NULL);
}

/* ---- jobs ---- */

static void start_job(struct http_request *r, const char *kind)
{
    static const struct change_field fields[] = {{"revision", CHANGE_WHOLE, true, INT32_MAX},
                                                 {"from", CHANGE_LINE, false, 40},
                                                 {"to", CHANGE_LINE, false, 40},
                                                 {"as_of", CHANGE_LINE, false, 40}};
    bool check = strcmp(kind, "check") == 0;
    struct json_object *body = body_of_set(r, APPROVERS, fields, check ? 1 : N(fields));
    if (body == NULL) {
        return;
    }
    struct json_object *params = json_object_new_object();
    for (size_t i = 1; i < N(fields); i++) {
        const char *text = json_object_get_string(json_object_object_get(body, fields[i].name));
        int64_t us = 0;
        if (text != NULL && !clock_parse_any(str_of(text), &us)) {
            json_object_put(params);
            json_object_put(body);
            http_problem_field(r, 422, fields[i].name, FAULT_NOT_A_TIME);
            return;
        }
        if (text != NULL) {
            change_arg_int(params, fields[i].name, us);
            json_object_object_del(body, fields[i].name);
        }
    }
    json_object_object_add(body, "params", params);
    change_arg_text(body, "kind", kind);
    change_perform(r, "rule_job.start", body, 202, NULL);
}

static void start_check(struct http_request *r)
{
    start_job(r, "check");
}

static void start_replay(struct http_request *r)
{
    start_job(r, "replay");
}

static void cancel_job(struct http_request *r)
{
    const char *job = change_allowed(r, APPROVERS) ? number_parameter(r, "job", false) : NULL;
    if (job != NULL) {
        struct json_object *args = json_object_new_object();
        change_arg_text(args, "job", job);
        change_perform(r, "rule_job.cancel", args, 200, NULL);
    }
}

#define RESOLVED(name)                                                                             \
    static void name##_by_user(struct http_request *r)                                             \
    {                                                                                              \
        auth_resolve(r, name);                                                                     \
    }
RESOLVED(list_sets)
RESOLVED(show_set)
RESOLVED(list_rules)
RESOLVED(show_rule)
RESOLVED(show_job)
RESOLVED(show_text)
RESOLVED(show_route)
RESOLVED(replace_text)
RESOLVED(show_vocabulary)
RESOLVED(list_offers)
RESOLVED(make_draft)
RESOLVED(take_step)
RESOLVED(roll_back)
RESOLVED(rebase)
RESOLVED(acknowledge)
RESOLVED(reorder)
RESOLVED(add_rule)
RESOLVED(change_rule)
RESOLVED(remove_rule)
RESOLVED(start_check)
RESOLVED(start_replay)
RESOLVED(cancel_job)

#define SET  "/api/v1/rule-sets/{set}"
#define RULE SET "/rules/{code}"
const struct http_route api_rule_routes[] = {
    {HTTP_GET, "/api/v1/rule-sets", list_sets_by_user,
     ABOUT(.tag = "rules", .summary = "The sets of rules", .answer = "RuleSetList",
           .roles = READERS)},
    {HTTP_POST, "/api/v1/rule-sets", make_draft_by_user,
     ABOUT(.tag = "rules", .summary = "Begin a draft", .body = "NewDraft", .answer = "RuleSet",
           .status = 201, .roles = EDITORS)},
    {HTTP_GET, SET, show_set_by_user,
     ABOUT(.tag = "rules", .summary = "One set of rules", .answer = "RuleSetInFull",
           .roles = READERS)},
    {HTTP_GET, SET "/rules", list_rules_by_user,
     ABOUT(.tag = "rules", .summary = "A set's rules", .answer = "RulesOfSet", .roles = READERS)},
    {HTTP_POST, SET "/rules", add_rule_by_user,
     ABOUT(.tag = "rules", .summary = "Add a rule to a draft", .body = "Rule", .answer = "RuleSet",
           .status = 201, .roles = EDITORS)},
    {HTTP_GET, RULE, show_rule_by_user,
     ABOUT(.tag = "rules", .summary = "One rule", .answer = "RuleOfSet", .roles = READERS)},
    {HTTP_PUT, RULE, change_rule_by_user,
     ABOUT(.tag = "rules", .summary = "Change a draft's rule", .body = "Rule", .answer = "RuleSet",
           .roles = EDITORS)},
    {HTTP_DELETE, RULE, remove_rule_by_user,
     ABOUT(.tag = "rules", .summary = "Take a rule out of a draft", .query = "revision why",
           .answer = "RuleSet", .roles = EDITORS)},
    {HTTP_GET, SET "/text", show_text_by_user,
     ABOUT(.tag = "rules", .summary = "A set as text", .answer = "text/plain", .roles = READERS)},
    {HTTP_PUT, SET "/text", replace_text_by_user,
     ABOUT(.tag = "rules", .summary = "Replace a draft by a text", .body = "RuleText",
           .answer = "RuleSet", .roles = EDITORS)},
    {HTTP_GET, SET "/route", show_route_by_user,
     ABOUT(.tag = "rules", .summary = "Who would be responsible under that set",
           .query = "lon lat category at accuracy_m channel description attributes",
           .answer = "RouteDecision", .roles = READERS)},
    {HTTP_POST, SET "/order", reorder_by_user,
     ABOUT(.tag = "rules", .summary = "Put a draft's rules in another order", .body = "RuleOrder",
           .answer = "RuleSet", .roles = EDITORS)},
    {HTTP_POST, SET "/checks", start_check_by_user,
     ABOUT(.tag = "rules", .summary = "Check a draft", .body = "RuleJob", .answer = "Job",
           .status = 202, .roles = APPROVERS)},
    {HTTP_POST, SET "/replays", start_replay_by_user,
     ABOUT(.tag = "rules", .summary = "Replay a draft over past complaints", .body = "RuleJob",
           .answer = "Job", .status = 202, .roles = APPROVERS)},
    {HTTP_POST, SET "/acknowledge", acknowledge_by_user,
     ABOUT(.tag = "rules", .summary = "Accept a check's warnings", .body = "RuleFindings",
           .answer = "RuleSet", .roles = EDITORS)},
    {HTTP_POST, SET "/rebase", rebase_by_user,
     ABOUT(.tag = "rules", .summary = "Bring a draft up to what is published", .body = "RuleStep",
           .answer = "RuleSet", .roles = EDITORS)},
    {HTTP_POST, SET "/roll-back", roll_back_by_user,
     ABOUT(.tag = "rules", .summary = "Return to an earlier set", .body = "RuleStep",
           .answer = "RuleSet", .roles = APPROVERS)},
    {HTTP_POST, SET "/{verb}", take_step_by_user,
     ABOUT(.tag = "rules", .summary = "Approve, publish, reopen or discard a draft",
           .body = "RuleStep", .answer = "RuleSet", .roles = APPROVERS)},
    {HTTP_GET, "/api/v1/rule-vocabulary", show_vocabulary_by_user,
     ABOUT(.tag = "rules", .summary = "The words that rules are made of",
           .answer = "RuleVocabulary", .roles = READERS)},
    {HTTP_GET, "/api/v1/corrections", list_offers_by_user,
     ABOUT(.tag = "rules", .summary = "What people moved by hand: offers to correct the rules",
           .answer = "Corrections", .roles = READERS)},
    {HTTP_GET, "/api/v1/rule-jobs/{job}", show_job_by_user,
     ABOUT(.tag = "rules", .summary = "A check or replay, how far it is, what it found",
           .answer = "Job", .roles = READERS)},
    {HTTP_DELETE, "/api/v1/rule-jobs/{job}", cancel_job_by_user,
     ABOUT(.tag = "rules", .summary = "Stop a check or replay", .answer = "Job",
           .roles = APPROVERS)},
};
const size_t n_api_rule_routes = N(api_rule_routes);
