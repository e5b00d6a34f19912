-- Conversations of people with a model. What was said is encrypted.
CREATE TABLE conversations (
    id           TEXT    PRIMARY KEY NOT NULL,
    principal_id TEXT    NOT NULL,
    title        BLOB    NOT NULL,
    transcript   BLOB    NOT NULL,
    -- Grows with each turn that begins: one that has lost the conversation keeps nothing.
    fence        INTEGER NOT NULL,
    -- Until when a turn has it; none between turns.
    busy_until   INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_by_principal ON conversations (principal_id, updated_at, id);
CREATE INDEX conversations_by_age ON conversations (updated_at);
