/* Statements about accounts, sessions and API keys. Secrets go in as SHA-256 hashes in hex. */
#ifndef STORE_STORE_ACCESS_H
#define STORE_STORE_ACCESS_H

/* $1 login -> id, name, role, agency code, password_hash, locked (bool). */
#define STORE_USER_BY_LOGIN                                                                        \
    "SELECT u.id, u.name, u.role, a.code, u.password_hash,"                                        \
    " coalesce(u.locked_until > now(), false)"                                                     \
    " FROM hotline.users u LEFT JOIN hotline.agencies a ON a.id = u.agency_id"                     \
    " WHERE u.login = $1 AND u.active"

/* $1 user id: one more wrong password; from the fifth on the account rests, longer each time. */
#define STORE_LOGIN_FAILED                                                                         \
    "UPDATE hotline.users SET failed_logins = failed_logins + 1,"                                  \
    " locked_until = CASE WHEN failed_logins >= 4 THEN now() + least(interval '15 minutes',"       \
    "     interval '5 seconds' * power(2, least(failed_logins - 4, 10))) END"                      \
    " WHERE id = $1"

/* $1 user id, $2 token hash, $3 csrf, $4 hours: the new session; expired ones go. */
#define STORE_SESSION_CREATE                                                                       \
    "WITH gone AS (DELETE FROM hotline.sessions WHERE expires_at < now()),"                        \
    " good AS (UPDATE hotline.users SET failed_logins = 0, locked_until = NULL WHERE id = $1)"     \
    " INSERT INTO hotline.sessions (token_hash, user_id, csrf, expires_at)"                        \
    " VALUES (decode($2, 'hex'), $1, $3, now() + interval '1 hour' * $4::int)"                     \
    " ON CONFLICT DO NOTHING"

#define STORE_SESSION_DELETE "DELETE FROM hotline.sessions WHERE token_hash = decode($1, 'hex')"

/* $1 token hash, $2 idle minutes -> login, name, role, agency code, csrf. */
#define STORE_SESSION_FIND                                                                         \
    "UPDATE hotline.sessions s SET seen_at = now()"                                                \
    " FROM hotline.users u LEFT JOIN hotline.agencies a ON a.id = u.agency_id"                     \
    " WHERE s.token_hash = decode($1, 'hex') AND u.id = s.user_id AND u.active"                    \
    " AND s.expires_at > now() AND s.seen_at > now() - interval '1 minute' * $2::int"              \
    " RETURNING u.login, u.name, u.role, a.code, s.csrf"

/* $1 key hash -> name. */
#define STORE_KEY_FIND                                                                             \
    "SELECT name FROM hotline.api_keys WHERE key_hash = decode($1, 'hex')"                         \
    " AND revoked_at IS NULL AND coalesce(expires_at > now(), true)"

#endif
