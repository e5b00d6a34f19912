-- The log over the audit's events: a Merkle tree as RFC 9162 has it. Each event gets one leaf, in the order in which they are
-- found after their commit, and nothing of the log is changed later.
CREATE TABLE audit_leaves (
    leaf_index BIGINT NOT NULL PRIMARY KEY,
    -- The event.
    seq        BIGINT NOT NULL UNIQUE,
    hash       BYTEA  NOT NULL
);

-- The complete nodes above the leaves, which are level 0: node i of level l has the leaves from i * 2^l on.
CREATE TABLE audit_nodes (
    level      BIGINT NOT NULL,
    node_index BIGINT NOT NULL,
    hash       BYTEA  NOT NULL,
    PRIMARY KEY (level, node_index)
);

-- What the log was at one moment, as it was signed.
CREATE TABLE audit_checkpoints (
    size      BIGINT NOT NULL PRIMARY KEY,
    signed_at BIGINT NOT NULL,
    note      TEXT   NOT NULL
);

-- The key that signs, with the log's name: one row. The seed is encrypted.
CREATE TABLE audit_log_keys (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    seed       BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    only_one   BIGINT NOT NULL DEFAULT 1 UNIQUE CHECK (only_one = 1)
);

CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER audit_leaves_keeps_rows BEFORE DELETE OR UPDATE ON audit_leaves
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse();
CREATE TRIGGER audit_leaves_keeps_table BEFORE TRUNCATE ON audit_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

CREATE TRIGGER audit_nodes_keeps_rows BEFORE DELETE OR UPDATE ON audit_nodes
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse();
CREATE TRIGGER audit_nodes_keeps_table BEFORE TRUNCATE ON audit_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

CREATE TRIGGER audit_checkpoints_keeps_rows BEFORE DELETE OR UPDATE ON audit_checkpoints
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse();
CREATE TRIGGER audit_checkpoints_keeps_table BEFORE TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

-- What was done to the audit itself is looked for by each verification.
CREATE INDEX audit_events_audit ON audit_events (seq) WHERE kind = 'audit';

-- Of an event that has its leaf, the content may go: all of it, and nothing else. The last event of a plugin says which file of
-- it there is, and the audit's own events say what went.
CREATE FUNCTION audit_events_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.details = '' AND NEW.principal_name = '' AND NEW.subject IS NULL
        AND NEW.seq = OLD.seq AND NEW.happened_at = OLD.happened_at AND NEW.kind = OLD.kind
        AND NEW.principal_id = OLD.principal_id AND NEW.surface = OLD.surface
        AND NEW.call_id IS NOT DISTINCT FROM OLD.call_id AND NEW.connection_id IS NOT DISTINCT FROM OLD.connection_id
        AND OLD.kind NOT IN ('plugin', 'audit')
        AND EXISTS (SELECT 1 FROM audit_leaves WHERE audit_leaves.seq = OLD.seq)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_events is append-only';
END
$$;

DROP TRIGGER audit_events_keeps_rows ON audit_events;
CREATE TRIGGER audit_events_keeps_rows BEFORE DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_refuse();
CREATE TRIGGER audit_events_keeps_values BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_keep();
