/**
 * A thread that keeps surrogates: a replica of the engine for each experiment given to it, fed with the events of its log. An
 * engine is a function of its log, so the replica suggests what the original would, and the event loop never computes it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { MaggyError } from '../../core/errors.ts';
import { Engine } from '../engine/engine.ts';
import { loadAlgorithms } from './extensions.ts';
import type { Answer, Order } from './surrogate-protocol.ts';

export interface ThreadData {
  readonly extensions: readonly string[];
}

const given: unknown = workerData;
const algorithms = await loadAlgorithms(isThreadData(given) ? given.extensions : []);
function isThreadData(value: unknown): value is ThreadData {
  return typeof value === 'object' && value !== null && 'extensions' in value;
}

const replicas = new Map<number, Engine>();

function tell(answer: Answer): void {
  parentPort?.postMessage(answer);
}

function follow(order: Order): void {
  const { replica } = order;
  switch (order.kind) {
    case 'begin':
      return begin(order);
    case 'end':
      replicas.delete(replica);
      return;
    case 'apply':
      replicas.get(replica)?.apply(order.event);
      return;
    case 'list':
      return suggest(replica, order.count);
  }
}

function begin({ replica, state, version }: Extract<Order, { kind: 'begin' }>): void {
  const engine = Engine.restore(state, algorithms);
  if (engine.version !== version) {
    throw new MaggyError(
      'conflict',
      `extensions: a file was changed since the optimizer started: restart it (${version}, now ${engine.version})`,
    );
  }
  replicas.set(replica, engine);
}

function suggest(replica: number, count: number): void {
  const engine = replicas.get(replica);
  if (engine === undefined) return;
  const startedAt = performance.now();
  const fit = engine.fit();
  if (fit !== null) return tell({ kind: 'fit', replica, fit });
  const entries = engine.readyList(count);
  tell({ kind: 'list', replica, entries, costMs: performance.now() - startedAt });
}

parentPort?.on('message', (order: Order) => {
  try {
    follow(order);
  } catch (error) {
    // One experiment's trouble is its own: the others in this thread go on.
    replicas.delete(order.replica);
    tell({ kind: 'failed', replica: order.replica, message: error instanceof Error ? error.message : String(error) });
  }
});
