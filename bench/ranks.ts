/**
 * Ranks of lockstep groups as processes of a benchmark, on Unix sockets. They stay from one task to the next, so that what is measured
 * is warm; each task is carried out by a group of its own, or by one process alone.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listenAsRank } from '../worker/lockstep/wire/rank.ts';
import type { Membership } from '../worker/lockstep/wire/membership.ts';
import type { Communicator } from '../training/lockstep/communicator.ts';

interface Order<Task> {
  readonly task: Task;
  /** Absent where the task is for one process alone. */
  readonly membership?: Membership;
}

export class RankProcesses<Task, Result> {
  readonly #processes: readonly ChildProcess[];
  readonly #folder: string;
  #generation = 0;

  private constructor(processes: readonly ChildProcess[], folder: string) {
    this.#processes = processes;
    this.#folder = folder;
  }

  /** @param file beside this one; it calls `serveRank` */
  static async start<Task, Result>(file: string, count: number): Promise<RankProcesses<Task, Result>> {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const processes = Array.from({ length: count }, () => fork(path, { execArgv: ['--import', 'tsx'] }));
    return new RankProcesses(processes, await mkdtemp(join(tmpdir(), 'maggy-ranks-')));
  }

  /** @returns what came of the task on the first process, without a group */
  async alone(task: Task): Promise<Result> {
    const [process] = this.#processes;
    if (process === undefined) throw new RangeError('there is no process');
    return ask(process, { task } satisfies Order<Task>);
  }

  /** @returns what came of the task on rank 0 of a group of the first `worldSize` processes */
  async together(worldSize: number, task: Task): Promise<Result> {
    this.#generation += 1;
    const shared = {
      group: 'bench',
      generation: this.#generation,
      worldSize,
      secret: randomBytes(32).toString('hex'),
      transport: { type: 'unix', folder: this.#folder },
    } as const;
    const ranks = this.#processes.slice(0, worldSize);
    const listening = ranks.map((process, rank) => ask<string>(process, { task, membership: { ...shared, rank } } satisfies Order<Task>));
    const addresses = await Promise.all(listening);
    const [first] = await Promise.all(ranks.map((process) => ask<Result>(process, addresses)));
    if (first === undefined) throw new RangeError('there is no rank');
    return first;
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) process.kill('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Without a group there is no communicator. */
type Work<Task, Result> = (task: Task, lockstep: Communicator | undefined) => Promise<Result>;

/** The other side: carries out what it is sent, one task after another. */
export function serveRank<Task, Result>(work: Work<Task, Result>): void {
  const carryOut = async ({ task, membership }: Order<Task>): Promise<Result> => {
    if (membership === undefined) return work(task, undefined);
    const listening = await listenAsRank(membership);
    const addresses = once(process, 'message') as Promise<[string[]]>;
    process.send?.(listening.address);
    const rank = await listening.connect((await addresses)[0]);
    const result = await work(task, rank);
    rank.conclude({ state: 'completed' });
    await rank.close();
    return result;
  };
  const next = (): void => void process.once('message', (order: Order<Task>) => void carryOut(order).then(answer));
  const answer = (result: Result): void => {
    next();
    process.send?.(result);
  };
  next();
}

/** The next message of a process after it was sent this one; rejects when it ends instead. */
async function ask<Answer>(process: ChildProcess, message: object): Promise<Answer> {
  const over = new AbortController();
  const ended = once(process, 'exit', { signal: over.signal }).then(() => {
    throw new Error('a rank has ended');
  });
  const answer = once(process, 'message', { signal: over.signal }) as Promise<[Answer]>;
  process.send(message);
  try {
    return (await Promise.race([answer, ended]))[0];
  } finally {
    over.abort();
    ended.catch(() => undefined);
    answer.catch(() => undefined);
  }
}
