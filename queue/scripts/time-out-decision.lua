-- The wait for a decision passed its bound: it means continue, unless a decision was recorded meanwhile.
-- ARGV: trial, attempt, nonce, step
-- Answers: ok, decision | gone | superseded | lost
local trial, attempt, nonce, step = unpack(ARGV)
local refusal = refuse_attempt(trial, attempt, nonce)
if refusal then return refusal end
local decision = recorded_decision(trial, step)
if not decision or decision == 'wait' then
  decision = 'continue'
  redis.call('HSET', decisions_key(trial), step, decision)
  append('decisionTimedOut', nonce, '{"trial":' .. trial .. ',"attempt":' .. attempt .. ',"step":' .. step .. '}')
  wake()
end
return { 'ok', decision }
