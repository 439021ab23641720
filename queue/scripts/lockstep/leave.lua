-- The slot of a rank is free again.
-- ARGV: group, rank, worker
-- Answers: ok
local group, rank, worker = unpack(ARGV)
local key = group_key(group)
if redis.call('ZREM', base .. 'ranks', group .. '/' .. rank .. '/' .. worker) == 1 then
  local workers = redis.call('HGET', key, 'workers')
  if workers and redis.call('HINCRBY', key, 'left', 1) == #cjson.decode(workers) then redis.call('DEL', key) end
  place_all()
end
return { 'ok' }
