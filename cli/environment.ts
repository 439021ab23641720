/** What commands take from their surroundings where their flags say nothing: the environment, and a stack that runs in the same folder. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLoopback } from '../core/loopback.ts';
import type { MetricsAddress } from '../metrics/server.ts';
import { UsageError } from './failure.ts';
import { runningStack } from './stack/running-stack.ts';

const { env } = process;

/** Holds `.maggy`. */
export const projectFolder = process.cwd();

export const exampleFunctions = fileURLToPath(new URL('../examples', import.meta.url));

/** The Redis to join: the one named, else that of a stack in this folder, else one at the usual place. */
export function redisUrl(): string {
  return namedRedisUrl() ?? runningStack(projectFolder)?.redisUrl ?? 'redis://127.0.0.1:6379';
}

/** A Redis that was named; a stack starts one of its own where none was. */
export function namedRedisUrl(): string | undefined {
  return given(env.REDIS_URL);
}

/** The API to ask: the one named, else that of a stack in this folder, else one at the usual place. */
export function apiUrl(): string {
  return given(env.MAGGY_URL)?.replace(/\/+$/, '') ?? runningStack(projectFolder)?.url ?? `http://127.0.0.1:${port()}`;
}

/** Shown to the API; a stack on this machine asks for none. */
export function apiKey(): string | undefined {
  return given(env.MAGGY_API_KEY);
}

/**
 * Whether an API that listens at `listensAt` must ask for keys: unless only this machine reaches it. In a container it has to listen at
 * all addresses; MAGGY_PUBLISHED_AT then says at which one others find it. MAGGY_REQUIRE_KEYS is for one behind a proxy of this machine.
 */
export function requiresKeys(listensAt: string): boolean {
  return given(env.MAGGY_REQUIRE_KEYS) !== undefined || !isLoopback(given(env.MAGGY_PUBLISHED_AT) ?? listensAt);
}

/** Addresses and subnets of proxies whose word on a client's address counts. */
export function trustedProxies(): string[] {
  return given(env.MAGGY_TRUST_PROXY)?.split(',') ?? [];
}

export function keyPrefix(): string | undefined {
  return given(env.MAGGY_PREFIX);
}

export function storeFolder(): string {
  return given(env.MAGGY_STORE) ?? join(projectFolder, '.maggy', 'store');
}

/** Files, and folders of files, with samplers and schedulers beside the built-in ones. */
export function extensionFiles(): string[] {
  return given(env.MAGGY_EXTENSIONS)?.split(',') ?? [];
}

/** Folder of training functions. */
export function functionsFolder(): string {
  return resolve(given(env.MAGGY_FUNCTIONS) ?? exampleFunctions);
}

/** An address of this machine only, unless it is said otherwise: there the API asks nobody who they are. */
export function host(): string {
  return given(env.HOST) ?? '127.0.0.1';
}

/** @throws UsageError where PORT is no port */
export function port(): number {
  return portIn('PORT') ?? 8080;
}

/**
 * Where an optimizer serves its metrics; nowhere unless a port was named.
 * @throws UsageError where MAGGY_METRICS_PORT is no port
 */
export function metricsAddress(givenPort?: number, givenHost?: string): MetricsAddress | undefined {
  const port = givenPort ?? portIn('MAGGY_METRICS_PORT');
  return port === undefined ? undefined : { port, host: givenHost ?? given(env.MAGGY_METRICS_HOST) ?? '127.0.0.1' };
}

function portIn(variable: string): number | undefined {
  const text = given(env[variable]);
  if (text === undefined) return undefined;
  const number = readPort(text);
  if (number === undefined) throw new UsageError(`${variable}: must be a port from 0 to 65535, got ${text}`);
  return number;
}

/** A port as its text; 0 stands for any free one. Undefined for anything else. */
export function readPort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

/** One slot a core, in two workers, so that a stack of any size can lose one and go on. */
export function defaultSlotsPerWorker(workers: number): number {
  return Math.max(1, Math.floor(availableParallelism() / workers));
}

export function logLevel(): string {
  return given(env.LOG_LEVEL) ?? 'info';
}

/** Whether stack traces are wanted. */
export function isDebugging(): boolean {
  return given(env.DEBUG) !== undefined;
}

/** A variable set to nothing counts as one that is not set: that is how compose files leave one out. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
