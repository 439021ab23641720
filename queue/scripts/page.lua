-- One page of an index of trials: by score up or down, trials of one score by number, up, in both. What stood last on the page before may
-- have left the index since: its score and number still say where to go on. Writes nothing.
-- ARGV: state or all, sort, ascending | descending, trials at most, score and member that stood last or '', ''
-- Answers: ok, member, score, member, score … (which trials, not their order)
local state, sort, order, limit, score, last = unpack(ARGV)
local index = base .. 'index:' .. state .. ':' .. sort
limit = tonumber(limit)

-- Ranks of the trials of that score that stand behind `last`: the first, and the one after the end. Bisects, because a score may be that of all.
local function rest_of_score()
  local low, finish = redis.call('ZCOUNT', index, '-inf', '(' .. score), redis.call('ZCOUNT', index, '-inf', score)
  local high = finish
  while low < high do
    local middle = math.floor((low + high) / 2)
    if tonumber(redis.call('ZRANGE', index, middle, middle)[1]) <= tonumber(last) then low = middle + 1 else high = middle end
  end
  return low, finish
end

local answer = { 'ok' }
local function add(page)
  for _, word in ipairs(page) do answer[#answer + 1] = word end
  limit = limit - #page / 2
end

local first, finish = 0, 0
if last ~= '' then first, finish = rest_of_score() end
if order == 'ascending' then
  add(redis.call('ZRANGE', index, first, first + limit - 1, 'WITHSCORES'))
  return answer
end
if first < finish then add(redis.call('ZRANGE', index, first, math.min(first + limit, finish) - 1, 'WITHSCORES')) end
if limit == 0 then return answer end
local below = redis.call('ZREVRANGEBYSCORE', index, last == '' and '+inf' or '(' .. score, '-inf', 'WITHSCORES', 'LIMIT', 0, limit)
-- Redis counts numbers down here: of a score that the page cuts through it has given the last ones, and the first belong here.
local lowest, cut = below[#below], 0
while #below > 0 and tonumber(below[#below]) == tonumber(lowest) do
  below[#below] = nil
  below[#below] = nil
  cut = cut + 1
end
add(below)
if cut > 0 then add(redis.call('ZRANGEBYSCORE', index, lowest, lowest, 'WITHSCORES', 'LIMIT', 0, cut)) end
return answer
