/**
 * The words of an ablation study: what a user asks for (`Ablation`), what can be left out of a training function (`Ablatable`), what one
 * trial leaves out (`Exclusion`), and the plan that these make, which the specification keeps. Planning is in `plan.ts`.
 */
import Type, { type Static } from 'typebox';
import { ParamsSchema } from '../space.ts';

const closed = { additionalProperties: false };
const Name = Type.String({ minLength: 1, maxLength: 200 });
const Names = Type.Array(Name, { minItems: 1, maxItems: 1000, uniqueItems: true });
const NamesOrAll = (what: string) => Type.Union([Type.Literal('all'), Names], { description: `${what}, or "all"` });

const ModuleSchema = Type.Object(
  { from: Name, to: Name },
  { ...closed, title: 'Module', description: 'Everything between two layers, both included' },
);
export type Module = Static<typeof ModuleSchema>;

export const AblationModeSchema = Type.Enum(['leave-one-out', 'leave-two-out', 'one-in', 'path'], {
  description:
    'leave-one-out (default): each component alone. leave-two-out: each pair too. one-in: starts without any component and adds one. path: from one ' +
    'configuration of hyperparameters to another, the best change first',
});
export type AblationMode = Static<typeof AblationModeSchema>;

export const AblationSchema = Type.Object(
  {
    mode: Type.Optional(AblationModeSchema),
    features: Type.Optional(NamesOrAll('Features of the data')),
    layers: Type.Optional(NamesOrAll('Layers of the model')),
    groups: Type.Optional(
      Type.Array(Type.Union([Name, Type.Array(Name, { minItems: 2, maxItems: 1000, uniqueItems: true })]), {
        minItems: 1,
        maxItems: 1000,
        description: 'Layers left out together: a list of names, or how their names begin',
      }),
    ),
    modules: Type.Optional(Type.Array(ModuleSchema, { minItems: 1, maxItems: 1000 })),
    variants: Type.Optional(NamesOrAll('Other models and data sets that the training function declares')),
    hparams: Type.Optional(NamesOrAll('Hyperparameters set back to their defaults, one at a time')),
    start: Type.Optional(ParamsSchema),
    adaptive: Type.Optional(
      Type.Boolean({
        description:
          'Runs more replicates of what the data cannot tell yet, in up to three looks; the level of the tests is spent over them',
      }),
    ),
    maxReplicates: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 1000,
        description: 'Of an adaptive study, replicates of a component at most; default: 4 × replicates',
      }),
    ),
    margin: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: "Differences of the metric up to this do not matter; default: the baseline's deviation between seeds",
      }),
    ),
    bridges: Type.Optional(
      Type.Boolean({
        description: 'Allows a dense layer or 1×1 convolution in the place of what changed the shape, where the rest does not fit',
      }),
    ),
  },
  { ...closed, title: 'Ablation', description: 'The components of the study' },
);
export type Ablation = Static<typeof AblationSchema>;

export const AblatableLayerSchema = Type.Object(
  {
    name: Type.String(),
    type: Type.String({ description: 'Class of the layer' }),
    inputs: Type.Array(Type.String(), { description: 'Layers it takes its inputs from' }),
    parameters: Type.Integer({ minimum: 0 }),
    isProtected: Type.Boolean({ description: 'An input or output of the model, which cannot be left out' }),
    holds: Type.Optional(
      Type.Array(Type.String(), { description: 'Of a model that is a layer, the layers inside, which cannot be named' }),
    ),
  },
  { ...closed, title: 'AblatableLayer' },
);
export type AblatableLayer = Static<typeof AblatableLayerSchema>;

/** Why a layer inside another cannot be named; undefined for a name that stands in none. */
export function insideNested(name: string, layers: readonly Pick<AblatableLayer, 'name' | 'holds'>[]): string | undefined {
  const outer = layers.find(({ holds = [] }) => holds.includes(name));
  return outer === undefined
    ? undefined
    : `must be a layer of the model itself: ${name} is inside the nested model ${outer.name}, which can be left out as a whole only`;
}

export const AblatableSchema = Type.Object(
  {
    layers: Type.Optional(Type.Array(AblatableLayerSchema, { description: 'Of the model with default hyperparameters, producers first' })),
    features: Type.Optional(Type.Array(Type.String(), { description: 'As the training function declares them' })),
    variants: Type.Array(Type.String()),
  },
  { ...closed, title: 'Ablatable', description: 'What an ablation can leave out; what is absent is not known before a trial runs' },
);
export type Ablatable = Static<typeof AblatableSchema>;

export const ExclusionSchema = Type.Object(
  {
    features: Type.Optional(Type.Array(Name)),
    layers: Type.Optional(Type.Array(Name)),
    modules: Type.Optional(Type.Array(ModuleSchema)),
    variant: Type.Optional(Name),
    bridges: Type.Optional(Type.Boolean()),
  },
  { ...closed, title: 'Exclusion', description: 'What a trial leaves out; hyperparameters that are set back are in its params' },
);
export type Exclusion = Static<typeof ExclusionSchema>;

const PlannedComponentSchema = Type.Object(
  {
    name: Type.String({ description: '"baseline", or what is studied: "layer conv1", "feature sex + hparam dropout"' }),
    parts: Type.Array(Type.String(), { description: 'The single components it consists of; none for the baseline' }),
    exclusion: ExclusionSchema,
    params: ParamsSchema,
    parameters: Type.Optional(
      Type.Integer({ minimum: 0, description: "Numbers in its model's weights, as a worker counted them; absent where none could" }),
    ),
  },
  { ...closed, title: 'PlannedComponent' },
);
export type PlannedComponent = Static<typeof PlannedComponentSchema>;

const LookSchema = Type.Object(
  {
    replicates: Type.Integer({ minimum: 1, description: 'Of each component that is still studied, those of earlier looks included' }),
    level: Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Chance of one false finding or more that this look may spend' }),
  },
  { ...closed, title: 'Look', description: 'A moment at which the tests are made' },
);
export type Look = Static<typeof LookSchema>;

export const AblationPlanSchema = Type.Object(
  {
    mode: AblationModeSchema,
    components: Type.Array(PlannedComponentSchema, {
      minItems: 2,
      description: 'The baseline first. In mode path: where it starts and where it leads; what lies between follows from the trials',
    }),
    margin: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Differences up to this do not matter' })),
    looks: Type.Array(LookSchema, { minItems: 1, maxItems: 3, description: 'More than one in an adaptive study only' }),
    race: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), {
        minItems: 1,
        description: 'In mode path: replicates after which the candidates of a step that fall behind leave the race',
      }),
    ),
    sizes: Type.Optional(
      Type.Array(Type.Object({ params: ParamsSchema, parameters: Type.Integer({ minimum: 0 }) }, closed), {
        description:
          'In mode path: numbers in the weights of the models that it can lead through; absent where they are too many to be counted beforehand',
      }),
    ),
  },
  { ...closed, title: 'AblationPlan' },
);
export type AblationPlan = Static<typeof AblationPlanSchema>;
