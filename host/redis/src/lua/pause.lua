-- The outside said to wait; a longer wait stays.
local paused = present + ARGV[3]
if paused > tonumber(redis.call('HGET', KEYS[2], 'paused') or 0) then
    redis.call('HSET', KEYS[2], 'paused', whole(paused))
    keep(KEYS[2], paused)
end
return {}
