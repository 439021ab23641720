-- A worker offers its slots to groups, until the offer expires, or takes the offer back.
-- ARGV: worker, offer (JSON, see lib.lua, without expires) or '', until when it counts unless it is made again, in ms from now
-- Answers: ok, workers whose offers have expired …
local worker, offer, lasts = unpack(ARGV)
if offer == '' then
  redis.call('HDEL', base .. 'workers', worker)
else
  offer = cjson.decode(offer)
  offer.expires = now + lasts
  redis.call('HSET', base .. 'workers', worker, cjson.encode(offer))
end
local answer = { 'ok' }
local all = redis.call('HGETALL', base .. 'workers')
for i = 1, #all, 2 do
  if cjson.decode(all[i + 1]).expires <= now then
    redis.call('HDEL', base .. 'workers', all[i])
    answer[#answer + 1] = all[i]
  end
end
place_all()
return answer
