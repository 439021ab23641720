-- A slot presents a ticket: binds the head of the ready list to it and grants the attempt's lease.
-- ARGV: ticket or '' (an asker: it takes any open one, and counts as waiting while there is none), nonce, worker, slot,
--   content hash the child loaded, lease in ms, reply channel, provenance (JSON)
-- Answers: ok, entry (JSON), checkpoint or '', its step, best value or '', metrics (JSON) of the last report unless it came after the checkpoint or ''
--   | gone | closed (no open ticket)
--   | corrupt, entry (the ready list cannot be read and is thrown away; the ticket is settled)
--   | idle (nothing may start now; the ticket is settled) | wrong-hash, pinned hash (the ticket stays open for another worker)
local ticket, nonce, worker, slot, hash, lease, reply, provenance = unpack(ARGV)
-- How long an asker counts as waiting unless it asks again.
local ASKER_MS = 3000

-- The head of the ready list as a table; nil where it is none that an optimizer writes.
local function read_entry(text)
  local is_json, head = pcall(cjson.decode, text)
  local is_entry = is_json and type(head) == 'table' and type(head.trial) == 'number' and type(head.attempt) == 'number' and
    type(head.seed) == 'number' and type(head.origin) == 'string' and type(head.params) == 'table' and string.sub(text, -1) == '}'
  return is_entry and head or nil
end

-- Whether it is the first time that this asker finds nothing.
local function await_ticket(asker)
  if redis.call('HGET', guard, 'phase') ~= 'active' then return false end
  redis.call('ZREMRANGEBYSCORE', base .. 'askers', '-inf', now)
  return redis.call('ZADD', base .. 'askers', now + ASKER_MS, asker) == 1
end

if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local again = redis.call('HGET', base .. 'bindings', nonce)
if again then return cjson.decode(again) end
local asks = ticket == ''
if asks then ticket = redis.call('SRANDMEMBER', base .. 'tickets') or '' end
if redis.call('SISMEMBER', base .. 'tickets', ticket) == 0 then
  if asks and await_ticket(nonce) then wake() end
  return { 'closed' }
end
local held = redis.call('HMGET', guard, 'phase', 'hash', 'limit', 'readyBasis', 'readyEngine', 'best', 'left', 'enqueued')
if held[1] == 'active' and held[2] ~= hash then return { 'wrong-hash', held[2] } end
redis.call('SREM', base .. 'tickets', ticket)
local may_start = held[1] == 'active' and redis.call('ZCARD', base .. 'leases') < tonumber(held[3])
local entry = may_start and redis.call('LINDEX', base .. 'ready', 0)
local head = entry and read_entry(entry)
-- It is made from the log, and the optimizer makes another.
if entry and not head then
  redis.call('DEL', base .. 'ready')
  wake()
  return { 'corrupt', entry }
end
local left, enqueued = tonumber(held[7] or ''), tonumber(held[8] or '')
-- A list from before the last configuration was enqueued must not spend the trials that are promised to those.
if not entry or (left and head.origin == 'suggested' and enqueued > 0 and enqueued >= left) then
  if asks then await_ticket(nonce) end
  wake()
  return { 'idle' }
end
redis.call('LPOP', base .. 'ready')
if left and (head.origin == 'suggested' or head.origin == 'enqueued') then redis.call('HINCRBY', guard, 'left', -1) end
if left and head.origin == 'enqueued' then redis.call('HINCRBY', guard, 'enqueued', -1) end
local trial = string.format('%.0f', head.trial)
if head.attempt == 1 then redis.call('HSET', guard, 'trials', head.trial + 1) end
local key = trial_key(trial)
local place = redis.call('HINCRBY', guard, 'readyPlace', 1) - 1
redis.call('HSET', key, 'state', 'running', 'attempt', head.attempt, 'nonce', nonce, 'resource', head.resource or 0, 'worker', worker,
  'slot', slot, 'reply', reply, 'hash', hash, 'attemptReports', 0, 'attemptStep', 0, 'stop', '', 'provenance', provenance)
redis.call('ZADD', base .. 'leases', now + lease, trial)
if asks then redis.call('ZREM', base .. 'askers', nonce) end
local seq = append('bound', nonce, string.sub(entry, 1, -2) .. ',"basis":' .. held[4] .. ',"place":' .. place .. ',"engine":"' .. held[5] ..
  '","worker":"' .. worker .. '","slot":' .. slot .. '}')
redis.call('HSET', guard, 'lastBound', seq)
-- A checkpoint of another version of the training function is not resumed from.
local from = redis.call('HMGET', key, 'checkpoint', 'checkpointStep', 'checkpointHash')
if from[3] ~= hash then from = {} end
local last = from[1] and redis.call('LINDEX', base .. 'curve:' .. trial, -1)
local step, metrics = string.match(last or '', '^%[%d+,(%d+),[^,]+,%d+,(.*)%]$')
local reported = step and tonumber(step) <= tonumber(from[2]) and metrics or ''
local answer = { 'ok', entry, from[1] or '', from[2] or '0', held[6] or '', reported }
redis.call('HSET', base .. 'bindings', nonce, cjson.encode(answer))
wake()
return answer
