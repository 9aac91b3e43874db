#include "server/city/city_accounts.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/base/json_text.h"
#include "server/base/utf8.h"

/* 19 MiB and two passes: OWASP's first recommendation for argon2id, some 26 ms a try. */
#define HASH_PASSES 2
#define HASH_BYTES  ((size_t)19 * 1024 * 1024)

enum status city_password_hash(const char *password, char out[CITY_PASSWORD_HASH_SIZE],
                               struct err *e)
{
    static_assert(CITY_PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "as libsodium has it");
    struct str text = str_of(password);
    if (!utf8_valid(text)) {
        return err_set(e, STATUS_INVALID, "the password is not UTF-8");
    }
    size_t n = utf8_count(text);
    if (n < CITY_PASSWORD_MIN || n > CITY_PASSWORD_MAX) {
        return err_set(e, STATUS_INVALID, "a password has %d to %d characters", CITY_PASSWORD_MIN,
                       CITY_PASSWORD_MAX);
    }
    if (crypto_pwhash_str_alg(out, password, text.n, HASH_PASSES, HASH_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    return STATUS_OK;
}

#define ARGS_MAX ((size_t)1 << 16)

/* {"key": value, ...} of pairs that end with NULL; a NULL value is left out. */
static void add_texts(struct strbuf *args, const char *const pairs[][2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (pairs[i][1] != NULL) {
            json_text_field(args, pairs[i][0], pairs[i][1]);
        }
    }
}

/* "a,b" as a list. */
static void add_list(struct strbuf *args, const char *key, const char *list)
{
    struct str rest = str_of(list == NULL ? "" : list);
    json_text_key(args, key);
    strbuf_append_char(args, '[');
    for (bool first = true; rest.n > 0; first = false) {
        if (!first) {
            strbuf_append_char(args, ',');
        }
        json_text_string_n(args, str_trim(str_cut(&rest, ',')));
    }
    strbuf_append_char(args, ']');
}

/* One of the owner's functions that administrators reach through the API too. Takes over `args`. */
static enum status perform(struct db_sync *db, const char *sql, struct strbuf *args,
                           const char *what, struct err *e)
{
    const char *const params[] = {args->failed ? "" : args->p};
    struct db_rows *rows = NULL;
    enum status status = args->failed ? err_set(e, STATUS_NO_MEMORY, "out of memory")
                                      : db_sync_query(db, sql, 1, params, &rows, e);
    if (!args->failed) {
        sodium_memzero(args->p, args->n);
    }
    strbuf_free(args);
    if (status != STATUS_OK) {
        return err_wrap(e, "%s", what);
    }
    const char *outcome = db_rows_text(rows, 0, 0);
    if (strcmp(outcome, "done") != 0) {
        status = strcmp(outcome, "exists") == 0      ? STATUS_CONFLICT
                 : strcmp(outcome, "not_found") == 0 ? STATUS_NOT_FOUND
                                                     : STATUS_INVALID;
        (void)err_set(e, status, "%s: %s: %s %s", what, outcome, db_rows_text(rows, 0, 1),
                      db_rows_text(rows, 0, 2));
    }
    db_rows_free(rows);
    return status;
}

#define PERFORM(function)                                                                          \
    "SELECT r ->> 'outcome', coalesce(r ->> 'field', ''), coalesce(r ->> 'about', '')"             \
    " FROM hotline." function "(hotline.by_command(), $1::jsonb) AS r"
#define PAIRS(p) p, sizeof(p) / sizeof((p)[0])

enum status city_account_add(struct db_sync *db, const struct city_account *account, struct err *e)
{
    char hash[CITY_PASSWORD_HASH_SIZE];
    struct strbuf args;
    enum status status = city_password_hash(account->password, hash, e);
    if (status != STATUS_OK) {
        return status;
    }
    const char *const pairs[][2] = {{"login", account->login}, {"name", account->name},
                                    {"role", account->role},   {"agency", account->agency},
                                    {"desk", account->desk},   {"email", account->email},
                                    {"password_hash", hash}};
    strbuf_init(&args, ARGS_MAX);
    strbuf_append_char(&args, '{');
    add_texts(&args, PAIRS(pairs));
    add_list(&args, "categories", account->categories);
    strbuf_append_char(&args, '}');
    sodium_memzero(hash, sizeof hash);
    return perform(db, PERFORM("user_add"), &args, account->login, e);
}

static enum status change_account(struct db_sync *db, const char *sql, const char *login,
                                  const char *hash, struct err *e)
{
    struct strbuf args;
    const char *const pairs[][2] = {{"login", login}, {"password_hash", hash}};
    strbuf_init(&args, ARGS_MAX);
    strbuf_append_char(&args, '{');
    add_texts(&args, PAIRS(pairs));
    strbuf_append_char(&args, '}');
    return perform(db, sql, &args, login, e);
}

enum status city_account_set_password(struct db_sync *db, const char *login, const char *password,
                                      struct err *e)
{
    char hash[CITY_PASSWORD_HASH_SIZE];
    enum status status = city_password_hash(password, hash, e);
    if (status == STATUS_OK) {
        status = change_account(db, PERFORM("user_set_password"), login, hash, e);
        sodium_memzero(hash, sizeof hash);
    }
    return status;
}

enum status city_account_set_active(struct db_sync *db, const char *login, bool active,
                                    struct err *e)
{
    struct strbuf args;
    strbuf_init(&args, ARGS_MAX);
    strbuf_append_char(&args, '{');
    json_text_field(&args, "login", login);
    json_text_field_bool(&args, "active", active);
    strbuf_append_char(&args, '}');
    return perform(db, PERFORM("user_set_active"), &args, login, e);
}

enum status city_access_settings(struct db_sync *db, const char *json, struct err *e)
{
    struct strbuf args;
    strbuf_init(&args, ARGS_MAX);
    strbuf_append_z(&args, json);
    return perform(db, PERFORM("access_settings_set"), &args, "settings", e);
}

enum status city_provider_secret(struct db_sync *db, const char *secret, struct err *e)
{
    struct strbuf args;
    strbuf_init(&args, ARGS_MAX);
    strbuf_append_char(&args, '{');
    json_text_field(&args, "secret", secret);
    strbuf_append_char(&args, '}');
    return perform(db, PERFORM("provider_secret_set"), &args, "secret", e);
}

enum status city_account_drop_factor(struct db_sync *db, const char *login, struct err *e)
{
    return change_account(db, PERFORM("user_factor_remove"), login, NULL, e);
}

void city_key_draw(char out[CITY_KEY_SIZE], char hash[CITY_KEY_HASH_SIZE])
{
    unsigned char secret[32];
    unsigned char digest[crypto_hash_sha256_BYTES];
    memcpy(out, "hl_", 4);
    randombytes_buf(secret, sizeof secret);
    (void)sodium_bin2hex(out + 3, CITY_KEY_SIZE - 3, secret, sizeof secret);
    crypto_hash_sha256(digest, (const unsigned char *)out, strlen(out));
    (void)sodium_bin2hex(hash, CITY_KEY_HASH_SIZE, digest, sizeof digest);
    sodium_memzero(secret, sizeof secret);
}

enum status city_key_add(struct db_sync *db, const struct city_key *key, char out[CITY_KEY_SIZE],
                         struct err *e)
{
    char hash[CITY_KEY_HASH_SIZE];
    struct strbuf args;
    city_key_draw(out, hash);
    const char *const pairs[][2] = {{"name", key->name},
                                    {"key_hash", hash},
                                    {"agency", key->agency},
                                    {"expires_on", key->expires_on}};
    strbuf_init(&args, ARGS_MAX);
    strbuf_append_char(&args, '{');
    add_texts(&args, PAIRS(pairs));
    add_list(&args, "scopes", key->scopes);
    strbuf_append_char(&args, '}');
    return perform(db, PERFORM("key_add"), &args, key->name, e);
}

enum status city_key_revoke(struct db_sync *db, const char *name, struct err *e)
{
    struct strbuf args;
    strbuf_init(&args, ARGS_MAX);
    strbuf_append_char(&args, '{');
    json_text_field(&args, "name", name);
    strbuf_append_char(&args, '}');
    return perform(db, PERFORM("key_revoke"), &args, name, e);
}

enum status city_accounts_list(struct db_sync *db, struct db_rows **out, struct err *e)
{
    return db_sync_query(
        db,
        "SELECT u.login, u.role, coalesce(a.code, '-'), u.name,"
        "  CASE WHEN NOT u.active THEN 'disabled' WHEN EXISTS (SELECT FROM hotline.login_failures f"
        "    WHERE f.subject = 'login:' || u.login AND f.locked_until > now()) THEN 'locked'"
        "  ELSE 'active' END"
        " FROM hotline.users u LEFT JOIN hotline.agencies a ON a.id = u.agency_id ORDER BY u.login",
        0, NULL, out, e);
}

enum status city_accounts_demo(struct db_sync *db, struct db_rows **out, struct err *e)
{
    return db_sync_query(db,
                         "SELECT l ->> 'role', l ->> 'login', l ->> 'password'"
                         " FROM hotline.settings s, jsonb_array_elements(s.value) AS l"
                         " WHERE s.key = 'demo_logins'",
                         0, NULL, out, e);
}

enum status city_keys_list(struct db_sync *db, struct db_rows **out, struct err *e)
{
    return db_sync_query(db,
                         "SELECT k.name, CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'"
                         "  WHEN k.expires_at <= now() THEN 'expired' ELSE 'in use' END,"
                         "  k.created_at::date, coalesce(k.expires_at::date::text, ''),"
                         "  array_to_string(k.scopes, ','), coalesce(a.code, '')"
                         " FROM hotline.api_keys k LEFT JOIN hotline.agencies a"
                         " ON a.id = k.agency_id ORDER BY k.name",
                         0, NULL, out, e);
}
