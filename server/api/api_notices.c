/* /api/v1/notices, webhooks, contacts, notice-templates: how telling people goes, for
 * administrators (auditors may read); what each step needs is settled in sql/0027_notice_words.sql.
 * /api/v1/unsubscribe/{delivery}: the link in a message, for whoever got it. */
#include <json-c/json.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_row.h"
#include "server/base/json_text.h"
#include "server/notify/notify.h"
#include "server/notify/notify_mail.h"
#include "server/notify/notify_sms.h"
#include "server/store/store_notify.h"

#define READERS    (AUTH_ADMINISTRATOR | AUTH_AUDITOR)
#define PEOPLE     (ABOUT_ANY_ROLE & ~(unsigned)AUTH_KEY)
#define LIST_MAX   "100"
#define SECRET_MAX 71 /* "whsec_", 64 digits, NUL */
#define N(rows)    (sizeof(rows) / sizeof((rows)[0]))

/* ---- looking ---- */

static bool number_fits(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && n <= 18 && strspn(text, "0123456789") == n;
}

/* A query parameter, "" where it is not given; NULL with 400 answered unless it is a number. */
static const char *number_query(struct http_request *r, const char *name, const char *otherwise)
{
    const char *text = http_query(r, name);
    if (text == NULL) {
        return otherwise;
    }
    if (!number_fits(text)) {
        http_problem_field(r, 400, name, FAULT_MALFORMED);
        return NULL;
    }
    return text;
}

/* A number in the path; NULL with 404 answered. */
static const char *id_parameter(struct http_request *r, const char *name)
{
    const char *id = http_parameter(r, name);
    if (number_fits(id) && strlen(id) <= 9) {
        return id;
    }
    http_problem(r, 404, NULL);
    return NULL;
}

static const char *text_query(struct http_request *r, const char *name)
{
    const char *text = http_query(r, name);
    return text == NULL ? "" : text;
}

static void list_notices(struct http_request *r)
{
    if (!change_allowed(r, READERS)) {
        return;
    }
    const char *webhook = number_query(r, "webhook", "");
    const char *cursor = webhook == NULL ? NULL : number_query(r, "cursor", "999999999999999999");
    if (cursor != NULL) {
        api_row_send(
            r, &(struct db_job){.sql = STORE_NOTICES,
                                .n_params = 6,
                                .params = {text_query(r, "state"), text_query(r, "medium"), webhook,
                                           text_query(r, "complaint"), cursor, LIST_MAX}});
    }
}

static void show_notice(struct http_request *r)
{
    const char *id = change_allowed(r, READERS) ? id_parameter(r, "notice") : NULL;
    if (id != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_NOTICE, .n_params = 1, .params = {id}});
    }
}

/* What this process can send by, and how much waits. */
static void show_status(struct http_request *r)
{
    if (!change_allowed(r, READERS)) {
        return;
    }
    struct notify_counters c = notify_counters(api_worker(r)->app->notify);
    struct strbuf out;
    strbuf_init(&out, 4096);
    strbuf_append_z(&out, "{\"media\":[");
    for (int m = 0; m < NOTIFY_MEDIA; m++) {
        strbuf_append_z(&out, m == 0 ? "{" : ",{");
        json_text_field(&out, "medium", notify_medium_name((enum notify_medium)m));
        json_text_field_bool(&out, "configured", c.media[m].configured != 0);
        json_text_field_bool(&out, "paused", c.media[m].paused != 0);
        json_text_field_int(&out, "waiting", (int64_t)c.media[m].waiting);
        json_text_field_int(&out, "dead", (int64_t)c.media[m].all_dead);
        json_text_field_int(&out, "sent", (int64_t)c.media[m].sent);
        json_text_field_int(&out, "failed", (int64_t)c.media[m].failed);
        strbuf_append_char(&out, '}');
    }
    strbuf_append_z(&out, "]}");
    http_send_json(r, 200, &out);
}

static void list_webhooks(struct http_request *r)
{
    if (change_allowed(r, READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_WEBHOOKS});
    }
}

static void list_templates(struct http_request *r)
{
    if (change_allowed(r, READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_NOTICE_TEMPLATES});
    }
}

