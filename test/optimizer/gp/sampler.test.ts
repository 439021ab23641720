import { describe, expect, it } from 'vitest';
import type { ResourceRange } from '../../../core/catalogue.ts';
import { compileSpace } from '../../../core/compiled-space.ts';
import { configurationKey } from '../../../core/params.ts';
import { randomStream } from '../../../core/random.ts';
import type { Params, SearchSpace } from '../../../core/space.ts';
import { gpSampler } from '../../../optimizer/samplers/gp.ts';
import { SobolSequence } from '../../../optimizer/sobol/sobol.ts';
import type { History, Observation, Sampler, SurrogateFit } from '../../../optimizer/samplers/sampler.ts';

const square: SearchSpace = { x: { type: 'float', min: 0, max: 1 }, y: { type: 'float', min: 0, max: 1 } };

function create(space: SearchSpace, { seed = 3, deterministic = false, resource = null as ResourceRange | null } = {}): Sampler {
  const choice = { type: 'gp', deterministic };
  return gpSampler.create({ space: compileSpace(space), seed, choice, resource });
}

function historyOf(observations: readonly Observation[], fit: SurrogateFit | null = null, pending: readonly Params[] = []): History {
  const bound = new Set([...observations.map(({ params }) => params), ...pending].map(configurationKey));
  return { observations, pending, fit, isBound: (params) => bound.has(configurationKey(params)), isListed: () => false };
}

/** Trials at points drawn evenly, with the losses that `loss` gives them; null: they fail. */
function observed(count: number, loss: (params: { x: number; y: number }) => number | null, resource: number | null = null): Observation[] {
  const random = randomStream(8, 'observed');
  return Array.from({ length: count }, (_, number) => {
    const params = { x: random.uniform(), y: random.uniform() };
    const value = loss(params);
    return { number, params, loss: value, resource, state: value === null ? 'failed' : 'completed' };
  });
}

function paramsOf({ params }: { readonly params: Params }): { x: number; y: number } {
  return { x: Number(params.x), y: Number(params.y) };
}

/** What a sampler suggests next, `count` trials at once, each pending for the next. */
function nextOf(sampler: Sampler, observations: readonly Observation[], count = 1): Params[] {
  const fit = sampler.fit?.(historyOf(observations, null)) ?? null;
  const pending: Params[] = [];
  while (pending.length < count) {
    const params = sampler.suggest(observations.length + pending.length, historyOf(observations, fit, pending));
    if (params === null) break;
    pending.push(params);
  }
  return pending;
}

/** Whether these are the params of `square` that nothing learned decides. */
function isExplored(params: Params | null, number: number, seed: number): boolean {
  const [x, y] = new SobolSequence(2, seed).point(number);
  return params?.x === x && params?.y === y;
}

const bowl = ({ x, y }: { x: number; y: number }): number => (x - 0.7) ** 2 + (y - 0.2) ** 2;

