/** `maggy replay`: recomputes every decision of an experiment from its log and compares. Reads only. */
import type { LogEvent } from '../../core/events.ts';
import { MaggyError } from '../../core/errors.ts';
import { verifyLog, type Verification } from '../../optimizer/engine/verify.ts';
import { loadAlgorithms } from '../../optimizer/service/extensions.ts';
import { connect, withoutPassword } from '../../queue/connection.ts';
import { makeKeys } from '../../queue/keys.ts';
import { readLog } from '../../queue/log.ts';
import { isRedisUnavailable } from '../../queue/unavailable.ts';
import { extensionFiles, keyPrefix, redisUrl } from '../environment.ts';

const pageSize = 1000;
const shownDifferences = 20;

/** @throws MaggyError `corrupt` where the log does not lead to what it records */
export async function replay(experiment: string, { json }: { readonly json: boolean }): Promise<void> {
  const verification = verifyLog(await wholeLog(experiment), await loadAlgorithms(extensionFiles()));
  process.stdout.write(json ? `${JSON.stringify(verification)}\n` : `${describeVerification(experiment, verification)}\n`);
  const { differences } = verification;
  if (differences.length > 0)
    throw new MaggyError('corrupt', `${differences.length} of what experiment ${experiment} decided does not follow from its log`);
}

async function wholeLog(experiment: string): Promise<LogEvent[]> {
  const url = redisUrl();
  const redis = connect(url, 'strict');
  const keys = makeKeys(keyPrefix());
  try {
    const events: LogEvent[] = [];
    for (;;) {
      const entries = await readLog(redis, keys, experiment, events.at(-1)?.seq ?? 0, pageSize);
      events.push(...entries.map(({ event }) => event));
      if (entries.length < pageSize) break;
    }
    if (events.length === 0)
      throw new MaggyError('not-found', `there is no experiment ${experiment} in the Redis at ${withoutPassword(url)}`, {
        field: 'id',
        value: experiment,
      });
    return events;
  } catch (error) {
    if (!isRedisUnavailable(error)) throw error;
    throw new MaggyError('unavailable', `no Redis answers at ${withoutPassword(url)}: set REDIS_URL, or run this beside npm start`, {
      cause: error,
    });
  } finally {
    redis.disconnect();
  }
}

function describeVerification(experiment: string, { events, decisions, bindings, differences, otherVersions }: Verification): string {
  const lines = [
    `experiment   ${experiment}`,
    `events       ${events}`,
    `decisions    ${decisions} recomputed`,
    `bindings     ${bindings} recomputed`,
    `differences  ${differences.length === 0 ? 'none: every one is as recorded, bit for bit' : differences.length}`,
  ];
  if (otherVersions > 0) lines.push(`not compared ${otherVersions}, made by another version of the engine`);
  for (const { seq, recorded, recomputed } of differences.slice(0, shownDifferences)) {
    lines.push(`  entry ${seq}: recorded ${recorded}`, `  ${' '.repeat(`entry ${seq}`.length)}  recomputed ${recomputed}`);
  }
  return lines.join('\n');
}
