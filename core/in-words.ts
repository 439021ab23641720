/** Configurations and values as people read them, on a terminal and in messages. */
import { describe } from './errors.ts';
import type { Params } from './space.ts';

/** `learningRate 0.003, optimizer adam`: one configuration on one line. */
export function describeParams(params: Params): string {
  return Object.entries(params)
    .map(
      ([name, value]) => `${name} ${typeof value === 'number' ? shortNumber(value) : typeof value === 'string' ? value : describe(value)}`,
    )
    .join(', ');
}

/** Four digits tell configurations and values apart; the exact ones are in the documents. */
export function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
