/** Writes the read model from the fold: at most a few times a second, and at the end. */
import type { State } from '../../core/states.ts';
import type { Tenure } from '../../queue/decisions.ts';
import type { Experiments } from '../../queue/experiments.ts';
import { resultDocument, trialRow } from '../engine/views.ts';
import { trialOf } from '../engine/state.ts';
import type { LogReader } from './log-reader.ts';

const PAGE = 500;

export class Publisher {
  readonly #reader: LogReader;
  readonly #tenure: Tenure;
  readonly #experiments: Experiments;
  #changed = new Set<number>();
  /** What this tenure has published last. */
  #published: { readonly position: number; readonly waitingFor: string | null } | null = null;
  #listed: State | null = null;

  /** @param published position that the read model has reached; everything is written anew where it lies before what was folded on */
  constructor(reader: LogReader, tenure: Tenure, experiments: Experiments, published: number) {
    this.#reader = reader;
    this.#tenure = tenure;
    this.#experiments = experiments;
    if (published < reader.foldedFrom) for (const { number } of reader.engine.state.trials) this.#changed.add(number);
  }

  /** Whether there is something that users have not been told. */
  isDue(waitingFor: string | null): boolean {
    const { seq } = this.#reader.engine.state;
    return this.#published?.position !== seq || waitingFor !== this.#published.waitingFor;
  }

  async publish(now: number, waitingFor: string | null): Promise<void> {
    const { engine, folded } = this.#reader;
    const { state } = engine;
    for (const number of engine.takeChanged()) this.#changed.add(number);
    const rows = [...this.#changed].sort((a, b) => a - b).map((number) => trialRow(trialOf(state, number)));
    const result = resultDocument(state, now, waitingFor);
    const position = state.seq;
    let start = 0;
    for (; start + PAGE < rows.length; start += PAGE) await this.#tenure.publishAhead(rows.slice(start, start + PAGE), folded);
    await this.#tenure.publish(position, result, rows.slice(start), folded);
    this.#changed.clear();
    this.#published = { position, waitingFor };
    if (result.state !== this.#listed) await this.list();
  }

  /** Puts the experiment into the list of the state that it was published in, wherever another optimizer's late word may have put it. */
  async list(): Promise<void> {
    this.#listed = await this.#experiments.relist(this.#reader.engine.state.specification.id);
  }
}
