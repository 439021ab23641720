/**
 * A rank of a lockstep group as its training thread sees it: starts the communication thread, and waits for it, asleep, in every
 * collective. The group's addresses, generation and secret come from elsewhere.
 */
import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { invalid, MaggyError } from '../../../core/errors.ts';
import {
  GroupLost,
  PeerConcluded,
  type CollectiveStatistics,
  type Communicator,
  type Conclusion,
  type ReduceOptions,
} from '../../../training/lockstep/communicator.ts';
import type { Operation } from './collective.ts';
import { Exchange } from './exchange.ts';
import { encodedBytes } from './float16-encoding.ts';
import { DONE, GONE, PENDING, type Membership, type Notice, type Order, type Refusal, type ThreadData } from './membership.ts';

const BYTES_PER_VALUE = 4;
/** A thread that does not end by itself, since a peer takes nothing any more, is ended. */
const CLOSING_MS = 1000;

export interface ListeningRank {
  /** Where the other ranks reach this one. */
  readonly address: string;
  /**
   * Connects to the group. Called by all ranks at about the same time, with the addresses of all by rank.
   *
   * @throws {GroupLost} (rejection) where the group does not form: somebody is missing, or is of another generation
   */
  connect(addresses: readonly string[]): Promise<ConnectedRank>;
  close(): Promise<void>;
}

export interface ConnectedRank extends Communicator {
  /** Leaves the group: as lost, to the others, unless it has concluded. */
  close(): Promise<void>;
}

/** @throws {MaggyError} `invalid` (rejection) for a rank, world size or transport that cannot be */
export async function listenAsRank(membership: Membership): Promise<ListeningRank> {
  const { rank, worldSize } = membership;
  if (!Number.isInteger(worldSize) || worldSize < 1) throw invalid('worldSize', 'must be a positive integer', worldSize);
  if (!Number.isInteger(rank) || rank < 0 || rank >= worldSize) throw invalid('rank', `must be from 0 to ${worldSize - 1}`, rank);
  const thread = new CommunicationThread(membership);
  const { address } = await thread.hear('listening');
  return {
    address,
    async connect(addresses) {
      thread.tell({ type: 'connect', addresses });
      try {
        await thread.hear('connected');
      } catch (error) {
        await thread.close();
        throw new GroupLost(error instanceof Error ? error.message : String(error));
      }
      return new Rank(membership, thread);
    },
    close: () => thread.close(),
  };
}

class CommunicationThread {
  readonly #worker: Worker;
  readonly #state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #refusals: MessagePort;
  #isRunning = true;

