/** The answer of an ablation study: its schema, from which types and the documentation of the API derive. `study.ts` makes it. */
import Type, { type Static, type TSchema } from 'typebox';
import { AblationModeSchema } from '../../core/ablation/schema.ts';
import { DirectionSchema } from '../../core/states.ts';

const closed = { additionalProperties: false };
const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const count = (description: string) => Type.Integer({ minimum: 0, description });

/** What differences of one kind say. Null where there are too few trials to say it. */
const contrast = {
  pairs: count('Pairs of trials with the same seed that both have a value'),
  difference: nullable(Type.Number({ description: "Mean of the paired differences, in the metric's own sign" })),
  interval: nullable(
    Type.Tuple([Type.Number(), Type.Number()], {
      description: 'Confidence interval of the difference; in an adaptive study wider, so that it holds at all looks at once',
    }),
  ),
  pValue: nullable(Type.Number({ description: 'Paired t-test, two-sided' })),
  adjustedPValue: nullable(
    Type.Number({
      description:
        "After Holm's correction and, in an adaptive study, that for its looks: up to 0.05 it counts. Null until all trials of the look are over",
    }),
  ),
  effectSize: nullable(Type.Number({ description: "Hedges' g of the paired differences" })),
  confidence: nullable(Type.Number({ description: 'Of the interval: 0.95, and more at a look of an adaptive study' })),
};

export const Contrast = Type.Object(contrast, closed);
export type Contrast = Static<typeof Contrast>;

export const Verdict = Type.Enum(['worse', 'better', 'no-matter', 'unclear', 'failed', 'stopped', 'unfinished'], {
  description:
    'What became of the metric when the component was left out or, in mode one-in, added, or the step of a path was taken; unfinished until all trials of its look are over',
});
export type Verdict = Static<typeof Verdict>;

const trialCounts = {
  completed: count('Trials with a value'),
  failed: count('Trials that failed'),
  stopped: count('Trials that were stopped before they had a value'),
};

const Duration = Type.Object(
  {
    pairs: count('Pairs of trials with the same seed, neither of them retried, or the first of its process with its data'),
    differenceSeconds: Type.Number(),
    intervalSeconds: nullable(Type.Tuple([Type.Number(), Type.Number()], { description: "Student's, at 95 %; null for one pair" })),
  },
  {
    ...closed,
    title: 'DurationChange',
    description: 'Change in the time of a trial. A first trial also loads its data and warms its process up',
  },
);
export type Duration = Static<typeof Duration>;

export const ComponentAnswer = Type.Object(
  {
    name: Type.String(),
    parts: Type.Array(Type.String()),
    ...trialCounts,
    mean: nullable(Type.Number({ description: 'Over its pairs' })),
    standardDeviation: nullable(Type.Number({ description: 'Over its pairs, between seeds' })),
    reference: nullable(Type.Number({ description: 'Mean of what it is compared with, over the same seeds: mean − difference' })),
    ...contrast,
    parameters: nullable(Type.Integer({ description: "Change in the numbers of the model's weights" })),
    duration: nullable(Duration),
    verdict: Verdict,
    failure: Type.Optional(Type.String({ description: 'Why its first failed trial failed' })),
  },
  { ...closed, title: 'AblatedComponent' },
);
export type ComponentAnswer = Static<typeof ComponentAnswer>;

export const InteractionVerdict = Type.Enum(['costs-more', 'costs-less', 'unclear'], {
  description: 'Whether leaving out both costs more or less than its parts together, as a test of the interactions tells',
});
export type InteractionVerdict = Static<typeof InteractionVerdict>;

const Interaction = Type.Object(
  { parts: Type.Tuple([Type.String(), Type.String()]), ...contrast, verdict: InteractionVerdict },
  { ...closed, title: 'Interaction', description: 'What a pair does beyond its parts; tested as a family of their own' },
);
export type Interaction = Static<typeof Interaction>;

const PathStep = Type.Object(
  {
    chosen: Type.String({ description: 'The change that looked best' }),
    candidates: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          trials: count('Replicates until it fell behind, or the race was over; none where there was no choice'),
          mean: nullable(Type.Number({ description: 'In the race, on other seeds than the gains' })),
        },
        closed,
      ),
    ),
  },
  {
    ...closed,
    title: 'PathStep',
    description: 'Of the chosen one the mean is biased, because it was chosen by it: the gain is that of its component',
  },
);
export type PathStep = Static<typeof PathStep>;

export const Study = Type.Object(
  {
    mode: AblationModeSchema,
    metric: Type.String(),
    direction: DirectionSchema,
    progress: Type.Enum(['under-way', 'whole', 'cut-short'], {
      description: 'Tests are made when all trials of a look are over; cut short where the experiment ended before that',
    }),
    replicates: Type.Integer({ minimum: 1, description: 'Of each component, at the first look' }),
    looks: Type.Array(
      Type.Object(
        { replicates: Type.Integer({ minimum: 1 }), level: Type.Number(), begun: Type.Boolean() },
        { ...closed, title: 'StudyLook', description: 'When tests are made, and what each may spend of the 5 %' },
      ),
    ),
    baseline: Type.Object(
      {
        ...trialCounts,
        mean: nullable(Type.Number()),
        standardDeviation: nullable(Type.Number({ description: 'Between seeds' })),
        parameters: nullable(Type.Integer()),
        durationSeconds: nullable(Type.Number({ description: 'Mean, without trials that were retried or the first of their process' })),
      },
      closed,
    ),
    margin: nullable(Type.Number({ description: 'Differences up to this do not matter' })),
    marginSource: Type.Enum(['asked', 'baseline'], {
      description: "The margin of the submission, or the baseline's deviation between seeds",
    }),
    components: Type.Array(ComponentAnswer, {
      description:
        'The one whose change is worst first, those without a difference last; the steps of a path in their order, each against the one before',
    }),
    interactions: Type.Array(Interaction, { description: 'Of the pairs of mode leave-two-out, the largest first' }),
    path: nullable(
      Type.Object(
        { steps: Type.Array(PathStep), total: Type.Object(contrast, { ...closed, description: 'From its start to its end' }) },
        { ...closed, title: 'AblationPath', description: 'In mode path: how each step was chosen' },
      ),
    ),
  },
  { ...closed, title: 'AblationStudy' },
);
export type Study = Static<typeof Study>;

/** What users are given: the study and what may be said of it. */
export const StudyDocument = Type.Object(
  { ...Study.properties, words: Type.Array(Type.String(), { description: 'What may be said of it, in sentences' }) },
  { ...closed, title: 'Ablation study' },
);
export type StudyDocument = Static<typeof StudyDocument>;
