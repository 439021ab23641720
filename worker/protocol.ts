/**
 * What a worker and its trial process say to each other over their channel (`channel.ts`). Each run of a trial has a number of
 * its own within its process, so that what belongs to an earlier run is known as such and ignored.
 *
 * The worker's orders are trusted. What the trial process says comes from where a user's code runs, so the worker reads it
 * through `parseChildMessage`. The watchdog's pipe is apart from this channel: see `child/watchdog.mjs`.
 */
import Type, { type Static } from 'typebox';
import type { Exclusion } from '../core/ablation/schema.ts';
import type { DecisionSteps } from '../core/decision-steps.ts';
import { DeclarationSchema } from '../core/declaration.ts';
import { MetricsSchema } from '../core/events.ts';
import type { Params } from '../core/space.ts';
import type { Decision, Direction } from '../core/states.ts';
import { compileSchema } from '../core/validate.ts';
import type { ResumePoint } from '../core/attempt.ts';
import type { Membership } from './lockstep/wire/membership.ts';

/** What the worker orders. */
export type ParentMessage =
  | LoadOrder
  | RunOrder
  /** Reports up to this number were taken: the trial may send as many more as its window allows. */
  | { readonly type: 'taken'; readonly run: number; readonly number: number }
  | { readonly type: 'decision'; readonly run: number; readonly step: number; readonly decision: Decision }
  | { readonly type: 'registered'; readonly run: number; readonly call: number }
  /** All ranks of the group listen, there. */
  | { readonly type: 'connect'; readonly run: number; readonly addresses: readonly string[] }
  | { readonly type: 'stop'; readonly run: number };

/** The first order: load a backend and training functions. */
export interface LoadOrder {
  readonly type: 'load';
  /** A folder of them, or the file of one. */
  readonly functions: string;
  readonly backend?: string;
  readonly threads: number;
}

export interface RunOrder {
  readonly type: 'run';
  readonly run: number;
  /** When the process must have ended unless the lease was renewed, in ms of the system-wide monotonic clock. */
  readonly deadlineMs: number;
  readonly trainingFunction: string;
  readonly trial: number;
  readonly params: Params;
  readonly seed: number;
  readonly experimentSeed: number;
  readonly datasetOptions: Readonly<Record<string, unknown>>;
  /** What a trial of an ablation leaves out. */
  readonly exclusion?: Exclusion;
  readonly metric: string;
  readonly direction: Direction;
  readonly decisionSteps: DecisionSteps;
  readonly resumeFrom: ResumePoint | null;
  /** The best completed value so far: only a better one's model is kept. */
  readonly best: number | null;
  /** Folder of the experiment's files. */
  readonly store: string;
  /** What a rank of a lockstep group runs as. */
  readonly lockstep?: RankOrder;
}

/** Ranks other than the first say nothing of the trial: they report, save and keep nothing. */
export interface RankOrder {
  readonly membership: Membership;
  readonly checkpointEverySteps: number;
}

const Run = Type.Integer({ minimum: 1 });
const Step = Type.Integer({ minimum: 1 });

const BackendSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  device: Type.String(),
  skipped: Type.Array(Type.Object({ name: Type.String(), reason: Type.String() })),
});

const ReportRow = Type.Object({ step: Step, metrics: MetricsSchema }, { additionalProperties: false });

const OutcomeSchema = Type.Union([
  Type.Object({ state: Type.Literal('completed'), value: Type.Number(), metrics: MetricsSchema }, { additionalProperties: false }),
  Type.Object({ state: Type.Enum(['stopped', 'paused']) }, { additionalProperties: false }),
  Type.Object(
    { state: Type.Literal('failed'), reason: Type.Enum(['error', 'diverged']), message: Type.String() },
    { additionalProperties: false },
  ),
  /** The lockstep group has lost a rank: nothing is wrong with the training. */
  Type.Object({ state: Type.Literal('lost'), message: Type.String() }, { additionalProperties: false }),
]);