static void list_contacts(struct http_request *r)
{
    if (change_allowed(r, PEOPLE)) {
        api_row_send(r, &(struct db_job){
                            .sql = STORE_CONTACTS, .n_params = 1, .params = {auth_user(r)->actor}});
    }
}

/* ---- dead letters ---- */

static void replay_one(struct http_request *r)
{
    const char *id = change_allowed(r, AUTH_ADMINISTRATOR) ? id_parameter(r, "notice") : NULL;
    struct json_object *args = id == NULL ? NULL : change_body(r, NULL, 0);
    if (args != NULL) {
        change_arg_text(args, "id", id);
        change_perform(r, "notice.replay", args, 200, NULL);
    }
}

static const struct change_field replay_fields[] = {{"webhook", CHANGE_WHOLE, false, INT32_MAX},
                                                    {"medium", CHANGE_CODE, false, 16}};

static void replay_many(struct http_request *r)
{
    struct json_object *args = change_allowed(r, AUTH_ADMINISTRATOR)
                                   ? change_body(r, replay_fields, N(replay_fields))
                                   : NULL;
    if (args != NULL) {
        change_perform(r, "notice.replay", args, 200, NULL);
    }
}

/* ---- webhooks ---- */

static const char *arg_text(struct json_object *args, const char *name)
{
    return json_object_get_string(json_object_object_get(args, name));
}

static void make_secret(char out[SECRET_MAX])
{
    unsigned char raw[32];
    memcpy(out, "whsec_", 6);
    randombytes_buf(raw, sizeof(raw));
    sodium_bin2hex(out + 6, SECRET_MAX - 6, raw, sizeof(raw));
}

/* It goes back in this answer, and in that to a repeat of the same request; nothing else tells it.
 */
static void add_secret(struct json_object *args)
{
    char secret[SECRET_MAX];
    make_secret(secret);
    change_arg_text(args, "secret", secret);
}

static const struct change_field webhook_fields[] = {{"name", CHANGE_LINE, true, 100},
                                                     {"url", CHANGE_LINE, true, 1000},
                                                     {"events", CHANGE_LIST, false, 40},
                                                     {"agency", CHANGE_CODE, false, 64}};

static void add_webhook(struct http_request *r)
{
    struct json_object *args = change_allowed(r, AUTH_ADMINISTRATOR)
                                   ? change_body(r, webhook_fields, N(webhook_fields))
                                   : NULL;
    if (args != NULL) {
        add_secret(args);
        change_perform(r, "webhook.add", args, 201, NULL);
    }
}

static const struct change_field webhook_changes[] = {{"url", CHANGE_LINE, false, 1000},
                                                      {"events", CHANGE_LIST, false, 40},
                                                      {"active", CHANGE_FLAG, false, 1},
                                                      {"new_secret", CHANGE_FLAG, false, 1}};

static void change_webhook(struct http_request *r)
{
    const char *id = change_allowed(r, AUTH_ADMINISTRATOR) ? id_parameter(r, "webhook") : NULL;
    struct json_object *args =
        id == NULL ? NULL : change_body(r, webhook_changes, N(webhook_changes));
    if (args == NULL) {
        return;
    }
    change_arg_text(args, "id", id);
    if (json_object_get_boolean(json_object_object_get(args, "new_secret")) != 0) {
        add_secret(args);
    }
    change_perform(r, "webhook.change", args, 200, NULL);
}

/* ---- contacts and words ---- */

/* False with 422 answered unless the text is one of these. */
static bool one_of(struct http_request *r, struct json_object *args, const char *name,
                   const char *first, const char *second)
{
    const char *text = arg_text(args, name);
    if (text == NULL || strcmp(text, first) == 0 || strcmp(text, second) == 0) {
        return true;
    }
    json_object_put(args);
    http_problem_field(r, 422, name, FAULT_UNKNOWN_VALUE);
    return false;
}

static const struct change_field contact_fields[] = {
    {"medium", CHANGE_CODE, true, 16},  {"address", CHANGE_LINE, true, 254},
    {"lang", CHANGE_CODE, false, 2},    {"user", CHANGE_CODE, false, 64},
    {"agency", CHANGE_CODE, false, 64}, {"desk", CHANGE_CODE, false, 64},
    {"events", CHANGE_LIST, false, 40},
};

