/**
 * Verification: recomputes every recorded decision, binding and end from the log up to its basis and compares bit for bit,
 * whatever order trials finished in. Recovery never does this; `maggy replay` does.
 */
import type { EventOf, LogEvent, ReadyEntry } from '../../core/events.ts';
import { builtInAlgorithms, type Algorithms } from '../algorithms.ts';
import type { SurrogateFit } from '../samplers/sampler.ts';
import { Engine } from './engine.ts';
import { runningMs } from './state.ts';

export interface Difference {
  /** Log entry whose decision does not follow from its basis. */
  readonly seq: number;
  readonly recorded: string;
  readonly recomputed: string;
}

export interface Verification {
  readonly events: number;
  readonly decisions: number;
  readonly bindings: number;
  readonly differences: readonly Difference[];
  /** Entries decided by another version of the engine or of a user's algorithm: not comparable. */
  readonly otherVersions: number;
}

type Recorded = EventOf<'bound'> | EventOf<'decided'> | EventOf<'surrogateFitted'>;

/**
 * @param events the whole log, from its first entry
 * @param algorithms that the experiment could name; the built-in ones by default
 */
export function verifyLog(events: readonly LogEvent[], algorithms: Algorithms = builtInAlgorithms): Verification {
  const [first, ...others] = events;
  const engine = first === undefined ? null : Engine.begin(first, algorithms);
  const isComparable = (event: LogEvent): boolean => !('engine' in event) || event.engine === engine?.version;
  const comparable = events.filter(isRecorded).filter(isComparable);
  const byBasis = groupByBasis(comparable.filter(({ basis, seq }) => basis < seq));
  // Nothing can follow from entries that were not written yet.
  const differences: Difference[] = comparable
    .filter(({ basis, seq }) => basis >= seq)
    .map((event) => ({ seq: event.seq, recorded: `basis ${String(event.basis)}`, recomputed: 'a basis before the entry itself' }));
  if (engine !== null) {
    const boundOf = new Map<number, number>();
    for (const event of [null, ...others]) {
      if (event !== null) {
        differences.push(...compareBefore(engine, event, boundOf));
        engine.apply(event);
      }
      differences.push(...compareAt(engine, byBasis.get(engine.state.seq) ?? []));
    }
  }
  return {
    events: events.length,
    decisions: comparable.filter(({ type }) => type === 'decided').length,
    bindings: comparable.filter(({ type }) => type === 'bound').length,
    differences,
    otherVersions: events.filter((event) => !isComparable(event)).length,
  };
}

function isRecorded(event: LogEvent): event is Recorded {
  return event.type === 'bound' || event.type === 'decided' || event.type === 'surrogateFitted';
}

/** What must hold just before an entry: ends and timers follow from the state, places of one list from 0 upwards. */
function compareBefore(engine: Engine, event: LogEvent, boundOf: Map<number, number>): Difference[] {
  const differs = (recorded: string, recomputed: string): Difference[] =>
    recorded === recomputed ? [] : [{ seq: event.seq, recorded, recomputed }];
  if ((event.type === 'ended' || event.type === 'timerExpired') && event.engine !== engine.version) return [];
  switch (event.type) {
    case 'ended': {
      const ending = engine.ending();
      return differs(`${event.state}, ${event.stopReason}`, ending === null ? 'goes on' : `${ending.state}, ${ending.stopReason}`);
    }
    case 'timerExpired': {
      const { maxDurationSeconds } = engine.state;
      // Log times are whole milliseconds.
      const isOver = maxDurationSeconds !== null && runningMs(engine.state, event.at) > 1000 * maxDurationSeconds - 1;
      return isOver ? [] : differs('time is over', 'time is left');
    }
    case 'bound': {
      const place = boundOf.get(event.basis) ?? 0;
      boundOf.set(event.basis, place + 1);
      return differs(`place ${String(event.place)}`, `place ${String(place)}`);
    }
    default:
      return [];
  }
}

function groupByBasis(events: readonly Recorded[]): Map<number, Recorded[]> {
  const groups = new Map<number, Recorded[]>();
  for (const event of events) {
    const group = groups.get(event.basis);
    if (group) group.push(event);
    else groups.set(event.basis, [event]);
  }
  return groups;
}

function compareAt(engine: Engine, events: readonly Recorded[]): Difference[] {
  const places = events.flatMap((event) => (event.type === 'bound' ? [event.place] : []));
  const list = places.length === 0 ? [] : engine.readyList(Math.max(...places) + 1);
  return events.flatMap((event) => {
    const [recorded, recomputed] = bothWays(engine, event, list);
    return recorded === recomputed ? [] : [{ seq: event.seq, recorded, recomputed }];
  });
}

/** What the log says, and what follows from the engine at the basis. */
function bothWays(engine: Engine, event: Recorded, list: readonly ReadyEntry[]): [recorded: string, recomputed: string] {
  switch (event.type) {
    case 'bound': {
      const entry = list[event.place];
      return [describeEntry(event), entry === undefined ? 'nothing' : describeEntry(entry)];
    }
    case 'decided':
      return [describeDecision(event), describeDecision(engine.decide(event.trial, event.step))];
    case 'surrogateFitted': {
      const fit = engine.fit();
      return [describeFit(event), fit === null ? 'no fit is due' : describeFit(fit)];
    }
  }
}

function describeDecision({ trial, step, decision }: Pick<EventOf<'decided'>, 'trial' | 'step' | 'decision'>): string {
  return `trial ${String(trial)} step ${String(step)}: ${decision}`;
}

function describeFit({ observations, hyperparameters }: SurrogateFit): string {
  return JSON.stringify([observations, hyperparameters]);
}

/** JSON writes the shortest text that reads back as the same double, so equal texts are equal bits. */
function describeEntry({ trial, attempt, origin, params, seed, resource, exclusion }: ReadyEntry): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([trial, attempt, origin, sorted, seed, resource, exclusion]);
}
