-- The life of a data key: pending, active, demoted, retired. A retired one has no key any more; its id stays, since an id that came
-- back could be taken for the key that it was.
ALTER TABLE data_keys DROP CONSTRAINT data_keys_state_check;
ALTER TABLE data_keys ALTER COLUMN wrapped DROP NOT NULL;
-- What was called retired until now decrypted.
UPDATE data_keys SET state = 'demoted' WHERE state = 'retired';
ALTER TABLE data_keys ADD CHECK (state IN ('pending', 'active', 'demoted', 'retired'));
ALTER TABLE data_keys ADD CHECK ((state = 'retired') = (wrapped IS NULL));

-- Since when it has its state.
ALTER TABLE data_keys ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
UPDATE data_keys SET changed_at = created_at;
ALTER TABLE data_keys ALTER COLUMN changed_at DROP DEFAULT;
-- How often it became active.
ALTER TABLE data_keys ADD COLUMN promotions BIGINT NOT NULL DEFAULT 1;
