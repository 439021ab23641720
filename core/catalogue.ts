/**
 * The catalogue: which samplers and schedulers there are and which options each takes. It holds schemas only; what they
 * do lives in the optimizer. A user's own sampler joins by being added to the catalogue that a process is started with.
 */
import Type, { type Static, type TObject } from 'typebox';
import type { DecisionSteps } from './decision-steps.ts';
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
}

/** What a scheduler with rungs doles out to a trial, in steps: its first rung and the most that any trial gets. */
export interface ResourceRange {
  readonly min: number;
  readonly max: number;
}

export interface Catalogue {
  readonly samplers: readonly SamplerEntry[];
  readonly schedulers: readonly SchedulerEntry[];
}

/** A sampler or scheduler choice after validation against the catalogue: its `type` and its options. */
export const AlgorithmChoice = Type.Object({ type: Type.String() }, { additionalProperties: true });
export type AlgorithmChoice = Static<typeof AlgorithmChoice>;

export const RandomSamplerOptions = Type.Object(
  { type: Type.Literal('random') },
  { additionalProperties: false, title: 'RandomSampler', description: 'Independent draws from the search space' },
);

export const GridSamplerOptions = Type.Object(
  {
    type: Type.Literal('grid'),
    resolution: Type.Optional(
      Type.Integer({ minimum: 2, maximum: 1000, description: 'Levels of each continuous parameter, both bounds included' }),
    ),
  },
  { additionalProperties: false, title: 'GridSampler', description: 'Every configuration once; the experiment ends when all are done' },
);

export const SobolSamplerOptions = Type.Object(
  { type: Type.Literal('sobol') },
  { additionalProperties: false, title: 'SobolSampler', description: 'Points of a scrambled Sobol sequence: evenly spread, no learning' },
);

export const TpeSamplerOptions = Type.Object(
  { type: Type.Literal('tpe') },
  {
    additionalProperties: false,
    title: 'TpeSampler',
    description: 'Tree-structured Parzen estimator: learns from every outcome, cheap at any length of history',
  },
);

export const NoScheduler = Type.Object(
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

export type GridSamplerOptions = Static<typeof GridSamplerOptions>;
export type MedianSchedulerOptions = Static<typeof MedianSchedulerOptions>;

const parseMedian = compileSchema(MedianSchedulerOptions);

export function medianDecisionSteps(choice: AlgorithmChoice): DecisionSteps {
  const { warmupSteps = 0, interval = 1 } = parseMedian(choice, 'scheduler');
  return { at: 'every', first: warmupSteps + 1, interval };
}

export const builtInCatalogue: Catalogue = {
  samplers: [
    { type: 'random', options: RandomSamplerOptions },
    { type: 'grid', options: GridSamplerOptions },
    { type: 'sobol', options: SobolSamplerOptions },
    { type: 'tpe', options: TpeSamplerOptions },
  ],
  schedulers: [
    { type: 'none', options: NoScheduler, decisionSteps: () => ({ at: 'never' }) },
    {
      type: 'median',
      options: MedianSchedulerOptions,
      decisionSteps: medianDecisionSteps,
    },
  ],
};
