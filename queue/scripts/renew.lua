-- Renews an attempt's lease and says what the attempt should know.
-- ARGV: trial, attempt, nonce, lease in ms, step whose decision is awaited or ''
-- Answers: ok, 1 if it is to stop, recorded decision or '' | gone | superseded | lost
local trial, attempt, nonce, lease, step = unpack(ARGV)
local refusal = refuse_attempt(trial, attempt, nonce)
if refusal then return refusal end
redis.call('ZADD', base .. 'leases', now + lease, trial)
local decision = step ~= '' and recorded_decision(trial, step)
return { 'ok', redis.call('HGET', trial_key(trial), 'stop') == '1' and 1 or 0, decision and decision ~= 'wait' and decision or '' }
