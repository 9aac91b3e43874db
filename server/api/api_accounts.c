/* /api/v1/users, /api/v1/keys: what administrators do with accounts and API keys. Auditors read. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_row.h"
#include "server/api/api_secret.h"
#include "server/base/clock.h"
#include "server/city/city_accounts.h"
#include "server/store/store_access.h"

#define READERS (AUTH_ADMINISTRATOR | AUTH_AUDITOR)

#define PLACEMENT                                                                                  \
    {"name", CHANGE_LINE, true, 200}, {"role", CHANGE_CODE, true, 32},                             \
        {"agency", CHANGE_CODE, false, 64}, {"desk", CHANGE_CODE, false, 64},                      \
        {"categories", CHANGE_LIST, false, 200},                                                   \
    {                                                                                              \
        "email", CHANGE_LINE, false, 254                                                           \
    }

static const struct change_field user_fields[] = {PLACEMENT};
static const struct change_field new_user_fields[] = {{"login", CHANGE_CODE, true, 64}, PLACEMENT};
static const struct change_field new_key_fields[] = {
    {"name", CHANGE_CODE, true, 64},
    {"scopes", CHANGE_LIST, true, 8},
    {"agency", CHANGE_CODE, false, 64},
    {"expires_on", CHANGE_CODE, false, 10},
};
#define N(a) (sizeof(a) / sizeof((a)[0]))

/* --- reading ---------------------------------------------------------------------------------- */

static void read_by(struct http_request *r, const char *sql, const char *about)
{
    if (change_allowed(r, READERS)) {
        api_row_send(r, &(struct db_job){.sql = sql,
                                         .n_params = about == NULL ? 1 : 2,
                                         .params = {auth_actor(r), about}});
    }
}

static void list_users(struct http_request *r)
{
    read_by(r, STORE_USERS, NULL);
}

static void show_user(struct http_request *r)
{
    read_by(r, STORE_USER, http_parameter(r, "login"));
}

static void list_sessions(struct http_request *r)
{
    read_by(r, STORE_USER_SESSIONS, http_parameter(r, "login"));
}

static void list_keys(struct http_request *r)
{
    read_by(r, STORE_KEYS, NULL);
}

/* --- accounts --------------------------------------------------------------------------------- */

static bool lists_texts(struct http_request *r, struct json_object *args, const char *name)
{
    struct json_object *list = json_object_object_get(args, name);
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_string)) {
            http_problem_field(r, 422, name, FAULT_WRONG_TYPE);
            return false;
        }
    }
    return true;
}

/* NULL with the problem answered. */
static struct json_object *read_body(struct http_request *r, const struct change_field *fields,
                                     size_t n, const char *list)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR) ? change_body(r, fields, n) : NULL;
    if (args != NULL && list != NULL && !lists_texts(r, args, list)) {
        json_object_put(args);
        return NULL;
    }
    return args;
}

/* The same, with the login of the path. */
static struct json_object *read_change(struct http_request *r, const struct change_field *fields,
                                       size_t n, const char *list)
{
    struct json_object *args = read_body(r, fields, n, list);
    if (args != NULL) {
        change_arg_text(args, "login", http_parameter(r, "login"));
    }
    return args;
}

/* With a link for choosing a password, shown this once. What follows # never leaves the browser. */
static void perform_with_link(struct http_request *r, const char *action, struct json_object *args,
                              int status)
{
    struct secret_token link;
    secret_token(&link);
    change_arg_text(args, "link_hash", link.hash);
    const char *value = arena_printf(http_arena(r), "/#password=%s", link.token);
    secret_perform(r, action, args, &(struct secret_answer){status, "link", value});
}

static void add_user(struct http_request *r)
{
    struct json_object *args = read_body(r, new_user_fields, N(new_user_fields), "categories");
    if (args != NULL) {
        perform_with_link(r, "user.add", args, 201);
    }
}

static void change_user(struct http_request *r)
{
    struct json_object *args = read_change(r, user_fields, N(user_fields), "categories");
    if (args != NULL) {
        change_perform(r, "user.change", args, 200, NULL);
    }
}

static void set_active(struct http_request *r, bool active)
{
    struct json_object *args = read_change(r, NULL, 0, NULL);
    if (args != NULL) {
        json_object_object_add(args, "active", json_object_new_boolean(active));
        change_perform(r, "user.set_active", args, 200, NULL);
    }
}

static void disable_user(struct http_request *r)
{
    set_active(r, false);
}

static void enable_user(struct http_request *r)
{
    set_active(r, true);
}

static void reset_user(struct http_request *r)
{
    struct json_object *args = read_change(r, NULL, 0, NULL);
    if (args != NULL) {
        perform_with_link(r, "user.reset", args, 200);
    }
}

static void drop_factor(struct http_request *r)
{
    struct json_object *args = read_change(r, NULL, 0, NULL);
    if (args != NULL) {
        change_perform(r, "user.factor_remove", args, 200, NULL);
    }
}

static void end_some(struct http_request *r, const char *session)
{
    if (change_allowed(r, AUTH_ADMINISTRATOR)) {
        struct json_object *args = json_object_new_object();
        change_arg_text(args, "login", http_parameter(r, "login"));
        change_arg_text(args, "session", session);
        change_perform(r, "user.sessions_end", args, 200, NULL);
    }
}

