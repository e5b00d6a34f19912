-- Whether the bearer of this token administers the host, as its operator does.
ALTER TABLE api_tokens ADD COLUMN administers BIGINT NOT NULL DEFAULT 0;
