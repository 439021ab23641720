/**
 * What goes wrong, one small object each. A kind draws from the seed whom it strikes and how hard; a fault does it, undoes what would not
 * pass by itself, and then says whether what it struck has recovered.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RandomStream } from '../../../core/random.ts';
import type { RedisProxy } from '../../support/redis-proxy.ts';
import { until } from '../../support/until.ts';
import type { Health } from './health.ts';
import { livingProcesses, type Service, type ServiceKind } from './service.ts';
import type { System } from './system.ts';

export interface Fault {
  readonly kind: string;
  /** Strikes this; nothing is struck twice at once. */
  readonly target: string;
  /** Resolves when it is over: from here on things have to recover. */
  inject(): Promise<void>;
  isRecovered(): Promise<boolean>;
  /** Of a service that was ended: whether the next one serves in its place, which others do not wait for. */
  isBack?(): Promise<boolean>;
}

export interface FaultKind {
  readonly name: string;
  /** How often it happens, beside the others. */
  readonly weight: number;
  draw(random: RandomStream, scene: Scene): Fault;
}

export interface Scene {
  readonly system: System;
  readonly health: Health;
}

const ENDS_MS = 30_000;

export const faultKinds: readonly FaultKind[] = [
  ending('SIGKILL of a worker', 8, 'SIGKILL', ['worker']),
  ending('SIGKILL of a lockstep worker', 2, 'SIGKILL', ['lockstep-worker']),
  ending('SIGKILL of an optimizer', 8, 'SIGKILL', ['optimizer']),
  ending('SIGKILL of the API', 4, 'SIGKILL', ['api']),
  ending('SIGTERM', 6, 'SIGTERM', ['worker', 'lockstep-worker', 'optimizer', 'api']),
  {
    name: 'SIGKILL of a trial process',
    weight: 5,
    draw(random, { system, health }) {
      const service = picked(random, system.of('worker', 'lockstep-worker'));
      const drawn = random.integer(0, 1000);
      return struck(this.name, service, health, async () => {
        const own = livingProcesses(service.mark).filter((pid) => pid !== service.pid);
        const victim = own[drawn % Math.max(1, own.length)];
        if (victim !== undefined) process.kill(victim, 'SIGKILL');
      });
    },
  },
  {
    name: 'SIGSTOP, SIGCONT',
    weight: 8,
    draw(random, { system, health }) {
      const service = picked(random, system.services);
      const ms = random.integer(500, random.uniform() < 0.7 ? 4000 : 16_000);
      return struck(this.name, service, health, async () => {
        service.signal('SIGSTOP');
        await sleep(ms);
        service.signal('SIGCONT');
      });
    },
  },
  network('connections reset', 7, (proxy) => proxy.reset(), [0, 0]),
  network('connections cut', 7, (proxy) => proxy.cut(), [500, 14_000]),
  network('half-open connections', 7, (proxy) => proxy.halfOpen(), [500, 14_000]),
  network('a slow network', 7, (proxy) => proxy.delay(150), [2000, 8000]),
  {
    name: 'clock steps',
    weight: 7,
    draw(random, { system, health }) {
      const service = picked(random, system.services);
      const offsetMs = (random.uniform() < 0.5 ? -1 : 1) * picked(random, [2_000, 60_000, 3_600_000]);
      return struck(this.name, service, health, async () => service.stepClock(offsetMs));
    },
  },
  {
    name: 'restart of Redis',
    weight: 4,
    draw(random, { system, health }) {
      const awayMs = random.integer(0, 3000);
      const restart = async (): Promise<void> => {
        await system.server.kill();
        await sleep(awayMs);
        await system.server.start();
      };
      return recovering(this.name, 'redis', { health, services: system.services }, restart);
    },
  },
  {
    name: 'a full checkpoint disk',
    weight: 4,
    draw(random, { system, health }) {
      const ms = random.integer(500, 4000);
      let completed = Infinity;
      return {
        kind: this.name,
        target: 'disk',
        async inject() {
          system.disk.fill();
          await sleep(ms);
          system.disk.free();
          completed = await health.completed();
        },
        isRecovered: async () => (await health.completed()) > completed,
      };
    },
  },
];

/** One of them by the weights. */
export function drawKind(random: RandomStream, kinds: readonly FaultKind[]): FaultKind {
  let left = random.uniform() * kinds.reduce((sum, { weight }) => sum + weight, 0);
  const found = kinds.find(({ weight }) => (left -= weight) < 0) ?? kinds[0];
  if (found === undefined) throw new Error('there is no kind of fault');
  return found;
}

/** Its trials go on elsewhere, its experiments are looked after by another, and none of its processes outlives it for long. */
function ending(name: string, weight: number, signal: 'SIGKILL' | 'SIGTERM', kinds: readonly ServiceKind[]): FaultKind {
  return {
    name,
    weight,
    draw(random, { system, health }) {
      const service = picked(random, system.of(...kinds));
      let since = 0;
      let goesOn = async (): Promise<boolean> => true;
      return {
        kind: name,
        target: service.name,
        async inject() {
          const { pid, mark } = service;
          if (pid === null) return;
          const attempts = await health.attemptsOf(pid);
          service.signal(signal);
          await service.ended(pid);
          since = performance.now();
          const before = await health.tenures();
          goesOn = async () => livingProcesses(mark).length === 0 && (await health.haveGoneOn(attempts)) && health.areLookedAfter(before);
        },
        isRecovered: async () => (await goesOn()) && (service.kind !== 'api' || (await health.apiAnswers())),
        isBack: () => health.isWell(service, since),
      };
    },
  };
}

function network(name: string, weight: number, disturb: (proxy: RedisProxy) => void, [least, most]: readonly [number, number]): FaultKind {
  return {
    name,
    weight,
    draw(random, { system, health }) {
      const service = picked(random, system.services);
      const ms = random.integer(least, most);
      return struck(name, service, health, async () => {
        disturb(service.proxy);
        await sleep(ms);
        service.proxy.heal();
      });
    },
  };
}

/** Strikes one service: it has to be well again, and every experiment looked after. */
function struck(kind: string, service: Service, health: Health, strike: () => Promise<void>): Fault {
  return recovering(kind, service.name, { health, services: [service] }, strike);
}

function recovering(
  kind: string,
  target: string,
  { health, services }: { readonly health: Health; readonly services: readonly Service[] },
  strike: () => Promise<void>,
): Fault {
  let isRecovered = async (): Promise<boolean> => false;
  return {
    kind,
    target,
    async inject() {
      const pids = new Map(services.map((service) => [service, service.pid]));
      await strike();
      const since = performance.now();
      // Redis may be away at another fault's hands.
      const before = await until(`what to expect after ${kind}`, () => health.tenures(), ENDS_MS);
      const areWell = async (): Promise<boolean> => {
        for (const service of services) {
          // Of several, one that was ended meanwhile is another fault's.
          if (services.length > 1 && service.pid !== pids.get(service)) continue;
          if (!(await health.isWell(service, since))) return false;
        }
        return true;
      };
      isRecovered = async () => (await areWell()) && (await health.areLookedAfter(before));
    },
    isRecovered: () => isRecovered(),
  };
}

function picked<Member>(random: RandomStream, [first, ...others]: readonly Member[]): Member {
  if (first === undefined) throw new Error('there is nothing to pick from');
  return others[random.integer(0, others.length) - 1] ?? first;
}
