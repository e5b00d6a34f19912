-- The life of a data key: pending, active, demoted, retired. A retired one has no key any more; its id stays, since an id that came
-- back could be taken for the key that it was.
CREATE TABLE data_keys_in_states (
    id         INTEGER NOT NULL PRIMARY KEY,
    wrapped    BLOB,
    kek_id     TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('pending', 'active', 'demoted', 'retired')),
    created_at INTEGER NOT NULL,
    -- Since when it has its state.
    changed_at INTEGER NOT NULL,
    -- How often it became active.
    promotions INTEGER NOT NULL DEFAULT 1,
    CHECK ((state = 'retired') = (wrapped IS NULL))
) STRICT;

-- What was called retired until now decrypted.
INSERT INTO data_keys_in_states (id, wrapped, kek_id, state, created_at, changed_at)
SELECT id, wrapped, kek_id, CASE state WHEN 'retired' THEN 'demoted' ELSE state END, created_at, created_at FROM data_keys;

DROP TABLE data_keys;
ALTER TABLE data_keys_in_states RENAME TO data_keys;

-- New values are encrypted with exactly one key.
CREATE UNIQUE INDEX data_keys_one_active ON data_keys (state) WHERE state = 'active';
