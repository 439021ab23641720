-- A person's request. What it forbids holds from here on, before any optimizer has read it.
-- ARGV: action, request (JSON), nonce, new pinned hash or ''
-- Answers: ok, phase before, extensions | unchanged, phase | conflict, phase | gone
local action, request, nonce, hash = unpack(ARGV)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local again = redis.call('HGET', guard, 'c:' .. nonce)
if again then return cjson.decode(again) end
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
redis.call('HSET', guard, 'phase', to)
if hash ~= '' then redis.call('HSET', guard, 'hash', hash) end
if to == 'stopping' or to == 'deleting' then
  for _, trial in ipairs(redis.call('ZRANGE', base .. 'leases', 0, -1)) do tell_stop(trial) end
end
local extensions = redis.call('HINCRBY', guard, 'extensions', phase == 'ended' and 1 or 0)
local answer = { 'ok', phase, extensions }
redis.call('HSET', guard, 'c:' .. nonce, cjson.encode(answer))
local seq = append('controlRequested', nonce, '{"request":' .. request .. '}')
redis.call('HSET', guard, 'lastRequest', seq)
wake()
return answer
