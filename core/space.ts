/**
 * The search space as users write it: one schema per kind of parameter, from which the types, the HTTP validation and the
 * documentation derive. What a schema cannot say (bounds the right way round, conditions without cycles) is in
 * `space-validation.ts`.
 */
import Type, { type Static } from 'typebox';

/** Largest magnitude of an int parameter; `parameter.ts` derives the exactness that it buys. */
export const maxInteger = 2 ** 40;

/** Most choices of a categorical or ordinal parameter. */
const maxChoices = 10_000;

const ParamValueSchema = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
export type ParamValue = Static<typeof ParamValueSchema>;

/** A trial's hyperparameters: the value of each active parameter; inactive ones are absent. */
export const ParamsSchema = Type.Record(Type.String(), ParamValueSchema, {
  description: 'Value of each active parameter by name; inactive parameters are absent',
});
export type Params = Static<typeof ParamsSchema>;

const closed = { additionalProperties: false };

const common = {
  when: Type.Optional(
    Type.Record(Type.String(), Type.Union([ParamValueSchema, Type.Array(ParamValueSchema, { minItems: 1, maxItems: maxChoices })]), {
      minProperties: 1,
      description: 'The parameter is active only while every parameter named here is active and has the value, or one of the values, given',
    }),
  ),
};

const LogScale = Type.Optional(Type.Literal('log', { description: 'Values are spread evenly by order of magnitude' }));
const Integer = (description?: string) =>
  Type.Integer({ minimum: -maxInteger, maximum: maxInteger, ...(description === undefined ? {} : { description }) });

const FloatParameter = Type.Object(
  {
    type: Type.Literal('float'),
    min: Type.Number({ description: 'Smallest value, inclusive' }),
    max: Type.Number({ description: 'Largest value, inclusive' }),
    scale: LogScale,
    step: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Distance of the values, counted from min; max must be one of them' }),
    ),
    default: Type.Optional(Type.Number()),
    ...common,
  },
  { ...closed, title: 'Float parameter' },
);

const IntParameter = Type.Object(
  {
    type: Type.Literal('int'),
    min: Integer('Smallest value, inclusive'),
    max: Integer('Largest value, inclusive'),
    scale: LogScale,
    step: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2 * maxInteger,
        description: 'Distance of the values, counted from min; max must be one of them',
      }),
    ),
    default: Type.Optional(Integer()),
    ...common,
  },
  { ...closed, title: 'Int parameter' },
);

const CategoricalParameter = Type.Object(
  {
    type: Type.Literal('categorical'),
    choices: Type.Array(ParamValueSchema, { minItems: 1, maxItems: maxChoices }),
    default: Type.Optional(ParamValueSchema),
    ...common,
  },
  { ...closed, title: 'Categorical parameter', description: 'One of several values without an order' },
);

const OrdinalValue = Type.Union([Type.Number(), Type.String()]);
const OrdinalParameter = Type.Object(
  {
    type: Type.Literal('ordinal'),
    choices: Type.Array(OrdinalValue, { minItems: 1, maxItems: maxChoices }),
    default: Type.Optional(OrdinalValue),
    ...common,
  },
  { ...closed, title: 'Ordinal parameter', description: 'One of several values; neighbours in the list are alike' },
);

const ConstantParameter = Type.Object(
  { type: Type.Literal('constant'), value: ParamValueSchema, ...common },
  { ...closed, title: 'Constant parameter' },
);

const ParameterSchema = Type.Union([FloatParameter, IntParameter, CategoricalParameter, OrdinalParameter, ConstantParameter], {
  discriminator: { propertyName: 'type' },
});

export const SearchSpaceSchema = Type.Record(Type.String(), ParameterSchema, { description: 'Parameters by name' });

export type FloatParameter = Static<typeof FloatParameter>;
export type IntParameter = Static<typeof IntParameter>;
export type CategoricalParameter = Static<typeof CategoricalParameter>;
export type OrdinalParameter = Static<typeof OrdinalParameter>;
export type ConstantParameter = Static<typeof ConstantParameter>;
export type Parameter = Static<typeof ParameterSchema>;
export type SearchSpace = Static<typeof SearchSpaceSchema>;
