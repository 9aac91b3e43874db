/* /track: following a complaint by its code without JavaScript: how far it is, what was answered,
 * what happened, rating the result and saying that it was not done. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_actions.h"
#include "server/api/api_complaints.h"
#include "server/api/api_limit.h"
#include "server/api/complaint_view.h"
#include "server/api/plain_form.h"
#include "server/api/plain_page.h"
#include "server/base/asker.h"
#include "server/base/clock.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_complaint.h"
#include "server/store/store_duplicate.h"

/* One page being made, in the request's arena. */
struct tracking {
    struct http_request *r;
    const char *typed; /* the code as it was asked for */
    char code[TRACKING_CODE_LENGTH + 1];
    int status;              /* of the answer */
    enum plain_word said;    /* on top: it was filed, rated, reopened; W_COUNT: nothing */
    const char *error;       /* of the form that was sent; NULL: none */
    const char *error_field; /* rating or reason */
    const char *kept;        /* the words that were sent */
    struct plain_page page;
};

/* --- the parts of the page
 * ------------------------------------------------------------------------ */

static void look_up_html(struct tracking *t, const char *error)
{
    struct plain_page *page = &t->page;
    HTML(&page->out,
         "<form method=\"get\" action=\"/track\" class=\"track\">\n"
         "<input type=\"hidden\" name=\"lang\" value=\"{}\">\n",
         plain_lang(page));
    plain_input(page, &(struct plain_field){"code", W_CODE, W_CODE_HINT, "text", "", true, t->typed,
                                            error});
    HTML(&page->out, "<button type=\"submit\" class=\"button primary\">{}</button>\n</form>\n",
         PW(page, W_LOOK_UP));
}

/* How far it is: received, passed on, in progress, result. */
static size_t step_of(const char *status)
{
    static const char *const steps[][8] = {
        {"received", "returned"},
        {"assigned", "reopened"},
        {"accepted", "in_progress", "waiting", "extended"},
        {"resolved", "closed", "rejected", "referred"},
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        for (size_t k = 0; k < 8 && steps[i][k] != NULL; k++) {
            if (strcmp(steps[i][k], status) == 0) {
                return i;
            }
        }
    }
    return 0;
}

static void steps_html(struct plain_page *page, const char *status)
{
    static const enum plain_word names[] = {W_STEP_RECEIVED, W_STEP_PASSED, W_STEP_WORKING,
                                            W_STEP_DONE};
    size_t here = step_of(status);
    HTML(&page->out, "<h2>{}</h2>\n<ol class=\"steps\">\n", PW(page, W_PROGRESS));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        enum plain_word state = i < here ? W_REACHED : i == here ? W_NOW_HERE : W_NOT_YET;
        HTML(&page->out, "<li class=\"{}\">{} <span class=\"hint\">({})</span></li>\n",
             i < here    ? "reached"
             : i == here ? "here"
                         : "later",
             PW(page, names[i]), PW(page, state));
    }
    HTML(&page->out, "</ol>\n");
}

static void fact_html(struct plain_page *page, enum plain_word name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        HTML(&page->out, "<div><dt>{}</dt><dd>{}</dd></div>\n", PW(page, name), value);
    }
}

static const char *text_in(struct json_object *object, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(object, name));
    return text == NULL ? "" : text;
}

/* "2026-11-27T08:30:00+00:00" of the database as people of the city write it. */
static const char *time_in(struct http_request *r, struct json_object *object, const char *name)
{
    int64_t us = INT64_MIN;
    return clock_parse_any(str_of(text_in(object, name)), &us) ? plain_time(r, us)
                                                               : text_in(object, name);
}

static const char *us_in(struct http_request *r, struct json_object *object, const char *name)
{
    struct json_object *us = json_object_object_get(object, name);
    return us == NULL ? "" : plain_time(r, json_object_get_int64(us));
}

/* A picture that the answer names; only those that are the public's are served to whoever asks. */
static void photos_html(struct tracking *t, struct json_object *photos)
{
    struct plain_page *page = &t->page;
    size_t n = json_object_is_type(photos, json_type_array) ? json_object_array_length(photos) : 0;
    for (size_t i = 0; i < n; i++) {
        struct json_object *one = json_object_array_get_idx(photos, i);
        const char *id = json_object_is_type(one, json_type_object) ? text_in(one, "id")
                                                                    : json_object_get_string(one);
        HTML(&page->out,
             "<a href=\"/api/v1/attachments/{}/web\"><img src=\"/api/v1/attachments/{}/thumb\" "
             "alt=\"{}\" loading=\"lazy\"></a>\n",
             id, id, PW(page, W_PHOTO));
    }
}

