-- Keeps what a rank of a lockstep group says of itself; a later attempt begins anew. Taken also after the attempt's end, which may come
-- before a rank's last word.
-- ARGV: trial, attempt, nonce, rank, record (JSON)
-- Answers: ok | gone | superseded
local trial, attempt, nonce, rank, record = unpack(ARGV)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local held = redis.call('HMGET', trial_key(trial), 'attempt', 'nonce')
if held[1] ~= attempt or held[2] ~= nonce then return { 'superseded' } end
local key = base .. 'group:' .. trial
if redis.call('HGET', key, 'generation') ~= attempt then
  redis.call('DEL', key)
  redis.call('HSET', key, 'generation', attempt)
end
redis.call('HSET', key, rank, record)
return { 'ok' }
