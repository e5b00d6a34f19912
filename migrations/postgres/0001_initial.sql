-- The same tables as in ../sqlite, for the same statements. Columns that are compared by order say COLLATE "C", so that
-- order doesn't depend on the server's language and is SQLite's.

-- Keys that encrypt rows, each wrapped by the master key, which is never stored here.
CREATE TABLE data_keys (
    id         BIGINT NOT NULL PRIMARY KEY,
    wrapped    BYTEA  NOT NULL,
    kek_id     TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('active', 'retired')),
    created_at BIGINT NOT NULL
);

-- New rows are encrypted with exactly one key.
CREATE UNIQUE INDEX data_keys_one_active ON data_keys (state) WHERE state = 'active';

CREATE TABLE api_tokens (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    digest       BYTEA  NOT NULL UNIQUE,
    tools        TEXT   NOT NULL,
    connections  TEXT   NOT NULL,
    strongest    TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT
);

-- A name is free again once its token has been revoked.
CREATE UNIQUE INDEX api_tokens_name ON api_tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE connections (
    id             TEXT   NOT NULL PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL UNIQUE,
    workspace_id   TEXT,
    workspace_name TEXT,
    credential     BYTEA  NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE TABLE grants (
    plugin     TEXT COLLATE "C" NOT NULL,
    capability TEXT COLLATE "C" NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (plugin, capability)
);

-- No foreign key to connections: the connection that the environment gives is in no table.
CREATE TABLE plugin_state (
    plugin        TEXT   NOT NULL,
    connection_id TEXT   NOT NULL,
    key           TEXT COLLATE "C" NOT NULL,
    value         TEXT   NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (plugin, connection_id, key)
);

-- One row a call that can write. A row without an end is a call that the host didn't survive.
CREATE TABLE audit_log (
    call_id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    parent_id        TEXT,
    principal_id     TEXT   NOT NULL,
    principal_name   TEXT   NOT NULL,
    surface          TEXT   NOT NULL,
    tool             TEXT   NOT NULL,
    provider         TEXT   NOT NULL,
    effect           TEXT   NOT NULL,
    connection_id    TEXT,
    arguments_digest TEXT   NOT NULL,
    started_at       BIGINT NOT NULL,
    ended_at         BIGINT,
    code             TEXT,
    summary          TEXT,
    touched          TEXT,
    effects          BIGINT,
    duration_ms      BIGINT
);

CREATE INDEX audit_log_principal ON audit_log (principal_id, call_id);

CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only';
END
$$;

CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse();

CREATE TRIGGER audit_log_keeps_table BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

CREATE TRIGGER audit_log_keeps_starts BEFORE UPDATE OF
    call_id, parent_id, principal_id, principal_name, surface, tool, provider, effect, connection_id,
    arguments_digest, started_at
ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse();

CREATE TRIGGER audit_log_keeps_ends BEFORE UPDATE ON audit_log
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION audit_log_refuse();
