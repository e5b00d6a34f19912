-- Connections that a person made through Notion's OAuth. One that an integration's token made has none of this.
ALTER TABLE connections ADD COLUMN bot_id             TEXT;
ALTER TABLE connections ADD COLUMN refresh_credential BLOB;
-- Counts the credentials; a new one replaces only the one that it was made from.
ALTER TABLE connections ADD COLUMN generation         INTEGER NOT NULL DEFAULT 0;
-- Who is renewing the credential, and until when nobody else does. Nobody until then: the last outcome is unknown.
ALTER TABLE connections ADD COLUMN renewing_by        TEXT;
ALTER TABLE connections ADD COLUMN renewing_until     INTEGER;
-- When Notion refused for good to renew it.
ALTER TABLE connections ADD COLUMN broken_at          INTEGER;

-- A person who connects the same workspace again finds the connection that they have.
CREATE UNIQUE INDEX connections_bot ON connections (bot_id) WHERE bot_id IS NOT NULL;

-- Authorizations that wait for somebody to agree. What the caller wishes is encrypted.
CREATE TABLE authorizations (
    state_digest   BLOB    NOT NULL PRIMARY KEY,
    principal_id   TEXT    NOT NULL,
    browser_digest BLOB    NOT NULL,
    wish           BLOB    NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX authorizations_principal ON authorizations (principal_id);
CREATE INDEX authorizations_expiry ON authorizations (expires_at);
