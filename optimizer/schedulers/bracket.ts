/**
 * One bracket of asynchronous successive halving (Li et al. 2020, "A system for massively parallel hyperparameter tuning",
 * algorithm 2): at each rung the best 1/η of the trials seen there go on.
 *
 * `stop` decides once, when a trial arrives: it goes on if it is among the best so far, else it stops for good. `promote`
 * pauses it, and takes it up again when others have shown that it is among the best; a trial that is among them on arrival
 * goes on at once, since the free slot would only take it up again.
 *
 * A trial arrives at a rung with its first report at or beyond it, which need not be at the rung itself: training functions may report
 * every fifth epoch. Of several rungs that one report passes it counts at the highest.
 *
 * | symbol | meaning                                                   |
 * |--------|-----------------------------------------------------------|
 * | n      | trials seen at a rung                                     |
 * | k      | of them go on: ⌊n/η⌋; on arrival in `stop`, at least 1    |
 */
import type { Decision } from '../../core/states.ts';
import { Ranking } from './ranking.ts';
import type { Promoter, Promotion, Scheduler } from './scheduler.ts';

export type HalvingMode = 'stop' | 'promote';

interface Arrival {
  readonly step: number;
  readonly loss: number;
}

interface Rung {
  readonly step: number;
  readonly arrivals: Map<number, Arrival>;
  readonly ranking: Ranking;
  /** Paused here. */
  readonly waiting: Ranking;
}

export class Bracket implements Scheduler, Promoter {
  readonly promoter: Promoter | undefined;
  readonly #rungs: readonly Rung[];
  readonly #maxResource: number;
  readonly #reductionFactor: number;
  readonly #mode: HalvingMode;
  /** The step that each trial was last let go beyond. */
  readonly #wentBeyond = new Map<number, number>();

  /** @param rungs resources in rising order, the last of which completes a trial */
  constructor(rungs: readonly number[], reductionFactor: number, mode: HalvingMode) {
    const last = rungs.at(-1) ?? 0;
    this.#maxResource = last;
    this.#rungs = rungs.slice(0, -1).map((step) => ({ step, arrivals: new Map(), ranking: new Ranking(), waiting: new Ranking() }));
    this.#reductionFactor = reductionFactor;
    this.#mode = mode;
    this.promoter = mode === 'promote' ? this : undefined;
  }

  observe(trial: number, step: number, loss: number): void {
    const rung = this.#rungAt(step);
    if (rung === undefined || rung.arrivals.has(trial)) return;
    rung.arrivals.set(trial, { step, loss });
    rung.ranking.insert(trial, loss);
  }

  decide(trial: number, step: number): Decision {
    if (step > this.#maxResource) return 'stop';
    const rung = this.#rungAt(step);
    const arrival = rung?.arrivals.get(trial);
    // It had arrived before: a later report decides nothing here.
    if (rung === undefined || arrival?.step !== step) return 'continue';
    const { loss } = arrival;
    const places = this.#places(rung);
    if (this.#mode === 'promote') return rung.ranking.rank(trial, loss) < places ? 'continue' : 'pause';
    return rung.ranking.rank(trial, loss) < Math.max(1, places) ? 'continue' : 'stop';
  }

  goOn(trial: number, step: number): void {
    this.#wentBeyond.set(trial, step);
    this.leave(trial);
  }

  pause(trial: number, step: number): void {
    const rung = this.#rungAt(step);
    const arrival = rung?.arrivals.get(trial);
    if (arrival !== undefined) rung?.waiting.insert(trial, arrival.loss);
  }

  leave(trial: number): void {
    for (const { arrivals, waiting } of this.#rungs) waiting.remove(trial, arrivals.get(trial)?.loss ?? NaN);
  }

  segment(trial: number): number {
    const from = this.#wentBeyond.get(trial) ?? 0;
    if (this.#mode === 'stop') return this.#maxResource;
    return this.#rungs.find(({ step }) => step > from)?.step ?? this.#maxResource;
  }

  /** From the highest rung down: whoever is nearest to the end goes first. */
  promotions(): Promotion[] {
    const promoted: Promotion[] = [];
    let resource = this.#maxResource;
    for (const rung of this.#rungs.toReversed()) {
      const places = this.#places(rung);
      for (const { trial, loss } of rung.waiting) {
        if (rung.ranking.rank(trial, loss) >= places) break;
        promoted.push({ trial, resource });
      }
      resource = rung.step;
    }
    return promoted;
  }

  /** Whoever has had all there is is at no rung. */
  #rungAt(step: number): Rung | undefined {
    return step < this.#maxResource ? this.#rungs.findLast((rung) => rung.step <= step) : undefined;
  }

  #places({ ranking }: Rung): number {
    return Math.floor(ranking.length / this.#reductionFactor);
  }
}
