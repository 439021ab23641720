/** Writes the read model from the fold: at most a few times a second, and at the end. */
import type { TrialRow } from '../../core/results.ts';
import type { State } from '../../core/states.ts';
import type { Tenure } from '../../queue/decisions.ts';
import type { Experiments } from '../../queue/experiments.ts';
import type { Engine } from '../engine/engine.ts';
import { experimentState, resultDocument, trialRow } from '../engine/views.ts';
import { trialOf } from '../engine/state.ts';

const PAGE = 500;

export class Publisher {
  readonly #engine: Engine;
  readonly #tenure: Tenure;
  readonly #experiments: Experiments;
  #changed = new Set<number>();
  #position = 0;
  #waitingFor: string | null = null;
  #state: State | null = null;

  /** @param published position that the read model has reached; everything is written anew where it lies before what was folded on */
  constructor(engine: Engine, tenure: Tenure, experiments: Experiments, published: number, foldedFrom: number) {
    this.#engine = engine;
    this.#tenure = tenure;
    this.#experiments = experiments;
    if (published < foldedFrom) for (const { number } of engine.state.trials) this.#changed.add(number);
  }

  /** Whether there is something that users have not been told. */
  isDue(waitingFor: string | null): boolean {
    return this.#engine.state.seq !== this.#position || waitingFor !== this.#waitingFor;
  }

  async publish(now: number, waitingFor: string | null): Promise<void> {
    const { state } = this.#engine;
    for (const number of this.#engine.takeChanged()) this.#changed.add(number);
    const numbers = [...this.#changed].sort((a, b) => a - b);
    const result = resultDocument(state, now, waitingFor);
    const position = state.seq;
    for (let start = 0; start === 0 || start < numbers.length; start += PAGE) {
      const rows: TrialRow[] = numbers.slice(start, start + PAGE).map((number) => trialRow(trialOf(state, number)));
      const isLast = start + PAGE >= numbers.length;
      // Readers take the position for a promise that everything up to it can be read, so it moves with the last page.
      await this.#tenure.publish(isLast ? position : this.#position, result, rows);
    }
    this.#changed.clear();
    this.#position = position;
    this.#waitingFor = waitingFor;
    await this.#recordState(experimentState(state));
  }

  async #recordState(state: State): Promise<void> {
    if (state === this.#state) return;
    await this.#experiments.recordState(this.#engine.state.specification.id, state);
    this.#state = state;
  }
}
