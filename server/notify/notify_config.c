#include "server/notify/notify_config.h"

#include <stdlib.h>
#include <string.h>

#include "server/notify/notify_mail.h"

static const char *const names[NOTIFY_MEDIA] = {"email", "sms", "webhook"};

const char *notify_medium_name(enum notify_medium medium)
{
    return names[medium];
}

enum notify_medium notify_medium_of(const char *name)
{
    int i = 0;
    while (i < NOTIFY_MEDIA && strcmp(names[i], name) != 0) {
        i++;
    }
    return (enum notify_medium)i;
}

/* Before any thread runs. */
static const char *variable(const char *name)
{
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe) */
    return value == NULL || *value == '\0' ? NULL : value;
}

static long number(const char *name, long otherwise, long most)
{
    const char *text = variable(name);
    char *end = NULL;
    long value = text == NULL ? otherwise : strtol(text, &end, 10);
    return value < 1 || value > most || (end != NULL && *end != '\0') ? -1 : value;
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *or_else(const char *value, const char *otherwise)
{
    return value == NULL ? otherwise : value;
}

enum status notify_config_read(struct notify_config *out, struct err *e)
{
    const char *tls = or_else(variable("HOTLINE_SMTP_TLS"), "required");
    struct notify_config c = {.smtp_url = variable("HOTLINE_SMTP_URL"),
                              .smtp_user = variable("HOTLINE_SMTP_USER"),
                              .smtp_password = variable("HOTLINE_SMTP_PASSWORD"),
                              .smtp_from = variable("HOTLINE_SMTP_FROM"),
                              .smtp_ca = variable("HOTLINE_SMTP_CA"),
                              .smtp_plain = strcmp(tls, "none") == 0,
                              .sms_url = variable("HOTLINE_SMS_URL"),
                              .sms_method = or_else(variable("HOTLINE_SMS_METHOD"), "POST"),
                              .sms_body =
                                  or_else(variable("HOTLINE_SMS_BODY"),
                                          "{\"to\":\"{to}\",\"text\":\"{text}\",\"id\":\"{id}\"}"),
                              .sms_type = or_else(variable("HOTLINE_SMS_TYPE"), "application/json"),
                              .sms_authorization = variable("HOTLINE_SMS_AUTHORIZATION"),
                              .sms_country = or_else(variable("HOTLINE_SMS_COUNTRY"), "84"),
                              .webhook_ca = variable("HOTLINE_WEBHOOK_CA"),
                              .timeout_ms = number("HOTLINE_NOTIFY_TIMEOUT_MS", 15000, 600000),
                              .lease_s = (int)number("HOTLINE_NOTIFY_LEASE_S", 120, 86400)};
    const char *wrong = NULL;
    if (c.smtp_url != NULL && !starts(c.smtp_url, "smtp://") && !starts(c.smtp_url, "smtps://")) {
        wrong = "HOTLINE_SMTP_URL";
    } else if (c.smtp_url != NULL &&
               (c.smtp_from == NULL || !notify_mail_address_ok(c.smtp_from))) {
        wrong = "HOTLINE_SMTP_FROM";
    } else if (strcmp(tls, "required") != 0 && strcmp(tls, "none") != 0) {
        wrong = "HOTLINE_SMTP_TLS";
    } else if (c.sms_url != NULL && !starts(c.sms_url, "https://") &&
               !starts(c.sms_url, "http://")) {
        wrong = "HOTLINE_SMS_URL";
    } else if (strcmp(c.sms_method, "POST") != 0 && strcmp(c.sms_method, "GET") != 0) {
        wrong = "HOTLINE_SMS_METHOD";
    } else if (strspn(c.sms_country, "0123456789") != strlen(c.sms_country)) {
        wrong = "HOTLINE_SMS_COUNTRY";
    } else if (c.timeout_ms < 0) {
        wrong = "HOTLINE_NOTIFY_TIMEOUT_MS";
    } else if (c.lease_s < 0) {
        wrong = "HOTLINE_NOTIFY_LEASE_S";
    }
    if (wrong != NULL) {
        return err_set(e, STATUS_INVALID, "%s: not a value that can be", wrong);
    }
    *out = c;
    return STATUS_OK;
}

bool notify_configured(const struct notify_config *c, enum notify_medium medium)
{
    return medium == NOTIFY_EMAIL ? c->smtp_url != NULL
           : medium == NOTIFY_SMS ? c->sms_url != NULL
                                  : medium == NOTIFY_WEBHOOK;
}
