/**
 * An experiment without an optimizer: the tests write its ready list, its tickets and its decisions themselves, through the
 * same scripts, and read what became of the trials.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import type { EventOf, EventType, LogEvent, ReadyEntry } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import type { Decision } from '../../core/states.ts';
import { Tenure, type Commit, type Folded } from '../../queue/decisions.ts';
import type { Keys } from '../../queue/keys.ts';
import { readLog } from '../../queue/log.ts';
import { runScript } from '../../queue/scripts.ts';
import { groupsQueueName, Tickets, ticketsQueueName } from '../../queue/tickets.ts';
import { readModuleSource } from '../../modules/source.ts';
import { testSpecification } from '../support/specification.ts';
import { until } from '../support/until.ts';

export const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

type Entry = Partial<ReadyEntry> & Pick<ReadyEntry, 'trial'>;
type Outcome = EventOf<'completed' | 'stopped' | 'paused' | 'failed'>;

export class TestExperiment {
  readonly id: string;
  readonly specification: Specification;
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #tickets: Tickets;
  readonly #tenure: Tenure;

  private constructor(redis: Redis, keys: Keys, specification: Specification, tenure: Tenure) {
    this.id = specification.id;
    this.specification = specification;
    this.#redis = redis;
    this.#keys = keys;
    this.#tickets = new Tickets(redis, keys, specification.lockstep === undefined ? ticketsQueueName : groupsQueueName);
    this.#tenure = tenure;
  }

  /** Submits an experiment with the training function of that name, in its file of that name, as it is now. */
  static async submit(
    redis: Redis,
    keys: Keys,
    name: string,
    given: Partial<Specification> = {},
    folder: string = FIXTURES,
  ): Promise<TestExperiment> {
    const { hash } = await readModuleSource(`${folder}/${name}.ts`);
    const id = `e${randomBytes(6).toString('hex')}`;
    const specification = testSpecification({ id, trainingFunction: { name, hash }, space: {}, ...given });
    await runScript(redis, 'submit', keys.of(id).guard, [
      JSON.stringify(specification),
      'fingerprint',
      'nonce',
      hash,
      specification.direction,
      specification.maxTrials,
    ]);
    return new TestExperiment(redis, keys, specification, await Tenure.begin(redis, keys, id));
  }

  /** Makes these trials the ready list, with a ticket for each. */
  async start(...entries: readonly Entry[]): Promise<void> {
    const { seq: basis } = await this.#last();
    const whole = entries.map((entry): ReadyEntry => ({ attempt: 1, origin: 'suggested', params: {}, seed: 1 + entry.trial, ...entry }));
    const answer = await this.commit({ ready: { basis, engine: 'test', fresh: false, entries: whole }, tickets: whole.length });
    if (!answer.readyAccepted) throw new Error('the ready list was refused');
    const { pool, trainingFunction } = this.specification;
    await this.#tickets.add(pool, this.id, trainingFunction, answer.openedTickets);
  }

  async decide(trial: number, step: number, decision: Decision): Promise<void> {
    const { seq: basis } = await this.#last();
    await this.commit({ decisions: [{ type: 'decided', trial, step, decision, basis, engine: 'test' }] });
  }

  /** Waits until a lease has lapsed; what is committed next turns it into a lost attempt. */
  async lose(): Promise<void> {
    await until('an attempt is lost', async () => {
      await this.commit({});
      return (await this.events()).some(({ type }) => type === 'attemptLost');
    });
  }

  async commit(commit: Partial<Commit>) {
    const whole: Commit = { decisions: [], events: [], stops: [], limit: 100, tickets: 0, ...commit };
    const answer = await this.#tenure.commit(whole, await this.#last());
    if (answer.kind !== 'committed') throw new Error(`the commit was answered with ${answer.kind}`);
    return answer;
  }

  async events(): Promise<LogEvent[]> {
    return (await readLog(this.#redis, this.#keys, this.id, 0, 100_000)).map(({ event }) => event);
  }

  /** Waits for an event of that type about a trial. */
  async event(type: EventType, trial: number, timeoutMs?: number): Promise<LogEvent> {
    return until(
      `${type} of trial ${trial}`,
      async () => (await this.events()).find((event) => event.type === type && 'trial' in event && event.trial === trial),
      timeoutMs,
    );
  }

  /** Waits for the outcome of an attempt. */
  async outcome(trial: number, attempt = 1, timeoutMs?: number): Promise<Outcome> {
    const isOutcome = (event: LogEvent): event is Outcome =>
      event.type === 'completed' || event.type === 'stopped' || event.type === 'paused' || event.type === 'failed';
    return until(
      `an outcome of trial ${trial}`,
      async () => (await this.events()).filter(isOutcome).find((event) => event.trial === trial && event.attempt === attempt),
      timeoutMs,
    );
  }

  /** Rows of the curve: attempt, step, value. */
  async curve(trial: number): Promise<number[][]> {
    const rows = await this.#redis.lrange(this.#keys.of(this.id).curve(trial), 0, -1);
    return rows.map((row) => (JSON.parse(row) as number[]).slice(0, 3));
  }

  output(trial: number): Promise<string[]> {
    return this.#redis.lrange(this.#keys.of(this.id).output(trial), 0, -1);
  }

  async field(trial: number, name: string): Promise<string | null> {
    return this.#redis.hget(this.#keys.of(this.id).trial(trial), name);
  }

  async artefacts(trial: number): Promise<{ kind: string; id: string; step: number }[]> {
    const records = await this.#redis.lrange(this.#keys.of(this.id).artefacts(trial), 0, -1);
    return records.map((record) => JSON.parse(record) as { kind: string; id: string; step: number });
  }

  async #last(): Promise<Folded> {
    const last = (await readLog(this.#redis, this.#keys, this.id, 0, 100_000)).at(-1);
    if (last === undefined) throw new Error('the log is empty');
    return { seq: last.event.seq, nonces: [last.nonce] };
  }
}
