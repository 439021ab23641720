/** Events in the order of their virtual time; of events at one time, the one that was pushed first comes first. A binary heap. */
interface Entry<Event> {
  readonly at: number;
  readonly order: number;
  readonly event: Event;
}

export class EventQueue<Event> {
  readonly #heap: Entry<Event>[] = [];
  #pushed = 0;

  push(at: number, event: Event): void {
    const entry = { at, order: this.#pushed++, event };
    let place = this.#heap.length;
    for (;;) {
      const above = (place - 1) >> 1;
      const parent = place === 0 ? undefined : this.#heap[above];
      if (parent === undefined || isBefore(parent, entry)) break;
      this.#heap[place] = parent;
      place = above;
    }
    this.#heap[place] = entry;
  }

  pop(): { readonly at: number; readonly event: Event } | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  /** Puts an entry in the place of the first. */
  #sink(entry: Entry<Event>): void {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [one, other] = [this.#heap[left], this.#heap[left + 1]];
      if (one === undefined) break;
      const isLeft = other === undefined || isBefore(one, other);
      const child = isLeft ? one : other;
      if (isBefore(entry, child)) break;
      this.#heap[place] = child;
      place = isLeft ? left : left + 1;
    }
    this.#heap[place] = entry;
  }
}

function isBefore<Event>(one: Entry<Event>, other: Entry<Event>): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
