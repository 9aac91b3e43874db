#include "server/api/api_calls.h"

#include <json-c/json.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/store/store_calls.h"

#define ANSWER_MAX ((size_t)1 << 20)

struct question {
    struct http_request *r;
    change_done *done;
    char *args; /* from the arena */
};

static void on_answered(void *arg, enum status status, const struct db_rows *result,
                        const struct err *e)
{
    struct question *q = arg;
    (void)e;
    struct json_object *outcome =
        status == STATUS_OK ? json_tokener_parse(db_rows_text(result, 0, 0)) : NULL;
    const char *name = json_object_get_string(json_object_object_get(outcome, "outcome"));
    if (status != STATUS_OK) {
        http_problem_status(q->r, status);
    } else if (name == NULL || strcmp(name, "done") != 0) {
        change_refuse(q->r, outcome);
    } else {
        q->done(q->r, json_object_object_get(outcome, "answer"));
    }
    json_object_put(outcome);
    http_release(q->r);
}

static void ask(struct http_request *r, struct db_job *job, struct json_object *args,
                change_done *done)
{
    struct question *q = arena_calloc(http_arena(r), 1, sizeof(*q));
    struct err e;
    if (q != NULL) {
        *q = (struct question){r, done,
                               arena_strdup(http_arena(r), json_object_to_json_string_ext(
                                                               args, JSON_C_TO_STRING_PLAIN))};
    }
    json_object_put(args);
    if (q == NULL || q->args == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    job->params[job->n_params++] = q->args;
    job->done = on_answered;
    job->arg = q;
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

void calls_ask(struct http_request *r, const char *sql, struct json_object *args, change_done *done)
{
    ask(r, &(struct db_job){.sql = sql, .n_params = 1, .params = {auth_user(r)->actor}}, args,
        done);
}

static void send(struct http_request *r, int status, struct json_object *answer)
{
    struct strbuf out;
    strbuf_init(&out, ANSWER_MAX);
    strbuf_append_z(&out, json_object_to_json_string_ext(
                              answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    http_send_json(r, status, &out);
}

static void answer_told(struct http_request *r, struct json_object *answer)
{
    send(r, json_object_get_boolean(json_object_object_get(answer, "new")) ? 201 : 200, answer);
}

void calls_tell(struct http_request *r, const char *what, struct json_object *args)
{
    struct change_key key;
    change_key_take(r, NULL, &key);
    ask(r,
        &(struct db_job){.sql = STORE_TOLD,
                         .n_params = 4,
                         .params = {auth_user(r)->actor, key.key, key.hash, what}},
        args, answer_told);
}

void calls_answer(struct http_request *r, struct json_object *answer)
{
    send(r, 200, answer);
}

bool calls_take_time(struct http_request *r, struct json_object *args, const char *field,
                     const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(args, field));
    int64_t us;
    if (text == NULL) {
        return true;
    }
    if (!clock_parse_rfc3339(str_of(text), &us)) {
        http_problem_field(r, 422, field, FAULT_NOT_A_TIME);
        return false;
    }
    change_arg_int(args, name, us);
    return true;
}

const char *calls_number(struct http_request *r, const char *name)
{
    const char *text = http_parameter(r, name);
    size_t n = strlen(text);
    if (n == 0 || n > 18 || strspn(text, "0123456789") != n) {
        http_problem(r, 404, NULL);
        return NULL;
    }
    return text;
}
