/**
 * The events of an experiment's log: its first primary record (the other is each trial's curve). State is a fold of
 * these and of nothing else. Each entry has a number `seq` (1, 2, 3 … without gaps), the Redis time `at` in ms since
 * 1970 and the nonce of its writer; `v` is the version of the event's shape, so that an old log stays readable.
 */
import Type, { type Static, type TProperties } from 'typebox';
import { ExclusionSchema } from './ablation/schema.ts';
import { MOST_TRIALS, SpecificationSchema } from './experiment.ts';
import { ParamsSchema } from './space.ts';
import { DecisionSchema } from './states.ts';

const EVENT_VERSION = 1;

const TrialNumber = Type.Integer({ minimum: 0 });
const AttemptNumber = Type.Integer({ minimum: 1 });
const Step = Type.Integer({ minimum: 1 });
export const MetricsSchema = Type.Record(Type.String(), Type.Number());
export type Metrics = Static<typeof MetricsSchema>;

export const OriginSchema = Type.Enum(['suggested', 'enqueued', 'retry', 'promotion', 'added'], {
  description: 'Where a ready-list entry comes from',
});
export type Origin = Static<typeof OriginSchema>;

export const FailureReason = Type.Enum(['error', 'diverged', 'infeasible', 'silent', 'crashed', 'killed'], {
  description:
    'error: the training function threw; diverged: NaN or infinite metric; infeasible: the configuration cannot be run; silent: nothing reported, printed or saved within maxSilenceSeconds; ' +
    'crashed: its process ended by itself; killed: something else ended its process, for want of memory as a rule',
});
export type FailureReason = Static<typeof FailureReason>;

export const ControlRequest = Type.Union([
  Type.Object({ action: Type.Literal('stop') }, { additionalProperties: false }),
  Type.Object({ action: Type.Literal('pause') }, { additionalProperties: false }),
  Type.Object(
    {
      action: Type.Literal('resume'),
      hash: Type.Optional(Type.String({ description: 'Pins this content hash of the training function anew' })),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      action: Type.Literal('extend'),
      maxTrials: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_TRIALS })),
      maxDurationSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    },
    { additionalProperties: false },
  ),
  Type.Object({ action: Type.Literal('enqueue'), params: ParamsSchema }, { additionalProperties: false }),
  Type.Object({ action: Type.Literal('delete') }, { additionalProperties: false }),
]);
export type ControlRequest = Static<typeof ControlRequest>;

export const StopReason = Type.Enum([
  'maxTrials',
  'spaceExhausted',
  'planDone',
  'maxDuration',
  'targetValue',
  'maxFailedTrials',
  'requested',
  'deleted',
]);
export type StopReason = Static<typeof StopReason>;

/** One entry of a ready list: what the next ticket starts. */
export const ReadyEntry = Type.Object(
  {
    trial: TrialNumber,
    attempt: AttemptNumber,
    origin: OriginSchema,
    params: ParamsSchema,
    /** Seed of the trial, the same in every attempt. */
    seed: Type.Integer({ minimum: 1 }),
    /** Step that this segment runs to, under a scheduler with rungs. */
    resource: Type.Optional(Step),
    /** Of an ablation. */
    exclusion: Type.Optional(ExclusionSchema),
  },
  { additionalProperties: false },
);
export type ReadyEntry = Static<typeof ReadyEntry>;

function event<Name extends string, Properties extends TProperties>(type: Name, properties: Properties) {
  return Type.Object(
    {
      type: Type.Literal(type),
      v: Type.Literal(EVENT_VERSION),
      seq: Type.Integer({ minimum: 1 }),
      at: Type.Integer({ minimum: 0 }),
      ...properties,
    },
    { additionalProperties: false },
  );
}

/** What decided: the version of the engine, and content hashes of users' own algorithms that took part (`3+0a1b2c3d4e5f`). */
const Engine = Type.String({ pattern: '^[0-9a-z+]+$' });