/* What was sent with it, and what the agency showed of its work. */
static void attached_html(struct plain_page *page, struct json_object *files)
{
    size_t n = json_object_is_type(files, json_type_array) ? json_object_array_length(files) : 0;
    if (n > 0) {
        HTML(&page->out, "<h2>{}</h2>\n<ul class=\"plain-files\">\n", PW(page, W_ATTACH));
    }
    for (size_t i = 0; i < n; i++) {
        struct json_object *one = json_object_array_get_idx(files, i);
        struct json_object *urls = json_object_object_get(one, "urls");
        const char *thumb = text_in(urls, "thumb");
        const char *whole = text_in(urls, thumb[0] == '\0' ? "original" : "web");
        if (thumb[0] == '\0') {
            HTML(&page->out, "<li><a href=\"{}\">{}</a></li>\n", whole, text_in(one, "name"));
        } else {
            HTML(&page->out,
                 "<li><a href=\"{}\"><img src=\"{}\" alt=\"{}\" loading=\"lazy\"></a></li>\n",
                 whole, thumb, text_in(one, "name"));
        }
    }
    if (n > 0) {
        HTML(&page->out, "</ul>\n");
    }
}

static void answers_html(struct tracking *t, struct json_object *work)
{
    struct plain_page *page = &t->page;
    struct json_object *answers = json_object_object_get(work, "answers");
    size_t n =
        json_object_is_type(answers, json_type_array) ? json_object_array_length(answers) : 0;
    if (n > 0) {
        HTML(&page->out, "<h2>{}</h2>\n", PW(page, W_ANSWERS));
    }
    for (size_t i = 0; i < n; i++) {
        struct json_object *one = json_object_array_get_idx(answers, i);
        HTML(&page->out, "<div class=\"answer\"><p class=\"words\">");
        html_lines(&page->out, text_in(one, "text"));
        HTML(&page->out, "</p>\n");
        photos_html(t, json_object_object_get(one, "attachments"));
        HTML(&page->out, "<p class=\"hint\">{} – {}</p></div>\n", time_in(t->r, one, "at"),
             text_in(one, "by"));
    }
}

static void form_begin(struct tracking *t, const char *what)
{
    HTML(&t->page.out,
         "<form method=\"post\" action=\"/track?lang={}\" novalidate>\n"
         "<input type=\"hidden\" name=\"seal\" value=\"{}\">\n",
         plain_lang(&t->page), plain_seal_make(t->r));
    HTML(&t->page.out,
         "<input type=\"hidden\" name=\"code\" value=\"{}\">\n"
         "<input type=\"hidden\" name=\"what\" value=\"{}\">\n",
         t->code, what);
}

static void rate_html(struct tracking *t)
{
    static const struct {
        const char *value;
        enum plain_word word;
    } choices[] = {{"satisfied", W_SATISFIED},
                   {"acceptable", W_ACCEPTABLE},
                   {"not_satisfied", W_NOT_SATISFIED}};
    struct plain_page *page = &t->page;
    bool wrong = t->error != NULL && strcmp(t->error_field, "rating") == 0;
    form_begin(t, "rate");
    HTML(&page->out, "<fieldset class=\"rate\"><legend>{}</legend>\n<p class=\"hint\">{}</p>\n",
         PW(page, W_RATE_TITLE), PW(page, W_RATE_INTRO));
    if (wrong) {
        HTML(&page->out, "<p class=\"error\">{}</p>\n", t->error);
    }
    HTML(&page->out, "<div class=\"rating\">\n");
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        HTML(&page->out,
             "<label class=\"check\"><input type=\"radio\" name=\"rating\" value=\"{}\">{}"
             "</label>\n",
             choices[i].value, PW(page, choices[i].word));
    }
    HTML(&page->out, "</div>\n");
    plain_input(page, &(struct plain_field){"comment", W_COMMENT, W_COUNT, NULL, "", false,
                                            wrong ? t->kept : NULL, NULL});
    HTML(&page->out,
         "</fieldset><button type=\"submit\" class=\"button primary\">{}</button></form>\n",
         PW(page, W_RATE_SEND));
}

