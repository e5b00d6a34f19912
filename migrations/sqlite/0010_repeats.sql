-- By what a call is found to be one that was asked for before: the digest of its idempotency key, or what it asks for.
ALTER TABLE runs ADD COLUMN key_digest TEXT;
ALTER TABLE runs ADD COLUMN fingerprint TEXT;
-- When its caller left before they were answered.
ALTER TABLE runs ADD COLUMN left_at INTEGER;
-- Whether the process that serves this file runs it, not a command beside it.
ALTER TABLE runs ADD COLUMN is_served INTEGER NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX runs_key ON runs (principal_id, tool, key_digest) WHERE key_digest IS NOT NULL;
CREATE INDEX runs_left ON runs (fingerprint, principal_id, tool)
    WHERE key_digest IS NULL AND (left_at IS NOT NULL OR ended_at IS NULL);
