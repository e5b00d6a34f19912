-- The tools of MCP servers behind the host: as they were accepted, and what a server says otherwise since. Names and definitions are
-- JSON texts: PostgreSQL's text has no NUL, and an escape in JSON is none.
CREATE TABLE upstream_tools (
    server     TEXT   NOT NULL,
    -- The server's own name for it, as a JSON text.
    name       TEXT   NOT NULL,
    definition TEXT   NOT NULL,
    -- What the server says now, when that is something else.
    changed    TEXT,
    -- Whether the server lists it.
    is_there   BIGINT NOT NULL,
    -- Its place among the tools of its server, by when they were seen first.
    place      BIGINT NOT NULL,
    -- How often the row was written.
    generation BIGINT NOT NULL,
    PRIMARY KEY (server, name)
);
