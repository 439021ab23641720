/** N ranks train what one process trains on the same global batches. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENT_MS, Ranks, type Answer } from './ranks.ts';

type Weights = readonly (readonly number[])[];

interface Evaluation {
  readonly measured: number[][];
  readonly collectives: number;
  readonly tensors: number;
  readonly trained: Record<string, number[]>[];
}

/** Sums of 16 rows in another order differ by roundings of float32 (6e-8 each), which 20 steps of these optimizers amplify. */
const TOLERANCE = 1e-4;

const combinations = ['mlp', 'cnn'].flatMap((architecture) =>
  ['sgd', 'momentum', 'adam'].map((optimizer) => `${architecture} ${optimizer} fit`),
);
const everyOptimizer = ['sgd', 'momentum', 'adagrad', 'adadelta', 'adam', 'adamax', 'rmsprop'].map((name) => `mlp ${name} loop`);
const atEverySize = [...combinations, 'remainder'];
/** With three ranks, whose parts are uneven. */
const scenarios = [...atEverySize, ...everyOptimizer, 'mlp adam fitDataset', 'mlp adam trainOnBatch', 'cnn momentum loop'];

let alone: Ranks;
const expected = new Map<string, Weights>();

beforeAll(async () => {
  alone = await Ranks.start(1, PATIENT_MS);
  for (const scenario of scenarios) expected.set(scenario, weightsOf(await alone.run(scenario))[0] ?? []);
});
afterAll(() => alone.stop());

describe.each([2, 3, 4])('%i ranks', (worldSize) => {
  let ranks: Ranks;
  beforeAll(async () => {
    ranks = await Ranks.start(worldSize, PATIENT_MS);
  });
  afterAll(() => ranks.stop());

  it.each(worldSize === 3 ? scenarios : atEverySize)('train %s as one process does, and have the same bits', async (scenario) => {
    const [first = [], ...others] = weightsOf(await ranks.run(scenario));
    for (const other of others) expect(other).toEqual(first);
    const reference = expected.get(scenario) ?? [];
    expect(first.length).toBe(reference.length);
    first.forEach((tensor, at) => expect(distance(tensor, reference[at] ?? [])).toBeLessThanOrEqual(TOLERANCE));
  });

  it('are dealt every row of every batch once', async () => {
    const counts = (await ranks.run('mlp sgd fit')).map(({ statistics }) => statistics?.samples ?? 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4 * 70);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('have the same bits in a second run', async () => {
    const [first] = weightsOf(await ranks.run('cnn adam fit'));
    const [second] = weightsOf(await ranks.run('cnn adam fit'));
    expect(second).toEqual(first);
  });

  it('evaluate what one process does, each its rows, with one collective an evaluation', async () => {
    const [reference] = (await alone.run('evaluation')).map(evaluationOf);
    const [first, ...others] = (await ranks.run('evaluation')).map(evaluationOf);
    for (const other of others) expect(other).toEqual(first);
    expect(first?.collectives).toBe(2);
    expect(first?.tensors).toBe(reference?.tensors);
    expect(first?.numbers).toHaveLength(12);
    first?.numbers.forEach((value, at) => expect(Math.abs(value / (reference?.numbers[at] ?? NaN) - 1)).toBeLessThanOrEqual(TOLERANCE));
  });

  it('agree on losses, metrics, moving statistics and the epoch in which to stop early', async () => {
    const [first, ...others] = await ranks.run('agreement');
    expect(first?.result).toMatchObject({ state: 'completed' });
    for (const other of others) expect(other.result).toEqual(first?.result);
  });
});

function weightsOf(answers: readonly Answer[]): Weights[] {
  return answers.map(({ result, error }) => {
    expect(error).toBeUndefined();
    expect(result, JSON.stringify(result).slice(0, 500)).toMatchObject({ state: 'completed' });
    return (result as { result: Weights }).result;
  });
}

function evaluationOf({ result }: Answer): { collectives: number; tensors: number; numbers: number[] } {
  expect(result).toMatchObject({ state: 'completed' });
  const { measured, collectives, tensors, trained } = (result as { result: Evaluation }).result;
  return { collectives, tensors, numbers: [...measured.flat(), ...trained.flatMap((history) => Object.values(history).flat())] };
}

/** Euclidean, relative to the reference's norm. */
function distance(tensor: readonly number[], reference: readonly number[]): number {
  return Math.hypot(...tensor.map((value, at) => value - (reference[at] ?? 0))) / Math.hypot(...reference);
}
