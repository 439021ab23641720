-- Writes what users read, as of one position of the log. Everything here can be rebuilt from log and curves. Of many rows, some may come
-- first: readers take the position for a promise that all up to it is there, and the result for the sum of the rows.
-- ARGV: epoch, epoch nonce, position or '' where more rows follow, result (JSON) or '', rows (JSON): [{ number, state, row (JSON), value or absent, seconds or absent }],
--       last log entry folded, nonces of those folded last up to it (JSON), as for the decision script
-- Keys: rows (hash) number → row; states (hash) number → state as indexed; index:<state | all>:<number | value | duration> (zsets of numbers in seven digits)
-- Answers: ok | gone | superseded, epoch held | behind (entries that were folded are not in this log: it was cut)
local epoch, epoch_nonce, position, result = unpack(ARGV)
if redis.call('EXISTS', guard) == 0 then return { 'gone' } end
local held = redis.call('HMGET', guard, 'epoch', 'epochNonce')
if held[1] ~= epoch or held[2] ~= epoch_nonce then return { 'superseded', tonumber(held[1]) } end
local nonces = cjson.decode(ARGV[7])
local log = #nonces > 0 and redis.call('XRANGE', base .. 'log', ARGV[6] - #nonces + 1 .. '-0', ARGV[6] .. '-0') or {}
for i, nonce in ipairs(nonces) do
  if not log[i] or log[i][2][8] ~= nonce then return { 'behind' } end
end
-- A trial that has no score any more, since it was promoted say, stands nowhere.
local function rank(key, score, member)
  if score then redis.call('ZADD', key, score, member) else redis.call('ZREM', key, member) end
end
local function index(state, sort) return base .. 'index:' .. state .. ':' .. sort end
for _, trial in ipairs(cjson.decode(ARGV[5])) do
  local number = string.format('%.0f', trial.number)
  local member = member(trial.number)
  local before = redis.call('HGET', base .. 'states', number)
  if before and before ~= trial.state then
    for _, sort in ipairs({ 'number', 'value', 'duration' }) do
      if index(before, sort) ~= last_reports then redis.call('ZREM', index(before, sort), member) end
    end
  end
  redis.call('HSET', base .. 'rows', number, trial.row)
  redis.call('HSET', base .. 'states', number, trial.state)
  for _, state in ipairs({ 'all', trial.state }) do
    redis.call('ZADD', index(state, 'number'), number, member)
    if index(state, 'value') ~= last_reports then rank(index(state, 'value'), trial.value, member) end
    rank(index(state, 'duration'), trial.seconds, member)
  end
end
if position == '' then return { 'ok' } end
redis.call('SET', base .. 'result', result)
redis.call('SET', base .. 'position', position)
redis.call('PUBLISH', base .. 'published', position)
return { 'ok' }
