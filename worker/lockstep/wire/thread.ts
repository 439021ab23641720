/**
 * The communication thread of a rank: owns its sockets, and goes on while the training thread computes or waits. Collectives take place in
 * memory that both share; the training thread sleeps on one word until this thread sets it.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Exchange } from './exchange.ts';
import type { Notice, Order, ThreadData } from './membership.ts';
import { DONE, GONE, REFUSED } from './membership.ts';
import { RingNode } from './ring-node.ts';

const { membership, state: sharedState, refusals } = workerData as ThreadData & { refusals: MessagePort };
const state = new Int32Array(sharedState);
let exchange = Exchange.allocate(0);

function tell(notice: Notice): void {
  parentPort?.postMessage(notice);
}

function wake(value: number): void {
  Atomics.store(state, 0, value);
  Atomics.notify(state, 0);
}

const node = new RingNode(membership, {
  done: () => wake(DONE),
  refused: (refusal) => {
    refusals.postMessage(refusal);
    wake(REFUSED);
  },
});

/** Whatever ends this thread, nobody waits for it for ever. */
process.on('exit', () => wake(GONE));

function follow(order: Order): void {
  switch (order.type) {
    case 'connect':
      node.connect(order.addresses).then(() => tell({ type: 'connected' }), fail);
      return;
    case 'memory':
      exchange = new Exchange(order.memory);
      return;
    case 'collective':
      node.begin({ ...order, exchange, values: exchange.values.subarray(order.offset, order.offset + order.length) });
      return;
    case 'conclude':
      return node.conclude(order.conclusion);
    case 'close':
      node.close();
      parentPort?.off('message', follow);
      return;
  }
}

function fail(error: unknown): void {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}

parentPort?.on('message', follow);
node.listen().then((address) => tell({ type: 'listening', address }), fail);