static void reopen_html(struct tracking *t)
{
    struct plain_page *page = &t->page;
    bool wrong = t->error != NULL && strcmp(t->error_field, "reason") == 0;
    form_begin(t, "reopen");
    HTML(&page->out, "<fieldset class=\"reopen\"><legend>{}</legend>\n<p class=\"hint\">{}</p>\n",
         PW(page, W_REOPEN_TITLE), PW(page, W_REOPEN_INTRO));
    plain_input(page, &(struct plain_field){"reason", W_REOPEN_REASON, W_COUNT, NULL, "", true,
                                            wrong ? t->kept : NULL, wrong ? t->error : NULL});
    HTML(&page->out, "</fieldset><button type=\"submit\" class=\"button\">{}</button></form>\n",
         PW(page, W_REOPEN_SEND));
}

static const char *rating_words(struct plain_page *page, const char *rating)
{
    return strcmp(rating, "satisfied") == 0    ? PW(page, W_SATISFIED)
           : strcmp(rating, "acceptable") == 0 ? PW(page, W_ACCEPTABLE)
                                               : PW(page, W_NOT_SATISFIED);
}

static void facts_html(struct tracking *t, const struct complaint_view *v)
{
    struct plain_page *page = &t->page;
    bool en = page->lang == HTTP_EN;
    HTML(&page->out, "<p><strong>{}</strong></p>\n<p class=\"words\">",
         en ? v->category_en : v->category_vi);
    html_lines(&page->out, v->description);
    HTML(&page->out, "</p>\n<dl class=\"decision\">\n");
    fact_html(page, W_STATUS, plain_status(v->status, page->lang));
    fact_html(page, W_ADDRESS, v->address);
    fact_html(page, W_RECEIVED_AT, plain_time(t->r, v->received_at_us));
    fact_html(page, W_AGENCY, v->agency_name);
    if (v->closed_at_us == INT64_MIN) {
        fact_html(page, W_DEADLINE, plain_time(t->r, v->due_at_us));
    }
    fact_html(page, W_CLOSED_AT, plain_time(t->r, v->closed_at_us));
    fact_html(page, W_WHY, en ? v->reason_en : v->reason_vi);
    HTML(&page->out, "</dl>\n");
}

/* What was said on top, then the code. */
static void code_html(struct tracking *t, const char *code)
{
    struct plain_page *page = &t->page;
    if (t->said != W_COUNT) {
        HTML(&page->out, "<p class=\"card\" role=\"status\"><strong>{}</strong></p>\n",
             PW(page, t->said));
    }
    if (t->error != NULL) { /* also where its form is not shown any more */
        HTML(&page->out, "<p class=\"error-summary\" role=\"alert\">{}</p>\n", t->error);
    }
    HTML(&page->out,
         "<div class=\"code-box\"><p class=\"code-label\">{}</p><output class=\"code\">{}</output>"
         "<p class=\"hint\">{}</p></div>\n",
         PW(page, W_CODE), arena_printf(http_arena(t->r), "%.3s %.3s %s", code, code + 3, code + 6),
         PW(page, W_KEEP_CODE));
}

/* The rating that was given, and what may still be said of the result. */
static void judging_html(struct tracking *t, struct json_object *work)
{
    struct plain_page *page = &t->page;
    const char *rating = text_in(json_object_object_get(work, "rating"), "rating");
    if (rating[0] != '\0') {
        HTML(&page->out, "<p class=\"card\">{}: <strong>{}</strong></p>\n", PW(page, W_RATED),
             rating_words(page, rating));
    }
    if (json_object_get_boolean(json_object_object_get(work, "may_rate"))) {
        rate_html(t);
    }
    if (json_object_get_boolean(json_object_object_get(work, "may_reopen"))) {
        reopen_html(t);
    }
}

static void complaint_html(struct tracking *t, const struct complaint_view *v,
                           struct json_object *work)
{
    struct plain_page *page = &t->page;
    code_html(t, v->code);
    steps_html(page, v->status);
    facts_html(t, v);
    attached_html(page, json_object_object_get(work, "attachments"));
    answers_html(t, work);
    judging_html(t, work);
}

static void history_html(struct tracking *t, const struct db_rows *history)
{
    struct plain_page *page = &t->page;
    HTML(&page->out, "<h2>{}</h2>\n<ol class=\"history\">\n", PW(page, W_HISTORY));
    for (size_t row = 0; row < db_rows_count(history) && !db_rows_null(history, row, 0); row++) {
        HTML(&page->out, "<li><span class=\"strong\">{}</span><time>{}</time></li>\n",
             plain_status(db_rows_text(history, row, 1), page->lang),
             plain_time(t->r, db_rows_int_or(history, row, 0, INT64_MIN)));
    }
    HTML(&page->out, "</ol>\n");
}

