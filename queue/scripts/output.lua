-- Keeps the last lines that a trial printed. Taken also after the attempt's outcome, which may come before a rank's last word.
-- Sent twice by its writer, it answers ok and changes nothing: each rank sends one batch after another, so the nonce of its last one tells.
-- ARGV: trial, attempt, nonce, rank (0 where there is no group), nonce of this batch, lines kept at most, bytes kept at most, line …
-- Answers: ok | gone | superseded | lost
local trial, attempt, nonce, rank, batch, max_lines, max_bytes = unpack(ARGV, 1, 7)
local refusal = refuse_last_words(trial, attempt, nonce)
if refusal then return refusal end
local list, key = base .. 'output:' .. trial, trial_key(trial)
local known = redis.call('HMGET', key, 'outputBytes', 'outputBatch:' .. rank)
if known[2] == batch then return { 'ok' } end
local bytes = tonumber(known[1] or 0)
for i = 8, #ARGV do
  redis.call('RPUSH', list, ARGV[i])
  bytes = bytes + #ARGV[i]
end
local lines = redis.call('LLEN', list)
while lines > tonumber(max_lines) or bytes > tonumber(max_bytes) do
  bytes = bytes - #redis.call('LPOP', list)
  lines = lines - 1
end
redis.call('HSET', key, 'outputBytes', bytes, 'outputBatch:' .. rank, batch)
return { 'ok' }
