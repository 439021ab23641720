/**
 * The samplers and schedulers that a process knows, by name. A user's own is one file exporting a `SamplerDefinition` or a
 * `SchedulerDefinition`, added here through `algorithmsWith`.
 */
import { MaggyError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest.ts';
import { gpSampler } from './samplers/gp.ts';
import { gridSampler } from './samplers/grid.ts';
import { randomSampler } from './samplers/random.ts';
import type { SamplerDefinition } from './samplers/sampler.ts';
import { sobolSampler } from './samplers/sobol.ts';
import { ashaScheduler } from './schedulers/asha.ts';
import { hyperbandScheduler } from './schedulers/hyperband.ts';
import { tpeSampler } from './samplers/tpe.ts';
import { medianScheduler } from './schedulers/median.ts';
import { noScheduler } from './schedulers/none.ts';
import type { SchedulerDefinition } from './schedulers/scheduler.ts';

export interface Algorithms {
  readonly samplers: readonly SamplerDefinition[];
  readonly schedulers: readonly SchedulerDefinition[];
  /** Of users' own that come from files: the content hash of the file with its local imports. */
  readonly hashes?: ReadonlyMap<Extension, string>;
}

export const builtInAlgorithms: Algorithms = {
  samplers: [randomSampler, gridSampler, sobolSampler, gpSampler, tpeSampler],
  schedulers: [noScheduler, medianScheduler, ashaScheduler, hyperbandScheduler],
};

/** What an extension file may export: any of these, under any names. */
export type Extension = SamplerDefinition | SchedulerDefinition;

/**
 * The built-in algorithms and these.
 * @param hashes content hashes of the files that they come from
 * @throws {MaggyError} `conflict` where two share a `type`
 */
export function algorithmsWith(extensions: readonly Extension[], hashes: ReadonlyMap<Extension, string> = new Map()): Algorithms {
  const samplers = [...builtInAlgorithms.samplers];
  const schedulers = [...builtInAlgorithms.schedulers];
  for (const extension of extensions) {
    const known: { type: string }[] = 'decisionSteps' in extension ? schedulers : samplers;
    if (known.some(({ type }) => type === extension.type)) {
      throw new MaggyError('conflict', `type: there is already an algorithm named ${extension.type}`, {
        field: 'type',
        value: extension.type,
      });
    }
    if ('decisionSteps' in extension) schedulers.push(extension);
    else samplers.push(extension);
  }
  return { samplers, schedulers, hashes };
}

/** This process was started without the extension that an experiment needs; another one may know it. */
export class UnknownAlgorithm extends MaggyError {
  readonly kind: AlgorithmKind;
  readonly type: string;

  constructor(kind: AlgorithmKind, type: string, known: readonly string[]) {
    super('invalid', `${kind}.type: this optimizer knows ${known.join(', ')}, not ${type}${didYouMean(type, known)}`, {
      field: `${kind}.type`,
      value: type,
      rule: `one of ${known.join(', ')}`,
    });
    this.name = 'UnknownAlgorithm';
    this.kind = kind;
    this.type = type;
  }
}

type AlgorithmKind = 'sampler' | 'scheduler';

/** @throws {UnknownAlgorithm} when this process does not know the type */
export function findAlgorithm<Definition extends { readonly type: string }>(
  known: readonly Definition[],
  type: string,
  kind: AlgorithmKind,
): Definition {
  const found = known.find((definition) => definition.type === type);
  if (found !== undefined) return found;
  throw new UnknownAlgorithm(
    kind,
    type,
    known.map((definition) => definition.type),
  );
}
