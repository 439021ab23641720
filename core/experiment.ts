/**
 * What a user submits and what becomes of it: the submission (everything may be absent that the training function
 * declares) and the specification (everything resolved, immutable, first event of the log). One schema each; the types,
 * the HTTP validation and the documentation derive from them. Resolution is in `specify.ts`.
 */
import Type, { type Static, type TObject } from 'typebox';
import { AblationPlanSchema, AblationSchema } from './ablation/schema.ts';
import { AlgorithmChoice, type Catalogue } from './catalogue.ts';
import { DecisionSteps } from './decision-steps.ts';
import { LockstepPlanSchema, LockstepSchema } from './lockstep.ts';
import { ParamsSchema, SearchSpaceSchema } from './space.ts';
import { DirectionSchema } from './states.ts';

export const KindSchema = Type.Enum(['tune', 'train', 'ablate']);

const ExecutionSchema = Type.Enum(['workers', 'ask'], {
  description: 'Who runs the trials: workers of the pool (default), or whoever asks for them over HTTP',
});

export const TrainingFunctionName = Type.String({
  pattern: '^[A-Za-z][A-Za-z0-9._-]{0,99}$',
  'x-form': 'a letter and up to 99 more letters, digits, ".", "_" or "-"',
});
const MetricName = Type.String({ minLength: 1, maxLength: 100 });
export const Tag = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$',
  'x-form': 'a letter or digit and up to 63 more letters, digits, ".", "_", ":", "/" or "-"',
});
export const ExperimentId = Type.String({
  pattern: '^[a-z][a-z0-9]{5,40}$',
  description: 'Experiment id',
  'x-form': 'the id of an experiment, such as xe3232u47krw57tliu8vmvz6sn',
});
export const PoolName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$',
  description: 'Pool of workers',
  'x-form': 'a letter or digit and up to 39 more letters, digits, "_" or "-"',
});

/** Plain JSON handed to the training function's `dataset`. */
const DatasetOptions = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), {
  description: "Arguments for the training function's dataset function, beside the seed",
});

/** Of one experiment, extensions included. Indexes sort trials by their numbers in seven digits (`queue/scripts/lib.lua`). */
export const MOST_TRIALS = 1_000_000;

const budgets = {
  maxDurationSeconds: Type.Number({ exclusiveMinimum: 0, description: 'Running time of the experiment; time paused does not count' }),
  targetValue: Type.Number({ description: 'The experiment ends when a completed trial is at least as good' }),
  maxFailedTrials: Type.Integer({ minimum: 0, description: 'One more failed trial than this fails the experiment' }),
};

const limits = {
  maxTrials: Type.Integer({ minimum: 1, maximum: MOST_TRIALS, description: 'Distinct trials, failed ones included' }),
  parallelism: Type.Integer({ minimum: 1, maximum: 100_000, description: 'Trials at once at most; default: its share of the slots' }),
  maxAttempts: Type.Integer({ minimum: 1, maximum: 100, description: 'Attempts a trial may fail before it is failed' }),
  maxSilenceSeconds: Type.Number({
    exclusiveMinimum: 0,
    maximum: 604_800,
    description: 'A trial that reports, prints and saves nothing for so long is ended and retried',
  }),
  seed: Type.Integer({ minimum: 0, maximum: 0xffff_ffff, description: 'Seed of the whole experiment; drawn when absent' }),
  priority: Type.Integer({ minimum: 1, maximum: 100, description: 'Weight of the experiment in the shares of its pool' }),
  replicates: Type.Integer({ minimum: 1, maximum: 1000, description: 'Trials of each configuration, with different seeds' }),
};

