/** Writes the read model from the fold: at most a few times a second, and at the end. */
import type { TrialRow } from '../../core/results.ts';
import type { State } from '../../core/states.ts';
import type { Tenure } from '../../queue/decisions.ts';
import type { Experiments } from '../../queue/experiments.ts';
import { experimentState, resultDocument, trialRow } from '../engine/views.ts';
import { trialOf } from '../engine/state.ts';
import type { LogReader } from './log-reader.ts';

const PAGE = 500;

export class Publisher {
  readonly #reader: LogReader;
  readonly #tenure: Tenure;
  readonly #experiments: Experiments;
  #changed = new Set<number>();
  #position = 0;
  #waitingFor: string | null = null;
  #state: State | null = null;

  /** @param published position that the read model has reached; everything is written anew where it lies before what was folded on */
  constructor(reader: LogReader, tenure: Tenure, experiments: Experiments, published: number) {
    this.#reader = reader;
    this.#tenure = tenure;
    this.#experiments = experiments;
    if (published < reader.foldedFrom) for (const { number } of reader.engine.state.trials) this.#changed.add(number);
  }

  /** Whether there is something that users have not been told. */
  isDue(waitingFor: string | null): boolean {
    return this.#reader.engine.state.seq !== this.#position || waitingFor !== this.#waitingFor;
  }

  async publish(now: number, waitingFor: string | null): Promise<void> {
    const { engine, folded } = this.#reader;
    const { state } = engine;
    for (const number of engine.takeChanged()) this.#changed.add(number);
    const numbers = [...this.#changed].sort((a, b) => a - b);
    const result = resultDocument(state, now, waitingFor);
    const position = state.seq;
    for (let start = 0; start === 0 || start < numbers.length; start += PAGE) {
      const rows: TrialRow[] = numbers.slice(start, start + PAGE).map((number) => trialRow(trialOf(state, number)));
      const isLast = start + PAGE >= numbers.length;
      // Readers take the position for a promise that everything up to it can be read, so it moves with the last page.
      await this.#tenure.publish(isLast ? position : this.#position, result, rows, folded);
    }
    this.#changed.clear();
    this.#position = position;
    this.#waitingFor = waitingFor;
    await this.#recordState(experimentState(state));
  }

  async #recordState(state: State): Promise<void> {
    if (state === this.#state) return;
    await this.#experiments.recordState(this.#reader.engine.state.specification.id, state);
    this.#state = state;
  }
}
