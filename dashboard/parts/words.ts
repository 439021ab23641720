/** Numbers, times and states as people read them. */
import type { State } from '../data/queries.ts';

/** Six digits at most; very small and very large ones with an exponent. */
export function shown(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return String(value);
  if (size >= 1e-3 && size < 1e6) return String(Number(value.toPrecision(5)));
  return Number(value.toPrecision(4)).toExponential();
}

const whole = new Intl.NumberFormat('en');

/** 100,000 */
export function counted(count: number): string {
  return whole.format(count);
}

/** `1 trial`, `2 trials` */
export function several(count: number, one: string, many = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : many}`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

export function moment(ms: number): string {
  return clock.format(ms);
}

/** The machine of a worker: its id is the machine's name, the number of its process and a few random letters. */
export function machineOf(worker: string): string {
  return /^(.+)-\d+-[0-9a-f]{8}$/.exec(worker)?.[1] ?? worker;
}

/** Ends of attempts. */
export const endings = {
  completed: 'completed',
  stopped: 'stopped early',
  paused: 'paused at a rung',
  failed: 'failed',
  lost: 'lost, run again',
} as const;

export const states: readonly State[] = ['queued', 'running', 'paused', 'completed', 'stopped', 'failed'];
