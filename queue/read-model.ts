/**
 * Reads what the optimizer published: rows of trials by index, without loading them all, and the result document. What
 * only curves and guards know of a running trial (last step, last value) is laid over its row here.
 */
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { MetricsSchema, type Metrics } from '../core/events.ts';
import { RankFigures, ResultDocument, TrialRow, type TrialGroup } from '../core/results.ts';
import type { Direction, State } from '../core/states.ts';
import type { ExperimentKeys, Keys } from './keys.ts';
import { recordReader } from './records.ts';
import { runScript } from './scripts.ts';

export type TrialSort = 'number' | 'value' | 'duration';

/** Where a trial stands in a sorted list: what it is sorted by, and its number. It may have left that place since. */
export interface TrialPlace {
  readonly key: number;
  readonly number: number;
}

/** Trials without the value sorted by are not in the list; running ones have a value, their last report, only among `running`. */
export interface TrialQuery {
  readonly state?: State;
  readonly sort: TrialSort;
  /** Of what is sorted by; equal ones come by number, the lowest first, either way. */
  readonly order: 'ascending' | 'descending';
  /** The page begins behind this place. */
  readonly after?: TrialPlace;
  readonly limit: number;
}

export interface TrialPage {
  readonly rows: readonly TrialRow[];
  /** Behind which the next page begins; null on the last page. */
  readonly next: TrialPlace | null;
}

/** One report of a curve, in the user's sign; `at` is Redis time in ms since 1970. */
export interface CurvePoint {
  readonly attempt: number;
  readonly step: number;
  readonly value: number;
  readonly at: number;
  readonly metrics: Metrics;
}

/** A trial as its guard has it: what the fold does not carry. */
export interface TrialGuard {
  readonly lastStep: number;
  readonly lastValue: number | null;
  readonly reports: number;
  readonly provenance: Readonly<Record<string, unknown>> | null;
}

