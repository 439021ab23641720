/**
 * What the process of a rank and its group say to each other through their worker: where the rank listens and where all do, once, and
 * what its collectives come to, now and then.
 */
import type { Logger } from 'pino';
import type { RankFigures } from '../../core/results.ts';
import type { WorkerMetrics } from '../../metrics/metrics.ts';
import type { AttemptToken } from '../../core/attempt.ts';
import type { Attempts } from '../../queue/attempts.ts';
import type { GroupRecord } from '../../queue/lockstep/groups.ts';
import type { ListeningMessage, StatisticsMessage } from '../protocol.ts';
import type { TrialProcess } from '../trial-process.ts';
import type { HeldSeat } from './seat.ts';

export interface RankLinkWiring {
  readonly seat: HeldSeat;
  readonly child: TrialProcess;
  readonly attempts: Attempts;
  readonly token: AttemptToken;
  readonly figures: Pick<RankFigures, 'rank' | 'worker' | 'host' | 'slot' | 'worldSize'>;
  /** Ranks that do not listen within this are lost. */
  readonly joinMs: number;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
}

export class RankLink {
  readonly #wiring: RankLinkWiring;
  #figures: RankFigures | undefined;

  constructor(wiring: RankLinkWiring) {
    this.#wiring = wiring;
  }

  onListening({ address }: ListeningMessage): void {
    this.#connect(address).catch((error: unknown) => this.#wiring.log.warn({ err: error }, 'a rank could not join its group'));
  }

  onStatistics({ seconds, samples, collectives, bytes, milliseconds }: StatisticsMessage): void {
    const { attempts, token, figures, metrics, log } = this.#wiring;
    const before = this.#figures;
    this.#figures = {
      ...figures,
      seconds,
      samplesPerSecond: samples === null || seconds === 0 ? null : samples / seconds,
      collectives,
      bytes,
      allReduceSeconds: milliseconds / 1000,
    };
    metrics.allReduces.inc(collectives - (before?.collectives ?? 0));
    metrics.allReduceBytes.inc(bytes - (before?.bytes ?? 0));
    metrics.allReduceSeconds.inc(this.#figures.allReduceSeconds - (before?.allReduceSeconds ?? 0));
    attempts.recordRank(token, this.#figures).catch((error: unknown) => log.warn({ err: error }, 'the figures of a rank are lost'));
  }

  /** How it began, for the trial's log. */
  get begun(): string {
    const { rank, worldSize, host, slot } = this.#wiring.figures;
    return `Lockstep: rank ${rank} of ${worldSize}, generation ${this.#wiring.token.attempt}, on ${host}, slot ${slot}`;
  }

  /** How it went, for the trial's log; undefined where it never came to training. */
  get ended(): string | undefined {
    if (this.#figures === undefined) return undefined;
    const { seconds, samplesPerSecond, collectives, bytes, allReduceSeconds } = this.#figures;
    const speed = samplesPerSecond === null ? '' : `, ${Math.round(samplesPerSecond)} samples/s`;
    const sent = `${(bytes / 1e6).toFixed(1)} MB sent`;
    return `Lockstep: ${collectives} all-reduces, ${sent}, ${allReduceSeconds.toFixed(1)} s of ${seconds.toFixed(1)} s${speed}`;
  }

  async #connect(address: string): Promise<void> {
    const { seat, child, joinMs } = this.#wiring;
    await seat.say({ address });
    const addresses = await seat.until(addressesOfAll, joinMs);
    if (addresses !== undefined) child.tell({ type: 'connect', addresses });
    else await seat.closeGroup('not all ranks have joined it in time');
  }
}

function addressesOfAll({ addresses }: GroupRecord): readonly string[] | undefined {
  const known = addresses.filter((address) => address !== null);
  return known.length === addresses.length ? known : undefined;
}
