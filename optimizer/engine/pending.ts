/**
 * The trials that are suggested and neither over nor paused, kept in the order of their numbers: samplers look at all of them at every
 * suggestion, and thousands may run.
 */
import type { Params } from '../../core/space.ts';

export class PendingTrials {
  readonly #numbers: number[] = [];
  readonly #params: Params[] = [];

  get numbers(): readonly number[] {
    return this.#numbers;
  }

  get params(): readonly Params[] {
    return this.#params;
  }

  add(number: number, params: Params): void {
    const place = this.#placeOf(number);
    const others = this.#numbers[place] === number ? 1 : 0;
    this.#numbers.splice(place, others, number);
    this.#params.splice(place, others, params);
  }

  delete(number: number): void {
    const place = this.#placeOf(number);
    if (this.#numbers[place] !== number) return;
    this.#numbers.splice(place, 1);
    this.#params.splice(place, 1);
  }

  /** Where the number is, or would be. */
  #placeOf(number: number): number {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] ?? Infinity) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
