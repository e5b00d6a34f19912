-- What a job has done is told also when it fails: which entries of a journal are writes, and since when one is open.
-- Names of writes hold routes and ids, nothing that a caller wrote.
ALTER TABLE journal ADD COLUMN write_name TEXT;
ALTER TABLE journal ADD COLUMN sent_at    BIGINT;
ALTER TABLE journal ALTER COLUMN position TYPE TEXT COLLATE "C";

-- Clocks jump: the audit's order is that in which rows were written.
ALTER TABLE audit_log ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;

CREATE INDEX audit_log_order ON audit_log (seq, call_id);

CREATE TRIGGER audit_log_keeps_order BEFORE UPDATE OF seq ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse();