/** The schema of a submission for the algorithms of one catalogue. */
export function submissionSchema(catalogue: Catalogue) {
  const variants = (entries: readonly { readonly options: TObject }[], description: string) =>
    Type.Union(
      entries.map((entry) => entry.options),
      { discriminator: { propertyName: 'type' }, description },
    );
  return Type.Object(
    {
      kind: KindSchema,
      trainingFunction: TrainingFunctionName,
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      tags: Type.Optional(Type.Array(Tag, { maxItems: 32, uniqueItems: true })),
      note: Type.Optional(Type.String({ maxLength: 10_000 })),
      execution: Type.Optional(ExecutionSchema),
      pool: Type.Optional(PoolName),
      space: Type.Optional(SearchSpaceSchema),
      hparams: Type.Optional(ParamsSchema),
      from: Type.Optional(ExperimentId),
      metric: Type.Optional(MetricName),
      direction: Type.Optional(DirectionSchema),
      optimizer: Type.Optional(
        Type.Enum(['random', 'asha', 'bayesian'], {
          description: 'Short for a sampler and a scheduler: random and none, random and asha, gp and none',
        }),
      ),
      sampler: Type.Optional(variants(catalogue.samplers, 'Proposes params')),
      scheduler: Type.Optional(variants(catalogue.schedulers, 'Stops bad trials early')),
      maxTrials: Type.Optional(limits.maxTrials),
      parallelism: Type.Optional(limits.parallelism),
      maxAttempts: Type.Optional(limits.maxAttempts),
      maxSilenceSeconds: Type.Optional(limits.maxSilenceSeconds),
      seed: Type.Optional(limits.seed),
      priority: Type.Optional(limits.priority),
      replicates: Type.Optional(limits.replicates),
      maxDurationSeconds: Type.Optional(budgets.maxDurationSeconds),
      targetValue: Type.Optional(budgets.targetValue),
      maxFailedTrials: Type.Optional(budgets.maxFailedTrials),
      dataset: Type.Optional(DatasetOptions),
      ablation: Type.Optional(AblationSchema),
      lockstep: Type.Optional(LockstepSchema),
    },
    { additionalProperties: false, title: 'Submission' },
  );
}

/** A submission as TypeScript sees it; the algorithm choices are open, since a catalogue may hold a user's own. */
export type Submission = Omit<Static<ReturnType<typeof submissionSchema>>, 'sampler' | 'scheduler'> & {
  sampler?: AlgorithmChoice;
  scheduler?: AlgorithmChoice;
};

export const PinnedFunction = Type.Object(
  { name: TrainingFunctionName, hash: Type.String({ minLength: 1 }) },
  { additionalProperties: false },
);
export type PinnedFunction = Static<typeof PinnedFunction>;

export const SpecificationSchema = Type.Object(
  {
    version: Type.Literal(1),
    id: ExperimentId,
    kind: KindSchema,
    name: Type.Optional(Type.String()),
    tags: Type.Array(Tag),
    note: Type.Optional(Type.String()),
    from: Type.Optional(ExperimentId),
    trainingFunction: PinnedFunction,
    execution: Type.Optional(ExecutionSchema),
    pool: PoolName,
    /** What was fixed, by `hparams` or `from`, is constant here: a `train` experiment has a space of one configuration. */
    space: SearchSpaceSchema,
    metric: MetricName,
    direction: DirectionSchema,
    sampler: AlgorithmChoice,
    scheduler: AlgorithmChoice,
    decisionSteps: DecisionSteps,
    ...limits,
    parallelism: Type.Optional(limits.parallelism),
    maxDurationSeconds: Type.Optional(budgets.maxDurationSeconds),
    targetValue: Type.Optional(budgets.targetValue),
    maxFailedTrials: Type.Optional(budgets.maxFailedTrials),
    dataset: DatasetOptions,
    /** Of an `ablate` experiment: its trials are those of the plan, in its order. */
    ablation: Type.Optional(AblationPlanSchema),
    /** Each attempt is carried out by a group of ranks. */
    lockstep: Type.Optional(LockstepPlanSchema),
  },
  { additionalProperties: false, title: 'Specification' },
);
export type Specification = Static<typeof SpecificationSchema>;
