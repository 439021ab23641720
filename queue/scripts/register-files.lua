-- Registers what an attempt wrote to the checkpoint store. Only a registered checkpoint may be resumed from. What it takes the
-- place of, the trial's earlier checkpoint or model, is no artefact any more; whoever wrote it removes its files.
-- ARGV: trial, attempt, nonce, kind (checkpoint | model), id in the store, step, record (JSON) for the list of artefacts
-- Answers: ok | gone | superseded | lost
local trial, attempt, nonce, kind, id, step, record = unpack(ARGV)
local refusal = refuse_attempt(trial, attempt, nonce)
if refusal then return refusal end
local key = trial_key(trial)
local known = redis.call('HMGET', key, kind, kind .. 'Record', 'hash')
if known[1] ~= id then
  local artefacts = base .. 'artefacts:' .. trial
  if known[2] then redis.call('LREM', artefacts, 1, known[2]) end
  redis.call('HSET', key, kind, id, kind .. 'Step', step, kind .. 'Hash', known[3], kind .. 'Record', record)
  redis.call('RPUSH', artefacts, record)
end
return { 'ok' }
