-- Calls that run in the background. What they are to do and what came of it are encrypted.
CREATE TABLE jobs (
    id               TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    principal_id     TEXT    NOT NULL,
    allowance        TEXT    NOT NULL,
    started_by       TEXT    NOT NULL,
    tool             TEXT    NOT NULL,
    connection_id    TEXT,
    arguments        BYTEA    NOT NULL,
    status           TEXT    NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    -- Grows with each claim; a run that writes names its own, so that one that has lost the job can't.
    fence            BIGINT NOT NULL,
    attempts         BIGINT NOT NULL,
    lease_until      BIGINT NOT NULL,
    cancel_requested BIGINT NOT NULL,
    done             BIGINT,
    total            BIGINT,
    outcome          BYTEA,
    created_at       BIGINT NOT NULL,
    ended_at         BIGINT
);

-- Jobs that haven't ended are few; those that have are kept for a while and never looked through.
CREATE INDEX jobs_open ON jobs (created_at) WHERE ended_at IS NULL;
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;

-- What a job asked for and was told, until it has ended. A row without an outcome was sent and not answered.
CREATE TABLE journal (
    job_id   TEXT NOT NULL,
    position TEXT NOT NULL,
    digest   TEXT NOT NULL,
    outcome  BYTEA,
    PRIMARY KEY (job_id, position)
);
