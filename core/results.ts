/**
 * What users read: one trial, the result of an experiment, a summary in a list. The optimizer writes these from its
 * fold; the API serves them and adds what only the curves know (a running trial's last report). Values are in the
 * user's sign.
 */
import Type, { type Static } from 'typebox';
import { FailureReason, MetricsSchema, OriginSchema, StopReason } from './events.ts';
import { ParamsSchema } from './space.ts';
import { StateSchema } from './states.ts';

const nullable = <T extends Type.TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
const Timestamp = Type.Integer({ description: 'ms since 1970, Redis time' });

export const ResourceFigures = Type.Object({
  used: Type.Integer({ description: 'Steps reported by all trials' }),
  saved: Type.Integer({ description: 'Steps that early stopping spared, against the longest completed trial' }),
  rungs: Type.Array(
    Type.Object({
      resource: Type.Integer({ description: 'Steps to this rung' }),
      trials: Type.Integer({ description: 'Trials that reached it; at the last one, those that completed' }),
    }),
    { description: 'Rungs in rising order; empty where the scheduler has none' },
  ),
});
export type ResourceFigures = Static<typeof ResourceFigures>;

/** Where a trial is, as paths on the server that answers; documents that no server answered have none. */
export const TrialLinks = Type.Object(
  { self: Type.String(), curve: Type.String(), log: Type.String(), artefacts: Type.String({ description: 'Its model and checkpoint' }) },
  { title: 'TrialLinks', description: 'Paths on this server' },
);

export const TrialRow = Type.Object(
  {
    number: Type.Integer({ minimum: 0 }),
    state: StateSchema,
    params: ParamsSchema,
    seed: Type.Integer(),
    origin: OriginSchema,
    value: nullable(Type.Number({ description: 'Final value; of a running trial its last report' })),
    metrics: nullable(MetricsSchema),
    lastStep: Type.Integer({ minimum: 0 }),
    reports: Type.Integer({ minimum: 0 }),
    attempts: Type.Integer({ minimum: 0, description: 'Attempts started, lost ones included' }),
    failure: nullable(Type.Object({ reason: FailureReason, message: Type.String() })),
    worker: nullable(Type.String()),
    slot: nullable(Type.Integer()),
    startedAt: nullable(Timestamp),
    endedAt: nullable(Timestamp),
    durationSeconds: nullable(Type.Number({ description: 'From the first start to the outcome' })),
  },
  { title: 'Trial' },
);
export type TrialRow = Static<typeof TrialRow>;

export const RankFigures = Type.Object(
  {
    rank: Type.Integer({ minimum: 0 }),
    worker: Type.String(),
    host: Type.String(),
    slot: Type.Integer({ minimum: 0 }),
    worldSize: Type.Integer({ minimum: 1 }),
    seconds: Type.Number({ description: 'Since its process began, until its last word' }),
    samplesPerSecond: nullable(
      Type.Number({ description: 'Of the training data, on this rank; null where only the training function knows' }),
    ),
    collectives: Type.Integer({ description: 'All-reduces and broadcasts' }),
    bytes: Type.Number({ description: 'Sent to other ranks' }),
    allReduceSeconds: Type.Number({ description: 'Spent in them, waiting for slower ranks included' }),
  },
  { title: 'Rank' },
);
export type RankFigures = Static<typeof RankFigures>;

export const TrialGroup = Type.Object(
  {
    generation: Type.Integer({ minimum: 1, description: 'The attempt that it carries out' }),
    worldSize: Type.Integer({ minimum: 1 }),
    samplesPerSecond: nullable(Type.Number({ description: 'Of all ranks together' })),
    ranks: Type.Array(RankFigures, { description: 'Those that have joined' }),
  },
  { title: 'LockstepGroup', description: 'The lockstep group of the last attempt' },
);
export type TrialGroup = Static<typeof TrialGroup>;

export const Counts = Type.Object({
  queued: Type.Integer(),
  running: Type.Integer(),
  paused: Type.Integer(),
  completed: Type.Integer(),
  stopped: Type.Integer(),
  failed: Type.Integer(),
});
export type Counts = Static<typeof Counts>;

export const Incumbent = Type.Object({
  number: Type.Integer(),
  params: ParamsSchema,
  value: Type.Number(),
  provisional: Type.Boolean({ description: 'True while no trial has completed: the best last report' }),
  links: Type.Optional(TrialLinks),
});
export type Incumbent = Static<typeof Incumbent>;

const FailureSummary = Type.Object({
  reason: FailureReason,
  trials: Type.Integer({ minimum: 1, description: 'Trials that failed for this reason' }),
  trial: Type.Integer({ minimum: 0, description: 'The first of them' }),
  message: Type.String({ description: 'Its message' }),
  links: Type.Optional(TrialLinks),
});

export const ResultDocument = Type.Object(
  {
    id: Type.String(),
    state: StateSchema,
    stopReason: nullable(StopReason),
    incumbent: nullable(Incumbent),
    failure: nullable(FailureSummary, 'The reason for which most of the failed trials failed; null where none has'),
    counts: Counts,
    resource: ResourceFigures,
    durationSeconds: Type.Number({ description: 'Running time, paused time left out' }),
    waitingFor: nullable(Type.String({ description: 'What the experiment waits for, in words' })),
    position: Type.Integer({ description: 'Number of the last log entry this document contains' }),
  },
  { title: 'Result' },
);
export type ResultDocument = Static<typeof ResultDocument>;

/** The result of an experiment that no optimizer has published anything of. */
export function unpublishedResult(id: string, waitingFor: string): ResultDocument {
  return {
    id,
    state: 'queued',
    stopReason: null,
    incumbent: null,
    failure: null,
    counts: { queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0 },
    resource: { used: 0, saved: 0, rungs: [] },
    durationSeconds: 0,
    waitingFor,
    position: 0,
  };
}
