/**
 * Datasets that this process has loaded, one for each (training function, seed, options), so that a warm trial process loads once for
 * all its trials of an experiment. Concurrent calls share one load; a failed load is forgotten. Cached tensors outlive their trial on
 * purpose: whoever looks for leaks subtracts `tensorCount`. Each experiment has a seed of its own, so whoever serves many trims.
 */
import { canonicalJson } from './plain-json.ts';
import { tf } from './tf.ts';

interface Entry {
  readonly loading: Promise<unknown>;
  /** Known once it is loaded. */
  tensors: readonly tf.Tensor[];
  /** Grows with every use of any entry. */
  usedAt: number;
}

class DatasetCache {
  readonly #entries = new Map<object, Map<string, Entry>>();
  #tensorCount = 0;
  #uses = 0;
  #loads = 0;
  #tensorsBefore = 0;

  /** Live tensors that came to be while datasets were loading, and belong to them. */
  get tensorCount(): number {
    let count = this.#tensorCount;
    for (const { tensors } of this.#all()) count -= tensors.filter((tensor) => tensor.isDisposed).length;
    return count;
  }

  /**
   * The data of `owner` for this seed and these options (plain JSON), loaded by `load` where it is not there, or where a trial has
   * disposed of its tensors in the meantime. One owner's data has one type, that of its `load`.
   */
  get<Data>(owner: object, identity: object, load: () => Promise<Data>): Promise<Data>;
  get(owner: object, identity: object, load: () => Promise<unknown>): Promise<unknown> {
    const entries = this.#entries.get(owner) ?? new Map<string, Entry>();
    this.#entries.set(owner, entries);
    const key = canonicalJson(identity);
    const cached = entries.get(key);
    this.#uses += 1;
    if (cached?.tensors.some((tensor) => tensor.isDisposed) === false) {
      cached.usedAt = this.#uses;
      return cached.loading;
    }
    if (cached !== undefined) this.#release(cached);
    const entry: Entry = { loading: this.#counting(load), tensors: [], usedAt: this.#uses };
    entries.set(key, entry);
    entry.loading.then(
      (data) => (entry.tensors = tensorsIn(data)),
      () => entries.get(key) === entry && entries.delete(key),
    );
    return entry.loading;
  }

  /** Forgets all but the `most` datasets that were used last and frees their tensors. No trial may be running. */
  trim(most: number): void {
    const newest = [...this.#all()].sort((a, b) => b.usedAt - a.usedAt);
    const old = new Set(newest.slice(most));
    for (const [owner, entries] of this.#entries) {
      for (const [key, entry] of entries) if (old.has(entry)) entries.delete(key);
      if (entries.size === 0) this.#entries.delete(owner);
    }
    for (const entry of old) this.#release(entry);
  }

  /** Forgets everything. No trial may be running. */
  clear(): void {
    this.trim(0);
    this.#tensorCount = 0;
  }

  *#all(): Iterable<Entry> {
    for (const entries of this.#entries.values()) yield* entries.values();
  }

  #release({ tensors }: Entry): void {
    this.#tensorCount -= tensors.length;
    tf.dispose([...tensors]);
  }

  /** Loads that overlap are counted together, from the start of the first to the end of the last. */
  async #counting(load: () => Promise<unknown>): Promise<unknown> {
    if (this.#loads === 0) this.#tensorsBefore = tf.engine().state.numTensors;
    this.#loads += 1;
    try {
      return await load();
    } finally {
      this.#loads -= 1;
      if (this.#loads === 0) this.#tensorCount += tf.engine().state.numTensors - this.#tensorsBefore;
    }
  }
}

/** The cache of this process. */
export const datasetCache = new DatasetCache();

function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}

/** The tensors within a value: itself, in arrays, plain objects and maps. What a `tf.data` pipeline closes over is out of reach. */
export function tensorsIn(value: unknown, seen = new Set<unknown>()): tf.Tensor[] {
  if (isTensor(value)) return [value];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return [];
  seen.add(value);
  // An array of numbers a million long holds no tensor, and one look tells.
  if (Array.isArray(value) && typeof value[0] === 'number') return [];
  const items: unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  return items.flatMap((item) => tensorsIn(item, seen));
}
