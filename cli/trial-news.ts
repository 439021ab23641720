/**
 * The trials of an experiment that have ended since one last asked. Pages all of whose trials have ended are not read again, so that
 * asking costs no more after 100,000 trials than after a hundred.
 */
import type { MaggyClient } from '../client/client.ts';
import type { TrialRow } from '../core/results.ts';
import { isFinal } from '../core/states.ts';

const PAGE = 500;

/** Where a page begins: behind a cursor, or at the first trial. */
type Place = string | null;

export class TrialNews {
  readonly #client: MaggyClient;
  readonly #experiment: string;
  readonly #told = new Set<number>();
  #open: Place[] = [null];

  constructor(client: MaggyClient, experiment: string) {
    this.#client = client;
    this.#experiment = experiment;
  }

  async next(): Promise<TrialRow[]> {
    const ended: TrialRow[] = [];
    const open: Place[] = [];
    const places = [...this.#open];
    for (let place = places.shift(); place !== undefined; place = places.shift()) {
      const { items, nextCursor } = await this.#page(place);
      ended.push(...items.filter(({ state, number }) => isFinal(state) && !this.#told.has(number)));
      const isLast = nextCursor === null;
      if (isLast || items.some(({ state }) => !isFinal(state))) open.push(place);
      if (!isLast && places.length === 0) places.push(nextCursor);
    }
    for (const { number } of ended) this.#told.add(number);
    this.#open = open;
    return ended;
  }

  async #page(place: Place): Promise<{ readonly items: readonly TrialRow[]; readonly nextCursor: string | null }> {
    return this.#client.trialPage(this.#experiment, { limit: PAGE, ...(place === null ? {} : { cursor: place }) });
  }
}
