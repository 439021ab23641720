/** How the best value went, as trials completed: kept as its improvements, and read at evenly spaced trials. */
import { flipSign, type Direction } from '../../core/states.ts';

interface Improvement {
  /** Trials that had completed by then, this one included. */
  readonly completed: number;
  readonly value: number;
}

export class BestSoFar {
  readonly #direction: Direction;
  readonly #improvements: Improvement[] = [];
  #completed = 0;

  constructor(direction: Direction) {
    this.#direction = direction;
  }

  add(value: number): void {
    this.#completed += 1;
    const best = this.#improvements.at(-1);
    if (best === undefined || flipSign(this.#direction, value) < flipSign(this.#direction, best.value))
      this.#improvements.push({ completed: this.#completed, value });
  }

  /** At most `width` values, the last of them the best of all. */
  series(width: number): number[] {
    const count = Math.min(width, this.#completed);
    let at = 0;
    return Array.from({ length: count }, (_, place) => {
      const completed = Math.ceil(((place + 1) * this.#completed) / count);
      while ((this.#improvements[at + 1]?.completed ?? Infinity) <= completed) at += 1;
      return this.#improvements[at]?.value ?? Number.NaN;
    });
  }
}
