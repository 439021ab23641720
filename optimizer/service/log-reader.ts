/**
 * Keeps an engine up to date with its log: the snapshot, if it belongs to this log, and the tail; from there on what is heard
 * as it is written, so that nothing needs to be asked for; and the log itself where something was missed. Decides nothing.
 *
 * What is heard may be lost again by a Redis that restarts. So the reader keeps the nonces of what it has folded since the log was
 * last seen to hold it (`folded`), and whoever reads on or commits demands that all of it is still there.
 */
import { MaggyError } from '../../core/errors.ts';
import type { LogEvent } from '../../core/events.ts';
import { Superseded, type Folded } from '../../queue/decisions.ts';
import type { ExperimentRecords } from '../../queue/experiment-records.ts';
import type { LogEntry } from '../../queue/log.ts';
import type { Algorithms } from '../algorithms.ts';
import { Engine } from '../engine/engine.ts';
import { readSnapshot, writeSnapshot } from '../engine/snapshot.ts';

const PAGE = 1000;
/** The log is read though nothing seems to be missing: what was heard last may not have been the last. */
const READ_MS = 500;

export class LogReader {
  readonly engine: Engine;
  /** Entry with which folding began: that of the snapshot, or 1. */
  readonly foldedFrom: number;
  readonly #records: ExperimentRecords;
  readonly #now: () => number;
  /** Of the entries folded since the log was seen to hold the first of them. */
  #nonces: string[];
  /** Heard, and not folded yet. */
  #hints: string[] = [];
  #readAt = -Infinity;
  readonly #followers: ((event: LogEvent) => void)[] = [];

  /**
   * @param nonce of the last entry that the engine has folded
   * @param now a monotonic clock, ms
   */
  constructor(records: ExperimentRecords, engine: Engine, nonce: string, now: () => number) {
    this.#records = records;
    this.#now = now;
    this.engine = engine;
    this.foldedFrom = engine.state.seq;
    this.#nonces = [nonce];
  }

  /** An engine that has folded the log to its end. */
  static async recover(records: ExperimentRecords, algorithms: Algorithms, now = () => performance.now()): Promise<LogReader> {
    const { engine, nonce } = (await fromSnapshot(records, algorithms)) ?? (await fromStart(records, algorithms));
    const reader = new LogReader(records, engine, nonce, now);
    await reader.#read();
    return reader;
  }

  /** What the log must hold for the state to be true. */
  get folded(): Folded {
    return { seq: this.engine.state.seq, nonces: this.#nonces };
  }

  /** Tells this listener too of each event as it is folded, from now on. */
  follow(listener: (event: LogEvent) => void): void {
    this.#followers.push(listener);
  }

  /** A hint with what was written to the log; it is folded at the next `catchUp`. */
  hear(hint: string): void {
    this.#hints.push(hint);
  }

  /** Something may have been written that was not heard: the next `catchUp` asks the log. */
  missed(): void {
    this.#readAt = -Infinity;
  }

  /**
   * Folds what the log holds beyond the engine.
   * @throws {Superseded} `behind` when what was folded is not in the log any more: Redis lost it, and what is there now is another log
   */
  async catchUp(): Promise<void> {
    const hints = this.#hints;
    this.#hints = [];
    const isWhole = this.#nonces.length + hints.length < PAGE && hints.every((hint) => this.#fold(this.#heard(hint)));
    if (!isWhole || this.#now() - this.#readAt >= READ_MS) await this.#read();
  }

  /** Folds what a commit answered: the log after what was folded, all of which the commit has found there. */
  committed(entries: readonly LogEntry[]): void {
    if (!this.#fold(entries)) this.missed();
    this.#nonces = this.#nonces.slice(-1);
  }

  /** A snapshot of the state; null while the log has not been seen to hold all of it. */
  snapshot(): string | null {
    const [nonce, ...heard] = this.#nonces;
    return nonce === undefined || heard.length > 0 ? null : writeSnapshot(this.engine.state, nonce);
  }

  #heard(hint: string): readonly LogEntry[] {
    return this.#records.entriesIn(hint, this.engine.state.seq);
  }

  async #read(): Promise<void> {
    for (;;) {
      const { seq, nonces } = this.folded;
      const entries = await this.#records.readLog(seq - nonces.length, PAGE);
      if (nonces.some((nonce, i) => entries[i]?.nonce !== nonce)) throw new Superseded('behind');
      for (const entry of entries.slice(nonces.length)) this.#apply(entry);
      this.#nonces = this.#nonces.slice(-1);
      if (entries.length < PAGE) break;
    }
    this.#readAt = this.#now();
  }

  /** Folds entries up to the first one that does not follow; false where there is one. */
  #fold(entries: readonly LogEntry[]): boolean {
    const { state } = this.engine;
    for (const entry of entries) {
      if (entry.event.seq !== state.seq + 1) return false;
      this.#apply(entry);
    }
    return true;
  }

  #apply({ event, nonce }: LogEntry): void {
    this.engine.apply(event);
    for (const follow of this.#followers) follow(event);
    this.#nonces.push(nonce);
  }
}

/** An engine, and the nonce of the last entry that it has folded. */
interface Beginning {
  readonly engine: Engine;
  readonly nonce: string;
}

async function fromSnapshot(records: ExperimentRecords, algorithms: Algorithms): Promise<Beginning | null> {
  const text = await records.snapshot();
  const snapshot = text === null ? null : readSnapshot(text);
  if (snapshot === null) return null;
  const [entry] = await records.readLog(snapshot.state.seq - 1, 1);
  if (entry?.event.seq !== snapshot.state.seq || entry.nonce !== snapshot.nonce) return null;
  return { engine: Engine.restore(snapshot.state, algorithms), nonce: snapshot.nonce };
}

async function fromStart(records: ExperimentRecords, algorithms: Algorithms): Promise<Beginning> {
  const [first] = await records.readLog(0, 1);
  if (first === undefined) throw new MaggyError('corrupt', 'the experiment has no log');
  return { engine: Engine.begin(first.event, algorithms), nonce: first.nonce };
}