static void add_contact(struct http_request *r)
{
    struct json_object *args =
        change_allowed(r, PEOPLE) ? change_body(r, contact_fields, N(contact_fields)) : NULL;
    if (args == NULL || !one_of(r, args, "medium", "email", "sms") ||
        !one_of(r, args, "lang", "vi", "en")) {
        return;
    }
    bool email = strcmp(arg_text(args, "medium"), "email") == 0;
    const char *address = arg_text(args, "address");
    char number[NOTIFY_SMS_NUMBER_MAX];
    if (email ? !notify_mail_address_ok(address) : !notify_sms_number(address, "84", number)) {
        json_object_put(args);
        http_problem_field(r, 422, "address", FAULT_MALFORMED);
        return;
    }
    if (!email) {
        change_arg_text(args, "address", number);
    }
    change_perform(r, "contact.add", args, 201, NULL);
}

static void remove_contact(struct http_request *r)
{
    const char *id = change_allowed(r, PEOPLE) ? id_parameter(r, "contact") : NULL;
    if (id != NULL) {
        struct json_object *args = json_object_new_object();
        change_arg_int(args, "id", strtol(id, NULL, 10));
        change_perform(r, "contact.remove", args, 200, NULL);
    }
}

static const struct change_field template_fields[] = {
    {"event", CHANGE_CODE, true, 40},     {"audience", CHANGE_CODE, true, 16},
    {"medium", CHANGE_CODE, true, 16},    {"lang", CHANGE_CODE, true, 2},
    {"subject", CHANGE_LINE, false, 200}, {"body", CHANGE_TEXT, true, 8000},
};

static void put_template(struct http_request *r)
{
    struct json_object *args = change_allowed(r, AUTH_ADMINISTRATOR)
                                   ? change_body(r, template_fields, N(template_fields))
                                   : NULL;
    if (args != NULL && one_of(r, args, "audience", "reporter", "staff") &&
        one_of(r, args, "medium", "email", "sms") && one_of(r, args, "lang", "vi", "en")) {
        change_perform(r, "notice_template.put", args, 200, NULL);
    }
}

/* ---- who is told what, and when ---- */

static void list_rules(struct http_request *r)
{
    if (change_allowed(r, READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_NOTICE_RULES});
    }
}

static void put_fields(struct http_request *r, const struct change_field *fields, size_t n,
                       const char *action)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR) ? change_body(r, fields, n) : NULL;
    if (args != NULL) {
        change_perform(r, action, args, 200, NULL);
    }
}

static const struct change_field rule_fields[] = {{"event", CHANGE_CODE, true, 40},
                                                  {"audience", CHANGE_CODE, true, 16},
                                                  {"media", CHANGE_LIST, true, 2},
                                                  {"active", CHANGE_FLAG, false, 1}};
static const struct change_field step_fields[] = {
    {"step", CHANGE_WHOLE, true, 1000},     {"clock", CHANGE_CODE, true, 16},
    {"percent", CHANGE_WHOLE, true, 10000}, {"event", CHANGE_CODE, true, 16},
    {"audiences", CHANGE_LIST, true, 5},    {"active", CHANGE_FLAG, false, 1}};
static const struct change_field settings_fields[] = {{"keep_days", CHANGE_WHOLE, false, 36500},
                                                      {"expire_hours", CHANGE_WHOLE, false, 8760},
                                                      {"reporter_media", CHANGE_CODE, false, 16},
                                                      {"sms_unaccented", CHANGE_FLAG, false, 1}};

static void put_rule(struct http_request *r)
{
    put_fields(r, rule_fields, N(rule_fields), "notice_rule.put");
}

static void put_step(struct http_request *r)
{
    put_fields(r, step_fields, N(step_fields), "escalation.put");
}

static void put_settings(struct http_request *r)
{
    put_fields(r, settings_fields, N(settings_fields), "notice_settings.put");
}

/* ---- not to be told any more ---- */

#define PAGE_HEAD                                                                                  \
    "<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><meta name=\"viewport\""     \
    " content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">"          \
    "<title>1022</title></head>\n<body><main>\n"
#define PAGE_END "</main></body></html>\n"

