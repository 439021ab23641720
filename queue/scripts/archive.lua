-- An ended experiment leaves Redis: without its guard it is none any more. Its other keys are removed afterwards, a few at a time.
-- ARGV: last log entry of what was kept elsewhere
-- Answers: ok | gone | changed (it goes on, or something was written since)
local seq = unpack(ARGV)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local held = redis.call('HMGET', guard, 'phase', 'seq')
if held[1] ~= 'ended' or held[2] ~= seq then return { 'changed' } end
redis.call('SET', base .. 'tombstone', now)
redis.call('UNLINK', guard, base .. 'specification', base .. 'log', base .. 'snapshot')
return { 'ok' }