const schemas = {
  /** The process is warm: these functions can be run in it. */
  ready: Type.Object({
    type: Type.Literal('ready'),
    backend: BackendSchema,
    functions: Type.Array(DeclarationSchema),
    broken: Type.Array(Type.Object({ file: Type.String(), reason: Type.String() })),
    /** While these hold, the folder holds the same. */
    stamps: Type.Record(Type.String(), Type.String()),
  }),
  unable: Type.Object({ type: Type.Literal('unable'), message: Type.String() }),
  /** Reports in order; `decides`: the last one waits for its decision. */
  reports: Type.Object({ type: Type.Literal('reports'), run: Run, reports: Type.Array(ReportRow), decides: Type.Boolean() }),
  /** A checkpoint is in the store; answered with `registered` under the same `call`. */
  checkpoint: Type.Object({ type: Type.Literal('checkpoint'), run: Run, call: Type.Integer(), id: Type.String(), step: Step }),
  /** A rank of a lockstep group listens there; answered with `connect`. */
  listening: Type.Object({ type: Type.Literal('listening'), run: Run, address: Type.String() }),
  /** What a rank's collectives have come to, every few seconds and at the end. */
  statistics: Type.Object({
    type: Type.Literal('statistics'),
    run: Run,
    seconds: Type.Number(),
    samples: Type.Union([Type.Number(), Type.Null()]),
    collectives: Type.Integer(),
    bytes: Type.Number(),
    milliseconds: Type.Number(),
  }),
  /** The training function has ended; nothing more of this run follows. */
  done: Type.Object({
    type: Type.Literal('done'),
    run: Run,
    outcome: OutcomeSchema,
    /** Reports that were not sent yet. */
    reports: Type.Array(ReportRow),
    /** Id of the model in the store, if one was kept. */
    model: Type.Union([Type.String(), Type.Null()]),
    lastStep: Type.Integer({ minimum: 0 }),
    /** Bytes written to stdout and stderr since the process began. */
    written: Type.Object({ stdout: Type.Integer(), stderr: Type.Integer() }),
    /** Why this process should not run another trial; null while it is healthy. */
    unhealthy: Type.Union([Type.String(), Type.Null()]),
  }),
} as const;

type ChildMessages = { readonly [Name in keyof typeof schemas]: Static<(typeof schemas)[Name]> };

/** What a trial process says, told apart by `type`. */
export type ChildMessage = ChildMessages[keyof ChildMessages];
export type ReadyMessage = ChildMessages['ready'];
export type ReportsMessage = ChildMessages['reports'];
export type CheckpointMessage = ChildMessages['checkpoint'];
export type ListeningMessage = ChildMessages['listening'];
export type StatisticsMessage = ChildMessages['statistics'];
export type DoneMessage = ChildMessages['done'];
export type ReportRow = Static<typeof ReportRow>;
export type ChildOutcome = Static<typeof OutcomeSchema>;
export type BackendDescription = Static<typeof BackendSchema>;

const parsers: { readonly [Name in keyof ChildMessages]: (value: unknown, field?: string) => ChildMessages[Name] } = {
  ready: compileSchema(schemas.ready),
  unable: compileSchema(schemas.unable),
  reports: compileSchema(schemas.reports),
  checkpoint: compileSchema(schemas.checkpoint),
  listening: compileSchema(schemas.listening),
  statistics: compileSchema(schemas.statistics),
  done: compileSchema(schemas.done),
};

function isMessageType(name: unknown): name is keyof ChildMessages {
  return typeof name === 'string' && Object.hasOwn(parsers, name);
}

/**
 * Reads a line of a trial process; undefined for a message that is none of ours: something else writes there too, but between
 * our lines.
 * @throws SyntaxError when the line is no JSON: it may hold a piece of a message of ours. MaggyError `invalid` when a message lacks what it should have
 */
export function parseChildMessage(line: string): ChildMessage | undefined {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || !('type' in value) || !isMessageType(value.type)) return undefined;
  return parsers[value.type](value, 'message');
}

/** Reports that a trial may have sent without hearing that they were taken. */
export const REPORT_WINDOW = 256;