static void send_page(struct http_request *r, int status, const char *words)
{
    http_set_header(r, "Content-Security-Policy",
                    "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
    http_set_header(r, "Referrer-Policy", "no-referrer");
    http_send(r, &(struct http_reply){
                     .status = status, .type = "text/html; charset=utf-8", .body = str_of(words)});
}

/* {delivery} as a UUID's text; NULL with 404 answered. */
static const char *delivery_parameter(struct http_request *r)
{
    const char *id = http_parameter(r, "delivery");
    if (strlen(id) == 36 && strspn(id, "0123456789abcdef-") == 36 && id[8] == '-' &&
        id[13] == '-' && id[18] == '-' && id[23] == '-' && strchr(id + 24, '-') == NULL) {
        return id;
    }
    http_problem(r, 404, NULL);
    return NULL;
}

static void answer_unsubscribe(struct http_request *r, bool there, const char *words)
{
    if (there) {
        send_page(r, 200, words);
    } else {
        http_problem(r, 404, NULL);
    }
}

static void on_looked(void *arg, enum status status, const struct db_rows *result,
                      const struct err *e)
{
    struct http_request *r = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else {
        answer_unsubscribe(r, db_rows_count(result) == 1,
                           PAGE_HEAD "<h1>Không nhận tin về phản ánh này nữa?</h1>\n"
                                     "<p lang=\"en\">No more messages about this complaint?</p>\n"
                                     "<form method=\"post\"><button>Đồng ý / "
                                     "<span lang=\"en\">Yes</span></button></form>\n" PAGE_END);
    }
    http_release(r);
}

static void on_unsubscribed(void *arg, enum status status, const struct db_rows *result,
                            const struct err *e)
{
    struct http_request *r = arg;
    (void)e;
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else {
        answer_unsubscribe(r, db_rows_count(result) == 1 && !db_rows_null(result, 0, 0),
                           PAGE_HEAD "<h1>Đã dừng gửi tin về phản ánh này.</h1>\n"
                                     "<p lang=\"en\">You will not be told of this complaint any "
                                     "more.</p>\n" PAGE_END);
    }
    http_release(r);
}

/* A look changes nothing: programs that open every link in a message come here. */
static void ask_delivery(struct http_request *r, const char *sql,
                         void (*done)(void *arg, enum status status, const struct db_rows *result,
                                      const struct err *e))
{
    const char *id = delivery_parameter(r);
    struct db_job job = {.sql = sql, .n_params = 1, .params = {id}, .done = done, .arg = r};
    struct err e;
    if (id == NULL) {
        return;
    }
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

static void get_unsubscribe(struct http_request *r)
{
    ask_delivery(r, STORE_UNSUBSCRIBE_LOOK, on_looked);
}

/* One click of a mail program (RFC 8058), or the form's button. */
static void post_unsubscribe(struct http_request *r)
{
    ask_delivery(r, STORE_UNSUBSCRIBE, on_unsubscribed);
}

/* ---- routes ---- */

#define RESOLVED(name, next)                                                                       \
    static void name(struct http_request *r)                                                       \
    {                                                                                              \
        auth_resolve(r, next);                                                                     \
    }
RESOLVED(get_notices, list_notices)
RESOLVED(get_notice, show_notice)
RESOLVED(get_status, show_status)
RESOLVED(post_replay, replay_one)
RESOLVED(post_replays, replay_many)
RESOLVED(get_webhooks, list_webhooks)
RESOLVED(post_webhook, add_webhook)
RESOLVED(patch_webhook, change_webhook)
RESOLVED(get_contacts, list_contacts)
RESOLVED(post_contact, add_contact)
RESOLVED(delete_contact, remove_contact)
RESOLVED(get_templates, list_templates)
RESOLVED(put_template_resolved, put_template)
RESOLVED(get_rules, list_rules)
RESOLVED(put_rule_resolved, put_rule)
RESOLVED(put_step_resolved, put_step)
RESOLVED(put_settings_resolved, put_settings)

const struct http_route api_notice_routes[] = {
    {HTTP_GET, "/api/v1/notice-rules", get_rules,
     ABOUT(.tag = "notices", .summary = "Who is told what, the ladder of deadlines, its settings",
           .answer = "NoticeRules", .roles = READERS)},
    {HTTP_PUT, "/api/v1/notice-rules", put_rule_resolved,
     ABOUT(.tag = "notices", .summary = "By which media an audience is told of an event",
           FIELDS_OF(rule_fields), .answer = "NoticeRules", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_PUT, "/api/v1/notice-ladder", put_step_resolved,
     ABOUT(.tag = "notices", .summary = "A step of the ladder of deadlines", FIELDS_OF(step_fields),
           .answer = "NoticeRules", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_PUT, "/api/v1/notice-settings", put_settings_resolved,
     ABOUT(.tag = "notices", .summary = "How long notices are kept and tried, by how many media",
           FIELDS_OF(settings_fields), .answer = "NoticeRules", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/notices", get_notices,
     ABOUT(.tag = "notices", .summary = "Messages to people and systems, newest first",
           .query = "state medium webhook complaint cursor", .answer = "Notices",
           .roles = READERS)},
    {HTTP_GET, "/api/v1/notices/status", get_status,
     ABOUT(.tag = "notices", .summary = "By which media messages can be sent, and what waits",
           .answer = "NoticeStatus", .roles = READERS)},
    {HTTP_POST, "/api/v1/notices/replay", post_replays,
     ABOUT(.tag = "notices", .summary = "Send all dead letters again, of a webhook or a medium",
           FIELDS_OF(replay_fields), .answer = "Replayed", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/notices/{notice}", get_notice,
     ABOUT(.tag = "notices", .summary = "One message with every attempt", .id = "notice",
           .answer = "Notice", .roles = READERS)},
    {HTTP_POST, "/api/v1/notices/{notice}/replay", post_replay,
     ABOUT(.tag = "notices", .summary = "Send a dead letter again", .id = "notice",
           .body = "Nothing", .answer = "Replayed", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/webhooks", get_webhooks,
     ABOUT(.tag = "notices", .summary = "Systems that are told", .answer = "WebhookList",
           .roles = READERS)},
    {HTTP_POST, "/api/v1/webhooks", post_webhook,
     ABOUT(.tag = "notices", .summary = "Tell another system; its secret is shown once",
           FIELDS_OF(webhook_fields), .answer = "Webhook", .status = 201,
           .roles = AUTH_ADMINISTRATOR)},
    {HTTP_PATCH, "/api/v1/webhooks/{webhook}", patch_webhook,
     ABOUT(.tag = "notices", .summary = "Change, stop or start a webhook, or give it a new secret",
           .id = "webhook", FIELDS_OF(webhook_changes), .answer = "Webhook",
           .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/contacts", get_contacts,
     ABOUT(.tag = "notices", .summary = "Where staff are told: one's own, or those one manages",
           .answer = "ContactList", .roles = PEOPLE)},
    {HTTP_POST, "/api/v1/contacts", post_contact,
     ABOUT(.tag = "notices", .summary = "Say where oneself, a desk or an agency is told",
           FIELDS_OF(contact_fields), .answer = "Numbered", .status = 201, .roles = PEOPLE)},
    {HTTP_DELETE, "/api/v1/contacts/{contact}", delete_contact,
     ABOUT(.tag = "notices", .summary = "Tell no more there", .id = "contact", .answer = "Numbered",
           .roles = PEOPLE)},
    {HTTP_GET, "/api/v1/notice-templates", get_templates,
     ABOUT(.tag = "notices", .summary = "The words of messages, who is told what, the ladder",
           .answer = "NoticeTemplates", .roles = READERS)},
    {HTTP_PUT, "/api/v1/notice-templates", put_template_resolved,
     ABOUT(.tag = "notices", .summary = "Change the words of one message",
           FIELDS_OF(template_fields), .answer = "NoticeTemplate", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/unsubscribe/{delivery}", get_unsubscribe,
     ABOUT(.tag = "notices", .summary = "Ask whether to stop messages about a complaint",
           .id = "delivery", .answer = "text/html")},
    {HTTP_POST, "/api/v1/unsubscribe/{delivery}", post_unsubscribe,
     ABOUT(.tag = "notices", .summary = "Stop messages about a complaint", .id = "delivery",
           .body = "application/x-www-form-urlencoded", .answer = "text/html")},
};
const size_t n_api_notice_routes = sizeof(api_notice_routes) / sizeof(api_notice_routes[0]);
