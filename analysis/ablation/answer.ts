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
  interval: nullable(Type.Tuple([Type.Number(), Type.Number()], { description: '95 % confidence interval of the difference' })),
  pValue: nullable(Type.Number({ description: 'Paired t-test, two-sided' })),
  adjustedPValue: nullable(Type.Number({ description: "After Holm's correction" })),
  effectSize: nullable(Type.Number({ description: "Hedges' g of the paired differences" })),
};

export const Contrast = Type.Object(contrast, closed);
export type Contrast = Static<typeof Contrast>;

export const Verdict = Type.Enum(['worse', 'better', 'no-matter', 'unclear', 'failed', 'unfinished'], {
  description: 'What became of the metric when the component was left out or, in mode one-in, added',
});
export type Verdict = Static<typeof Verdict>;

export const ComponentAnswer = Type.Object(
  {
    name: Type.String(),
    parts: Type.Array(Type.String()),
    completed: count('Trials with a value'),
    failed: count('Trials that failed'),
    mean: nullable(Type.Number()),
    ...contrast,
    parameters: nullable(Type.Integer({ description: "Change in the numbers of the model's weights" })),
    durationSeconds: nullable(Type.Number({ description: 'Change in the time of a trial, paired by seed' })),
    verdict: Verdict,
    failure: Type.Optional(Type.String({ description: 'Why its first failed trial failed' })),
  },
  { ...closed, title: 'AblatedComponent' },
);
export type ComponentAnswer = Static<typeof ComponentAnswer>;

const Interaction = Type.Object(
  { parts: Type.Tuple([Type.String(), Type.String()]), ...contrast },
  { ...closed, title: 'Interaction', description: 'What a pair does beyond its parts' },
);
export type Interaction = Static<typeof Interaction>;

export const Study = Type.Object(
  {
    mode: AblationModeSchema,
    direction: DirectionSchema,
    replicates: Type.Integer({ minimum: 1 }),
    baseline: Type.Object(
      {
        completed: count('Trials with a value'),
        failed: count('Trials that failed'),
        mean: nullable(Type.Number()),
        standardDeviation: nullable(Type.Number({ description: 'Between seeds' })),
        parameters: nullable(Type.Integer()),
        durationSeconds: nullable(Type.Number()),
      },
      closed,
    ),
    margin: nullable(Type.Number({ description: "Differences up to this do not matter: the baseline's deviation between seeds" })),
    components: Type.Array(ComponentAnswer, { description: 'The one whose change is worst first; those without a difference last' }),
    interactions: Type.Array(Interaction, { description: 'Of the pairs of mode leave-two-out, the largest first' }),
  },
  { ...closed, title: 'AblationStudy' },
);
export type Study = Static<typeof Study>;
