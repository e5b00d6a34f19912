-- Calls that run in the background. What they are to do and what came of it are encrypted.
CREATE TABLE jobs (
    id               TEXT    NOT NULL PRIMARY KEY,
    principal_id     TEXT    NOT NULL,
    allowance        TEXT    NOT NULL,
    started_by       TEXT    NOT NULL,
    tool             TEXT    NOT NULL,
    connection_id    TEXT,
    arguments        BLOB    NOT NULL,
    status           TEXT    NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    -- Grows with each claim; a run that writes names its own, so that one that has lost the job can't.
    fence            INTEGER NOT NULL,
    attempts         INTEGER NOT NULL,
    lease_until      INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    done             INTEGER,
    total            INTEGER,
    outcome          BLOB,
    created_at       INTEGER NOT NULL,
    ended_at         INTEGER
) STRICT;

-- Jobs that haven't ended are few; those that have are kept for a while and never looked through.
CREATE INDEX jobs_open ON jobs (created_at) WHERE ended_at IS NULL;
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;

-- What a job asked for and was told, until it has ended. A row without an outcome was sent and not answered.
CREATE TABLE journal (
    job_id   TEXT NOT NULL,
    position TEXT NOT NULL,
    digest   TEXT NOT NULL,
    outcome  BLOB,
    PRIMARY KEY (job_id, position)
) STRICT;
