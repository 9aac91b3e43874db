#include "server/api/api_auth.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "server/base/asker.h"
#include "server/store/store_access.h"

void auth_hash(const char *secret, char out[65])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)secret, strlen(secret));
    sodium_bin2hex(out, 65, hash, sizeof(hash));
}

const struct auth_user *auth_user(const struct http_request *r)
{
    return http_user(r);
}

const char *auth_actor(const struct http_request *r)
{
    const struct auth_user *user = auth_user(r);
    return user == NULL ? "" : user->actor;
}

bool auth_is(const struct http_request *r, unsigned roles)
{
    const struct auth_user *user = auth_user(r);
    return user != NULL && ((unsigned)user->role & roles) != 0;
}

static const struct {
    const char *name;
    enum auth_role role;
} role_rows[] = {
    {"operator", AUTH_OPERATOR},
    {"supervisor", AUTH_SUPERVISOR},
    {"agency_staff", AUTH_AGENCY_STAFF},
    {"agency_head", AUTH_AGENCY_HEAD},
    {"leader", AUTH_LEADER},
    {"administrator", AUTH_ADMINISTRATOR},
    {"auditor", AUTH_AUDITOR},
    {"key", AUTH_KEY},
};
#define N_ROLES (sizeof(role_rows) / sizeof(role_rows[0]))

const char *auth_role_name(enum auth_role role)
{
    for (size_t i = 0; i < N_ROLES; i++) {
        if (role_rows[i].role == role) {
            return role_rows[i].name;
        }
    }
    return "";
}

bool auth_below_one_of(const struct snapshot *s, const char *list, const char *category)
{
    int32_t at = s == NULL ? -1 : snapshot_category_find(s, category);
    for (; at >= 0; at = s->categories[at].parent) {
        struct str rest = str_of(list);
        while (rest.n > 0) {
            if (str_equal(str_cut(&rest, ','), str_of(s->categories[at].code))) {
                return true;
            }
        }
    }
    return false;
}

#define OF_AGENCY (AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)

bool auth_key_may(const struct http_request *r, const char *scope)
{
    const struct auth_user *user = auth_user(r);
    struct str rest = str_of(user == NULL || user->scopes == NULL ? "" : user->scopes);
    while (rest.n > 0) {
        if (str_equal(str_cut(&rest, ','), str_of(scope))) {
            return true;
        }
    }
    return false;
}

bool auth_key_allowed(struct http_request *r, const char *scope)
{
    if (!auth_is(r, AUTH_KEY) || auth_key_may(r, scope)) {
        return true;
    }
    http_problem(r, 403, NULL);
    return false;
}

bool auth_reaches(const struct http_request *r, const char *agency, const char *desk,
                  const char *category)
{
    const struct auth_user *user = auth_user(r);
    if (user == NULL || user->role == 0 || (user->role == AUTH_KEY && !auth_key_may(r, "read")) ||
        (user->agency == NULL && auth_is(r, OF_AGENCY))) {
        return false;
    }
    return (user->agency == NULL || strcmp(user->agency, agency) == 0) &&
           (user->desk == NULL || (desk != NULL && strcmp(user->desk, desk) == 0)) &&
           (user->categories == NULL ||
            auth_below_one_of(api_worker(r)->snapshot, user->categories, category));
}

bool auth_reaches_all(const struct http_request *r)
{
    const struct auth_user *user = auth_user(r);
    return user != NULL && user->agency == NULL && user->categories == NULL &&
           auth_reaches(r, "", NULL, "");
}

static enum auth_role role_of(const char *name)
{
    for (size_t i = 0; i < N_ROLES; i++) {
        if (strcmp(role_rows[i].name, name) == 0) {
            return role_rows[i].role;
        }
    }
    return (enum auth_role)0; /* a role that this version does not know may do nothing */
}

struct lookup {
    struct http_request *r;
    void (*next)(struct http_request *r);
    bool by_key, bound_too;
};

static const char *column(struct http_request *r, const struct db_rows *result, size_t number)
{
    const char *value = db_rows_text_or_null(result, 0, number);
    return value == NULL ? NULL : arena_strdup(http_arena(r), value);
}