const outcome = {
  trial: TrialNumber,
  attempt: AttemptNumber,
  /** Reports the curve held, over all attempts, when the outcome was accepted. */
  reports: Type.Integer({ minimum: 0 }),
  /** Of the last report, which an attempt that started from scratch makes at a step that others had passed. */
  lastStep: Type.Integer({ minimum: 0 }),
};

const LastReport = Type.Optional(Type.Number({ description: 'The last report' }));

export const eventSchemas = {
  submitted: event('submitted', { specification: SpecificationSchema }),
  /** A slot took a ticket and the head of the ready list: an attempt started. `place` counts from 0 in the list made at `basis`. */
  bound: event('bound', {
    ...ReadyEntry.properties,
    basis: Type.Integer({ minimum: 1 }),
    place: Type.Integer({ minimum: 0 }),
    engine: Engine,
    worker: Type.String(),
    slot: Type.Integer({ minimum: 0 }),
  }),
  /** A result that was known beforehand: a completed trial that nobody runs and `maxTrials` does not count. */
  added: event('added', {
    trial: TrialNumber,
    params: ParamsSchema,
    seed: Type.Integer({ minimum: 1 }),
    value: Type.Number(),
  }),
  /** An attempt's lease lapsed, or its worker handed it back. */
  attemptLost: event('attemptLost', {
    ...outcome,
    value: LastReport,
    message: Type.Optional(Type.String({ description: 'Why it was handed back, where somebody could say' })),
  }),
  /** A report at a decision step, in the user's sign. */
  reported: event('reported', { trial: TrialNumber, attempt: AttemptNumber, step: Step, value: Type.Number() }),
  /** What the scheduler said of it, from the log up to `basis`. */
  decided: event('decided', {
    trial: TrialNumber,
    step: Step,
    decision: DecisionSchema,
    basis: Type.Integer({ minimum: 1 }),
    engine: Engine,
  }),
  /** No decision came in time: it means continue. */
  decisionTimedOut: event('decisionTimedOut', { trial: TrialNumber, attempt: AttemptNumber, step: Step }),
  completed: event('completed', { ...outcome, value: Type.Number(), metrics: MetricsSchema }),
  stopped: event('stopped', { ...outcome, value: LastReport }),
  /** At a rung, as the scheduler decided: a promotion may take the trial up again. */
  paused: event('paused', { ...outcome, value: LastReport }),
  failed: event('failed', { ...outcome, reason: FailureReason, message: Type.String() }),
  /** Hyperparameters of the sampler's surrogate, fitted to the first `observations` of the log up to `basis`. */
  surrogateFitted: event('surrogateFitted', {
    observations: Type.Integer({ minimum: 1 }),
    hyperparameters: Type.Array(Type.Number()),
    basis: Type.Integer({ minimum: 1 }),
    engine: Engine,
  }),
  /** How many trials this experiment may run at once from here on. */
  capacityChanged: event('capacityChanged', { limit: Type.Integer({ minimum: 0 }) }),
  timerExpired: event('timerExpired', { timer: Type.Literal('maxDuration'), engine: Engine }),
  controlRequested: event('controlRequested', { request: ControlRequest }),
  ended: event('ended', { state: Type.Enum(['completed', 'stopped', 'failed']), stopReason: StopReason, engine: Engine }),
} as const;

export type EventType = keyof typeof eventSchemas;
export type EventOf<Name extends EventType> = Static<(typeof eventSchemas)[Name]>;
/** Any event of the log, told apart by `type`. */
export type LogEvent = { [Name in EventType]: EventOf<Name> }[EventType];

/** What the optimizer itself asks the log to take; the script adds number, time and nonce. */
type Written<Name extends EventType> = Omit<EventOf<Name>, 'seq' | 'at' | 'v'>;
export type OptimizerEvent =
  Written<'decided'> | Written<'surrogateFitted'> | Written<'capacityChanged'> | Written<'timerExpired'> | Written<'ended'>;
