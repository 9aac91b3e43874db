/* How this process reaches people: the environment (docs/notifications.md lists it). Secrets stand
 * there and nowhere else. A medium without an address is not configured: its notices wait. */
#ifndef NOTIFY_NOTIFY_CONFIG_H
#define NOTIFY_NOTIFY_CONFIG_H

#include <stdbool.h>

#include "server/base/err.h"

enum notify_medium { NOTIFY_EMAIL, NOTIFY_SMS, NOTIFY_WEBHOOK, NOTIFY_MEDIA };
const char *notify_medium_name(enum notify_medium medium); /* "email", ... */
/* NOTIFY_MEDIA for what is none. */
enum notify_medium notify_medium_of(const char *name);

/* Texts are the environment's, for the process's life; NULL where not given. */
struct notify_config {
    const char *smtp_url; /* smtp://HOST:587 (STARTTLS) or smtps://HOST:465 */
    const char *smtp_user, *smtp_password;
    const char *smtp_from; /* the address that messages come from */
    const char *smtp_ca;   /* a file of certificates besides the system's */
    bool smtp_plain;       /* TLS is not asked for: for a relay on this machine */
    const char *sms_url;   /* may hold {to} {text} {id} */
    const char *sms_method, *sms_body, *sms_type;
    const char *sms_authorization; /* the whole header's value */
    const char *sms_country;       /* of numbers that begin with 0: "84" */
    const char *webhook_ca;
    long timeout_ms; /* of one attempt */
    int lease_s;     /* how long others leave what this process took */
};

/* STATUS_INVALID with the variable's name for what cannot be. */
enum status notify_config_read(struct notify_config *out, struct err *e) MUST_CHECK;
bool notify_configured(const struct notify_config *c, enum notify_medium medium);

#endif
