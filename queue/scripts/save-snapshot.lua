-- ARGV: epoch, epoch nonce, snapshot (JSON)
-- Answers: ok | gone | superseded, epoch held
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local held = redis.call('HMGET', guard, 'epoch', 'epochNonce')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then return { 'superseded', tonumber(held[1]) } end
redis.call('SET', base .. 'snapshot', ARGV[3])
return { 'ok' }
