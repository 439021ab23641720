/** What a simulation comes to, in numbers. */
import { flipSign, type Direction } from '../../core/states.ts';
import type { IncumbentAt, Segment, Simulation } from './simulate.ts';

/** Steps computed, those lost with their workers and computed again included. */
export function stepsUsed({ segments }: Simulation): number {
  return segments.reduce((sum, { fromStep, toStep }) => sum + toStep - fromStep, 0);
}

/** Of the time that workers were there, until the last trial ended: the part in which they had nothing to do. */
export function idleShare({ workers, seconds, segments, awaySeconds }: Simulation): number {
  const present = workers * seconds - awaySeconds;
  return present > 0 ? 1 - segments.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0) / present : 0;
}

/** When a trial had completed that is at least as good as `target`; null: never. */
export function secondsToReach({ incumbents }: Simulation, target: number, direction: Direction): number | null {
  const reached = incumbents.find(({ value }) => flipSign(direction, value) <= flipSign(direction, target));
  return reached?.at ?? null;
}

export function bestCompleted({ incumbents }: Simulation): IncumbentAt | null {
  return incumbents.at(-1) ?? null;
}

/** Segments with this outcome. */
export function countOutcomes({ segments }: Simulation, outcome: Segment['outcome']): number {
  return segments.filter((segment) => segment.outcome === outcome).length;
}
