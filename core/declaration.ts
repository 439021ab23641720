/**
 * The declaration of a training function: what a worker that holds it registers, and all that the rest of the system knows of it.
 * Code never travels; the source text is there to be read.
 */
import Type, { type Static } from 'typebox';
import { AblatableSchema, AblationSchema } from './ablation/schema.ts';
import { TrainingFunctionName } from './experiment.ts';
import { ParamsSchema, SearchSpaceSchema } from './space.ts';
import { DirectionSchema } from './states.ts';

/** Also of a training function as one writes it. */
export const MaxResource = Type.Integer({ minimum: 1, description: 'Steps that a whole training reports' });

export const DeclarationSchema = Type.Object(
  {
    name: TrainingFunctionName,
    hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 over the module and its local imports' }),
    space: SearchSpaceSchema,
    metric: Type.String({ minLength: 1, maxLength: 100 }),
    direction: Type.Optional(DirectionSchema),
    maxResource: Type.Optional(MaxResource),
    defaults: ParamsSchema,
    ablatable: Type.Optional(AblatableSchema),
    ablation: Type.Optional(AblationSchema),
    source: Type.String({ description: 'Text of the module' }),
  },
  { additionalProperties: false, title: 'Declaration', description: 'A training function as its worker declares it' },
);
export type Declaration = Static<typeof DeclarationSchema>;
