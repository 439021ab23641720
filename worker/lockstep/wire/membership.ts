/** What a rank is told of its group, and what its training thread and its communication thread say to each other. */
import type { Conclusion } from '../../../training/lockstep/communicator.ts';
import type { Operation } from './collective.ts';
import type { ExchangeMemory } from './exchange.ts';

export type Transport =
  /** Sockets in a folder that only this user may enter: between processes of one machine. */
  | { readonly type: 'unix'; readonly folder: string }
  /**
   * `host` is this machine as the other ranks reach it. Without `tls`, whoever is on the way between the group's machines can read its
   * frames; each is authenticated (seal.ts).
   */
  | { readonly type: 'tcp'; readonly host: string; readonly tls?: boolean };

export interface Membership {
  /** Names the group in messages, and ties the handshake to it. */
  readonly group: string;
  /** Counts the groups that have carried out the same trial, from 1. */
  readonly generation: number;
  readonly rank: number;
  readonly worldSize: number;
  /** 32 random bytes in hexadecimal, which the ranks of this generation and nobody else know. */
  readonly secret: string;
  readonly transport: Transport;
  /** No sign of life from a rank's communication thread for so long means that it is lost. 4,000 where absent. */
  readonly silenceMs?: number;
  /** Ranks that have not all connected so long after `connect` never will. 30,000 where absent. */
  readonly formingMs?: number;
  /** Gradients travel as float16, half the bytes; what rounding takes away is added at the next step. */
  readonly compression?: 'float16';
}

export const SILENCE_MS = 4000;
export const FORMING_MS = 30_000;

/** From whom data comes. */
export const rankBefore = ({ rank, worldSize }: Membership): number => (rank + worldSize - 1) % worldSize;

/** To whom data goes. */
export const rankBehind = ({ rank, worldSize }: Membership): number => (rank + 1) % worldSize;

/** Why a collective is refused. */
export type Refusal =
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'apart'; readonly why: string }
  | { readonly kind: 'concluded'; readonly rank: number; readonly conclusion: Conclusion; readonly collectives: number };

/** To the communication thread. */
export type Order =
  | { readonly type: 'connect'; readonly addresses: readonly string[] }
  /** The memory in which all later collectives take place. */
  | { readonly type: 'memory'; readonly memory: ExchangeMemory }
  | {
      readonly type: 'collective';
      readonly operation: Operation;
      /** Of the first value among those of the memory. */
      readonly offset: number;
      readonly length: number;
      readonly mark: number;
      /** From this value on nothing is rounded. */
      readonly exactFrom: number;
    }
  | { readonly type: 'conclude'; readonly conclusion: Conclusion }
  | { readonly type: 'close' };

/** From the communication thread, to a training thread that is not blocked. */
export type Notice =
  | { readonly type: 'listening'; readonly address: string }
  | { readonly type: 'connected' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'closed' };

/** What the communication thread begins with. */
export interface ThreadData {
  readonly membership: Membership;
  /** One word, on which the training thread waits: 0 while a collective goes on. */
  readonly state: SharedArrayBuffer;
}

export const PENDING = 0;
export const DONE = 1;
/** The reason lies in the port. */
export const REFUSED = 2;
/** The communication thread is no more. */
export const GONE = 3;
