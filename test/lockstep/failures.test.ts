/** What ends a group, and how soon the others know. */
import { afterEach, expect, it } from 'vitest';
import { answerOf, Ranks } from './ranks.ts';

const SILENCE_MS = 1500;
/** Silence is looked for several times within it; the rest is for two busy cores. */
const NOTICED_MS = 4 * SILENCE_MS;

let ranks: Ranks;
afterEach(() => ranks.stop());

it.each([
  ['killed', 'SIGKILL'],
  ['frozen', 'SIGSTOP'],
] as const)('notices soon a rank that is %s', async (_word, signal) => {
  ranks = await Ranks.start(3, SILENCE_MS);
  await ranks.begin('endless');
  await ranks.answers();
  const [first, lost, last] = ranks.processes;
  if (first === undefined || lost === undefined || last === undefined) throw new Error('there are three ranks');
  const refused = Promise.all([first, last].map(answerOf));
  const startedAt = performance.now();
  lost.kill(signal);
  for (const { error } of await refused) {
    expect(error?.name).toBe('GroupLost');
    expect(error?.message).toMatch(/rank 1/);
  }
  expect(performance.now() - startedAt).toBeLessThanOrEqual(NOTICED_MS);
});

it('leaves no tensor of a step behind', async () => {
  ranks = await Ranks.start(2);
  for (const { result } of await ranks.run('tensors')) {
    expect(result).toMatchObject({ state: 'completed' });
    const { result: alive } = result as { result: number[] };
    expect(new Set(alive).size).toBe(1);
  }
});

it.each([
  ['another secret', { secret: 'ab'.repeat(32) }],
  ['an old generation', { generation: 77 }],
])('refuses a rank that has %s', async (_what, membership) => {
  ranks = await Ranks.start(2);
  const answers = await ranks.run('endless', (rank) => (rank === 1 ? { ...membership, formingMs: 1000 } : { formingMs: 1000 }));
  for (const { error } of answers) expect(error?.name).toBe('GroupLost');
});

it('tells ranks that take different numbers of steps', async () => {
  ranks = await Ranks.start(2);
  const [first, second] = await ranks.run('uneven');
  expect(first?.result).toMatchObject({ state: 'failed', cause: 'MaggyError' });
  expect((first?.result as { message: string }).message).toMatch(/Rank 1 .* same number of steps/);
  expect(second?.result).toMatchObject({ state: 'completed' });
});

it('refuses an optimizer whose gradients it cannot average', async () => {
  ranks = await Ranks.start(2);
  for (const { result } of await ranks.run('foreign')) {
    expect(result).toMatchObject({
      state: 'failed',
      message:
        "The gradients of Halving cannot be averaged: in a lockstep group an optimizer is one of TensorFlow.js's own, or extends one",
    });
  }
});

it.each(['stopped', 'paused'])('brings to all ranks, at the same step, that rank 0 is %s', async (state) => {
  ranks = await Ranks.start(3);
  const [first, ...others] = (await ranks.run(state)).map(({ result }) => result);
  expect(first).toMatchObject({ outcome: { state }, steps: 6 });
  for (const other of others) expect(other).toEqual(first);
});
