-- Takes up to so many permits: as many as there are places, at once within the burst, and beyond it as many as the spacing lets. Answers how
-- many, else when there can be one, for how long the outside said to wait, and for how long it is known what was taken.
local window, priority = KEYS[2], ARGV[3]
local wanted, places, burst = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local spacing, length, hold = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

local known = known_for()
settle(3, 10)

local latest, paused, held, held_until = 0, 0, 0, 0
-- Permits that count, those of this priority among them, and when each of them may be free.
local taken, own, free = 0, 0, {}
local fields = redis.call('HGETALL', window)
for place = 1, #fields, 2 do
    local name, value = fields[place], fields[place + 1]
    local kind, of, rest = string.match(name, '^(%a+):(%d):?(.*)$')
    local permits, til
    if name == 'paused' then
        paused = math.max(value - present, 0)
    elseif kind == 'at' and of == priority then
        latest = tonumber(value)
    elseif kind == 'held' then
        permits, til = string.match(value, '^(%d+) (%d+)$')
    elseif kind == 'used' then
        permits, til = value, rest
    end
    if permits then
        permits, til = tonumber(permits), tonumber(til)
        if til <= present then
            redis.call('HDEL', window, name)
        else
            taken = taken + permits
            if of == priority then
                own = own + permits
                if kind == 'held' and rest == ARGV[2] then
                    held, held_until = permits, til
                end
            end
            -- What a host has may be used now, and is free a window later at the earliest.
            table.insert(free, {math.min(til, present + length), permits})
        end
    end
end
if paused > 0 then
    return {0, 0, paused, known}
end

local permits = 0
if own < burst then
    permits = math.min(wanted, places - taken, burst - own)
elseif latest + spacing <= present then
    -- Where the spacing is too short for a question each, some go together; the next come later by as much.
    permits = math.min(wanted, places - taken, math.max(math.floor(50 / math.max(spacing, 1)), 1))
end
if permits > 0 then
    latest = present
    if own >= burst then
        latest = present + (permits - 1) * spacing
    end
    held, held_until = held + permits, math.max(held_until, present + hold)
    redis.call('HSET', window, 'at:' .. priority, whole(latest), 'held:' .. priority .. ':' .. ARGV[2], whole(held) .. ' ' .. whole(held_until))
    keep(window, math.max(held_until, latest + spacing))
    return {permits, 0, 0, known}
end

local wait = 0
if own >= burst then
    wait = math.max(latest + spacing - present, 0)
end
if taken >= places then
    -- When enough will be free.
    table.sort(free, function(one, other) return one[1] < other[1] end)
    local freed, at = 0, present + length
    for _, one in ipairs(free) do
        freed = freed + one[2]
        if freed > taken - places then
            at = one[1]
            break
        end
    end
    wait = math.max(wait, at - present)
end
return {0, math.max(wait, 1), 0, known}
