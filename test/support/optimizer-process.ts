/** An optimizer in a process of its own, to be killed, frozen and taken over. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { until } from './until.ts';

const file = fileURLToPath(new URL('optimizer-child.ts', import.meta.url));

export class OptimizerProcess {
  readonly child: ChildProcess;
  #printed = '';

  private constructor(url: string, prefix: string) {
    this.child = spawn(process.execPath, ['--import', 'tsx', file, url, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child.stdout?.on('data', (chunk) => (this.#printed += String(chunk)));
  }

  /** Resolves once it looks after experiments. */
  static async start(url: string, prefix: string): Promise<OptimizerProcess> {
    const started = new OptimizerProcess(url, prefix);
    await until('the optimizer is ready', () => started.#printed.includes('optimizer ready'));
    return started;
  }

  /** How many experiments it has taken over so far. */
  get takeovers(): number {
    return this.#printed.split('took the experiment over').length - 1;
  }

  /** How often another's later takeover has refused what it wrote. */
  get refusals(): number {
    return this.#printed.split('the decision was refused: superseded').length - 1;
  }

  /** How often it let go of an experiment because the job was another's by then, which it may notice before it writes. */
  get lostLocks(): number {
    return this.#printed.match(/(?:Missing lock|Lock mismatch) for job/g)?.length ?? 0;
  }

  /** @returns its exit code and the signal that ended it */
  async end(signal: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
    return [child.exitCode, child.signalCode];
  }
}

/** Starts optimizers that are killed after each test. */
export function useOptimizerProcesses(): (url: string, prefix: string) => Promise<OptimizerProcess> {
  const started: OptimizerProcess[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((optimizer) => optimizer.end('SIGKILL')));
  });
  return async (url, prefix) => {
    const optimizer = await OptimizerProcess.start(url, prefix);
    started.push(optimizer);
    return optimizer;
  };
}
