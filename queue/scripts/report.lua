-- Takes a batch of reports of one attempt into the trial's curve. Only at a decision step, which ends a batch, it also writes to the log.
-- ARGV: trial, attempt, nonce, number of the first report in this attempt (from 1), 1 if the last is at a decision step,
--       then for each report: step, value, metrics (JSON)
-- Answers: ok, reports taken, continue | pause | stop | wait | gone | superseded | lost | gap, number to resend from
local trial, attempt, nonce, first, decides = unpack(ARGV, 1, 5)
local refusal = refuse_attempt(trial, attempt, nonce)
if refusal then return refusal end
local key = trial_key(trial)
local held = redis.call('HMGET', key, 'attemptReports', 'attemptStep', 'reports', 'lastStep', 'stop')
local taken, attempt_step, reports, last_step = tonumber(held[1]), tonumber(held[2]), tonumber(held[3] or 0), tonumber(held[4] or 0)
if tonumber(first) > taken + 1 then return { 'gap', taken + 1 } end

local number, added, step, value, counts, last_value = tonumber(first), 0, nil, nil, false, nil
for i = 6, #ARGV, 3 do
  step, value, counts = ARGV[i], ARGV[i + 1], false
  if number > taken then
    taken = number
    -- The first report of an (attempt, step) counts; an older step changes nothing.
    if tonumber(step) > attempt_step then
      attempt_step = tonumber(step)
      if attempt_step > last_step then last_step = attempt_step end
      redis.call('RPUSH', base .. 'curve:' .. trial, '[' .. attempt .. ',' .. step .. ',' .. value .. ',' .. now .. ',' .. ARGV[i + 2] .. ']')
      last_value = value
      added = added + 1
      counts = true
    end
  end
  number = number + 1
end
redis.call('HSET', key, 'attemptReports', taken, 'attemptStep', attempt_step, 'reports', reports + added, 'lastStep', last_step)
if added > 0 then
  redis.call('HSET', key, 'lastValue', last_value)
  redis.call('ZADD', last_reports, last_value, member(trial))
  redis.call('HINCRBY', guard, 'reports', added)
end

if held[5] == '1' then return { 'ok', taken, 'stop' } end
if decides ~= '1' then return { 'ok', taken, 'continue' } end
local decision = redis.call('HGET', decisions_key(trial), step)
if decision then return { 'ok', taken, decision } end
if redis.call('HEXISTS', key, 'w:' .. step) == 0 then
  -- A report of an older step changes nothing, so there is nothing to decide.
  if not counts then return { 'ok', taken, 'continue' } end
  redis.call('HSET', key, 'w:' .. step, '1')
  wake(append('reported', nonce, '{"trial":' .. trial .. ',"attempt":' .. attempt .. ',"step":' .. step .. ',"value":' .. value .. '}'))
end
return { 'ok', taken, 'wait' }
