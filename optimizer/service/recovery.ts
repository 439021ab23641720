/** Brings an engine up to date: the snapshot, if it belongs to this log, and the tail; else the whole log. Decides nothing. */
import { MaggyError } from '../../core/errors.ts';
import { Superseded } from '../../queue/decisions.ts';
import type { ExperimentRecords } from '../../queue/experiment-records.ts';
import type { Algorithms } from '../algorithms.ts';
import { Engine } from '../engine/engine.ts';
import { readSnapshot } from '../engine/snapshot.ts';

const PAGE = 1000;

/** An engine and the nonce of the last entry it has folded. */
export interface Reader {
  readonly engine: Engine;
  nonce: string;
  /** Entry with which folding began: that of the snapshot, or 1. */
  readonly foldedFrom: number;
}

export async function recover(records: ExperimentRecords, algorithms: Algorithms): Promise<Reader> {
  const reader = (await fromSnapshot(records, algorithms)) ?? (await fromStart(records, algorithms));
  await catchUp(records, reader);
  return reader;
}

/**
 * Folds what the log holds beyond the engine; answers how many entries that were.
 * @throws {Superseded} `behind` when the entry folded last is not in the log any more: Redis lost it, and what is there now is another log
 */
export async function catchUp(records: ExperimentRecords, reader: Reader): Promise<number> {
  let folded = 0;
  for (;;) {
    const [last, ...entries] = await records.readLog(reader.engine.state.seq - 1, PAGE);
    if (last?.event.seq !== reader.engine.state.seq || last.nonce !== reader.nonce) throw new Superseded('behind');
    for (const { event, nonce } of entries) {
      reader.engine.apply(event);
      reader.nonce = nonce;
    }
    folded += entries.length;
    if (entries.length < PAGE - 1) return folded;
  }
}

async function fromSnapshot(records: ExperimentRecords, algorithms: Algorithms): Promise<Reader | null> {
  const text = await records.snapshot();
  const snapshot = text === null ? null : readSnapshot(text);
  if (snapshot === null) return null;
  const [entry] = await records.readLog(snapshot.state.seq - 1, 1);
  if (entry?.event.seq !== snapshot.state.seq || entry.nonce !== snapshot.nonce) return null;
  return { engine: Engine.restore(snapshot.state, algorithms), nonce: snapshot.nonce, foldedFrom: snapshot.state.seq };
}

async function fromStart(records: ExperimentRecords, algorithms: Algorithms): Promise<Reader> {
  const [first] = await records.readLog(0, 1);
  if (first === undefined) throw new MaggyError('corrupt', 'the experiment has no log');
  return { engine: Engine.begin(first.event, algorithms), nonce: first.nonce, foldedFrom: 1 };
}
