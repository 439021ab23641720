/** A Redis of a test's own, at one address, that can be killed, have the end of its append-only file cut off, and be started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { obtainDebianPackage } from '../../queue/embedded/debian-package.ts';
import { probe } from '../../queue/embedded/probe.ts';
import { commandLine, findOnPath } from '../../queue/embedded/program.ts';

const START_TIMEOUT_MS = 15_000;

export class MortalRedis {
  readonly url: string;
  /** On the loopback interface; 0 where it has its socket only. */
  readonly port: number;
  /** The same, for TLS. */
  readonly tlsPort: number;
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  #process: ChildProcess | null = null;

  private constructor(folder: string, port: number, tlsPort: number, settings: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#settings = settings;
    this.port = port;
    this.tlsPort = tlsPort;
    this.url = join(folder, 'redis.sock');
  }

  /** @param settings of the server beside its own; for TLS they name its certificate */
  static async start({
    port = false,
    tlsPort = false,
    settings = {},
  }: { port?: boolean; tlsPort?: boolean; settings?: Record<string, string> } = {}): Promise<MortalRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'maggy-mortal-'));
    const redis = new MortalRedis(folder, port ? await freePort() : 0, tlsPort ? await freePort() : 0, settings);
    await redis.start();
    return redis;
  }

  /** Resolves once it serves, with whatever its file holds. @param again settings for this time */
  async start(again: Readonly<Record<string, string>> = {}): Promise<void> {
    const packages = fileURLToPath(new URL('../../.maggy/redis-package', import.meta.url));
    const program = (await findOnPath()) ?? (await obtainDebianPackage(packages, () => undefined));
    const settings = {
      port: String(this.port),
      ...(this.tlsPort === 0 ? {} : { 'tls-port': String(this.tlsPort) }),
      bind: '127.0.0.1',
      unixsocket: this.url,
      dir: this.#folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      'aof-load-truncated': 'yes',
      'maxmemory-policy': 'noeviction',
      ...this.#settings,
      ...again,
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

  /** Another one, not started yet, with what this one's file holds now. */
  async copy(): Promise<MortalRedis> {
    const redis = new MortalRedis(await mkdtemp(join(tmpdir(), 'maggy-mortal-')), 0, 0, this.#settings);
    await cp(join(this.#folder, 'appendonlydir'), join(redis.#folder, 'appendonlydir'), { recursive: true });
    return redis;
  }

  /** Cuts off the last part of what it has written: what a crash takes that does not sync every write. */
  async cutFile(part: number): Promise<void> {
    const path = await this.appendOnlyFile();
    await truncate(path, Math.floor((await stat(path)).size * (1 - part)));
  }

  /** Path of the file to which it appends what it writes. */
  async appendOnlyFile(): Promise<string> {
    const folder = join(this.#folder, 'appendonlydir');
    const name = (await readdir(folder)).find((file) => file.endsWith('.incr.aof'));
    if (name === undefined) throw new Error('there is no append-only file');
    return join(folder, name);
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
