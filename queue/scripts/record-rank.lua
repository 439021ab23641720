-- Keeps what a rank of a lockstep group says of itself; a later attempt begins anew. Taken also after the attempt's outcome.
-- ARGV: trial, attempt, nonce, rank, record (JSON)
-- Answers: ok | gone | superseded | lost
local trial, attempt, nonce, rank, record = unpack(ARGV)
local refusal = refuse_last_words(trial, attempt, nonce)
if refusal then return refusal end
local key = base .. 'group:' .. trial
if redis.call('HGET', key, 'generation') ~= attempt then
  redis.call('DEL', key)
  redis.call('HSET', key, 'generation', attempt)
end
redis.call('HSET', key, rank, record)
return { 'ok' }
