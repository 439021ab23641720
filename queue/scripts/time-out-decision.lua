-- The wait for a decision passed its bound: it means continue, unless a decision was recorded meanwhile.
-- ARGV: trial, attempt, nonce, step
-- Answers: ok, decision | gone | superseded | lost
local trial, attempt, nonce, step = unpack(ARGV)
local refusal = refuse_attempt(trial, attempt, nonce)
if refusal then return refusal end
local key = trial_key(trial)
if redis.call('HSETNX', decisions_key(trial), step, 'continue') == 1 then
  redis.call('HDEL', key, 'w:' .. step)
  wake(append('decisionTimedOut', nonce, '{"trial":' .. trial .. ',"attempt":' .. attempt .. ',"step":' .. step .. '}'))
end
return { 'ok', recorded_decision(trial, step) }
