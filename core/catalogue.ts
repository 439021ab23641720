/**
 * The catalogue: which samplers and schedulers there are and which options each takes. It holds schemas only; what they
 * do lives in the optimizer. A user's own sampler joins by being added to the catalogue that a process is started with.
 */
import Type, { type Static, type TObject } from 'typebox';
import { MOST_LEVELS } from './configurations.ts';
import type { DecisionSteps } from './decision-steps.ts';
import { invalid } from './errors.ts';
import { rungsOf, type Halving } from './rungs.ts';
import { compileSchema } from './validate.ts';

/** The options of one sampler, told from the others by `type`. */
export interface SamplerEntry {
  readonly type: string;
  readonly options: TObject;
}

export interface SchedulerEntry {
  readonly type: string;
  readonly options: TObject;
  /** At which steps it decides, given options that the schema accepts. */
  readonly decisionSteps: (options: AlgorithmChoice) => DecisionSteps;
  /** Of a scheduler with rungs: what it doles out. */
  readonly resource?: (options: AlgorithmChoice) => ResourceRange;
}

/** What a scheduler with rungs doles out to a trial, in steps: its first rung and the most that any trial gets. */
export interface ResourceRange {
  readonly min: number;
  readonly max: number;
  /** One in so many goes on from each rung. */
  readonly reductionFactor: number;
}

export interface Catalogue {
  readonly samplers: readonly SamplerEntry[];
  readonly schedulers: readonly SchedulerEntry[];
}

/** A sampler or scheduler choice after validation against the catalogue: its `type` and its options. */
export const AlgorithmChoice = Type.Object({ type: Type.String() }, { additionalProperties: true });
export type AlgorithmChoice = Static<typeof AlgorithmChoice>;

const RandomSamplerOptions = Type.Object(
  { type: Type.Literal('random') },
  { additionalProperties: false, title: 'RandomSampler', description: 'Independent draws from the search space' },
);

export const GridSamplerOptions = Type.Object(
  {
    type: Type.Literal('grid'),
    resolution: Type.Optional(
      Type.Integer({ minimum: 2, maximum: MOST_LEVELS, description: 'Levels of each continuous parameter, both bounds included' }),
    ),
  },
  { additionalProperties: false, title: 'GridSampler', description: 'Every configuration once; the experiment ends when all are done' },
);

const SobolSamplerOptions = Type.Object(
  { type: Type.Literal('sobol') },
  { additionalProperties: false, title: 'SobolSampler', description: 'Points of a scrambled Sobol sequence: evenly spread, no learning' },
);

export const GpSamplerOptions = Type.Object(
  {
    type: Type.Literal('gp'),
    deterministic: Type.Optional(
      Type.Boolean({ description: 'The same params always give the same loss, so differences between trials are no noise' }),
    ),
  },
  { additionalProperties: false, title: 'GpSampler', description: 'Bayesian optimisation with a Gaussian process' },
);

const TpeSamplerOptions = Type.Object(
  { type: Type.Literal('tpe') },
  {
    additionalProperties: false,
    title: 'TpeSampler',
    description: 'Tree-structured Parzen estimator: learns from every outcome, cheap at any length of history',
  },
);

const NoScheduler = Type.Object(
  { type: Type.Literal('none') },
  { additionalProperties: false, title: 'NoScheduler', description: 'Every trial runs to its end' },
);

export const MedianSchedulerOptions = Type.Object(
  {
    type: Type.Literal('median'),
    warmupSteps: Type.Optional(Type.Integer({ minimum: 0, description: 'No trial is stopped at or before this step' })),
    minTrials: Type.Optional(Type.Integer({ minimum: 1, description: 'Other trials that must have reported at the step' })),
    interval: Type.Optional(Type.Integer({ minimum: 1, description: 'Decide at every interval-th step' })),
  },
  {
    additionalProperties: false,
    title: 'MedianScheduler',
    description: 'Stops a trial whose best value is worse than the median at its step',
  },
);

