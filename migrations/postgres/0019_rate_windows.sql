-- Rate windows that all hosts share. Nothing here outlives a crash of the server, and nothing has to: what was taken before is unknown then
-- for one window, which `rate_knowledge` tells, and hosts are cautious for so long.
CREATE UNLOGGED TABLE rate_windows (
    key            TEXT PRIMARY KEY,
    -- When the latest permit was given, by priority.
    interactive_at BIGINT NOT NULL DEFAULT 0,
    background_at  BIGINT NOT NULL DEFAULT 0,
    -- The outside said to wait until then.
    paused_until   BIGINT NOT NULL DEFAULT 0
);

-- Permits that aren't free: those that a host has, and (without a host) those whose use has ended less than a window ago.
CREATE UNLOGGED TABLE rate_permits (
    key        TEXT   NOT NULL,
    host       TEXT   NOT NULL,
    background BIGINT NOT NULL,
    -- From when on they count no more.
    until      BIGINT NOT NULL,
    permits    BIGINT NOT NULL,
    PRIMARY KEY (key, host, background, until)
);

-- Since when it is known what was taken; one row.
CREATE UNLOGGED TABLE rate_knowledge (one BIGINT PRIMARY KEY CHECK (one = 1), since BIGINT NOT NULL);
INSERT INTO rate_knowledge (one, since) VALUES (1, 0);

CREATE FUNCTION rate_now() RETURNS BIGINT LANGUAGE sql VOLATILE AS
    $$ SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) $$;

-- Settles permits of a host: a list of {"key", "background", "length", "used": [[count, milliseconds ago], …], "unused"}. By key, so that two
-- hosts never wait for each other.
CREATE FUNCTION rate_settle(the_host TEXT, settled TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    one    JSONB;
    use    JSONB;
    ended  BIGINT;
    step   BIGINT;
    given  BIGINT;
    latest BIGINT;
BEGIN
    FOR one IN SELECT item FROM jsonb_array_elements(settled::jsonb) AS item ORDER BY item ->> 'key', item ->> 'background' LOOP
        INSERT INTO rate_windows AS known (key) VALUES (one ->> 'key') ON CONFLICT (key) DO UPDATE SET key = known.key;
        given := (one ->> 'unused')::BIGINT;
        -- Ends of uses within a thousandth of the window are one row.
        step := GREATEST((one ->> 'length')::BIGINT / 1000, 1);
        FOR use IN SELECT item FROM jsonb_array_elements(one -> 'used') AS item LOOP
            given := given + (use ->> 0)::BIGINT;
            latest := rate_now();
            ended := latest - (use ->> 1)::BIGINT + (one ->> 'length')::BIGINT;
            CONTINUE WHEN ended <= latest;
            INSERT INTO rate_permits AS taken (key, host, background, until, permits)
                VALUES (one ->> 'key', '', (one ->> 'background')::BIGINT, (ended / step + 1) * step, (use ->> 0)::BIGINT)
                ON CONFLICT (key, host, background, until) DO UPDATE SET permits = taken.permits + excluded.permits;
        END LOOP;
        UPDATE rate_permits SET permits = permits - given
            WHERE key = one ->> 'key' AND host = the_host AND background = (one ->> 'background')::BIGINT;
        DELETE FROM rate_permits WHERE key = one ->> 'key' AND host = the_host AND permits <= 0;
    END LOOP;
END $$;

-- Takes up to so many permits: as many as there are places, at once within the burst, and beyond it as many as the spacing lets.
CREATE FUNCTION rate_take(
    the_key TEXT, the_host TEXT, is_background BIGINT, wanted BIGINT, places BIGINT, burst BIGINT, spacing BIGINT, length BIGINT, hold BIGINT,
    settled TEXT
) RETURNS TABLE (permits BIGINT, wait BIGINT, paused BIGINT, known_for BIGINT) LANGUAGE plpgsql AS $$
DECLARE
    known   rate_windows%ROWTYPE;
    present BIGINT;
    taken   BIGINT;
    own     BIGINT;
    latest  BIGINT;
    free_at BIGINT;
BEGIN
    IF settled <> '' THEN
        PERFORM rate_settle(the_host, settled);
    END IF;
    -- Whoever else takes of this window waits here, and then sees what this one took.
    INSERT INTO rate_windows AS window_row (key) VALUES (the_key) ON CONFLICT (key) DO UPDATE SET key = window_row.key RETURNING * INTO known;
    present := rate_now();
    permits := 0;
    wait := 0;
    paused := GREATEST(known.paused_until - present, 0);
    SELECT present - rate_knowledge.since INTO known_for FROM rate_knowledge;
    IF NOT FOUND THEN
        INSERT INTO rate_knowledge (one, since) VALUES (1, present) ON CONFLICT DO NOTHING;
        known_for := 0;
    END IF;
    IF paused > 0 THEN
        RETURN NEXT;
        RETURN;
    END IF;
    DELETE FROM rate_permits AS old WHERE old.key = the_key AND old.until <= present;
    SELECT COALESCE(SUM(held.permits), 0), COALESCE(SUM(held.permits) FILTER (WHERE held.background = is_background), 0)
        INTO taken, own FROM rate_permits AS held WHERE held.key = the_key;
    latest := CASE is_background WHEN 0 THEN known.interactive_at ELSE known.background_at END;
    IF own < burst THEN
        permits := GREATEST(LEAST(wanted, places - taken, burst - own), 0);
    ELSIF latest + spacing <= present THEN
        -- Where the spacing is too short for a question each, some go together; the next come later by as much.
        permits := GREATEST(LEAST(wanted, places - taken, GREATEST(50 / GREATEST(spacing, 1), 1)), 0);
    END IF;
    IF permits > 0 THEN
        latest := CASE WHEN own < burst THEN present ELSE present + (permits - 1) * spacing END;
        UPDATE rate_windows SET
            interactive_at = CASE is_background WHEN 0 THEN latest ELSE interactive_at END,
            background_at = CASE is_background WHEN 0 THEN background_at ELSE latest END
            WHERE rate_windows.key = the_key;
        UPDATE rate_permits AS held SET permits = held.permits + rate_take.permits, until = GREATEST(held.until, present + hold)
            WHERE held.key = the_key AND held.host = the_host AND held.background = is_background;
        IF NOT FOUND THEN
            INSERT INTO rate_permits VALUES (the_key, the_host, is_background, present + hold, rate_take.permits);
        END IF;
    ELSE
        IF own >= burst THEN
            wait := GREATEST(latest + spacing - present, 0);
        END IF;
        IF taken >= places THEN
            -- When enough will be free. What a host has may be used now, and is free a window later at the earliest.
            SELECT MIN(freed.at) INTO free_at FROM (
                SELECT LEAST(held.until, present + length) AS at,
                       SUM(held.permits) OVER (ORDER BY LEAST(held.until, present + length)) AS freed
                FROM rate_permits AS held WHERE held.key = the_key
            ) AS freed WHERE freed.freed > taken - places;
            wait := GREATEST(wait, COALESCE(free_at - present, length));
        END IF;
        wait := GREATEST(wait, 1);
    END IF;
    RETURN NEXT;
END $$;