  constructor(membership: Membership) {
    const { port1, port2 } = new MessageChannel();
    this.#refusals = port1;
    const workerData: ThreadData & { refusals: MessagePort } = { membership, state: this.#state.buffer, refusals: port2 };
    this.#worker = new Worker(new URL('thread.mjs', import.meta.url), { workerData, transferList: [port2], execArgv: [] });
    this.#worker.on('exit', () => (this.#isRunning = false));
    // Told to whoever waits for an answer; nobody else is harmed.
    this.#worker.on('error', () => undefined);
    this.#worker.unref();
  }

  tell(order: Order): void {
    this.#worker.postMessage(order);
  }

  /** The next notice, which must be of this type. */
  async hear<Type extends Notice['type']>(type: Type): Promise<Extract<Notice, { type: Type }>> {
    const over = new AbortController();
    const ended = once(this.#worker, 'exit', { signal: over.signal }).then(() => {
      throw new MaggyError('internal', 'the communication thread has ended');
    });
    this.#worker.ref();
    try {
      const [notice] = (await Promise.race([once(this.#worker, 'message', { signal: over.signal }), ended])) as [Notice];
      if (isOfType(notice, type)) return notice;
      throw new MaggyError('unavailable', notice.type === 'failed' ? notice.message : `the communication thread is ${notice.type}`);
    } finally {
      over.abort();
      ended.catch(() => undefined);
      this.#worker.unref();
    }
  }

  /** Blocks until the order has been carried out. */
  await(order: Order): Refusal | undefined {
    Atomics.store(this.#state, 0, PENDING);
    if (!this.#isRunning) return { kind: 'lost', why: 'its communication thread has ended' };
    this.tell(order);
    Atomics.wait(this.#state, 0, PENDING);
    const state = Atomics.load(this.#state, 0);
    if (state === DONE) return undefined;
    if (state === GONE) return { kind: 'lost', why: 'its communication thread has ended' };
    const received = receiveMessageOnPort(this.#refusals) as { message: Refusal } | undefined;
    return received?.message ?? { kind: 'lost', why: 'no reason is known' };
  }

  async close(): Promise<void> {
    if (!this.#isRunning) return;
    const ended = once(this.#worker, 'exit');
    this.#worker.ref();
    this.tell({ type: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSING_MS);
    await ended;
    clearTimeout(timer);
    this.#refusals.close();
  }
}

function isOfType<Type extends Notice['type']>(notice: Notice, type: Type): notice is Extract<Notice, { type: Type }> {
  return notice.type === type;
}

class Rank implements ConnectedRank {
  readonly rank: number;
  readonly worldSize: number;
  readonly #thread: CommunicationThread;
  readonly #isCompressed: boolean;
  #exchange: Exchange | undefined;
  #refusal: Refusal | undefined;
  #collectives = 0;
  #bytes = 0;
  #milliseconds = 0;
  #samples = 0;

  constructor({ rank, worldSize, compression }: Membership, thread: CommunicationThread) {
    this.rank = rank;
    this.worldSize = worldSize;
    this.#thread = thread;
    this.#isCompressed = compression === 'float16';
  }

  workspace(length: number): Float32Array {
    return this.#roomFor(length).values.subarray(0, length);
  }

  allReduce(values: Float32Array, { mark = 0, exactFrom = values.length, samples = 0 }: ReduceOptions = {}): void {
    this.#collective('allReduce', values, mark, exactFrom);
    this.#samples += samples;
    const share = (2 * (this.worldSize - 1)) / this.worldSize;
    this.#bytes += Math.round(share * encodedBytes(values.length, this.#isCompressed ? exactFrom : 0));
  }

  broadcast(values: Float32Array): void {
    this.#collective('broadcast', values, 0, 0);
    if (this.rank < this.worldSize - 1) this.#bytes += values.length * BYTES_PER_VALUE;
  }

  conclude(conclusion: Conclusion): void {
    this.#thread.tell({ type: 'conclude', conclusion });
  }

  statistics(): CollectiveStatistics {
    return { collectives: this.#collectives, bytes: this.#bytes, milliseconds: this.#milliseconds, samples: this.#samples };
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #roomFor(length: number): Exchange {
    if (this.#exchange === undefined || this.#exchange.values.length < length) {
      this.#exchange = Exchange.allocate(length);
      this.#thread.tell({ type: 'memory', memory: this.#exchange.memory });
    }
    return this.#exchange;
  }

  #collective(operation: Operation, values: Float32Array, mark: number, exactFrom: number): void {
    if (this.#refusal !== undefined) throw errorOf(this.#refusal);
    const startedAt = performance.now();
    const { length } = values;
    const exchange = this.#roomFor(length);
    const isShared = values.buffer === exchange.values.buffer;
    const offset = isShared ? (values.byteOffset - exchange.values.byteOffset) / BYTES_PER_VALUE : 0;
    if (!isShared) exchange.values.set(values);
    this.#refusal = this.#thread.await({ type: 'collective', operation, offset, length, mark, exactFrom });
    this.#collectives += 1;
    this.#milliseconds += performance.now() - startedAt;
    if (this.#refusal !== undefined) throw errorOf(this.#refusal);
    if (!isShared) values.set(exchange.values.subarray(0, length));
  }
}

function errorOf(refusal: Refusal): MaggyError {
  switch (refusal.kind) {
    case 'lost':
      return new GroupLost(refusal.why);
    case 'concluded':
      return new PeerConcluded(refusal.rank, refusal.conclusion, refusal.collectives);
    case 'apart':
      return new MaggyError('conflict', `The ranks have come apart: ${refusal.why}`);
  }
}
