-- What the tool of a job last said about how far it is, encrypted.
ALTER TABLE runs ADD COLUMN message BLOB;
-- When a job that was put off runs again: it is queued, and waits. What its last run ended with is its outcome until then.
ALTER TABLE runs ADD COLUMN next_run_at INTEGER;
-- The form of a job's outcome.
ALTER TABLE runs ADD COLUMN outcome_version INTEGER NOT NULL DEFAULT 1;

-- A caller's jobs, newest first.
CREATE INDEX runs_jobs ON runs (principal_id, created_at, id) WHERE kind = 'job';

-- Which plugin each tool of a job came from when the job used it first, by the digest of its file: the job goes on with that.
CREATE TABLE run_providers (
    run_id TEXT NOT NULL,
    tool   TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (run_id, tool)
) STRICT;