/* --- reading it
 * ----------------------------------------------------------------------------------- */

static void submit(struct tracking *t, struct db_job *job)
{
    struct err e;
    job->arg = t;
    http_hold(t->r);
    enum status status = db_pool_submit(api_worker(t->r)->reads, job, &e);
    if (status != STATUS_OK) {
        strbuf_free(&t->page.out);
        http_problem_status(t->r, status);
        http_release(t->r);
    }
}

static void on_history(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e)
{
    struct tracking *t = arg;
    (void)e;
    if (status == STATUS_OK) { /* without it the page still tells the most */
        history_html(t, result);
    }
    look_up_html(t, NULL);
    plain_send(&t->page, t->status);
    http_release(t->r);
}

/* As much as whoever joined may know: how far it is and what was answered, none of others' words.
 */
static void followed_html(struct tracking *t, struct json_object *o)
{
    struct plain_page *page = &t->page;
    bool en = page->lang == HTTP_EN;
    struct json_object *category = json_object_object_get(o, "category");
    const char *status = text_in(o, "status");
    code_html(t, t->code);
    HTML(&page->out, "<p>{}</p>\n", PW(page, W_FOLLOWING));
    steps_html(page, status);
    HTML(&page->out, "<p><strong>{}</strong></p>\n<p class=\"words\">",
         text_in(category, en ? "en" : "vi"));
    html_lines(&page->out, text_in(o, "description"));
    HTML(&page->out, "</p>\n<dl class=\"decision\">\n");
    fact_html(page, W_STATUS, plain_status(status, page->lang));
    fact_html(page, W_RECEIVED_AT, us_in(t->r, o, "received_us"));
    fact_html(page, W_AGENCY, text_in(json_object_object_get(o, "agency"), "name"));
    const char *closed = us_in(t->r, o, "closed_us");
    fact_html(page, closed[0] == '\0' ? W_DEADLINE : W_CLOSED_AT,
              closed[0] == '\0' ? us_in(t->r, o, "due_us") : closed);
    fact_html(page, W_WHY, text_in(o, en ? "reason_en" : "reason_vi"));
    HTML(&page->out, "</dl>\n");
    answers_html(t, o);
    judging_html(t, o);
}

static void on_followed(void *arg, enum status status, const struct db_rows *result,
                        const struct err *e)
{
    struct tracking *t = arg;
    (void)e;
    const char *text = status == STATUS_OK ? db_rows_text_or_null(result, 0, 0) : NULL;
    struct json_object *followed = text == NULL ? NULL : json_tokener_parse(text);
    if (status != STATUS_OK) {
        http_problem_status(t->r, status);
    } else {
        plain_begin(&t->page, t->r, W_TRACK, "/track");
        if (followed != NULL) {
            followed_html(t, followed);
        }
        look_up_html(t, followed == NULL ? PW(&t->page, W_NO_SUCH_CODE) : NULL);
        plain_send(&t->page, followed == NULL ? 404 : t->status);
    }
    json_object_put(followed);
    http_release(t->r);
}

static void on_one(void *arg, enum status status, const struct db_rows *result, const struct err *e)
{
    struct tracking *t = arg;
    struct http_request *r = t->r;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else if (db_rows_count(result) == 0) {
        submit(t,
               &(struct db_job){
                   .sql = STORE_FOLLOWED, .n_params = 1, .params = {t->code}, .done = on_followed});
    } else {
        struct complaint_view view;
        complaint_view_of_row(&view, result, 0);
        const char *text = db_rows_text_or_null(result, 0, STORE_COMPLAINT_WORK);
        struct json_object *work = text == NULL ? NULL : json_tokener_parse(text);
        plain_begin(&t->page, r, W_TRACK, "/track");
        complaint_html(t, &view, work);
        json_object_put(work);
        submit(t, &(struct db_job){.sql = STORE_COMPLAINT_HISTORY,
                                   .n_params = 2,
                                   .params = {t->code, ""},
                                   .done = on_history});
    }
    http_release(r);
}

/* As whoever holds the code sees it, whoever asks. */
static void show(struct tracking *t)
{
    submit(t, &(struct db_job){.sql = STORE_COMPLAINT_BY_CODE,
                               .n_params = 2,
                               .params = {t->code, ""},
                               .done = on_one});
}

