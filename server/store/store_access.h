/* Statements about accounts, sessions and API keys: all of them functions of the owner
 * (sql/0029_accounts.sql), which the service may call; it can read no secret, and no table of
 * theirs. Secrets go in as SHA-256 hashes in hex. */
#ifndef STORE_STORE_ACCESS_H
#define STORE_STORE_ACCESS_H

/* $1 login, $2 address -> the password's hash or NULL, seconds to rest. */
#define STORE_LOGIN_BEGIN "SELECT hash, wait FROM hotline.login_begin($1, $2)"

/* $1 login, $2 address: one more wrong password. From the fifth on it rests, longer each time. */
#define STORE_LOGIN_FAILED "SELECT hotline.login_failed($1, $2)"

/* $1 login, $2 {token_hash, csrf, address, agent, old?, code?} -> what came of it, as JSON. */
#define STORE_LOGIN_END "SELECT hotline.login_end($1, $2::jsonb)"

/* $1 token hash -> login, name, role, agency code, csrf, desk code, codes of categories with a
 * comma between, whether it is bound to set up a second factor. */
#define STORE_SESSION_FIND                                                                         \
    "SELECT login, name, role, agency, csrf, desk, categories, bound"                              \
    " FROM hotline.session_find($1)"
#define STORE_SESSION_CLOSE "SELECT hotline.session_close($1)"

/* $1 key hash -> name, agency code, scopes with a comma between. */
#define STORE_KEY_FIND "SELECT name, agency, scopes FROM hotline.key_find($1)"

/* A log-in provider: -> {issuer, client_id, redirect, name, client_secret}, no row without one. */
#define STORE_PROVIDER "SELECT p FROM hotline.provider() p WHERE p IS NOT NULL"
/* -> its name as JSON, null without one. */
#define STORE_PROVIDER_NAME                                                                        \
    "SELECT jsonb_build_object('name', (SELECT p ->> 'name' FROM hotline.provider() p))"
/* $1 state's hash, $2 nonce, $3 verifier -> false when there are too many under way. */
#define STORE_PROVIDER_BEGIN "SELECT hotline.provider_begin($1, $2, $3)"
/* $1 state's hash -> nonce, verifier, provider; once. */
#define STORE_PROVIDER_TAKE "SELECT nonce, verifier, provider FROM hotline.provider_take($1)"
/* $1 subject, $2 verified address or "", $3 as STORE_LOGIN_END -> what came of it. */
#define STORE_PROVIDER_LOGIN "SELECT hotline.provider_login($1, $2, $3::jsonb)"

/* $1 actor, $2 action, $3 arguments -> the outcome as JSON; nothing of it is kept. */
#define STORE_PERFORM_SECRET "SELECT hotline.perform_secret($1, $2, $3::jsonb, $4)"

/* $1 link's hash, $2 the new password's -> whether the link held. */
#define STORE_PASSWORD_BY_LINK "SELECT hotline.password_by_link($1, $2)"

/* $1 who asks ("user:LOGIN"), ... -> JSON; no row for whom it is not. */
#define STORE_MY_SESSIONS   "SELECT x FROM hotline.my_sessions($1, $2) x WHERE x IS NOT NULL"
#define STORE_USERS         "SELECT x FROM hotline.users_json($1) x WHERE x IS NOT NULL"
#define STORE_USER          "SELECT x FROM hotline.user_one_json($1, $2) x WHERE x IS NOT NULL"
#define STORE_USER_SESSIONS "SELECT x FROM hotline.user_sessions_json($1, $2) x WHERE x IS NOT NULL"
#define STORE_KEYS          "SELECT x FROM hotline.keys_json($1) x WHERE x IS NOT NULL"

#endif
