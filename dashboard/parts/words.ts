/** Numbers, times and states as people read them. */
import type { State } from '../data/queries.ts';

/** Six digits at most; very small and very large ones with an exponent. */
export function shown(value: number): string {
  if (value === 0 || Number.isInteger(value)) return Math.abs(value) < 1e7 ? String(value) : value.toExponential(3);
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e6 ? value.toExponential(3) : String(Number(value.toPrecision(5)));
}

const whole = new Intl.NumberFormat('en');

/** 100,000 */
export function counted(count: number): string {
  return whole.format(count);
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

/** What stands for a state beside its colour, for those who do not see the colour. */
export const stateNames: Readonly<Record<State, string>> = {
  queued: 'queued',
  running: 'running',
  paused: 'paused',
  completed: 'completed',
  stopped: 'stopped',
  failed: 'failed',
};

export const states: readonly State[] = ['queued', 'running', 'paused', 'completed', 'stopped', 'failed'];
