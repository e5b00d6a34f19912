-- The log over the audit's events: a Merkle tree as RFC 9162 has it. Each event gets one leaf, in the order in which they are
-- found after their commit, and nothing of the log is changed later.
CREATE TABLE audit_leaves (
    leaf_index INTEGER NOT NULL PRIMARY KEY,
    -- The event.
    seq        INTEGER NOT NULL UNIQUE,
    hash       BLOB    NOT NULL
) STRICT;

-- The complete nodes above the leaves, which are level 0: node i of level l has the leaves from i * 2^l on.
CREATE TABLE audit_nodes (
    level      INTEGER NOT NULL,
    node_index INTEGER NOT NULL,
    hash       BLOB    NOT NULL,
    PRIMARY KEY (level, node_index)
) STRICT, WITHOUT ROWID;

-- What the log was at one moment, as it was signed.
CREATE TABLE audit_checkpoints (
    size      INTEGER NOT NULL PRIMARY KEY,
    signed_at INTEGER NOT NULL,
    note      TEXT    NOT NULL
) STRICT;

-- The key that signs, with the log's name: one row. The seed is encrypted.
CREATE TABLE audit_log_keys (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    seed       BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    only_one   INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (only_one = 1)
) STRICT;

CREATE TRIGGER audit_leaves_keeps_rows BEFORE DELETE ON audit_leaves
BEGIN
    SELECT RAISE(ABORT, 'audit_leaves is append-only');
END;

CREATE TRIGGER audit_leaves_keeps_values BEFORE UPDATE ON audit_leaves
BEGIN
    SELECT RAISE(ABORT, 'audit_leaves is append-only');
END;

CREATE TRIGGER audit_nodes_keeps_rows BEFORE DELETE ON audit_nodes
BEGIN
    SELECT RAISE(ABORT, 'audit_nodes is append-only');
END;

CREATE TRIGGER audit_nodes_keeps_values BEFORE UPDATE ON audit_nodes
BEGIN
    SELECT RAISE(ABORT, 'audit_nodes is append-only');
END;

CREATE TRIGGER audit_checkpoints_keeps_rows BEFORE DELETE ON audit_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'audit_checkpoints is append-only');
END;

CREATE TRIGGER audit_checkpoints_keeps_values BEFORE UPDATE ON audit_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'audit_checkpoints is append-only');
END;

-- What was done to the audit itself is looked for by each verification.
CREATE INDEX audit_events_audit ON audit_events (seq) WHERE kind = 'audit';

-- Of an event that has its leaf, the content may go: all of it, and nothing else. The last event of a plugin says which file of
-- it there is, and the audit's own events say what went.
DROP TRIGGER audit_events_keeps_values;
CREATE TRIGGER audit_events_keeps_values BEFORE UPDATE ON audit_events
WHEN NOT (
    NEW.details = '' AND NEW.principal_name = '' AND NEW.subject IS NULL
    AND NEW.seq = OLD.seq AND NEW.happened_at = OLD.happened_at AND NEW.kind = OLD.kind
    AND NEW.principal_id = OLD.principal_id AND NEW.surface = OLD.surface
    AND NEW.call_id IS OLD.call_id AND NEW.connection_id IS OLD.connection_id
    AND OLD.kind NOT IN ('plugin', 'audit')
    AND EXISTS (SELECT 1 FROM audit_leaves WHERE seq = OLD.seq)
)
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
