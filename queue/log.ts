/**
 * Reads an experiment's log: stream entries in, typed events out. An entry that cannot be read is an error that names its
 * key and number, never skipped: a fold with a hole in it would decide wrongly.
 */
import type { Redis } from 'ioredis';
import Type from 'typebox';
import { MaggyError } from '../core/errors.ts';
import { eventSchemas, type EventType, type LogEvent } from '../core/events.ts';
import { compileSchema } from '../core/validate.ts';
import type { ExperimentKeys, Keys } from './keys.ts';
import { reading, recordReader } from './records.ts';

export interface LogEntry {
  readonly event: LogEvent;
  /** Nonce of the writer: proof that the entry with this number is still the same one. */
  readonly nonce: string;
}

const parsers: { readonly [Name in EventType]: (value: unknown, field?: string) => Extract<LogEvent, { type: Name }> } = {
  submitted: compileSchema(eventSchemas.submitted),
  bound: compileSchema(eventSchemas.bound),
  added: compileSchema(eventSchemas.added),
  attemptLost: compileSchema(eventSchemas.attemptLost),
  reported: compileSchema(eventSchemas.reported),
  decided: compileSchema(eventSchemas.decided),
  decisionTimedOut: compileSchema(eventSchemas.decisionTimedOut),
  completed: compileSchema(eventSchemas.completed),
  stopped: compileSchema(eventSchemas.stopped),
  paused: compileSchema(eventSchemas.paused),
  failed: compileSchema(eventSchemas.failed),
  surrogateFitted: compileSchema(eventSchemas.surrogateFitted),
  capacityChanged: compileSchema(eventSchemas.capacityChanged),
  timerExpired: compileSchema(eventSchemas.timerExpired),
  controlRequested: compileSchema(eventSchemas.controlRequested),
  ended: compileSchema(eventSchemas.ended),
};

function isEventType(name: string): name is EventType {
  return Object.hasOwn(parsers, name);
}

/** Entries after number `after`, oldest first, `count` at most. */
export async function readLog(redis: Redis, keys: Keys, experiment: string, after: number, count: number): Promise<LogEntry[]> {
  const key = keys.of(experiment).log;
  const entries = await redis.xrange(key, `(${String(after)}-0`, '+', 'COUNT', count);
  return entries.map(([id, fields]) => parseEntry(key, id, fields));
}

const parseEntries = recordReader(Type.Array(Type.Tuple([Type.String(), Type.Array(Type.String())])));

/** Entries after number `after`, as scripts hand them on in hints and answers: JSON of what XRANGE answers. */
export function parseLog(keys: ExperimentKeys, text: string, after: number): LogEntry[] {
  const entries = parseEntries(text, keys.log).filter(([id]) => seqOf(id) > after);
  return entries.map(([id, fields]) => parseEntry(keys.log, id, fields));
}

function seqOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

function parseEntry(key: string, id: string, fields: readonly string[]): LogEntry {
  // In the order in which the scripts write them, each behind its name.
  const [, type = '', , v, , at, , nonce = '', , data = ''] = fields;
  return reading(`${key} entry ${id}`, () => {
    if (!isEventType(type)) throw new MaggyError('corrupt', `no event is named ${type}`);
    // Not spread: that takes several times as long as all the rest.
    const event: unknown = Object.assign(JSON.parse(data) as object, { type, v: Number(v), at: Number(at), seq: seqOf(id) });
    return { event: parsers[type](event), nonce };
  });
}
