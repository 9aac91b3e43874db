/* Who is asking. A session cookie (people) or a bearer key (systems); neither: anonymous.
 *
 * A cookie alone cannot change anything: a request other than GET and HEAD also needs the session's
 * X-CSRF-Token. Wrong or expired credentials are 401, never quietly anonymous. */
#ifndef API_API_AUTH_H
#define API_API_AUTH_H

#include "server/api/api.h"

enum auth_role {
    AUTH_OPERATOR = 1 << 0,
    AUTH_SUPERVISOR = 1 << 1,
    AUTH_AGENCY_STAFF = 1 << 2,
    AUTH_AGENCY_HEAD = 1 << 3,
    AUTH_LEADER = 1 << 4,
    AUTH_ADMINISTRATOR = 1 << 5,
    AUTH_AUDITOR = 1 << 6,
    AUTH_KEY = 1 << 7, /* another system */
};

struct auth_user {
    const char *login, *name, *role_name;
    const char *agency;     /* code; NULL for those who belong to none */
    const char *desk;       /* code: one desk's complaints only; NULL: all of the agency's */
    const char *categories; /* "code,code": these and what is below them; NULL: all */
    const char *csrf;       /* NULL for keys */
    const char *scopes;     /* a key's: "file,read" (docs/access.md); NULL for people */
    const char *actor;      /* "user:LOGIN", "key:NAME": for the history */
    enum auth_role role;
    bool bound; /* may do nothing but set up the second factor that its role needs */
};

/* Finds out who asks and goes on with `next`, at once when nobody is named, else after a look into
 * the database. Who reads with a session that has ended is nobody; who would change something with
 * it, or comes with a wrong key, is answered 401. */
void auth_resolve(struct http_request *r, void (*next)(struct http_request *r));

/* The same for the few things that a bound session may do: elsewhere it is answered 403. */
void auth_resolve_bound(struct http_request *r, void (*next)(struct http_request *r));
/* Where the request comes from: what the proxy on this machine says, where there is one. */
const char *auth_address(const struct http_request *r);

/* NULL: anonymous. Only after auth_resolve. */
const struct auth_user *auth_user(const struct http_request *r);
/* As the database takes who asks: "user:LOGIN", "key:NAME"; "" for nobody. */
const char *auth_actor(const struct http_request *r);
/* True if somebody with one of these roles asks. */
bool auth_is(const struct http_request *r, unsigned roles);

/* True if somebody asks who sees complaints of that agency, desk and category as those who work on
 * them do: the city's staff and keys that may read all, an agency's people their own. `desk` may be
 * NULL. PostgreSQL decides the same by itself (sql/0019_scope.sql). */
bool auth_reaches(const struct http_request *r, const char *agency, const char *desk,
                  const char *category);
/* True if there is nothing that who asks may not see: what is made for him may be shared. */
bool auth_reaches_all(const struct http_request *r);

/* Is the category, or one above it, in the comma list? */
bool auth_below_one_of(const struct snapshot *s, const char *list, const char *category);
/* True if a key asks that has this scope. */
bool auth_key_may(const struct http_request *r, const char *scope);
/* True unless a key asks that has not this scope; then 403 is answered. */
bool auth_key_allowed(struct http_request *r, const char *scope);

/* As the database and the API's description have it. */
const char *auth_role_name(enum auth_role role);

#define AUTH_COOKIE "hotline_session"

/* SHA-256 in hex. */
void auth_hash(const char *secret, char out[65]);

#endif
