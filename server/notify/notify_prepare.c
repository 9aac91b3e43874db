#include "server/notify/notify_prepare.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/utf8.h"
#include "server/notify/notify_hook.h"
#include "server/notify/notify_mail.h"
#include "server/notify/notify_sms.h"
#include "server/notify/notify_text.h"
#include "server/store/store_notify.h"

#define MAIL_MAX ((size_t)2 << 20)
#define TEXT_MAX ((size_t)256 << 10)
#define LINE_MAX ((size_t)4 << 10)

/* What all kinds need of a row. */
struct notice {
    const struct notify_config *config;
    const struct notify_settings *settings;
    const char *told_id, *lang, *address, *subject, *body, *facts_text, *secret;
    bool reporter;
    struct notify_words words;
};

static void copy_setting(struct json_object *from, const char *name, char *out, size_t size)
{
    struct json_object *value = json_object_object_get(from, name);
    const char *text =
        json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    size_t n = strlen(text);
    out[0] = '\0';
    if (n < size) {
        memcpy(out, text, n + 1);
    }
}

void notify_settings_read(struct notify_settings *out, const char *json)
{
    struct json_object *all = json_tokener_parse(json);
    copy_setting(all, "public_url", out->public_url, sizeof(out->public_url));
    copy_setting(all, "sender_vi", out->sender_vi, sizeof(out->sender_vi));
    copy_setting(all, "sender_en", out->sender_en, sizeof(out->sender_en));
    size_t n = strlen(out->public_url);
    if (n > 0 && out->public_url[n - 1] == '/') {
        out->public_url[n - 1] = '\0';
    }
    out->sms_unaccented =
        json_object_get_boolean(json_object_object_get(all, "sms_unaccented")) != 0;
    out->allow_private = json_object_get_boolean(json_object_object_get(
                             json_object_object_get(all, "webhook"), "allow_private")) != 0;
    json_object_put(all);
}

/* Headers are set in order until one is NULL. */
static void add_header(struct notify_job *job, const char *name, const char *value)
{
    size_t i = 0;
    struct strbuf line;
    while (i < NOTIFY_HEADERS_MAX && job->headers[i] != NULL) {
        i++;
    }
    strbuf_init(&line, LINE_MAX);
    strbuf_printf(&line, "%s: %s", name, value);
    if (i < NOTIFY_HEADERS_MAX) {
        job->headers[i] = strbuf_take(&line);
    }
    strbuf_free(&line);
}

/* smtp://HOST:PORT/NAME-WE-GREET-WITH */
static char *smtp_address(const struct notify_config *config)
{
    struct strbuf url;
    strbuf_init(&url, LINE_MAX);
    strbuf_append_z(&url, config->smtp_url);
    if (strchr(strstr(config->smtp_url, "://") + 3, '/') == NULL) {
        strbuf_append_char(&url, '/');
        strbuf_append_z(&url, strchr(config->smtp_from, '@') + 1);
    }
    return strbuf_take(&url);
}

static const char *make_mail(const struct notice *n, struct notify_job *job)
{
    struct strbuf subject;
    struct strbuf text;
    char unsubscribe[700] = "";
    if (!notify_mail_address_ok(n->address)) {
        return "not an e-mail address";
    }
    strbuf_init(&subject, LINE_MAX);
    strbuf_init(&text, TEXT_MAX);
    notify_text_line(&n->words, n->subject, &subject);
    notify_text_lines(&n->words, n->body, &text);
    if (n->reporter && *n->words.public_url != '\0') {
        (void)snprintf(unsubscribe, sizeof(unsubscribe), "%s/api/v1/unsubscribe/%s",
                       n->words.public_url, n->told_id);
    }
    bool english = strcmp(n->lang, "en") == 0;
    notify_mail_build(&(struct notify_mail){.from = n->config->smtp_from,
                                            .from_name = english ? n->settings->sender_en
                                                                 : n->settings->sender_vi,
                                            .to = n->address,
                                            .subject = subject.p,
                                            .text = text.p,
                                            .id = n->told_id,
                                            .lang = n->lang,
                                            .unsubscribe = unsubscribe,
                                            .at_us = clock_now_us()},
                      &job->body);
    bool made = !subject.failed && !text.failed && !job->body.failed;
    strbuf_free(&subject);
    strbuf_free(&text);
    job->url = smtp_address(n->config);
    job->to = strdup(n->address);
    return made && job->url != NULL && job->to != NULL ? NULL : "too large a message";
}

