import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { algorithmsWith } from '../../optimizer/algorithms.ts';
import { LogReader } from '../../optimizer/service/log-reader.ts';
import type { Tenure } from '../../queue/decisions.ts';
import { Hints } from '../../queue/hints.ts';
import { QueueRig, commitOf, readyEntry } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
let hints: Hints;
let heard: string[];
beforeEach(async () => {
  rig = new QueueRig(url, prefix);
  hints = new Hints(url);
  heard = [];
  await hints.listen(rig.experiment.news, (hint) => heard.push(hint));
});
afterEach(() => {
  hints.close();
  rig.close();
});

/** A reader of everything so far, and three trials that are bound after that, each with its hint. */
async function threeBound(now?: () => number): Promise<{ tenure: Tenure; reader: LogReader }> {
  await rig.submit();
  const tenure = await rig.takeOver();
  const tickets = await rig.offer(tenure, [readyEntry(0), readyEntry(1), readyEntry(2)]);
  const reader = await LogReader.recover(tenure.records, algorithmsWith([]), now);
  for (const ticket of tickets) await rig.bind(ticket, { nonce: `start ${ticket}` });
  await until('three hints came', () => heard.length === 3);
  return { tenure, reader };
}

const numbers = (reader: LogReader) => reader.engine.state.trials.map(({ number }) => number);

describe('a reader of the log', () => {
  it('folds what it hears, and demands of the log that it holds all of that', async () => {
    const { tenure, reader } = await threeBound();
    for (const hint of heard) reader.hear(hint);
    await reader.catchUp();
    expect(numbers(reader)).toEqual([0, 1, 2]);
    expect(reader.folded).toMatchObject({ seq: 4 });
    expect((await tenure.commit(commitOf(), reader.folded)).kind).toBe('committed');
  });

  it('reads what it did not hear, and passes over what it has read already', async () => {
    const { reader } = await threeBound();
    reader.hear(heard[1] ?? '');
    await reader.catchUp();
    expect(numbers(reader)).toEqual([0, 1, 2]);
    for (const hint of heard) reader.hear(hint);
    await reader.catchUp();
    expect(numbers(reader)).toEqual([0, 1, 2]);
  });

  it('asks the log though it heard nothing, when it is told that it missed something', async () => {
    const { reader } = await threeBound();
    reader.missed();
    await reader.catchUp();
    expect(numbers(reader)).toEqual([0, 1, 2]);
  });

  it.each([
    ['the last entry that was heard', 3],
    ['an entry before the last, though that is there', 2],
  ])('is refused as behind where the log lost %s', async (_, lost) => {
    const { tenure, reader } = await threeBound();
    for (const hint of heard) reader.hear(hint.replace(`start t${lost}`, 'another writer'));
    const goOn = async (): Promise<void> => {
      await reader.catchUp();
      await tenure.commit(commitOf(), reader.folded);
    };
    await expect(goOn()).rejects.toMatchObject({ why: 'behind' });
  });

  it('folds what its commits answer, of others and its own, so that it need not read them', async () => {
    const { tenure, reader } = await threeBound();
    const answer = await tenure.commit(commitOf({ events: [{ type: 'capacityChanged', limit: 7 }] }), reader.folded);
    if (answer.kind !== 'committed') throw new Error(answer.kind);
    reader.committed(answer.entries);
    expect(numbers(reader)).toEqual([0, 1, 2]);
    expect(reader.engine.state).toMatchObject({ seq: 5, limit: 7 });
    expect(reader.folded.nonces.length).toBe(1);
    expect(answer.entries).toEqual((await rig.log()).slice(1));
  });

  it('reads on where others wrote more than a commit answers', async () => {
    const { tenure, reader } = await threeBound();
    const events = Array.from({ length: 1100 }, (_, limit) => ({ type: 'capacityChanged' as const, limit }));
    await rig.commit(tenure, { events });
    const answer = await tenure.commit(commitOf({ events: [{ type: 'capacityChanged', limit: 7 }] }), reader.folded);
    if (answer.kind !== 'committed') throw new Error(answer.kind);
    expect(answer.entries.length).toBe(1001);
    reader.committed(answer.entries);
    await reader.catchUp();
    expect(reader.engine.state).toMatchObject({ seq: 1105, limit: 7 });
  });

  it('makes no snapshot while some of it was only heard', async () => {
    // Time stands still, so that the log is not due to be read.
    const { tenure, reader } = await threeBound(() => 0);
    for (const hint of heard) reader.hear(hint);
    await reader.catchUp();
    expect(numbers(reader)).toEqual([0, 1, 2]);
    expect(reader.snapshot()).toBeNull();
    const answer = await tenure.commit(commitOf(), reader.folded);
    if (answer.kind !== 'committed') throw new Error(answer.kind);
    reader.committed(answer.entries);
    expect(reader.snapshot()).toContain('"seq":4');
  });
});
