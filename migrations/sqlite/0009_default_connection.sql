-- The connection that a call of this token works on that names none of several; none leaves it to the host.
ALTER TABLE api_tokens ADD COLUMN default_connection TEXT;
