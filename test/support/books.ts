/**
 * The books of a finished experiment: what must hold of its log, its curves, its read model and its guards, whatever went wrong while it
 * ran. An audit changes nothing and finds everything that is wrong, so that whoever asked can show it all.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import type { LogEvent } from '../../core/events.ts';
import { StateSchema } from '../../core/states.ts';
import { builtInAlgorithms, type Algorithms } from '../../optimizer/algorithms.ts';
import { Engine } from '../../optimizer/engine/engine.ts';
import { verifyLog } from '../../optimizer/engine/verify.ts';
import { resultDocument, trialRow } from '../../optimizer/engine/views.ts';
import type { Keys } from '../../queue/keys.ts';
import { readLog } from '../../queue/log.ts';
import { ReadModel } from '../../queue/read-model.ts';

export interface Audit {
  readonly events: readonly LogEvent[];
  /** What does not hold, in words; empty where the books are clean. */
  readonly wrong: readonly string[];
}

export interface AuditedRedis {
  readonly redis: Redis;
  readonly keys: Keys;
}

const ALL = 1_000_000;

export async function audit({ redis, keys }: AuditedRedis, id: string, algorithms: Algorithms = builtInAlgorithms): Promise<Audit> {
  const events = (await readLog(redis, keys, id, 0, ALL)).map(({ event }) => event);
  const engine = fold(events, algorithms);
  const wrong = [
    ...numbering(events, engine),
    ...attempts(events),
    ...verification(events, algorithms),
    ...(await readModel(new ReadModel(redis, keys), engine)),
    ...(await curves(new ReadModel(redis, keys), id, events)),
    ...(await guards({ redis, keys }, id)),
  ];
  return { events, wrong: wrong.map((words) => `${id}: ${words}`) };
}

/** The most attempts that ran at the same time, by the log. */
export function mostAtOnce(events: readonly LogEvent[]): number {
  let running = 0;
  let most = 0;
  for (const event of events) {
    if (event.type === 'bound') running += 1;
    if (isEnd(event)) running -= 1;
    most = Math.max(most, running);
  }
  return most;
}

/** How an attempt ended. */
export type AttemptEndEvent = Extract<LogEvent, { type: 'completed' | 'stopped' | 'paused' | 'failed' | 'attemptLost' }>;

export function isEnd(event: LogEvent): event is AttemptEndEvent {
  const { type } = event;
  return type === 'completed' || type === 'stopped' || type === 'paused' || type === 'failed' || type === 'attemptLost';
}

function fold([first, ...rest]: readonly LogEvent[], algorithms: Algorithms): Engine {
  if (first === undefined) throw new Error('an empty log');
  const engine = Engine.begin(first, algorithms);
  for (const event of rest) engine.apply(event);
  return engine;
}

/** Entries and trials are numbered without a gap, no trial twice, and each has one outcome. */
function numbering(events: readonly LogEvent[], { state }: Engine): string[] {
  const numbers = events.flatMap((event) =>
    (event.type === 'bound' && event.attempt === 1) || event.type === 'added' ? [event.trial] : [],
  );
  return [
    ...unequal(
      'numbers of log entries',
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    ),
    ...unequal(
      'numbers of trials',
      numbers,
      numbers.map((_, number) => number),
    ),
    ...unequal(
      'trials with an outcome',
      [...state.outcomes].sort((a, b) => a - b),
      numbers,
    ),
    ...(mostAtOnce(events) > (state.specification.parallelism ?? Infinity) ? ['more trials ran at once than parallelism allows'] : []),
  ];
}

/** Attempts of a trial follow one another by their numbers, and each ends once. */
function attempts(events: readonly LogEvent[]): string[] {
  const last = new Map<number, { readonly attempt: number; readonly runs: boolean }>();
  const wrong: string[] = [];
  for (const event of events) {
    if (event.type !== 'bound' && !isEnd(event)) continue;
    const { trial, attempt, seq } = event;
    const known = last.get(trial) ?? { attempt: 0, runs: false };
    const follows = event.type === 'bound' ? !known.runs && attempt === known.attempt + 1 : known.runs && attempt === known.attempt;
    if (!follows)
      wrong.push(
        `entry ${seq}, ${event.type} of trial ${trial} attempt ${attempt}, follows on ${known.attempt} ${known.runs ? 'running' : 'ended'}`,
      );
    last.set(trial, { attempt, runs: event.type === 'bound' });
  }
  return [...wrong, ...[...last].flatMap(([trial, { attempt, runs }]) => (runs ? [`trial ${trial} attempt ${attempt} never ended`] : []))];
}

