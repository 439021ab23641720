/** `maggy replay`: recomputes every decision of an experiment from its log and compares. Reads only. */
import type { LogEvent } from '../../core/events.ts';
import { MaggyError } from '../../core/errors.ts';
import { verifyLog, type Verification } from '../../optimizer/engine/verify.ts';
import { loadAlgorithms } from '../../optimizer/service/extensions.ts';
import { readLog } from '../../queue/log.ts';
import { logIn, openArchive } from '../archive-file.ts';
import { extensionFiles } from '../environment.ts';
import { withRedis } from '../redis.ts';

const pageSize = 1000;
const shownDifferences = 20;

/** @throws MaggyError `corrupt` where the log does not lead to what it records */
export async function replay(experiment: string, options: { readonly json: boolean }): Promise<void> {
  await tellVerification(experiment, await wholeLog(experiment), options);
}

/** The same of an archive. */
export async function replayFile(path: string, options: { readonly json: boolean }): Promise<void> {
  const archive = await openArchive(path);
  await tellVerification(archive.head.id, await logIn(archive), options);
}

async function tellVerification(experiment: string, events: readonly LogEvent[], { json }: { readonly json: boolean }): Promise<void> {
  const verification = verifyLog(events, await loadAlgorithms(extensionFiles()));
  process.stdout.write(json ? `${JSON.stringify(verification)}\n` : `${describeVerification(experiment, verification)}\n`);
  const { differences } = verification;
  if (differences.length > 0)
    throw new MaggyError('corrupt', `${differences.length} of what experiment ${experiment} decided does not follow from its log`);
}

function wholeLog(experiment: string): Promise<LogEvent[]> {
  return withRedis(async ({ redis, keys, address }) => {
    const events: LogEvent[] = [];
    for (;;) {
      const entries = await readLog(redis, keys, experiment, events.at(-1)?.seq ?? 0, pageSize);
      events.push(...entries.map(({ event }) => event));
      if (entries.length < pageSize) break;
    }
    if (events.length === 0)
      throw new MaggyError('not-found', `there is no experiment ${experiment} in the Redis at ${address}`, {
        field: 'id',
        value: experiment,
      });
    return events;
  });
}

function describeVerification(experiment: string, { events, decisions, bindings, differences, otherVersions }: Verification): string {
  const lines = [
    `experiment   ${experiment}`,
    `events       ${events}`,
    `decisions    ${decisions} recomputed`,
    `bindings     ${bindings} recomputed`,
    `differences  ${differences.length === 0 ? 'none: every one is as recorded, bit for bit' : differences.length}`,
  ];
  if (otherVersions > 0) lines.push(`not compared ${otherVersions}, made by another version of the engine or of an extension`);
  for (const { seq, recorded, recomputed } of differences.slice(0, shownDifferences)) {
    lines.push(`  entry ${seq}: recorded ${recorded}`, `  ${' '.repeat(`entry ${seq}`.length)}  recomputed ${recomputed}`);
  }
  return lines.join('\n');
}
