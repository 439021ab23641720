/**
 * What a training knows of its lockstep group: sums and broadcasts that block until all ranks have taken part. No sockets here;
 * `worker/lockstep/wire/` implements it, `training/lockstep/averaging.ts` uses it.
 *
 * Ranks are numbered 0 … worldSize − 1 and call the same collectives in the same order. A rank that ends concludes, so that the
 * others learn why no more of it is to come.
 */
import { MaggyError } from '../../core/errors.ts';

/** How a rank's training ended. */
export type Conclusion = { readonly state: 'completed' | 'stopped' | 'paused' } | { readonly state: 'failed'; readonly message: string };

export interface ReduceOptions {
  /**
   * Must be the same on all ranks: an integer from 0 to 2^32 − 1 that tells this collective from what another rank, gone another way,
   * would be doing.
   */
  readonly mark?: number;
  /** From this value on nothing is rounded, whatever compression the group uses; all may be where it is absent. */
  readonly exactFrom?: number;
  /** Samples that this rank has trained on for it; only counted. */
  readonly samples?: number;
}

export interface CollectiveStatistics {
  readonly collectives: number;
  /** Sent by this rank, without headers. */
  readonly bytes: number;
  /** Spent in collectives, waiting for slower ranks included. */
  readonly milliseconds: number;
  /** Samples that this rank has trained on, where the system deals them out. */
  readonly samples?: number;
}

/**
 * Every collective blocks the calling thread. Once one has thrown, all later ones throw the same.
 *
 * @throws {GroupLost} from a collective, when a rank has died, fallen silent or been cut off
 * @throws {PeerConcluded} from a collective that a rank which has ended will take no part in
 * @throws {MaggyError} `conflict` from a collective, when the ranks no longer do the same
 */
export interface Communicator {
  readonly rank: number;
  readonly worldSize: number;
  /**
   * Memory for that many values on which collectives work without copying. It is the same memory at every call: what is in it lasts
   * until somebody asks for it again.
   */
  workspace(length: number): Float32Array;
  /** Sums over all ranks, in place. The order of additions is fixed, so all ranks, and two runs, get the same bits. */
  allReduce(values: Float32Array, options?: ReduceOptions): void;
  /** Puts rank 0's values in place of those of the others. */
  broadcast(values: Float32Array): void;
  /** Says that this rank takes part in no further collective. The first call counts. */
  conclude(conclusion: Conclusion): void;
  statistics(): CollectiveStatistics;
}

/** A rank is gone, and the generation of its group with it: nothing is wrong with the training, and a new generation may go on. */
export class GroupLost extends MaggyError {
  constructor(why: string) {
    super('unavailable', `The lockstep group is lost: ${why}`);
    this.name = 'GroupLost';
  }
}

/** A rank has ended its training and takes part in no further collective. */
export class PeerConcluded extends MaggyError {
  readonly rank: number;
  readonly conclusion: Conclusion;
  /** Collectives that it took part in. */
  readonly collectives: number;

  constructor(rank: number, conclusion: Conclusion, collectives: number) {
    const how = conclusion.state === 'failed' ? `failed: ${conclusion.message}` : `is ${conclusion.state}`;
    super('conflict', `Rank ${rank} ${how}; it took part in ${collectives} collectives`);
    this.name = 'PeerConcluded';
    this.rank = rank;
    this.conclusion = conclusion;
    this.collectives = collectives;
  }
}
