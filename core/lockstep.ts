/**
 * What an experiment says of its lockstep groups: each attempt of a trial is carried out by so many ranks, which train one
 * model together. A generation of a group is an attempt; how a group is placed and joined is `queue/lockstep` and `worker/lockstep`.
 */
import Type, { type Static } from 'typebox';
import { invalid } from './errors.ts';

export const MOST_RANKS = 256;

const fields = {
  worldSize: Type.Integer({ minimum: 1, maximum: MOST_RANKS, description: 'Ranks that train one model together' }),
  minWorldSize: Type.Integer({
    minimum: 1,
    maximum: MOST_RANKS,
    description: 'Ranks to start with where no more slots are free after regroupSeconds; worldSize where absent',
  }),
  regroupSeconds: Type.Number({
    minimum: 0,
    maximum: 86_400,
    description: 'How long a group waits for its whole world size before it takes fewer ranks',
  }),
  checkpointEverySteps: Type.Integer({
    minimum: 1,
    description: 'Of the checkpoints that the training function saves, those whose step is a multiple of this are written',
  }),
  maxGenerations: Type.Integer({
    minimum: 1,
    maximum: 1000,
    description: 'Attempts of a trial that may lose a rank; after so many the trial has failed',
  }),
  silenceSeconds: Type.Number({
    minimum: 1,
    maximum: 3600,
    description: 'A rank whose communication is silent for so long is lost',
  }),
} as const;

const options = {
  compression: Type.Optional(
    Type.Literal('float16', {
      description: 'Gradients travel rounded to half their bytes; what rounding takes away is added at the next step',
    }),
  ),
  tls: Type.Optional(
    Type.Boolean({
      description: 'Whether what goes between machines is encrypted (default); it is authenticated in any case',
    }),
  ),
};

/** As submitted. */
export const LockstepSchema = Type.Object(
  {
    worldSize: fields.worldSize,
    minWorldSize: Type.Optional(fields.minWorldSize),
    regroupSeconds: Type.Optional(fields.regroupSeconds),
    checkpointEverySteps: Type.Optional(fields.checkpointEverySteps),
    maxGenerations: Type.Optional(fields.maxGenerations),
    silenceSeconds: Type.Optional(fields.silenceSeconds),
    ...options,
  },
  { additionalProperties: false, title: 'Lockstep', description: 'Each trial is trained data-parallel by a group of ranks' },
);
export type Lockstep = Static<typeof LockstepSchema>;

/** Everything resolved, as the specification has it. */
export const LockstepPlanSchema = Type.Object({ ...fields, ...options }, { additionalProperties: false, title: 'LockstepPlan' });
export type LockstepPlan = Static<typeof LockstepPlanSchema>;

const defaults = { regroupSeconds: 10, checkpointEverySteps: 1, maxGenerations: 5, silenceSeconds: 4 } as const;

/** @throws MaggyError `invalid` with the path of the wrong field */
export function planLockstep(given: Lockstep): LockstepPlan {
  const { worldSize, minWorldSize = worldSize } = given;
  if (minWorldSize > worldSize) throw invalid('lockstep.minWorldSize', `must be at most worldSize, which is ${worldSize}`, minWorldSize);
  return { ...defaults, ...given, minWorldSize };
}
