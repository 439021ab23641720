import { spawnSync } from 'node:child_process';

/** Whether a process still runs; one that has ended and whose parent, dead or frozen, has not asked how is still listed. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}
