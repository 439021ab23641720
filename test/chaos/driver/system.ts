/** The deployment that is to bear it all: Redis, an API, two optimizers, three workers and a lockstep worker, each with its own way to Redis. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { connect } from '../../../queue/connection.ts';
import { makeKeys, type Keys } from '../../../queue/keys.ts';
import { freePort } from '../../support/free-port.ts';
import { MortalRedis } from '../../support/mortal-redis.ts';
import { RedisProxy } from '../../support/redis-proxy.ts';
import { Disk } from './disk.ts';
import { livingProcesses, Service, type ServiceKind } from './service.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PREFIX = 'chaos';
const WORKERS = 3;
const OPTIMIZERS = 2;
/** Room for one group of two. */
const LOCKSTEP_SLOTS = 2;
/** A service may stop serving, by the clock of this process, for as long as this after its end was asked for. */
const DRAIN_SECONDS = 5;

export class System {
  readonly url: string;
  readonly redis: Redis;
  readonly keys: Keys = makeKeys(PREFIX);
  readonly server: MortalRedis;
  readonly disk: Disk;
  readonly services: readonly Service[];
  readonly #mark: string;

  private constructor(port: number, server: MortalRedis, disk: Disk, mark: string, services: readonly Service[]) {
    this.url = `http://127.0.0.1:${port}`;
    this.server = server;
    this.disk = disk;
    this.services = services;
    this.redis = connect(server.url);
    this.#mark = mark;
  }

  /** @param folder of this run, below the checkout, so that training functions find the packages that they import */
  static async start(folder: string): Promise<System> {
    const functions = join(folder, 'functions');
    const logs = join(folder, 'logs');
    for (const source of ['functions', '../../e2e/functions']) cpSync(here(source), functions, { recursive: true });
    mkdirSync(logs);
    const server = await MortalRedis.start();
    const disk = new Disk(join(folder, 'store'));
    const port = await freePort();
    const mark = `${process.pid}-${Date.now()}`;
    const environment = { MAGGY_PREFIX: PREFIX, MAGGY_STORE: disk.folder };
    const commands = {
      api: ['api', '--host', '127.0.0.1', '--port', String(port)],
      optimizer: ['optimizer'],
      worker: workerCommand(functions, 1),
      'lockstep-worker': [...workerCommand(functions, LOCKSTEP_SLOTS), '--lockstep'],
    } as const;
    const kinds: ServiceKind[] = ['api', ...repeated('optimizer', OPTIMIZERS), ...repeated('worker', WORKERS), 'lockstep-worker'];
    const services: Service[] = [];
    for (const [i, kind] of kinds.entries()) {
      const name = `${kind}-${kinds.slice(0, i).filter((other) => other === kind).length + 1}`;
      const proxy = await RedisProxy.start(server.url);
      services.push(new Service({ name, kind, command: commands[kind], proxy, mark, folder: logs, environment }));
    }
    const system = new System(port, server, disk, mark, services);
    for (const service of services) await service.start();
    return system;
  }

  of(...kinds: readonly ServiceKind[]): readonly Service[] {
    return this.services.filter(({ kind }) => kinds.includes(kind));
  }

  /** Ends the services, those that hold work first. @returns ids of processes that are still there although everything was ended */
  async stop(): Promise<number[]> {
    for (const kinds of [['worker', 'lockstep-worker'], ['optimizer'], ['api']] as const)
      await Promise.all(this.of(...kinds).map((service) => service.stop()));
    return livingProcesses(this.#mark);
  }

  /** What is left when the services have ended. */
  async remove(): Promise<void> {
    for (const pid of livingProcesses(this.#mark)) process.kill(pid, 'SIGKILL');
    for (const { proxy } of this.services) proxy.close();
    await this.server.remove();
    this.disk.remove();
    this.redis.disconnect();
  }
}

function workerCommand(functions: string, slots: number): string[] {
  const flags = { functions, slots, 'drain-seconds': DRAIN_SECONDS, backend: 'cpu' };
  return ['worker', ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
}

function repeated(kind: ServiceKind, times: number): ServiceKind[] {
  return Array.from({ length: times }, () => kind);
}
