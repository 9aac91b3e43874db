#include "server/city/city_accounts.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/base/utf8.h"

/* 19 MiB and two passes: OWASP's first recommendation for argon2id, some 26 ms a try. */
#define HASH_PASSES 2
#define HASH_BYTES  ((size_t)19 * 1024 * 1024)

static enum status hash_password(const char *password, char out[crypto_pwhash_STRBYTES],
                                 struct err *e)
{
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

static bool role_has_agency(const char *role)
{
    return strcmp(role, "agency_staff") == 0 || strcmp(role, "agency_head") == 0;
}

enum status city_account_add(struct db_sync *db, const struct city_account *account, struct err *e)
{
    char hash[crypto_pwhash_STRBYTES];
    if (role_has_agency(account->role) != (account->agency != NULL)) {
        return err_set(e, STATUS_INVALID,
                       "an agency is given for agency_staff and agency_head, and only for them");
    }
    enum status status = hash_password(account->password, hash, e);
    if (status != STATUS_OK) {
        return status;
    }
    const char *const params[] = {account->login, account->name, account->role, account->agency,
                                  hash};
    size_t n = 0;
    status = db_sync_run(
        db,
        "INSERT INTO hotline.users (login, name, role, agency_id, password_hash)"
        " SELECT $1, $2, $3, a.id, $5 FROM (VALUES ($4::text)) AS given(code)"
        " LEFT JOIN hotline.agencies a ON a.code = given.code AND a.valid @> current_date"
        " WHERE given.code IS NULL OR a.id IS NOT NULL",
        5, params, &n, e);
    sodium_memzero(hash, sizeof hash);
    if (status != STATUS_OK) {
        return err_wrap(e, "account %s", account->login);
    }
    if (n == 0) {
        return err_set(e, STATUS_NOT_FOUND, "no agency %s is in force today", account->agency);
    }
    return STATUS_OK;
}

/* One statement about one account; STATUS_NOT_FOUND if it changed nothing. */
static enum status change_account(struct db_sync *db, const char *sql, const char *login,
                                  const char *value, struct err *e)
{
    const char *const params[] = {login, value};
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, sql, 2, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    bool found = db_rows_count(rows) == 1;
    db_rows_free(rows);
    return found ? STATUS_OK : err_set(e, STATUS_NOT_FOUND, "there is no account %s", login);
}

enum status city_account_set_password(struct db_sync *db, const char *login, const char *password,
                                      struct err *e)
{
    char hash[crypto_pwhash_STRBYTES];
    enum status status = hash_password(password, hash, e);
    if (status == STATUS_OK) {
        status = change_account(
            db,
            "WITH changed AS (UPDATE hotline.users SET password_hash = $2, failed_logins = 0,"
            "   locked_until = NULL WHERE login = $1 RETURNING id),"
            " gone AS (DELETE FROM hotline.sessions WHERE user_id IN (SELECT id FROM changed))"
            " SELECT id FROM changed",
            login, hash, e);
        sodium_memzero(hash, sizeof hash);
    }
    return status;
}

enum status city_account_set_active(struct db_sync *db, const char *login, bool active,
                                    struct err *e)
{
    return change_account(
        db,
        "WITH changed AS (UPDATE hotline.users SET active = $2::boolean WHERE login = $1"
        "   RETURNING id, active),"
        " gone AS (DELETE FROM hotline.sessions"
        "   WHERE user_id IN (SELECT id FROM changed WHERE NOT active))"
        " SELECT id FROM changed",
        login, active ? "t" : "f", e);
}

enum status city_key_add(struct db_sync *db, const char *name, const char *expires_on,
                         char out[CITY_KEY_SIZE], struct err *e)
{
    unsigned char secret[32];
    unsigned char hash[crypto_hash_sha256_BYTES];
    char key[CITY_KEY_SIZE] = "hl_";
    char hash_text[sizeof hash * 2 + 1];
    randombytes_buf(secret, sizeof secret);
    (void)sodium_bin2hex(key + 3, sizeof key - 3, secret, sizeof secret);
    crypto_hash_sha256(hash, (const unsigned char *)key, strlen(key));
    (void)sodium_bin2hex(hash_text, sizeof hash_text, hash, sizeof hash);
    sodium_memzero(secret, sizeof secret);
    const char *const params[] = {name, hash_text, expires_on};
    enum status status = db_sync_run(db,
                                     "INSERT INTO hotline.api_keys (name, key_hash, expires_at)"
                                     " VALUES ($1, decode($2, 'hex'), $3::date)",
                                     3, params, NULL, e);
    if (status != STATUS_OK) {
        return err_wrap(e, "key %s", name);
    }
    memcpy(out, key, sizeof key);
    sodium_memzero(key, sizeof key);
    return STATUS_OK;
}

enum status city_key_revoke(struct db_sync *db, const char *name, struct err *e)
{
    const char *const params[] = {name};
    size_t n = 0;
    enum status status = db_sync_run(
        db, "UPDATE hotline.api_keys SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL",
        1, params, &n, e);
    if (status == STATUS_OK && n == 0) {
        return err_set(e, STATUS_NOT_FOUND, "there is no key %s in use", name);
    }
    return status;
}

enum status city_accounts_list(struct db_sync *db, struct db_rows **out, struct err *e)
{
    return db_sync_query(
        db,
        "SELECT u.login, u.role, coalesce(a.code, '-'), u.name,"
        "  CASE WHEN NOT u.active THEN 'disabled' WHEN u.locked_until > now() THEN 'locked'"
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
                         "SELECT name, CASE WHEN revoked_at IS NOT NULL THEN 'revoked'"
                         "  WHEN expires_at <= now() THEN 'expired' ELSE 'in use' END,"
                         "  created_at::date, coalesce(expires_at::date::text, '')"
                         " FROM hotline.api_keys ORDER BY name",
                         0, NULL, out, e);
}
