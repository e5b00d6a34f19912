-- What a connection is to: `notion`, or `upstream:NAME` for an account at an MCP server. `bot_id` is what stands for the account there.
ALTER TABLE connections ADD COLUMN system     TEXT NOT NULL DEFAULT 'notion';
-- The principal whose account it is; of workspaces none.
ALTER TABLE connections ADD COLUMN owner      TEXT;
-- When the credential was given and when it ends, where that is known.
ALTER TABLE connections ADD COLUMN given_at   INTEGER;
ALTER TABLE connections ADD COLUMN expires_at INTEGER;
-- By whom and to whom it was given, as JSON: it goes nowhere else, and is renewed there alone.
ALTER TABLE connections ADD COLUMN origin     TEXT;

CREATE INDEX connections_owner ON connections (owner) WHERE owner IS NOT NULL;

-- The clients that this host has registered at authorization servers of MCP servers, encrypted. The id is made of the server's name and
-- the client's id.
CREATE TABLE upstream_clients (
    id         TEXT NOT NULL PRIMARY KEY,
    server     TEXT NOT NULL,
    client     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX upstream_clients_server ON upstream_clients (server, created_at);
