-- Which host runs it, so that one that starts again has at once what it left: its name, none for a command beside the hosts. What was
-- there for that, is_served, stays: a host of the version before may be at work beside this one.
ALTER TABLE runs ADD COLUMN served_by TEXT;
