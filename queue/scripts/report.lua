-- Takes a batch of reports of one attempt into the trial's curve. Only at a decision step, which ends a batch, it also writes to the log.
-- ARGV: trial, attempt, nonce, number of the first report in this attempt (from 1; '' where its writer does not count them: the
--       next one, a step sent again is known by itself), 1 if the last is at a decision step, then for each report: step, value, metrics (JSON)
-- Answers: ok, reports taken, continue | pause | stop | wait | gone | superseded | lost | gap, number to resend from
local trial, attempt, nonce, first, decides = unpack(ARGV, 1, 5)
local refusal, taken, attempt_step, reports, last_step, last_value, stop =
  refuse_attempt(trial, attempt, nonce, 'attemptReports', 'attemptStep', 'reports', 'lastStep', 'lastValue', 'stop')
if refusal then return refusal end
taken, attempt_step, reports = tonumber(taken), tonumber(attempt_step), tonumber(reports or 0)
if first == '' then first = taken + 1 end
if tonumber(first) > taken + 1 then return { 'gap', taken + 1 } end

local number, added, step, value, counts = tonumber(first), 0, nil, nil, false
for i = 6, #ARGV, 3 do
  step, value, counts = ARGV[i], ARGV[i + 1], false
  if number > taken then
    taken = number
    -- The first report of an (attempt, step) counts; an older step changes nothing.
    if tonumber(step) > attempt_step then
      attempt_step = tonumber(step)
      redis.call('RPUSH', base .. 'curve:' .. trial, '[' .. attempt .. ',' .. step .. ',' .. value .. ',' .. now .. ',' .. ARGV[i + 2] .. ']')
      last_step, last_value = step, value
      added = added + 1
      counts = true
    end
  end
  number = number + 1
end
redis.call('HSET', trial_key(trial), 'attemptReports', taken, 'attemptStep', attempt_step, 'reports', reports + added, 'lastStep', last_step or 0,
  'lastValue', last_value)
if added > 0 then
  redis.call('ZADD', last_reports, last_value, member(trial))
  redis.call('HINCRBY', guard, 'reports', added)
end

if stop == '1' then return { 'ok', taken, 'stop' } end
if decides ~= '1' then return { 'ok', taken, 'continue' } end
-- A report of an older step changes nothing, so there is nothing to decide.
if not counts then return { 'ok', taken, recorded_decision(trial, step) or 'continue' } end
if redis.call('HSETNX', decisions_key(trial), step, 'wait') == 0 then return { 'ok', taken, recorded_decision(trial, step) } end
append('reported', nonce, '{"trial":' .. trial .. ',"attempt":' .. attempt .. ',"step":' .. step .. ',"value":' .. value .. '}')
wake()
return { 'ok', taken, 'wait' }
