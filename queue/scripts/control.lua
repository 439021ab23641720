-- A person's request. What it forbids holds from here on, before any optimizer has read it.
-- ARGV: action, request (JSON), nonce, new pinned hash or '', further trials (of extend), trials of an experiment at most
-- Answers: ok, phase before, extensions | unchanged, phase | conflict, phase | full (nothing of maxTrials is left for an enqueued configuration)
--   | too-many, trials (with those further ones it would have more than an experiment may)
--   | reused (the nonce stands for another request) | gone
local REMEMBERED_MS = 24 * 3600 * 1000
local action, request, nonce, hash, further, most = unpack(ARGV)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local digest = redis.sha1hex(request)
local again = redis.call('HGET', base .. 'requests', nonce)
if again then
  if string.sub(again, 1, #digest) ~= digest then return { 'reused' } end
  return cjson.decode(string.sub(again, #digest + 1))
end
local phase = redis.call('HGET', guard, 'phase')
local legal = {
  stop = { active = 'stopping', paused = 'stopping', stopping = '', ended = '' },
  pause = { active = 'paused', paused = '' },
  resume = { paused = 'active', active = hash == '' and '' or 'active' },
  extend = { active = 'active', paused = 'paused', ended = 'active' },
  enqueue = { active = 'active', paused = 'paused' },
  delete = { active = 'deleting', paused = 'deleting', stopping = 'deleting', ended = 'deleting', deleting = '' },
}
local to = legal[action][phase]
if not to then return { 'conflict', phase } end
if to == '' then return { 'unchanged', phase } end
local trials = redis.call('HMGET', guard, 'left', 'enqueued', 'trials')
if action == 'enqueue' and trials[1] and tonumber(trials[2]) >= tonumber(trials[1]) then return { 'full' } end
local extended = tonumber(trials[3] or 0) + tonumber(trials[1] or 0) + tonumber(further)
if action == 'extend' and extended > tonumber(most) then return { 'too-many', extended } end
redis.call('HSET', guard, 'phase', to)
if hash ~= '' then redis.call('HSET', guard, 'hash', hash) end
if trials[1] then
  if action == 'enqueue' then redis.call('HINCRBY', guard, 'enqueued', 1) end
  if action == 'extend' then
    redis.call('HINCRBY', guard, 'left', further)
    redis.call('HINCRBY', guard, 'furtherTrials', further)
  end
end
if to == 'stopping' or to == 'deleting' then
  for _, trial in ipairs(redis.call('ZRANGE', base .. 'leases', 0, -1)) do tell_stop(trial) end
end
local extensions = redis.call('HINCRBY', guard, 'extensions', phase == 'ended' and 1 or 0)
local answer = { 'ok', phase, extensions }
redis.call('HSET', base .. 'requests', nonce, digest .. cjson.encode(answer))
redis.call('ZADD', base .. 'requested', now, nonce)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', base .. 'requested', '-inf', now - REMEMBERED_MS, 'LIMIT', 0, 100)) do
  redis.call('HDEL', base .. 'requests', old)
  redis.call('ZREM', base .. 'requested', old)
end
local seq = append('controlRequested', nonce, '{"request":' .. request .. '}')
redis.call('HSET', guard, 'lastRequest', seq)
wake()
return answer
