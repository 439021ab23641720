-- Creates an experiment once. A repeated submission with the same fingerprint changes nothing.
-- ARGV: specification (JSON), fingerprint of the request, nonce, pinned hash, direction, maxTrials
-- Answers: ok | known (same fingerprint) | conflict (another fingerprint) | gone (deleted)
local specification, fingerprint, nonce, hash, direction, max_trials = unpack(ARGV)
if redis.call('EXISTS', base .. 'tombstone') == 1 then return { 'gone' } end
local known = redis.call('HGET', guard, 'fingerprint')
if known then return { known == fingerprint and 'known' or 'conflict' } end
redis.call('HSET', guard, 'fingerprint', fingerprint, 'hash', hash, 'direction', direction, 'phase', 'active', 'seq', 0, 'lastBound', 0,
  'lastOutcome', 0, 'epoch', 0, 'decisionSeq', 0, 'limit', 0, 'ticketSeq', 0, 'extensions', 0, 'readyPlace', 0, 'fresh', '0', 'reports', 0, 'trials', 0,
  'left', max_trials, 'enqueued', 0)
redis.call('SET', base .. 'specification', specification)
append('submitted', nonce, '{"specification":' .. specification .. '}')
return { 'ok' }
