/** The watchdog of a trial process, beside a process whose main thread begins a run late. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const file = fileURLToPath(new URL('watchdog.child.ts', import.meta.url));
const farMs = Number(process.hrtime.bigint() / 1_000_000n) + 600_000;

/** How the process ends that was told so before it began run 2. */
async function ended(renewal: string): Promise<unknown[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit', 'ignore', 'pipe'],
  });
  const { stdin, stdout, stdio } = child;
  const pipe = stdio[4];
  if (stdin === null || stdout === null || !(pipe instanceof Writable)) throw new Error('a pipe is missing');
  await once(stdout, 'data');
  const exit = once(child, 'exit');
  pipe.write(renewal);
  // The thread has read it by then, or a process that is to go on would be killed: a test that fails, never one that passes wrongly.
  await sleep(1000);
  stdin.write('begin\n');
  return exit;
}

describe('a watchdog', () => {
  it('counts a renewal that came before the run had begun', async () => {
    expect(await ended(`2 ${farMs}\n`)).toEqual([0, null]);
  });

  it('ends the process at the deadline of a run that was not renewed', async () => {
    expect(await ended(`1 ${farMs}\n`)).toEqual([null, 'SIGKILL']);
  });
});
