/* Accounts and API keys as the administrator's commands make them. Secrets are stored as hashes
 * only: a password by argon2id, a key by SHA-256 (it is random and long, so a slow hash would buy
 * nothing). */
#ifndef CITY_CITY_ACCOUNTS_H
#define CITY_CITY_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/err.h"
#include "server/db/db_sync.h"

#define CITY_PASSWORD_MIN       10 /* characters */
#define CITY_PASSWORD_MAX       200
#define CITY_KEY_SIZE           68 /* "hl_", 64 hexadecimal digits, NUL */
#define CITY_KEY_HASH_SIZE      65
#define CITY_PASSWORD_HASH_SIZE 128

struct city_account {
    const char *login, *name, *role;
    const char *agency; /* code; NULL where the role has none */
    const char *password;
    const char *desk;       /* code: that desk's complaints only; NULL: all of the agency's */
    const char *categories; /* codes with a comma between: those and what is below; NULL: all */
    const char *email;      /* who logs in with a provider is found by it; or NULL */
};

struct city_key {
    const char *name;
    const char
        *expires_on;    /* the first day, in the city's zone, that it no longer holds; or NULL */
    const char *scopes; /* with a comma between: file, read, calls, webhooks */
    const char *agency; /* code: it reads that agency's complaints only; NULL: all */
};

/* argon2id, some 26 ms: on no event loop. STATUS_INVALID for one too short or too long. */
enum status city_password_hash(const char *password, char out[CITY_PASSWORD_HASH_SIZE],
                               struct err *e) MUST_CHECK;
/* A new key and the hash that is kept of it. */
void city_key_draw(char out[CITY_KEY_SIZE], char hash[CITY_KEY_HASH_SIZE]);

/* STATUS_INVALID for a role, login, agency, desk or category that cannot be, or a password too
 * short or too long; STATUS_CONFLICT for a login that is taken. */
enum status city_account_add(struct db_sync *db, const struct city_account *account,
                             struct err *e) MUST_CHECK;
/* A new password; also ends the account's sessions and its lock. */
enum status city_account_set_password(struct db_sync *db, const char *login, const char *password,
                                      struct err *e) MUST_CHECK;
/* An account that isn't active cannot log in, and its sessions end. */
enum status city_account_set_active(struct db_sync *db, const char *login, bool active,
                                    struct err *e) MUST_CHECK;
/* The settings of docs/access.md, a JSON object; what is left out has its default. */
enum status city_access_settings(struct db_sync *db, const char *json, struct err *e) MUST_CHECK;
/* What the log-in provider knows us by. */
enum status city_provider_secret(struct db_sync *db, const char *secret, struct err *e) MUST_CHECK;
/* For one who lost his second factor: he logs in without, until he sets up another. */
enum status city_account_drop_factor(struct db_sync *db, const char *login,
                                     struct err *e) MUST_CHECK;

/* Columns login, role, agency code or "-", name, state (active, locked, disabled). */
enum status city_accounts_list(struct db_sync *db, struct db_rows **out, struct err *e) MUST_CHECK;
/* The demo city's own: columns role, login, password. None in a real city. */
enum status city_accounts_demo(struct db_sync *db, struct db_rows **out, struct err *e) MUST_CHECK;

/* Makes a key and writes it into `out`: the only time that it can be read. STATUS_CONFLICT if the
 * name is taken, STATUS_INVALID for a scope or agency that there is not. */
enum status city_key_add(struct db_sync *db, const struct city_key *key, char out[CITY_KEY_SIZE],
                         struct err *e) MUST_CHECK;
/* Holds at once for every service. STATUS_NOT_FOUND if there is no such key in use. */
enum status city_key_revoke(struct db_sync *db, const char *name, struct err *e) MUST_CHECK;
/* Columns name, state (in use, expired, revoked), day made, last day or "", scopes, agency or "".
 */
enum status city_keys_list(struct db_sync *db, struct db_rows **out, struct err *e) MUST_CHECK;

#endif
