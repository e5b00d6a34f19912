-- Where the call that started a job is in its trace, as `traceparent` of W3C Trace Context: the job is in the same one, whichever host runs
-- it. None where there was no trace.
ALTER TABLE runs ADD COLUMN traceparent TEXT;
