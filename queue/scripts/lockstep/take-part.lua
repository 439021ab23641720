-- The worker of a rank renews its slot, says what it has to say, once, and hears what all have said.
-- ARGV: group, rank, worker, lease in ms, then field, value …
-- Answers: ok, the group's record: field, value … | gone (the slot is not reserved for it any more)
local group, rank, worker, lease = unpack(ARGV, 1, 4)
local key, member = group_key(group), group .. '/' .. rank .. '/' .. worker
drop_lapsed()
if redis.call('EXISTS', key) == 0 or not redis.call('ZSCORE', base .. 'ranks', member) then return { 'gone' } end
redis.call('ZADD', base .. 'ranks', now + lease, member)
redis.call('PEXPIRE', key, RECORD_MS)
local is_new = false
for i = 5, #ARGV, 2 do is_new = redis.call('HSETNX', key, ARGV[i], ARGV[i + 1]) == 1 or is_new end
if is_new then tell(group) end
return { 'ok', unpack(redis.call('HGETALL', key)) }
