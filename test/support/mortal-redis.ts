/** A Redis of a test's own, at one address, that can be killed, have the end of its append-only file cut off, and be started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { obtainDebianPackage } from '../../queue/embedded/debian-package.ts';
import { probe } from '../../queue/embedded/probe.ts';
import { commandLine, findOnPath } from '../../queue/embedded/program.ts';

const START_TIMEOUT_MS = 15_000;

export class MortalRedis {
  readonly url: string;
  readonly #folder: string;
  #process: ChildProcess | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
    this.url = join(folder, 'redis.sock');
  }

  static async start(): Promise<MortalRedis> {
    const redis = new MortalRedis(await mkdtemp(join(tmpdir(), 'maggy-mortal-')));
    await redis.start();
    return redis;
  }

  /** Resolves once it serves, with whatever its file holds. */
  async start(): Promise<void> {
    const packages = fileURLToPath(new URL('../../.maggy/redis-package', import.meta.url));
    const program = (await findOnPath()) ?? (await obtainDebianPackage(packages, () => undefined));
    const settings = {
      port: '0',
      unixsocket: this.url,
      dir: this.#folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      'aof-load-truncated': 'yes',
      'maxmemory-policy': 'noeviction',
    };
    const [file, ...args] = commandLine(
      program,
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    );
    this.#process = spawn(file, args, { stdio: 'ignore' });
    await probe(this.url, START_TIMEOUT_MS);
  }

  /** Ends it without any chance to write. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running === null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
    await rm(this.url, { force: true });
  }

  /** Cuts off the last part of what it has written: what a crash takes that does not sync every write. */
  async cutFile(part: number): Promise<void> {
    const folder = join(this.#folder, 'appendonlydir');
    const name = (await readdir(folder)).find((file) => file.endsWith('.incr.aof'));
    if (name === undefined) throw new Error('there is no append-only file');
    const path = join(folder, name);
    await truncate(path, Math.floor((await stat(path)).size * (1 - part)));
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
