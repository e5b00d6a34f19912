-- What a connection is to: `notion`, or `upstream:NAME` for an account at an MCP server. `bot_id` is what that calls the account.
ALTER TABLE connections ADD COLUMN system     TEXT NOT NULL DEFAULT 'notion';
-- When the credential ends, where that is known.
ALTER TABLE connections ADD COLUMN expires_at INTEGER;
-- The server that the credential is for, where it is for one alone.
ALTER TABLE connections ADD COLUMN audience   TEXT;

-- The clients that this host has registered at authorization servers of MCP servers, encrypted. The id is made of the server's name.
CREATE TABLE upstream_clients (
    id     TEXT NOT NULL PRIMARY KEY,
    client BLOB NOT NULL
) STRICT;
