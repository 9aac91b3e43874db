/* Short messages through a gateway that speaks HTTP: the number as E.164, the text in as few
 * segments as it takes, and the gateway's own request from a template. Pure. */
#ifndef NOTIFY_NOTIFY_SMS_H
#define NOTIFY_NOTIFY_SMS_H

#include <stdbool.h>

#include "server/base/str.h"

#define NOTIFY_SMS_NUMBER_MAX 17

/* "0901 234 567", "84901234567", "+84 90..." as "+84901234567". False for what is no number that
 * could be called from anywhere. */
bool notify_sms_number(const char *phone, const char *country, char out[NOTIFY_SMS_NUMBER_MAX]);

/* Cut to three segments: 459 characters of ASCII, else 201. */
void notify_sms_cut(struct strbuf *text);

enum notify_sms_form { NOTIFY_SMS_URL, NOTIFY_SMS_JSON, NOTIFY_SMS_PLAIN };
struct notify_sms {
    const char *to, *text, *id;
};
/* {to}, {text} and {id} of the template, as that form needs them. */
void notify_sms_fill(const char *template, const struct notify_sms *sms, enum notify_sms_form form,
                     struct strbuf *out);

#endif
