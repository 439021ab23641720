/** Workers in processes of their own, to be killed and frozen; whatever is left of them is killed after the last test of the file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { WorkerOptions } from '../../worker/options.ts';
import type { WorkerTimes } from '../../worker/times.ts';
import { testTimes, type TestBed } from './bed.ts';

export interface WorkerProcess {
  readonly child: ChildProcess;
  /** Its first trial process. */
  readonly trialPid: number;
}

export function useWorkerProcesses(bed: TestBed): (given: Partial<WorkerOptions>, times?: Partial<WorkerTimes>) => Promise<WorkerProcess> {
  const spawned: ChildProcess[] = [];
  afterAll(() => {
    for (const child of spawned) child.kill('SIGKILL');
  });
  return async (given, times = {}) => {
    const script = fileURLToPath(new URL('worker-process.ts', import.meta.url));
    const options = { ...bed.options, slots: 1, ...given };
    const args = ['--import', 'tsx', script, JSON.stringify(options), JSON.stringify({ ...testTimes, ...times })];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    spawned.push(child);
    const line = await new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve));
    const { processIds } = JSON.parse(line) as { processIds: [number] };
    return { child, trialPid: processIds[0] };
  };
}
