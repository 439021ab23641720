import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResultDocument, TrialRow } from '../../core/results.ts';
import type { Tenure } from '../../queue/decisions.ts';
import { ReadModel, type TrialPage, type TrialPlace, type TrialQuery } from '../../queue/read-model.ts';
import { QueueRig, readyEntry } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
let model: ReadModel;
let tenure: Tenure;

beforeEach(async () => {
  rig = new QueueRig(url, prefix);
  model = new ReadModel(rig.redis, rig.keys);
  await rig.submit();
  tenure = await rig.takeOver();
});
afterEach(() => rig.close());

function resultAt(position: number): ResultDocument {
  return {
    id: rig.id,
    state: 'running',
    stopReason: null,
    incumbent: null,
    failure: null,
    counts: { queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0 },
    resource: { used: 0, saved: 0, rungs: [] },
    durationSeconds: 1 / 3,
    waitingFor: null,
    position,
  };
}

function rowOf(number: number, given: Partial<TrialRow> = {}): TrialRow {
  return {
    number,
    state: 'completed',
    params: { x: number / 3 },
    seed: number + 1,
    origin: 'suggested',
    value: null,
    metrics: null,
    lastStep: 0,
    reports: 0,
    attempts: 1,
    failure: null,
    worker: 'w1',
    slot: 0,
    startedAt: 1,
    endedAt: 2,
    durationSeconds: null,
    ...given,
  };
}

const value = fc.option(fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true, noDefaultInfinity: true })).map((x) => x + 0));
const rowLists = fc.array(
  fc.record({
    state: fc.constantFrom('queued', 'completed', 'stopped', 'failed', 'paused'),
    value,
    seconds: fc.option(fc.nat({ max: 5 })),
  }),
  { maxLength: 30 },
);

const queries = fc.record({
  state: fc.option(fc.constantFrom('queued', 'completed', 'stopped'), { nil: undefined }),
  sort: fc.constantFrom('number', 'value', 'duration'),
  order: fc.constantFrom('ascending', 'descending'),
});

/** The same in memory: by the value sorted by, equal ones by number; trials without the value are not in the list. */
function sorted(
  rows: readonly TrialRow[],
  { state, sort, order }: Pick<TrialQuery, 'sort' | 'order'> & { state?: string | undefined },
): TrialRow[] {
  const by = (row: TrialRow): number | null => (sort === 'number' ? row.number : sort === 'value' ? row.value : row.durationSeconds);
  const sign = order === 'ascending' ? 1 : -1;
  return rows
    .filter((row) => (state ?? row.state) === row.state && by(row) !== null)
    .sort((a, b) => sign * ((by(a) ?? 0) - (by(b) ?? 0)) || a.number - b.number);
}

/** The numbers on each page of a list; `between` is called after each. */
async function pages(
  reader: ReadModel,
  id: string,
  query: Omit<TrialQuery, 'after'>,
  between = (): Promise<void> => Promise.resolve(),
): Promise<number[][]> {
  const read: number[][] = [];
  let after: TrialPlace | null = null;
  do {
    const page: TrialPage = await reader.trials(id, { ...query, ...(after === null ? {} : { after }) });
    read.push(page.rows.map(({ number }) => number));
    after = page.next;
    await between();
  } while (after !== null);
  return read;
}