const ArtefactRecord = Type.Object(
  {
    kind: Type.Enum(['checkpoint', 'model']),
    /** Name in the checkpoint store. */
    id: Type.String(),
    step: Type.Integer({ minimum: 0 }),
    attempt: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);
export type Artefact = Static<typeof ArtefactRecord>;
const readArtefact = recordReader(ArtefactRecord);

const parseProvenance = recordReader(Type.Record(Type.String(), Type.Unknown()));
const parseRank = recordReader(RankFigures);
const parseRow = recordReader(TrialRow);
const parseResult = recordReader(ResultDocument);
const parseReport = recordReader(Type.Tuple([Type.Integer(), Type.Integer(), Type.Number(), Type.Integer(), MetricsSchema]));

/** Rows or reports read at a time. */
const ROWS = 1000;

export class ReadModel {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** The result as last published; null before an optimizer took the experiment up. */
  async result(experiment: string): Promise<ResultDocument | null> {
    const key = this.#keys.of(experiment).result;
    const text = await this.#redis.get(key);
    return text === null ? null : parseResult(text, key);
  }

  /** Results of several experiments, in the order given. */
  async results(experiments: readonly string[]): Promise<(ResultDocument | null)[]> {
    return Promise.all(experiments.map((id) => this.result(id)));
  }

  /** The position of the log that the read model has reached; 0 before it was first written. */
  async position(experiment: string): Promise<number> {
    return Number((await this.#redis.get(this.#keys.of(experiment).position)) ?? 0);
  }

  async trials(experiment: string, query: TrialQuery): Promise<TrialPage> {
    const keys = this.#keys.of(experiment);
    const found = await this.#places(keys, { ...query, limit: query.limit + 1 });
    const places = found.slice(0, query.limit);
    if (places.length === 0) return { rows: [], next: null };
    const texts = await this.#redis.hmget(keys.rows, ...places.map(({ number }) => String(number)));
    const rows = texts.flatMap((text, i) => (text === null ? [] : [parseRow(text, `${keys.rows} ${String(places[i]?.number)}`)]));
    return { rows: await this.#overlay(keys, rows), next: found.length > places.length ? (places.at(-1) ?? null) : null };
  }

  /** All trials by number, read in pages, so that nobody holds them all who does not want to. */
  async *allTrials(experiment: string): AsyncGenerator<TrialRow, void, undefined> {
    let after: TrialPlace | null = null;
    do {
      const place: { after?: TrialPlace } = after === null ? {} : { after };
      const page = await this.trials(experiment, { sort: 'number', order: 'ascending', limit: ROWS, ...place });
      yield* page.rows;
      after = page.next;
    } while (after !== null);
  }

  /** The trial with the best value among those of one state, the first of equal ones; null where none has any. */
  async best(experiment: string, state: State, direction: Direction): Promise<TrialRow | null> {
    const order = direction === 'minimize' ? 'ascending' : 'descending';
    let after: TrialPlace | null = null;
    do {
      // More than one: of a trial that has only just started there may be a report and no row yet.
      const page: TrialPage = await this.trials(experiment, {
        state,
        sort: 'value',
        order,
        limit: 10,
        ...(after === null ? {} : { after }),
      });
      const best = page.rows.find(({ value }) => value !== null);
      if (best !== undefined) return best;
      after = page.next;
    } while (after !== null);
    return null;
  }

  async #places(keys: ExperimentKeys, { state, sort, order, after, limit }: TrialQuery): Promise<TrialPlace[]> {
    const behind = after === undefined ? ['', ''] : [after.key, after.number];
    const { rest } = await runScript(this.#redis, 'page', keys.guard, [state ?? 'all', sort, order, limit, ...behind]);
    const places: TrialPlace[] = [];
    for (let i = 0; i < rest.length; i += 2) places.push({ number: Number(rest[i]), key: Number(rest[i + 1]) });
    const sign = order === 'ascending' ? 1 : -1;
    return places.sort((a, b) => sign * (a.key - b.key) || a.number - b.number);
  }

  async trial(experiment: string, number: number): Promise<TrialRow | null> {
    const keys = this.#keys.of(experiment);
    const text = await this.#redis.hget(keys.rows, String(number));
    if (text === null) return null;
    const [row] = await this.#overlay(keys, [parseRow(text, `${keys.rows} ${String(number)}`)]);
    return row ?? null;
  }

  /** Rows of these trials; those that were not published yet are left out. */
  async rows(experiment: string, numbers: readonly number[]): Promise<TrialRow[]> {
    const keys = this.#keys.of(experiment);
    const rows: TrialRow[] = [];
    for (let start = 0; start < numbers.length; start += ROWS) {
      const some = numbers.slice(start, start + ROWS);
      const texts = await this.#redis.hmget(keys.rows, ...some.map(String));
      rows.push(...texts.flatMap((text, i) => (text === null ? [] : [parseRow(text, `${keys.rows} ${String(some[i])}`)])));
    }
    return this.#overlay(keys, rows);
  }

  async trialGuard(experiment: string, number: number): Promise<TrialGuard> {
    const key = this.#keys.of(experiment).trial(number);
    const [lastStep, lastValue, reports, provenance] = await this.#redis.hmget(key, 'lastStep', 'lastValue', 'reports', 'provenance');
    return {
      lastStep: Number(lastStep ?? 0),
      lastValue: lastValue == null ? null : Number(lastValue),
      reports: Number(reports ?? 0),
      provenance: provenance == null ? null : parseProvenance(provenance, key),
    };
  }

  /** Step of a trial's last report, and of the last of the attempt that runs or ran last; 0 before the first. */
  async lastSteps(experiment: string, number: number): Promise<{ readonly ofTrial: number; readonly ofAttempt: number }> {
    const [ofTrial, ofAttempt] = await this.#redis.hmget(this.#keys.of(experiment).trial(number), 'lastStep', 'attemptStep');
    return { ofTrial: Number(ofTrial ?? 0), ofAttempt: Number(ofAttempt ?? 0) };
  }

  /** Reports of a trial in the order of arrival, `limit` at most from the one at `from` on; steps repeat where a later attempt went over them again. */
  async curve(experiment: string, number: number, from = 0, limit = Infinity): Promise<CurvePoint[]> {
    const key = this.#keys.of(experiment).curve(number);
    const rows = await this.#redis.lrange(key, from, limit === Infinity ? -1 : from + limit - 1);
    return rows.map((text) => {
      const [attempt, step, value, at, metrics] = parseReport(text, key);
      return { attempt, step, value, at, metrics };
    });
  }

  /** All reports of a trial in the order of arrival, a page at a time: a curve may have a million. */
  async *curvePages(experiment: string, number: number): AsyncGenerator<readonly CurvePoint[], void, undefined> {
    let page: readonly CurvePoint[];
    let from = 0;
    do {
      page = await this.curve(experiment, number, from, ROWS);
      yield page;
      from += page.length;
    } while (page.length === ROWS);
  }

  /** The last lines that a trial printed. */
  async output(experiment: string, number: number): Promise<string[]> {
    return this.#redis.lrange(this.#keys.of(experiment).output(number), 0, -1);
  }

  /** The lockstep group of a trial's last attempt; null where none has begun. */
  async group(experiment: string, number: number): Promise<TrialGroup | null> {
    const key = this.#keys.of(experiment).group(number);
    const { generation, ...records } = await this.#redis.hgetall(key);
    if (generation === undefined) return null;
    const ranks = Object.values(records)
      .map((text) => parseRank(text, key))
      .sort((a, b) => a.rank - b.rank);
    const known = ranks.flatMap(({ samplesPerSecond }) => samplesPerSecond ?? []);
    return {
      generation: Number(generation),
      worldSize: ranks[0]?.worldSize ?? 1,
      samplesPerSecond: known.length === 0 ? null : known.reduce((sum, rate) => sum + rate, 0),
      ranks,
    };
  }

  async artefacts(experiment: string, number: number): Promise<Artefact[]> {
    const key = this.#keys.of(experiment).artefacts(number);
    const records = await this.#redis.lrange(key, 0, -1);
    return records.map((text) => readArtefact(text, key));
  }

  async #overlay(keys: ExperimentKeys, rows: readonly TrialRow[]): Promise<TrialRow[]> {
    return Promise.all(
      rows.map(async (row) => {
        if (row.state !== 'running') return row;
        const [lastStep, lastValue, reports] = await this.#redis.hmget(keys.trial(row.number), 'lastStep', 'lastValue', 'reports');
        return {
          ...row,
          lastStep: Number(lastStep ?? row.lastStep),
          value: lastValue == null ? row.value : Number(lastValue),
          reports: Number(reports ?? row.reports),
        };
      }),
    );
  }
}
