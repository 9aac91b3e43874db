/* What other pages ask of the addresses. */
#ifndef API_API_GEOCODE_H
#define API_API_GEOCODE_H

#include "geo/geo_types.h"
#include "server/api/api.h"

#define GEOCODE_CHOICES_MAX 4

/* One of the places that an address may mean. */
struct geocode_choice {
    const char *name;  /* what tells it from the others: a ward, a district, a street */
    const char *label; /* the whole address */
    struct geo_point point;
};

/* The one question that would settle an address, and its answers; fewer than two: there is none to
 * ask. Texts are in the request's arena. */
size_t api_geocode_choices(struct http_request *r, const struct snapshot *s, const char *text,
                           struct geocode_choice out[GEOCODE_CHOICES_MAX], const char **question);

#endif
