-- The decision script: the only one through which an optimizer changes an experiment.
-- ARGV: epoch, epoch nonce, decision sequence number (stored + 1), last log entry folded, nonce of this commit, request (JSON):
--   folded     [nonce of the log entry]               of those folded last, up to that entry: at least its own
--   decisions  [{ trial, step, decision, data }]      data: JSON of the event
--   events     [{ type, data }]                       capacityChanged, timerExpired, ended
--   stops      [trial]                                running trials that are to stop
--   ready      { basis, engine, fresh, entries: [JSON] } or absent
--   limit      trials at once from here on            tickets    open tickets there should be
-- Answers: ok, the time in ms, the log after the entry folded last (JSON; from a long one only the beginning, and what this commit wrote), ready accepted (0 | 1),
--     entries ready, trials running, number of opened tickets, their ids …, ids of closed tickets …
--   | gone | superseded, its epoch | out-of-sequence | behind (entries that were folded are not in this log: it was cut)
--   | news (an end was asked for while something unfolded happened or an attempt still runs; time expired, and an unfolded request may
--     have extended or paused it)
local MOST_ENTRIES = 1000
local epoch, epoch_nonce, decision_seq, folded, nonce, request = unpack(ARGV)
request = cjson.decode(request)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local held = redis.call('HMGET', guard, 'epoch', 'epochNonce', 'decisionSeq', 'seq', 'lastBound', 'lastOutcome', 'lastRequest')
if held[1] ~= epoch or held[2] ~= epoch_nonce then return { 'superseded', tonumber(held[1]) } end
if tonumber(decision_seq) ~= tonumber(held[3]) + 1 then return { 'out-of-sequence' } end
local known = #request.folded
local log = redis.call('XRANGE', base .. 'log', folded - known + 1 .. '-0', '+', 'COUNT', known + MOST_ENTRIES)
for i, folded_nonce in ipairs(request.folded) do
  if not log[i] or log[i][2][8] ~= folded_nonce then return { 'behind' } end
end
local lapsed = redis.call('ZRANGEBYSCORE', base .. 'leases', '-inf', now, 'LIMIT', 0, 1000)
local ending, expired = false, false
for _, event in ipairs(request.events) do
  ending = ending or event.type == 'ended'
  expired = expired or event.type == 'timerExpired'
end
if ending and (held[4] ~= folded or redis.call('ZCARD', base .. 'leases') > 0) then return { 'news' } end
if expired and tonumber(held[7] or 0) > tonumber(folded) then return { 'news' } end

redis.call('HSET', guard, 'decisionSeq', decision_seq, 'limit', request.limit)
for _, trial in ipairs(lapsed) do
  local lost = redis.call('HMGET', trial_key(trial), 'attempt', 'nonce')
  lose_attempt(trial, lost[1], lost[2], nonce, '')
end
for _, made in ipairs(request.decisions) do
  local key = trial_key(made.trial)
  -- Recorded already, or nobody waits: the trial ended meanwhile, which took its decisions with it.
  if redis.call('HGET', decisions_key(made.trial), made.step) == 'wait' then
    redis.call('HSET', decisions_key(made.trial), made.step, made.decision)
    append('decided', nonce, made.data)
    if made.decision == 'stop' then redis.call('HSET', key, 'stop', '1') end
    local to = redis.call('HMGET', key, 'reply', 'attempt')
    if to[1] then
      redis.call('PUBLISH', to[1],
        cjson.encode({ guard = guard, trial = made.trial, attempt = tonumber(to[2]), step = made.step, decision = made.decision }))
    end
  end
end
for _, trial in ipairs(request.stops) do
  if redis.call('ZSCORE', base .. 'leases', trial) then tell_stop(trial) end
end
for _, event in ipairs(request.events) do
  append(event.type, nonce, event.data)
  if event.type == 'ended' and redis.call('HGET', guard, 'phase') ~= 'deleting' then redis.call('HSET', guard, 'phase', 'ended') end
  -- Whoever still waits for a trial hears that none will come.
  if event.type == 'ended' then redis.call('UNLINK', base .. 'askers') end
end

-- A list made before something was bound would suggest it twice; one made before an outcome would miss the newest result.
local accepted = 0
local list = request.ready
if list and tonumber(held[5]) <= list.basis and (not list.fresh or tonumber(held[6]) <= list.basis) then
  accepted = 1
  redis.call('DEL', base .. 'ready')
  -- In parts: unpack() bears some 8,000 values, and a pool may have more slots.
  for first = 1, #list.entries, 1000 do
    redis.call('RPUSH', base .. 'ready', unpack(list.entries, first, math.min(first + 999, #list.entries)))
  end
  redis.call('HSET', guard, 'readyBasis', list.basis, 'readyEngine', list.engine, 'readyPlace', 0, 'fresh', list.fresh and '1' or '0')
end

local after = { unpack(log, known + 1) }
for _, entry in ipairs(written) do after[#after + 1] = entry end
local open = redis.call('SCARD', base .. 'tickets')
local opened = math.max(0, request.tickets - open)
local answer = { 'ok', now, entries_json(after), accepted, redis.call('LLEN', base .. 'ready'), redis.call('ZCARD', base .. 'leases'), opened }
for _ = 1, opened do
  local ticket = 't' .. redis.call('HINCRBY', guard, 'ticketSeq', 1)
  redis.call('SADD', base .. 'tickets', ticket)
  answer[#answer + 1] = ticket
end
if open > request.tickets then
  for _, ticket in ipairs(redis.call('SPOP', base .. 'tickets', open - request.tickets)) do answer[#answer + 1] = ticket end
end
return answer
