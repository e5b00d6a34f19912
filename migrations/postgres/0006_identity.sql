-- People who sign in by Notion: one row an account there.
CREATE TABLE people (
    id             TEXT    NOT NULL PRIMARY KEY,
    notion_user_id TEXT    NOT NULL UNIQUE,
    name           TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL
);

-- The workspaces that each of them opened.
CREATE TABLE people_connections (
    person_id     TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    -- Whether it came by a person who signed in, and not by a token that may use every connection: then it is theirs alone.
    is_theirs     BIGINT NOT NULL,
    PRIMARY KEY (person_id, connection_id)
);

CREATE INDEX people_connections_connection ON people_connections (connection_id);

-- What a browser holds is kept as digest alone.
CREATE TABLE sessions (
    digest       BYTEA   NOT NULL PRIMARY KEY,
    principal_id TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    seen_at      BIGINT  NOT NULL,
    -- How long it may be unused, in milliseconds.
    idle         BIGINT  NOT NULL,
    ends_at      BIGINT  NOT NULL
);

CREATE INDEX sessions_principal ON sessions (principal_id);
CREATE INDEX sessions_end ON sessions (ends_at);

-- Links that sign the operator in once.
CREATE TABLE sign_in_links (
    digest     BYTEA   NOT NULL PRIMARY KEY,
    expires_at BIGINT  NOT NULL
);

-- Clients of OAuth that the operator added or that registered themselves.
CREATE TABLE oauth_clients (
    client_id     TEXT    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL CHECK (kind IN ('static', 'registered')),
    name          TEXT    NOT NULL,
    redirect_uris TEXT    NOT NULL,
    secret_digest BYTEA,
    must_prove    BIGINT  NOT NULL,
    -- Whether anybody ever allowed it something: those are kept.
    is_used       BIGINT  NOT NULL DEFAULT 0,
    created_at    BIGINT  NOT NULL
);

CREATE INDEX oauth_clients_unused ON oauth_clients (kind, created_at) WHERE is_used = 0;

-- What clients ask for while a person decides. Encrypted: a client's `state` may be a secret of its own.
CREATE TABLE oauth_requests (
    digest         BYTEA   NOT NULL PRIMARY KEY,
    browser_digest BYTEA   NOT NULL,
    request        BYTEA   NOT NULL,
    expires_at     BIGINT  NOT NULL
);

CREATE INDEX oauth_requests_expiry ON oauth_requests (expires_at);

-- What people allowed clients. The id is the principal of the client's calls.
CREATE TABLE oauth_grants (
    id          TEXT    NOT NULL PRIMARY KEY,
    owner_id    TEXT    NOT NULL,
    client_id   TEXT    NOT NULL,
    client_name TEXT    NOT NULL,
    connections TEXT    NOT NULL,
    strongest   TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    used_at     BIGINT,
    revoked_at  BIGINT
);

CREATE INDEX oauth_grants_owner ON oauth_grants (owner_id) WHERE revoked_at IS NULL;
CREATE INDEX oauth_grants_client ON oauth_grants (client_id) WHERE revoked_at IS NULL;

-- Codes that clients exchange for tokens. A used one is kept until it expires: whoever brings it again holds a stolen one.
CREATE TABLE oauth_codes (
    digest       BYTEA   NOT NULL PRIMARY KEY,
    grant_id     TEXT    NOT NULL,
    client_id    TEXT    NOT NULL,
    redirect_uri TEXT    NOT NULL,
    challenge    TEXT,
    strongest    TEXT    NOT NULL,
    is_used      BIGINT  NOT NULL DEFAULT 0,
    expires_at   BIGINT  NOT NULL
);

CREATE INDEX oauth_codes_expiry ON oauth_codes (expires_at);

-- Access and refresh tokens, as digests. A refresh token that was exchanged is kept until it expires, for the same reason.
CREATE TABLE oauth_tokens (
    digest       BYTEA   NOT NULL PRIMARY KEY,
    -- What its sealed pair is bound to.
    id           TEXT    NOT NULL UNIQUE,
    kind         TEXT    NOT NULL CHECK (kind IN ('access', 'refresh')),
    -- A grant, or an API token whose bearer asked for an access token.
    principal_id TEXT    NOT NULL,
    strongest    TEXT    NOT NULL,
    expires_at   BIGINT  NOT NULL,
    used_at      BIGINT,
    -- The pair that it was exchanged for, encrypted, for some seconds.
    pair         BYTEA
);

CREATE INDEX oauth_tokens_principal ON oauth_tokens (principal_id);
CREATE INDEX oauth_tokens_expiry ON oauth_tokens (expires_at);
