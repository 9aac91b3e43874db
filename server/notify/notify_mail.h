/* One e-mail as SMTP carries it (RFC 5322, MIME): a text and the same as HTML, both in base64, so
 * that no line is too long and nothing in it means anything to SMTP. What would begin another
 * header cannot come into one: subjects and names are encoded, addresses are checked. Pure. */
#ifndef NOTIFY_NOTIFY_MAIL_H
#define NOTIFY_NOTIFY_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

struct notify_mail {
    const char *from, *from_name, *to; /* addresses that notify_mail_address_ok took */
    const char *subject, *text;        /* UTF-8; the text's lines end in "\n" */
    const char *id;                    /* of this delivery, the same at every attempt */
    const char *lang;
    const char *unsubscribe; /* an https address, or "" */
    int64_t at_us;
};

/* An address that can stand in an envelope and in a header as it is. */
bool notify_mail_address_ok(const char *address);
void notify_mail_build(const struct notify_mail *m, struct strbuf *out);

#endif
