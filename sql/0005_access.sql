-- Accounts, sessions and API keys. Secrets are kept as hashes only.
SET ROLE hotline_owner;

CREATE TABLE hotline.users (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._-]{1,63}$'),
    name text NOT NULL CHECK (name <> ''),
    role text NOT NULL CHECK (role IN ('operator', 'supervisor', 'agency_staff', 'agency_head',
        'leader', 'administrator', 'auditor')),
    agency_id integer REFERENCES hotline.agencies
        CHECK ((role IN ('agency_staff', 'agency_head')) = (agency_id IS NOT NULL)),
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    active boolean NOT NULL DEFAULT true,
    failed_logins integer NOT NULL DEFAULT 0,
    locked_until timestamptz
);

CREATE TABLE hotline.sessions (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id integer NOT NULL REFERENCES hotline.users,
    csrf text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user ON hotline.sessions (user_id);

CREATE TABLE hotline.api_keys (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    key_hash bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

GRANT SELECT ON hotline.users, hotline.sessions, hotline.api_keys TO hotline_service;
GRANT UPDATE (failed_logins, locked_until) ON hotline.users TO hotline_service;
GRANT INSERT, DELETE ON hotline.sessions TO hotline_service;
GRANT UPDATE (seen_at) ON hotline.sessions TO hotline_service;

RESET ROLE;
