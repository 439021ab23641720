/** What became of the trials that misbehaved on their own: each shall end as its kind must, unless another fault has ended it. */
import type { EventOf, LogEvent } from '../../../core/events.ts';
import { isEnd, type AttemptEndEvent } from '../../support/books.ts';
import type { Ending } from './tale.ts';

/** Reasons for which such a trial may fail; an empty list is one that may not fail for what it does. */
const endings: Readonly<Record<string, readonly EventOf<'failed'>['reason'][]>> = {
  throws: ['error'],
  blocks: ['silent'],
  allocates: ['crashed', 'killed'],
  exits: ['crashed'],
  diverges: ['diverged'],
  leaks: [],
  prints: [],
  disorder: [],
};
/** What the faults of this run do to any trial: its process is killed, it cannot save, it is given no time. */
const accidents: readonly EventOf<'failed'>['reason'][] = ['killed', 'crashed', 'error', 'silent'];

export const mischiefs = Object.keys(endings).map(nameOf);

/** One ending for each attempt that misbehaved: from its start to its end. Lost ones are another fault's. */
export function mischiefEndings(events: readonly LogEvent[]): Ending[] {
  return attemptsIn(events).flatMap(({ bound, end }) => {
    const kind = String(bound.params.mischief);
    const reasons = endings[kind];
    if (reasons === undefined || end.type === 'attemptLost') return [];
    const isOwn = end.type === 'failed' ? reasons.includes(end.reason) : reasons.length === 0;
    const isAccident = end.type === 'failed' && accidents.includes(end.reason);
    return [{ kind: nameOf(kind), recoveryMs: isOwn || isAccident ? end.at - bound.at : null }];
  });
}

function nameOf(kind: string): string {
  return `a training function ${kind === 'disorder' ? 'reports out of order' : kind === 'diverges' ? 'reports NaN' : kind}`;
}

function attemptsIn(events: readonly LogEvent[]): { readonly bound: EventOf<'bound'>; readonly end: AttemptEndEvent }[] {
  const open = new Map<number, EventOf<'bound'>>();
  return events.flatMap((event) => {
    if (event.type === 'bound') open.set(event.trial, event);
    const bound = isEnd(event) ? open.get(event.trial) : undefined;
    return isEnd(event) && bound !== undefined ? [{ bound, end: event }] : [];
  });
}