static struct auth_user *user_of(struct http_request *r, const struct db_rows *result, bool by_key)
{
    struct auth_user *user = arena_calloc(http_arena(r), 1, sizeof(*user));
    if (user == NULL) {
        return NULL;
    }
    user->login = user->name = column(r, result, 0);
    if (by_key) {
        user->role = AUTH_KEY;
        user->role_name = "key";
        user->agency = column(r, result, 1);
        user->scopes = column(r, result, 2);
        user->actor = arena_printf(http_arena(r), "key:%s", user->login);
    } else {
        user->name = column(r, result, 1);
        user->role_name = column(r, result, 2);
        user->agency = column(r, result, 3);
        user->csrf = column(r, result, 4);
        user->desk = column(r, result, 5);
        user->categories = column(r, result, 6);
        user->bound = db_rows_bool(result, 0, 7);
        user->role = role_of(user->role_name);
        user->actor = arena_printf(http_arena(r), "user:%s", user->login);
    }
    return user;
}

static bool reads_only(const struct http_request *r)
{
    return http_method(r) == HTTP_GET || http_method(r) == HTTP_HEAD;
}

static bool csrf_good(const struct http_request *r, const struct auth_user *user)
{
    if (user->csrf == NULL || reads_only(r)) {
        return true;
    }
    const char *sent = http_header(r, "X-CSRF-Token");
    return sent != NULL && strlen(sent) == strlen(user->csrf) &&
           sodium_memcmp(sent, user->csrf, strlen(sent)) == 0;
}

static void on_found(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct lookup *l = arg;
    struct http_request *r = l->r;
    (void)e;
    if (http_answered(r)) {
        http_release(r);
        return;
    }
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else if (db_rows_count(result) != 1 && !l->by_key && reads_only(r)) {
        l->next(r); /* a session that has ended: whoever it was sees what all may see */
    } else if (db_rows_count(result) != 1) {
        http_problem(r, 401, NULL);
    } else {
        const struct auth_user *user = user_of(r, result, l->by_key);
        if (user == NULL) {
            http_problem(r, 503, NULL);
        } else if (!csrf_good(r, user)) {
            http_problem_field(r, 403, "X-CSRF-Token", FAULT_REQUIRED);
        } else if (user->bound && !l->bound_too) {
            http_problem_field(r, 403, "second_factor", FAULT_REQUIRED);
        } else {
            http_set_user(r, user);
            asker_name(user->actor);
            l->next(r);
        }
    }
    http_release(r);
}

const char *auth_address(const struct http_request *r)
{
    const char *peer = http_peer(r);
    const char *told = http_header(r, "X-Forwarded-For");
    bool proxy = strcmp(peer, "127.0.0.1") == 0 || strcmp(peer, "::1") == 0;
    const char *last = told == NULL ? NULL : strrchr(told, ',');
    last = last == NULL ? told : last + 1;
    if (!proxy || last == NULL) {
        return peer;
    }
    last += strspn(last, " ");
    return last[0] != '\0' && strlen(last) <= 45 &&
                   last[strspn(last, "0123456789abcdefABCDEF.:")] == '\0'
               ? last
               : peer;
}

static void resolve(struct http_request *r, void (*next)(struct http_request *r), bool bound_too)
{
    const char *header = http_header(r, "Authorization");
    const char *cookie = http_cookie(r, AUTH_COOKIE);
    struct lookup *l = arena_alloc(http_arena(r), sizeof(*l));
    char hash[65];
    struct err e;
    if (header == NULL && cookie == NULL) {
        next(r);
        return;
    }
    if (l == NULL || (header != NULL && strncasecmp(header, "Bearer ", 7) != 0)) {
        http_problem(r, l == NULL ? 503 : 401, NULL);
        return;
    }
    *l = (struct lookup){r, next, header != NULL, bound_too};
    auth_hash(l->by_key ? header + 7 : cookie, hash);
    struct db_job job = {.sql = l->by_key ? STORE_KEY_FIND : STORE_SESSION_FIND,
                         .n_params = 1,
                         .params = {hash},
                         .done = on_found,
                         .arg = l};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

void auth_resolve(struct http_request *r, void (*next)(struct http_request *r))
{
    resolve(r, next, false);
}

void auth_resolve_bound(struct http_request *r, void (*next)(struct http_request *r))
{
    resolve(r, next, true);
}
