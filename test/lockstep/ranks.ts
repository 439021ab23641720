/** Ranks as real processes: started once, they carry out one scenario after another as one group. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CollectiveStatistics } from '../../training/lockstep/communicator.ts';
import type { Membership } from '../../worker/lockstep/wire/membership.ts';

export interface Answer {
  readonly address?: string;
  readonly running?: boolean;
  readonly result?: unknown;
  readonly statistics?: CollectiveStatistics;
  readonly error?: { readonly name: string; readonly message: string };
}

type Overrides = (rank: number) => Partial<Membership>;

/** For ranks that are to be well: longer than any of them waits for a core of a busy machine. */
export const PATIENT_MS = 60_000;

export class Ranks {
  readonly processes: readonly ChildProcess[];
  readonly #folder: string;
  readonly #silenceMs: number | undefined;
  #generation = 0;

  private constructor(processes: readonly ChildProcess[], folder: string, silenceMs: number | undefined) {
    this.processes = processes;
    this.#folder = folder;
    this.#silenceMs = silenceMs;
  }

  /** @param silenceMs after which a rank is lost to the others */
  static async start(worldSize: number, silenceMs?: number): Promise<Ranks> {
    const file = fileURLToPath(new URL('rank.child.ts', import.meta.url));
    const processes = Array.from({ length: worldSize }, () => fork(file, { execArgv: ['--import', 'tsx'] }));
    return new Ranks(processes, await mkdtemp(join(tmpdir(), 'maggy-ranks-')), silenceMs);
  }

  /** What came of the scenario on each rank; a process that has ended answers nothing more. */
  async run(scenario: string, overrides: Overrides = () => ({})): Promise<Answer[]> {
    await this.begin(scenario, overrides);
    return this.answers();
  }

  /** Resolves when all ranks know all addresses. */
  async begin(scenario: string, overrides: Overrides = () => ({})): Promise<void> {
    this.#generation += 1;
    const secret = randomBytes(32).toString('hex');
    const listening = this.answers();
    this.processes.forEach((process, rank) => {
      const membership: Membership = {
        group: 'test',
        generation: this.#generation,
        rank,
        worldSize: this.processes.length,
        secret,
        transport: { type: 'unix', folder: this.#folder },
        ...(this.#silenceMs === undefined ? {} : { silenceMs: this.#silenceMs }),
        ...overrides(rank),
      };
      process.send({ membership, scenario });
    });
    const addresses = (await listening).map(({ address }) => address ?? '');
    for (const process of this.processes) process.send(addresses);
  }

  /** The next message of each rank. */
  answers(): Promise<Answer[]> {
    return Promise.all(this.processes.map((process) => answerOf(process)));
  }

  async stop(): Promise<void> {
    for (const process of this.processes) process.kill('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export async function answerOf(process: ChildProcess): Promise<Answer> {
  const [message] = (await once(process, 'message')) as [Answer];
  return message;
}
