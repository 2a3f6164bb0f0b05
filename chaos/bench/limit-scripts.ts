/** Rate limits as applications write them in Lua: KEYS[1] is the limit, ARGV[1] how many it allows in ARGV[2] milliseconds. */

export const FIXED_WINDOW = `
local taken = redis.call('INCR', KEYS[1])
if taken == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return taken <= tonumber(ARGV[1]) and 1 or 0`;

/** A log of when each was taken; ARGV[3] tells apart two of the same millisecond. */
export const SLIDING_WINDOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now, now .. ':' .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;