static const char *make_sms(const struct notice *n, struct notify_job *job)
{
    char number[NOTIFY_SMS_NUMBER_MAX];
    struct strbuf text;
    struct strbuf url;
    if (!notify_sms_number(n->address, n->config->sms_country, number)) {
        return "not a telephone number";
    }
    strbuf_init(&text, TEXT_MAX);
    strbuf_init(&url, LINE_MAX);
    notify_text_line(&n->words, n->body, &text);
    char *plain =
        n->settings->sms_unaccented ? utf8_unaccented((struct str){text.p, text.n}) : NULL;
    if (plain != NULL) {
        strbuf_reset(&text);
        strbuf_append_z(&text, plain);
        free(plain);
    }
    notify_sms_cut(&text);
    const struct notify_sms sms = {number, text.p, n->told_id};
    bool json = strncmp(n->config->sms_type, "application/json", 16) == 0;
    bool form = strncmp(n->config->sms_type, "application/x-www-form-urlencoded", 33) == 0;
    notify_sms_fill(n->config->sms_url, &sms, NOTIFY_SMS_URL, &url);
    notify_sms_fill(n->config->sms_body, &sms,
                    json   ? NOTIFY_SMS_JSON
                    : form ? NOTIFY_SMS_URL
                           : NOTIFY_SMS_PLAIN,
                    &job->body);
    job->url = strbuf_take(&url);
    job->get = strcmp(n->config->sms_method, "GET") == 0;
    job->private_allowed = true; /* the operator's own address */
    if (!job->get) {
        add_header(job, "Content-Type", n->config->sms_type);
    }
    add_header(job, "X-Hotline-Delivery", n->told_id);
    if (n->config->sms_authorization != NULL) {
        add_header(job, "Authorization", n->config->sms_authorization);
    }
    bool made = !text.failed && !job->body.failed && job->url != NULL;
    strbuf_free(&text);
    strbuf_free(&url);
    return made ? NULL : "too large a message";
}

static const char *make_hook(const struct notice *n, struct notify_job *job)
{
    char signature[65];
    char text[96];
    int64_t now_s = clock_now_us() / 1000000;
    if (!notify_hook_body(n->told_id, n->facts_text, &job->body)) {
        return "no facts";
    }
    notify_hook_sign(n->secret, now_s, (struct str){job->body.p, job->body.n}, signature);
    (void)snprintf(text, sizeof(text), "sha256=%s", signature);
    add_header(job, "Content-Type", "application/json");
    add_header(job, "X-Hotline-Signature", text);
    (void)snprintf(text, sizeof(text), "%lld", (long long)now_s);
    add_header(job, "X-Hotline-Timestamp", text);
    add_header(job, "X-Hotline-Delivery", n->told_id);
    struct json_object *event = json_object_object_get(n->words.facts, "event");
    add_header(job, "X-Hotline-Event", event == NULL ? "" : json_object_get_string(event));
    job->url = strdup(n->address);
    job->private_allowed = n->settings->allow_private;
    return job->url == NULL ? "no memory" : NULL;
}

struct notify_job *notify_prepare(const struct notify_config *config,
                                  const struct notify_settings *settings, enum notify_medium medium,
                                  const struct db_rows *rows, size_t row, const char **why)
{
    struct notify_job *job = calloc(1, sizeof(*job));
    struct notice n = {.config = config,
                       .settings = settings,
                       .told_id = db_rows_text(rows, row, NOTIFY_ROW_TOLD_ID),
                       .lang = db_rows_text(rows, row, NOTIFY_ROW_LANG),
                       .address = db_rows_text_or_null(rows, row, NOTIFY_ROW_ADDRESS),
                       .subject = db_rows_text(rows, row, NOTIFY_ROW_SUBJECT),
                       .body = db_rows_text(rows, row, NOTIFY_ROW_BODY),
                       .facts_text = db_rows_text(rows, row, NOTIFY_ROW_FACTS),
                       .secret = db_rows_text(rows, row, NOTIFY_ROW_SECRET),
                       .reporter =
                           strcmp(db_rows_text(rows, row, NOTIFY_ROW_AUDIENCE), "reporter") == 0};
    if (job == NULL) {
        *why = "no memory";
        return NULL;
    }
    job->id = db_rows_int(rows, row, NOTIFY_ROW_ID);
    job->attempt = (int)db_rows_int(rows, row, NOTIFY_ROW_ATTEMPT);
    job->medium = medium;
    strbuf_init(&job->body, MAIL_MAX);
    n.words = (struct notify_words){json_tokener_parse(n.facts_text), n.lang, settings->public_url};
    *why = n.address == NULL                             ? "no such address any more"
           : medium != NOTIFY_WEBHOOK && *n.body == '\0' ? "there are no words for it"
           : medium == NOTIFY_EMAIL                      ? make_mail(&n, job)
           : medium == NOTIFY_SMS                        ? make_sms(&n, job)
                                                         : make_hook(&n, job);
    json_object_put(n.words.facts);
    if (*why != NULL) {
        notify_job_free(job);
        return NULL;
    }
    return job;
}
