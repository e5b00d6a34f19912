-- What people look for in the audit, page after page: what didn't succeed, and what is no call. The conditions are word for word those of
-- the questions.
CREATE INDEX audit_events_failed ON audit_events (seq) WHERE details LIKE '%"code":"%';
CREATE INDEX audit_events_administration ON audit_events (seq)
    WHERE kind NOT IN ('call.started', 'call.ended', 'effect');

-- The jobs of everybody, newest first.
CREATE INDEX runs_all_jobs ON runs (created_at, id) WHERE kind = 'job';
