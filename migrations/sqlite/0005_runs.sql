-- The durable record of a call that can write, or of a job. Jobs were a table of their own: a run has all that they had.
CREATE TABLE runs (
    id               TEXT    NOT NULL PRIMARY KEY,
    kind             TEXT    NOT NULL CHECK (kind IN ('call', 'job')),
    principal_id     TEXT    NOT NULL,
    tool             TEXT    NOT NULL,
    connection_id    TEXT,
    status           TEXT    NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    -- Grows with each lease; whoever writes names its own, so that one that has lost the run can't.
    fence            INTEGER NOT NULL,
    lease_until      INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    -- Of jobs alone: what they are to do and what came of it are encrypted.
    allowance        TEXT,
    started_by       TEXT,
    arguments        BLOB,
    attempts         INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    done             INTEGER,
    total            INTEGER,
    outcome          BLOB
) STRICT;

INSERT INTO runs (id, kind, principal_id, tool, connection_id, status, fence, lease_until, created_at, ended_at, allowance,
    started_by, arguments, attempts, cancel_requested, done, total, outcome)
SELECT id, 'job', principal_id, tool, connection_id, status, fence, lease_until, created_at, ended_at, allowance, started_by,
    arguments, attempts, cancel_requested, done, total, outcome
FROM jobs;

DROP TABLE jobs;

-- Runs that haven't ended are few; those that have are kept for a while and never looked through.
CREATE INDEX runs_open ON runs (kind, created_at) WHERE ended_at IS NULL;
CREATE INDEX runs_ended ON runs (kind, ended_at) WHERE ended_at IS NOT NULL;

-- What a run asked for and was told. A row without an outcome was sent and not answered.
ALTER TABLE journal RENAME COLUMN job_id TO run_id;
-- The plugin that asked, by the digest of its file.
ALTER TABLE journal ADD COLUMN provider_digest TEXT;
-- A write as it was sent, encrypted.
ALTER TABLE journal ADD COLUMN request BLOB;

-- The audit: one row an event, none changed, none removed. Details hold nothing that a caller wrote.
CREATE TABLE audit_events (
    seq            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    happened_at    INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    -- What it is about: a tool, a plugin, a token's id.
    subject        TEXT,
    principal_id   TEXT    NOT NULL,
    principal_name TEXT    NOT NULL,
    surface        TEXT    NOT NULL,
    call_id        TEXT,
    connection_id  TEXT,
    details        TEXT    NOT NULL
) STRICT;

INSERT INTO audit_events (happened_at, kind, subject, principal_id, principal_name, surface, call_id, connection_id, details)
SELECT happened_at, kind, tool, principal_id, principal_name, surface, call_id, connection_id, details
FROM (
    SELECT started_at AS happened_at, 'call.started' AS kind, tool, principal_id, principal_name, surface, call_id, connection_id,
        json_object('tool', tool, 'parent', parent_id, 'provider', provider, 'access', effect,
            'arguments_digest', arguments_digest) AS details,
        seq AS written, 0 AS step
    FROM audit_log
    UNION ALL
    SELECT ended_at, 'call.ended', tool, principal_id, principal_name, surface, call_id, connection_id,
        json_object('tool', tool, 'code', code, 'summary', summary, 'touched', json(touched), 'effects', effects,
            'duration_ms', duration_ms),
        seq, 1
    FROM audit_log
    WHERE ended_at IS NOT NULL
)
ORDER BY written, call_id, step;

DROP TABLE audit_log;

CREATE INDEX audit_events_principal ON audit_events (principal_id, seq);
CREATE INDEX audit_events_subject ON audit_events (subject, seq);
CREATE INDEX audit_events_plugins ON audit_events (subject, seq) WHERE kind = 'plugin';
-- A call begins once and ends once.
CREATE UNIQUE INDEX audit_events_ends ON audit_events (call_id, kind) WHERE kind IN ('call.started', 'call.ended');
CREATE INDEX audit_events_call ON audit_events (call_id, seq) WHERE call_id IS NOT NULL;

CREATE TRIGGER audit_events_keeps_rows BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;

CREATE TRIGGER audit_events_keeps_values BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;

-- The field's word for what a caller asks of an authorization.
ALTER TABLE authorizations RENAME COLUMN wish TO request;