const halving = {
  minResource: Type.Optional(Type.Integer({ minimum: 1, description: 'Steps to the first rung, 1 by default' })),
  maxResource: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Steps of a whole training; by default what the training function declares' }),
  ),
  reductionFactor: Type.Optional(Type.Integer({ minimum: 2, description: 'One in so many goes on from each rung, 3 by default' })),
  mode: Type.Optional(
    Type.Enum(['stop', 'promote'], {
      description:
        'stop (default): a trial among the best at its rung goes on, others stop at once. promote: a trial pauses at its rung, and goes on ' +
        'from its checkpoint once it is among the best',
    }),
  ),
};

export const AshaSchedulerOptions = Type.Object(
  { type: Type.Literal('asha'), ...halving },
  {
    additionalProperties: false,
    title: 'AshaScheduler',
    description: 'Asynchronous successive halving: only the best of each rung go on to the next',
  },
);

export const HyperbandSchedulerOptions = Type.Object(
  {
    type: Type.Literal('hyperband'),
    ...halving,
    brackets: Type.Optional(Type.Integer({ minimum: 1, description: 'Brackets, the most eager first; by default one for each rung' })),
  },
  {
    additionalProperties: false,
    title: 'HyperbandScheduler',
    description: 'Asynchronous successive halving with several first rungs, in case early results mislead',
  },
);

export type AshaSchedulerOptions = Static<typeof AshaSchedulerOptions>;
export type HyperbandSchedulerOptions = Static<typeof HyperbandSchedulerOptions>;
export type GridSamplerOptions = Static<typeof GridSamplerOptions>;
export type MedianSchedulerOptions = Static<typeof MedianSchedulerOptions>;

/** The rungs that options of `asha` or `hyperband` ask for, with defaults in place. @throws {MaggyError} `invalid` */
export function halvingOf(options: AshaSchedulerOptions | HyperbandSchedulerOptions): Halving {
  const { minResource = 1, maxResource, reductionFactor = 3 } = options;
  if (maxResource === undefined) {
    throw invalid('scheduler.maxResource', 'is required where the training function declares no maxResource', undefined);
  }
  if (maxResource < minResource) throw invalid('scheduler.maxResource', `must be at least minResource, ${minResource}`, maxResource);
  return { minResource, maxResource, reductionFactor };
}

const parseMedian = compileSchema(MedianSchedulerOptions);
const parseAsha = compileSchema(AshaSchedulerOptions);
const parseHyperband = compileSchema(HyperbandSchedulerOptions);

/** An entry of a scheduler with rungs, but for its options. */
function onRungs(halvingFrom: (options: AlgorithmChoice) => Halving): Pick<Required<SchedulerEntry>, 'decisionSteps' | 'resource'> {
  return {
    decisionSteps(options) {
      const halving = halvingFrom(options);
      return { at: 'steps', steps: rungsOf(halving).slice(0, -1), last: halving.maxResource };
    },
    resource(options) {
      const { minResource, maxResource, reductionFactor } = halvingFrom(options);
      return { min: minResource, max: maxResource, reductionFactor };
    },
  };
}

export const samplerEntries = {
  random: { type: 'random', options: RandomSamplerOptions },
  grid: { type: 'grid', options: GridSamplerOptions },
  sobol: { type: 'sobol', options: SobolSamplerOptions },
  gp: { type: 'gp', options: GpSamplerOptions },
  tpe: { type: 'tpe', options: TpeSamplerOptions },
} as const satisfies Record<string, SamplerEntry>;

export const schedulerEntries = {
  none: { type: 'none', options: NoScheduler, decisionSteps: () => ({ at: 'never' }) },
  median: {
    type: 'median',
    options: MedianSchedulerOptions,
    decisionSteps(options) {
      const { warmupSteps = 0, interval = 1 } = parseMedian(options, 'scheduler');
      return { at: 'every', first: warmupSteps + 1, interval };
    },
  },
  asha: { type: 'asha', options: AshaSchedulerOptions, ...onRungs((options) => halvingOf(parseAsha(options, 'scheduler'))) },
  hyperband: {
    type: 'hyperband',
    options: HyperbandSchedulerOptions,
    ...onRungs((options) => halvingOf(parseHyperband(options, 'scheduler'))),
  },
} as const satisfies Record<string, SchedulerEntry>;

/** What ships with Maggy. `optimizer/` makes each of these entries a definition by saying what it does. */
export const builtInCatalogue: Catalogue = {
  samplers: Object.values(samplerEntries),
  schedulers: Object.values(schedulerEntries),
};
