-- A group asks for slots, again and again until it has them; all that wait are served in the order of their arrival.
-- ARGV: group, request (JSON, see lib.lua, without expires), how long it counts unless it asks again, in ms, when it arrived or ''
-- Answers: placed, workers by rank (JSON) | waiting, when it arrived
local group, request, waits, arrived = unpack(ARGV)
local function placed() return redis.call('HGET', group_key(group), 'workers') end
if placed() then return { 'placed', placed() } end
request = cjson.decode(request)
request.expires = now + waits
redis.call('ZADD', base .. 'waiting', 'NX', arrived == '' and now or arrived, group)
redis.call('HSET', base .. 'requests', group, cjson.encode(request))
place_all()
if placed() then return { 'placed', placed() } end
return { 'waiting', redis.call('ZSCORE', base .. 'waiting', group) }
