-- A group asks for slots no more. Those that it was given meanwhile are free again.
-- ARGV: group
-- Answers: ok
local group = ARGV[1]
redis.call('ZREM', base .. 'waiting', group)
redis.call('HDEL', base .. 'requests', group)
local workers = redis.call('HGET', group_key(group), 'workers')
if workers then
  close_group(group, 'it was withdrawn')
  for i, worker in ipairs(cjson.decode(workers)) do redis.call('ZREM', base .. 'ranks', group .. '/' .. (i - 1) .. '/' .. worker) end
end
place_all()
return { 'ok' }
