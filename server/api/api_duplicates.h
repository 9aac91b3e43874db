/* The resources about complaints that are the same: likely duplicates, co-reporters, incidents. */
#ifndef API_API_DUPLICATES_H
#define API_API_DUPLICATES_H

#include "server/api/api.h"
#include "server/api/join_token.h"

extern const struct http_route api_nearby_routes[], api_reporter_join_routes[],
    api_incident_routes[];
extern const size_t n_api_nearby_routes, n_api_reporter_join_routes, n_api_incident_routes;

/* Answers with what the code follows: for whoever has no account. A code that is no co-reporter's
 * is answered as a complaint's own. */
void api_follow(struct http_request *r, const char *code);

/* A complaint that a draft may be about too, as the public is told of it. Texts are borrowed. */
struct nearby_likely {
    char join[JOIN_TOKEN_MAX]; /* "": it has ended */
    const char *category_vi, *category_en, *status, *ward, *district;
    int64_t received_us, reporters;
    double distance_m;
};
#define NEARBY_LIKELY_MAX 3

/* What a draft is known by. */
struct nearby_draft {
    bool has_point;
    struct geo_point point;
    const char *address; /* looked up where there is no point */
    const char *category;
};

/* The likeliest, best first, for a page without JavaScript: as anybody is told them. Calls back
 * once, before it returns or later, with none also where they cannot be had. */
void api_nearby_likely(struct http_request *r, const struct nearby_draft *draft,
                       void (*done)(const struct nearby_likely *rows, size_t n, void *arg),
                       void *arg);

/* Somebody without an account joins a complaint, as POST .../reporters lets them. */
struct join_source {
    const char *token;
    struct str body; /* JSON, borrowed for the length of the request */
    const char *key; /* of idempotency */
    /* One of these is called: with what is wrong (faults or words or neither), or their own code.
     */
    void (*refused)(void *arg, int status, const struct fault_list *faults, const char *words);
    void (*joined)(void *arg, const char *code);
    void *arg;
};
void api_join(struct http_request *r, const struct join_source *source);

#endif
