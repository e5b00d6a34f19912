-- What all questions begin with. KEYS[1] says since when this server knows what was taken; ARGV[1] is which run of its program is asked,
-- ARGV[2] the host.
--
-- A window is one hash, so that it is there as a whole or not at all:
--   at:PRIORITY          when the latest permit of a priority was given (0 interactive, 1 background)
--   paused               the outside said to wait until then
--   held:PRIORITY:HOST   permits that a host has, and until when they count should it be gone
--   used:PRIORITY:UNTIL  permits whose use has ended, and until when they count
-- Times are milliseconds of this server's clock.

-- How long a server that nobody asks remembers since when it knows: longer than any window.
local REMEMBERED = 172800000

local time = redis.call('TIME')
local present = time[1] * 1000 + math.floor(time[2] / 1000)

-- A number as Redis reads it; Lua would round one of many digits.
local function whole(number)
    return string.format('%.0f', number)
end

-- Has a window stay until a moment at least.
local function keep(window, moment)
    if redis.call('PTTL', window) < moment - present then
        redis.call('PEXPIREAT', window, whole(moment))
    end
end

-- For how long it is known what was taken. A server that was started again may have kept something of before, but not all: so it begins anew.
-- Written at each question, so that a server that takes no writes refuses the question.
local function known_for()
    local found = redis.call('HMGET', KEYS[1], 'run', 'since')
    local since = tonumber(found[2])
    if found[1] ~= ARGV[1] or not since then
        since = present
    end
    redis.call('HSET', KEYS[1], 'run', ARGV[1], 'since', whole(since))
    redis.call('PEXPIRE', KEYS[1], REMEMBERED)
    return math.max(present - since, 0)
end

-- Takes permits back from a host.
local function release(window, priority, given)
    local name = 'held:' .. priority .. ':' .. ARGV[2]
    local held = redis.call('HGET', window, name)
    if held then
        local permits, til = string.match(held, '^(%d+) (%d+)$')
        if tonumber(permits) > given then
            redis.call('HSET', window, name, whole(permits - given) .. ' ' .. til)
        else
            redis.call('HDEL', window, name)
        end
    end
end

-- Settles what the host has of the windows from a place in KEYS on. For each of them there is in ARGV, from another place on: the priority, the
-- length, how many permits were not used, and how many uses follow, each as a count and how long ago they ended.
local function settle(first_key, at)
    for place = first_key, #KEYS do
        local window, priority, length = KEYS[place], ARGV[at], tonumber(ARGV[at + 1])
        local given, uses = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
        at = at + 4
        -- Ends of uses within a thousandth of the window are one field.
        local step, last = math.max(math.floor(length / 1000), 1), 0
        for _ = 1, uses do
            local count, ended = tonumber(ARGV[at]), present - ARGV[at + 1] + length
            at = at + 2
            given = given + count
            if ended > present then
                ended = (math.floor(ended / step) + 1) * step
                redis.call('HINCRBY', window, 'used:' .. priority .. ':' .. whole(ended), count)
                last = math.max(last, ended)
            end
        end
        release(window, priority, given)
        keep(window, last)
    end
end

