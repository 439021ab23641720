-- Prepended to every script. All keys of one experiment share its hash tag and are derived from KEYS[1], its guard.
-- A script refuses before its first write, refuses where the guard is absent (the experiment was deleted), and bears being sent twice.
--
-- guard (hash)      fingerprint, hash (pinned content hash), phase (active | paused | stopping | ended | deleting), direction, seq (last log entry),
--                   lastBound, lastOutcome, lastRequest (log entries), epoch, epochNonce, decisionSeq, limit, ticketSeq, extensions,
--                   readyBasis, readyEngine, readyPlace, fresh (1: an outcome empties the ready list), best (best completed value), reports,
--                   trials (trial numbers given away), left (those that maxTrials still allows), enqueued (of these, promised to
--                   configurations that wait)
-- log (stream)      <seq>-0 → type, v, at, nonce, data (JSON without those)
-- ready (list)      JSON entries;  tickets (set) ids of open tickets;  leases (zset) trial → deadline in ms
-- askers (zset)     nonce of a start without a ticket → until when it counts as waiting for one, in ms
-- requests (hash)   nonce of a person's request → its SHA-1 and the answer (JSON);  requested (zset) nonce → when; for a day
-- bindings (hash)   nonce of a start → its answer, while the attempt runs
-- trial:<n> (hash)  state, attempt, nonce, resource (step that its segment runs to, or 0), worker, slot, reply, stop,
--                   attemptReports, attemptStep, reports, lastStep, lastValue,
--                   hash (content hash it runs), checkpoint, checkpointStep, checkpointHash, checkpointRecord, model…, provenance,
--                   outputBytes, outputBatch:<rank>
-- decisions:<n> (hash) step → recorded decision, or wait where a report waits for one; while the trial may run again
-- group:<n> (hash)  generation → attempt, rank → what a rank of its lockstep group has said of itself (JSON)
-- curve:<n>, output:<n>, artefacts:<n> (lists)
local guard = KEYS[1]
local base = string.sub(guard, 1, #guard - #'guard')
local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))

local function trial_key(trial) return base .. 'trial:' .. trial end
local function decisions_key(trial) return base .. 'decisions:' .. trial end

-- What this run of the script appends to the log; as everywhere, an entry has the shape in which XRANGE answers it.
local written = {}

local function append(kind, nonce, data)
  local seq = redis.call('HINCRBY', guard, 'seq', 1)
  local entry = { seq .. '-0', { 'type', kind, 'v', '1', 'at', now, 'nonce', nonce, 'data', data } }
  redis.call('XADD', base .. 'log', entry[1], unpack(entry[2]))
  written[#written + 1] = entry
  return seq
end

-- What was decided of a trial at a step; wait where its report waits for it, false where nothing was asked. A trial that was promoted
-- and starts from scratch gets through the pauses on its way.
local function recorded_decision(trial, step)
  local decision = redis.call('HGET', decisions_key(trial), step)
  if decision == 'pause' and tonumber(step) < tonumber(redis.call('HGET', trial_key(trial), 'resource') or '0') then return 'continue' end
  return decision
end

-- A trial's name in the indexes of the read model: of equal width, so that trials of equal score stand in the order of their numbers.
local function member(trial) return string.format('%07.0f', trial) end
-- Running trials by their last report (zset). Every other index is written from the optimizer's fold, which reads of few reports.
local last_reports = base .. 'index:running:value'

-- cjson cannot tell an empty list from an empty object.
local function entries_json(entries) return #entries > 0 and cjson.encode(entries) or '[]' end

-- A hint with what was written: whoever has read the log up to there need not ask for it. Behind hints every reader also polls.
local function wake() redis.call('PUBLISH', base .. 'news', entries_json(written)) end

-- The fence of everything an attempt says. Answers the refusal; nil, and the values of further fields of the trial, when
-- (trial, attempt, nonce) holds the lease.
local function refuse_attempt(trial, attempt, nonce, ...)
  if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
  local held = redis.call('HMGET', trial_key(trial), 'state', 'attempt', 'nonce', ...)
  if held[2] ~= attempt or held[3] ~= nonce then return { 'superseded' } end
  if held[1] ~= 'running' then return { 'lost' } end
  return nil, unpack(held, 4)
end

-- The same for what may come after the outcome: the last words of the other ranks of a lockstep group.
local function refuse_last_words(trial, attempt, nonce)
  if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
  local held = redis.call('HMGET', trial_key(trial), 'state', 'attempt', 'nonce')
  if held[2] ~= attempt or held[3] ~= nonce then return { 'superseded' } end
  if held[1] == 'lost' then return { 'lost' } end
end

-- Members that the event of an attempt's end takes from the curve: how many reports all attempts have made, and the last one's step and, as
-- its text, value.
local function progress(trial, with_value)
  local held = redis.call('HMGET', trial_key(trial), 'reports', 'lastStep', 'lastValue')
  local members = '"reports":' .. (held[1] or '0') .. ',"lastStep":' .. (held[2] or '0')
  return with_value and held[3] and members .. ',"value":' .. held[3] or members
end

-- message: why, or '' where nobody could say.
local function lose_attempt(trial, attempt, attempt_nonce, writer_nonce, message)
  redis.call('HSET', trial_key(trial), 'state', 'lost')
  redis.call('ZREM', base .. 'leases', trial)
  redis.call('ZREM', last_reports, member(trial))
  redis.call('HDEL', base .. 'bindings', attempt_nonce)
  return append('attemptLost', writer_nonce, '{"trial":' .. trial .. ',"attempt":' .. attempt .. ',' .. progress(trial, true) ..
    (message == '' and '' or ',"message":' .. cjson.encode(message)) .. '}')
end

local function tell_stop(trial)
  local key = trial_key(trial)
  redis.call('HSET', key, 'stop', '1')
  local to = redis.call('HMGET', key, 'reply', 'attempt')
  if to[1] then redis.call('PUBLISH', to[1], cjson.encode({ guard = guard, trial = tonumber(trial), attempt = tonumber(to[2]), stop = true })) end
end
