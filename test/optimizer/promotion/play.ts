/** How the tests of promotions play a search: its schedulers, and how trials reach rungs. */
import type { AshaSchedulerOptions, HyperbandSchedulerOptions } from '../../../core/catalogue.ts';
import type { Specification } from '../../../core/experiment.ts';
import type { Decision } from '../../../core/states.ts';
import { ashaScheduler } from '../../../optimizer/schedulers/asha.ts';
import type { PlayedEngine } from '../../support/played-engine.ts';

export const asha: AshaSchedulerOptions = { type: 'asha', maxResource: 27, mode: 'promote' };
export const hyperband: HyperbandSchedulerOptions = { type: 'hyperband', maxResource: 27, mode: 'promote' };
export const promoting: Partial<Specification> = { scheduler: asha, decisionSteps: ashaScheduler.decisionSteps(asha), maxTrials: 50 };

/** A trial reports at a rung and hears the decision; a pause ends its attempt. */
export function reach(played: PlayedEngine, trial: number, step: number, value: number): Decision | undefined {
  played.report(trial, step, value);
  const [decision] = played.decideAll();
  if (decision === 'pause') played.paused(trial, step, value);
  return decision;
}

/** Binds that many trials and lets each of them reach the first rung with its number as the value. */
export function startAtFirstRung(played: PlayedEngine, count: number): void {
  for (const trial of played.bind(count)) reach(played, trial, 1, trial);
}

export const origins = (played: PlayedEngine, count = 3): [number, string, number | undefined][] =>
  played.engine.readyList(count).map(({ trial, origin, resource }) => [trial, origin, resource]);
