-- Conversations of people with a model. What was said is encrypted.
CREATE TABLE conversations (
    id           TEXT   PRIMARY KEY,
    principal_id TEXT   NOT NULL,
    title        BYTEA  NOT NULL,
    transcript   BYTEA  NOT NULL,
    -- Grows with each turn that begins: one that has lost the conversation keeps nothing.
    fence        BIGINT NOT NULL,
    -- Until when a turn has it; none between turns.
    busy_until   BIGINT,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE INDEX conversations_by_principal ON conversations (principal_id, updated_at, id);
CREATE INDEX conversations_by_age ON conversations (updated_at);