static struct tracking *tracking_of(struct http_request *r, const char *code)
{
    struct tracking *t = arena_calloc(http_arena(r), 1, sizeof(*t));
    if (t == NULL) {
        http_problem(r, 503, NULL);
        return NULL;
    }
    *t = (struct tracking){.r = r, .typed = code, .status = 200, .said = W_COUNT};
    if (code[0] != '\0' && !tracking_code_read(str_of(code), t->code)) {
        plain_begin(&t->page, r, W_TRACK, "/track");
        look_up_html(t, PW(&t->page, W_NO_SUCH_CODE));
        plain_send(&t->page, 404);
        return NULL;
    }
    asker_hold(t->code);
    return t;
}

static void get_track(struct http_request *r)
{
    const char *code = http_query(r, "code");
    const char *said = http_query(r, "said");
    struct tracking *t = tracking_of(r, code == NULL ? "" : code);
    if (t == NULL) {
        return;
    }
    if (t->code[0] == '\0') {
        plain_begin(&t->page, r, W_TRACK, "/track");
        look_up_html(t, NULL);
        plain_send(&t->page, 200);
        return;
    }
    t->said = http_query(r, "new") != NULL                    ? W_FILED
              : said != NULL && strcmp(said, "rated") == 0    ? W_THANKS
              : said != NULL && strcmp(said, "reopened") == 0 ? W_REOPENED
              : said != NULL && strcmp(said, "joined") == 0   ? W_JOINED
                                                              : W_COUNT;
    show(t);
}

/* --- rating and reopening
 * ------------------------------------------------------------------------- */

static void on_acted(void *arg, enum status status, struct json_object *outcome)
{
    struct tracking *t = arg;
    struct http_request *r = t->r;
    bool rating = strcmp(t->error_field, "rating") == 0;
    if (status == STATUS_NOT_FOUND) {
        http_problem(r, 404, NULL);
    } else if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else if (json_object_object_get(outcome, "answer") != NULL) {
        http_set_header(r, "Location",
                        arena_printf(http_arena(r), "/track?code=%s&said=%s&lang=%s", t->code,
                                     rating ? "rated" : "reopened",
                                     http_language(r) == HTTP_EN ? "en" : "vi"));
        http_send(r, &(struct http_reply){.status = 303, .body = {"", 0}});
    } else {
        struct change_refusal w = change_refusal_read(r, outcome);
        t->status = w.status;
        t->error =
            strcmp(w.code, "required") == 0 ? plain_word(W_REQUIRED, http_language(r)) : w.detail;
        show(t);
    }
}

static void post_track(struct http_request *r)
{
    struct plain_form form;
    if (!plain_form_read(r, &form)) {
        return;
    }
    struct tracking *t = tracking_of(r, plain_form_get(&form, "code"));
    if (t == NULL) {
        return;
    }
    bool rating = strcmp(plain_form_get(&form, "what"), "rate") == 0;
    const char *words = plain_form_get(&form, rating ? "comment" : "reason");
    t->error_field = rating ? "rating" : "reason";
    t->kept = words;
    if (!plain_seal_good(r, plain_form_get(&form, "seal"))) {
        t->status = 422;
        t->error = plain_word(W_STALE_FORM, http_language(r));
        show(t);
        return;
    }
    if (!api_limit_allow(api_worker(r), http_peer(r))) {
        t->status = 429;
        t->error = plain_word(W_TOO_MANY, http_language(r));
        show(t);
        return;
    }
    const char *given = rating ? plain_form_get(&form, "rating") : words;
    if (given[0] == '\0') {
        t->status = 422;
        t->error = plain_word(W_REQUIRED, http_language(r));
        show(t);
        return;
    }
    const struct action_row *row = rating ? &action_rating : &action_reopening;
    struct json_object *args = json_object_new_object();
    change_arg_text(args, "action", row->name);
    change_arg_text(args, "code", t->code);
    change_arg_text(args, rating ? "rating" : "reason", given);
    if (rating && words[0] != '\0') {
        change_arg_text(args, "comment", words);
    }
    api_action_run(r, row, args, NULL, on_acted, t);
}

const struct http_route api_plain_track_routes[] = {
    {HTTP_GET, "/track", get_track, ABOUT_PAGE("Following a complaint without JavaScript")},
    {HTTP_POST, "/track", post_track,
     ABOUT(.tag = "pages", .summary = "Rate or reopen by that page's forms",
           .body = "application/x-www-form-urlencoded", .answer = "text/html", .status = 303)},
};
const size_t n_api_plain_track_routes =
    sizeof(api_plain_track_routes) / sizeof(api_plain_track_routes[0]);