describe('the trials of the read model', () => {
  it('are sorted, filtered and paged as the rows themselves would be', async () => {
    await fc.assert(
      fc.asyncProperty(rowLists, rowLists, fc.array(queries, { minLength: 3, maxLength: 3 }), async (first, later, asked) => {
        const one = new QueueRig(url, prefix);
        await one.submit();
        const holder = await one.takeOver();
        const rows = new Map<number, TrialRow>();
        // The second list changes some rows of the first: indexes must forget what they said before.
        for (const [position, list] of [first, later].entries()) {
          const page = list.map(({ state, value: loss, seconds }, number) =>
            rowOf(number, { state, value: loss, durationSeconds: seconds }),
          );
          for (const row of page) rows.set(row.number, row);
          await holder.publish(position + 1, resultAt(position + 1), page);
        }
        const reader = new ReadModel(one.redis, one.keys);
        for (const { state, ...query } of asked) {
          const expected = sorted([...rows.values()], { state, ...query });
          const filter = state === undefined ? {} : { state };
          const all = await reader.trials(one.id, { ...query, ...filter, limit: 1000 });
          expect(all).toEqual({ rows: expected, next: null });
          const paged = await pages(reader, one.id, { ...query, ...filter, limit: 4 });
          expect(paged.slice(0, -1).every((page) => page.length === 4)).toBe(true);
          expect(paged.flat()).toEqual(expected.map(({ number }) => number));
        }
        one.close();
      }),
      { numRuns: 40 },
    );
  });

  it.each(['ascending', 'descending'] as const)('of equal value stand in the order of their numbers, 9 before 10 (%s)', async (order) => {
    await tenure.publish(1, resultAt(1), [rowOf(10, { value: 1 }), rowOf(9, { value: 1 }), rowOf(100, { value: 1 })]);
    const { rows } = await model.trials(rig.id, { sort: 'value', order, limit: 10 });
    expect(rows.map(({ number }) => number)).toEqual([9, 10, 100]);
    expect(await pages(model, rig.id, { sort: 'value', order, limit: 1 })).toEqual([[9], [10], [100]]);
  });

  it.each([
    ['ascending', [0, 1, 3, 2, 4, 6]],
    ['descending', [2, 4, 6, 0, 1, 3]],
  ] as const)('that leave or join a list while it is paged make no other row come twice or not at all (%s)', async (order, expected) => {
    const rows = [0, 0, 1, 0, 1].map((value, number) => rowOf(number, { state: 'stopped', value }));
    await tenure.publish(1, resultAt(1), rows);
    let position = 1;
    const query = { state: 'stopped', sort: 'value', order, limit: 2 } as const;
    const read = await pages(model, rig.id, query, async () => {
      position += 1;
      // Of the first page, both go; what joins stands behind them.
      if (position === 2) {
        const gone = expected.slice(0, 2).map((number) => rowOf(number, { state: 'failed', value: number === 2 || number === 4 ? 1 : 0 }));
        await tenure.publish(position, resultAt(position), [...gone, rowOf(6, { state: 'stopped', value: 1 })]);
      }
    });
    expect(read.flat()).toEqual(expected);
  });

  it('of one value are paged through without reading those before', async () => {
    const rows = Array.from({ length: 5000 }, (_, number) => rowOf(number, { value: 0.5 }));
    await tenure.publish(1, resultAt(1), rows);
    const read = await pages(model, rig.id, { sort: 'value', order: 'descending', limit: 700 });
    expect(read.flat()).toEqual(rows.map(({ number }) => number));
  });

  it('that run show their last report', async () => {
    const [ticket = ''] = await rig.offer(tenure, [{ trial: 0, attempt: 1, origin: 'suggested', params: { x: 0 }, seed: 1 }]);
    const { token } = await rig.bind(ticket);
    await tenure.publish(1, resultAt(1), [rowOf(0, { state: 'running' })]);
    expect(await model.trial(rig.id, 0)).toMatchObject({ value: null, lastStep: 0, reports: 0 });
    await rig.attempts.report(token, 1, [{ step: 4, value: 0.75, metrics: { value: 0.75 } }], false);
    expect(await model.trial(rig.id, 0)).toMatchObject({ state: 'running', value: 0.75, lastStep: 4, reports: 1 });
    expect(await model.trialGuard(rig.id, 0)).toEqual({ lastStep: 4, lastValue: 0.75, reports: 1, provenance: { test: true } });
  });

  it('that run are sorted by their last report, and are no longer among them once their attempt has ended', async () => {
    const numbers = [0, 1, 2, 3];
    const tickets = await rig.offer(
      tenure,
      numbers.map((number) => readyEntry(number)),
    );
    const tokens = [];
    for (const ticket of tickets) tokens.push((await rig.bind(ticket, { leaseMs: 0 })).token);
    const running = numbers.map((number) => rowOf(number, { state: 'running' }));
    // The best of all has no row yet.
    await tenure.publish(1, resultAt(1), running.slice(0, 3));
    for (const [number, token] of tokens.entries()) {
      for (const [at, value] of [9, [5, -2.5, 1 / 3, -7][number] ?? 0].entries()) {
        await rig.attempts.report(token, at + 1, [{ step: at + 1, value, metrics: {} }], false);
      }
    }
    expect(await model.best(rig.id, 'running', 'minimize')).toMatchObject({ number: 1, value: -2.5 });
    expect(await model.best(rig.id, 'running', 'maximize')).toMatchObject({ number: 0, value: 5 });
    await tenure.publish(2, resultAt(2), running);
    const query = { state: 'running', sort: 'value', order: 'ascending', limit: 3 } as const;
    expect(await pages(model, rig.id, query)).toEqual([[3, 1, 2], [0]]);
    const [first, second, third] = tokens;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were started');
    await rig.attempts.finish(first, { state: 'completed', value: 5, metrics: {} });
    await rig.attempts.finish(second, { state: 'failed', reason: 'error', message: '' });
    await rig.attempts.release(third);
    expect((await model.trials(rig.id, query)).rows.map(({ number }) => number)).toEqual([3]);
    // The last lease lapses.
    await rig.commit(tenure);
    expect((await model.trials(rig.id, query)).rows).toEqual([]);
  });

  it('that are not there are null, empty or zero', async () => {
    expect(await model.trial(rig.id, 7)).toBeNull();
    expect(await model.curve(rig.id, 7)).toEqual([]);
    expect(await model.output(rig.id, 7)).toEqual([]);
    expect(await model.artefacts(rig.id, 7)).toEqual([]);
    expect(await model.trialGuard(rig.id, 7)).toEqual({ lastStep: 0, lastValue: null, reports: 0, provenance: null });
    expect(await model.trials(rig.id, { sort: 'value', order: 'ascending', limit: 10 })).toEqual({ rows: [], next: null });
    expect(await model.best(rig.id, 'running', 'minimize')).toBeNull();
  });

  it('that cannot be read are an error that names the key', async () => {
    await tenure.publish(1, resultAt(1), [rowOf(3)]);
    await rig.redis.hset(rig.experiment.rows, '3', '{"number":"three"}');
    await expect(model.trial(rig.id, 3)).rejects.toThrow(`${rig.experiment.rows} 3`);
  });
});

describe('the result of the read model', () => {
  it('is the one published last, with its position', async () => {
    expect([await model.result(rig.id), await model.position(rig.id)]).toEqual([null, 0]);
    await tenure.publish(4, resultAt(4), []);
    await tenure.publish(9, resultAt(9), []);
    expect([await model.result(rig.id), await model.position(rig.id)]).toEqual([resultAt(9), 9]);
    expect(await model.results(['exp00009', rig.id])).toEqual([null, resultAt(9)]);
  });
});
