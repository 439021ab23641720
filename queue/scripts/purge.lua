-- The last step of a deletion: removes the primary records and leaves a tombstone.
-- ARGV: epoch, epoch nonce
-- Answers: ok | gone | superseded, epoch held | busy (not being deleted, or an attempt still holds a lease that has not lapsed)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local held = redis.call('HMGET', guard, 'epoch', 'epochNonce', 'phase')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then return { 'superseded', tonumber(held[1]) } end
if held[3] ~= 'deleting' or redis.call('ZCOUNT', base .. 'leases', now, '+inf') > 0 then return { 'busy' } end
redis.call('SET', base .. 'tombstone', now)
redis.call('UNLINK', guard, base .. 'specification', base .. 'log', base .. 'ready', base .. 'tickets', base .. 'askers', base .. 'leases', base .. 'bindings',
  base .. 'snapshot')
redis.call('UNLINK', base .. 'requests', base .. 'requested')
return { 'ok' }
