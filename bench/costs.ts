/** What a system holds: memory of its processes and of its Redis. */
import { readFileSync } from 'node:fs';
import { row, withRatio, type Row } from './report.ts';
import type { BenchSystem } from './system.ts';

/** What is called flat, beside the smallest size. */
export const FLAT = 2;

/** The most that each service has held so far, in MiB. */
export function peakMemory({ pids }: BenchSystem): ReadonlyMap<string, number> {
  return new Map([...pids].map(([service, pid]) => [service, peakMiB(pid)]));
}

/** One row a service. */
export function memoryRows(size: string, measured: ReadonlyMap<string, number>, beside: string, first: ReadonlyMap<string, number>): Row[] {
  return [...measured].map(([service, value]) =>
    withRatio(row(`${size}: memory of ${service}`, value, 'MiB'), beside, value / (first.get(service) ?? Number.NaN), FLAT),
  );
}

/** Bytes of what Redis holds. */
export async function usedMemory({ redis }: BenchSystem): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

function peakMiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
}
