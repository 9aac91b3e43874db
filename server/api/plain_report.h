/* /report, the form that works without JavaScript: what it shows (plain_report.c), and what becomes
 * of what is sent (plain_report_post.c). */
#ifndef API_PLAIN_REPORT_H
#define API_PLAIN_REPORT_H

#include "server/api/api_duplicates.h"
#include "server/api/api_geocode.h"
#include "server/api/plain_form.h"
#include "server/api/plain_page.h"

#define REPORT_PHOTOS_MAX 10

/* What the form shows: what was sent, what was wrong with it, and what it asks before it files. All
 * of it may be empty. */
struct report_shown {
    struct plain_form form;
    const struct fault_list *faults;
    enum plain_word trouble; /* W_COUNT: none */
    const char *words;       /* what is wrong, in the service's own words; NULL: nothing */
    const char *photo_error; /* NULL: none */
    /* Files that were sent already. */
    const char *photos[REPORT_PHOTOS_MAX];
    size_t n_photos;
    /* Which of these places is meant. */
    const char *question;
    struct geocode_choice choices[GEOCODE_CHOICES_MAX];
    size_t n_choices;
    /* What others reported there. */
    const struct nearby_likely *likely;
    size_t n_likely;
    /* The place that was chosen, "lon,lat|label", and the address that was left as it is; or "". */
    const char *place, *settled;
};

void plain_report_send(struct http_request *r, int status, const struct report_shown *shown);

/* POST /report. */
void plain_report_post(struct http_request *r);

#endif