/** Every decision and binding, recomputed from its basis, is as recorded. */
function verification(events: readonly LogEvent[], algorithms: Algorithms): string[] {
  const { differences, otherVersions, bindings } = verifyLog(events, algorithms);
  return [
    ...differences.map(({ seq, recorded, recomputed }) => `entry ${seq} records ${recorded}, recomputed ${recomputed}`),
    ...unequal('entries of other versions', otherVersions, 0),
    ...unequal('bindings recomputed', bindings, events.filter(({ type }) => type === 'bound').length),
  ];
}

/** Rows, indexes and result are what the fold of the log says. */
async function readModel(model: ReadModel, { state }: Engine): Promise<string[]> {
  const { id } = state.specification;
  const numbersOf = async (query: object): Promise<number[]> => {
    const { rows } = await model.trials(id, { sort: 'number', order: 'ascending', limit: ALL, ...query });
    return rows.map(({ number }) => number);
  };
  const { rows } = await model.trials(id, { sort: 'number', order: 'ascending', limit: ALL });
  const wrong = [
    ...unequal('rows', rows, state.trials.map(trialRow)),
    ...unequal('result', await model.result(id), { ...resultDocument(state, 0, null), durationSeconds: state.activeMs / 1000 }),
  ];
  for (const name of StateSchema.enum) {
    const there = state.trials.filter((trial) => trial.state === name).map(({ number }) => number);
    wrong.push(...unequal(`index of ${name}`, await numbersOf({ state: name }), there));
  }
  return wrong;
}

/** Every report that counts is in its curve: as many as the ends of attempts say, and each that was decided on. */
async function curves(model: ReadModel, id: string, events: readonly LogEvent[]): Promise<string[]> {
  const wrong: string[] = [];
  const ends = new Map(events.filter(isEnd).map((event) => [event.trial, event]));
  for (const [trial, end] of ends) {
    const points = await model.curve(id, trial);
    wrong.push(...unequal(`reports in the curve of trial ${trial}`, points.length, end.reports));
    wrong.push(...unequal(`last step in the curve of trial ${trial}`, points.at(-1)?.step ?? 0, end.lastStep));
    const disorder = points.find(({ attempt, step }, i) => attempt === points[i - 1]?.attempt && step <= (points[i - 1]?.step ?? 0));
    if (disorder !== undefined) wrong.push(`the curve of trial ${trial} has step ${disorder.step} out of order`);
    const byStep = new Map(points.map(({ attempt, step, value }) => [`${attempt}.${step}`, value]));
    for (const event of events) {
      if (event.type !== 'reported' || event.trial !== trial) continue;
      wrong.push(
        ...unequal(`entry ${event.seq} in the curve of trial ${trial}`, byStep.get(`${event.attempt}.${event.step}`), event.value),
      );
    }
  }
  return wrong;
}

/** It is over, and nothing that only stands for something under way is left. */
async function guards({ redis, keys }: AuditedRedis, id: string): Promise<string[]> {
  const { guard, tickets, leases, askers } = keys.of(id);
  const wrong = unequal('phase', await redis.hget(guard, 'phase'), 'ended');
  for (const key of [tickets, leases, askers]) if ((await redis.exists(key)) > 0) wrong.push(`${key} is left`);
  return wrong;
}

function unequal(what: string, found: unknown, expected: unknown): string[] {
  if (isDeepStrictEqual(found, expected)) return [];
  if (!Array.isArray(found) || !Array.isArray(expected) || found.length !== expected.length)
    return [`${what}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`];
  const at = found.findIndex((member, i) => !isDeepStrictEqual(member, expected[i]));
  return [`${what}, place ${at}: ${JSON.stringify(found[at])}, expected ${JSON.stringify(expected[at])}`];
}
