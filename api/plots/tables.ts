/**
 * The trials of experiments as columns, kept in the thread of plots and brought up to date by what the log says has changed. Rows are read
 * once; the part of the log before that only where segments are asked for.
 */
import { MaggyError } from '../../core/errors.ts';
import type { LogEvent } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import { SegmentBook } from '../../analysis/plots/segments.ts';
import { TrialTable } from '../../analysis/plots/table.ts';
import type { connect } from '../../queue/connection.ts';
import type { Keys } from '../../queue/keys.ts';
import { readLog } from '../../queue/log.ts';
import type { ReadModel } from '../../queue/read-model.ts';

const kept = 8;
const PAGE = 1000;

export interface Kept {
  readonly specification: Specification;
  readonly table: TrialTable;
  /** The log entry that the table has reached, and its nonce: proof that it is still the same log. */
  position: number;
  nonce: string;
  book: { readonly segments: SegmentBook; position: number } | null;
  /** The last list of trials asked for: whoever scrolls asks for one stretch of it after another. */
  list: { readonly position: number; readonly query: string; readonly numbers: readonly number[] } | null;
}

export class Tables {
  readonly #redis: ReturnType<typeof connect>;
  readonly #keys: Keys;
  readonly #readModel: ReadModel;
  readonly #known = new Map<string, Promise<Kept>>();

  constructor(redis: ReturnType<typeof connect>, keys: Keys, readModel: ReadModel) {
    this.#redis = redis;
    this.#keys = keys;
    this.#readModel = readModel;
  }

  /** With everything up to a position. Requests for one experiment take turns. */
  async get(experiment: string, position: number): Promise<Kept> {
    const before = this.#known.get(experiment);
    const next = this.#advance(experiment, before, position);
    this.#known.delete(experiment);
    this.#known.set(experiment, next);
    const [oldest] = this.#known.keys();
    if (this.#known.size > kept && oldest !== undefined) this.#known.delete(oldest);
    next.catch(() => this.#known.get(experiment) === next && this.#known.delete(experiment));
    return next;
  }

  async segments(experiment: string, held: Kept): Promise<SegmentBook> {
    held.book ??= { segments: new SegmentBook(held.table.direction), position: 0 };
    const { book } = held;
    while (book.position < held.position) {
      const entries = await readLog(this.#redis, this.#keys, experiment, book.position, PAGE);
      // Another request may have folded these meanwhile.
      for (const { event } of entries) {
        if (event.seq !== book.position + 1) continue;
        book.segments.apply(event);
        book.position = event.seq;
      }
      if (entries.length === 0) break;
    }
    return book.segments;
  }

  /** Numbers of trials, computed where another list or an older one is at hand. */
  listed(held: Kept, query: string, compute: () => readonly number[]): readonly number[] {
    if (held.list?.query !== query || held.list.position !== held.position)
      held.list = { position: held.position, query, numbers: compute() };
    return held.list.numbers;
  }

  async #advance(experiment: string, before: Promise<Kept> | undefined, position: number): Promise<Kept> {
    const held = await before?.catch(() => undefined);
    if (held === undefined || !(await this.#isSameLog(experiment, held))) return this.#load(experiment, position);
    const changed = new Set<number>();
    while (held.position < position) {
      // No further than the read model has come: of what follows, the rows are not there yet.
      const entries = await readLog(this.#redis, this.#keys, experiment, held.position, Math.min(PAGE, position - held.position));
      const last = entries.at(-1);
      if (last === undefined) break;
      for (const { event } of entries) for (const trial of trialsOf(event)) changed.add(trial);
      held.position = last.event.seq;
      held.nonce = last.nonce;
    }
    for (const row of await this.#readModel.rows(experiment, [...changed])) held.table.set(row);
    return held;
  }

  async #isSameLog(experiment: string, { position, nonce }: Kept): Promise<boolean> {
    const [entry] = await readLog(this.#redis, this.#keys, experiment, position - 1, 1);
    return entry?.event.seq === position && entry.nonce === nonce;
  }

  async #load(experiment: string, position: number): Promise<Kept> {
    const [first] = await readLog(this.#redis, this.#keys, experiment, 0, 1);
    const [last] = position > 1 ? await readLog(this.#redis, this.#keys, experiment, position - 1, 1) : [first];
    if (first?.event.type !== 'submitted' || last === undefined)
      throw new MaggyError('corrupt', `${this.#keys.of(experiment).log} has no beginning`);
    const { specification } = first.event;
    const table = new TrialTable(specification.space, specification.direction);
    for await (const row of this.#readModel.allTrials(experiment)) table.set(row);
    return { specification, table, position: last.event.seq, nonce: last.nonce, book: null, list: null };
  }
}

function trialsOf(event: LogEvent): readonly number[] {
  return 'trial' in event ? [event.trial] : [];
}
