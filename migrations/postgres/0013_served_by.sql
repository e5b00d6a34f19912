-- Which host runs it, so that one that starts again has at once what it left: its name, none for a command beside the hosts.
ALTER TABLE runs ADD COLUMN served_by TEXT;
ALTER TABLE runs DROP COLUMN is_served;
