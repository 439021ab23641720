/**
 * What only the code of a training function can tell of a plan, asked of a worker before anything runs: the layers of the model that given
 * hyperparameters make, and for each component how large its model is, or why there can be none.
 */
import Type, { type Static } from 'typebox';
import { PinnedFunction } from '../experiment.ts';
import { ParamsSchema } from '../space.ts';
import { AblatableLayerSchema, ExclusionSchema } from './schema.ts';

const closed = { additionalProperties: false };

export const SurveyQuestion = Type.Object(
  {
    trainingFunction: PinnedFunction,
    /** Of the model whose layers are asked for. */
    params: ParamsSchema,
    /** Options of the dataset function. */
    dataset: Type.Record(Type.String(), Type.Unknown()),
    components: Type.Array(Type.Object({ params: ParamsSchema, exclusion: ExclusionSchema }, closed)),
  },
  closed,
);
export type SurveyQuestion = Static<typeof SurveyQuestion>;

export const SurveyAnswer = Type.Object(
  {
    /** Absent where the function declares no model, or none can be built. */
    layers: Type.Optional(Type.Array(AblatableLayerSchema)),
    /** In the order of the question. `parameters` is null where the function makes its model by itself, or failed to make it. */
    components: Type.Array(
      Type.Union([
        Type.Object({ parameters: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]) }, closed),
        Type.Object({ refusal: Type.String() }, closed),
      ]),
    ),
  },
  closed,
);
export type SurveyAnswer = Static<typeof SurveyAnswer>;
