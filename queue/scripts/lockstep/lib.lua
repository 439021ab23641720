-- Prepended to the scripts of a pool's lockstep groups. All keys share the pool's hash tag and begin with KEYS[1]; all of it is soft
-- state, rewritten by its owners and gone when they are. Every script bears being sent twice.
--
-- workers (hash)    worker → JSON { machine, slots, holds: [function/hash], expires }
-- waiting (zset)    group → when it arrived;  requests (hash) group → JSON { worldSize, minWorldSize, regroupMs, holding, leaseMs,
--                   patienceMs, expires }
-- ranks (zset)      <group>/<rank>/<worker> → until when a slot of the worker is reserved for it, unless it is renewed
-- group:<id> (hash) the rendezvous: workers (JSON, by rank), machine (where all ranks are on one), left (ranks that have left), over (why
--                   nothing more comes of it) and what ranks have said: present:<rank>, order, address:<rank>
-- news (channel)    id of a group that has changed
local base = KEYS[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- A record that nobody has renewed for so long is nobody's.
local RECORD_MS = 60000

local function group_key(group) return base .. 'group:' .. group end

local function tell(group) redis.call('PUBLISH', base .. 'news', group) end

local function close_group(group, why)
  local key = group_key(group)
  if redis.call('EXISTS', key) == 1 and redis.call('HSETNX', key, 'over', why) == 1 then tell(group) end
end

-- A rank whose worker did not renew it gives its slot back, and takes its group along.
local function drop_lapsed()
  for _, lapsed in ipairs(redis.call('ZRANGEBYSCORE', base .. 'ranks', '-inf', now)) do
    redis.call('ZREM', base .. 'ranks', lapsed)
    local group, rank, worker = string.match(lapsed, '^(.-)/(.-)/(.*)$')
    close_group(group, 'rank ' .. rank .. ' on ' .. worker .. ' does not answer')
  end
end

-- The workers that live, in the order of their ids, with their free slots.
local function live_workers()
  local workers, by_id = {}, {}
  local all = redis.call('HGETALL', base .. 'workers')
  for i = 1, #all, 2 do
    local worker = cjson.decode(all[i + 1])
    if worker.expires > now then
      worker.id, worker.free = all[i], worker.slots
      workers[#workers + 1] = worker
      by_id[worker.id] = worker
    end
  end
  for _, rank in ipairs(redis.call('ZRANGE', base .. 'ranks', 0, -1)) do
    local worker = by_id[string.match(rank, '^.-/.-/(.*)$')]
    if worker then worker.free = worker.free - 1 end
  end
  table.sort(workers, function(a, b) return a.id < b.id end)
  return workers
end

local function holders(workers, holding)
  local found, slots, free = {}, 0, 0
  for _, worker in ipairs(workers) do
    for _, held in ipairs(worker.holds) do
      if held == holding then
        found[#found + 1] = worker
        slots = slots + worker.slots
        free = free + math.max(0, worker.free)
      end
    end
  end
  return found, slots, free
end

-- Takes slots for a group: on one machine where it fits on one, the fullest such; else on few, the emptiest first.
local function choose(workers, size)
  local machines, by_name = {}, {}
  for _, worker in ipairs(workers) do
    local machine = by_name[worker.machine]
    if not machine then
      machine = { name = worker.machine, free = 0, workers = {} }
      machines[#machines + 1], by_name[worker.machine] = machine, machine
    end
    machine.free = machine.free + math.max(0, worker.free)
    machine.workers[#machine.workers + 1] = worker
  end
  table.sort(machines, function(a, b)
    local fits_a, fits_b = a.free >= size, b.free >= size
    if fits_a ~= fits_b then return fits_a end
    if a.free == b.free then return a.name < b.name end
    return (a.free < b.free) == fits_a
  end)
  local chosen = {}
  for _, machine in ipairs(machines) do
    for _, worker in ipairs(machine.workers) do
      while worker.free > 0 and #chosen < size do
        worker.free = worker.free - 1
        chosen[#chosen + 1] = worker
      end
    end
  end
  return chosen
end

local function reserve(group, chosen, lease)
  local ids, machine = {}, chosen[1].machine
  for i, worker in ipairs(chosen) do
    ids[i] = worker.id
    if worker.machine ~= machine then machine = '' end
    redis.call('ZADD', base .. 'ranks', now + lease, group .. '/' .. (i - 1) .. '/' .. worker.id)
  end
  redis.call('HSET', group_key(group), 'workers', cjson.encode(ids), 'machine', machine, 'left', 0)
  redis.call('PEXPIRE', group_key(group), RECORD_MS)
  redis.call('ZREM', base .. 'waiting', group)
  redis.call('HDEL', base .. 'requests', group)
  tell(group)
end

-- The one place where slots are given away: in the order of arrival, to each group that finds enough of them free, all or nothing. A
-- group that has waited too long keeps what it could use from those behind it, where there would ever be enough for it.
local function place_all()
  drop_lapsed()
  local waiting = redis.call('ZRANGE', base .. 'waiting', 0, -1, 'WITHSCORES')
  if #waiting == 0 then return end
  local workers = live_workers()
  for i = 1, #waiting, 2 do
    local group, waited = waiting[i], now - tonumber(waiting[i + 1])
    local request = cjson.decode(redis.call('HGET', base .. 'requests', group))
    if request.expires <= now then
      redis.call('ZREM', base .. 'waiting', group)
      redis.call('HDEL', base .. 'requests', group)
    else
      local usable, slots, free = holders(workers, request.holding)
      local needed = waited >= request.regroupMs and request.minWorldSize or request.worldSize
      if free >= needed then
        reserve(group, choose(usable, math.min(free, request.worldSize)), request.leaseMs)
      elseif waited >= request.patienceMs and slots >= needed then
        for _, worker in ipairs(usable) do worker.free = 0 end
      end
    end
  end
end
