/** The shapes of answers that no other room knows: pages, links and what is composed for HTTP. Everything else is core's. */
import Type, { type TSchema } from 'typebox';
import { DeclarationSchema } from '../core/declaration.ts';
import { eventSchemas, MetricsSchema, StopReason } from '../core/events.ts';
import { ExperimentId, KindSchema, PoolName, SpecificationSchema, Tag, TrainingFunctionName } from '../core/experiment.ts';
import { Counts, Incumbent, TrialGroup, TrialLinks, TrialRow } from '../core/results.ts';
import { DirectionSchema, StateSchema } from '../core/states.ts';

const closed = { additionalProperties: false };
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Timestamp = Type.Integer({ description: 'ms since 1970, Redis time' });

// ── what requests carry ───────────────────────────────────────────────────────────────────────────────────────────────

export const ExperimentPath = Type.Object({ id: Type.String({ description: 'Experiment id' }) });
export const TrialPath = Type.Object({
  id: Type.String({ description: 'Experiment id' }),
  n: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Trial number' }),
});
export const Cursor = Type.String({ maxLength: 1000, description: 'The nextCursor of the page before' });

export function pageLimit(maximum: number) {
  return Type.Integer({ minimum: 1, maximum, description: 'Items at most' });
}

// ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Of what has an ETag and is not waited for. */
export const PlotHeaders = Type.Object({ 'if-none-match': Type.Optional(Type.String({ description: 'ETag of the answer at hand' })) });

export const NotModified = Type.Null({ description: 'Nothing newer than If-None-Match' });

export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object(
    { items: Type.Array(item), nextCursor: nullable(Type.String({ description: 'Names the next page; null on the last' })) },
    closed,
  );
}

export function listOf<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item) }, closed);
}

export const Path = Type.String({ description: 'Path on this server' });
const ExperimentLinks = Type.Object({ self: Path, result: Path, trials: Path, events: Path }, { ...closed, title: 'ExperimentLinks' });

export const Submitted = Type.Object(
  { id: ExperimentId, state: StateSchema, links: ExperimentLinks },
  { ...closed, title: 'Submitted', description: 'The experiment that a submission made' },
);

export const ControlAnswer = Type.Object(
  { id: Type.String(), changed: Type.Boolean({ description: 'False where what was asked for held already' }), links: ExperimentLinks },
  { ...closed, title: 'ControlAnswer' },
);

export const ExperimentSummary = Type.Object(
  {
    id: Type.String(),
    name: nullable(Type.String()),
    tags: Type.Array(Tag),
    kind: KindSchema,
    state: StateSchema,
    stopReason: nullable(StopReason),
    trainingFunction: TrainingFunctionName,
    pool: PoolName,
    metric: SpecificationSchema.properties.metric,
    direction: DirectionSchema,
    maxTrials: SpecificationSchema.properties.maxTrials,
    createdAt: Timestamp,
    counts: Counts,
    incumbent: nullable(Incumbent),
  },
  { ...closed, title: 'ExperimentSummary' },
);

export const ExperimentDetail = Type.Object(
  {
    ...ExperimentSummary.properties,
    durationSeconds: Type.Number({ description: 'Running time, paused time left out' }),
    waitingFor: nullable(Type.String({ description: 'What the experiment waits for, in words' })),
    pinnedHash: Type.String({ description: 'Content hash of the training function that its trials run now' }),
    specification: SpecificationSchema,
    links: ExperimentLinks,
  },
  { ...closed, title: 'Experiment' },
);

export const TrialDetail = Type.Object(
  {
    ...TrialRow.properties,
    provenance: nullable(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Of the last attempt: versions, backend, machine, source of the training function',
      }),
    ),
    group: nullable(TrialGroup),
    links: TrialLinks,
  },
  { ...closed, title: 'TrialDetail' },
);

export const CurvePoint = Type.Object(
  {
    attempt: Type.Integer({ minimum: 1 }),
    step: Type.Integer({ minimum: 1 }),
    value: Type.Number({ description: "The experiment's metric" }),
    at: Timestamp,
    metrics: MetricsSchema,
  },
  { ...closed, title: 'CurvePoint', description: 'One report; steps repeat where a later attempt went over them again' },
);

export const Artefact = Type.Object(
  {
    name: Type.String({ description: '`model`, or `checkpoint-` and its step' }),
    kind: Type.Enum(['model', 'checkpoint']),
    id: Type.String({ description: 'Name of its content in the checkpoint store' }),
    step: Type.Integer({ minimum: 0 }),
    attempt: Type.Integer({ minimum: 1 }),
    path: nullable(Type.String({ description: 'Path on this server of its model.json, which tf.loadLayersModel takes' })),
    files: Type.Array(Type.Object({ name: Type.String(), sizeBytes: Type.Integer({ minimum: 0 }), path: Path }, closed), {
      description: 'By name; none where the store has lost them',
    }),
  },
  { ...closed, title: 'Artefact' },
);

export const EventSchema = Type.Union(Object.values(eventSchemas), {
  title: 'LogEvent',
  description: 'One entry of the log of an experiment',
  discriminator: { propertyName: 'type' },
});

const { source: _source, ...declared } = DeclarationSchema.properties;
const SlotCount = Type.Integer({ minimum: 0 });
const holders = Type.Array(Type.Object({ pool: PoolName, slots: SlotCount, lockstepSlots: SlotCount }, closed), {
  description: 'Pools that have declared this version, with the slots that hold it now: for whole trials, and for ranks of lockstep groups',
});
const FunctionVersion = Type.Object({ ...declared, pools: holders }, closed);
const FunctionVersionSource = Type.Object({ ...DeclarationSchema.properties, pools: holders }, closed);

export const TrainingFunctionSummary = Type.Object(
  { name: TrainingFunctionName, versions: Type.Array(FunctionVersion) },
  { ...closed, title: 'TrainingFunction', description: 'A training function, the version that most slots hold first' },
);
export const TrainingFunctionDetail = Type.Object(
  { name: TrainingFunctionName, versions: Type.Array(FunctionVersionSource) },
  { ...closed, title: 'TrainingFunctionDetail' },
);

const SlotsOfKind = Type.Object(
  {
    busy: Type.Integer({ minimum: 0 }),
    free: Type.Integer({ minimum: 0, description: 'Those of workers that are not draining' }),
  },
  closed,
);

export const Pool = Type.Object(
  {
    name: PoolName,
    workers: Type.Integer({ minimum: 0 }),
    slots: SlotsOfKind,
    waitingTickets: Type.Integer({ minimum: 0 }),
    lockstep: Type.Object(
      { workers: Type.Integer({ minimum: 0 }), slots: SlotsOfKind, waitingGroups: Type.Integer({ minimum: 0 }) },
      { ...closed, description: 'Its lockstep workers, whose slots run ranks of groups' },
    ),
  },
  { ...closed, title: 'Pool' },
);

// ── paths on this server ──────────────────────────────────────────────────────────────────────────────────────────────

export function experimentLinks(id: string) {
  const self = `/v1/experiments/${id}`;
  return { self, result: `${self}/result`, trials: `${self}/trials`, events: `${self}/events` };
}

export function trialLinks(id: string, number: number) {
  const self = `/v1/experiments/${id}/trials/${number}`;
  return { self, curve: `${self}/curve`, log: `${self}/log`, artefacts: `${self}/artefacts` };
}
