-- Takes the outcome of an attempt and ends its lease. Sent twice by its writer, it answers ok and changes nothing.
-- ARGV: trial, attempt, nonce, type (completed | stopped | paused | failed), further members of the event (JSON without braces), value or '',
--       reports that the attempt has made, or '' where its writer does not count them
-- Answers: ok | gone | superseded | lost | gap, number to resend from | undecided (nothing here says that it is to stop or pause: what its
--   writer was told is lost)
local trial, attempt, nonce, kind, members, value, said = unpack(ARGV)
local key = trial_key(trial)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local held = redis.call('HMGET', key, 'state', 'attempt', 'nonce', 'attemptReports', 'attemptStep', 'stop')
if held[2] ~= attempt or held[3] ~= nonce then return { 'superseded' } end
if held[1] == 'lost' then return { 'lost' } end
if held[1] ~= 'running' then return { 'ok' } end
-- A Redis that came back without its last second may lack what led to this outcome.
if said ~= '' and tonumber(said) > tonumber(held[4]) then return { 'gap', tonumber(held[4]) + 1 } end
if said ~= '' and kind == 'stopped' and held[6] ~= '1' then return { 'undecided' } end
if said ~= '' and kind == 'paused' and recorded_decision(trial, held[5]) ~= 'pause' then return { 'undecided' } end
redis.call('HSET', key, 'state', kind)
redis.call('ZREM', base .. 'leases', trial)
redis.call('ZREM', last_reports, member(trial))
redis.call('HDEL', base .. 'bindings', nonce)
-- The value of a stopped or paused trial is its last report.
local seq = append(kind, nonce, '{"trial":' .. trial .. ',"attempt":' .. attempt .. ',' .. progress(trial, kind == 'stopped' or kind == 'paused') ..
  (members == '' and '' or ',' .. members) .. '}')
-- A trial that completed or stopped never runs again, so nobody will ask for its decisions.
if kind == 'completed' or kind == 'stopped' then redis.call('UNLINK', decisions_key(trial)) end
local known = redis.call('HMGET', guard, 'best', 'direction', 'fresh')
redis.call('HSET', guard, 'lastOutcome', seq)
if kind == 'completed' then
  local new, best = tonumber(value), tonumber(known[1] or '')
  if not best or (known[2] == 'minimize' and new < best) or (known[2] == 'maximize' and new > best) then redis.call('HSET', guard, 'best', value) end
end
if known[3] == '1' then redis.call('DEL', base .. 'ready') end
wake()
return { 'ok' }
