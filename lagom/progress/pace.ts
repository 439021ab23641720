/** How fast trials end, by those of the last minute or two, and how long the rest will take at that. */

interface Moment {
  readonly at: number;
  readonly ended: number;
}

const WINDOW_MS = 120_000;

export class Pace {
  readonly #moments: Moment[] = [];

  /** @param at ms of any clock that never goes back */
  note(at: number, ended: number): void {
    this.#moments.push({ at, ended });
    // One from before the window stays, so that it is never empty.
    while (this.#moments.length > 2 && at - (this.#moments[1]?.at ?? at) > WINDOW_MS) this.#moments.shift();
  }

  /** Undefined until one has ended since the first note. */
  get perMinute(): number | undefined {
    const [first, last] = [this.#moments[0], this.#moments.at(-1)];
    if (first === undefined || last === undefined || last.ended === first.ended) return undefined;
    return ((last.ended - first.ended) / (last.at - first.at)) * 60_000;
  }

  minutesFor(trials: number): number | undefined {
    const { perMinute } = this;
    return perMinute === undefined ? undefined : trials / perMinute;
  }
}
