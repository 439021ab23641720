/** Who holds which version of a training function: what a submission is pinned to, and what people are shown. */
import { invalid, MaggyError } from '../core/errors.ts';
import type { PinnedFunction } from '../core/experiment.ts';
import { didYouMean } from '../core/nearest.ts';
import type { Declared, WorkerKind, WorkerRecord } from '../queue/registry.ts';

/** One version of a training function in one pool, and the slots of one kind there that hold it now. */
export interface Holding extends Declared {
  readonly slots: number;
}

/** The slots that an experiment runs in. */
export function kindOf({ lockstep }: { readonly lockstep?: unknown }): WorkerKind {
  return lockstep === undefined ? 'trials' : 'lockstep';
}

/**
 * Most slots first; of equals, what was declared last: before any worker is up, that is what the next one most likely holds.
 * Then the pool and the hash that sort first, so that every server chooses alike.
 */
export function holdings(declarations: readonly Declared[], workers: readonly WorkerRecord[], kind: WorkerKind): Holding[] {
  return declarations
    .map((declared) => ({ ...declared, slots: liveSlots(workers, declared.pool, kind, declared.declaration) }))
    .sort(
      (a, b) =>
        b.slots - a.slots || b.declaredAt - a.declaredAt || compare(a.pool, b.pool) || compare(a.declaration.hash, b.declaration.hash),
    );
}

/** Slots of one kind, of workers that still take work. */
export function liveSlots(workers: readonly WorkerRecord[], pool: string, kind: WorkerKind, { name, hash }: PinnedFunction): number {
  return workers
    .filter((worker) => worker.pool === pool && worker.kind === kind && !worker.draining)
    .filter(({ functions }) => functions.some((held) => held.name === name && held.hash === hash))
    .reduce((sum, worker) => sum + worker.slots.length, 0);
}

/**
 * What a new experiment is pinned to. A version that no live worker holds will do: the experiment waits for one.
 * @throws {MaggyError} unknown-training-function with the nearest name, or invalid for a pool that has never declared it
 */
export function chosenHolding(all: readonly Holding[], name: string, pool: string | undefined): Holding {
  const ofFunction = all.filter(({ declaration }) => declaration.name === name);
  if (ofFunction.length === 0) {
    const rule = `no worker has declared a training function of this name${didYouMean(name, new Set(all.map(({ declaration }) => declaration.name)))}`;
    throw new MaggyError('unknown-training-function', `trainingFunction: ${rule}, got "${name}"`, {
      field: 'trainingFunction',
      rule,
      value: name,
    });
  }
  const chosen = ofFunction.find((holding) => pool === undefined || holding.pool === pool);
  if (chosen !== undefined) return chosen;
  const pools = new Set(ofFunction.map((holding) => holding.pool));
  throw invalid('pool', `must be a pool whose workers hold ${name}: ${[...pools].join(', ')}${didYouMean(pool, pools)}`, pool);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
