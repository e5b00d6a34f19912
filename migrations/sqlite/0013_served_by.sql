-- Which host runs it, so that one that starts again has at once what it left: its name, none for a command beside the hosts.
ALTER TABLE runs ADD COLUMN served_by TEXT;
UPDATE runs SET served_by = 'alone' WHERE is_served = 1 OR (kind = 'job' AND status = 'running');
ALTER TABLE runs DROP COLUMN is_served;
