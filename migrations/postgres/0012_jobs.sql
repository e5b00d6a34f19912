-- A caller's jobs, newest first.
CREATE INDEX runs_jobs ON runs (principal_id, created_at, id) WHERE kind = 'job';
