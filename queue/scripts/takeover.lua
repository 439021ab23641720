-- Makes the caller the only one whose decisions count: a new epoch with a random nonce.
-- ARGV: nonce
-- Answers: ok, epoch, phase | gone
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local epoch = redis.call('HINCRBY', guard, 'epoch', 1)
redis.call('HSET', guard, 'epochNonce', ARGV[1], 'decisionSeq', 0)
return { 'ok', epoch, redis.call('HGET', guard, 'phase') }
