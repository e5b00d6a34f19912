-- Ids and names are text, times are milliseconds since 1970 in UTC, so that PostgreSQL and SQLite run the same
-- statements. STRICT keeps SQLite from storing anything else than what a column says.

-- Keys that encrypt rows, each wrapped by the master key, which is never stored here.
CREATE TABLE data_keys (
    id         INTEGER NOT NULL PRIMARY KEY,
    wrapped    BLOB    NOT NULL,
    kek_id     TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('active', 'retired')),
    created_at INTEGER NOT NULL
) STRICT;

-- New rows are encrypted with exactly one key.
CREATE UNIQUE INDEX data_keys_one_active ON data_keys (state) WHERE state = 'active';

CREATE TABLE api_tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    digest       BLOB    NOT NULL UNIQUE,
    tools        TEXT    NOT NULL,
    connections  TEXT    NOT NULL,
    strongest    TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

-- A name is free again once its token has been revoked.
CREATE UNIQUE INDEX api_tokens_name ON api_tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE connections (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL UNIQUE,
    workspace_id   TEXT,
    workspace_name TEXT,
    credential     BLOB    NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE grants (
    plugin     TEXT    NOT NULL,
    capability TEXT    NOT NULL,
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (plugin, capability)
) STRICT;

-- No foreign key to connections: the connection that the environment gives is in no table.
CREATE TABLE plugin_state (
    plugin        TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    value         TEXT    NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (plugin, connection_id, key)
) STRICT;

-- One row a call that can write. A row without an end is a call that the host didn't survive.
CREATE TABLE audit_log (
    call_id          TEXT    NOT NULL PRIMARY KEY,
    parent_id        TEXT,
    principal_id     TEXT    NOT NULL,
    principal_name   TEXT    NOT NULL,
    surface          TEXT    NOT NULL,
    tool             TEXT    NOT NULL,
    provider         TEXT    NOT NULL,
    effect           TEXT    NOT NULL,
    connection_id    TEXT,
    arguments_digest TEXT    NOT NULL,
    started_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    code             TEXT,
    summary          TEXT,
    touched          TEXT,
    effects          INTEGER,
    duration_ms      INTEGER
) STRICT;

CREATE INDEX audit_log_principal ON audit_log (principal_id, call_id);

CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

CREATE TRIGGER audit_log_keeps_starts BEFORE UPDATE OF
    call_id, parent_id, principal_id, principal_name, surface, tool, provider, effect, connection_id,
    arguments_digest, started_at
ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

CREATE TRIGGER audit_log_keeps_ends BEFORE UPDATE ON audit_log WHEN OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
