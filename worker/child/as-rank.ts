/**
 * A run as one rank of a lockstep group: joins the group, trains with it, says now and then what the collectives come to, and leaves. A
 * group that falls apart is nobody's failure: the run is lost, and another generation carries the attempt's trial on.
 */
import type { TrialOutcome } from '../../training/contract.ts';
import { GroupLost, PeerConcluded, type Communicator } from '../../training/lockstep/communicator.ts';
import { disposeModel } from '../../training/models.ts';
import { listenAsRank, type ConnectedRank } from '../lockstep/wire/rank.ts';
import type { Membership } from '../lockstep/wire/membership.ts';
import type { ChildMessage, RankOrder } from '../protocol.ts';
import type { Trial } from './trial.ts';

export interface LostOutcome {
  readonly state: 'lost';
  readonly message: string;
  readonly lastStep: 0;
}

const STATISTICS_INTERVAL_MS = 2000;

/** @param train the run itself, as this rank of the group */
export async function asRank(
  { membership }: RankOrder,
  trial: Trial,
  send: (message: ChildMessage) => void,
  train: (lockstep: Communicator) => Promise<TrialOutcome>,
): Promise<TrialOutcome | LostOutcome> {
  let rank: ConnectedRank;
  try {
    rank = await join(membership, trial);
  } catch (error) {
    return trial.signal.aborted ? { state: 'stopped', lastStep: 0 } : lostBy(error);
  }
  const beganAt = performance.now();
  const tell = (): void => {
    const { samples = null, ...statistics } = rank.statistics();
    send({ type: 'statistics', run: trial.order.run, seconds: (performance.now() - beganAt) / 1000, samples, ...statistics });
  };
  const timer = setInterval(tell, STATISTICS_INTERVAL_MS);
  tell();
  try {
    return ownOutcome(await train(rank), membership.rank);
  } finally {
    clearInterval(timer);
    tell();
    await rank.close();
  }
}

async function join(membership: Membership, trial: Trial): Promise<ConnectedRank> {
  const listening = await listenAsRank(membership);
  try {
    return await listening.connect(await trial.exchangeAddress(listening.address));
  } catch (error) {
    await listening.close();
    throw error;
  }
}

/** What of an outcome is this rank's own: a rank that ended because another had ended has nothing to add. */
function ownOutcome(outcome: TrialOutcome, rank: number): TrialOutcome | LostOutcome {
  const cause = outcome.state === 'failed' ? outcome.cause : undefined;
  if (cause instanceof GroupLost) return lostBy(cause);
  if (rank === 0) return outcome;
  if (cause instanceof PeerConcluded) return { state: 'stopped', lastStep: outcome.lastStep };
  if (outcome.state !== 'completed' || outcome.model === undefined) return outcome;
  const { model, ...rest } = outcome;
  disposeModel(model);
  return rest;
}

function lostBy(error: unknown): LostOutcome {
  return { state: 'lost', message: error instanceof Error ? error.message : String(error), lastStep: 0 };
}
