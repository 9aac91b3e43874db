/* What /api/v1/openapi.json tells of a route: a few words beside its row, so that the description
 * cannot be forgotten (a row without one does not compile under CI) and is hard to let go stale.
 *
 * To add a route:
 *     {HTTP_POST, "/api/v1/things/{id}", post_thing,
 *      ABOUT(.tag = "things", .summary = "Change a thing", .id = "thing", .query = "at limit",
 *            FIELDS_OF(thing_fields), .answer = "Thing", .roles = AUTH_ADMINISTRATOR)},
 * and in server/api/openapi.json, which is the rest of the document: the schema "Thing" unless it
 * is there; under components.parameters each query parameter that no other route has; under "x-ids"
 * what each new {name} of a path identifies. The tests (tests/api/openapi.test.ts, leaks.test.ts)
 * fail where one of these is missing: they try each route with what belongs to somebody else, and
 * must know how. Every answer has a shape: what is free by its nature (an app's own attributes,
 * GeoJSON properties) says so with "x-free" and why. All API tests hold each answer they get
 * against it. */
#ifndef API_API_ABOUT_H
#define API_API_ABOUT_H

#include "server/api/api_auth.h"
#include "server/api/api_change.h"

struct api_about {
    const char *tag, *summary; /* a word to sort by; a sentence without full stop */
    const char *query;         /* names of query parameters, with a blank between */
    const char *id;            /* what a path's {id} identifies, where it has one */
    /* The body: the fields that change_body reads, or the name of a schema, or a media type
     * ("multipart/form-data"). None: the route takes no body. */
    const struct change_field *fields;
    size_t n_fields;
    const char *body;
    const char *answer; /* the name of a schema, or a media type; NULL: nothing */
    int status;         /* when all is well; 0 is 200 (204 without an answer) */
    unsigned roles;     /* who may ask; 0: anybody, who may see less */
};

#define ABOUT(...)        (&(const struct api_about){__VA_ARGS__})
#define FIELDS_OF(a)      .fields = (a), .n_fields = sizeof(a) / sizeof((a)[0])
#define ABOUT_PAGE(words) ABOUT(.tag = "pages", .summary = (words), .answer = "text/html")
#define ABOUT_ANY_ROLE                                                                             \
    (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD | AUTH_LEADER |        \
     AUTH_ADMINISTRATOR | AUTH_AUDITOR | AUTH_KEY)

#endif
