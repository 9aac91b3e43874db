/* Signed webhooks: what is signed and how, and which addresses they may reach. Pure. */
#ifndef NOTIFY_NOTIFY_HOOK_H
#define NOTIFY_NOTIFY_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "server/base/str.h"

/* HMAC-SHA256, in hex, over "TIMESTAMP.BODY" with the secret's text as the key. */
void notify_hook_sign(const char *secret, int64_t timestamp_s, struct str body, char out[65]);

/* True for an address of the public internet: not of this machine, a private network, a link, a
 * group, or one of these inside an IPv6 address. */
bool notify_hook_address_public(const struct sockaddr *address);

/* The body of a delivery, always the same for the same notice: {"id", "event", "at", "sequence",
 * "complaint": {...}}, from the notice's facts (hotline.notice_facts). False for facts that are
 * none. */
bool notify_hook_body(const char *id, const char *facts, struct strbuf *out);

#endif