static void end_sessions(struct http_request *r)
{
    end_some(r, NULL);
}

static void end_session(struct http_request *r)
{
    end_some(r, http_parameter(r, "session"));
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool day_good(const char *day)
{
    int64_t us = 0;
    return strlen(day) == 10 && clock_parse_any(str_of(day), &us);
}

static void add_key(struct http_request *r)
{
    struct json_object *args = read_body(r, new_key_fields, N(new_key_fields), "scopes");
    char key[CITY_KEY_SIZE];
    char hash[CITY_KEY_HASH_SIZE];
    if (args == NULL) {
        return;
    }
    struct json_object *day = json_object_object_get(args, "expires_on");
    if (day != NULL && !day_good(json_object_get_string(day))) {
        json_object_put(args);
        http_problem_field(r, 422, "expires_on", FAULT_NOT_A_TIME);
        return;
    }
    city_key_draw(key, hash);
    change_arg_text(args, "key_hash", hash);
    secret_perform(r, "key.add", args,
                   &(struct secret_answer){201, "key", arena_strdup(http_arena(r), key)});
}

static void revoke_key(struct http_request *r)
{
    if (change_allowed(r, AUTH_ADMINISTRATOR)) {
        struct json_object *args = json_object_new_object();
        change_arg_text(args, "name", http_parameter(r, "key"));
        change_perform(r, "key.revoke", args, 200, NULL);
    }
}

/* --- routes ----------------------------------------------------------------------------------- */

#define RESOLVED(name)                                                                             \
    static void name##_by_user(struct http_request *r)                                             \
    {                                                                                              \
        auth_resolve(r, name);                                                                     \
    }
RESOLVED(list_users)
RESOLVED(show_user)
RESOLVED(list_sessions)
RESOLVED(list_keys)
RESOLVED(add_user)
RESOLVED(change_user)
RESOLVED(disable_user)
RESOLVED(enable_user)
RESOLVED(reset_user)
RESOLVED(drop_factor)
RESOLVED(end_sessions)
RESOLVED(end_session)
RESOLVED(add_key)
RESOLVED(revoke_key)

#define ABOUT_ADMIN(...) ABOUT(.tag = "accounts", .roles = AUTH_ADMINISTRATOR, __VA_ARGS__)
#define ABOUT_READ(...)  ABOUT(.tag = "accounts", .roles = READERS, __VA_ARGS__)
#define USER             "/api/v1/users/{login}"
const struct http_route api_account_routes[] = {
    {HTTP_GET, "/api/v1/users", list_users_by_user,
     ABOUT_READ(.summary = "The accounts", .answer = "AccountList")},
    {HTTP_POST, "/api/v1/users", add_user_by_user,
     ABOUT_ADMIN(.summary = "Add an account; answers a link to choose its password with",
                 FIELDS_OF(new_user_fields), .answer = "AccountWithLink", .status = 201)},
    {HTTP_GET, USER, show_user_by_user, ABOUT_READ(.summary = "An account", .answer = "Account")},
    {HTTP_PUT, USER, change_user_by_user,
     ABOUT_ADMIN(.summary = "Change an account's role and scope; its sessions end",
                 FIELDS_OF(user_fields), .answer = "Account")},
    {HTTP_POST, USER "/disable", disable_user_by_user,
     ABOUT_ADMIN(.summary = "Disable an account; its sessions end", .body = "Nothing",
                 .answer = "Account")},
    {HTTP_POST, USER "/enable", enable_user_by_user,
     ABOUT_ADMIN(.summary = "Enable an account", .body = "Nothing", .answer = "Account")},
    {HTTP_POST, USER "/reset", reset_user_by_user,
     ABOUT_ADMIN(.summary = "A link to choose a new password with", .body = "Nothing",
                 .answer = "AccountWithLink")},
    {HTTP_POST, USER "/drop-factor", drop_factor_by_user,
     ABOUT_ADMIN(.summary = "Forget a lost second factor", .body = "Nothing", .answer = "Account")},
    {HTTP_GET, USER "/sessions", list_sessions_by_user,
     ABOUT_READ(.summary = "An account's sessions", .answer = "SessionList")},
    {HTTP_DELETE, USER "/sessions", end_sessions_by_user,
     ABOUT_ADMIN(.summary = "End all sessions of an account", .answer = "Ended")},
    {HTTP_DELETE, USER "/sessions/{session}", end_session_by_user,
     ABOUT_ADMIN(.summary = "End one session of an account", .answer = "Ended")},
    {HTTP_GET, "/api/v1/keys", list_keys_by_user,
     ABOUT_READ(.summary = "The API keys", .answer = "KeyList")},
    {HTTP_POST, "/api/v1/keys", add_key_by_user,
     ABOUT_ADMIN(.summary = "Make an API key, shown this once", FIELDS_OF(new_key_fields),
                 .answer = "NewKey", .status = 201)},
    {HTTP_DELETE, "/api/v1/keys/{key}", revoke_key_by_user,
     ABOUT_ADMIN(.summary = "Revoke an API key", .answer = "Key")},
};
const size_t n_api_account_routes = sizeof(api_account_routes) / sizeof(api_account_routes[0]);