describe('the Gaussian-process sampler', () => {
  it('goes where a smooth loss is least', () => {
    const [next] = nextOf(create(square), observed(25, bowl));
    expect(bowl({ x: Number(next?.x), y: Number(next?.y) })).toBeLessThan(1e-3);
  });

  it('spreads what is pending', () => {
    // All promise is in one spot: alone, each of them would go there.
    const noisy = randomStream(2, 'noise');
    const together = nextOf(
      create(square),
      observed(15, (params) => bowl(params) + 0.1 * noisy.normal()),
      8,
    );
    const distances = together.flatMap((a, i) =>
      together.slice(i + 1).map((b) => Math.hypot(Number(a.x) - Number(b.x), Number(a.y) - Number(b.y))),
    );
    expect(together).toHaveLength(8);
    expect(Math.min(...distances)).toBeGreaterThan(1e-3);
    expect(Math.max(...distances)).toBeGreaterThan(0.1);
  });

  it('keeps away from where trials fail or diverge', () => {
    for (const bad of [null, Infinity, 1e305]) {
      const observations = observed(25, ({ x, y }) => (x < 0.5 ? bad : (y - 0.5) ** 2 + (x - 0.5)));
      const next = nextOf(create(square), observations, 4);
      expect(next.filter(({ x }) => Number(x) < 0.45)).toEqual([]);
    }
  });

  it('holds the noise at the least where the loss is said to be deterministic', () => {
    const noise = randomStream(6, 'noise');
    const observations = observed(20, (params) => bowl(params) + 0.2 * noise.normal());
    const noiseOf = (deterministic: boolean): number => {
      const fit = create(square, { deterministic }).fit?.(historyOf(observations, null));
      // Five numbers of the transform, the signal, then the noise.
      return Math.exp(fit?.hyperparameters[6] ?? NaN);
    };
    expect(noiseOf(true)).toBeCloseTo(1e-7, 12);
    expect(noiseOf(false)).toBeGreaterThan(0.01);
  });

  it('suggests the same, bit for bit, from a sampler that grew with the history and from one that has just been made', () => {
    const observations = observed(345, (params) => bowl(params) + Math.sin(20 * params.x));
    const grown = create(square);
    let fit: SurrogateFit | null = null;
    for (const count of [5, 6, 20, 320, 330, 345]) {
      const history = historyOf(
        observations.slice(0, count),
        fit,
        observations.slice(0, 2).map(({ params }) => ({ ...params, x: 0.5 })),
      );
      const due: SurrogateFit | null = grown.fit?.(history) ?? null;
      fit = count === 330 ? fit : (due ?? fit);
      const asked: History = { ...history, fit };
      const suggestion = grown.suggest(count, asked);
      expect(create(square).suggest(count, asked)).toEqual(suggestion);
      if (due !== null) expect(create(square).fit?.(history)).toEqual(due);
    }
  });

  it('looks everywhere under rungs until a trial was trained to the end, and with two thirds of its points after', () => {
    const resource = { min: 1, max: 9, reductionFactor: 3 };
    const early = observed(40, bowl, 1).map((row) => ({ ...row, state: 'measured' as const }));
    const trained: Observation = { ...(early[0] as Observation), resource: 9, state: 'completed' };
    const explored = (observations: readonly Observation[]): number =>
      Array.from({ length: 60 }, (_, seed) => {
        const next = create(square, { seed, resource }).suggest(40, historyOf(observations));
        return isExplored(next, 40, seed);
      }).filter(Boolean).length;
    expect(explored(early)).toBe(60);
    // 40 of 60, with a standard deviation of 3.7.
    expect(Math.abs(explored([...early, trained]) - 40)).toBeLessThan(12);
  });

  it('learns from all rungs: where trials are stopped early is no place to go', () => {
    // Ever fewer go on; each rung has losses of its own size, and only the order within it tells good from bad.
    const rungs = [1, 3, 9];
    let going = observed(36, (params) => bowl(params), 1);
    const observations: Observation[] = [];
    for (const resource of rungs) {
      observations.push(
        ...going.map((row) => ({ ...row, resource, loss: 10 / resource + bowl(paramsOf(row)), state: 'measured' as const })),
      );
      going = [...going].sort((a, b) => bowl(paramsOf(a)) - bowl(paramsOf(b))).slice(0, going.length / 3);
    }
    const resource = { min: 1, max: 9, reductionFactor: 3 };
    const learned = Array.from({ length: 12 }, (_, seed) => ({ seed, next: nextOf(create(square, { seed, resource }), observations)[0] }))
      .filter(({ seed, next }) => !isExplored(next ?? null, observations.length, seed))
      .map(({ next }) => bowl(paramsOf({ params: next ?? {} })));
    expect(learned.length).toBeGreaterThan(0);
    expect(Math.max(...learned)).toBeLessThan(0.02);
  });

  it('chooses among branches of a conditional space by what each of them showed', () => {
    const space: SearchSpace = {
      kind: { type: 'categorical', choices: ['a', 'b'] },
      u: { type: 'float', min: 0, max: 1, when: { kind: 'a' } },
      v: { type: 'float', min: 0, max: 1, when: { kind: 'b' } },
    };
    const random = randomStream(5, 'branches');
    const observations = Array.from({ length: 24 }, (_, number): Observation => {
      const at = random.uniform();
      const params: Params = number % 2 === 0 ? { kind: 'a', u: at } : { kind: 'b', v: at };
      const loss = number % 2 === 0 ? 1 + (at - 0.5) ** 2 : (at - 0.3) ** 2;
      return { number, params, loss, resource: null, state: 'completed' };
    });
    const [next] = nextOf(create(space), observations);
    expect(next?.kind).toBe('b');
    expect(Number(next?.v)).toBeCloseTo(0.3, 1);
  });
});
