-- Hands a running attempt back before its end: it is lost at once, without waiting for its lease to lapse.
-- Sent twice by its writer, it answers ok and changes nothing.
-- ARGV: trial, attempt, nonce, why or ''
-- Answers: ok | gone | superseded
local trial, attempt, nonce, message = unpack(ARGV)
local key = trial_key(trial)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local held = redis.call('HMGET', key, 'state', 'attempt', 'nonce')
if held[2] ~= attempt or held[3] ~= nonce then return { 'superseded' } end
if held[1] ~= 'running' then return { 'ok' } end
lose_attempt(trial, attempt, nonce, nonce, message)
wake()
return { 'ok' }
