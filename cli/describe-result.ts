/** Where an experiment stands, for people. */
import { describeParams, shortNumber } from '../core/in-words.ts';
import type { ResultDocument } from '../core/results.ts';

export function describeResult({ id, state, stopReason, counts, incumbent, waitingFor }: ResultDocument): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    `experiment  ${id}`,
    `state       ${state}${stopReason === null ? '' : ` (${stopReason})`}`,
    `trials      ${told.map(([name, count]) => `${count} ${name}`).join(', ') || 'none yet'}`,
    ...(incumbent === null
      ? []
      : [`best        ${shortNumber(incumbent.value)} (trial ${incumbent.number}: ${describeParams(incumbent.params)})`]),
    ...(waitingFor === null ? [] : [`waits for   ${waitingFor}`]),
  ].join('\n');
}
