/* From a claimed notice to a job that can be sent. */
#ifndef NOTIFY_NOTIFY_PREPARE_H
#define NOTIFY_NOTIFY_PREPARE_H

#include "server/db/db_rows.h"
#include "server/notify/notify_send.h"

/* hotline.settings `notify`, as far as messages are made of it. */
struct notify_settings {
    char public_url[512]; /* without a slash at its end; "" */
    char sender_vi[128], sender_en[128];
    bool sms_unaccented, allow_private;
};

/* What the settings' JSON says; what is missing or wrong is as if it were not there. */
void notify_settings_read(struct notify_settings *out, const char *json);

/* A row of STORE_NOTIFY_CLAIM. NULL when there is nothing to send: *why says in a few words what is
 * wrong with it for good. */
struct notify_job *notify_prepare(const struct notify_config *config,
                                  const struct notify_settings *settings, enum notify_medium medium,
                                  const struct db_rows *rows, size_t row, const char **why);

#endif
