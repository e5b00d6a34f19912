-- What of a workspace a token may read and change, as sets of ids of which an object must be in each: none is everything.
ALTER TABLE api_tokens ADD COLUMN parts TEXT NOT NULL DEFAULT '[]';
-- How often its bearer may call.
ALTER TABLE api_tokens ADD COLUMN rates TEXT NOT NULL DEFAULT '{}';
